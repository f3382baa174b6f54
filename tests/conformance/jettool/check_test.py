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
        finds(f, f"d.db table=t index=by_v row={keys[3][0][-10:]} key=", "has no entry", count=1)


def entry_of_no_row():
    """an entry whose row is gone"""
    with Folder() as f:
        fill(f)
        (tree, keys), _ = rows_and_index(f)
        plant(f, "erase", str(tree), keys[7][0])
        finds(f, "table=t index=by_v entry=", f"row={keys[7][0]} leads to no row", count=1)


def entry_of_another_key():
    """an entry under a key that is not its row's"""
    with Folder() as f:
        fill(f)
        _, (tree, keys) = rows_and_index(f)
        key = keys[0][0]
        wrong = "7e" + key[2:] if not key.startswith("7e") else "7d" + key[2:]
        plant(f, "move", str(tree), key, wrong)
        finds(f, "table=t index=by_v row=", "has no entry", f"index=by_v entry={wrong[:8]}",
              "is not a key of that row", count=2)


def record_damaged():
    """a record that is cut off"""
    with Folder() as f:
        fill(f)
        (tree, keys), _ = rows_and_index(f)
        plant(f, "cut", str(tree), keys[2][0], "3")
        finds(f, f"d.db table=t row={keys[2][0]} is not a record", "d.db t: ")


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
            finds(f, "d.db table=t row=7f80000005 column=n long_value=1 ",
                  "is not there" if how == "erase" else "its root is none",
                  "d.db t: row", "the column n", "JET_errLVCorrupted")


def long_values(f):
    """The tree of the table's long values, its roots and chunks."""
    known = {t for t, _ in rows_and_index(f)}
    nodes = [line.split() for line in plant(f, "list").splitlines()]
    nodes = [(t, key, int(size)) for t, key, size in nodes
             if int(t) not in known and int(t) & 0xffffffff >= 6]
    return ([(t, key) for t, key, _ in nodes if len(key) == 8],
            [(t, key, size) for t, key, size in nodes if len(key) == 16])


def chunk_missing():
    """a chunk that is missing, short, too long, of nobody, behind the end, or begins between"""
    where = "d.db table=t row=7f80000005 column=n long_value=1 offset="
    for change, told in (
            (lambda t, chunks: ("erase", t, chunks[1][1]), where + "4014 its chunk is missing"),
            (lambda t, chunks: ("erase", t, chunks[-1][1]), where + "16056 its chunk is missing"),
            (lambda t, chunks: ("cut", t, chunks[0][1], "9"),
             where + "0 its chunk has 9 octets instead of 4014"),
            (lambda t, chunks: ("cut", t, chunks[-1][1], "9"), where + "16056 its chunk has 9 octets"),
            (lambda t, chunks: ("copy", t, chunks[1][1], chunks[1][1][:8] + "00010000"),
             where + "65536 no chunk begins there"),
            (lambda t, chunks: ("copy", t, chunks[1][1], chunks[1][1][:8] + "00005e12"),
             where + "24082 no chunk begins there"),
            (lambda t, chunks: ("copy", t, chunks[1][1], chunks[1][1][:8] + "00004e64"),
             where + "20068 no chunk begins there"),
            (lambda t, chunks: ("copy", t, chunks[1][1], chunks[1][1][:8] + "00005e14"),
             where + "24084 lies behind its end at "),
            (lambda t, chunks: ("copy", t, chunks[1][1], "00000007" + chunks[1][1][8:]),
             "table=t long_value=7 offset=4014 a chunk of no row's value")):
        with Folder() as f:
            fill(f)
            roots, chunks = long_values(f)
            equal(len(roots), 1)
            equal(chunks[1][2], 4014)
            plant(f, *change(roots[0][0], chunks))
            finds(f, told)


def missing_chunk_is_no_zeros():
    """reading a value whose chunk is missing is an error, and reading the others is not"""
    with Folder() as f:
        fill(f)
        _, chunks = long_values(f)
        plant(f, "erase", chunks[1][0], chunks[1][1])
        told = f.shell("use d.db\nopen t\nseek 4\nseek 5\n", "--json", status=1)
        contains(told, '"k": 4')
        equal(told.rstrip().endswith('"n":'), True, told)
        contains(f.errors, "JET_errLVCorrupted")


