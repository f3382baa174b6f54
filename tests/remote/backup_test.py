#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Backups of a server's folder by programs elsewhere: who dies, who may, who comes second.

usage: backup_test.py HOLDFAST VICTIM READER TOP
"""
import os
import pwd
import re
import signal
import subprocess
import sys
import tempfile

os.environ["HOLDFAST"] = HOLDFAST = sys.argv[1]

from serving import Server  # noqa: E402
from link import Link  # noqa: E402
import tap  # noqa: E402  pylint: disable=wrong-import-order
from tap import Process, equal, wait_until  # noqa: E402

VICTIM, READER, TOP = sys.argv[2:5]
ME = pwd.getpwuid(os.geteuid()).pw_name
IN_PROGRESS, ABORTED, LOST, STOPPING, DENIED = -505, -801, -1090, -1329, -1907
with open(os.path.join(TOP, "src", "remote", "server_ops.def"), encoding="utf-8") as ops:
    OPS = re.findall(r"^OP\((\w+),", ops.read(), re.M)
READS = [name for name in OPS if name.startswith("Backup") and name != "BackupStop"]


def reader(address):
    p = Process([READER], env=dict(os.environ, HOLDFAST_ADDRESS=address))
    equal(p.line(), "ready", "the reader")
    return p


def answer(p, line):
    p.say(line)
    word, err = p.line().split()
    equal(word, line.split()[0], "the step that was answered")
    return int(err)


def steps(p, *lines):
    for line in lines:
        equal(answer(p, line), 0, line)


def prepared(**options):
    server = Server(**options)
    try:
        done = subprocess.run([VICTIM, "lost.edb", "setup"], check=False, timeout=tap.PATIENCE,
                              env=dict(os.environ, HOLDFAST_ADDRESS=server.address))
        equal(done.returncode, 0, "setup")
    except BaseException:
        server.close()
        raise
    return server


def copy_of(server):
    """Where the engine keeps what it copies, while it does."""
    return os.path.join(server.folder, "edb.store", "backup")


def is_clean(server, what):
    """Nothing is left of any backup, and the next one is made."""
    server.settle(what)
    wait_until(lambda: server.contexts()["counters"]["jet_backups"] == 0, what)
    equal(os.path.exists(copy_of(server)), False, f"a copy, {what}")
    with reader(server.address) as p:
        steps(p, "all", "term")


def ended_well(server):
    end = server.stop()
    equal({k: end[k] for k in end if k.startswith("left_") or k == "faults"},
          {"left_instances": 0, "left_sessions": 0, "left_tables": 0, "left_backups": 0,
           "faults": 0}, "what is left")


def entries(folder):
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def client_is_killed():
    """a client that is killed in the middle of its backup leaves nothing of it"""
    with prepared() as server, tempfile.TemporaryDirectory(prefix="hf-far-") as place:
        for lines in (("begin",), ("begin", "databases", "opendb"),
                      ("begin", "logs"), ("begin", "logs", "openlog", "read")):
            with reader(server.address) as p:
                steps(p, *lines)
                equal(server.contexts()["counters"]["jet_backups"], 1, "backups")
                equal(os.path.exists(copy_of(server)), "logs" in lines, "the copy")
                p.kill(signal.SIGKILL)
            is_clean(server, f"killed after {lines[-1]}")
        with reader(server.address) as p:
            p.say(f"folder {place}/b")
            p.line_with("held")
            equal(os.path.exists(copy_of(server)), True, "the copy")
            p.kill(signal.SIGKILL)
        is_clean(server, "killed in JetBackupInstance")
        equal(os.path.exists(f"{place}/b/manifest"), False, "half a backup")
        ended_well(server)


def link_is_cut():
    """N1: the link is cut before, in and after each call of a backup"""
    with prepared() as server:
        for how in ("before", "in", "after"):
            for name in READS:
                link = Link(server.tcp, lambda _, opnum, n=OPS.index(name): opnum == n, how)
                with reader(link.binding) as p:
                    err = answer(p, "all")
                    equal((err, answer(p, "session")), (LOST, LOST), f"cut {how} {name}")
                    equal(answer(p, "begin"), LOST, f"a second try, cut {how} {name}")
                    p.say("term")
                    equal(p.line(), "term 0", "JetTerm")
                link.close()
                equal(link.happened, True, f"{name} is called")
                is_clean(server, f"cut {how} {name}")
        ended_well(server)


def link_is_cut_while_a_folder_is_written():
    """N1: what a lost link leaves of JetBackupInstance is no backup, and the folder can be used again"""
    with prepared() as server, tempfile.TemporaryDirectory(prefix="hf-far-") as place:
        seen = []

        def third(_, opnum):
            seen.append(opnum)
            return seen.count(OPS.index("BackupOpenLog")) == 3

        link = Link(server.tcp, third, "before")
        with reader(link.binding) as p:
            p.say(f"folder {place}/b")
            p.line_with("held")
            p.say()
            equal(p.line(), f"folder {LOST}", "JetBackupInstance")
        link.close()
        equal(entries(f"{place}/b"), [], "what is left in the folder")
        is_clean(server, "a folder's link was cut")
        with reader(server.address) as p:
            p.say(f"folder {place}/b")
            p.line_with("held")
            p.say()
            equal(p.line(), "folder 0", "another one")
        equal(entries(f"{place}/b"), ["manifest", "store"], "a backup")
        ended_well(server)


def one_at_a_time():
    """a second client's backup is refused (-505) until the first is over, however it ends"""
    with prepared() as server, reader(server.address) as first, reader(server.address) as second, \
            tempfile.TemporaryDirectory(prefix="hf-far-") as place:
        steps(first, "begin")
        equal(answer(second, "begin"), IN_PROGRESS, "a second one")
        equal(answer(second, f"folder {place}/b"), IN_PROGRESS, "of the other kind")
        steps(first, "logs")
        equal(answer(second, "begin"), IN_PROGRESS, "a second one")
        steps(first, "give-up")
        steps(second, "begin", "logs", "openlog", "read")
        equal(answer(first, "begin"), IN_PROGRESS, "a second one")
        second.kill(signal.SIGKILL)
        wait_until(lambda: answer(first, "begin") == 0, "the killed one's end")
        steps(first, "logs", "end")
        equal(answer(first, f"stopped {place}/c"), ABORTED, "stopped by its own program")
        equal(entries(f"{place}/c"), [], "what is left in the folder")
        steps(first, "all", "term")
        ended_well(server)


