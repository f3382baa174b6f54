#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Wireshark's dissector on what client and server of ours send: every PDU type, none malformed.

usage: tshark_test.py TOP BUILD
"""
import os
import subprocess
import sys
import tempfile

TOP, BUILD = sys.argv[1:3]
sys.path[:0] = [os.path.join(TOP, "tests"), os.path.join(TOP, "examples", "remote-file")]

import capture  # noqa: E402
import client_raw  # noqa: E402
from tap import Process, Skip, equal, run  # noqa: E402

EXAMPLE = os.path.join(BUILD, "examples", "remote-file")


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
    if not capture.available():
        raise Skip("tshark is not installed")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "capture.pcap")
        with Process([os.path.join(EXAMPLE, "remote-file-server"), "/usr/share/unicode",
                      "127.0.0.1:0"]) as server:
            with capture.Relay(client_raw.address(server.line()), path) as relay:
                traffic(relay)
        rows = capture.dissect(path, "-Y", "dcerpc", "-T", "fields", "-e", "dcerpc.pkt_type")
        seen = {int(kind) for row in rows for kind in row.split(",") if kind}
        names = {0: "request", 2: "response", 3: "fault", 11: "bind", 12: "bind_ack",
                 13: "bind_nak", 14: "alter_context", 15: "alter_context_resp"}
        equal(sorted(set(names) - seen), [], "PDU types missing")
        equal(sorted(seen - set(names)), [], "PDU types that we never send")
        equal(capture.complaints(path), [], "malformed")


run([every_type])
