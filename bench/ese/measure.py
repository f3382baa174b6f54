#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs Holdfast's engine and its peers in turns, the same work each, and prints medians and ratios.

A round runs every engine once, in a new order, each in a new folder and a process of its own. What the
engines read is summed, and the sums have to be equal: all did the same work. Ratios are those of one
round, intervals those of the median at 95 % (order statistics). A run during which other programs took
more than a tenth of a core is made again while there is time for it; what is left of them is printed.
"""
import argparse
import json
import os
import platform
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
from stats import RELEASE, Foreign, build_release, interval, ratio, sh  # noqa: E402

PROGRAM = os.path.join(RELEASE, "ese_bench")
PAGE = os.path.join(TOP, "docs", "performance-jet.md")
OURS = "holdfast"
ENGINES = (OURS, "sqlite", "bdb", "lmdb", "rocksdb")
NAMES = {OURS: "Holdfast", "sqlite": "SQLite", "bdb": "BerkeleyDB", "lmdb": "LMDB",
         "rocksdb": "bare RocksDB"}
WORKS = {"load": "rows in key order, 1000 a transaction",
         "insert": "rows in no order, 100 a transaction",
         "update": "updates of an indexed column, 100 a transaction",
         "read": "point reads, 1 session",
         "read8": "point reads, 8 sessions",
         "scan": "ranges of a secondary index, whole rows",
         "commit": "updates, each durable, 1 session",
         "commit16": "updates, each durable, 16 sessions",
         "mixed": "9 reads to 1 update, each a transaction, 8 sessions"}
# What is wanted of holdfast's rate, as a part of a peer's.
GOALS = ([("sqlite", work, 1.0) for work in ("insert", "update", "commit", "commit16", "mixed")] +
         [("sqlite", work, 0.8) for work in ("read", "read8", "scan")] +
         [("rocksdb", work, 1 / 1.25) for work in ("insert", "update")] +
         [("rocksdb", work, 1 / 1.6) for work in ("read", "scan")])
ATTACH_NS = 60
FOREIGN_MOST = 0.1


def build():
    build_release("src/ese/libholdfast-ese.so.0.1.0")
    library = shlex.quote(os.path.join(RELEASE, "src", "ese"))
    sources = " ".join(f"bench/ese/{name}.c" for name in ("main", *ENGINES))
    sh(f"gcc -O2 -D_GNU_SOURCE -Iinclude -Ibench/ese {sources} -L{library} "
       f"-l:libholdfast-ese.so.0.1.0 -Wl,-rpath,{library} -lsqlite3 -ldb -llmdb -lrocksdb -lpthread "
       f"-o {shlex.quote(PROGRAM)}")


def one_run(engine, arguments):
    """{work: (operations a second, sum)}, and what other programs took meanwhile."""
    folder = tempfile.mkdtemp(prefix="ese-bench-", dir=arguments.folder)
    foreign = Foreign()
    try:
        done = subprocess.run([PROGRAM, engine, folder, str(arguments.rows), str(arguments.commits)],
                              stdout=subprocess.PIPE, text=True, check=True, cwd=folder)
    finally:
        shutil.rmtree(folder)
    share = foreign.share()
    lines = [line.split() for line in done.stdout.splitlines()]
    return {work: (int(n) / float(seconds), total) for work, n, seconds, total in lines}, share


class Progress:
    def __init__(self, minutes):
        self.start = time.monotonic()
        self.seconds = 60 * minutes

    def elapsed(self):
        return time.monotonic() - self.start

    def has(self, seconds):
        return self.elapsed() + seconds < self.seconds

    def say(self, text):
        if sys.stderr.isatty():
            print(f"\r  {text:<70}", end="", file=sys.stderr, flush=True)
        elif text:
            print(f"  {text}", file=sys.stderr, flush=True)

    def done(self):
        if sys.stderr.isatty():
            print("\r" + " " * 74 + "\r", end="", file=sys.stderr)


def one_round(only, arguments, progress, title):
    """Every engine once: {engine: {work: rate}}, the largest foreign share."""
    sums, rates, worst = {}, {}, 0.0
    for engine in random.sample(only, len(only)):
        progress.say(f"{title}: {NAMES[engine]}")
        started = progress.elapsed()
        result, share = one_run(engine, arguments)
        if share > FOREIGN_MOST and progress.has(5 * (progress.elapsed() - started)):
            progress.say(f"{title}: {NAMES[engine]} again, others took {share:.1f} of a core")
            result, share = min((result, share), one_run(engine, arguments), key=lambda x: x[1])
        worst = max(worst, share)
        rates[engine] = {work: rate for work, (rate, _) in result.items()}
        for work, (_, total) in result.items():
            if sums.setdefault(work, (engine, total))[1] != total:
                sys.exit(f"bench: {engine} and {sums[work][0]} did not read the same rows ({work})")
    return rates, worst


def measure(only, arguments):
    """Rounds until the number or the time is reached, and three at least."""
    progress = Progress(arguments.minutes)
    rounds, foreign, longest = [], [], 0.0
    while len(rounds) < arguments.rounds and (len(rounds) < 3 or progress.has(longest)):
        start = progress.elapsed()
        rates, share = one_round(only, arguments, progress,
                                 f"{start:4.0f} s, round {len(rounds) + 1} of {arguments.rounds}")
        longest = max(longest, progress.elapsed() - start)
        rounds.append(rates)
        foreign.append(share)
    progress.done()
    return rounds, foreign


def judge(goal, times):
    """How a ratio with its interval stands to what is wanted of it."""
    middle, low, high = times
    if low >= goal:
        return "reached"
    if high < goal:
        return f"short by {100 * (1 - middle / goal):.0f} %"
    return ("reached" if middle >= goal else f"short by {100 * (1 - middle / goal):.0f} %") + \
        ", within the noise"


def evaluate(rounds, only):
    series = {work: {e: [r[e][work] for r in rounds] for e in only} for work in WORKS}
    works = {}
    for work in WORKS:
        works[work] = {}
        for engine in only:
            middle, low, high = interval(series[work][engine])
            works[work][engine] = {"median": middle, "low": low, "high": high,
                                   "ratio": ratio(series[work][OURS], series[work][engine]),
                                   "rounds": series[work][engine]}
    goals = [{"peer": peer, "work": work, "wanted": wanted, "ratio": works[work][peer]["ratio"],
              "verdict": judge(wanted, works[work][peer]["ratio"])}
             for peer, work, wanted in GOALS if peer in only]
    attach = interval([1e9 / r[OURS]["attach"] for r in rounds])
    return {"works": works, "goals": goals, "attach_ns": attach}


def short(rate):
    return f"{rate / 1e6:.2f} M" if rate >= 1e6 else f"{rate / 1e3:.1f} k" if rate >= 1e4 else f"{rate:.0f}"


def show(results, only):
    for work, title in WORKS.items():
        print(f"\n{work}: {title}\n  {'':<14}{'per second':>12}{'95 % interval':>24}   Holdfast is")
        for engine in only:
            row = results["works"][work][engine]
            times, low, high = row["ratio"]
            text = "" if engine == OURS else f"{times:9.2f} x   {low:.2f} .. {high:.2f}"
            print(f"  {NAMES[engine]:<14}{row['median']:>12.0f}{row['low']:>14.0f} .. "
                  f"{row['high']:<8.0f}{text}")
    print("\nwhat is wanted of Holdfast")
    for goal in results["goals"]:
        print(f"  {goal['work']:<10}{goal['wanted']:.2f} of {NAMES[goal['peer']]:<14}"
              f"{goal['ratio'][0]:5.2f}   {goal['verdict']}")
    print("  {:<10}{} ns a pair         {:5.0f}   {}".format("attach", ATTACH_NS, *attach_line(results)))


def attach_line(results):
    middle = results["attach_ns"][0]
    return middle, "reached" if middle <= ATTACH_NS else f"over by {middle - ATTACH_NS:.0f} ns"


def figures(results, only, about):
    """The page's part that is made: Markdown."""
    peers = [e for e in only if e != OURS]
    text = [about, "", "Operations a second; below each peer's, how many times that is Holdfast's rate, "
            "with the 95 % interval.", "",
            "| | Holdfast | " + " | ".join(NAMES[p] for p in peers) + " |",
            "|---|---|" + "---|" * len(peers)]
    for work, title in WORKS.items():
        rows = results["works"][work]
        cells = [f"{short(rows[p]['median'])}<br>**{rows[p]['ratio'][0]:.2f}** "
                 f"({rows[p]['ratio'][1]:.2f} .. {rows[p]['ratio'][2]:.2f})" for p in peers]
        text.append(f"| {title} | {short(rows[OURS]['median'])} | " + " | ".join(cells) + " |")
    text += ["", "| Wanted | is | |", "|---|---|---|"]
    for goal in results["goals"]:
        text.append(f"| {WORKS[goal['work']]}: {goal['wanted']:.2f} of {NAMES[goal['peer']]} | "
                    f"{goal['ratio'][0]:.2f} | {goal['verdict']} |")
    middle, verdict = attach_line(results)
    text.append(f"| `JetSetSessionContext` and `JetResetSessionContext`: {ATTACH_NS} ns a pair | "
                f"{middle:.0f} ns | {verdict} |")
    return "\n".join(text)


