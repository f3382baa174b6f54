#!/usr/bin/python3
"""The models of a handle's life and of its locks, searched exhaustively by spin; and that they can fail.

usage: model_test.py FOLDER_OF_MODELS TABLE   (TABLE: src/rpc/server/context_life.def)

The life's steps are the server's own table, taken in by the model. To see that the model depends on
every one of them, the search is repeated with each step taken out, with steps that lead elsewhere, and
with each half of the lock rule L6 left out: spin has to object every time.
"""
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

MODELS, TABLE = Path(sys.argv[1]), Path(sys.argv[2])

# A step that leads elsewhere, and what it would mean.
WRONG = [
    ("STEP(DOOMED, CLOSE, CLOSED)", "STEP(DOOMED, CLOSE, DOOMED)", "run down after it was closed"),
    ("STEP(DOOMED, LAST, DUE)", "STEP(DOOMED, LAST, ENDED)", "never run down"),
    ("STEP(CLOSED, LAST, ENDED)", "STEP(CLOSED, LAST, DUE)", "run down although closed"),
    ("STEP(BORN, FAIL, DUE)", "STEP(BORN, FAIL, ENDED)", "a failed call's handle forgotten"),
    ("STEP(OPEN, DEATH, DOOMED)", "STEP(OPEN, DEATH, OPEN)", "an orphan"),
    ("STEP(OPEN, DROP, CLOSED)", "STEP(OPEN, DROP, DOOMED)", "run down although dropped"),
]


def search(holds, model, table, *options):
    """(error or None, states): the outcome of an exhaustive search."""
    with tempfile.TemporaryDirectory(prefix="holdfast-model-") as folder:
        Path(folder, model).write_text((MODELS / model).read_text())
        Path(folder, "context_life.def").write_text(table)
        run = lambda *c: subprocess.run(c, cwd=folder, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, timeout=300,
                                        check=False).stdout
        said = run("spin", "-Pcc -E -P -x c", *options, "-a", model)
        built = run("cc", "-O1" if holds else "-O0", "-DSAFETY", "-DMEMLIM=4096", "-o", "search", "pan.c")
        if not Path(folder, "search").exists():
            return f"cannot be built: {said} {built}", 0
        out = run("./search", "-m100000")
    states = re.search(r"(\d+) states, stored", out)
    error = re.search(r"pan:\d+: (.*?)(?: \(at depth|$)", out, re.M)
    done = "errors: 0" in out and "Search not completed" not in out
    if not error and not done:
        return f"search not completed: {out}", 0
    return error and error[1], int(states[1]) if states else 0


def cases():
    """(name, arguments of search, has to hold)"""
    table = TABLE.read_text()
    yield ("a handle's life: run down once, not used after close, no orphan, no deadlock",
           ("handle.pml", table), True)
    yield ("locks: no deadlock, nobody beside who is alone", ("locks.pml", table), True)
    yield ("fails when upgrades leave reservations alone",
           ("locks.pml", table, "-DKEEP_RESERVATIONS"), False)
    yield ("fails when no upgrade is refused", ("locks.pml", table, "-DNO_CIRCLE_CHECK"), False)
    for step in re.findall(r"^STEP\([^)]*\)", table, re.M):
        yield f"fails without {step}", ("handle.pml", table.replace(step, "")), False
    for right, wrong, meaning in WRONG:
        assert right in table, right
        yield f"fails with {wrong}: {meaning}", ("handle.pml", table.replace(right, wrong)), False


def main():
    if shutil.which("spin") is None:
        print("1..0 # SKIP spin is not installed")
        return 0
    every = list(cases())
    print(f"1..{len(every)}", flush=True)
    failed = 0
    with ThreadPoolExecutor(2) as pool:
        outcomes = pool.map(lambda c: search(c[2], *c[1]), every)
        for n, ((name, _, holds), (error, states)) in enumerate(zip(every, outcomes), 1):
            broken = error and re.match("assertion|invalid end", error)
            good = not error if holds else bool(broken)
            failed += not good
            print(f"{'' if good else 'not '}ok {n} - {name}")
            print(f"# {states} states" + (f", {error}" if error else ", all properties hold"),
                  flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
