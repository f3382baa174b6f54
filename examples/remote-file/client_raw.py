#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The remote-file client without any RPC library: every octet of its PDUs is made by hand here.

BINDING FILE TEXT, and prints what client.c prints.
"""
import re
import socket
import struct
import sys
import uuid

REMOTE_FILE_IF = uuid.UUID("3f9c4a52-8d6e-4f0b-9c1a-5b7d20e1c6f4").bytes_le + struct.pack("<HH", 1, 0)
NDR20 = uuid.UUID("8a885d04-1ceb-11c9-9fe8-08002b104860").bytes_le + struct.pack("<HH", 2, 0)
REQUEST, RESPONSE, FAULT, BIND, BIND_ACK, BIND_NAK = 0, 2, 3, 11, 12, 13
FIRST, LAST = 1, 2


class Fault(Exception):
    """The server answered with a fault; args[0] is its status."""


class Client:
    """One connection; `group` joins the association of another."""

    def __init__(self, host, port, group=0):
        self.link = socket.create_connection((host, port))
        self.call_id = 0
        body = struct.pack("<HHIB3x", 5840, 5840, group, 1)
        body += struct.pack("<HBx", 0, 1) + REMOTE_FILE_IF + NDR20
        self.send(BIND, body)
        ptype, _, body = self.receive()
        if ptype != BIND_ACK:
            raise ConnectionRefusedError(f"PDU type {ptype} instead of bind_ack")
        self.group = struct.unpack_from("<I", body, 4)[0]
        at = (8 + 2 + struct.unpack_from("<H", body, 8)[0] + 3) & ~3
        result, reason = struct.unpack_from("<HH", body, at + 4)
        if result:
            raise ConnectionRefusedError(f"interface rejected: {result}, reason {reason}")

    def send(self, ptype, body):
        self.call_id += 1
        header = struct.pack("<BBBB4sHHI", 5, 0, ptype, FIRST | LAST, b"\x10\0\0\0",
                             16 + len(body), 0, self.call_id)
        self.link.sendall(header + body)

    def read_exactly(self, n):
        data = b""
        while len(data) < n:
            piece = self.link.recv(n - len(data))
            if not piece:
                raise ConnectionResetError("the server closed the connection")
            data += piece
        return data

    def receive(self):
        header = self.read_exactly(16)
        ptype, flags, size = header[2], header[3], struct.unpack_from("<H", header, 8)[0]
        return ptype, flags, self.read_exactly(size - 16)

    def call(self, opnum, stub):
        self.send(REQUEST, struct.pack("<IHH", len(stub), 0, opnum) + stub)
        answer = b""
        while True:
            ptype, flags, body = self.receive()
            if ptype == FAULT:
                raise Fault(struct.unpack_from("<I", body, 8)[0])
            answer += body[8:]
            if flags & LAST:
                return answer

    def open(self, name):
        text = name.encode() + b"\0"
        answer = self.call(0, struct.pack("<III", len(text), 0, len(text)) + text)
        return struct.unpack_from("<i", answer, 20)[0], answer[:20]

    def read(self, file, size=65536):
        answer = self.call(1, file + struct.pack("<i", size))
        _, _, _, actual = struct.unpack_from("<iIII", answer)
        return answer[16:16 + actual]

    def close(self, file):
        return self.call(2, file)[:20]

    def disconnect(self):
        self.link.close()


def address(binding):
    host, port = re.fullmatch(r"ncacn_ip_tcp:([^[]*)\[(\d+)\]", binding).groups()
    return host, int(port)


def main():
    binding, name, text = sys.argv[1:]
    client = Client(*address(binding))
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
