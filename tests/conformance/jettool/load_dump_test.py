#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`holdfast load` and `holdfast dump`: what goes in comes out, and what cannot go in is told."""
import base64
import csv
import io
import json
import random
import struct

from kit import Folder, contains
import tap
from tap import equal

SCHEMA = """k long, a bit, b byte, c short, d ushort, e ulong, f longlong, g ulonglong, h currency,
i single, j double, d1 datetime, g1 guid, m binary(40), n text(100), o text(60) ascii, p longbinary,
q longtext, r longtext ascii, s text multi, t longbinary multi, u long default 7,
primary index pk (k), index by_n (n), index by_d1 (-d1, j), index by_s (s)"""

RANDOM = random.Random(20240501)
ASCII = "".join(bytes([b]).decode("cp1252") for b in range(256) if b not in (0x81, 0x8d, 0x8f, 0x90, 0x9d))


def floats(code, bits):
    value = struct.unpack("<" + code, RANDOM.randbytes(bits))[0]
    return value if value == value and abs(value) != float("inf") else 0.5


def text(alphabet, most):
    return "".join(RANDOM.choice(alphabet) for _ in range(RANDOM.randrange(most)))


def unicode_text(most):
    points = [0, 9, 10, 13, 34, 44, 92, 65, 228, 0x20ac, 0xd800, 0xdfff, 0xfffe, 0x1f600, 0x10ffff]
    return "".join(map(chr, RANDOM.choices(points, k=RANDOM.randrange(most))))


def joined(s):
    """As UTF-16 has it: a high half before a low half is one character."""
    return s.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def row(k):
    """A row of all types; about a third of its columns NULL."""
    values = {
        "a": RANDOM.random() < .5, "b": RANDOM.randrange(256), "c": RANDOM.randrange(-2**15, 2**15),
        "d": RANDOM.randrange(2**16), "e": RANDOM.randrange(2**32),
        "f": RANDOM.randrange(-2**63, 2**63), "g": RANDOM.randrange(2**64),
        "h": RANDOM.randrange(-2**63, 2**63), "i": float(f"{floats('f', 4):.9g}"),
        "j": floats("d", 8), "d1": RANDOM.choice(["1899-12-30T00:00:00.000", "0100-01-01T00:00:00.000",
                                                  "9999-12-31T23:59:59.999", "1850-06-01T06:00:00.000",
                                                  1.25e-300, 41000.123456789]),
        "g1": "%08x-%04x-%04x-%04x-%012x" % tuple(RANDOM.randrange(16**n) for n in (8, 4, 4, 4, 12)),
        "m": RANDOM.randbytes(RANDOM.randrange(41)).hex(), "n": joined(unicode_text(20)),
        "o": text(ASCII, 60), "p": RANDOM.randbytes(RANDOM.choice([0, 1, 1000, 40000])).hex(),
        "q": joined(unicode_text(RANDOM.choice([2, 30000]))), "r": text(ASCII, 5000),
        "s": [joined(unicode_text(9)) for _ in range(RANDOM.randrange(2, 5))],
        "t": [RANDOM.randbytes(RANDOM.choice([0, 3, 9000])).hex() for _ in range(2)],
        "u": RANDOM.randrange(-2**31, 2**31)}
    return {"k": k, **{c: v if RANDOM.random() < .66 else None for c, v in values.items()}}


def lines(rows):
    return "".join(json.dumps(r) + "\n" for r in rows)


def rows_of(dump):
    return [json.loads(line) for line in dump.splitlines()]


def same(got, wanted):
    equal(len(got), len(wanted), "rows")
    for g, w in zip(got, wanted):
        for c, v in w.items():
            value = g.get(c)
            if isinstance(v, float) and isinstance(value, (int, float)):
                value = float(value)
            equal(value, v, f"column {c} of row {w['k']}")


