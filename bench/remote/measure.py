#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""JET at a server's address beside JET on a folder, and PostgreSQL through libpq: the same work each.

A round runs every contender once, in a new order: the program bench/remote on a new folder, at a new
`holdfast serve` over its unix socket and over TCP on loopback, at PostgreSQL over both. The interval is
that of the median at 95 % (order statistics). What is read is summed, and the sums have to be equal: all
did the same work. A run during which other programs took more than a tenth of a core is thrown away and
made again, up to five times; how many were is printed.
"""
import argparse
import json
import os
import platform
import random
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
from stats import RELEASE, Foreign, build_release, interval, ratio, sh  # noqa: E402

PROGRAM = os.path.join(RELEASE, "remote_bench")
CONTENDERS = ("folder", "unix", "tcp", "pg unix", "pg tcp")
TITLES = {"bulk": "rows by the thousand: the bulk call, COPY; a folder: one by one",
          "insert": "rows one call each, 1000 a transaction",
          "point": "point reads by primary key, 1000 a transaction",
          "single": "point reads, each a transaction of its own",
          "range": "range scans by a secondary index, whole rows, in a transaction",
          "scan": "all rows by primary key, whole, in a transaction",
          "commit": "updates, each committed durably"}
PG = "/usr/lib/postgresql/15/bin"


def build():
    build_release("src/tool/holdfast src/remote/libholdfast-ese-remote.so "
                  "src/remote/ask/libremote_ask.a")
    rooms = [os.path.join(RELEASE, "src", room) for room in ("ese", "rpc", "remote")]
    paths = " ".join(f"-L{shlex.quote(p)} -Wl,-rpath,{shlex.quote(p)}" for p in rooms)
    sources = " ".join(f"bench/remote/{name}.c" for name in ("main", "holdfast", "postgresql"))
    sh(f"gcc -O2 -D_GNU_SOURCE -Iinclude -Isrc -Ibench/remote -I/usr/include/postgresql {sources} {paths} "
       f"{shlex.quote(RELEASE)}/src/remote/ask/libremote_ask.a {shlex.quote(RELEASE)}/src/base/libbase.a "
       f"-l:libholdfast-ese.so.0.1.0 -l:libholdfast-rpc.so.0.1.0 -lpq -lpthread "
       f"-o {shlex.quote(PROGRAM)}")


class Holdfast:
    """`holdfast serve` on a new folder."""

    def __init__(self, where):
        self.folder = tempfile.mkdtemp(prefix="remote-bench-", dir=where)
        self.process = subprocess.Popen(
            [os.path.join(RELEASE, "src", "tool", "holdfast"), "serve", self.folder, "--listen",
             "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.unix = self.process.stdout.readline().strip()
        self.tcp = self.process.stdout.readline().strip()

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.folder)


class PostgreSQL:
    """A cluster in a folder of its own, run by somebody who is not root."""

    def __init__(self, where):
        self.folder = tempfile.mkdtemp(prefix="remote-bench-pg-", dir=where)
        self.user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        if self.user:
            shutil.chown(self.folder, "postgres")
        data = os.path.join(self.folder, "data")
        subprocess.run([*self.user, f"{PG}/initdb", "-D", data, "-A", "trust", "-U", "bench", "-E", "UTF8",
                        "--locale=C"], check=True, stdout=subprocess.DEVNULL, cwd="/")
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [*self.user, f"{PG}/postgres", "-D", data, "-p", str(self.port), "-h", "127.0.0.1", "-k",
             self.folder, "-c", "shared_buffers=256MB", "-c", "max_wal_size=4GB"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        common = f"port={self.port} user=bench dbname=postgres"
        self.unix, self.tcp = f"host={self.folder} {common}", f"host=127.0.0.1 {common}"
        self.wait()

    def wait(self):
        until = time.monotonic() + 60
        while subprocess.run([f"{PG}/pg_isready", "-q", "-h", self.folder, "-p", str(self.port)],
                             check=False).returncode:
            if time.monotonic() > until or self.process.poll() is not None:
                sys.exit("bench: PostgreSQL does not start")
            time.sleep(0.05)

    def checkpoint(self):
        """What one run has left to write is not the next one's burden."""
        subprocess.run([f"{PG}/psql", "-q", "-h", self.folder, "-p", str(self.port), "-U", "bench",
                        "-d", "postgres", "-c", "CHECKPOINT"], check=True, stdout=subprocess.DEVNULL)

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder)