def write_page(made):
    with open(PAGE, encoding="utf-8") as f:
        page = f.read()
    new, count = re.subn(r"(<!-- made -->\n).*(\n<!-- /made -->)",
                         lambda m: m.group(1) + made + m.group(2), page, flags=re.S)
    if count != 1:
        sys.exit(f"bench: {PAGE} has no place for figures")
    with open(PAGE, "w", encoding="utf-8") as f:
        f.write(new)


def main():
    parser = argparse.ArgumentParser(prog="bench/run store")
    parser.add_argument("--quick", action="store_true", help="3 rounds of 20,000 rows")
    parser.add_argument("--rounds", type=int, default=15, help="at most")
    parser.add_argument("--minutes", type=float, default=7, help="no round is begun that would end later")
    parser.add_argument("--rows", type=int, default=100000)
    parser.add_argument("--commits", type=int, default=1600, help="durable ones by a session alone")
    parser.add_argument("--folder", help="where the databases are made; the disk that is measured")
    parser.add_argument("--only", action="append", choices=ENGINES[1:], help="this peer only")
    parser.add_argument("--json", default=os.path.join(RELEASE, "store.json"))
    parser.add_argument("--page", action="store_true", help="put the figures into docs/performance-jet.md")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.rows, arguments.commits = 3, 20000, 400
    only = [OURS, *(arguments.only or ENGINES[1:])]
    print("building ...", file=sys.stderr)
    build()
    rounds, foreign = measure(only, arguments)
    about = (f"{os.cpu_count()} cores, Linux {platform.release()}; {len(rounds)} rounds, interleaved; "
             f"{arguments.rows} rows of 8 columns and a long one, primary key, two secondary indexes. "
             f"Other programs took {max(foreign):.2f} of a core in the worst run.")
    results = evaluate(rounds, only)
    print(about)
    show(results, only)
    with open(arguments.json, "w", encoding="utf-8") as f:
        json.dump({"machine": platform.uname()._asdict(), "rows": arguments.rows, "foreign": foreign,
                   "results": results}, f, indent=1)
    print(f"\nwritten to {arguments.json}")
    if arguments.page:
        write_page(figures(results, only, about))
        print(f"figures put into {PAGE}")


if __name__ == "__main__":
    main()
