#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Servers and links of remote programs are lost (N1, N2, N4, N6); what `holdfast serve` refuses.

usage: lost_test.py HOLDFAST VICTIM
"""
import os
import signal
import stat
import subprocess
import sys

os.environ["HOLDFAST"] = HOLDFAST = sys.argv[1]

from serving import Server  # noqa: E402
from link import Link  # noqa: E402
import tap  # noqa: E402  pylint: disable=wrong-import-order
from tap import Process, equal, wait_until  # noqa: E402

VICTIM = sys.argv[2]
COMMIT = 5  # the number of JetRpcCommit
KINDS = 14  # calls of one round of the victim's `calls`


def victim(address, *arguments, **env):
    return Process([VICTIM, "lost.edb", *arguments],
                   env=dict(os.environ, HOLDFAST_ADDRESS=address, **env))


def prepared():
    """A server with the victim's database."""
    server = Server()
    try:
        with victim(server.address, "setup") as p:
            equal(p.wait(), 0, "setup")
    except BaseException:
        server.close()
        raise
    return server


def rows(address, low, high):
    with victim(address, "look") as p:
        p.line_with("ready")
        p.say(f"range {low} {high}")
        return [int(n) for n in p.line().split()[:-1]]


def is_lost(p, what):
    """The program hears -1090, then and later, and ends its instance cleanly."""
    line = p.line_with("error")
    equal(line.split()[:2], ["error", "-1090"], what)
    equal(p.line_with("later"), "later -1090 term 0", what)
    equal(p.wait(), 3, what)


def link_is_cut():
    """N1: the link is cut before, in and after each kind of call"""
    with prepared() as server:
        for how in ("before", "in", "after"):
            for number in range(KINDS):
                # the connection's first calls open things; a round begins with JetRpcBegin
                begun = []

                def when(_, opnum, begun=begun, number=number):
                    if opnum == 4 or begun:
                        begun.append(opnum)
                    return len(begun) == number + 1

                link = Link(server.tcp, when, how)
                with victim(link.binding, "calls", "500000") as p:
                    p.line_with("ready")
                    is_lost(p, f"cut {how} call {number}")
                link.close()
                if not link.happened:
                    raise AssertionError(f"{how} {number}: the link was not cut")
                server.settle(f"run-down, cut {how} call {number}")
        equal(rows(server.address, 500000, 600000), [], "rows that were never committed")
        server.settle()
        end = server.stop()
        equal((end["faults"], end["left_sessions"], end["left_tables"]), (0, 0, 0), "what is left")


def commit_is_lost(how, word, count):
    with prepared() as server:
        link = Link(server.tcp, lambda _, opnum: opnum == COMMIT, how)
        with victim(link.binding, "commit", "500000") as p:
            line = p.line_with("lost").split()
            equal(line[3], "-1090", "the commit's error")
            p.wait()
        link.close()
        server.settle()
        done = subprocess.run([HOLDFAST, "commit-status", server.address, line[1], line[2]],
                              check=True, stdout=subprocess.PIPE, text=True)
        equal(done.stdout.strip(), word, "commit-status")
        equal(len(rows(server.address, 500000, 600000)), count, "rows")
        other = subprocess.run([HOLDFAST, "commit-status", server.address, "12345", line[2]],
                               check=True, stdout=subprocess.PIPE, text=True)
        equal(other.stdout.strip(), "unknown", "of an instance that never was")


def commit_never_arrived():
    """N2: a commit that never arrived was not committed, and the server says so"""
    commit_is_lost("before", "not committed", 0)


def commit_reply_was_lost():
    """N2: a commit whose reply was lost was committed, and the server says so"""
    commit_is_lost("after", "committed", 5)


def server_is_killed():
    """N1: the server is killed and started again: nothing acknowledged is lost"""
    server = prepared()
    try:
        for number in range(5):
            low = 500000 + number * 10000
            with victim(server.address, "commit", str(low)) as p:
                for _ in range(number + 1):
                    p.line_with("done")
                server.kill(signal.SIGKILL)
                is_lost(p, "a killed server")
                done = sum(line.startswith("done") for line in p.lines)
            server = server.succeeded_by()
            found = rows(server.address, low, low + 10000)
            if len(found) < done * 5 or len(found) % 5:
                raise AssertionError(f"{done} commits were acknowledged, {len(found)} rows found")
            equal(len(rows(server.address, 0, 20000)), 20000, "rows of before")
    finally:
        server.close()


