#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Samba's client and smbtorture's rpc.echo against stubs of ours, in every transfer syntax.

What Samba's compiler makes of an interface is compared with what ours makes of it: NDR 2.0 in both byte
orders, and NDR64.

usage: echo_test.py TOP BUILD
"""
import os
import subprocess
import sys

TOP, BUILD = sys.argv[1:3]
sys.path.insert(0, os.path.join(TOP, "tests"))

from tap import Process, equal, run  # noqa: E402

CASES = ["addone", "echodata", "sinkdata", "sourcedata", "testcall", "testcall2", "enum",
         "doublepointer"]
NDR20 = "8a885d04-1ceb-11c9-9fe8-08002b104860"
NDR64 = "71710533-beba-4937-8319-b5dbef9ccc36"
SERVER = Process([os.path.join(BUILD, "tests", "interop", "echo-server")])
BINDING = SERVER.line()


def with_option(option):
    return BINDING.replace("]", f",{option}]") if option else BINDING


def torture(option):
    for case in CASES:
        done = subprocess.run(["smbtorture", with_option(option), "-U%", f"rpc.echo.echo.{case}"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=120, check=False)
        equal(f"success: echo.{case}" in done.stdout, True, f"{case}: {done.stdout[-400:]}")


def library(option, syntax):
    from samba.dcerpc import echo
    connection = echo.rpcecho(with_option(option))
    equal(connection.transfer_syntax[0], syntax, "what is spoken")
    equal(connection.AddOne(41), 42, "one more")
    equal(connection.TestCall("h\u00f6lz\u20ac"), "h\u00f6lz\u20ac", "a string")
    data = echo.Surrounding()
    data.x = 3
    data.surrounding = [1, 2, 3]
    equal(connection.TestSurrounding(data).surrounding, [0] * 3, "an open array")
    equal(connection.EchoData(list(range(200)) * 100), list(range(200)) * 100, "20000 octets")
    first, both, choice = connection.TestEnum(1, echo.Enum2(), 1)
    equal((first, both.e1, both.e2, choice), (1, 2, 2, 2), "enums")


def ndr20():
    """NDR 2.0"""
    torture("")
    library("", NDR20)


def big_endian():
    """NDR 2.0, big-endian"""
    torture("bigendian")
    library("bigendian", NDR20)


def ndr64():
    """NDR64"""
    torture("ndr64")
    library("ndr64", NDR64)


try:
    run([ndr20, big_endian, ndr64])
finally:
    SERVER.close()
