#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The main job, shown on real input: a server with state, clients of three makes, clients that die.

usage: show.py BUILD

Prints what happened beside what had to happen, and ends with exit status 1 if the two differ
anywhere. Everything runs on loopback; every process started here is ended here.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = sys.argv[1]
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "tests")]

import client_raw  # noqa: E402
from tap import Process, wait_until  # noqa: E402

FOLDER = "/usr/share/unicode"
PROGRAMS = os.path.join(BUILD, "examples", "remote-file")
HOLDFAST = os.path.join(BUILD, "src", "tool", "holdfast")
CLIENTS = {
    "ours": [os.path.join(PROGRAMS, "remote-file-client")],
    "impacket": ["/usr/bin/python3", os.path.join(HERE, "client_impacket.py")],
    "by hand": ["/usr/bin/python3", os.path.join(HERE, "client_raw.py")],
}

# file, what its lines are searched for, the same question as an awk program, in words
QUESTIONS = [
    ("UnicodeData.txt", ";Lu;", '$3 == "Lu"', "characters of category Lu"),
    ("UnicodeData.txt", ";Nd;", '$3 == "Nd"', "characters of category Nd"),
    ("Blocks.txt", "CJK", "/CJK/", "blocks named CJK"),
    ("Scripts.txt", "; Greek", '$2 ~ /^ Greek/', "ranges of script Greek"),
    ("PropList.txt", "; White_Space", '$2 ~ /^ White_Space/', "ranges of White_Space"),
]

wrong = 0


def check(good):
    global wrong  # pylint: disable=global-statement
    wrong += not good
    return "" if good else "   <-- WRONG"


def awk(program, name):
    done = subprocess.run(["awk", "-F;", program, os.path.join(FOLDER, name)], check=True,
                          stdout=subprocess.PIPE, text=True)
    return int(done.stdout)


class Server(Process):
    """A remote-file server, and what can be seen of it from outside."""

    def __init__(self, *options):
        super().__init__([os.path.join(PROGRAMS, "remote-file-server"), *options, FOLDER,
                          "127.0.0.1:0"])
        self.binding = self.line()

    def contexts(self):
        """What `holdfast contexts` says of it."""
        done = subprocess.run([HOLDFAST, "contexts", self.binding, "--json"], check=True,
                              stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout)

    def handles(self):
        return len(self.contexts()["handles"])

    def counter(self, name):
        """opened, closed, or run_down, which comes apart by its causes."""
        counters = self.contexts()["counters"]
        if name == "run_down":
            return sum(n for cause, n in counters.items() if cause.startswith("rundowns_"))
        return counters["handles_" + name]

    def files(self):
        """Files of the folder that the process itself has open, seen by the kernel."""
        names = []
        for fd in os.listdir(f"/proc/{self.pid}/fd"):
            try:
                path = os.readlink(f"/proc/{self.pid}/fd/{fd}")
            except FileNotFoundError:
                continue
            if path.startswith(FOLDER + "/"):
                names.append(os.path.basename(path))
        return sorted(names)


