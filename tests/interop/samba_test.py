#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Samba's client library and its smbtorture against the management interface of our server.

usage: samba_test.py TOP BUILD
"""
import os
import subprocess
import sys

TOP, BUILD = sys.argv[1:3]
sys.path.insert(0, os.path.join(TOP, "tests"))

from tap import Process, Skip, equal, run  # noqa: E402

SERVER = os.path.join(BUILD, "examples", "remote-file", "remote-file-server")
FOLDER = "/usr/share/unicode"


def library():
    """Samba's library: interfaces, statistics, listening, stop refused"""
    try:
        from samba import WERRORError
        from samba.dcerpc import mgmt
    except ImportError as e:
        raise Skip(f"python3-samba cannot be loaded: {e}") from e
    with Process([SERVER, FOLDER, "127.0.0.1:0"]) as server:
        connection = mgmt.mgmt(server.line())
        equal(connection.is_server_listening()[1], 1, "listening")
        ids = connection.inq_if_ids()
        names = [str(ids.if_id[i].id.uuid) for i in range(ids.count)]
        equal("3f9c4a52-8d6e-4f0b-9c1a-5b7d20e1c6f4" in names, True, f"remote_file in {names}")
        equal(connection.inq_stats(4, 0).count, 4, "statistics")
        try:
            connection.stop_server_listening()
            raise AssertionError("stopping from afar was allowed")
        except WERRORError as refused:
            equal(refused.args[0], 5, "stopping from afar")
        equal(connection.is_server_listening()[1], 1, "listening afterwards")


def torture():
    """smbtorture rpc.mgmt, whose port 135 is written into it"""
    if os.geteuid() != 0:
        raise Skip("port 135 needs root")
    with Process([SERVER, FOLDER, "127.0.0.135:135"]) as server:
        if not server.line().startswith("ncacn_ip_tcp:"):
            raise Skip("127.0.0.135:135 cannot be bound here")
        done = subprocess.run(["smbtorture", "ncacn_ip_tcp:127.0.0.135", "-U%", "rpc.mgmt.mgmt"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=120, check=False)
        print("\n".join("# " + line for line in done.stdout.splitlines()[-40:]))
        equal(done.returncode, 0, "exit status of smbtorture")
        equal("success: mgmt" in done.stdout, True, "smbtorture's verdict")
        for call in ("is_server_listening", "inq_stats"):
            equal(f"{call} failed" in done.stdout, False, f"{call} failed")
        equal("server refused to stop listening" in done.stdout, True, "it reached our server")


run([library, torture])
