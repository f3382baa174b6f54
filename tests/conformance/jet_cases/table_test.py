#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the tables of the JET API say, against each other and the headers.

usage: table_test.py TOP JET-CASES

The headers document each function's entry and errors. entries.def has a call of each function that is
entered by a handle; errors.def has, for each function of tiers A and B, each documented error with what
provokes it or why nothing does, and pages.def more of those that Microsoft's pages name; docs/jet.md says what there is, docs/conformance.md which test shows a
rule, docs/jet-cases.md is the catalogue that the program prints.
"""
import glob
import os
import re
import subprocess
import sys

TOP, CASES = sys.argv[1:3]
HERE = os.path.join(TOP, "tests/conformance/jet_cases")
sys.path.insert(0, os.path.join(TOP, "tests"))

from tap import equal, run  # noqa: E402


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as f:
        return f.read()


def headers():
    """Function -> the comment that documents it, which others may share."""
    found = {}
    for path in sorted(glob.glob(os.path.join(TOP, "include/esent/*.h"))):
        comment = None
        for m in re.finditer(r"/\*(?:(?!\*/).)*\*/|JET_ERR JET_API (Jet\w+)\(", read(path), re.S):
            if not m.group(1) and "Entry:" in m.group(0):
                comment = m.group(0)
            elif m.group(1):
                found[m.group(1)] = comment
    return found


DOCUMENTED = headers()


def base(name):
    """The name without A or W, if there are both (or the one)."""
    return name[:-1] if name[-1] in "AW" and not name[-2].isupper() else name


def documented_errors(comment):
    text = re.sub(r"\n \* ?", " ", comment)
    m = re.search(r"Errors?: (.*?) Entry:", text)
    return set(re.findall(r"JET_err\w+", m.group(1))) if m else set()


def entry_of(comment):
    return re.search(r"Entry: (\w+)", comment).group(1)


def support():
    """Function -> (tier, state), as docs/jet.md has it."""
    section = read("docs/jet.md").split("## What there is")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\w+) \| ([ABC]) \| (.*) \|$", section, re.M)
    return {name: (tier, state) for name, tier, state in rows}


def rows_of(table):
    text = read(f"tests/conformance/jet_cases/{table}")
    rows = re.findall(r"^(PROVOKED|ELSEWHERE|NEVER)\((\w+), (\w+), (.*)\)$", text, re.M)
    lines = [line for line in text.split("\n") if re.match(r"[A-Z]+\(", line)]
    equal(len(rows), len(lines), "rows that can be read")
    return rows


def error_rows():
    return rows_of("errors.def")


def all_rows():
    return error_rows() + rows_of("pages.def")


def tests():
    """The names of all tests, of C programs and scripts."""
    found = set()
    for path in glob.glob(os.path.join(TOP, "**/*_test.c"), recursive=True):
        found |= set(re.findall(r"^static void (\w+)\(void \*\*", read(path), re.M))
    for path in glob.glob(os.path.join(TOP, "tests/**/*.py"), recursive=True):
        found |= set(re.findall(r"^def (\w+)", read(path), re.M))
    return found


# ---- the tests ----

def every_handle_is_tried():
    """entries.def calls every function that is entered by a handle, by that handle"""
    rows = re.findall(r"^(SESSION|CURSOR|INSTANCE)\((\w+), (\w+)\(",
                      read("tests/conformance/jet_cases/entries.def"), re.M)
    want = {(name, entry_of(c)) for name, c in DOCUMENTED.items()
            if entry_of(c) in ("session", "cursor", "instance")}
    equal(sorted((name, kind.lower()) for kind, name, _ in rows), sorted(want), "functions")
    equal([name for _, name, called in rows if name != called], [], "rows that call another")


def every_error_has_a_row():
    """every error that a header documents of a function of tier A or B has its row, and no other has"""
    tiers = {name: tier for name, (tier, _) in support().items()}
    families = {}
    for name, comment in DOCUMENTED.items():
        families.setdefault(comment, set()).add(base(name))
    rows = error_rows()
    named = {name for _, name, _, _ in rows}
    equal(sorted(named - set().union(*families.values())), [], "rows of no function")
    wrong = []
    for comment, names in families.items():
        if not any(tiers.get(n) in ("A", "B") for n in names):
            continue
        have = {error for _, name, error, _ in rows if name in names}
        want = documented_errors(comment)
        wrong += [f"{min(names)}: no row for {e}" for e in sorted(want - have)]
        wrong += [f"{min(names)}: {e} is not documented" for e in sorted(have - want)]
    equal(wrong, [], "rows")


def pages_add_to_headers():
    """no row of pages.def is one of errors.def, and each is of a function of tier A or B"""
    have = {(name, error) for _, name, error, _ in error_rows()}
    tiers = {name: tier for name, (tier, _) in support().items()}
    rows = [(name, error) for _, name, error, _ in rows_of("pages.def")]
    equal(sorted(set(rows) & have), [], "rows of both")
    equal(len(rows), len(set(rows)), "rows that are there once")
    equal(sorted({name for name, _ in rows if tiers.get(name) not in ("A", "B")}), [], "functions")


def errors_are_there():
    """every error of a row is one of errors.h"""
    there = set(re.findall(r"#define (JET_err\w+)", read("include/esent/errors.h")))
    equal(sorted({error for _, _, error, _ in all_rows()} - there), [], "errors")


def named_tests_are_there():
    """every test that a row names exists; every reason says something"""
    there = tests()
    wrong = [rest for kind, _, _, rest in all_rows()
             if kind == "ELSEWHERE" and rest.split(", ")[1] not in there]
    wrong += [rest for kind, _, _, rest in all_rows()
              if kind == "NEVER" and not re.fullmatch(r'"[^"]{20,}"', rest)]
    equal(wrong, [], "tests and reasons")


def support_table():
    """docs/jet.md has every function; those of tier C that are not there are the absent ones"""
    table = support()
    equal(sorted(table), sorted({base(n) for n in DOCUMENTED}), "functions")
    absent = {base(n) for n in re.findall(r"^JET_ERR JET_API (Jet\w+)\(",
                                          read("src/ese/api/absent.c"), re.M)}
    said = {n for n, (_, state) in table.items() if state.startswith("-1001")}
    tried = set(re.findall(r"^ABSENT\((\w+), \1\(",
                           read("tests/conformance/jet_cases/absent.def"), re.M))
    equal(sorted(said - {base(n) for n in tried}), [], "absent, and not tried")
    equal(sorted(absent - said), [], "absent, and not said so")
    equal(sorted(n for n in said if table[n][0] != "C"), [], "absent of tier A or B")


def rules_are_shown():
    """docs/conformance.md has every section of the JET rules; every test and area it names exists"""
    text = read("docs/conformance.md").split("## JET: ")[1:]
    text = "".join(part.split("\n## ")[0] for part in text)
    rows = re.findall(r"^\| (S\d+|A\d+)(?:\.\w+)? [^|]*\| ([^|]*) \|$", text, re.M)
    sections = {section for section, _ in rows}
    wanted = {f"S{n}" for n in range(2, 13)} | {f"A{n}" for n in range(2, 9)}
    equal(sorted(wanted - sections), [], "sections without a row")
    there = tests()
    areas = set(re.findall(r'kit_add(?:_all|_scripts)?\(\s*"([^"]+)"', "".join(
        read(p) for p in glob.glob(os.path.join(HERE, "*.c")))))
    wrong = []
    for _, shown in rows:
        for part in shown.split("; "):
            prefix, names = part.split(": ", 1)
            for name in re.findall(r"`([^`]+)`", names):
                if prefix == "cases" and name not in areas or prefix != "cases" and name not in there:
                    wrong.append(f"{prefix}: {name}")
    equal(wrong, [], "tests")


def catalogue():
    """docs/jet-cases.md is the catalogue"""
    done = subprocess.run([CASES, "--catalogue"], stdout=subprocess.PIPE, text=True, check=True)
    equal(read("docs/jet-cases.md").endswith(done.stdout), True,
          "the table, as jet-cases --catalogue prints it")


run([every_handle_is_tried, every_error_has_a_row, pages_add_to_headers, errors_are_there,
     named_tests_are_there, support_table, rules_are_shown, catalogue])
