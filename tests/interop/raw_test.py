#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Samba's raw_protocol, as Debian's python3-samba installs it, against our server.

usage: raw_test.py TOP BUILD

Every one of its tests must pass, or stand in REASONS with what it lacks; one that passes all the same
makes its reason wrong. Its port, 135, is written into it: our server takes it on a loopback address of
its own.
"""
import multiprocessing
import os
import re
import sys
import tempfile
import unittest

TOP, BUILD = sys.argv[1:3]
sys.path.insert(0, os.path.join(TOP, "tests"))

from tap import Process, equal, run  # noqa: E402

ADDRESS = "127.0.0.134"
TESTS = 194  # of samba 4.17
HASH = "86ef65bffe439ea87a3b3cc6492bfc62"  # of the password

SMB = "needs SMB: named pipes of a file server"
KERBEROS = "needs Kerberos: a realm"
EARLIER = "is refused at the bind already: a session weaker than its level"
HEADERS = "wants a signature without header to fail, and ours of NTLM never is without"
NDR64 = "needs NDR64 in the management interface"
REASONS = [
    (r"test_assoc_group_fail3|test_assoc_group_ok2", SMB),
    (r"test_lsa_multi_auth_.*", SMB),
    (r"test_krb5_.*", KERBEROS),
    (r"test_spnego_(integrity|packet|privacy)_bind_none|test_spnego_privacy_bind_sign|"
     r"test_spnego_packet_downgrade_connect", EARLIER),
    (r"test_spnego_multiple_auth_hdr_signing", HEADERS),
    (r"test_spnego_change_(auth_type2|transfer)", NDR64),
]


def reason_of(name):
    return next((why for pattern, why in REASONS if re.fullmatch(pattern, name)), None)


def judge(name):
    """Runs one test in a process of the pool: its name, and the last line of why it failed, or ''."""
    from samba.tests.dcerpc import raw_protocol as samba_tests
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # its log of what it waited for
    result = unittest.TestResult()
    samba_tests.TestDCERPC_BIND(name).run(result)
    said = [text for _, text in result.failures + result.errors]
    return name, said[0].strip().splitlines()[-1] if said else ""


def raw_protocol():
    """every test of raw_protocol passes, or lacks what its reason says"""
    os.environ.update(SERVER=ADDRESS, TARGET_HOSTNAME=ADDRESS, SMB_CONF_PATH="/dev/null",
                      DOMAIN="HOLDFAST", REALM="HOLDFAST.TEST", USERNAME="tester",
                      PASSWORD="only-for-this-test")
    with tempfile.NamedTemporaryFile("w") as accounts, \
            Process([os.path.join(BUILD, "tests", "interop", "raw-server"), ADDRESS,
                     accounts.name]) as server:
        accounts.write(f"tester:{HASH}\n")
        accounts.flush()
        equal(server.line(), "ready", "the server")
        from samba.tests.dcerpc import raw_protocol as samba_tests
        names = unittest.defaultTestLoader.getTestCaseNames(samba_tests.TestDCERPC_BIND)
        with multiprocessing.Pool(4) as pool:  # four of them send 4 MiB, slowly
            verdicts = dict(pool.imap_unordered(judge, names))
    equal(len(verdicts), TESTS, "tests in the package")
    wrong, passed, lacking = [], 0, {}
    for name, said in sorted(verdicts.items()):
        reason = reason_of(name)
        if said == "":
            passed += 1
            if reason is not None:
                wrong.append(f"{name} passes, though it is said that it {reason}")
        elif reason is None:
            wrong.append(f"{name}: {said}")
        else:
            lacking[reason] = lacking.get(reason, 0) + 1
    print(f"# {passed} of {len(verdicts)} pass")
    for reason, count in sorted(lacking.items()):
        print(f"# {count} {reason}")
    equal(wrong, [], "surprises")


run([raw_protocol])
