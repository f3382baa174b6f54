#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The server half alone, tried by a client of another make: impacket, which knows nothing of ours but
conformance.idl and asks the witness what the routines saw. Speaks TAP.

usage: foreign_test.py TOP HOLDFAST
"""
import os
import signal
import struct
import sys

TOP, HOLDFAST = sys.argv[1:3]
sys.path.insert(0, os.path.join(TOP, "tests"))

from impacket.dcerpc.v5 import transport  # noqa: E402
from impacket.dcerpc.v5.rpcrt import DCERPCException  # noqa: E402
from impacket.uuid import uuidtup_to_bin  # noqa: E402

from tap import Process, equal, run, wait_until  # noqa: E402

CONFORMANCE = uuidtup_to_bin(("5b6f3c1e-0c0d-4d0c-9a55-6d2f1a7e4001", "1.0"))
WITNESS = uuidtup_to_bin(("5b6f3c1e-0c0d-4d0c-9a55-6d2f1a7e4007", "1.0"))
OPEN, USE, CHANGE, OPEN_BEFORE, OPEN_AFTER = 1, 2, 4, 8, 9  # routines, in the order of the IDL
BEGIN, OF = 0, 2
SET, NULL, RAISE, BAD = 1, 2, 16, 64

server = Process([HOLDFAST, "conformance", "serve", "--tcp", "127.0.0.1:0"])
address = server.line()


class Client:
    def __init__(self, interface):
        self.dce = transport.DCERPCTransportFactory(address).get_dce_rpc()
        self.dce.connect()
        self.dce.bind(interface)

    def call(self, routine, *longs, handle=b""):
        """The reply's stub data, or the fault's text."""
        self.dce.call(routine, handle + struct.pack(f"<{len(longs)}i", *longs))
        try:
            return self.dce.recv()
        except DCERPCException as fault:
            return str(fault)


witness = Client(WITNESS)


def seen(value):
    """What the routines saw of the contexts of that name: opened, closed, run down."""
    return struct.unpack("<3i", witness.call(OF, value)[:12])


def begin():
    """The witness begins anew"""
    witness.call(BEGIN)
    equal(seen(7), (0, 0, 0))


def life():
    """A handle is opened, used and closed"""
    client = Client(CONFORMANCE)
    handle = client.call(OPEN, SET, 1)[:20]
    equal(struct.unpack("<i", client.call(USE, 0, handle=handle)[:4])[0], 1)
    equal(client.call(CHANGE, NULL, 0, handle=handle)[:20], bytes(20))
    equal(seen(1), (1, 1, 0))
    equal("context" in str(client.call(USE, 0, handle=handle)).lower(), True)
    client.dce.disconnect()


def failures():
    """F1, F4, F8: raised, failed behind the handle, failed in front of it"""
    client = Client(CONFORMANCE)
    for value, routine, act, wanted in ((2, OPEN, SET | RAISE, (1, 0, 0)),
                                        (3, OPEN_AFTER, SET | BAD, (1, 0, 1)),
                                        (4, OPEN_BEFORE, SET | BAD, (1, 0, 1))):
        equal(isinstance(client.call(routine, act, value), str), True, "a fault")
        equal(seen(value), wanted, f"contexts of routine {routine}")
    client.dce.disconnect()


def stolen():
    """X9: a handle is worth nothing in another association"""
    client, thief = Client(CONFORMANCE), Client(CONFORMANCE)
    handle = client.call(OPEN, SET, 5)[:20]
    equal(isinstance(thief.call(USE, 0, handle=handle), str), True, "a fault")
    equal(struct.unpack("<i", client.call(USE, 0, handle=handle)[:4])[0], 5)
    thief.dce.disconnect()
    client.dce.disconnect()


def rundown():
    """W7: the connection's end runs the handle down"""
    wait_until(lambda: seen(5) == (1, 0, 1), "the run-down")


def ends():
    """The server half ends when it is told to"""
    equal(server.kill(signal.SIGTERM), 0)


try:
    run([begin, life, failures, stolen, rundown, ends])
finally:
    server.close()
