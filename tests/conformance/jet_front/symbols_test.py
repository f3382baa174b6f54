#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What libholdfast-ese exports, against what esent.h declares and documents.

usage: symbols_test.py TOP LIBRARY
"""
import glob
import os
import re
import subprocess
import sys

TOP, LIBRARY = sys.argv[1:3]
sys.path.insert(0, os.path.join(TOP, "tests"))

from tap import equal, run  # noqa: E402

HEADERS = sorted(glob.glob(os.path.join(TOP, "include/esent/*.h")))


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def declared():
    own = "".join(read(os.path.join(TOP, f"include/holdfast/{name}_ese.h"))
                  for name in ("log", "count", "check"))
    return {n for h in HEADERS for n in re.findall(r"JET_ERR JET_API (Jet\w+)\(", read(h))} | \
        set(re.findall(r"(?:NDR_API void|JET_ERR JET_API) (\w+)\(", own))


def exports():
    """exactly the documented functions are exported"""
    out = subprocess.run(["nm", "-D", "--defined-only", LIBRARY], stdout=subprocess.PIPE,
                         text=True, check=True).stdout
    names = {line.split()[-1].split("@")[0] for line in out.splitlines()}
    equal(sorted(names - declared()), [], "exported, not declared")
    equal(sorted(declared() - names), [], "declared, not exported")


def documented():
    """every function has a comment, which names its page, or shares the one before it"""
    for header in HEADERS:
        undocumented = None
        for line in read(header).split("\n"):
            if line.startswith("/* "):
                undocumented = False
            elif line == "" or line.startswith("#"):
                undocumented = True
            elif line.startswith("JET_ERR JET_API") and undocumented:
                raise AssertionError(f"{header}: {line}")
        comments = re.findall(r"/\*(?:(?!\*/).)*\*/(?=\s*JET_ERR JET_API)", read(header), re.S)
        for comment in comments:
            if "Page: jet" not in comment or "Entry: " not in comment:
                raise AssertionError(f"{header}: {comment}")


def results():
    """every result of errors.h is a row of the table, under its number"""
    numbers = dict(re.findall(r"#define (JET_(?:err|wrn)\w+)\s+(-?\d+)",
                              read(os.path.join(TOP, "include/esent/errors.h"))))
    rows = re.findall(r"^    ROW\((\w+),", read(os.path.join(TOP, "src/ese/api/errtab.c")), re.M)
    equal(sorted(rows), sorted(numbers), "rows")
    values = list(numbers.values())
    equal(len(values), len(set(values)), "numbers used twice")


def both_forms():
    """A and W come in pairs, and the plain name is one of them"""
    names = declared()
    plain = set(re.findall(r"#define (Jet\w+)\s+Jet\w+A$",
                           read(os.path.join(TOP, "include/esent/names.h")), re.M))
    pairs = {n[:-1] for n in names if n.endswith("A") and n[:-1] + "W" in names}
    equal(sorted(plain), sorted(pairs), "pairs")


def compiles():
    """esent.h is C11 and C++, with and without JET_UNICODE"""
    program = "#include <esent.h>\nint f(JET_INSTANCE *i) { return JetCreateInstance(i, 0); }\n"
    for args in (["-std=c11"], ["-std=c11", "-DJET_UNICODE"], ["-xc++"]):
        subprocess.run(["cc", *args, "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                        *(["-xc"] if "-xc++" not in args else []),
                        "-I" + os.path.join(TOP, "include"), "-"],
                       input=program, text=True, check=True)


run([exports, documented, results, both_forms, compiles])