def server_stops():
    """N6: a server that stops ends the backup that is open, and itself in time"""
    for lines in (("begin", "logs"), ("begin", "logs", "openlog")):
        with prepared() as server, reader(server.address) as p:
            steps(p, *lines[:-1])
            ended_well(server)
            equal(os.path.exists(copy_of(server)), False, "a copy")
            if (err := answer(p, lines[-1])) not in (LOST, STOPPING):
                raise AssertionError(f"the program got {err}")


def one_that_is_forgotten():
    """N4: a backup that nobody goes on with is given up as an idle session is, and keeps nobody else out"""
    with Server(config="session_idle_s = 1\n") as server, reader(server.address) as first, \
            reader(server.address) as second:
        steps(first, "begin")
        wait_until(lambda: server.contexts()["counters"]["limit_session_idle"] == 1, "the limit")
        equal(answer(first, "logs"), ABORTED, "the forgotten one")
        steps(second, "begin", "term")
        steps(first, "term")
        ended_well(server)


def without_a_right():
    """who may not manage all databases backs none up; it is counted and logged"""
    for rights, err in (("manage lost.edb", DENIED), ("write *", DENIED), ("read *", DENIED),
                        ("manage *", 0)):
        config = f"allow = unix:{ME} {rights}\n"
        with Server(config=config) as server, reader(server.address) as p, \
                tempfile.TemporaryDirectory(prefix="hf-far-") as place:
            equal(answer(p, "begin"), err, rights)
            if err:
                equal(answer(p, f"folder {place}/b"), err, rights)
                equal(server.contexts()["counters"]["jet_refused"], 2, "refusals")
                if "call=JetBeginExternalBackup needs=manage" not in server.log():
                    raise AssertionError(server.log())
                equal(entries(f"{place}/b"), [], "what is left in the folder")
            else:
                steps(p, "give-up", "all")
            steps(p, "session", "term")


def tool(*words, status=0, stdin=""):
    done = subprocess.run([HOLDFAST, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, timeout=tap.PATIENCE, input=stdin)
    equal(done.returncode, status, f"{words}: {done.stdout}")
    return done.stdout


def by_hand():
    """`holdfast backup` and `restore`: all of a server, attached or not, comes back and is served"""
    with Server() as server, tempfile.TemporaryDirectory(prefix="hf-far-") as place:
        backup, back = f"{place}/backup", f"{place}/back"
        os.mkdir(back)
        names = [f"{n}.db" for n in range(8)]  # more than can be attached at once
        for name in names:
            tool("shell", server.address, stdin=f"create database {name}\ncreate table t "
                 "(id long, primary index p (id))\nopen t\ninsert id=1\ninsert id=2\n")
        tool("backup", server.address, backup)
        if "--incremental" not in tool("backup", server.address, backup, status=1):
            raise AssertionError("no advice")
        tool("load", "--format", "jsonl", server.address, names[0], "t", "-", stdin='{"id": 3}\n')
        tool("backup", "--incremental", server.address, backup)
        tool("restore", backup, back)
        if "--replace" not in tool("restore", backup, back, status=1):
            raise AssertionError("no advice")
        tool("restore", "--replace", backup, back)
        tool("check", back)
        with Server(folder=back) as other:
            for name in names:
                equal(tool("dump", other.address, name, "t"),
                      "".join(f'{{"id": {i}}}\n' for i in (1, 2, 3)[:3 if name == names[0] else 2]),
                      name)
            tool("backup", "--incremental", other.address, backup)
            ended_well(other)
        ended_well(server)


tap.run([client_is_killed, link_is_cut, link_is_cut_while_a_folder_is_written, one_at_a_time,
         server_stops, one_that_is_forgotten, without_a_right, by_hand])
