#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`holdfast check`: silent about what is right, and finds each fault that is planted."""
import collections
import os
import subprocess
import sys

from kit import Folder, contains
import tap
from tap import equal

PLANT = sys.argv[2]

TABLE = """create database d.db
create table t (k long, v text(40), n longtext, primary index pk (k), index by_v (v))
open t
"""


def fill(f, count=20):
    lines = [f"insert k={k} v=value{k % 7} n=\"{'long ' * 2000 if k == 5 else 'short'}\""
             for k in range(count)]
    f.shell(TABLE + "\n".join(lines) + "\n")
    f.clean()


def plant(f, *arguments):
    done = subprocess.run([PLANT, os.path.join(f.path, "edb.store"), *arguments], check=True,
                          stdout=subprocess.PIPE, text=True)
    return done.stdout


def trees(f, count):
    """Trees with so many keys: {tree: [(key, size of value)]}, in the order of their numbers."""
    found = collections.defaultdict(list)
    for line in plant(f, "list").splitlines():
        tree, key, size = line.split()
        found[int(tree)].append((key, int(size)))
    return [(t, keys) for t, keys in sorted(found.items()) if len(keys) == count and t & 0xffffffff >= 6]


def rows_and_index(f, count=20):
    found = trees(f, count)
    equal(len(found), 2, "trees with a key a row")
    return found


def finds(f, *told, count=None):
    out = f.run("check", ".", status=1)
    contains(out, *told)
    if count is not None:
        equal(len(out.splitlines()) - 1, count, out)
    contains(out.splitlines()[-1], " faults")


def nothing_wrong():
    """every kind of table that the shell can make is found in order"""
    with Folder() as f:
        f.shell("create database one.db\ncreate table empty (a long)\n"
                "create table heap (a long, b text)\nopen heap\ninsert a=1 b=x\ninsert a=1 b=x\n"
                "create table kinds (k guid, a bit, b short, c double, d datetime, e binary, "
                "f text ascii, g longbinary multi, h text multi, i longtext, "
                "primary index pk (k, -b), index a1 (-a, b, c), index a2 (d) ignore null, "
                "index a3 (e, f) ignore any null, index a4 (f) ignore first null nulls high, "
                "index c1 (b) when a null, index c2 (b, i) when d not null when g null, "
                "index a5 (h, f), index a6 (h, g) cross, index a7 (h, g) nested, index a8 (i) key 255)\n"
                "open kinds\n"
                "insert k=00112233-4455-6677-8899-aabbccddeeff b=1\n"
                "insert k=00112233-4455-6677-8899-aabbccddeeff b=2 a=1 c=-1.5 d=2020-01-01 e=00 "
                "f=\"\" g=01 g=02 g=03 h=x h=Y h=x i=\"" + "text " * 500 + "\"\n"
                "insert k=10112233-4455-6677-8899-aabbccddeeff b=-2 a=0 c=7 f=Q h=\u00e4 h=\"\" g=\"\"\n")
        f.shell("create database two.db\ncreate table t (a long, primary index pk (a))\n")
        told = f.run("check", ".")
        contains(told, "4 tables, 5 rows", "no fault")
        told = f.run("check", "--verbose", ".", "two.db")
        contains(told, "1 tables, 0 rows")
        contains(f.errors, "two.db t")


def entry_missing():
    """an entry that is missing from an index"""
    with Folder() as f:
        fill(f)
        _, (tree, keys) = rows_and_index(f)
        plant(f, "erase", str(tree), keys[3][0])
        finds(f, "index by_v: 19 entries, but the rows give 20 keys", "has no entry", count=2)


def entry_of_no_row():
    """an entry whose row is gone"""
    with Folder() as f:
        fill(f)
        (tree, keys), _ = rows_and_index(f)
        plant(f, "erase", str(tree), keys[7][0])
        finds(f, "index by_v: the entry", "leads to no row")


def entry_of_another_key():
    """an entry under a key that is not its row's"""
    with Folder() as f:
        fill(f)
        _, (tree, keys) = rows_and_index(f)
        key = keys[0][0]
        wrong = "7e" + key[2:] if not key.startswith("7e") else "7d" + key[2:]
        plant(f, "move", str(tree), key, wrong)
        finds(f, "index by_v: the entry", "is not a key of the row that it leads to")


def record_damaged():
    """a record that is cut off"""
    with Folder() as f:
        fill(f)
        (tree, keys), _ = rows_and_index(f)
        plant(f, "cut", str(tree), keys[2][0], "3")
        finds(f, "d.db t: ")


def long_value_damaged():
    """a long value that is gone, and one whose first entry is no such thing"""
    for how in ("erase", "cut"):
        with Folder() as f:
            fill(f)
            known = {t for t, _ in rows_and_index(f)}
            lines = [line.split() for line in plant(f, "list").splitlines()]
            roots = [(t, key) for t, key, size in lines
                     if int(t) not in known and int(t) & 0xffffffff >= 6 and size == "8"]
            equal(len(roots), 1, f"roots of long values: {roots}")
            plant(f, how, *roots[0], *(["3"] if how == "cut" else []))
            finds(f, "d.db t: row", "the column n", "JET_errLVCorrupted")


def many_faults():
    """--faults bounds what is told"""
    with Folder() as f:
        fill(f)
        _, (tree, keys) = rows_and_index(f)
        for key, _ in keys[:6]:
            plant(f, "erase", str(tree), key)
        told = f.run("check", "--faults", "3", ".", status=1)
        equal(len([l for l in told.splitlines() if "index by_v" in l]), 3, told)
        contains(told, "given up: --faults allows more")


def no_store():
    """a folder without a store, or without databases, is said to be one"""
    with Folder() as f:
        f.run("check", ".", status=1)
        contains(f.errors, "holds no store")
        equal(os.listdir(f.path), [], "nothing was made")
        f.shell("databases\n")
        f.run("check", ".", status=1)
        contains(f.errors, "holds no database files")
        f.run("check", ".", "x.db", status=1)
        f.run("check", "--faults", "none", ".", status=2)


if __name__ == "__main__":
    tap.run([nothing_wrong, entry_missing, entry_of_no_row, entry_of_another_key, record_damaged,
             long_value_damaged, many_faults, no_store])
