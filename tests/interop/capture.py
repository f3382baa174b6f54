# SPDX-License-Identifier: Apache-2.0
"""What goes over a link, recorded by a relay and read by Wireshark's dissector.

The relay writes the packet file itself, so no capture right is needed.
"""
import collections
import os
import re
import shutil
import socket
import struct
import subprocess
import threading

from tap import equal

PORT = 49152  # in the packet file; nothing is bound to it
REQUEST, RESPONSE = "0", "2"
PRIVACY = 6
ERROR = str(0x800000)  # of an expert's remark


def available():
    return shutil.which("tshark") is not None


def split_pdus(data):
    """The whole PDUs at the start of some octets, and what follows them."""
    whole = []
    while len(data) >= 16:
        size = struct.unpack_from("<H" if data[4] & 0x10 else ">H", data, 8)[0]
        if not 16 <= size <= len(data):
            break
        whole.append(data[:size])
        data = data[size:]
    return whole, data


class Relay:
    """Forwards connections to a server and records them as packets of a raw-IP packet file: a packet a PDU,
    for of several that are sealed by NTLM tshark decrypts the first of a packet only."""

    def __init__(self, server, path):
        self.server = server
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.file = open(path, "wb")
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))
        self.lock = threading.Lock()
        self.packets = 0
        self.links = []
        threading.Thread(target=self.accept, daemon=True).start()

    def record(self, client_port, to_server, sequence, data):
        ports = (client_port, PORT) if to_server else (PORT, client_port)
        mine = "c" if to_server else "s"
        other = "s" if to_server else "c"
        for at in range(0, len(data), 32000):
            piece = data[at:at + 32000]
            with self.lock:
                tcp = struct.pack(">HHIIBBHHH", *ports, 1 + sequence[mine], 1 + sequence[other],
                                  0x50, 0x18, 65535, 0, 0)
                sequence[mine] += len(piece)
                ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(piece), 0, 0, 64, 6, 0,
                                 socket.inet_aton("127.0.0.1"), socket.inet_aton("127.0.0.1"))
                packet = ip + tcp + piece
                self.packets += 1
                self.file.write(struct.pack("<IIII", self.packets, 0, len(packet), len(packet)))
                self.file.write(packet)

    def accept(self):
        while True:
            try:
                client, address = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.server)
            sequence = collections.Counter()
            for source, sink, to_server in ((client, server, True), (server, client, False)):
                link = threading.Thread(target=self.forward, daemon=True,
                                        args=(source, sink, to_server, address[1], sequence))
                link.start()
                self.links.append(link)

    def forward(self, source, sink, to_server, client_port, sequence):
        rest = b""
        try:
            while data := source.recv(65536):
                whole, rest = split_pdus(rest + data)
                for pdu in whole:
                    self.record(client_port, to_server, sequence, pdu)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        self.record(client_port, to_server, sequence, rest)

    def close(self):
        self.listener.close()
        for link in self.links:
            link.join(timeout=30)
        self.file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def dissect(path, *arguments):
    """The lines that tshark prints of a packet file."""
    done = subprocess.run(["tshark", "-r", path, "-o", "tcp.check_checksum:FALSE", "-d",
                           f"tcp.port=={PORT},dcerpc", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    equal(done.returncode, 0, "exit status of tshark: " + done.stderr)
    return done.stdout.split("\n")[:-1]


def complaints(path):
    return dissect(path, "-Y", "_ws.malformed || _ws.expert.severity == error")


# ---- Protected conversations ---------------------------------------------------------------------

class Key:
    """What opens a conversation: options of tshark, options that are wrong, and the field that it shows of
    the session's key once it has it."""

    def __init__(self, right, wrong, learnt, verifies):
        self.right, self.wrong, self.learnt, self.verifies = right, wrong, learnt, verifies


def password(text):
    """Of NTLM. tshark decrypts, and does not look at signatures. Of what is sealed inside SPNEGO it gets the
    first PDU of either direction right: it forgets that signatures go through the cipher, too."""
    return Key(["-o", f"ntlmssp.nt_password:{text}"], ["-o", "ntlmssp.nt_password:not-" + text],
               "ntlmssp.sessionkey", False)


def key_table(path):
    """Of a Kerberos service. tshark shows nothing whose signature, headers included, is not good."""
    return Key(["-o", "kerberos.decrypt:TRUE", "-K", path], ["-o", "kerberos.decrypt:TRUE"],
               "kerberos.encAPRepPart_element", True)


class Seen:
    """What tshark makes of a conversation, read with some options."""

    def __init__(self, path, options, learnt):
        """Of an interface that it knows tshark would show arguments instead of stub data, so it is not to know
        the one that is used here."""
        names = ["tcp.srcport", "dcerpc.pkt_type", "dcerpc.auth_level", "dcerpc.encrypted_stub_data",
                 "dcerpc.decrypted_stub_data", learnt, "_ws.malformed", "_ws.expert.severity"]
        rows = [[column.split(",") if column else [] for column in row.split("\t")] for row in
                dissect(path, *options, "--disable-protocol", "winreg", "-Y", "dcerpc", "-T", "fields",
                        *(word for name in names for word in ("-e", name)))]
        self.complaints = [row[1:] for row in rows if row[6] or ERROR in row[7]]
        self.levels = {level for row in rows for level in row[2]}
        self.calls = sum(kind in (REQUEST, RESPONSE) for row in rows for kind in row[1])
        self.sealed = sum(len(row[3]) for row in rows)
        self.opened = sum(len(row[4]) for row in rows)
        self.learnt = any(row[5] for row in rows)
        self.requests, self.responses = (
            bytes.fromhex("".join(piece for row in rows if (row[0] == [str(PORT)]) == from_server
                                  for piece in row[4])) for from_server in (False, True))


def damage_a_header(path, to):
    """Copies a packet file; the first request has another opnum in the copy."""
    with open(path, "rb") as f:
        data = bytearray(f.read())
    tcp = rb"\xff\xff\0\0\0\0"  # how it ends here
    header = re.search(tcp + rb"(\x05\0\0.[\0\x10]\0\0\0)", data, re.S)
    data[header.start(1) + 22] ^= 1
    with open(to, "wb") as f:
        f.write(data)


def check_protected(path, level, key, asked=b"", answered=b""):
    """A conversation at `level`: tshark opens it with the key, and only with the key. `asked` and `answered`
    are parts of what its requests and its responses hold."""
    for options in (key.wrong, []):
        closed = Seen(path, options, key.learnt)
        equal((closed.complaints, closed.learnt, closed.opened), ([], False, 0), f"with {options}")
    opened = Seen(path, key.right, key.learnt)
    equal((opened.complaints, opened.learnt), ([], True), "with the key")
    equal((opened.levels, opened.calls > 1), ({str(level)}, True), "requests and responses at the level")
    equal(opened.sealed, opened.calls if level == PRIVACY else 0, "PDUs that are sealed")
    equal(opened.opened, opened.sealed, "PDUs that are decrypted")
    if level == PRIVACY:
        equal((asked in opened.requests, answered in opened.responses), (True, True), "content")
        damage_a_header(path, path + ".damaged")
        equal(Seen(path + ".damaged", key.right, key.learnt).opened, opened.sealed - key.verifies,
              "PDUs that are decrypted, a header being damaged")
