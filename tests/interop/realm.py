# SPDX-License-Identifier: Apache-2.0
"""A Kerberos realm of a test's own: a KDC on a free loopback port, all its files in the test's folder."""
import os
import shutil
import socket
import subprocess

from tap import Process, wait_until

NAME = "HOLDFAST.TEST"
# In the domain that is the realm's name: a client that guesses a host's realm from its name, as Samba's does,
# asks the KDC for that host at once. Otherwise it first asks for a ticket of the realm it has guessed, and what
# its library makes of the refusal is now and then "Preauthentication failed", which ends it there.
HOST = "server.holdfast.test"
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"


def available():
    return shutil.which("krb5kdc", path=PATH) is not None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Realm:
    """The running KDC, and the environment in which programs find it."""

    def __init__(self, folder, pac=True):
        """Without `pac` its tickets say nothing of groups and rights, as those of a realm that is not
        Windows'."""
        self.folder = folder
        self.env = dict(os.environ, PATH=PATH, KRB5_CONFIG=self.path("krb5.conf"),
                        KRB5_KDC_PROFILE=self.path("kdc.conf"),
                        KRB5CCNAME="FILE:" + self.path("tickets"))
        port = free_port()
        self.write("krb5.conf", f"""[libdefaults]
 default_realm = {NAME}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
[realms]
 {NAME} = {{
  kdc = 127.0.0.1:{port}
 }}
[domain_realm]
 {HOST} = {NAME}
""")
        self.write("kdc.conf", f"""[realms]
 {NAME} = {{
  database_name = {self.path("principal")}
  key_stash_file = {self.path("stash")}
  acl_file = {self.path("acl")}
  kdc_listen = 127.0.0.1:{port}
  kdc_tcp_listen = 127.0.0.1:{port}
  disable_pac = {str(not pac).lower()}
 }}
[logging]
 kdc = FILE:{self.path("kdc.log")}
""")
        self.command("kdb5_util", "create", "-s", "-r", NAME, "-P", "only-for-this-test")
        self.kdc = Process(["krb5kdc", "-n", "-r", NAME], env=self.env)
        try:
            wait_until(lambda: answers(port), "the KDC")
        except AssertionError:
            self.close()
            raise

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        """A file that nobody else may read."""
        with open(self.path(name), "w", encoding="utf-8",
                  opener=lambda p, f: os.open(p, f, 0o600)) as out:
            out.write(text)

    def command(self, *words, **options):
        subprocess.run(words, check=True, env=self.env, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=60, **options)

    def admin(self, query):
        self.command("kadmin.local", "-r", NAME, "-q", query)

    def add_user(self, name, password):
        self.admin(f"addprinc -pw {password} {name}")

    def add_service(self, name):
        """Its key table's path."""
        self.admin(f"addprinc -randkey {name}")
        self.admin(f"ktadd -k {self.path('keytab')} {name}")
        return self.path("keytab")

    def close(self):
        self.kdc.close()
