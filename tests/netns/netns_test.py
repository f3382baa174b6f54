#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A client and a server on two machines, and the link between them is pulled: no FIN, no RST.

usage: netns_test.py TOP FAR

The machines are network namespaces joined by a veth pair. The link is pulled at the other end each
time, so that nobody's own interface tells him. The time limits are seconds here (far.c); without them
detection would take a quarter of an hour, which is more than any wait of this test.
"""
import os
import shutil
import subprocess
import sys

TOP, FAR = sys.argv[1:3]
sys.path.insert(0, os.path.join(TOP, "tests"))

from tap import Process, Skip, equal, run, wait_until  # noqa: E402

SERVER, CLIENT = f"holdfast-s{os.getpid()}", f"holdfast-c{os.getpid()}"
ADDRESSES = {SERVER: "10.99.7.1", CLIENT: "10.99.7.2"}


def ip(*arguments, check=True):
    done = subprocess.run(["ip", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    if check and done.returncode:
        raise Skip(f"ip {' '.join(arguments)}: {done.stdout.strip()}")


def machine(name, *command):
    return Process(["ip", "netns", "exec", name, *command])


class Machines:
    """Two namespaces with a server in one and a client in the other."""

    def __enter__(self):
        if os.geteuid() != 0:
            raise Skip("network namespaces need root")
        if shutil.which("ip") is None:
            raise Skip("iproute2 is not installed")
        self.open = []
        try:
            for name in ADDRESSES:
                ip("netns", "add", name)
            ip("link", "add", "far", "netns", SERVER, "type", "veth", "peer", "name", "far",
               "netns", CLIENT)
            for name, address in ADDRESSES.items():
                ip("-n", name, "address", "add", f"{address}/24", "dev", "far")
                ip("-n", name, "link", "set", "far", "up")
            self.server = machine(SERVER, FAR, "server", ADDRESSES[SERVER])
            self.open.append(self.server)
            binding = self.server.line()
            equal(binding.split(":")[0], "ncacn_ip_tcp", binding)
            self.client = machine(CLIENT, FAR, "client", binding)
            self.open.append(self.client)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self.open:
            process.close()
        for name in ADDRESSES:
            ip("netns", "delete", name, check=False)

    def do(self, command, n=0):
        """A call of the client's: its status."""
        self.client.say(f"{command} {n}")
        return int(self.client.line())

    def ask(self, command="count"):
        """What the server counts."""
        self.server.say(command)
        return {k: int(v) for k, v in (word.split("=") for word in self.server.line().split())}

    def wait_for(self, **wanted):
        wait_until(lambda: wanted.items() <= self.ask().items(), f"{wanted} at the server")

    @staticmethod
    def link(name, state):
        ip("-n", name, "link", "set", "far", state)


def silence():
    """A link pulled while nothing is on its way: keep-alives find it, on both sides"""
    with Machines() as m:
        for n in (0, 1):
            equal(m.do("open", n), 0, "opening")
        m.ask("shut")
        equal(m.do("hang", 0), 0, "a call that waits")
        m.wait_for(inside=1)
        m.link(CLIENT, "down")
        equal(m.ask()["handles"], 2, "handles just after the link was pulled")
        m.wait_for(associations=0, handles=0)
        # what no call uses is run down; the rest waits for its call
        m.wait_for(run_down=1)
        equal(m.ask()["inside"], 1, "calls inside")
        equal(m.do("join", 0), 1726, "the waiting call (RPC_S_CALL_FAILED)")
        m.ask("open")
        m.wait_for(run_down=2, inside=0)
        m.link(CLIENT, "up")
        wait_until(lambda: m.do("null") == 0, "calls after the link is back")
        equal(m.do("use", 1), 6, "a handle of the dead association (mismatch)")
        equal(m.do("forget", 1), 0, "forgetting it")
        equal(m.do("open", 2), 0, "opening anew")
        equal(m.ask()["handles"], 1, "handles")


def reply_in_flight():
    """A link pulled before the server's reply: it stays unacknowledged, TCP_USER_TIMEOUT finds it"""
    with Machines() as m:
        equal(m.do("open", 0), 0, "opening")
        m.ask("shut")
        equal(m.do("hang", 0), 0, "a call that waits")
        m.wait_for(inside=1)
        m.link(CLIENT, "down")
        m.ask("open")
        m.wait_for(inside=0)
        equal(m.ask()["handles"], 1, "handles just after the reply was sent")
        m.wait_for(associations=0, handles=0, run_down=1)
        equal(m.do("join", 0), 1726, "the waiting call")


def request_in_flight():
    """A link pulled before the client's request: the client finds it, and the server by itself"""
    with Machines() as m:
        equal(m.do("open", 0), 0, "opening")
        equal(m.do("use", 0), 0, "using")
        m.link(SERVER, "down")
        equal(m.do("use", 0), 1726, "the call whose request is lost")
        m.wait_for(associations=0, handles=0, run_down=1)
        m.link(SERVER, "up")
        wait_until(lambda: m.do("null") == 0, "calls after the link is back")


run([silence, reply_in_flight, request_in_flight])
