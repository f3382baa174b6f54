#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`holdfast shell` by script: what it does, and what it says when something is wrong."""
import os
import pty
import re
import select
import subprocess
import sys
import time

from kit import HOLDFAST, Folder, contains
import tap
from tap import equal

PEOPLE = """create database p.db
create table people (id long autoincrement, name text(40) not null, born datetime, tags text multi,
  photo longbinary, score double,
  primary index by_id (id), unique index by_name (name), index by_born (-born, name),
  index some (name) when born not null when score null)
open people
insert name=Ada born=1815-12-10 tags=math tags=engine photo=00ff score=1.5
insert name=Grace born=1906-12-09T10:00:00 tags=navy
insert name="Zo\\u00eb B." photo=""
"""


def names(rows):
    return [r["name"] for r in rows]


def schema_is_what_created_it():
    """what `schema` prints creates the same table again"""
    with Folder() as f, Folder() as g:
        told = f.shell(PEOPLE + "schema people\n")
        contains(told, "create table people (", "id long autoincrement", "name text(40) not null",
                 "tags text multi", "primary index by_id (id)", "unique index by_name (name)",
                 "index by_born (-born, name)",
                 "index some (name) when born not null when score null")
        equal(names(f.rows("open people\nindex some\nlist\n")), ["Grace"], "a conditional index")
        equal(g.shell("create database q.db\n" + told + "schema people\n"), told, "schema")


def every_table_is_listed():
    """databases and tables are listed, dropped ones no more"""
    with Folder() as f:
        f.shell("create database b.db\ncreate database a.db\ncreate table t (n long)\n"
                "create table u (n long)\n")
        equal(f.rows("databases\nuse a.db\ntables\ndrop table t\ntables\n"),
              ["a.db", "b.db", "t", "u", "u"], "lists")


def moving():
    """first, last, next, prev and list follow the current index"""
    with Folder() as f:
        f.shell(PEOPLE)
        rows = f.rows("open people\nfirst\nnext\nnext\nprev 2\nlast\n")
        equal([r["id"] for r in rows], [1, 2, 3, 1, 3], "primary index")
        equal(names(f.rows("open people\nindex by_born\nlist\n")), ["Grace", "Ada", "Zoë B."],
              "descending, NULL last")
        equal(f.rows("open people\nfirst\nlist 2\nlist\n")[3]["id"], 3, "list goes on")
        equal(f.rows("open people\nfirst\ncount\nnext\ncount\n")[1::2], [3, 2], "count")


def seeking():
    """seek eq, ge, gt, le, lt"""
    with Folder() as f:
        f.shell(PEOPLE)
        rows = f.rows("open people\nindex by_name\nseek Grace\nseek ge B\nseek gt Grace\nseek le H\n"
                      "seek lt Grace\nindex primary\nseek 2\n")
        equal(names(rows), ["Grace", "Grace", "Zoë B.", "Grace", "Ada", "Grace"], "found")
        f.shell("open people\nindex by_name\nseek Gra\n", status=1)
        contains(f.errors, "line 3", "seeking in the table people", "JET_errRecordNotFound (-1601)")


def ranges():
    """range from, to, exclusive, prefix, off"""
    with Folder() as f:
        f.shell(PEOPLE)
        begin = "open people\nindex by_name\n"
        equal(names(f.rows(begin + "range from Ada to Grace\nlist\n")), ["Ada", "Grace"], "both")
        equal(names(f.rows(begin + "range from Ada to Grace exclusive\nlist\n")), ["Ada"], "open")
        equal(names(f.rows(begin + "range to B\nlist\n")), ["Ada"], "no lower bound")
        equal(names(f.rows(begin + "range prefix Gr\nlist\n")), ["Grace"], "prefix")
        equal(names(f.rows(begin + "range to B\nrange off\nlist all\n")), ["Ada", "Grace", "Zoë B."],
              "off")
        f.shell(begin + "range from H to J\n", status=1)
        contains(f.errors, "range of the table people is empty")


