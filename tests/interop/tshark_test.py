#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Wireshark's dissector on what client and server of ours send: every PDU type, none malformed.

The link between them is a relay that writes the packet file itself, so no capture right is needed.

usage: tshark_test.py TOP BUILD
"""
import collections
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading

TOP, BUILD = sys.argv[1:3]
sys.path[:0] = [os.path.join(TOP, "tests"), os.path.join(TOP, "examples", "remote-file")]

import client_raw  # noqa: E402
from tap import Process, Skip, equal, run  # noqa: E402

EXAMPLE = os.path.join(BUILD, "examples", "remote-file")
PORT = 49152  # in the packet file; nothing is bound to it


class Relay:
    """Forwards connections to a server and records them as packets of a raw-IP packet file."""

    def __init__(self, server, path):
        self.server = server
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.file = open(path, "wb")
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))
        self.lock = threading.Lock()
        self.packets = 0
        self.links = []
        threading.Thread(target=self.accept, daemon=True).start()

    def record(self, client_port, to_server, sequence, data):
        ports = (client_port, PORT) if to_server else (PORT, client_port)
        mine = "c" if to_server else "s"
        other = "s" if to_server else "c"
        for at in range(0, len(data), 32000):
            piece = data[at:at + 32000]
            with self.lock:
                tcp = struct.pack(">HHIIBBHHH", *ports, 1 + sequence[mine], 1 + sequence[other],
                                  0x50, 0x18, 65535, 0, 0)
                sequence[mine] += len(piece)
                ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(piece), 0, 0, 64, 6, 0,
                                 socket.inet_aton("127.0.0.1"), socket.inet_aton("127.0.0.1"))
                packet = ip + tcp + piece
                self.packets += 1
                self.file.write(struct.pack("<IIII", self.packets, 0, len(packet), len(packet)))
                self.file.write(packet)

    def accept(self):
        while True:
            try:
                client, address = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.server)
            sequence = collections.Counter()
            for source, sink, to_server in ((client, server, True), (server, client, False)):
                link = threading.Thread(target=self.forward, daemon=True,
                                        args=(source, sink, to_server, address[1], sequence))
                link.start()
                self.links.append(link)

    def forward(self, source, sink, to_server, client_port, sequence):
        try:
            while data := source.recv(65536):
                self.record(client_port, to_server, sequence, data)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.listener.close()
        for link in self.links:
            link.join(timeout=30)
        self.file.close()


def dissect(path, *arguments):
    done = subprocess.run(["tshark", "-r", path, "-o", "tcp.check_checksum:FALSE", "-d",
                           f"tcp.port=={PORT},dcerpc", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    equal(done.returncode, 0, "exit status of tshark: " + done.stderr)
    return done.stdout.split("\n")[:-1]


def traffic(relay):
    """Makes client and server of ours send every type of PDU that they have."""
    binding = f"ncacn_ip_tcp:127.0.0.1[{relay.port}]"
    subprocess.run([os.path.join(EXAMPLE, "remote-file-client"), binding, "UnicodeData.txt", ";Lu;"],
                   check=True, stdout=subprocess.DEVNULL, timeout=60)
    subprocess.run([os.path.join(BUILD, "tests", "interop", "two-interfaces"), binding],
                   check=True, stdout=subprocess.DEVNULL, timeout=60)  # alter_context
    client = client_raw.Client("127.0.0.1", relay.port)
    try:
        client.read(b"\1" * 20)  # a fault
    except client_raw.Fault:
        pass
    client.disconnect()
    try:
        client_raw.Client("127.0.0.1", relay.port, group=0x7EADBEEF)  # bind_nak
    except ConnectionRefusedError:
        pass


def every_type():
    """tshark knows each PDU type that we send and finds none malformed"""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "capture.pcap")
        with Process([os.path.join(EXAMPLE, "remote-file-server"), "/usr/share/unicode",
                      "127.0.0.1:0"]) as server:
            relay = Relay(client_raw.address(server.line()), path)
            traffic(relay)
        relay.close()
        rows = dissect(path, "-Y", "dcerpc", "-T", "fields", "-e", "dcerpc.pkt_type")
        seen = {int(kind) for row in rows for kind in row.split(",") if kind}
        names = {0: "request", 2: "response", 3: "fault", 11: "bind", 12: "bind_ack",
                 13: "bind_nak", 14: "alter_context", 15: "alter_context_resp"}
        equal(sorted(set(names) - seen), [], "PDU types missing")
        equal(sorted(seen - set(names)), [], "PDU types that we never send")
        equal(dissect(path, "-Y", "_ws.malformed || _ws.expert.severity == error"), [], "malformed")


try:
    subprocess.run(["tshark", "--version"], stdout=subprocess.DEVNULL, check=True)
except (OSError, subprocess.CalledProcessError) as why:
    def every_type():  # pylint: disable=function-redefined
        """tshark knows each PDU type that we send"""
        raise Skip(f"tshark cannot be run: {why}")
run([every_type])
