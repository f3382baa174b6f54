#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs Holdfast's engine and its peers in turns, the same work each, and prints medians and ratios.

A round runs every engine once, in a new order, each in a new folder and a process of its own. The
interval is that of the median at 95 % (order statistics). What the engines read is summed, and the
sums have to be equal: all did the same work.
"""
import argparse
import json
import os
import platform
import random
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
from stats import interval, ratio  # noqa: E402

RELEASE = os.path.join(TOP, "build", "bench")
PROGRAM = os.path.join(RELEASE, "ese_bench")
ENGINES = ("holdfast", "sqlite", "bdb", "rocksdb")
TITLES = {"load": "load, 1000 rows a transaction", "read": "point reads by primary key",
          "scan": "range scans by a secondary index, whole rows",
          "update": "updates of an indexed column, 100 a transaction",
          "reread": "point reads after the updates",
          "commit": "updates, each committed durably"}


def sh(command):
    done = subprocess.run(command, shell=True, cwd=TOP, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command}\n{done.stdout[-3000:]}\nbench: the build failed")


def build():
    if not os.path.exists(os.path.join(RELEASE, "build.ninja")):
        sh(f"meson setup {shlex.quote(RELEASE)} . --buildtype=release")
    sh(f"ninja -C {shlex.quote(RELEASE)} -j2 src/ese/libholdfast-ese.so.0.1.0")
    library = os.path.join(RELEASE, "src", "ese")
    sources = " ".join(f"bench/ese/{name}.c" for name in ("main", *ENGINES))
    sh(f"gcc -O2 -D_GNU_SOURCE -Iinclude -Ibench/ese {sources} -L{shlex.quote(library)} "
       f"-l:libholdfast-ese.so.0.1.0 -Wl,-rpath,{shlex.quote(library)} -lsqlite3 -ldb -lrocksdb "
       f"-o {shlex.quote(PROGRAM)}")


def one_run(engine, rows, where):
    """{work: (operations a second, sum)}."""
    folder = tempfile.mkdtemp(prefix="ese-bench-", dir=where)
    try:
        done = subprocess.run([PROGRAM, engine, folder, str(rows)], stdout=subprocess.PIPE, text=True,
                              check=True, cwd=folder)
    finally:
        shutil.rmtree(folder)
    lines = [line.split() for line in done.stdout.splitlines()]
    return {work: (int(n) / float(seconds), total) for work, n, seconds, total in lines}


def measure(rounds, rows, where, only):
    rates = {work: {engine: [] for engine in only} for work in TITLES}
    for number in range(rounds):
        sums = {}
        for engine in random.sample(only, len(only)):
            print(f"\r  round {number + 1} of {rounds}: {engine:<10}", end="", file=sys.stderr,
                  flush=True)
            for work, (rate, total) in one_run(engine, rows, where).items():
                rates[work][engine].append(rate)
                if sums.setdefault(work, (engine, total))[1] != total:
                    sys.exit(f"bench: {engine} and {sums[work][0]} did not read the same rows "
                             f"({work})")
    print("\r" + " " * 60 + "\r", end="", file=sys.stderr)
    return rates


def show(rates):
    results = {}
    for work, title in TITLES.items():
        print(f"\n{title}\n  {'':<12}{'per second':>12}{'95 % interval':>24}{'holdfast is':>14}")
        results[work] = {}
        for engine, values in rates[work].items():
            middle, low, high = interval(values)
            times = ratio(rates[work]["holdfast"], values)
            results[work][engine] = {"median": middle, "low": low, "high": high,
                                     "holdfast_ratio": times, "rounds": values}
            text = "" if engine == "holdfast" else f"{times[0]:>11.2f} x   {times[1]:.2f} .. {times[2]:.2f}"
            print(f"  {engine:<12}{middle:>12.0f}{low:>14.0f} .. {high:<8.0f}{text}")
    return results


def main():
    parser = argparse.ArgumentParser(prog="bench/run ese")
    parser.add_argument("--quick", action="store_true", help="3 rounds of 20,000 rows")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--rows", type=int, default=100000)
    parser.add_argument("--folder", help="where the databases are made; the disk that is measured")
    parser.add_argument("--only", action="append", choices=ENGINES[1:], help="this peer only")
    parser.add_argument("--json", default=os.path.join(RELEASE, "ese.json"))
    arguments = parser.parse_args()
    rounds, rows = (3, 20000) if arguments.quick else (arguments.rounds, arguments.rows)
    print("building ...", file=sys.stderr)
    build()
    print(f"{os.cpu_count()} cores, Linux {platform.release()}; {rounds} rounds, interleaved; a table "
          f"of {rows} rows, 8 columns, primary key, two secondary indexes; one thread")
    results = show(measure(rounds, rows, arguments.folder,
                           ["holdfast", *(arguments.only or ENGINES[1:])]))
    with open(arguments.json, "w", encoding="utf-8") as f:
        json.dump({"machine": platform.uname()._asdict(), "rows": rows, "results": results}, f,
                  indent=1)
    print(f"\nwritten to {arguments.json}")


if __name__ == "__main__":
    main()
