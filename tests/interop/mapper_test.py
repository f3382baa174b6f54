#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""impacket and Samba ask our endpoint mapper, and our commands print what it knows.

usage: mapper_test.py TOP BUILD
"""
import json
import os
import re
import subprocess
import sys
import tempfile

TOP, BUILD = sys.argv[1:3]
sys.path.insert(0, os.path.join(TOP, "tests"))

from tap import Process, Skip, equal, run  # noqa: E402

HOLDFAST = os.path.join(BUILD, "src", "tool", "holdfast")
RAW_SERVER = os.path.join(BUILD, "tests", "interop", "raw-server")
ADDRESS = "127.0.0.132"
SCRIPTS = "/usr/share/doc/python3-impacket/examples"
NETLOGON = "12345678-1234-abcd-ef00-01234567cffb"
MGMT = "afa8bd80-7d8a-11c9-bef4-08002b102989"
EPM = "e1af8308-5d1f-11c9-91a4-08002b14a0fa"

# smbtorture's tests of a mapper. Two enter endpoints by TCP, which only sockets of this host may; one
# wants the last page of a walk to have the status of an empty one, as Samba's own has (C706: 0).
TORTURE = {"Map_simple": True, "Lookup_terminate_search": True,
           "Map_full": False, "Insert_noreplace": False, "Lookup_simple": False}


def holdfast(*arguments, status=0, **environment):
    done = subprocess.run([HOLDFAST, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=60, check=False,
                          env={**os.environ, **environment})
    equal(done.returncode, status, f"exit status of holdfast {arguments}: {done.stdout}")
    return done.stdout


def impacket():
    """impacket walks over the map and maps netlogon, and finds the same port"""
    from impacket import uuid
    from impacket.dcerpc.v5 import epm, transport
    dce = transport.DCERPCTransportFactory(f"ncacn_ip_tcp:{ADDRESS}[135]").get_dce_rpc()
    dce.connect()
    entries = epm.hept_lookup(None, dce=dce)
    dce.disconnect()
    bindings = [epm.PrintStringBinding(e["tower"]["Floors"]) for e in entries]
    equal(len(bindings), 4, f"entries: {bindings}")
    mapped = epm.hept_map(ADDRESS, uuid.uuidtup_to_bin((NETLOGON, "1.0")), protocol="ncacn_ip_tcp")
    equal(set(bindings), {mapped}, "what is mapped and what is listed")


def tool(script, *arguments):
    path = os.path.join(SCRIPTS, script)
    if not os.path.exists(path):
        raise Skip(f"{path} is not installed: packages come without documentation here")
    done = subprocess.run(["/usr/bin/python3", path, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
    equal(done.returncode, 0, f"exit status of {script}: {done.stdout}")
    return done.stdout


def impackets_tools():
    """rpcdump.py lists the map, rpcmap.py the mapper's own interfaces"""
    text = tool("rpcdump.py", ADDRESS)
    equal("[*] Received 4 endpoints." in text, True, text)
    equal(f"UUID    : {NETLOGON.upper()} v1.0" in text, True, text)
    text = tool("rpcmap.py", f"ncacn_ip_tcp:{ADDRESS}[135]")
    for interface in (MGMT, EPM):
        equal(f"UUID: {interface.upper()} v" in text, True, f"{interface}: {text}")


def samba():
    """smbtorture maps what is there and walks, rpcclient maps what is not there"""
    for name, passes in TORTURE.items():
        done = subprocess.run(["smbtorture", f"ncacn_ip_tcp:{ADDRESS}", "-U%",
                               f"rpc.epmapper.epmapper.{name}"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
        verdict = "success" if passes else "failure"
        equal(f"{verdict}: epmapper.{name}" in done.stdout, True, f"verdict: {done.stdout[-400:]}")
    done = subprocess.run(["rpcclient", "-U%", f"ncacn_ip_tcp:{ADDRESS}", "-c", "epmmap"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
                          check=False)
    equal("0x16C9A0D6" in done.stdout, True, f"rpcclient epmmap, of a pipe: {done.stdout}")


def management():
    """smbtorture rpc.mgmt on the mapper's port"""
    done = subprocess.run(["smbtorture", f"ncacn_ip_tcp:{ADDRESS}", "-U%", "rpc.mgmt.mgmt"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
                          check=False)
    equal("success: mgmt" in done.stdout, True, f"smbtorture's verdict: {done.stdout[-400:]}")


def commands():
    """holdfast endpoints lists, holdfast ping measures"""
    text = holdfast("endpoints", ADDRESS)
    equal(f"{NETLOGON} v1.0\n" in text and "4 endpoints of 4 interfaces" in text, True, text)
    listed = json.loads(holdfast("endpoints", ADDRESS, "--json"))
    found = [e["binding"] for e in listed if e["interface"] == f"{NETLOGON} v1.0"]
    equal((len(listed), len(found)), (4, 1), "interfaces as JSON")
    binding = found[0]
    text = holdfast("ping", binding, "--count", "1")
    equal(re.fullmatch(re.escape(binding) + r": call 1: listening, \d+\.\d{3} ms with connecting\n",
                       text) is not None, True, text)
    text = holdfast("ping", f"ncacn_ip_tcp:{ADDRESS}[1]", "--count", "1", status=1)
    equal("(1722)" in text, True, text)
    holdfast("ping", status=2)
    holdfast("endpoints", "--no-such", status=2)


def the_program():
    """holdfast epmapper: both endpoints, an empty map, an end by signal"""
    with tempfile.TemporaryDirectory() as folder:
        socket = os.path.join(folder, "mapper")
        with Process([HOLDFAST, "epmapper", "--listen", "127.0.0.1:0", "--socket", socket]) as mapper:
            equal(mapper.line(), f"ncalrpc:[{socket}]", "first address")
            tcp = mapper.line()
            equal(os.stat(socket).st_mode & 0o777, 0o600, "mode of the socket")
            for text in (holdfast("endpoints", tcp),
                         holdfast("endpoints", HOLDFAST_EPMAPPER_SOCKET=socket)):
                equal(text, "0 endpoints of 0 interfaces\n", "an empty map")
            mapper.process.terminate()
            equal(mapper.process.wait(60), 0, "exit status")


if os.geteuid() != 0:
    def without_root():
        """port 135"""
        raise Skip("port 135 needs root")
    run([without_root, the_program])
with Process([RAW_SERVER, ADDRESS, "/dev/null"]) as server:  # nobody has an account
    equal(server.line(), "ready", "the server")
    run([impacket, impackets_tools, samba, management, commands, the_program])