def long_value_of_nobody():
    """a root that no row refers to, one that two refer to, and one that counts wrong"""
    with Folder() as f:
        fill(f)
        (root,), _ = long_values(f)
        plant(f, "copy", *root, "00000009")
        finds(f, "table=t long_value=9 no row refers to it", count=1)
    with Folder() as f:
        fill(f)
        (root,), _ = long_values(f)
        plant(f, "set", *root, "02000000" + "204e0000")
        finds(f, "column=n long_value=1 counts 2 references", count=1)
    with Folder() as f:
        fill(f)
        (rows, keys), _ = rows_and_index(f)
        plant(f, "copy", str(rows), keys[5][0], keys[6][0])
        finds(f, "table=t long_value=1 more than one value of a row refers to it",
              f"row={keys[6][0]} has the primary key {keys[5][0]}")


def wrong_place():
    """a record under another's key; an entry of a unique index that names another row"""
    with Folder() as f:
        fill(f)
        (rows, keys), _ = rows_and_index(f)
        plant(f, "move", str(rows), keys[3][0], "7f80001000")
        finds(f, f"table=t row=7f80001000 has the primary key {keys[3][0]}",
              f"row={keys[3][0]} leads to no row")
    with Folder() as f:
        f.shell("create database d.db\ncreate table t (k long, v long, primary index pk (k), "
                "unique index by_v (v))\nopen t\ninsert k=1 v=8\ninsert k=2 v=9\n")
        (_, _), (tree, keys) = rows_and_index(f, 2)
        plant(f, "copy", str(tree), keys[0][0], keys[1][0])
        finds(f, "index=by_v row=7f80000002 key=7f80000009 has an entry that is not its own",
              "index=by_v entry=7f80000009 row=7f80000001 is not a key of that row", count=2)


def catalog_damaged():
    """names, rows of the catalog and versions that do not belong to one another"""
    def catalog(f, tree):
        nodes = [line.split() for line in plant(f, "list").splitlines()]
        return [(t, key) for t, key, _ in nodes if int(t) & 0xffffffff == tree]

    def planted(tree, change, *told):
        with Folder() as f:
            fill(f)
            plant(f, *change(catalog(f, tree)))
            finds(f, *told)

    planted(5, lambda nodes: ("copy", *nodes[0], "7f5800"),
            "catalog name=7f5800 object=6 is called t there")
    planted(5, lambda nodes: ("erase", *nodes[0]),
            "catalog object=6 is called t, but that name does not lead to it")
    planted(5, lambda nodes: ("set", *nodes[0], "63000000"), "object=99 has no row of its own",
            "object=99 its definition cannot be taken up")
    planted(2, lambda nodes: ("erase", *nodes[0]), "name=7f5400 object=6 has no row of its own",
            "object=6 type=2 id=1 name=k belongs to no table", "object=6 has a version, but no row")
    planted(2, lambda nodes: ("erase", *nodes[1]), "its definition cannot be taken up")
    planted(2, lambda nodes: ("cut", *nodes[1], "3"), "is not a row of the catalog")
    planted(2, lambda nodes: ("copy", *nodes[1], nodes[1][1][:-2] + "77"), "holds the row of object=6")
    planted(3, lambda nodes: ("erase", *nodes[-1]), "its definition cannot be taken up")


def many_faults():
    """--faults bounds what is told"""
    with Folder() as f:
        fill(f)
        _, (tree, keys) = rows_and_index(f)
        for key, _ in keys[:6]:
            plant(f, "erase", str(tree), key)
        told = f.run("check", "--faults", "3", ".", status=1)
        equal(len([l for l in told.splitlines() if "index=by_v" in l]), 3, told)
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
             long_value_damaged, chunk_missing, missing_chunk_is_no_zeros, long_value_of_nobody,
             wrong_place, catalog_damaged, many_faults, no_store])
