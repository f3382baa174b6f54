#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Real Windows databases against their ground truth, dumped by `holdfast edb`, or attached and read
through the JET API.

    truth.py HOLDFAST CORPUS
    truth.py --attached ATTACHED-DUMP CORPUS

CORPUS holds NAME.gz and NAME.truth.json, whose hashes were made by two other readers. TAP, one
case for each file's header and list of tables, and one for each table's columns and rows.
"""
import glob
import gzip
import hashlib
import json
import os
import subprocess
import sys
import tempfile

COLUMNS_LISTED = 1000  # of wider tables the truth lists this many, and a hash of all


class Tap:
    def __init__(self):
        self.n, self.bad = 0, 0

    def case(self, name, wrong):
        """wrong: a list of what differs; empty when all is well."""
        self.n += 1
        print(f"{'not ok' if wrong else 'ok'} {self.n} - {name}")
        for line in wrong[:10]:
            print(f"# {line}")
        self.bad += bool(wrong)


class Table:
    def __init__(self, name):
        self.name, self.columns, self.rows = name, [], []


def parse(text):
    """The output of `edb dump --format truth --rows` as (header, tables)."""
    header, tables = {}, []
    for line in text.split("\n"):
        kind, _, rest = line.partition("\t")
        if kind == "header":
            name, value = rest.split("\t")
            header[name] = value
        elif kind == "table":
            tables.append(Table(rest))
        elif kind == "column":
            number, coltyp, name = rest.split("\t", 2)
            tables[-1].columns.append((int(number), name, int(coltyp)))
        elif kind == "row":
            tables[-1].rows.append(rest)
    return header, tables


def header_differs(got, want):
    if "created_version" not in got:  # what JET_DBINFOMISC has of it
        known = {"version": int(want["version"], 0), "update": want["update"],
                 "page_size": want["page_size"], "state": want["state"]}
        return [f"{k}: got {got.get(k)!r}, want {v!r}"
                for k, v in known.items() if got.get(k) != str(v)]
    form = {
        "version": "0x%x" % int(got["version"]),
        "update": int(got["update"]),
        "created_version": "0x%x" % int(got["created_version"]),
        "created_update": int(got["created_update"]),
        "page_size": int(got["page_size"]),
        "state": got["state"],
        "last_objid": int(got["last_objid"]),
        "os": "%s.%s.%s sp%s" % tuple(got["os_" + k]
                                      for k in ("major", "minor", "build", "service_pack")),
    }
    return [f"{k}: got {form.get(k)!r}, want {v!r}"
            for k, v in want.items() if k != "signature" and form.get(k) != v]


def columns_differ(table, want):
    """The columns themselves, and the hash of each one's values down the table."""
    wrong = []
    listed = [(c["id"], c["name"], c["coltyp"]) for c in want["columns"]]
    if table.columns[:len(listed)] != listed:
        wrong.append("the columns differ")
    if len(table.columns) != want.get("columns_total", len(listed)):
        wrong.append(f"{len(table.columns)} columns")
    if "sha256_column_list" in want:
        lines = "".join("%d %s %d\n" % c for c in table.columns)
        if hashlib.sha256(lines.encode()).hexdigest() != want["sha256_column_list"]:
            wrong.append("the list of all columns differs")
    sums = [hashlib.sha256() for _ in listed]
    filled, values = [0] * len(listed), [0] * len(listed)
    for row in table.rows:
        for i, cell in enumerate(row.split("|")[:len(listed)]):
            sums[i].update((cell + "\n").encode())
            count = cell.count("=")
            filled[i] += bool(count)
            values[i] += count
    for i, c in enumerate(want["columns"]):
        got = (sums[i].hexdigest()[:32], filled[i], values[i])
        if got != (c["sha256"], c["non_null"], c["instances"]):
            wrong.append(f"column {c['name']}: {got}, want "
                         f"{(c['sha256'], c['non_null'], c['instances'])}")
    return wrong


