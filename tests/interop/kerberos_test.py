#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Kerberos with a realm of its own: our client and Samba's against our server, each checked by the
data that goes through.

usage: kerberos_test.py TOP BUILD

The KDC listens on a free loopback port, and all its files lie in a folder that goes with the test.
"""
import os
import shutil
import socket
import subprocess
import sys
import tempfile

TOP, BUILD = sys.argv[1:3]
sys.path.insert(0, os.path.join(TOP, "tests"))

from tap import Process, Skip, equal, run, wait_until  # noqa: E402

REALM = "HOLDFAST.TEST"
TARGET = "host/holdfast.test"
PLACE = tempfile.TemporaryDirectory()
CLIENT = os.path.join(BUILD, "tests", "interop", "whoami-client")


def path(name):
    return os.path.join(PLACE.name, name)


def write(name, text):
    with open(path(name), "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, 0o600)) as out:
        out.write(text)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def command(*words, **options):
    subprocess.run(words, check=True, env=ENV, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=60, **options)


ENV = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin", KRB5_CONFIG=path("krb5.conf"),
           KRB5_KDC_PROFILE=path("kdc.conf"), KRB5CCNAME="FILE:" + path("tickets"))


def start_realm():
    """The KDC's process."""
    port = free_port()
    write("krb5.conf", f"""[libdefaults]
 default_realm = {REALM}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
[realms]
 {REALM} = {{
  kdc = 127.0.0.1:{port}
 }}
[domain_realm]
 holdfast.test = {REALM}
""")
    write("kdc.conf", f"""[realms]
 {REALM} = {{
  database_name = {path("principal")}
  key_stash_file = {path("stash")}
  acl_file = {path("acl")}
  kdc_listen = 127.0.0.1:{port}
  kdc_tcp_listen = 127.0.0.1:{port}
 }}
[logging]
 kdc = FILE:{path("kdc.log")}
""")
    command("kdb5_util", "create", "-s", "-r", REALM, "-P", "only-for-this-test")
    command("kadmin.local", "-r", REALM, "-q", "addprinc -pw Password ada")
    command("kadmin.local", "-r", REALM, "-q", f"addprinc -randkey {TARGET}")
    command("kadmin.local", "-r", REALM, "-q", f"ktadd -k {path('keytab')} {TARGET}")
    kdc = Process(["krb5kdc", "-n", "-r", REALM], env=ENV)
    wait_until(lambda: answers(port), "the KDC")
    return kdc


def ours(*arguments):
    done = subprocess.run([CLIENT, BINDING, *map(str, arguments)], stdout=subprocess.PIPE,
                          text=True, timeout=60, check=False, env=ENV)
    return done.stdout.strip()


def by_password():
    """our client by user and password, Kerberos alone and in SPNEGO, at every level"""
    for service in (16, 9):
        for level in (2, 4, 5, 6):
            equal(ours(service, level, "ada", "Password", TARGET, "mutual"),
                  f"ada@{REALM} {level} {service}", "caller")


def by_tickets():
    """our client by the tickets of this process"""
    equal(ours(16, 6, "-", "-", TARGET), "status 5", "without a ticket")
    command("kinit", "ada", input=b"Password\n")
    for service in (16, 9):
        equal(ours(service, 6, "-", "-", TARGET), f"ada@{REALM} 6 {service}", "caller")


def refused():
    """a wrong password, an unknown server, no server named"""
    equal(ours(16, 6, "ada", "wrong", TARGET), "status 1749", "wrong password")
    equal(ours(16, 6, "ada", "Password", "host/other.test"), "status 5", "unknown server")
    equal(ours(16, 6, "ada", "Password"), "status 1332", "no server named")


SAMBA = """
import sys
from samba import credentials, param
from samba.dcerpc import mgmt
binding, options = sys.argv[1:3]
lp = param.LoadParm()
lp.set("private dir", sys.argv[3])
lp.set("realm", "HOLDFAST.TEST")
creds = credentials.Credentials()
creds.guess(lp)
creds.set_username("ada")
creds.set_password("Password")
creds.set_realm("HOLDFAST.TEST")
creds.set_domain("HOLDFAST")
creds.set_kerberos_state(credentials.MUST_USE_KERBEROS)
ids = mgmt.mgmt(binding[:-1] + "," + options + ",target_hostname=holdfast.test]", lp,
                creds).inq_if_ids()
print([str(ids.if_id[i].id.uuid) for i in range(ids.count)])
"""


def samba():
    """Samba's library with Kerberos alone and in SPNEGO, at connect, packet, sign and seal"""
    for mechanism in ("krb5", "spnego"):
        for level in ("connect", "packet", "sign", "seal"):
            done = subprocess.run(["/usr/bin/python3", "-c", SAMBA, BINDING, f"{mechanism},{level}",
                                   PLACE.name], env=ENV, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
            if "No module named 'samba'" in done.stdout:
                raise Skip("python3-samba is not installed")
            equal("5b1f9e0a-6d0e-4a52-9d2b-1c8a7e4f0b31" in done.stdout, True,
                  f"{mechanism}, {level}: {done.stdout}")


if shutil.which("krb5kdc", path=ENV["PATH"]) is None:
    print("1..0 # SKIP krb5-kdc is not installed")
    sys.exit(0)
write("accounts", "")
KDC = start_realm()
SERVER = Process([os.path.join(BUILD, "tests", "interop", "whoami-server"), "127.0.0.1:0",
                  path("accounts"), path("keytab")], merge=False, stderr=subprocess.DEVNULL,
                 env=ENV)
try:
    BINDING = SERVER.line()
    run([by_password, by_tickets, refused, samba])
finally:
    SERVER.close()
    KDC.close()
    PLACE.cleanup()
