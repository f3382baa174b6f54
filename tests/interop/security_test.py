#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Peers that authenticate: impacket's and Samba's clients with NTLM against our server, and our
own client in another process; each is checked by the data that goes through, and by what Wireshark
decrypts of it, which shares no code with either end.

usage: security_test.py TOP BUILD
"""
import multiprocessing
import os
import re
import struct
import subprocess
import sys
import tempfile
import uuid

TOP, BUILD = sys.argv[1:3]
sys.path[:0] = [os.path.join(TOP, "tests"), os.path.join(TOP, "examples", "remote-file")]

from impacket import uuid as impacket_uuid  # noqa: E402
from impacket.dcerpc.v5 import rpcrt, transport  # noqa: E402

import capture  # noqa: E402
import client_raw  # noqa: E402
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
TRAILER = bytes.fromhex("8ae3137102f43671")  # begins a verification trailer
LEVELS = {"connect": 2, "packet": 4, "integrity": 5, "privacy": 6}


def turned(size):
    """What Turn is given, and what it gives back."""
    data = bytes((i * 31 + i // 255) & 255 for i in range(size))
    return data, bytes(b ^ 0x5A for b in data)


# ---- impacket ------------------------------------------------------------------------------------

def impacket_bind(level, user="ada", password="Password", domain="", binding=BINDING):
    dce = transport.DCERPCTransportFactory(binding).get_dce_rpc()
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
    data, back = turned(size)
    dce.call(1, struct.pack("<B3xLL", 0x5A, size, size) + data)
    answer = dce.recv()
    equal(struct.unpack("<L", answer[:4])[0], size, "octets back")
    equal(answer[4:4 + size] == back, True, "content")


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

def samba_mgmt(options, user="ada", password="Password", binding=BINDING):
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
    return mgmt.mgmt(binding[:-1] + "," + options + "]", lp, creds)


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

def ours(*arguments, binding=BINDING):
    done = subprocess.run([CLIENT, binding, *map(str, arguments)], stdout=subprocess.PIPE,
                          text=True, timeout=60, check=False)
    return done.stdout.strip()


def our_levels():
    """our client in another process, with NTLM and SPNEGO"""
    for service in (10, 9):
        for level in LEVELS.values():
            equal(ours(service, level, "ada", "Password"), f"ada {level} {service}", "caller")
            equal(ours(service, level, "ada", "wrong"), "status 5", "wrong password")
    equal(ours(10, 6, "", ""), "6 10", "a null session")


# ---- Overheard -----------------------------------------------------------------------------------

def overheard(name, level, talk, asked, answered):
    """tshark opens a conversation with the password, and only with it."""
    if not capture.available():
        raise Skip("tshark is not installed")
    path = os.path.join(PLACE.name, f"{name}-{level}.pcap")
    with capture.Relay(client_raw.address(BINDING), path) as relay:
        talk(f"ncacn_ip_tcp:127.0.0.1[{relay.port}]")
    capture.check_protected(path, level, capture.password("Password"), asked, answered)


def tshark_ours():
    """tshark decrypts what our client and server say to each other, with NTLM and SPNEGO"""
    for service, *content in ((10, *turned(100003)), (9, TRAILER, b"ada\0")):
        for level in (5, 6):
            overheard(f"ours-{service}", level,
                      lambda binding, service=service, level=level:
                      equal(ours(service, level, "ada", "Password", binding=binding),
                            f"ada {level} {service}", "caller"), *content)


def tshark_impacket():
    """tshark decrypts what impacket and our server say to each other"""
    def talk(binding):
        dce = impacket_bind(6, binding=binding)
        impacket_turn(dce, 5000)
        dce.disconnect()
    overheard("impacket", 6, talk, *turned(5000))


def samba_asks(binding, options):
    sys.exit(samba_mgmt(options, binding=binding).inq_if_ids().count == 0)


def tshark_samba():
    """tshark decrypts what Samba's library and our server say to each other"""
    def talk(binding, options):
        # in a process of its own: while it waits it lets no thread of Python's run, the relay's neither
        process = multiprocessing.Process(target=samba_asks, args=(binding, options))
        process.start()
        process.join(60)
        equal(process.exitcode, 0, f"exit status of Samba's client, {options}")
    for options in ("ntlm,seal", "spnego,seal", "spnego,seal,bigendian"):
        overheard("samba-" + options, 6, lambda binding, options=options: talk(binding, options),
                  b"", uuid.UUID("5b1f9e0a-6d0e-4a52-9d2b-1c8a7e4f0b31").bytes_le)


try:
    run([impacket_levels, impacket_refused, samba_levels, samba_refused, our_levels, tshark_ours,
         tshark_impacket, tshark_samba])
finally:
    SERVER.close()
    PLACE.cleanup()
