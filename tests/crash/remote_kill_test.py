#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Clients of `holdfast serve` are killed: the server has nothing left of them, and loses nothing.

usage: remote_kill_test.py HOLDFAST VICTIM [ROUNDS [move|commit|update|idle ...]]

Each way to die, or those named, is tried ROUNDS times (50 unless said) at moments chosen by the seed that is printed.
After every death: no handle of the dead is left (the runtime), no session, table or transaction (the
server's own counters), no store transaction with its snapshot and no row lock (the store, and its lock
manager); every committed transaction is there whole and no other row (a program that lives on), and what
was locked is free.
"""
import os
import random
import signal
import sys
import time

os.environ["HOLDFAST"] = sys.argv[1]
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "remote"))

from serving import Server  # noqa: E402
import tap  # noqa: E402  pylint: disable=wrong-import-order
from tap import Process, equal, wait_until  # noqa: E402

VICTIM = sys.argv[2]
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 50
SEED = int(os.environ.get("KILL_SEED", "1"))
A_COMMIT = 5
STRIDE = 100000


class House:
    """A server, a database with rows, and a program that looks."""

    def __init__(self):
        self.server = Server()
        self.env = dict(os.environ, HOLDFAST_ADDRESS=self.server.address)
        self.looker = None
        self.next = STRIDE
        try:
            with Process([VICTIM, "kill.edb", "setup"], env=self.env) as setup:
                equal(setup.wait(), 0, "setup")
            self.looker = Process([VICTIM, "kill.edb", "look"], env=self.env)
            self.looker.line_with("ready")
            self.held = self.server.holds()
            equal(self.held["store_transactions"], 0, "the looker is in no transaction")
            equal(self.held["store_row_locks"], 0, "and holds no lock")
        except BaseException:
            self.close()
            raise

    def ask(self, line):
        self.looker.say(line)
        return self.looker.line()

    def rows(self, low, high):
        return [int(n) for n in self.ask(f"range {low} {high}").split()[:-1]]

    def kill(self, mode, random_):
        """One victim's life; gives where its ids begin and what it has printed."""
        start, self.next = self.next, self.next + STRIDE
        with Process([VICTIM, "kill.edb", mode, str(start)], env=self.env) as victim:
            victim.line_with("ready")
            time.sleep(random_.random() * 0.02)
            victim.kill(signal.SIGKILL)
            lines = []
            while line := victim.line():
                lines.append(line)
        wait_until(lambda: self.server.holds() == self.held, f"run-down after {mode}")
        return start, lines

    def close(self):
        if self.looker:
            self.looker.close()
        self.server.close()


def rounds_of(mode, check):
    random_ = random.Random(SEED)
    house = House()
    try:
        for number in range(ROUNDS):
            start, lines = house.kill(mode, random_)
            try:
                check(house, start, lines)
            except AssertionError as why:
                raise AssertionError(f"seed {SEED}, round {number}: {why}") from why
        house.looker.process.stdin.close()
        equal(house.looker.wait(), 0, "the looker's end")
        end = house.server.stop()
        equal(end["faults"], 0, "faults of the server's own")
        equal(end["left_sessions"] + end["left_tables"] + end["left_instances"], 0, "objects left")
        equal(end["run_down"], ROUNDS, "sessions run down")
    finally:
        house.close()
    print(f"# {ROUNDS} killed, seed {SEED}")


def nothing_left(house, start, _):
    equal(house.rows(start, start + STRIDE), [], "rows of a transaction that was not committed")
    equal(house.ask(f"take {start}"), "0", "its key is free")
    equal(house.ask("lock 0"), "0", "its lock is free")


def all_or_nothing(house, start, lines):
    done = [int(line.split()[1]) for line in lines if line.startswith("done ")]
    tried = [int(line.split()[1]) for line in lines if line.startswith("try ")]
    rows = house.rows(start, start + STRIDE)
    least = (max(done) + 1 if done else 0) * A_COMMIT
    most = (max(tried) + 1 if tried else 0) * A_COMMIT
    equal(rows, list(range(start, start + len(rows))), "rows without a gap")
    if len(rows) % A_COMMIT or not least <= len(rows) <= most:
        raise AssertionError(f"{len(rows)} rows, acknowledged {least}, tried {most}")


def in_move():
    """A client is killed inside JetMove"""
    rounds_of("move", nothing_left)


def in_commit():
    """A client is killed inside JetCommitTransaction: every acknowledged commit is there, whole"""
    rounds_of("commit", all_or_nothing)


def in_update():
    """A client is killed inside JetUpdate: nothing of its transaction is there"""
    rounds_of("update", nothing_left)


def between_calls():
    """A client is killed between calls, a row locked: the lock goes with it"""
    rounds_of("idle", nothing_left)


WAYS = {"move": in_move, "commit": in_commit, "update": in_update, "idle": between_calls}
tap.run([WAYS[name] for name in sys.argv[4:] or WAYS])