def run(engine, place, rows, pids):
    """{work: (operations a second, sum)}, and the share of a core that others took."""
    foreign = Foreign(pids)
    provider = {"LD_LIBRARY_PATH": os.path.join(RELEASE, "src", "remote")}  # loaded by its name
    done = subprocess.run([PROGRAM, engine, place, str(rows)], stdout=subprocess.PIPE, text=True,
                          check=True, env={**os.environ, **provider})
    share = foreign.share()
    lines = [line.split() for line in done.stdout.splitlines()]
    return {work: (int(n) / float(seconds), total) for work, n, seconds, total in lines}, share


def one_run(contender, rows, where, pg):
    if contender.startswith("pg"):
        pg.checkpoint()
        return run("postgresql", pg.unix if contender == "pg unix" else pg.tcp, rows, [pg.process.pid])
    if contender == "folder":
        folder = tempfile.mkdtemp(prefix="remote-bench-", dir=where)
        try:
            return run("holdfast", folder, rows, [])
        finally:
            shutil.rmtree(folder)
    server = Holdfast(where)
    try:
        return run("holdfast", server.unix if contender == "unix" else server.tcp, rows,
                   [server.process.pid])
    finally:
        server.close()


def measure(rounds, rows, where, only):
    rates = {work: {c: [] for c in only} for work in TITLES}
    thrown, shares = 0, []
    pg = PostgreSQL(where) if any(c.startswith("pg") for c in only) else None
    try:
        for number in range(rounds):
            sums = {}
            for contender in random.sample(only, len(only)):
                print(f"\r  round {number + 1} of {rounds}: {contender:<10}", end="", file=sys.stderr,
                      flush=True)
                for _ in range(5):
                    works, share = one_run(contender, rows, where, pg)
                    if share <= 0.10:
                        break
                    thrown += 1
                shares.append(share)
                for work, (rate, total) in works.items():
                    rates[work][contender].append(rate)
                    if sums.setdefault(work, (contender, total))[1] != total:
                        sys.exit(f"bench: {contender} and {sums[work][0]} did not read the same rows "
                                 f"({work})")
    finally:
        if pg:
            pg.close()
    print("\r" + " " * 60 + "\r", end="", file=sys.stderr)
    return rates, thrown, max(shares)


def show(rates):
    results = {}
    for work, title in TITLES.items():
        print(f"\n{title}\n  {'':<10}{'per second':>12}{'95 % interval':>22}   {'unix is':>8}{'':>16}"
              f"   {'tcp is':>8}")
        results[work] = {}
        for contender, values in rates[work].items():
            middle, low, high = interval(values)
            row = results[work][contender] = {"median": middle, "low": low, "high": high,
                                              "rounds": values}
            text = ""
            for ours in ("unix", "tcp"):
                if ours == contender or ours not in rates[work]:
                    text += " " * 28
                    continue
                row[f"{ours}_ratio"] = r = ratio(rates[work][ours], values)
                text += f"{r[0]:>9.2f} x {r[1]:>6.2f} .. {r[2]:<6.2f}"
            print(f"  {contender:<10}{middle:>12.0f}{low:>12.0f} .. {high:<8.0f}{text}".rstrip())
    return results


def main():
    parser = argparse.ArgumentParser(prog="bench/run remote")
    parser.add_argument("--quick", action="store_true", help="3 rounds of 20,000 rows")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--rows", type=int, default=50000)
    parser.add_argument("--folder", help="where the databases are made; the disk that is measured")
    parser.add_argument("--only", action="append", choices=CONTENDERS, help="these contenders only")
    parser.add_argument("--json", default=os.path.join(RELEASE, "remote.json"))
    arguments = parser.parse_args()
    rounds, rows = (3, 20000) if arguments.quick else (arguments.rounds, arguments.rows)
    print("building ...", file=sys.stderr)
    build()
    print(f"{os.cpu_count()} cores, Linux {platform.release()}; {rounds} rounds, interleaved; a table of "
          f"{rows} rows, 8 columns, primary key, two secondary indexes; one thread; PostgreSQL 15, "
          "libpq, binary, prepared")
    rates, thrown, share = measure(rounds, rows, arguments.folder, arguments.only or list(CONTENDERS))
    results = show(rates)
    print(f"\n{thrown} runs thrown away for foreign load; of those kept, others took {share:.0%} of a core "
          "at most")
    with open(arguments.json, "w", encoding="utf-8") as f:
        json.dump({"machine": platform.uname()._asdict(), "rows": rows, "thrown_away": thrown,
                   "foreign_share": share, "results": results}, f, indent=1)
    print(f"written to {arguments.json}")


if __name__ == "__main__":
    main()
