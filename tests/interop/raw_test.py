#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Samba's raw_protocol, as Debian's python3-samba installs it, against our server: once in a Kerberos
realm, once with NTLM alone.

usage: raw_test.py TOP BUILD

Every one of its tests must pass, or stand in LACKING with what it lacks; one that passes all the same
makes its reason wrong. Its port, 135, is written into it: our server takes it on a loopback address of
its own.
"""
import contextlib
import multiprocessing
import os
import re
import sys
import tempfile
import unittest

TOP, BUILD = sys.argv[1:3]
sys.path.insert(0, os.path.join(TOP, "tests"))

import realm  # noqa: E402
from tap import Process, Skip, equal, run  # noqa: E402

ADDRESS = "127.0.0.134"
TESTS = 194  # of samba 4.17
USER, PASSWORD = "tester", "only-for-this-test"
HASH = "86ef65bffe439ea87a3b3cc6492bfc62"  # of the password

SMB = (r"test_assoc_group_fail3|test_assoc_group_ok2|test_lsa_multi_auth_.*",
       "needs SMB: named pipes of a file server")
REALM = (r"test_krb5_.*", "needs a realm")
HEADERS = (r"test_spnego_multiple_auth_hdr_signing",
           "needs Kerberos: NTLM's signatures are of headers, too, always")


def reason_of(name, lacking):
    return next((why for pattern, why in lacking if re.fullmatch(pattern, name)), None)


def names_of_tests():
    from samba.tests.dcerpc import raw_protocol as samba_tests
    return unittest.defaultTestLoader.getTestCaseNames(samba_tests.TestDCERPC_BIND)


def judge(name):
    """Runs one test in a process of the pool: its name, and the last line of why it failed, or ''."""
    from samba.tests.dcerpc import raw_protocol as samba_tests
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # its log of what it waited for
    result = unittest.TestResult()
    samba_tests.TestDCERPC_BIND(name).run(result)
    said = [text for _, text in result.failures + result.errors]
    return name, said[0].strip().splitlines()[-1] if said else ""


def verdicts(server_arguments, environment):
    """What each test comes to: name -> '', or why it failed. Samba is loaded in the pool alone, so that
    what it has read of one environment is not the next one's."""
    with Process([os.path.join(BUILD, "tests", "interop", "raw-server"), ADDRESS,
                  *server_arguments], env={**os.environ, **environment}) as server:
        equal(server.line(), "ready", "the server")
        with multiprocessing.Pool(4, os.environ.update, [environment]) as pool:
            names = pool.apply(names_of_tests)  # four of them send 4 MiB, slowly
            return dict(pool.imap_unordered(judge, names))


def check(results, lacking):
    equal(len(results), TESTS, "tests in the package")
    wrong, passed, left = [], 0, {}
    for name, said in sorted(results.items()):
        reason = reason_of(name, lacking)
        if said == "":
            passed += 1
            if reason is not None:
                wrong.append(f"{name} passes, though it is said that it {reason}")
        elif reason is None:
            wrong.append(f"{name}: {said}")
        else:
            left[reason] = left.get(reason, 0) + 1
    print(f"# {passed} of {len(results)} pass")
    for reason, count in sorted(left.items()):
        print(f"# {count} {reason}")
    equal(wrong, [], "surprises")


@contextlib.contextmanager
def place():
    """A folder with the file of accounts."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "accounts")
        with open(path, "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, 0o600)) as out:
            out.write(f"{USER}:{HASH}\n")
        yield folder, path


ENVIRONMENT = {"SERVER": ADDRESS, "DOMAIN": "HOLDFAST", "REALM": realm.NAME, "USERNAME": USER,
               "PASSWORD": PASSWORD}


def in_a_realm():
    """raw_protocol with Kerberos: every test passes but those that lack SMB"""
    if not realm.available():
        raise Skip("krb5-kdc is not installed")
    with place() as (folder, accounts):
        kerberos = realm.Realm(folder)
        try:
            kerberos.add_user(USER, PASSWORD)
            keytab = kerberos.add_service("host/" + realm.HOST)
            kerberos.write("smb.conf", f"[global]\nprivate dir = {folder}\nworkgroup = HOLDFAST\n"
                                       f"realm = {realm.NAME}\n")
            found = {k: v for k, v in kerberos.env.items() if k.startswith("KRB5")}
            check(verdicts([accounts, keytab],
                           {**ENVIRONMENT, **found, "TARGET_HOSTNAME": realm.HOST,
                            "SMB_CONF_PATH": kerberos.path("smb.conf")}), [SMB])
        finally:
            kerberos.close()


def by_ntlm():
    """raw_protocol with NTLM alone: every test passes but those that lack SMB or Kerberos"""
    with place() as (_, accounts):
        check(verdicts([accounts], {**ENVIRONMENT, "TARGET_HOSTNAME": ADDRESS,
                                    "SMB_CONF_PATH": "/dev/null"}), [SMB, REALM, HEADERS])


run([in_a_realm, by_ntlm])