def values():
    """values of every type come back; null, quotes and escapes"""
    with Folder() as f:
        f.shell("create database v.db\ncreate table v (k long, a bit, b byte, c short, d ushort, "
                "e ulong, f longlong, g ulonglong, h currency, i single, j double, k2 datetime, "
                "l guid, m binary(8), n text ascii, o longtext, p longbinary, "
                "primary index pk (k))\n")
        row = f.rows('open v\ninsert k=-1 a=true b=255 c=-32768 d=65535 e=4294967295 '
                     'f=-9223372036854775808 g=18446744073709551615 h=-1 i=0.1 j=1e308 '
                     'k2=2000-02-29T23:59:59.999 l=00112233-4455-6677-8899-aabbccddeeff m=0001 '
                     'n="a\\tb\\"\\u20ac" o="\\ud83d\\ude00 \\x41" p=""\nfirst\n')[0]
        equal(row, {"k": -1, "a": True, "b": 255, "c": -32768, "d": 65535, "e": 4294967295,
                    "f": -9223372036854775808, "g": 18446744073709551615, "h": -1,
                    "i": 0.100000001, "j": 1e308, "k2": "2000-02-29T23:59:59.999",
                    "l": "00112233-4455-6677-8899-aabbccddeeff", "m": "0001", "n": 'a\tb"€',
                    "o": "\U0001f600 A", "p": ""}, "row")
        row = f.rows("open v\nfirst\nreplace o=null b=0x10\nshow\n")[-1]
        equal((row["b"], "o" in row), (16, False), "replaced")
        f.shell("open v\ninsert k=1 b=256\n", status=1)
        contains(f.errors, "the column b takes an integer from 0 to 255, not \"256\"")
        f.shell("open v\ninsert k=1 l=0011\n", status=1)
        contains(f.errors, "the column l takes a GUID")


def transactions():
    """levels: commit and rollback, seen by the next shell"""
    with Folder() as f:
        f.shell(PEOPLE)
        script = ("open people\nfirst\nbegin\nreplace name=X1\nbegin\nreplace name=X2\nrollback\n"
                  "seek 1\nbegin\ninsert name=X3\ncommit\ncommit\nbegin\ninsert name=X4\n")
        equal(names(f.rows(script)), ["Ada", "X1"], "after the inner rollback")
        equal(sorted(names(f.rows("open people\nfirst\nlist all\n"))[1:]),
              ["Grace", "X1", "X3", "Zoë B."], "what is left; the open transaction is gone")
        script = "begin\n" * 7
        f.shell(script)
        f.shell(script + "begin\n", status=1)
        contains(f.errors, "line 8", "JET_errTransTooDeep (-1103)")
        f.shell("commit\n", status=1)
        contains(f.errors, "JET_errNotInTransaction (-1054)", "`begin`")
        f.shell("open people\nfirst\nbegin readonly\ndelete\n", status=1)
        contains(f.errors, "JET_errTransReadOnly (-1110)")
        f.clean()


def rolled_back_cursor():
    """a cursor opened in what is rolled back is gone, and the shell knows"""
    with Folder() as f:
        f.shell(PEOPLE)
        f.shell("begin\nopen people\nfirst\nrollback\nfirst\n", status=1)
        contains(f.errors, "line 5", "no table is open")
        f.shell("begin\nopen people\ncommit\nbegin\nfirst\nrollback\nfirst\n")


def updates_refused():
    """a refused update says which rule, and nothing is left prepared"""
    with Folder() as f:
        f.shell(PEOPLE)
        f.shell("open people\ninsert name=Ada\n", status=1)
        contains(f.errors, "inserting in the table people", "JET_errKeyDuplicate (-1605)")
        f.shell("open people\ninsert score=1\n", status=1)
        contains(f.errors, "JET_errNullInvalid (-1504)")
        f.shell("open people\nfirst\nreplace id=7\n", status=1)
        contains(f.errors, "the column id")
        told = f.rows("open people\ninsert name=Ada\ninsert name=New\nshow\n", "--keep-going", status=1)
        equal(told[-1]["name"], "New", "the next insert")


