#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Peers that authenticate: impacket's and Samba's clients with NTLM against our server, and our
own client in another process; each is checked by the data that goes through.

usage: security_test.py TOP BUILD
"""
import os
import re
import struct
import subprocess
import sys
import tempfile

TOP, BUILD = sys.argv[1:3]
sys.path.insert(0, os.path.join(TOP, "tests"))

from impacket import uuid as impacket_uuid  # noqa: E402
from impacket.dcerpc.v5 import rpcrt, transport  # noqa: E402

from tap import Process, Skip, equal, run  # noqa: E402

WHOAMI = impacket_uuid.uuidtup_to_bin(("5b1f9e0a-6d0e-4a52-9d2b-1c8a7e4f0b31", "1.0"))
HASH = "a4f49c406510bdcab6824ee7c30fd852"  # of "Password"
PLACE = tempfile.TemporaryDirectory()
ACCOUNTS = os.path.join(PLACE.name, "accounts")
with open(ACCOUNTS, "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, 0o600)) as out:
    out.write(f"ada:{HASH}\nDOM\\eve:{HASH}\n")
SERVER = Process([os.path.join(BUILD, "tests", "interop", "whoami-server"), "127.0.0.1:0",
                  ACCOUNTS], merge=False, stderr=subprocess.DEVNULL)
BINDING = SERVER.line()
CLIENT = os.path.join(BUILD, "tests", "interop", "whoami-client")
LEVELS = {"connect": 2, "packet": 4, "integrity": 5, "privacy": 6}


# ---- impacket ------------------------------------------------------------------------------------

def impacket_bind(level, user="ada", password="Password", domain=""):
    dce = transport.DCERPCTransportFactory(BINDING).get_dce_rpc()
    dce.set_credentials(user, password, domain)
    dce.set_auth_type(rpcrt.RPC_C_AUTHN_WINNT)
    dce.set_auth_level(level)
    dce.connect()
    dce.bind(WHOAMI)
    return dce


def impacket_who(dce):
    """(name, level, service) as the server saw them."""
    dce.call(0, struct.pack("<L", 64))
    answer = dce.recv()
    level, service, room, _, length = struct.unpack("<LLLLL", answer[:20])
    equal(room, 64, "room for the name")
    return answer[20:20 + length].split(b"\0")[0].decode(), level, service


def impacket_turn(dce, size):
    """Data goes there and back, in several fragments either way."""
    data = bytes((i * 31 + i // 255) & 255 for i in range(size))
    dce.call(1, struct.pack("<B3xLL", 0x5A, size, size) + data)
    answer = dce.recv()
    equal(struct.unpack("<L", answer[:4])[0], size, "octets back")
    equal(answer[4:4 + size] == bytes(b ^ 0x5A for b in data), True, "content")


def impacket_levels():
    """impacket with NTLM at connect, integrity and privacy"""
    for level in (2, 5, 6):
        dce = impacket_bind(level)
        for size in (0, 1, 15, 16, 5000, 100003):
            impacket_turn(dce, size)
        equal(impacket_who(dce), ("ada", level, 10), f"caller at level {level}")
        dce.disconnect()
    dce = impacket_bind(6, "EVE", "Password", "dom")
    equal(impacket_who(dce), ("DOM\\eve", 6, 10), "caller of a domain")
    dce.disconnect()


def impacket_refused():
    """impacket with a wrong password is refused with 5 at every level"""
    for level in (2, 5, 6):
        for user, password in (("ada", "wrong"), ("nobody", "Password")):
            dce = impacket_bind(level, user, password)
            try:
                impacket_who(dce)
            except rpcrt.DCERPCException as e:
                equal(bool(re.search("access_denied|ACCESS_DENIED|0x5", str(e))), True, str(e))
                continue
            raise AssertionError(f"{user} was let in")


# ---- Samba ---------------------------------------------------------------------------------------

def samba_mgmt(options, user="ada", password="Password"):
    """The management interface through Samba's library."""
    try:
        from samba import credentials, param
        from samba.dcerpc import mgmt
    except ImportError as e:
        raise Skip(f"python3-samba cannot be loaded: {e}") from e
    lp = param.LoadParm()
    lp.set("private dir", PLACE.name)
    creds = credentials.Credentials()
    creds.guess(lp)
    creds.set_username(user)
    creds.set_password(password)
    creds.set_domain("DOM" if user == "eve" else "")
    creds.set_kerberos_state(credentials.DONT_USE_KERBEROS)
    return mgmt.mgmt(BINDING[:-1] + "," + options + "]", lp, creds)


def samba_levels():
    """Samba's library with NTLM and SPNEGO at connect, packet, sign and seal"""
    for mechanism in ("ntlm", "spnego"):
        for level in ("connect", "packet", "sign", "seal"):
            for user in ("ada", "eve"):
                ids = samba_mgmt(f"{mechanism},{level}", user).inq_if_ids()
                names = [str(ids.if_id[i].id.uuid) for i in range(ids.count)]
                equal("5b1f9e0a-6d0e-4a52-9d2b-1c8a7e4f0b31" in names, True,
                      f"whoami by {mechanism}, {level} in {names}")


def samba_refused():
    """Samba's library with a wrong password is refused"""
    from samba import NTSTATUSError
    for mechanism in ("ntlm", "spnego"):
        for level in ("connect", "sign", "seal"):
            try:
                samba_mgmt(f"{mechanism},{level}", "ada", "wrong").inq_if_ids()
            except (NTSTATUSError, RuntimeError) as e:
                equal(bool(re.search("denied|logon is invalid", str(e), re.I)),
                      True, str(e))
                continue
            raise AssertionError(f"{mechanism},{level}: a wrong password was let in")


# ---- Ours ----------------------------------------------------------------------------------------

def ours(*arguments):
    done = subprocess.run([CLIENT, BINDING, *map(str, arguments)], stdout=subprocess.PIPE,
                          text=True, timeout=60, check=False)
    return done.stdout.strip()


def our_levels():
    """our client in another process, with NTLM and SPNEGO"""
    for service in (10, 9):
        for level in LEVELS.values():
            equal(ours(service, level, "ada", "Password"), f"ada {level} {service}", "caller")
            equal(ours(service, level, "ada", "wrong"), "status 5", "wrong password")
    equal(ours(10, 6, "", ""), "6 10", "a null session")


try:
    run([impacket_levels, impacket_refused, samba_levels, samba_refused, our_levels])
finally:
    SERVER.close()
    PLACE.cleanup()
