#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""examples/seats: what a routine, the runtime and a client each do when something fails. Speaks TAP.

usage: seats_test.py TOP SERVER CLIENT
"""
import os
import signal
import sys
import tempfile

TOP, SERVER, CLIENT = sys.argv[1:4]
sys.path.insert(0, os.path.join(TOP, "tests"))

from tap import Process, equal, run, wait_until  # noqa: E402

FOLDER = tempfile.mkdtemp(prefix="holdfast-seats-")
SOCKET = os.path.join(FOLDER, "socket")
servers = []


def serve():
    server = Process([SERVER, SOCKET])
    equal(server.line(), "serving")
    servers.append(server)
    return server


def client():
    return Process([CLIENT, f"ncalrpc:[{SOCKET}]"])


def says(one, line, answer):
    one.say(line)
    equal(one.line(), answer, line)


def free_seats(n):
    """Waits until so many are free, by the routines' own count."""
    other = client()

    def are():
        other.say("free")
        return other.line() == f"free: {n}"
    wait_until(are, f"{n} free seats")
    other.close()


def dead_client():
    """A client that is killed gives its seat back"""
    one = client()
    says(one, "take Ann", "take: a seat")
    says(one, "number", "number: 1")
    says(one, "free", "free: 1")
    one.kill(signal.SIGKILL)
    free_seats(2)
    equal(servers[-1].line(), "seat 1 of Ann: run down")


def leak_on_exception():
    """A routine that raises cleans up before; nobody does it for it"""
    one = client()
    says(one, "take nobody", "take: error 2, no handle")
    equal(servers[-1].line(), "seat 1 of nobody: cleaned up before raising")
    says(one, "free", "free: 2")
    one.close()


def stale_handle():
    """A closed handle is null; null cannot be used, and closing it again cannot bind"""
    one = client()
    says(one, "take Ann", "take: a seat")
    says(one, "leave", "leave: no handle")
    equal(servers[-1].line(), "seat 1 of Ann: left")
    says(one, "number", "number: error 1775")
    says(one, "leave", "leave: error 1775, no handle")
    says(one, "destroy", "destroy: 6")
    one.close()


def failed_close():
    """A close that fails leaves the handle; destroying it needs no server"""
    one = client()
    says(one, "take Ann", "take: a seat")
    servers.pop().kill(signal.SIGKILL)
    one.say("leave")
    answer = one.line()
    if answer not in ("leave: error 1722, a handle", "leave: error 1726, a handle"):
        raise AssertionError(answer)
    says(one, "destroy", "destroy: 0")
    one.close()


def server_restart():
    """A handle of a server that has restarted is a mismatch; the binding goes on"""
    os.path.exists(SOCKET) and os.unlink(SOCKET)
    serve()
    one = client()
    says(one, "take Ann", "take: a seat")
    servers.pop().kill(signal.SIGKILL)
    os.unlink(SOCKET)
    serve()
    one.say("number")
    answer = one.line()
    if answer not in ("number: error 6", "number: error 1726"):
        raise AssertionError(answer)
    says(one, "number", "number: error 6")
    says(one, "destroy", "destroy: 0")
    says(one, "take Ann", "take: a seat")
    says(one, "leave", "leave: no handle")
    one.close()


def cleanup():
    """The servers end"""
    for server in servers:
        server.kill(signal.SIGKILL)
    if os.path.exists(SOCKET):
        os.unlink(SOCKET)
    os.rmdir(FOLDER)


serve()
run([dead_client, leak_on_exception, stale_handle, failed_close, server_restart, cleanup])
