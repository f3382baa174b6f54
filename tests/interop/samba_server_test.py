#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Our client at a server of Samba that authenticates it: NTLM and Kerberos, alone and in SPNEGO, at every
level, over TCP and over a unix socket; and what Wireshark decrypts of it.

usage: samba_server_test.py TOP BUILD

samba-dcerpcd serves the registry and the endpoint mapper on a loopback address of their own; all its
files lie in a folder that goes with the test. A server of its own, with a key in a realm: one that is no
member of a domain takes Kerberos only from a realm whose tickets carry no PAC, and maps names to its
own accounts.
"""
import json
import os
import socket
import subprocess
import sys
import tempfile

TOP, BUILD = sys.argv[1:3]
sys.path.insert(0, os.path.join(TOP, "tests"))

import capture  # noqa: E402
import realm  # noqa: E402
from tap import Process, Skip, equal, run, wait_until  # noqa: E402

ADDRESS = "127.0.0.151"
DAEMON = "/usr/libexec/samba/samba-dcerpcd"
SERVERS = ["/usr/libexec/samba/rpcd_epmapper", "/usr/libexec/samba/rpcd_winreg"]
CLIENT = os.path.join(BUILD, "tests", "interop", "winreg-client")
HOLDFAST = os.path.join(BUILD, "src", "tool", "holdfast")
PLACE = tempfile.TemporaryDirectory()
BINDING = f"ncacn_ip_tcp:{ADDRESS}"  # its mapper knows the port
WINREG = "338cd001-2244-31f1-aaaa-900038001003"
LEVELS = {"connect": 2, "packet": 4, "integrity": 5, "privacy": 6}
WHOLE = "51200 octets"
TARGET = "host/" + realm.HOST
REALM = realm.Realm(PLACE.name, pac=False) if realm.available() else None


def ours(*arguments, binding=BINDING):
    done = subprocess.run([CLIENT, binding, *map(str, arguments)], stdout=subprocess.PIPE,
                          text=True, timeout=60, check=False, env=REALM.env if REALM else None)
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


def needs_realm():
    if REALM is None:
        raise Skip("krb5-kdc is not installed")


def by_kerberos():
    """Kerberos alone and in SPNEGO at every level: a value goes there and back"""
    needs_realm()
    for service in (16, 9):
        for name, level in LEVELS.items():
            equal(ours(service, level, "root", "Password", TARGET), WHOLE, f"{service} {name}")


def over_a_socket():
    """the same over Samba's unix socket"""
    needs_realm()
    path = os.path.join(PLACE.name, "ncalrpc", "rpcd_winreg")
    for service in (16, 9, 10):
        for level in (5, 6):
            equal(ours(service, level, "root", "Password", *([TARGET] if service != 10 else []),
                       binding=f"ncalrpc:[{path}]"), WHOLE, f"{service} {level}")


def refused_by_kerberos():
    """a wrong password, a principal without an account, a server that has another name"""
    needs_realm()
    equal(ours(16, 6, "root", "wrong", TARGET), "status 1749", "wrong password")
    equal(ours(16, 6, "root", "Password", "host/other.test"), "status 5", "unknown server")
    for service in (16, 9):
        said = ours(service, 6, "stranger", "Password", TARGET)
        equal(said.startswith("status "), True, f"stranger by {service}: {said}")


def overheard():
    """tshark decrypts it with the password or the key table, and verifies what Kerberos has signed"""
    if not capture.available():
        raise Skip("tshark is not installed")
    done = subprocess.run([HOLDFAST, "endpoints", ADDRESS, "--json"], stdout=subprocess.PIPE,
                          text=True, timeout=60, check=True)
    port = next(int(e["binding"].split("[")[1][:-1]) for e in json.loads(done.stdout)
                if WINREG in e["interface"] and e["binding"].startswith(BINDING))
    data = bytes((i * 31 + i // 255) & 255 for i in range(51200))
    for service, key, target in ((10, capture.password("Password"), []),
                                 (16, KEYTAB and capture.key_table(KEYTAB), [TARGET]),
                                 (9, KEYTAB and capture.key_table(KEYTAB), [TARGET])):
        if key is None:
            continue
        path = os.path.join(PLACE.name, f"{service}.pcap")
        with capture.Relay((ADDRESS, port), path) as relay:
            equal(ours(service, 6, "root", "Password", *target,
                       binding=f"ncacn_ip_tcp:127.0.0.1[{relay.port}]"), WHOLE, "through a relay")
        capture.check_protected(path, 6, key, data, data)


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
    kerberos = f""" realm = {realm.NAME}
 kerberos method = dedicated keytab
 dedicated keytab file = {KEYTAB}
""" if KEYTAB else ""
    with open(configuration, "w", encoding="utf-8") as out:
        out.write(f"""[global]
 server role = standalone
 workgroup = HOLDFAST
 netbios name = SERVER
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
{kerberos}""")
    environment = REALM.env if REALM else os.environ
    subprocess.run(["pdbedit", "-s", configuration, "-a", "-u", "root", "-t"], check=True,
                   input=b"Password\nPassword\n", stdout=subprocess.DEVNULL, env=environment,
                   stderr=subprocess.DEVNULL, timeout=60)
    daemon = Process([DAEMON, "-F", "--no-process-group", "-s", configuration,
                      "--log-basename", PLACE.name, *SERVERS], env=environment,
                     stderr=subprocess.DEVNULL, merge=False)
    wait_until(listens, "Samba's endpoint mapper")
    return daemon


def listens():
    with socket.socket() as s:
        return s.connect_ex((ADDRESS, 135)) == 0


SERVER = KEYTAB = None
try:
    if REALM:
        for user in ("root", "stranger"):
            REALM.add_user(user, "Password")
        KEYTAB = REALM.add_service(TARGET)
    SERVER = start()
    run([by_ntlm, by_spnego, refused, by_kerberos, over_a_socket, refused_by_kerberos, overheard])
except Skip as why:
    print(f"1..0 # SKIP {why}")
finally:
    for process in (SERVER, REALM):
        if process:
            process.close()
    PLACE.cleanup()