def table_differs(table, want):
    wrong = columns_differ(table, want)
    ordered, lines = hashlib.sha256(), []
    for row in table.rows:
        line = (row + "\n").encode()
        ordered.update(line)
        lines.append(hashlib.sha256(line).digest())
    unordered = hashlib.sha256(b"".join(sorted(lines))).hexdigest()
    if len(table.rows) != want["rows"]:
        wrong.append(f"{len(table.rows)} rows, want {want['rows']}")
    if ordered.hexdigest() != want["sha256_ordered"]:
        wrong.append("the rows in order differ")
    if unordered != want["sha256_unordered"]:
        wrong.append("the rows, whatever their order, differ")
    return wrong


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)


class Command:
    """`holdfast edb dump`"""
    refusal = "not shut down cleanly"

    def __init__(self, program):
        self.program = program

    def dump(self, path, *options):
        return run(self.program, "edb", "dump", "--format", "truth", "--rows", *options, path)

    @staticmethod
    def order(tables):
        return tables


class Attached(Command):
    """JetAttachDatabase, and then all of it; tables come in the order of their names."""
    refusal = "gave -550"

    def dump(self, path, *options):
        with tempfile.TemporaryDirectory() as folder:
            return run(self.program, *options, folder + "/", path)

    @staticmethod
    def order(tables):
        return sorted(tables, key=lambda t: t["name"].lower())


def check_refusal(tap, name, reader, path):
    done = reader.dump(path)
    refused = done.returncode == 1 and reader.refusal in done.stderr and not done.stdout
    tap.case(f"{name}: refused while dirty", [] if refused else [done.stderr or "was read"])


def check_file(tap, reader, path, truth, name):
    wanted = reader.order(truth["tables"])
    dirty = truth["header"]["state"] != "clean shutdown"
    if dirty:
        check_refusal(tap, name, reader, path)
    done = reader.dump(path, *(["--allow-dirty"] if dirty else []))
    if done.returncode != 0 or done.stderr:
        tap.case(f"{name}: dump", [f"exit status {done.returncode}", done.stderr])
        return None
    header, tables = parse(done.stdout)
    wrong = header_differs(header, truth["header"])
    names = [t.name for t in tables]
    if names != [t["name"] for t in wanted]:
        wrong.append(f"tables {names}")
    tap.case(f"{name}: header and tables", wrong)
    for table, want in zip(tables, wanted):
        tap.case(f"{name}: {want['name']}: {want['rows']} rows", table_differs(table, want))
    return tables


def check_that_errors_show(tap, tables, truth):
    """The comparison itself: one changed digit, a lost row and two swapped rows must all show."""
    table = tables[0]
    want = next(t for t in truth["tables"] if t["name"] == table.name)
    rows = list(table.rows)
    blind = []
    for what, changed in (("a changed digit", [rows[0][:-1] + "x"] + rows[1:]),
                          ("a lost row", rows[1:]),
                          ("swapped rows", [rows[1], rows[0]] + rows[2:])):
        table.rows = changed
        if not table_differs(table, want):
            blind.append(f"{what} goes unseen")
    table.rows = rows
    tap.case("the comparison sees changes", blind)


def main():
    attached = sys.argv[1] == "--attached"
    reader = Attached(sys.argv[2]) if attached else Command(sys.argv[1])
    corpus = os.environ.get("HOLDFAST_CORPUS") or sys.argv[-1]
    corpus = os.path.join(corpus, "edb")
    truths = sorted(glob.glob(os.path.join(corpus, "*.truth.json")))
    if not truths:
        print(f"1..0 # SKIP no database corpus in {corpus}")
        return 0
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        for at in truths:
            name = os.path.basename(at)[:-len(".truth.json")]
            path = os.path.join(folder, name)
            with open(at, encoding="utf-8") as f:
                truth = json.load(f)
            with gzip.open(os.path.join(corpus, name + ".gz")) as packed:
                raw = packed.read()
            if hashlib.sha256(raw).hexdigest() != truth["sha256"]:
                tap.case(f"{name}: is the file that the truth is about", ["another sha256"])
                continue
            with open(path, "wb") as plain:
                plain.write(raw)
            tables = check_file(tap, reader, path, truth, name)
            if at == truths[0] and tables and not attached:
                check_that_errors_show(tap, tables, truth)
            os.unlink(path)
    print(f"1..{tap.n}")
    return 1 if tap.bad else 0


if __name__ == "__main__":
    sys.exit(main())
