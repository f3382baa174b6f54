#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Our client at a server of Samba that authenticates it: NTLM alone and in SPNEGO, at every level.

usage: samba_server_test.py TOP BUILD

samba-dcerpcd serves the registry and the endpoint mapper on a loopback address of their own; all its
files lie in a folder that goes with the test. A primary domain controller of the old kind, for only such
a one listens on TCP.
"""
import os
import socket
import subprocess
import sys
import tempfile

TOP, BUILD = sys.argv[1:3]
sys.path.insert(0, os.path.join(TOP, "tests"))

from tap import Process, Skip, equal, run, wait_until  # noqa: E402

ADDRESS = "127.0.0.151"
DAEMON = "/usr/libexec/samba/samba-dcerpcd"
SERVERS = ["/usr/libexec/samba/rpcd_epmapper", "/usr/libexec/samba/rpcd_winreg"]
CLIENT = os.path.join(BUILD, "tests", "interop", "winreg-client")
PLACE = tempfile.TemporaryDirectory()
BINDING = f"ncacn_ip_tcp:{ADDRESS}"  # its mapper knows the port
LEVELS = {"connect": 2, "packet": 4, "integrity": 5, "privacy": 6}
WHOLE = "51200 octets"


def ours(*arguments):
    done = subprocess.run([CLIENT, BINDING, *map(str, arguments)], stdout=subprocess.PIPE,
                          text=True, timeout=60, check=False)
    return done.stdout.strip()


def by_ntlm():
    """NTLM at every level: a value goes there and back"""
    for name, level in LEVELS.items():
        equal(ours(10, level, "root", "Password"), WHOLE, name)


def by_spnego():
    """SPNEGO with NTLM inside at every level"""
    for name, level in LEVELS.items():
        equal(ours(9, level, "root", "Password"), WHOLE, name)


def refused():
    """a wrong password, an unknown user: whatever status Samba gives"""
    for service in (10, 9):
        for level in (2, 5, 6):
            for user, password in (("root", "wrong"), ("nobody-here", "Password")):
                said = ours(service, level, user, password)
                equal(said.startswith("status "), True, f"{service} {level} {user}: {said}")


def start():
    """The running samba-dcerpcd, or why there is none."""
    if not os.path.exists(DAEMON):
        raise Skip("samba is not installed")
    if os.geteuid() != 0:
        raise Skip("port 135 needs root")
    folders = {name: os.path.join(PLACE.name, name)
               for name in ("private", "state", "cache", "lock", "pid", "ncalrpc")}
    for folder in folders.values():
        os.mkdir(folder)
    configuration = os.path.join(PLACE.name, "smb.conf")
    with open(configuration, "w", encoding="utf-8") as out:
        out.write(f"""[global]
 server role = classic primary domain controller
 workgroup = HOLDFAST
 netbios name = HOLDFAST
 interfaces = {ADDRESS}/8
 bind interfaces only = yes
 private dir = {folders["private"]}
 state directory = {folders["state"]}
 cache directory = {folders["cache"]}
 lock directory = {folders["lock"]}
 pid directory = {folders["pid"]}
 ncalrpc dir = {folders["ncalrpc"]}
 passdb backend = tdbsam:{folders["private"]}/passdb.tdb
 log file = {PLACE.name}/log
 rpc start on demand helpers = no
 allow dcerpc auth level connect = yes
""")
    subprocess.run(["pdbedit", "-s", configuration, "-a", "-u", "root", "-t"], check=True,
                   input=b"Password\nPassword\n", stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=60)
    daemon = Process([DAEMON, "-F", "--no-process-group", "-s", configuration,
                      "--log-basename", PLACE.name, *SERVERS],
                     stderr=subprocess.DEVNULL, merge=False)
    wait_until(listens, "Samba's endpoint mapper")
    return daemon


def listens():
    with socket.socket() as s:
        return s.connect_ex((ADDRESS, 135)) == 0


try:
    SERVER = start()
except Skip as why:
    print(f"1..0 # SKIP {why}")
    sys.exit(0)
try:
    run([by_ntlm, by_spnego, refused])
finally:
    SERVER.close()
    PLACE.cleanup()