def schema_changes():
    """indexes come and go over the rows that are there"""
    with Folder() as f:
        f.shell(PEOPLE)
        f.shell("create index by_score on people (score) ignore null\n")
        equal(names(f.rows("open people\nindex by_score\nlist\n")), ["Ada"], "NULL is left out")
        f.clean()
        f.shell("drop index by_score on people\nopen people\nindex by_score\n", status=1)
        contains(f.errors, "by_score", "JET_errIndexNotFound (-1404)")
        f.shell("create unique index twice on people (tags) \n")
        f.clean()


def mistakes():
    """what is not understood is told with its line"""
    with Folder() as f:
        for script, told in [
                ("\n# comment\nfrobnicate\n", "line 3: there is no command frobnicate"),
                ("tables\n", "no database is open"),
                ("create database x.db\nopen t\n", "JET_errObjectNotFound (-1305)"),
                ("use nope.db\n", "attaching the database"),
                ("create table t (\n", "a quote or parenthesis is open"),
                ("use x.db\ncreate table t (n nope)\n", "\"nope\" is no type"),
                ("use x.db\ncreate table t (n long, index i (m))\n", "no column m"),
                ("use x.db\ncreate table t (n long) trailing\n", "\"trailing\""),
                ("use x.db\nopen t\nnext zwei\n", "a count of rows"),
                ("format xml\n", "table or json"),
                ("help frob\n", "no command frob")]:
            f.shell(script, status=1)
            contains(f.errors, told)
        f.run("shell", status=2)
        f.run("shell", "/nonexistent/folder", status=1)
        contains(f.errors, "/nonexistent/folder", "No such file or directory")


def table_output():
    """the table output: headings, widths, cut cells, control characters"""
    with Folder() as f:
        f.shell("create database t.db\ncreate table t (k long, v longtext, primary index pk (k))\n")
        told = f.shell('open t\ninsert k=1 v="a\\nb"\ninsert k=22 v="' + "x" * 1000 +
                       '"\nfirst\nlist\ntiming on\nfirst\n')
        lines = told.splitlines()
        equal(lines[:3], ["k  v", "-  ----", "1  a\\nb"], "one row")
        equal(lines[3:7], ["k   v", "--  " + "-" * 48, "1   a\\nb", "22  " + "x" * 45 + "..."],
              "list")
        if not re.fullmatch(r"\(\d+\.\d{6} s\)", lines[-1]):
            raise AssertionError(lines[-1])


def command_option():
    """--command runs lines and ends"""
    with Folder() as f:
        f.shell(PEOPLE)
        told = f.run("shell", "--json", "-c", "open people", "-c", "first", ".")
        contains(told, '"name": "Ada"')
        contains(f.run("shell", "--help"), "usage: holdfast shell")
        contains(f.shell("help\nhelp seek\n"), "rollback", "seek [eq | ge")


def terminal():
    """on a terminal it prompts, goes on after errors, and edits lines"""
    with Folder() as f:
        f.shell(PEOPLE)
        master, slave = pty.openpty()
        with subprocess.Popen([HOLDFAST, "shell", f.path], stdin=slave, stdout=slave, stderr=slave,
                              env=dict(os.environ, TERM="vt100", EDITRC="/dev/null")) as shell:
            os.close(slave)
            seen = b""
            end = time.monotonic() + tap.PATIENCE

            def expect(what):
                nonlocal seen
                while what not in seen:
                    if time.monotonic() > end or not select.select([master], [], [], 1)[0]:
                        if time.monotonic() > end:
                            raise AssertionError(f"no {what!r} in {seen!r}")
                        continue
                    seen += os.read(master, 4096)
                seen = seen[seen.index(what) + len(what):]

            expect(b"p.db> ")
            os.write(master, b"opx\x7fen people\n")  # a rubout within the line
            expect(b"p.db:people> ")
            os.write(master, b"nonsense\n")
            expect(b"there is no command nonsense")
            os.write(master, b"begin\n")
            expect(b"p.db:people*> ")
            os.write(master, b"quit\n")
            equal(shell.wait(timeout=tap.PATIENCE), 0, "exit status")
            os.close(master)


if __name__ == "__main__":
    sys.argv = sys.argv[:2]
    tap.run([schema_is_what_created_it, every_table_is_listed, moving, seeking, ranges, values,
             transactions, rolled_back_cursor, updates_refused, schema_changes, mistakes,
             table_output, command_option, terminal])
