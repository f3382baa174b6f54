#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the peers and Holdfast, runs them in turns, prints one table of medians and ratios.

A round runs every contender once, in a new order each time, so that a drift of the machine meets
all alike. Server and client are pinned: `together` to one core, `apart` to one each. The interval is
that of the median at 95 % (order statistics). A run during which other programs took more than a
tenth of a core, or that failed, is thrown away and made again, within limits.
"""
import argparse
import json
import os
import platform
import random
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
from stats import Foreign, interval, ratio  # noqa: E402

import goals  # noqa: E402
import states  # noqa: E402
import stats  # noqa: E402

RELEASE = os.path.join(TOP, "build", "bench")
OUT = os.path.join(RELEASE, "peers")

# work: (title, client arguments, pinning, contenders to compare with)
WORKS = {
    "null": ("null call, 1 connection, together", "null", "together"),
    "null-unix": ("null call, 1 connection, unix socket", "null", "together"),
    "threads": ("32 connections, 32 client threads", "null --threads 32", "free"),
    "exclusive": ("16 threads of one client, a handle each", "null --threads 16", "free"),
    "shared": ("16 threads of one client, one handle in shared mode", "null --threads 16", "free"),
    "multi": ("32 in flight from one multiplexing client", "multi 32", "free"),
    "cycle": ("open + use + close", "cycle", "together"),
    "echo-1k": ("echo 1 KiB, apart", "echo 1024", "apart"),
    "echo-64k": ("echo 64 KiB, apart", "echo 65536", "apart"),
    "echo-1m": ("echo 1 MiB, apart", "echo 1048576", "apart"),
}
THREADS = {"exclusive": 16, "shared": 16}  # works whose contention is counted
SIZES = {"echo-1k": 1024, "echo-64k": 65536, "echo-1m": 1048576}


def contenders(work):
    """name: (server command, client command) for this work."""
    where = "unix:{sock}" if work == "null-unix" else "0"
    raw = {f"raw {kind}": (f"raw_server {kind} {n} {where}", "raw_client")
           for kind, n in (("thread", 1), ("epoll", 1), ("again", 2))}
    mock = {f"mock {kind}": (f"raw_server {kind} {n} mock {where}", "raw_client")
            for kind, n in (("thread", 1), ("epoll", 1))}
    ours = ("ours_server ncalrpc {sock}" if work == "null-unix" else
            "ours_server ncacn_ip_tcp 127.0.0.1:0")
    client = "ours_client --shared" if work == "shared" else "ours_client"
    table = {"holdfast": (ours, client), **raw, **mock}
    if work in THREADS:
        return table
    if work == "multi":
        table = {name: (server, "many_client") for name, (server, _) in table.items()}
        table["grpc"] = ("grpc_server", "grpc_many_client")
    elif work != "null-unix":
        for peer in ("tirpc", "thrift", "grpc", "capnp"):
            table[peer] = (f"{peer}_server", f"{peer}_client")
    return table


def sh(command, cwd=OUT):
    return stats.sh(command, cwd)


def build():
    if not os.path.exists(os.path.join(RELEASE, "build.ninja")):
        sh(f"meson setup {shlex.quote(RELEASE)} {shlex.quote(TOP)} --buildtype=release", TOP)
    options = {o["name"]: o["value"] for o in json.loads(
        sh(f"meson introspect {shlex.quote(RELEASE)} --buildoptions", TOP))}
    if options["buildtype"] != "release" or options["b_sanitize"] != "none":
        sys.exit(f"bench: {RELEASE} is not the default release configuration; remove it")
    sh(f"ninja -C {shlex.quote(RELEASE)} src/rpc/libholdfast-rpc.so.0.1.0 src/tool/holdfast", TOP)
    os.makedirs(OUT, exist_ok=True)
    c = f"gcc -O2 -D_GNU_SOURCE -I. -I{HERE}"
    cxx = f"g++ -O2 -I. -I{HERE}"
    sh(f"cp {HERE}/tirpc.x . && rm -f tirpc.h tirpc_xdr.c tirpc_svc.c && rpcgen -h -o tirpc.h tirpc.x"
       " && rpcgen -c -o tirpc_xdr.c tirpc.x && rpcgen -m -o tirpc_svc.c tirpc.x")
    sh(f"thrift --gen cpp -out . {HERE}/peer.thrift")
    sh(f"protoc -I{HERE} --cpp_out=. --grpc_out=. "
       f"--plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin {HERE}/peer.proto")
    sh(f"capnp compile -I/usr/include --src-prefix={HERE} -oc++:. {HERE}/peer.capnp")
    sh(f"{RELEASE}/src/tool/holdfast idl {HERE}/bench_idl.idl -o .")
    grpc = "$(pkg-config --libs grpc++ protobuf)"
    ours = f"-I{TOP}/include -L{RELEASE}/src/rpc -lholdfast-rpc -Wl,-rpath,{RELEASE}/src/rpc"
    sh(f"{c} {HERE}/many_client.c -o many_client")
    many = f"{HERE}/grpc_many_client.cpp"
    if not os.path.exists(os.path.join(OUT, "grpc_many_client")) or \
            os.path.getmtime(os.path.join(OUT, "grpc_many_client")) < os.path.getmtime(many):
        sh(f"{cxx} {many} peer.pb.cc peer.grpc.pb.cc {grpc} -o grpc_many_client")
    for side in ("server", "client"):
        svc = "tirpc_svc.c" if side == "server" else ""
        for target, command in {
                f"raw_{side}": f"{c} {HERE}/raw_{side}.c -lpthread",
                f"ours_{side}": f"{c} {HERE}/ours_{side}.c bench_idl_{side[0]}.c {ours} -lpthread",
                f"tirpc_{side}": f"{c} -I/usr/include/tirpc {HERE}/tirpc_{side}.c tirpc_xdr.c {svc}"
                                 " -ltirpc -lpthread",
                f"thrift_{side}": f"{cxx} {HERE}/thrift_{side}.cpp Bench.cpp -lthrift -lpthread",
                f"grpc_{side}": f"{cxx} {HERE}/grpc_{side}.cpp peer.pb.cc peer.grpc.pb.cc {grpc}",
                f"capnp_{side}": f"{cxx} {HERE}/capnp_{side}.cpp peer.capnp.c++ "
                                 "$(pkg-config --libs capnp-rpc)"}.items():
            source = next(w for w in command.split() if w.startswith(f"{HERE}/{target}."))
            made = os.path.join(OUT, target)
            if not os.path.exists(made) or os.path.getmtime(made) < os.path.getmtime(source) or \
                    target.startswith("ours"):
                sh(f"{command} -o {target}")


def one_run(work, server, client, seconds):
    """(rate, p50 in us, foreign share of a core)."""
    pin = {"together": ("0", "0"), "apart": ("1", "0"), "free": ("0,1", "0,1")}[WORKS[work][2]]
    with tempfile.TemporaryDirectory() as folder:
        sock = os.path.join(folder, "s")
        command = ["taskset", "-c", pin[0], *server.format(sock=sock).split()]
        command[3] = os.path.join(OUT, command[3])
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                address = process.stdout.readline().strip()
                foreign = Foreign([process.pid])
                program, *options = client.split()
                arguments = ["taskset", "-c", pin[1], os.path.join(OUT, program), address,
                             *WORKS[work][1].split(), "--seconds", str(seconds), *options]
                done = subprocess.run(arguments, stdout=subprocess.PIPE, text=True, check=True)
                share = foreign.share()
            finally:
                process.terminate()
    result = json.loads(done.stdout)
    return result["rate"], result["p50_us"], share


def futex_calls(work, server, client, calls=2000):
    """How often a call makes a thread of the server sleep or wake another: contention, counted. strace
    slows the server down, so this shows what waits by construction rather than by chance."""
    program, *options = client.split()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "counts")
        command = server.split()
        command[0] = os.path.join(OUT, command[0])
        with subprocess.Popen(["strace", "-f", "-c", "-e", "trace=futex", "-o", path, *command],
                              stdout=subprocess.PIPE, text=True) as process:
            try:
                address = process.stdout.readline().strip()
                subprocess.run([os.path.join(OUT, program), address, *WORKS[work][1].split(),
                                "--calls", str(calls), *options], stdout=subprocess.DEVNULL,
                               check=True)
            finally:
                with open(f"/proc/{process.pid}/task/{process.pid}/children",
                          encoding="ascii") as f:
                    os.kill(int(f.read().split()[0]), 15)
        with open(path, encoding="ascii") as f:
            row = next((line.split() for line in f if line.rstrip().endswith("futex")), None)
    return (int(row[3]) if row else 0) / (calls * THREADS[work])


def contention(work):
    found = {name: futex_calls(work, *table) for name, table in contenders(work).items()}
    print("  futex calls a call, at the server: " +
          ", ".join(f"{name} {n:.3f}" for name, n in found.items()))
    return found


def quiet_run(work, name, contender, seconds, again):
    """(rate, p50, runs thrown away): the first of up to `again` + 1 runs that others left alone, or the
    last one that came to its end."""
    found = None
    for attempt in range(max(again, 2) + 1):
        try:
            rate, middle, foreign = one_run(work, *contender, seconds)
        except (subprocess.CalledProcessError, ValueError) as e:
            print(f"\n  {name}: {e}; again", file=sys.stderr)
            continue
        found = rate, middle, attempt
        if foreign <= 0.10 or attempt >= again:
            break
    if found is None:
        sys.exit(f"bench: {name} does not come to an end")
    return found


def measure(work, rounds, seconds):
    """Runs of a noisy machine are made again, but not more than one in three of all."""
    table = contenders(work)
    rates = {name: [] for name in table}
    p50 = {name: [] for name in table}
    thrown = 0
    for number in range(rounds):
        order = list(table)
        random.shuffle(order)
        for name in order:
            left = rounds * len(table) // 3 - thrown
            rate, middle, gone = quiet_run(work, name, table[name], seconds, min(4, max(left, 0)))
            thrown += gone
            rates[name].append(rate)
            p50[name].append(middle)
        print(f"\r  {WORKS[work][0]}: round {number + 1} of {rounds} ", end="", file=sys.stderr,
              flush=True)
    print("\r" + " " * 78 + "\r", end="", file=sys.stderr)
    return rates, p50, thrown


def show(work, rates, p50, thrown):
    title = WORKS[work][0]
    size = SIZES.get(work)
    unit = "MB/s" if size else "calls/s"
    scale = size / 1e6 if size else 1
    print(f"\n{title}" + (f"   ({thrown} runs thrown away for foreign load)" if thrown else ""))
    print(f"  {'':<12}{unit:>10}{'95 % interval':>22}{'p50 us':>10}{'holdfast is':>14}{'interval':>16}")
    rows = {}
    for name in sorted(rates, key=lambda n: -statistics.median(rates[n])):
        middle, low, high = interval([r * scale for r in rates[name]])
        r = ratio(rates["holdfast"], rates[name])
        rows[name] = {"median": middle, "low": low, "high": high,
                      "p50_us": statistics.median(p50[name]), "holdfast_ratio": r}
        text = "" if name == "holdfast" else f"{r[0]:>10.2f} x   {r[1]:>6.2f} .. {r[2]:.2f}"
        print(f"  {name:<12}{middle:>10.0f}{low:>12.0f} .. {high:<8.0f}"
              f"{rows[name]['p50_us']:>8.1f}  {text}")
    best = {group: max(statistics.median(rates[n]) for n in rates if re.match(group, n))
            for group in ("raw", "mock")}
    for group, value in best.items():
        name = next(n for n in rates if n.startswith(group) and
                    statistics.median(rates[n]) == value)
        rows[f"best {group}"] = name
    return rows


def write_json(path, rounds, results):
    """After every work, so that a run that is stopped has something to tell."""
    with open(path, "w", encoding="utf-8") as f:
        json.dump({"machine": platform.uname()._asdict(), "rounds": rounds, "results": results}, f,
                  indent=1)


def main():
    parser = argparse.ArgumentParser(prog="bench/run rpc")
    parser.add_argument("--quick", action="store_true", help="3 rounds, no states")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=0.3, help="of one run; 15 rounds of 0.3 "
                        "s take 12 minutes")
    parser.add_argument("--only", action="append", choices=[*WORKS, "states"])
    parser.add_argument("--json", default=os.path.join(RELEASE, "rpc.json"))
    arguments = parser.parse_args()
    rounds = 3 if arguments.quick else arguments.rounds
    seconds = arguments.seconds
    begun = time.monotonic()
    print("building ...", file=sys.stderr)
    build()
    model = re.search(r"model name\s*:\s*(.*)", open("/proc/cpuinfo", encoding="utf-8").read())
    print(f"{os.cpu_count()} cores, {model[1] if model else platform.machine()}, Linux "
          f"{platform.release()}; {rounds} rounds of {seconds} s, interleaved; server and client "
          "pinned")
    results = {}
    works = arguments.only or [*WORKS, *([] if arguments.quick else ["states"])]
    for number, work in enumerate(works, 1):
        print(f"{work}: {number} of {len(works)}, {time.monotonic() - begun:.0f} s so far",
              file=sys.stderr)
        if work == "states":
            states.allow_files()
            results[work] = states.show(OUT)
            continue
        rates, p50, thrown = measure(work, rounds, seconds)
        results[work] = {"title": WORKS[work][0], "thrown_away": thrown, "rounds": rates,
                         "rows": show(work, rates, p50, thrown)}
        if work in THREADS:
            results[work]["futex_per_call"] = contention(work)
        write_json(arguments.json, rounds, results)
    write_json(arguments.json, rounds, results)
    goals.show(results)
    print(f"\nwritten to {arguments.json}; `bench/plot --page` makes docs/performance.md of it")


if __name__ == "__main__":
    main()
