#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Samba's rpcclient and smbtorture with an account, against our server: plain, signed and sealed, in both
byte orders.

usage: torture_test.py TOP BUILD

What of a suite cannot pass stands in REASONS; one that passes all the same makes its reason wrong. Port
135 is written into these peers: our server takes it on a loopback address of its own.
"""
import os
import re
import subprocess
import sys
import tempfile

TOP, BUILD = sys.argv[1:3]
sys.path.insert(0, os.path.join(TOP, "tests"))

from tap import Process, Skip, equal, run  # noqa: E402

ADDRESS = "127.0.0.139"
PLACE = tempfile.TemporaryDirectory()
HASH = "a4f49c406510bdcab6824ee7c30fd852"  # of "Password"
OPTIONS = ["", "connect", "packet", "sign", "seal", "spnego,sign", "spnego,seal", "bigendian",
           "sign,bigendian", "seal,bigendian", "spnego,seal,bigendian"]
INTERFACES = ["12345678-1234-abcd-ef00-01234567cffb", "12345778-1234-abcd-ef00-0123456789ab",
              "12345778-1234-abcd-ef00-0123456789ac", "e3514235-4b06-11d1-ab04-00c04fc2dcd2"]

LOCAL = "enters an endpoint from afar, which nobody may here (nor on Windows)"
REASONS = {
    "lsarpc-shared": "compares the status of an earlier call, which it wants to fail, with success",
    "epmapper.Map_full": LOCAL,
    "epmapper.Insert_noreplace": LOCAL,
    "epmapper.Lookup_simple": "wants the last page to say that there are no more, and loses its entries",
}
TRIES = 5  # of a case that gives the server 10 ms to see that connections are gone


def peer(program, option, *arguments, password="Password"):
    binding = f"ncacn_ip_tcp:{ADDRESS}[{option}]" if option else f"ncacn_ip_tcp:{ADDRESS}"
    command = [program, "-s", "/dev/null", f"--option=private dir={PLACE.name}",
               f"-Uada%{password}"]
    command += [binding, *arguments] if program == "smbtorture" else [*arguments, binding]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=120, check=False)
    except FileNotFoundError as e:
        raise Skip(f"{program} is not installed") from e
    return done.stdout


def torture(option, suite, *arguments):
    """The verdicts of a suite: name -> 'success', 'failure', ... and all that it said."""
    said = peer("smbtorture", option, suite, *arguments)
    return dict((name, verdict) for verdict, name in
                re.findall(r"^(success|failure|error|skip): (\S+)", said, re.M)), said


def judge(option, suite, expected, *arguments):
    left = TRIES
    while True:
        verdicts, said = torture(option, suite, *arguments)
        wrong = [name for name in expected
                 if (verdicts.get(name) == "success") == (name in REASONS)]
        left -= 1
        if not wrong or left == 0 or not {"mixed-shared", "lsarpc-shared"} & set(wrong):
            break
        print(f"# {suite} again, for {wrong}")
    equal(sorted(verdicts), sorted(expected), f"cases of {suite} [{option}]")
    equal(wrong, [], f"surprises of {suite} [{option}]: {said[-1500:]}")


def rpcclient():
    """rpcclient walks over the map: plain, connect, sign, seal, in SPNEGO, in both byte orders"""
    for option in OPTIONS:
        said = peer("rpcclient", option, "-c", "epmlookup")
        equal([said.count(i) for i in INTERFACES], [1] * len(INTERFACES), f"[{option}]: {said}")
    for option in ("connect", "sign", "spnego,seal"):
        said = peer("rpcclient", option, "-c", "epmlookup", password="wrong")
        equal([i for i in INTERFACES if i in said], [], f"by a wrong password [{option}]: {said}")


def handles():
    """smbtorture rpc.handles: handles shared in an association, stolen, closed twice, run down"""
    for option in ("", "sign", "seal,bigendian"):
        judge(option, "rpc.handles", ["lsarpc", "lsarpc-shared", "samr", "mixed-shared",
                                      "random-assoc", "drsuapi"])


def bind():
    """smbtorture rpc.bind: sign and seal by NTLM and SPNEGO in both byte orders"""
    orders = [f"{order}{mechanism},{level}" for order in ("", "bigendian,")
              for mechanism in ("ntlm", "spnego") for level in ("sign", "sign,seal")]
    judge("", "rpc.bind", [*orders, "assoc_group_handles_external"])


def asyncbind():
    """smbtorture rpc.asyncbind: a hundred binds at a time"""
    arguments = ["--option=torture:async=yes", "--num-async=100"]
    for option in ("", "sign"):
        judge(option, "rpc.asyncbind", ["asyncbind"], *arguments)
    equal("disabled" in torture("", "rpc.asyncbind", *arguments)[1], False, "switched off")


def mapper():
    """smbtorture rpc.epmapper"""
    for option in ("", "bigendian", "sign"):
        judge(option, "rpc.epmapper",
              ["epmapper.Map_simple", "epmapper.Map_full", "epmapper.Lookup_simple",
               "epmapper.Lookup_terminate_search", "epmapper.Insert_noreplace"])


def management():
    """smbtorture rpc.mgmt"""
    for option in ("", "bigendian", "seal"):
        judge(option, "rpc.mgmt", ["mgmt"])


if os.geteuid() != 0:
    print("1..0 # SKIP port 135 needs root")
    sys.exit(0)
ACCOUNTS = os.path.join(PLACE.name, "accounts")
with open(ACCOUNTS, "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, 0o600)) as out:
    out.write(f"ada:{HASH}\n")
with Process([os.path.join(BUILD, "tests", "interop", "raw-server"), ADDRESS, ACCOUNTS]) as server:
    equal(server.line(), "ready", "the server")
    run([rpcclient, handles, bind, asyncbind, mapper, management])
