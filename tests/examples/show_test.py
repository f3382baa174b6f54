#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The main jobs that ./run shows: every line as the rules say, in time, nothing left over.

usage: show_test.py TOP BUILD
"""
import os
import subprocess
import sys
import time

TOP, BUILD = sys.argv[1:3]
sys.path.insert(0, os.path.join(TOP, "tests"))

from tap import equal, run  # noqa: E402

SHOWN = {}


def processes():
    """Command lines of our programs that run now."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                line = f.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if line.startswith((os.path.join(BUILD, "examples", "remote-file"),
                            os.path.join(BUILD, "src", "tool", "holdfast") + " serve /tmp/holdfast-show-")):
            found.append(line)
    return found


def show():
    """it ends with exit status 0, within a minute"""
    start = time.monotonic()
    done = subprocess.run(["/usr/bin/python3",
                           os.path.join(TOP, "examples", "remote-file", "show.py"), BUILD],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
                          check=False)
    SHOWN["text"] = done.stdout
    equal(done.returncode, 0, done.stdout + "\nexit status")
    equal(time.monotonic() - start < 60, True, "within a minute")


def lines():
    """it shows answers of three clients, five deaths, and that none is left"""
    text = SHOWN["text"]
    for what in ("34924     34924     34924     34924", "1831      1831      1831      1831",
                 "SIGKILL", "loses its link", "closes twice", "another's handle",
                 "refused at close", "; 0 left.", "Everything was as the rules say."):
        equal(what in text, True, f"{what!r} in\n{text}")
    equal("WRONG" in text, False, "WRONG in it")
    equal([line for line in text.splitlines() if len(line) > 100], [], "lines over 100 columns")


def show_jet():
    """JET over RPC: loaded, asked, a client killed, the same program embedded; within two minutes"""
    start = time.monotonic()
    done = subprocess.run(["/usr/bin/python3", os.path.join(TOP, "examples", "ucd", "show.py"), BUILD],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=180,
                          check=False)
    equal(done.returncode, 0, done.stdout + "\nexit status")
    equal(time.monotonic() - start < 120, True, "within two minutes")
    for what in ("loaded 34924 rows of 34924 lines", "worker threads:", "its row is gone",
                 "was free to insert", "0 handles left.", "Everything was as it had to be."):
        equal(what in done.stdout, True, f"{what!r} in\n{done.stdout}")
    equal("WRONG" in done.stdout, False, "WRONG in it")


def nothing_left():
    """it leaves no process behind"""
    equal(processes(), [], "processes")


run([show, lines, show_jet, nothing_left])
