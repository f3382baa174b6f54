#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The JET commands and the ucd example on a server's address: as on a folder."""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
import tap  # noqa: E402
from tap import Process, Skip, equal  # noqa: E402

HOLDFAST, UCD = map(os.path.abspath, sys.argv[1:3])
os.environ["LD_LIBRARY_PATH"] = os.path.dirname(os.path.abspath(sys.argv[3]))
FILE = "/usr/share/unicode/UnicodeData.txt"

SCRIPT = """create database a.db
create table t (k long autoincrement, name text(40) not null, photo longbinary, tags text multi,
  notes longtext, primary index by_k (k), unique index by_name (name), index by_tag (tags),
  index some (name) when photo null)
open t
insert name=one photo=00ff tags=x tags=y
insert name=two notes="long enough to be read"
begin
insert name=three
rollback
begin
insert name=four tags=z
commit
index by_name
list
range from o to t
list
format json
seek ge s
tables
schema
"""


def both(*command, stdin="", status=0):
    """What a command says, and what it complains of."""
    done = subprocess.run([HOLDFAST, *command], input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=2 * tap.PATIENCE)
    equal(done.returncode, status, f"{command}: {done.stdout[-500:]} {done.stderr[-500:]}")
    return done.stdout, done.stderr


def run(*command, stdin="", status=0):
    return both(*command, stdin=stdin, status=status)[0]


def compare(told, what):
    """On a folder, `check` looks at long values, too."""
    equal(told[0], re.sub(r"(?<=, )\d+ long values, ", "", told[1]), what)


