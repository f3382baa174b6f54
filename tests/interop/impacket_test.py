#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""impacket's client against our server: open, use, use after close, theft, death.

usage: impacket_test.py TOP BUILD
"""
import os
import re
import sys

TOP, BUILD = sys.argv[1:3]
sys.path[:0] = [os.path.join(TOP, "tests"), os.path.join(TOP, "examples", "remote-file")]

from impacket.dcerpc.v5 import mgmt, transport  # noqa: E402
from impacket.dcerpc.v5.rpcrt import DCERPCException  # noqa: E402

import client_impacket  # noqa: E402
from tap import Process, equal, run  # noqa: E402

FOLDER = "/usr/share/unicode"
NAME = "Blocks.txt"
MISMATCH = 0x1C00001A
SERVER = Process([os.path.join(BUILD, "examples", "remote-file", "remote-file-server"), FOLDER,
                  "127.0.0.1:0"])
BINDING = SERVER.line()


def refused(call):
    """The fault status with which a call is refused."""
    try:
        call()
    except DCERPCException as e:
        if (code := e.get_error_code()) is not None:
            return code
        named = re.search(r"nca_s_fault_context_mismatch|0x1c00001a", str(e))
        return MISMATCH if named else str(e)
    return None


def open_use_close():
    """open, read to the end, close: the octets are the file's"""
    client = client_impacket.Client(BINDING)
    error, file = client.open(NAME)
    equal(error, 0, "error of open")
    whole = b"".join(iter(lambda: client.read(file, 1000), b""))
    with open(os.path.join(FOLDER, NAME), "rb") as f:
        equal(whole == f.read(), True, "content")
    equal(client.close(file), b"\0" * 20, "handle after close")
    client.disconnect()


def use_after_close():
    """X9: use after close is refused with 0x1C00001A"""
    client = client_impacket.Client(BINDING)
    _, file = client.open(NAME)
    client.close(file)
    equal(refused(lambda: client.read(file)), MISMATCH, "read after close")
    equal(refused(lambda: client.close(file)), MISMATCH, "second close")
    client.disconnect()


def second_association():
    """X9: a handle of another association is refused with 0x1C00001A, and lives on"""
    owner, thief = client_impacket.Client(BINDING), client_impacket.Client(BINDING)
    _, file = owner.open(NAME)
    equal(refused(lambda: thief.read(file)), MISMATCH, "read by another association")
    equal(refused(lambda: thief.close(file)), MISMATCH, "close by another association")
    equal(len(owner.read(file, 100)), 100, "octets read by its owner afterwards")
    owner.close(file)
    owner.disconnect()
    thief.disconnect()


def death():
    """a client that goes without closing is run down, once"""
    client = client_impacket.Client(BINDING)
    client.open("Scripts.txt")
    client.disconnect()
    equal(SERVER.line_with("run-down"), "run-down Scripts.txt", "what the server printed")
    client = client_impacket.Client(BINDING)
    _, file = client.open("Jamo.txt")
    client.close(file)
    equal(SERVER.line_with("close Jamo.txt"), "close Jamo.txt", "what the server printed")
    equal(sum("Scripts.txt" in line for line in SERVER.lines), 2, "lines about Scripts.txt")
    client.disconnect()


def escape():
    """a path that leads out of the folder is refused"""
    client = client_impacket.Client(BINDING)
    for name in ("../../etc/passwd", "/etc/passwd"):
        equal(client.open(name)[0], 18, f"error of {name}")  # EXDEV
    client.disconnect()


def management():
    """impacket's management calls: interfaces, statistics, listening"""
    dce = transport.DCERPCTransportFactory(BINDING).get_dce_rpc()
    dce.connect()
    dce.bind(mgmt.MSRPC_UUID_MGMT)
    equal(mgmt.his_server_listening(dce)["status"], 0, "listening")
    answer = mgmt.hinq_if_ids(dce)
    ids = [v["Data"]["Uuid"] for v in answer["if_id_vector"]["if_id"]]
    equal(client_impacket.REMOTE_FILE_IF[:16] in ids, True, "remote_file among the interfaces")
    equal(mgmt.hinq_stats(dce, 4)["count"], 4, "number of statistics")
    dce.disconnect()


try:
    run([open_use_close, use_after_close, second_association, death, escape, management])
finally:
    SERVER.close()
