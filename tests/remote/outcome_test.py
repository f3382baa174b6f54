#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""N2: what became of a commit, asked of a server that was killed with it and started again.

usage: outcome_test.py HOLDFAST VICTIM [ROUNDS]

A relay sees the commit on its way and kills the server: before it arrives, some milliseconds after, or when
the reply is on its way back. The moments are drawn by the seed that is printed. The rows of the transaction
are the truth that `holdfast commit-status` has to tell.
"""
import os
import random
import signal
import subprocess
import sys
import time

os.environ["HOLDFAST"] = HOLDFAST = sys.argv[1]

from serving import Server  # noqa: E402
from link import Link  # noqa: E402
import tap  # noqa: E402  pylint: disable=wrong-import-order
from tap import Process, equal, wait_until  # noqa: E402

VICTIM = sys.argv[2]
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 15
SEED = int(os.environ.get("KILL_SEED", "1"))
COMMIT = 5  # the number of JetRpcCommit
A_COMMIT = 5
STRIDE = 100000


def victim(address, *arguments):
    return Process([VICTIM, "lost.edb", *arguments],
                   env=dict(os.environ, HOLDFAST_ADDRESS=address))


def setup(server):
    with victim(server.address, "setup") as p:
        equal(p.wait(), 0, "setup")


def rows(address, low, high):
    with victim(address, "look") as p:
        p.line_with("ready")
        p.say(f"range {low} {high}")
        return [int(n) for n in p.line().split()[:-1]]


def status(server, instance, number):
    done = subprocess.run([HOLDFAST, "commit-status", server.address, str(instance), str(number)],
                          check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def commit_and_kill(server, low, kth, moment):
    """A victim whose k-th commit is overtaken by the server's end; gives the commit's name and number."""
    seen = []

    def when(_, opnum):
        seen.append(opnum == COMMIT)
        return sum(seen) == kth

    def kill(send, reply):
        if moment != "before":
            send()
        if moment == "reply":
            reply()
        elif moment != "before":
            time.sleep(moment)
        server.kill(signal.SIGKILL)

    link = Link(server.tcp, when, kill)
    try:
        with victim(link.binding, "commit", str(low)) as p:
            line = p.line_with("lost").split()
            equal(line[3], "-1090", "the commit's error")
            p.wait()
    finally:
        link.close()
    return int(line[1]), int(line[2])


def killed_with_a_commit():
    """N2: after a kill and a start the server tells of each commit what became of it"""
    draw = random.Random(SEED)
    told = {"committed": 0, "not committed": 0}
    server = Server()
    try:
        setup(server)
        for number in range(ROUNDS):
            low, kth = (number + 1) * STRIDE, draw.randrange(1, 5)
            moment = draw.choice(["before", "reply", draw.random() * 0.004, draw.random() * 0.0004])
            instance, commit = commit_and_kill(server, low, kth, moment)
            equal(commit, kth, "commits are numbered")
            server = server.succeeded_by()
            found = len(rows(server.address, low, low + STRIDE))
            truth = "committed" if found == kth * A_COMMIT else "not committed"
            what = f"seed {SEED}, round {number}, {moment}"
            equal(found in (kth * A_COMMIT, (kth - 1) * A_COMMIT), True, f"{what}: {found} rows")
            if moment in ("before", "reply"):
                equal(truth, "committed" if moment == "reply" else "not committed", what)
            equal(status(server, instance, commit), truth, what)
            for before in range(1, kth):
                equal(status(server, instance, before), "committed", f"{what}: one before")
            equal(status(server, instance, commit + 1), "not committed", f"{what}: one never sent")
            told[truth] += 1
        end = server.stop()
        equal((end["faults"], end["left_sessions"], end["left_tables"]), (0, 0, 0), "what is left")
    finally:
        server.close()
    print(f"# seed {SEED}: {told['committed']} committed, {told['not committed']} not")


def forgotten():
    """N2: what is too much is forgotten, and what was forgotten is unknown"""
    server = Server(config="outcomes_max = 20\n")
    try:
        setup(server)
        instance, last = commit_and_kill(server, STRIDE, 200, "before")
        for config in ("outcomes_max = 20\n", None):
            server = server.succeeded_by(config=config)
            wait_until(lambda: status(server, instance, last - 21) == "unknown", "the first twenty to go")
            equal([status(server, instance, n) for n in (last - 21, last - 20, last - 1, last)],
                  ["unknown", "committed", "committed", "not committed"], "the last twenty")
    finally:
        server.close()


def strangers():
    """N2: a commit of another server, or of nobody, is unknown"""
    with Server() as here, Server() as there:
        setup(here)
        instance, commit = commit_and_kill(here, STRIDE, 2, "reply")
        equal(status(there, instance, commit), "unknown", "of another server")
        for name in (0, 1, instance + 1000, 2 ** 63 - 1, 2 ** 64 - 1):
            equal(status(there, name, 1), "unknown", "of nobody")


tap.run([killed_with_a_commit, forgotten, strangers])