class Link:
    """A relay in front of a server, to be cut."""

    def __init__(self, host, port):
        self.target = (host, port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.binding = f"ncacn_ip_tcp:127.0.0.1[{self.listener.getsockname()[1]}]"
        self.ends = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        client, _ = self.listener.accept()
        server = socket.create_connection(self.target)
        self.ends = [client, server]
        for source, sink in ((client, server), (server, client)):
            threading.Thread(target=self.forward, args=(source, sink), daemon=True).start()

    @staticmethod
    def forward(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass

    def cut(self):
        for end in self.ends:
            end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.listener.close()


def read_and_search(server):
    print("Three clients of different make open, read and search the Unicode Character Database")
    print("through context handles. Beside each answer: awk's, from the file itself.\n")
    print(f"  {'file':<17}{'question':<29}{'awk':>7}" +
          "".join(f"{name:>10}" for name in CLIENTS))
    for name, text, program, question in QUESTIONS:
        answers = []
        for command in CLIENTS.values():
            done = subprocess.run(command + [server.binding, name, text], stdout=subprocess.PIPE,
                                  text=True, check=True)
            answers.append(done.stdout.split())
        if name != QUESTIONS[0][0] or program == QUESTIONS[0][2]:
            row(name, "lines", awk("END { print NR }", name), [int(a[2]) for a in answers])
        row(name, question, awk(program + " { n++ } END { print n + 0 }", name),
            [int(a[4]) for a in answers])


def row(name, question, truth, answers):
    print(f"  {name:<17}{question:<29}{truth:>7}" + "".join(f"{a:>10}" for a in answers) +
          check(all(a == truth for a in answers)))


def scene(title, server, rule):
    print(f"\n  {title}")
    held = server.files()
    handles = server.handles()
    print(f"    server holds  {plural(handles, 'handle')}, open in its process: "
          f"{' '.join(held) or 'nothing'}{check(len(held) == handles > 0)}")
    print(f"    the rule      {rule}")


def plural(n, what):
    return f"{n} {what}{'' if n == 1 else 's'}"


def settled(server, run_downs, what):
    """Waits until nothing is held any more and says so."""
    wait_until(lambda: server.handles() == 0 and not server.files(), "the server to let go")
    got = server.counter("run_down") - run_downs
    print(f"    happened      {what}")
    left(server, got, 1)


def left(server, run_downs, wanted):
    times = {0: "never", 1: "once"}.get(run_downs, f"{run_downs} times")
    print(f"    run-down ran  {times}; left: {plural(server.handles(), 'handle')}, "
          f"{plural(len(server.files()), 'open file')}" +
          check(run_downs == wanted and server.handles() == 0 and not server.files()))


def refused(call):
    try:
        call()
    except client_raw.Fault as fault:
        return fault.args[0]
    return 0


def killed(server):
    before = server.counter("run_down")
    with Process([*CLIENTS["ours"], "-w", server.binding, "UnicodeData.txt", ";Lu;"]) as client:
        client.line_with("reading")
        scene("A client is killed by SIGKILL half way", server,
              "its last connection is gone: run down what it held (contexts 9)")
        client.kill(signal.SIGKILL)
    settled(server, before, "the kernel closed its socket")


def link_lost(server):
    before = server.counter("run_down")
    link = Link(*client_raw.address(server.binding))
    with Process([*CLIENTS["ours"], "-w", link.binding, "Scripts.txt", "Greek"]) as client:
        client.line_with("reading")
        scene("A client loses its link", server,
              "the call fails, the client's handle is unchanged (F5); run down as above")
        link.cut()
        client.say()
        status = client.line_with("RPC error").split()[-1]
        client.say()
        client.wait()
    settled(server, before, f"the client's next call failed with {status}")


def closes_twice(server):
    before, closed = server.counter("run_down"), server.counter("closed")
    client = client_raw.Client(*client_raw.address(server.binding))
    _, file = client.open("Blocks.txt")
    scene("A client closes twice", server, "a closed handle is unknown: 0x1C00001A (X9, C8)")
    client.close(file)
    status = refused(lambda: client.close(file))
    client.disconnect()
    got = (server.counter("closed") - closed, server.counter("run_down") - before)
    print(f"    happened      closed {got[0]} time, then refused with 0x{status:08X}" +
          check(status == 0x1C00001A and got[0] == 1))
    left(server, got[1], 0)


def anothers_handle(server):
    before = server.counter("run_down")
    owner = client_raw.Client(*client_raw.address(server.binding))
    thief = client_raw.Client(*client_raw.address(server.binding))
    _, file = owner.open("Jamo.txt")
    scene("A client uses another's handle", server,
          "a token is good in its own association only: 0x1C00001A (X9)")
    status = refused(lambda: thief.read(file))
    octets = len(owner.read(file))
    owner.disconnect()
    thief.disconnect()
    settled(server, before, f"the thief got 0x{status:08X}, the owner {octets} octets, then left")
    print(check(status == 0x1C00001A and octets > 0), end="")


def refused_at_close(server):
    before = server.counter("run_down")
    with Process([*CLIENTS["ours"], "-w", server.binding, "EastAsianWidth.txt", ";W"]) as client:
        while "octets" not in client.line():
            client.say()
        status = client.line_with("RPC error").split()[-1]
        client.line_with("done")
        scene("A client is refused at close, and destroys its own side", server,
              "raised: the handle stays open (F2b); destroying sends nothing (C2, C5)")
        client.say()
        client.wait()
    settled(server, before, f"close failed with {status}; at the client's end (C4) the server let go")


def main():
    version = subprocess.run([HOLDFAST, "--version"], stdout=subprocess.PIPE, text=True,
                             check=True).stdout.strip()
    print(f"{version}: server state that cleans up after itself\n")
    with Server() as server, Server("-k") as refusing:
        print(f"server  remote-file-server {FOLDER}\nat      {server.binding}\n")
        read_and_search(server)
        print("\nNow clients go wrong. The server has no code for it but one run-down routine.")
        for case in (killed, link_lost, closes_twice, anothers_handle):
            case(server)
        refused_at_close(refusing)
        total = {name: server.counter(name) + refusing.counter(name)
                 for name in ("opened", "closed", "run_down")}
        left = server.handles() + refusing.handles()
        print(f"\nIn all: {total['opened']} handles opened = {total['closed']} closed + "
              f"{total['run_down']} run down, each once; {left} left." +
              check(left == 0 and total["opened"] == total["closed"] + total["run_down"]))
    print("\nEverything was as the rules say." if not wrong else f"\n{wrong} things were wrong.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