def all_types():
    """300 rows of all types, by JSON lines: the same rows, twice the same octets"""
    rows = [row(k) for k in range(300)]
    rows[0]["q"] = "\U0001f600 long " * 200000
    rows[1]["p"] = RANDOM.randbytes(3000000).hex()
    with Folder() as f, Folder() as g:
        source = f.file("in.jsonl", lines(rows))
        told = f.run("load", "--schema", SCHEMA, ".", "a.db", "t", source)
        contains(told, "300 rows in", "rows/s; 0 rejected")
        dump = f.run("dump", ".", "a.db", "t")
        same(rows_of(dump), rows)
        f.clean()
        schema = g.file("schema", f.run("dump", "--schema", ".", "a.db", "t"))
        again = g.file("again.jsonl", dump)
        g.run("load", "--schema", "@" + schema, "--batch", "7", ".", "b.db", "t", again)
        equal(g.run("dump", ".", "b.db", "t"), dump, "the second dump")
        g.clean()
        by_n = rows_of(f.run("dump", "--index", "by_d1", ".", "a.db", "t"))
        equal(sorted(r["k"] for r in by_n), list(range(300)), "rows by another index")
        b64 = rows_of(f.run("dump", "--base64", ".", "a.db", "t"))
        equal(base64.b64decode(b64[1]["p"]).hex(), rows[1]["p"], "base64")
        f.run("load", "--base64", "--schema", SCHEMA, ".", "a.db", "t64",
              f.file("b64.jsonl", lines(b64)))
        equal(f.run("dump", ".", "a.db", "t64"), dump, "by base64")


def csv_types():
    """300 rows of all types but several values, by CSV: the same octets; awkward separators"""
    single = SCHEMA.replace(" multi", "")
    rows = [{c: v[0] if isinstance(v, list) else v for c, v in row(k).items()} for k in range(300)]
    with Folder() as f:
        f.run("load", "--schema", single, ".", "a.db", "t", f.file("in.jsonl", lines(rows)))
        first = f.run("dump", ".", "a.db", "t")
        for number, options in enumerate(([], ["--separator", ";"], ["--separator", "\\t"],
                                          ["--base64"], ["--no-header"])):
            out = f.run("dump", "--format", "csv", *options, ".", "a.db", "t")
            f.run("load", "--format", "csv", *options, "--schema", single, ".", "a.db",
                  f"t{number}", f.file("out", out))
            equal(f.run("dump", ".", "a.db", f"t{number}"), first, f"options {options}")
        f.clean()


def csv_refused():
    """what CSV cannot say is refused"""
    with Folder() as f:
        f.run("load", "--schema", SCHEMA, ".", "a.db", "t",
              f.file("in.jsonl", '{"k": 1, "s": ["x", "y"]}\n'))
        f.run("dump", "--format", "csv", ".", "a.db", "t", status=1)
        contains(f.errors, "row 1 of t", "several values", "--format jsonl")
        f.run("load", "--schema", SCHEMA, ".", "a.db", "t2",
              f.file("in.jsonl", '{"k": 1, "n": {"hex": "610062"}}\n'))
        equal(rows_of(f.run("dump", ".", "a.db", "t2"))[0]["n"], {"hex": "610062"}, "odd octets")
        f.run("dump", "--format", "csv", ".", "a.db", "t2", status=1)
        contains(f.errors, "octets that are no text")


def foreign_csv():
    """CSV as others write it: quotes, line ends, chosen columns, no header"""
    out = io.StringIO()
    writer = csv.writer(out)
    table = [["k", "n", "x"], ["1", "a,b", "z"], ["2", "two\nlines", ""], ["3", 'q"q', "z"]]
    writer.writerows(table)
    with Folder() as f:
        f.run("load", "--columns", "k,n,", "--schema", SCHEMA, ".", "a.db", "t",
              f.file("x.csv", out.getvalue()))
        got = [(r["k"], r["n"]) for r in rows_of(f.run("dump", ".", "a.db", "t"))]
        equal(got, [(1, "a,b"), (2, "two\nlines"), (3, 'q"q')], "rows")
        f.run("load", "--columns", "n,k", "--no-header", "--separator", "|", ".", "a.db", "t",
              f.file("x.csv", '|4\n""|5\r\n\n"x"|6'))
        got = [(r["k"], r["n"]) for r in rows_of(f.run("dump", ".", "a.db", "t"))]
        equal(got[3:], [(4, None), (5, ""), (6, "x")], "NULL and empty")
        f.run("load", "--format", "csv", ".", "a.db", "t", "-", stdin="k,n\n7,seven\n")
        f.run("load", ".", "a.db", "t", f.file("y.csv", "k,nope\n1,2\n"), status=1)
        contains(f.errors, 'the table t has no column "nope"', "--columns")


