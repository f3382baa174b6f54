#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`holdfast edb` on a small database of our own: formats, options, exit statuses, reasons.

    command.py HOLDFAST EDB-SAMPLE
"""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
import tap  # noqa: E402  pylint: disable=wrong-import-position

HOLDFAST, SAMPLE = sys.argv[1], sys.argv[2]
PAGE = 4096
LEAF = 28  # the page with the first two rows of "people"
NOTE = "".join("%02x" % (ord("a") + i % 26) for i in range(6014))


def holdfast(*arguments, **more):
    return subprocess.run([HOLDFAST, *arguments], stdout=more.get("stdout", subprocess.PIPE),
                          stderr=subprocess.PIPE, text=True, check=False)


def sample(folder, state=3, page_size=PAGE):
    path = os.path.join(folder, "sample.edb")
    subprocess.run([SAMPLE, path, str(page_size), str(state)], check=True)
    return path


def flip(path, offset):
    with open(path, "r+b") as f:
        f.seek(offset)
        byte = f.read(1)[0]
        f.seek(offset)
        f.write(bytes([byte ^ 0x3c]))


def json_holds_every_row():
    """json holds every row, typed"""
    with tempfile.TemporaryDirectory() as folder:
        for page_size in (4096, 8192, 16384, 32768):
            done = holdfast("edb", "dump", "--rows", "--format", "json",
                            sample(folder, page_size=page_size))
            tap.equal((done.returncode, done.stderr), (0, ""))
            got = json.loads(done.stdout)
            tap.equal(got["header"]["page_size"], page_size)
            people = got["tables"][-1]
            tap.equal(people["name"], "people")
            tap.equal(people["rows"], [
                {"Id": 1, "Age": 36, "Name": "Ada", "Nick": "none", "Tag": "t", "Note": NOTE,
                 "Words": None},
                {"Id": 2, "Age": None, "Name": None, "Nick": "none", "Tag": None, "Note": None,
                 "Words": ["seven bits", "plain"]},
                {"Id": 3, "Age": 0, "Name": "", "Nick": "none", "Tag": None, "Note": None,
                 "Words": None},
                {"Id": 5, "Age": 7, "Name": "Eve", "Nick": "none", "Tag": None, "Note": None,
                 "Words": None}])


def text_names_tables_and_columns():
    """text names tables, columns and, when asked, rows"""
    with tempfile.TemporaryDirectory() as folder:
        path = sample(folder)
        schema = holdfast("edb", "dump", path).stdout
        for part in ('table "people" objid 12 root 27', 'from "base"', '"Nick" default "none"',
                     "LongBinary"):
            tap.equal(part in schema, True, part)
        tap.equal("Ada" in schema, False, "rows without being asked")
        rows = holdfast("edb", "dump", "--rows", "--table", "PEOPLE", path).stdout
        tap.equal('"Name": "Ada"' in rows, True)
        tap.equal('table "base"' in rows, False, "another table than was asked for")
        info = holdfast("edb", "info", path)
        tap.equal(info.returncode, 0)
        tap.equal("clean shutdown" in info.stdout and "people" not in info.stdout, True)
        tap.equal(json.loads(holdfast("edb", "info", "--format", "json", path).stdout)
                  ["header"]["state"], "clean shutdown")


def dirty_files_need_leave():
    """a dirty file is refused but for its header, and read when that is allowed"""
    with tempfile.TemporaryDirectory() as folder:
        path = sample(folder, state=2)
        done = holdfast("edb", "dump", path)
        tap.equal((done.returncode, done.stdout), (1, ""))
        tap.equal("sample.edb: was not shut down cleanly" in done.stderr, True, done.stderr)
        tap.equal(holdfast("edb", "dump", "--allow-dirty", path).returncode, 0)
        done = holdfast("edb", "info", path)
        tap.equal((done.returncode, "dirty shutdown" in done.stdout), (0, True))


def a_damaged_page_is_named():
    """a damaged page is named, other tables are shown, the output stays well formed"""
    with tempfile.TemporaryDirectory() as folder:
        path = sample(folder)
        flip(path, (LEAF + 1) * PAGE + 50)
        done = holdfast("edb", "dump", "--rows", "--format", "json", path)
        tap.equal(done.returncode, 1)
        tap.equal("page 28: wrong checksum" in done.stderr, True, done.stderr)
        tap.equal([t["name"] for t in json.loads(done.stdout)["tables"]],
                  ["MSysObjects", "base", "people"])


def what_is_no_database_is_refused():
    """what is no database, or is not there, is refused with the reason"""
    with tempfile.TemporaryDirectory() as folder:
        for what, content, reason in (("text", b"x" * 9000, "not an ESE database"),
                                      ("empty", b"", "ends at byte 0")):
            path = os.path.join(folder, what)
            with open(path, "wb") as f:
                f.write(content)
            done = holdfast("edb", "info", path)
            tap.equal((done.returncode, reason in done.stderr), (1, True), done.stderr)
        done = holdfast("edb", "info", os.path.join(folder, "absent"))
        tap.equal((done.returncode, "cannot open" in done.stderr), (1, True), done.stderr)
        done = holdfast("edb", "dump", "--table", "nobody", sample(folder))
        tap.equal((done.returncode, 'no table "nobody"' in done.stderr), (1, True), done.stderr)


def wrong_command_lines_are_told():
    """wrong command lines get the usage and status 2, --help status 0"""
    for line in (["edb"], ["edb", "info"], ["edb", "info", "a", "b"], ["edb", "eat", "a"],
                 ["edb", "dump", "--format", "xml", "a"], ["edb", "dump", "--what", "a"],
                 ["nonsense"], []):
        done = holdfast(*line)
        tap.equal((done.returncode, done.stdout), (2, ""), " ".join(line))
        tap.equal("usage: holdfast" in done.stderr, True, done.stderr)
    for line in (["--help"], ["edb", "--help"], ["edb", "dump", "--help"]):
        done = holdfast(*line)
        tap.equal((done.returncode, "usage: holdfast" in done.stdout), (0, True), " ".join(line))
    tap.equal(holdfast("--version").stdout.startswith("holdfast "), True)


def a_full_disk_is_a_failure():
    """output that cannot be written is a failure"""
    if not os.path.exists("/dev/full"):
        raise tap.Skip("no /dev/full here")
    with tempfile.TemporaryDirectory() as folder, open("/dev/full", "w", encoding="utf-8") as full:
        done = holdfast("edb", "dump", "--rows", sample(folder), stdout=full)
        tap.equal((done.returncode, "cannot write" in done.stderr), (1, True), done.stderr)


tap.run([json_holds_every_row, text_names_tables_and_columns, dirty_files_need_leave,
         a_damaged_page_is_named, what_is_no_database_is_refused, wrong_command_lines_are_told,
         a_full_disk_is_a_failure])