def server_stops():
    """N6: a server that stops answers -1329, ends its sessions and leaves nothing"""
    with prepared() as server:
        with victim(server.address, "calls", "500000") as p:
            p.line_with("ready")
            end = server.stop()
            line = p.line_with("error").split()
            if line[1] not in ("-1329", "-1090"):
                raise AssertionError(f"the program got {line}")
            equal(p.wait(), 3, "the program's end")
        equal((end["faults"], end["left_sessions"], end["left_tables"], end["left_instances"]),
              (0, 0, 0, 0), "what is left")


def call_takes_too_long_on_a_unix_socket():
    """N4: ... also on a unix socket, when the server's process stands still"""
    with prepared() as server:
        with victim(server.address, "calls", "500000", HOLDFAST_CALL_TIMEOUT="300") as p:
            p.line_with("ready")
            server.process.send_signal(signal.SIGSTOP)
            try:
                is_lost(p, "a call without an answer")
            finally:
                server.process.send_signal(signal.SIGCONT)
        server.settle()


def call_takes_too_long():
    """N4: a call that is not answered in time loses the server"""
    with prepared() as server:
        link = Link(server.tcp, lambda number, _: number == 20, "stall")
        with victim(link.binding, "calls", "500000", HOLDFAST_CALL_TIMEOUT="200") as p:
            p.line_with("ready")
            is_lost(p, "a call without an answer")
        link.close()
        server.settle()


def hanging_calls_end_too():
    """N1: when one connection is lost, a call that hangs on another ends, and all is run down at once"""
    with prepared() as server:
        link = Link(server.tcp, lambda number, _: number == 60, "pair")
        with victim(link.binding, "pair", "500000") as p:
            p.line_with("ready")
            equal(p.line_with("hung"), "hung -1090 -1090", "both sessions' calls")
            equal(p.wait(), 0, "the program's end")
            server.settle("run-down of both")
        link.close()
        equal(link.happened, True, "one connection has stalled")


ROLL_BACK, NO_SESSION = -1109, -1104


def does(p, *words):
    """What becomes of what a victim that forgets is told to do."""
    answers = []
    for word in words:
        p.say(word)
        answers.append(int(p.line()))
    return answers


def limited(limit):
    """A server with a limit, and the victim's database; the limit's name."""
    before = prepared()
    return before.succeeded_by(config=limit + "\n"), limit.split()[0].removesuffix("_s")


def counted(server, name, times):
    seen = {n: v for n, v in server.contexts()["counters"].items() if n.startswith("limit_") and v}
    equal(seen, {f"limit_{name}": times}, "what limits have ended")


def left_nothing(server, times):
    server.settle()
    equal(rows(server.address, 500000, 600000), [], "rows of the transaction")
    end = server.stop()
    equal((end["expired"], end["faults"], end["left_sessions"]), (times, 0, 0), "the server's account")


def transactions_have_limits():
    """N4: an idle or old transaction is rolled back when there is a limit, and gives its locks free"""
    for limit in ("transaction_idle_s = 1 # a second", "transaction_age_s = 1"):
        server, name = limited(limit)
        with server, victim(server.address, "forgets", "500000") as p:
            p.line_with("ready")
            equal(does(p, "begin"), [0], "a transaction")
            does(p, "insert")
            wait_until(lambda: f'reason="{name}"' in server.log(), "the limit")
            with victim(server.address, "look") as looker:
                looker.line_with("ready")
                looker.say("take 500000")
                equal(looker.line(), "0", "its key is free")
                looker.say("lock 0")
                equal(looker.line(), "0", "its lock is free")
            equal(does(p, "first", "insert", "commit", "begin", "sister", "rollback", "first"),
                  [ROLL_BACK] * 4 + [0] * 3, f"{limit}: its session's calls")
            counted(server, name, 1)
            p.process.stdin.close()
            equal(p.wait(), 0, "the program's end")
            left_nothing(server, 1)


def transactions_are_not_too_large():
    """N4: a transaction that writes too much is rolled back, with all its levels; the next one is good"""
    server, name = limited("transaction_octets = 2000")
    with server, victim(server.address, "forgets", "500000") as p:
        p.line_with("ready")
        equal(does(p, "begin", "begin", "fill"), [0, 0, ROLL_BACK], "too much")
        equal(does(p, "first", "rollback", "first", "rollback", "first", "rollback"),
              [ROLL_BACK, 0, ROLL_BACK, 0, 0, -1054], "two levels")
        equal(does(p, "begin", "insert", "rollback", "begin", "fill", "end", "sister", "anew"),
              [0, 0, 0, 0, ROLL_BACK, 0, 0, 0], "later transactions")
        counted(server, name, 2)
        p.process.stdin.close()
        equal(p.wait(), 0, "the program's end")
        left_nothing(server, 2)