def rejects():
    """bad rows are told by line and left out, up to a bound"""
    good = '{"k": %d}\n'
    bad = ['{"k": 1}\n', '{"k": "x"}\n', '{"k": 9, "nope": 1}\n', 'nonsense\n', '{"k": 9} x\n',
           '{"k": 9, "m": "0g"}\n', '{"k": 9, "o": "\\u20ad"}\n', '{"k": 9, "n": "\\ud8"}\n',
           '{"k": 9, "k": 9}\n', '{"k": 9, "b": 256}\n', '{"k": 9, "m": "' + "00" * 41 + '"}\n',
           '{"k": null}\n', "[1]\n", '{"k": 9, "n": [[1]]}\n', '{"k": 9, "n": "\udcff"}\n'.replace(
               "\udcff", "\x01")]
    text_in = good % 1 + "".join(good % (100 + i) + b for i, b in enumerate(bad))
    schema = SCHEMA.replace("k long,", "k long not null,", 1)
    with Folder() as f:
        source = f.file("in.jsonl", text_in)
        told = f.run("load", "--schema", schema, "--batch", "4", ".", "a.db", "t", source, status=1)
        contains(told, f"{1 + len(bad)} rows in", f"{len(bad)} rejected")
        numbers = [int(line.split(":")[1]) for line in f.errors.splitlines()]
        equal(numbers, [3 + 2 * i for i in range(len(bad))], "lines")
        contains(f.errors, "JET_errKeyDuplicate (-1605)", "JET_errColumnTooBig", "JET_errNullInvalid")
        equal([r["k"] for r in rows_of(f.run("dump", ".", "a.db", "t"))],
              [1] + [100 + i for i in range(len(bad))], "rows that are in")
        told = f.run("load", "--rejects", "2", "--schema", schema, ".", "a.db", "u", source, status=1)
        contains(f.errors, "3 rows rejected: given up at line 7")
        contains(told, "0 rows in", "given up")
        f.clean()
        f.run("load", "--rejects", "0", ".", "a.db", "t", f.file("x.csv", 'k\n"2\n'), status=1)
        contains(f.errors, "the file ends before the closing quote")


def numbered_by_jet():
    """autoincrement columns: given by JET, or kept by the file"""
    with Folder() as f:
        schema = "id long autoincrement, n text, primary index pk (id)"
        f.run("load", "--schema", schema, ".", "a.db", "t", f.file("x.csv", "n\na\nb\n"))
        f.run("load", ".", "a.db", "t", f.file("x.csv", "id,n\n10,c\n,d\n"))
        ids = [r["id"] for r in rows_of(f.run("dump", ".", "a.db", "t"))]
        equal((len(set(ids)), 10 in ids), (4, True), f"numbers {ids}")


def heap():
    """a table without a primary index keeps the order of its rows"""
    with Folder() as f:
        f.run("load", "--schema", "n long", ".", "a.db", "t", f.file("x.csv", "n\n3\n1\n2\n"))
        equal([r["n"] for r in rows_of(f.run("dump", ".", "a.db", "t"))], [3, 1, 2], "order")


def mistakes():
    """what is wrong with the command is said"""
    with Folder() as f:
        name = f.file("x.csv", "n\n")
        for arguments, status, told in [
                ([".", "a.db", "t", "x.txt"], 1, "holds no store"),
                (["--schema", "n long", ".", "a.db", "t", "x.txt"], 1, "--format csv"),
                (["--schema", "n lang", ".", "a.db", "u", name], 1, '"lang" is no type'),
                (["--schema", "@/nope", ".", "a.db", "u", name], 1, "cannot read the schema /nope"),
                (["--schema", "n long", ".", "a.db", "t", name], 1, "JET_errTableDuplicate"),
                ([".", "b.db", "t", name], 1, "JET_errFileNotFound"),
                ([".", "a.db", "v", name], 1, "JET_errObjectNotFound"),
                ([".", "a.db", "t", "/nope.csv"], 1, "cannot read /nope.csv"),
                (["--batch", "0", ".", "a.db", "t", name], 2, "--batch"),
                (["--format", "xml", ".", "a.db", "t", name], 2, "xml"),
                (["."], 2, "usage")]:
            f.run("load", *arguments, status=status)
            contains(f.errors, told)
        f.run("dump", "--index", "nope", ".", "a.db", "t", status=1)
        contains(f.errors, "JET_errIndexNotFound")
        f.run("dump", "--format", "xml", ".", "a.db", "t", status=2)


if __name__ == "__main__":
    tap.run([all_types, csv_types, csv_refused, foreign_csv, rejects, numbered_by_jet, heap, mistakes])
