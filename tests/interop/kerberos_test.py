#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Kerberos with a realm of its own: our client and Samba's against our server, each checked by the
data that goes through, and by what Wireshark decrypts of it with the server's key.

usage: kerberos_test.py TOP BUILD
"""
import os
import subprocess
import sys
import tempfile
import uuid

TOP, BUILD = sys.argv[1:3]
sys.path[:0] = [os.path.join(TOP, "tests"), os.path.join(TOP, "examples", "remote-file")]

import capture  # noqa: E402
import client_raw  # noqa: E402
import realm  # noqa: E402
from tap import Process, Skip, equal, run  # noqa: E402

TARGET = "host/" + realm.HOST
PLACE = tempfile.TemporaryDirectory()
CLIENT = os.path.join(BUILD, "tests", "interop", "whoami-client")
WHOAMI = uuid.UUID("5b1f9e0a-6d0e-4a52-9d2b-1c8a7e4f0b31")


def ours(*arguments, binding=None):
    done = subprocess.run([CLIENT, binding or BINDING, *map(str, arguments)], stdout=subprocess.PIPE,
                          text=True, timeout=60, check=False, env=REALM.env)
    return done.stdout.strip()


def by_password():
    """our client by user and password, Kerberos alone and in SPNEGO, at every level"""
    for service in (16, 9):
        for level in (2, 4, 5, 6):
            equal(ours(service, level, "ada", "Password", TARGET, "mutual"),
                  f"ada@{realm.NAME} {level} {service}", "caller")


def by_tickets():
    """our client by the tickets of this process"""
    equal(ours(16, 6, "-", "-", TARGET), "status 5", "without a ticket")
    REALM.command("kinit", "ada", input=b"Password\n")
    for service in (16, 9):
        equal(ours(service, 6, "-", "-", TARGET), f"ada@{realm.NAME} 6 {service}", "caller")


def refused():
    """a wrong password, an unknown server, no server named"""
    equal(ours(16, 6, "ada", "wrong", TARGET), "status 1749", "wrong password")
    equal(ours(16, 6, "ada", "Password", "host/other.test"), "status 5", "unknown server")
    equal(ours(16, 6, "ada", "Password"), "status 1332", "no server named")


SAMBA = """
import sys
from samba import credentials, param
from samba.dcerpc import mgmt
binding, options, folder, host = sys.argv[1:]
lp = param.LoadParm()
lp.set("private dir", folder)
lp.set("realm", "HOLDFAST.TEST")
creds = credentials.Credentials()
creds.guess(lp)
creds.set_username("ada")
creds.set_password("Password")
creds.set_realm("HOLDFAST.TEST")
creds.set_domain("HOLDFAST")
creds.set_kerberos_state(credentials.MUST_USE_KERBEROS)
ids = mgmt.mgmt(binding[:-1] + "," + options + ",target_hostname=" + host + "]", lp,
                creds).inq_if_ids()
print([str(ids.if_id[i].id.uuid) for i in range(ids.count)])
"""


def samba_asks(options, binding):
    done = subprocess.run(["/usr/bin/python3", "-c", SAMBA, binding, options, PLACE.name, realm.HOST],
                          env=REALM.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=60, check=False)
    if "No module named 'samba'" in done.stdout:
        raise Skip("python3-samba is not installed")
    equal(str(WHOAMI) in done.stdout, True, f"{options}: {done.stdout}")


def samba():
    """Samba's library with Kerberos alone and in SPNEGO, at connect, packet, sign and seal"""
    for mechanism in ("krb5", "spnego"):
        for level in ("connect", "packet", "sign", "seal"):
            samba_asks(f"{mechanism},{level}", BINDING)


def overheard(name, level, talk, asked, answered):
    """tshark opens a conversation with the server's key, and only with it."""
    if not capture.available():
        raise Skip("tshark is not installed")
    path = REALM.path(f"{name}-{level}.pcap")
    with capture.Relay(client_raw.address(BINDING), path) as relay:
        talk(f"ncacn_ip_tcp:127.0.0.1[{relay.port}]")
    capture.check_protected(path, level, capture.key_table(KEYTAB), asked, answered)


def tshark_ours():
    """tshark verifies and decrypts what our client and server say to each other"""
    data = bytes((i * 31 + i // 255) & 255 for i in range(100003))
    for service in (16, 9):
        for level in (5, 6):
            overheard(f"ours-{service}", level,
                      lambda binding, service=service, level=level:
                      equal(ours(service, level, "ada", "Password", TARGET, binding=binding),
                            f"ada@{realm.NAME} {level} {service}", "caller"),
                      data, bytes(b ^ 0x5A for b in data))


def tshark_samba():
    """tshark verifies and decrypts what Samba's library and our server say to each other"""
    for options in ("krb5,seal", "spnego,seal", "spnego,seal,bigendian"):
        overheard("samba-" + options, 6, lambda binding, options=options: samba_asks(options, binding),
                  b"", WHOAMI.bytes_le)


if not realm.available():
    print("1..0 # SKIP krb5-kdc is not installed")
    sys.exit(0)
REALM = realm.Realm(PLACE.name)
try:
    REALM.add_user("ada", "Password")
    REALM.write("accounts", "")
    KEYTAB = REALM.add_service(TARGET)
    with Process([os.path.join(BUILD, "tests", "interop", "whoami-server"), "127.0.0.1:0",
                  REALM.path("accounts"), KEYTAB], merge=False,
                 stderr=subprocess.DEVNULL, env=REALM.env) as SERVER:
        BINDING = SERVER.line()
        run([by_password, by_tickets, refused, samba, tshark_ours, tshark_samba])
finally:
    REALM.close()
    PLACE.cleanup()
