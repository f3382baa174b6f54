#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The JET commands and the ucd example on a server's address: as on a folder."""
import os
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


def run(*command, stdin="", status=0):
    done = subprocess.run([HOLDFAST, *command], input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=2 * tap.PATIENCE)
    equal(done.returncode, status, f"{command}: {done.stdout[-500:]} {done.stderr[-500:]}")
    return done.stdout


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
            equal(told[0], told[1], command)
        rows = run("dump", folder, "a.db", "t")
        schema = run("dump", "--schema", folder, "a.db", "t")
        run("load", "--format", "jsonl", "--schema", schema, server.address, "b.db", "t", "-",
            stdin=rows)
        equal(run("dump", server.address, "b.db", "t"), rows, "loaded on an address")
        run("check", server.address, "b.db")


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
    tap.run([same_answers, ucd_by_address])