class Server:
    """`holdfast serve` on a new folder; address is what it prints."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="address-")
        self.process = Process([HOLDFAST, "serve", self.folder.name])
        self.address = self.process.line_with("ncalrpc:")
        return self

    def __exit__(self, *_):
        self.process.close()
        self.folder.cleanup()


def same_answers():
    """a session of the shell, dump, check and load say the same on an address and on a folder"""
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        for command, stdin in (("shell .", SCRIPT), ("dump . a.db t", ""), ("check . a.db", ""),
                               ("dump --schema . a.db t", "")):
            told = [run(*[where if word == "." else word for word in command.split()], stdin=stdin)
                    for where in (server.address, folder)]
            compare(told, command)
        rows = run("dump", folder, "a.db", "t")
        schema = run("dump", "--schema", folder, "a.db", "t")
        run("load", "--format", "jsonl", "--schema", schema, server.address, "b.db", "t", "-",
            stdin=rows)
        equal(run("dump", server.address, "b.db", "t"), rows, "loaded on an address")
        run("check", server.address, "b.db")


def databases_are_listed():
    """what names no database finds those of an address as it does those of a folder"""
    schema = "k long, primary index p (k)"
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        equal("holds no database" in both("check", server.address, status=1)[1], True, "nothing there")
        with open(os.path.join(server.folder.name, "a.txt"), "w", encoding="ascii") as f:
            f.write("no database")
        for where in (server.address, folder):
            for name in ("one.db", "b.db", "Z"):
                run("load", "--format", "jsonl", "--schema", schema, where, name, "t", "-",
                    stdin='{"k": 1}\n')
        for command, stdin in (("check .", ""), ("check --verbose .", ""), ("shell .", "databases\n")):
            told = [run(*[where if word == "." else word for word in command.split()], stdin=stdin)
                    for where in (server.address, folder)]
            compare(told, command)
        equal(run("shell", server.address, stdin="databases\n").split()[-3:],
              ["Z", "b.db", "one.db"],
              "names alone")


LOADED = """k long autoincrement, name text(40) not null, n byte, tags text multi, photo longbinary multi,
  born datetime, some long default 5, primary index by_k (k), unique index by_name (name)"""


def rows_to_load(count):
    """Rows of many shapes, one in thirty of which is wrong in one of several ways."""
    wrong = ['{"name": "name %d", "n": 256}', '{"n": 1}', '{"name": "name 1"}', '{"k": 3, "name": "x"}',
             '{"name": "name %d", "born": "yesterday"}', 'no JSON %d', '{"name": "%d", "nosuch": 1}',
             '{"name": "' + 'long' * 11 + '%d"}', '{"name": null}']
    right = ['{"name": "name %d"}', '{"name": "name %d", "n": 200, "tags": ["a", "b", "a"]}',
             '{"k": %d, "name": "own %d"}', '{"name": "name %d", "photo": ["", "00ff"]}',
             '{"name": "name %d", "some": null, "born": "2024-05-01T12:30:00.000", "tags": [""]}']
    for i in range(1, count):
        line = (wrong[i // 30 % len(wrong)] if i % 30 == 0 else right[i % len(right)])
        yield line.replace("%d", str(i))


def numberless(dump):
    """The rows without their numbers: a row that is refused may use one up, or not."""
    return re.sub(r'"k": \d+, ', "", dump)


def rows_are_refused_alike():
    """rows loaded by the thousand are taken and refused, one by one, as on a folder"""
    text = "\n".join(rows_to_load(2500)) + "\n"
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        for batch in ("1000", "7"):
            told = [both("load", "--format", "jsonl", "--schema", LOADED, "--batch", batch,
                         "--rejects", "1000", where, f"{batch}.db", "t", "-", stdin=text, status=1)
                    for where in (server.address, folder)]
            equal(told[0][1], told[1][1], "refusals")
            equal(told[0][1].count("rejected") > 70, True, "there are some")
            counts = [said.split(" in ")[0] + said.split(";")[1] for said, _ in told]
            equal(counts[0], counts[1], "counts")
            dumps = [run("dump", where, f"{batch}.db", "t") for where in (server.address, folder)]
            if numberless(dumps[0]) != numberless(dumps[1]):
                raise AssertionError(f"batches of {batch}: the tables differ")
        given_up = [both("load", "--format", "jsonl", "--schema", LOADED, "--rejects", "2",
                         "--batch", "50", where, "up.db", "t", "-", stdin=text, status=1)
                    for where in (server.address, folder)]
        equal(given_up[0][1], given_up[1][1], "given up")
        equal(*[numberless(run("dump", where, "up.db", "t")) for where in (server.address, folder)],
              "what was committed before")
        run("check", server.address)


def large_rows_are_loaded():
    """a row that is too large for a call goes in among others"""
    large = "ab" * (20 << 20)
    text = "".join(f'{{"name": "{i}", "photo": ["{large if i == 3 else "00"}"]}}\n' for i in range(6))
    with Server() as server:
        said = run("load", "--format", "jsonl", "--schema", LOADED, server.address, "l.db", "t", "-",
                   stdin=text)
        equal(said.startswith("6 rows in"), True, said)
        equal(len(run("dump", server.address, "l.db", "t")) > len(large), True, "it is there")


def ucd_by_address():
    """the ucd example, the same program on an address, gives what it gives on a folder"""
    if not os.path.exists(FILE):
        raise Skip(f"{FILE} is missing")
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        part = os.path.join(folder, "part.txt")
        with open(FILE, encoding="ascii") as whole, open(part, "w", encoding="ascii") as out:
            out.writelines(line for number, line in enumerate(whole) if number < 3000)
        for question in (("load", part), ("code", "00E4"), ("names", "GREEK SMALL"),
                         ("range", "0370", "03FF"), ("count", "Lu"), ("upper",)):
            told = [subprocess.run([UCD, where, *question], stdout=subprocess.PIPE, check=True,
                                   timeout=2 * tap.PATIENCE).stdout
                    for where in (server.address, folder)]
            equal(told[0], told[1], question)
        equal(run("check", server.address, "ucd.db").strip().endswith("no fault"), True, "check")


if __name__ == "__main__":
    tap.run([same_answers, databases_are_listed, rows_are_refused_alike, large_rows_are_loaded,
             ucd_by_address])
