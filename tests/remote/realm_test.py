#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A server of databases in a Kerberos realm of the test's own.

usage: realm_test.py HOLDFAST TOP
"""
import os
import subprocess
import sys
import tempfile

os.environ["HOLDFAST"] = HOLDFAST = sys.argv[1]

from serving import Server  # noqa: E402
import tap  # noqa: E402  pylint: disable=wrong-import-order
from tap import equal  # noqa: E402

sys.path.insert(0, os.path.join(sys.argv[2], "tests", "interop"))
import realm  # noqa: E402  pylint: disable=wrong-import-position

TARGET = "holdfast/" + realm.HOST
if not realm.available():
    print("1..0 # SKIP krb5-kdc is not installed")
    sys.exit(0)
PLACE = tempfile.TemporaryDirectory(prefix="hf-realm-")
REALM = realm.Realm(PLACE.name)


def dump(server, **env):
    return subprocess.run([HOLDFAST, "dump", server.tcp, "a.edb", "t"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=tap.PATIENCE,
                          env=dict(REALM.env, **env))


def served(server):
    csv = os.path.join(PLACE.name, "rows.csv")
    with open(csv, "w", encoding="utf-8") as f:
        f.write("id\n1\n")
    subprocess.run([HOLDFAST, "load", server.address, "a.edb", "t", csv, "--schema", "id long"],
                   check=True, stdout=subprocess.DEVNULL, timeout=tap.PATIENCE)


def by_tickets_and_passwords():
    """programs are known by their tickets or by user and password, the server by its principal"""
    keytab = REALM.add_service(TARGET)
    REALM.add_user("ada", "Password")
    REALM.add_user("eve", "Password")
    REALM.write("password", "Password\n")
    user = {"HOLDFAST_USER": "ada", "HOLDFAST_SERVER_PRINCIPAL": TARGET,
            "HOLDFAST_PASSWORD_FILE": REALM.path("password")}
    config = (f"keytab = {keytab}\nprincipal = {TARGET}\nallow = ada@{realm.NAME} read a.edb\n"
              f"allow = uid:{os.geteuid()} manage *\n")
    with Server(config=config, listen=("127.0.0.1:0 privacy",), env=REALM.env) as server:
        served(server)
        rows = (0, '{"id": 1}\n')
        for way in ("kerberos", "negotiate"):
            done = dump(server, **user, HOLDFAST_AUTH=way)
            equal((done.returncode, done.stdout), rows, way)
        done = dump(server, HOLDFAST_SERVER_PRINCIPAL=TARGET)
        equal((done.returncode, "-1907" in done.stdout), (1, True), f"no ticket: {done.stdout}")
        REALM.command("kinit", "ada", input=b"Password\n")
        done = dump(server, HOLDFAST_SERVER_PRINCIPAL=TARGET)
        equal((done.returncode, done.stdout), rows, "a ticket")
        for env in (dict(user, HOLDFAST_USER="eve"),
                    dict(user, HOLDFAST_SERVER_PRINCIPAL="holdfast/other." + realm.HOST)):
            done = dump(server, **env)
            equal((done.returncode, "-1907" in done.stdout), (1, True), f"{env}: {done.stdout}")
        for word in (f'principal="ada@{realm.NAME}"', f'principal="eve@{realm.NAME}"'):
            equal(word in server.log(), True, f"{word} in the log")
        equal(server.stop()["faults"], 0, "faults")


try:
    tap.run([by_tickets_and_passwords])
finally:
    REALM.close()
    PLACE.cleanup()
