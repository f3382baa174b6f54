#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The remote-file client once more, with impacket: BINDING FILE TEXT, as client.c prints it."""
import re
import sys

from impacket.dcerpc.v5 import transport
from impacket.dcerpc.v5.dtypes import LONG, STR
from impacket.dcerpc.v5.ndr import NDRCALL, NDRSTRUCT, NDRUniConformantVaryingArray
from impacket.uuid import uuidtup_to_bin

REMOTE_FILE_IF = uuidtup_to_bin(("3f9c4a52-8d6e-4f0b-9c1a-5b7d20e1c6f4", "1.0"))


class REMOTE_FILE(NDRSTRUCT):  # a context handle: 20 octets
    structure = (("Data", '20s=b""'),)

    def getAlignment(self):
        return 4


class BYTES(NDRUniConformantVaryingArray):
    item = "c"


class RemoteOpen(NDRCALL):
    opnum = 0
    structure = (("name", STR),)


class RemoteOpenResponse(NDRCALL):
    structure = (("file", REMOTE_FILE), ("ErrorCode", LONG))


class RemoteRead(NDRCALL):
    opnum = 1
    structure = (("file", REMOTE_FILE), ("size", LONG))


class RemoteReadResponse(NDRCALL):
    structure = (("got", LONG), ("data", BYTES), ("ErrorCode", LONG))


class RemoteClose(NDRCALL):
    opnum = 2
    structure = (("file", REMOTE_FILE),)


class RemoteCloseResponse(NDRCALL):
    structure = (("file", REMOTE_FILE), ("ErrorCode", LONG))


class Client:
    """One association with a remote-file server."""

    def __init__(self, binding):
        self.dce = transport.DCERPCTransportFactory(binding).get_dce_rpc()
        self.dce.connect()
        self.dce.bind(REMOTE_FILE_IF)

    def open(self, name):
        request = RemoteOpen()
        request["name"] = name + "\x00"
        answer = self.dce.request(request, checkError=False)
        return answer["ErrorCode"], answer["file"]

    def read(self, file, size=65536):
        request = RemoteRead()
        request["file"] = file
        request["size"] = size
        return b"".join(self.dce.request(request, checkError=False)["data"])

    def close(self, file):
        request = RemoteClose()
        request["file"] = file
        return self.dce.request(request, checkError=False)["file"]

    def disconnect(self):
        self.dce.disconnect()


def main():
    binding, name, text = sys.argv[1:]
    client = Client(re.sub(r",.*?\]", "]", binding))
    error, file = client.open(name)
    if error:
        sys.exit(f"{name}: error {error}")
    whole = bytearray()
    while chunk := client.read(file):
        whole += chunk
    lines = whole.decode().splitlines()
    print(f"{len(whole)} octets, {len(lines)} lines, {sum(text in line for line in lines)} found")
    client.close(file)
    client.disconnect()


if __name__ == "__main__":
    main()