def sessions_have_limits():
    """N4: an idle or old session, or one that writes too much, is ended; the program goes on"""
    for limit in ("session_idle_s = 1", "session_age_s = 1", "session_octets = 2000"):
        server, name = limited(limit)
        with server, victim(server.address, "forgets", "500000") as p:
            p.line_with("ready")
            if name == "session_octets":
                equal(does(p, "begin", "fill", "sister"), [0, NO_SESSION, 0], limit)
                counted(server, name, 1)
            else:
                wait_until(lambda: server.log().count(f'reason="{name}"') == 2, limit)
                equal(does(p, "sister"), [NO_SESSION], limit)
            equal(does(p, "first", "begin", "end", "anew"), [NO_SESSION, NO_SESSION, 0, 0], limit)
            p.process.stdin.close()
            equal(p.wait(), 0, "the program's end")
            server.settle()
            equal(server.stop()["faults"], 0, "faults")


def sessions_are_shown():
    """`holdfast contexts` shows sessions and their transactions"""
    with prepared() as server:
        with victim(server.address, "idle", "500000") as p:
            p.line_with("ready")
            seen = server.contexts()
            equal(server.handles(), {"JET_RPC_INSTANCE": 1, "JET_RPC_SESSION": 1,
                                     "JET_RPC_TABLE": 1}, "handles")
            equal(len(seen["sessions"]), 1, "sessions")
            session = seen["sessions"][0]
            equal((session["level"], session["tables"], session["inside"], session["last_call"]),
                  (1, 1, False, "JetGetLock"), "the session")
            if not session["client"].endswith(f"[{p.pid}]") or session["octets"] == 0:
                raise AssertionError(str(session))


def run(*arguments):
    return subprocess.run([HOLDFAST, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)


def what_is_refused():
    """Addresses beyond loopback, a folder that is served, a setting that is not known"""
    with prepared() as server:
        equal(stat.S_IMODE(os.stat(os.path.join(server.folder, "holdfast.sock")).st_mode), 0o600,
              "mode of the socket")
        done = run("serve", server.folder, "--listen", "0.0.0.0:0")
        equal((done.returncode, "loopback" in done.stdout), (1, True), done.stdout)
        done = run("serve", server.folder)
        equal((done.returncode, "another process" in done.stdout), (1, True), done.stdout)
        path = os.path.join(server.folder, "bad.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write("# limits\nsession_idle = 5\n")
        os.chmod(path, 0o600)
        done = run("serve", server.folder, "--config", path)
        equal((done.returncode, "bad.conf:2: session_idle" in done.stdout), (2, True), done.stdout)
        with victim("ncacn_ip_tcp:127.0.0.1[1]", "look") as p:
            equal(p.line_with("error").split()[1], "-1090", "nobody listens")
        with victim("ncacn_ip_tcp:nonsense[[", "look") as p:
            equal(p.line_with("error").split()[1], "-1023", "no address")


def tools_take_an_address():
    """load, dump and check do on an address what they do on a folder"""
    with Server() as server:
        csv = os.path.join(server.folder, "rows.csv")
        with open(csv, "w", encoding="utf-8") as f:
            f.write("id,name\n" + "".join(f"{i},name {i}\n" for i in range(3000)))
        create = run("load", server.address, "tool.edb", "people", csv, "--schema",
                     "id long not null, name text(100), primary index p (id)")
        dump = run("dump", server.address, "tool.edb", "people")
        check = run("check", server.address, "tool.edb")
        equal(create.returncode, 0, create.stdout)
        equal(dump.returncode, 0, dump.stdout)
        equal(dump.stdout.count("name "), 3000, "rows dumped")
        equal(check.returncode, 0, check.stdout)
        server.settle()


tap.run([link_is_cut, commit_never_arrived, commit_reply_was_lost, server_is_killed, server_stops,
         hanging_calls_end_too, call_takes_too_long, call_takes_too_long_on_a_unix_socket,
         transactions_have_limits, transactions_are_not_too_large, sessions_have_limits,
         sessions_are_shown, what_is_refused,
         tools_take_an_address])
