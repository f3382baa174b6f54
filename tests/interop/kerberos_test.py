#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Kerberos with a realm of its own: our client and Samba's against our server, each checked by the
data that goes through.

usage: kerberos_test.py TOP BUILD
"""
import os
import subprocess
import sys
import tempfile

TOP, BUILD = sys.argv[1:3]
sys.path.insert(0, os.path.join(TOP, "tests"))

import realm  # noqa: E402
from tap import Process, Skip, equal, run  # noqa: E402

TARGET = "host/" + realm.HOST
PLACE = tempfile.TemporaryDirectory()
CLIENT = os.path.join(BUILD, "tests", "interop", "whoami-client")


def ours(*arguments):
    done = subprocess.run([CLIENT, BINDING, *map(str, arguments)], stdout=subprocess.PIPE,
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


def samba():
    """Samba's library with Kerberos alone and in SPNEGO, at connect, packet, sign and seal"""
    for mechanism in ("krb5", "spnego"):
        for level in ("connect", "packet", "sign", "seal"):
            done = subprocess.run(["/usr/bin/python3", "-c", SAMBA, BINDING, f"{mechanism},{level}",
                                   PLACE.name, realm.HOST], env=REALM.env, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
            if "No module named 'samba'" in done.stdout:
                raise Skip("python3-samba is not installed")
            equal("5b1f9e0a-6d0e-4a52-9d2b-1c8a7e4f0b31" in done.stdout, True,
                  f"{mechanism}, {level}: {done.stdout}")


if not realm.available():
    print("1..0 # SKIP krb5-kdc is not installed")
    sys.exit(0)
REALM = realm.Realm(PLACE.name)
try:
    REALM.add_user("ada", "Password")
    REALM.write("accounts", "")
    with Process([os.path.join(BUILD, "tests", "interop", "whoami-server"), "127.0.0.1:0",
                  REALM.path("accounts"), REALM.add_service(TARGET)], merge=False,
                 stderr=subprocess.DEVNULL, env=REALM.env) as SERVER:
        BINDING = SERVER.line()
        run([by_password, by_tickets, refused, samba])
finally:
    REALM.close()
    PLACE.cleanup()
