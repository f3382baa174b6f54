#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The JET examples: session-pool, thread-pool, and ucd against awk over the same file."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
import tap  # noqa: E402
from tap import Skip, equal  # noqa: E402

SESSION_POOL, THREAD_POOL, UCD, HOLDFAST = map(os.path.abspath, sys.argv[1:5])
FILE = "/usr/share/unicode/UnicodeData.txt"
FOLDER = tempfile.mkdtemp(prefix="examples-")


def run(*command, status=0):
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True,
                          timeout=4 * tap.PATIENCE)
    equal(done.returncode, status, f"{command}: {done.stdout[-500:]}")
    return done.stdout


def folder():
    return tempfile.mkdtemp(dir=FOLDER)


def pool_of_sessions():
    """session-pool: 8 threads on 3 sessions; every job done, never two owners"""
    told = run(SESSION_POOL, folder())
    equal(bool(re.match(r"8 threads, 3 sessions, 800 jobs: 800 rows; .* two owners 0 times$",
                        told.strip())), True, told)


def pool_of_one_session():
    """session-pool: 16 threads on 1 session"""
    told = run(SESSION_POOL, folder(), "16", "1", "50")
    equal(told.startswith("16 threads, 1 sessions, 800 jobs: 800 rows;"), True, told)


def pool_of_threads_without():
    """thread-pool without contexts: the update and the rollback elsewhere give -1910"""
    lines = run(THREAD_POOL, folder()).splitlines()
    equal([line.split() for line in lines],
          [["thread", "1:", "begin", "0"], ["thread", "2:", "insert", "1", "-1910"],
           ["thread", "3:", "rollback", "-1910"], ["thread", "1:", "rollback", "0"],
           ["without", "contexts:", "-1910,", "0", "rows"]], "calls")


def pool_of_threads_with():
    """thread-pool with contexts: the transaction moves from thread to thread"""
    lines = run(THREAD_POOL, folder(), "--contexts").splitlines()
    equal([line.split() for line in lines],
          [["thread", "1:", "begin", "0"], ["thread", "2:", "insert", "1", "0"],
           ["thread", "3:", "insert", "2", "0"], ["thread", "2:", "commit", "0"],
           ["with", "contexts:", "0,", "2", "rows"]], "calls")


def nothing_beside():
    """a program that sets JET_paramSystemPath alone leaves nothing where it was started"""
    start, store = folder(), folder()
    subprocess.run([THREAD_POOL, store], cwd=start, check=True, stdout=subprocess.DEVNULL)
    equal(os.listdir(start), [], "the folder it was started in")
    equal(sorted(os.listdir(store)), ["edb.store", "pool.db"], "the folder of the store")


def awk(program):
    return run("env", "LC_ALL=C", "awk", "-F;", program, FILE)


def in_order(text):
    """Lines code;name;category in the order of names, which has no regard to case, then of codes."""
    lines = [line.split(";") for line in text.splitlines()]
    lines.sort(key=lambda f: (f[1].upper().encode(), int(f[0], 16)))
    return "".join(";".join(f) + "\n" for f in lines)


def loaded():
    """A folder with the file loaded, once."""
    if not os.path.exists(FILE):
        raise Skip(f"{FILE} is missing")
    where = os.path.join(FOLDER, "ucd")
    if not os.path.exists(where):
        os.mkdir(where)
        equal(run(UCD, where, "load", FILE), awk("END { print NR }"), "rows loaded")
    return where


PRINT = '{ print $1 ";" $2 ";" $3 }'


def ucd_checked():
    """ucd: the whole file is loaded, and every index entry agrees with its row"""
    rows = int(awk("END { print NR }"))
    upper = int(awk('$13 != "" { n++ } END { print n }'))
    told = run(HOLDFAST, "check", loaded())
    equal(re.sub(r", \d+ values.*pieces\)", "", told).strip(),
          f"1 tables, {rows} rows, 0 long values, 3 indexes, {2 * rows + upper} entries: no fault",
          "check")


def ucd_every_row():
    """ucd: all rows in the order of code points, equal to the file"""
    equal(run(UCD, loaded(), "range", "0", "10FFFF"), awk(PRINT), "rows")


def ucd_seek():
    """ucd: single code points, there or not"""
    for code in ("0000", "0041", "00E4", "1F600", "10FFFD", "0378"):
        equal(run(UCD, loaded(), "code", code), awk(f'$1 == "{code}" {PRINT}'), code)


def ucd_names():
    """ucd: by name, and by the beginning of names in the order of the index"""
    for name in ("LATIN SMALL LETTER A", "<control>", "NO SUCH NAME"):
        equal(run(UCD, loaded(), "name", name), in_order(awk(f'$2 == "{name}" {PRINT}')), name)
    for prefix in ("GREEK SMALL", "LATIN", "Z", "<", "NOTHING BEGINS SO"):
        equal(run(UCD, loaded(), "names", prefix),
              in_order(awk(f'index($2, "{prefix}") == 1 {PRINT}')), prefix)


def ucd_ranges():
    """ucd: ranges of code points"""
    for first, last in (("0370", "03FF"), ("FFF0", "1000F"), ("0378", "0379"), ("0041", "0041")):
        inside = [line for line in awk(PRINT).splitlines(keepends=True)
                  if int(first, 16) <= int(line.split(";")[0], 16) <= int(last, 16)]
        equal(run(UCD, loaded(), "range", first, last), "".join(inside), f"{first}-{last}")


def ucd_counts():
    """ucd: how many characters are of each category"""
    categories = awk("{ n[$3]++ } END { for (c in n) print c }").split()
    equal(len(categories) > 25, True, "categories")
    for c in [*categories, "Xx"]:
        equal(run(UCD, loaded(), "count", c), awk(f'$3 == "{c}" {{ n++ }} END {{ print n + 0 }}'), c)


def ucd_sparse():
    """ucd: an index that leaves rows without a value out"""
    lines = [line.split(";") for line in awk('$13 != "" { print $13 ";" $1 ";" $2 ";" $3 }').splitlines()]
    lines.sort(key=lambda f: (int(f[0], 16), int(f[1], 16)))
    equal(run(UCD, loaded(), "upper"), "".join(";".join(f[1:]) + "\n" for f in lines), "rows")


if __name__ == "__main__":
    try:
        tap.run([pool_of_sessions, pool_of_one_session, pool_of_threads_without,
                 pool_of_threads_with, nothing_beside, ucd_every_row, ucd_checked, ucd_seek, ucd_names, ucd_ranges,
                 ucd_counts, ucd_sparse])
    finally:
        shutil.rmtree(FOLDER)
