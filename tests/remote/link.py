# SPDX-License-Identifier: Apache-2.0
"""A relay between a remote program and its server that looks at requests and fails at one of them."""
import re
import socket
import threading


class Link:
    """A relay in front of a server that looks at requests and is cut, or stalls, at one of them.

    `when(number, opnum)` names the request (counted from 0) at which `how` happens: "before" the
    request is passed on, "in" its middle, "after" it was passed on and before its reply is; "stall":
    nothing is passed on any more. "pair": the request's connection stalls, and the next one that asks
    for something over another connection is cut, the first one left alone.
    """

    def __init__(self, binding, when, how):
        host, port = re.fullmatch(r"ncacn_ip_tcp:([^[]*)\[(\d+)\]", binding).groups()
        self.target = (host, int(port))
        self.when, self.how = when, how
        self.count = 0
        self.happened = False
        self.stalled = None
        self.lock = threading.Lock()
        self.ends = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.binding = f"ncacn_ip_tcp:127.0.0.1[{self.listener.getsockname()[1]}]"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.target)
            self.ends += [client, server]
            threading.Thread(target=self.requests, args=(client, server), daemon=True).start()
            threading.Thread(target=self.replies, args=(server, client), daemon=True).start()

    @staticmethod
    def exactly(source, size):
        data = b""
        while len(data) < size:
            piece = source.recv(size - len(data))
            if not piece:
                raise OSError("end")
            data += piece
        return data

    def requests(self, source, sink):
        try:
            while True:
                head = self.exactly(source, 16)
                body = self.exactly(source, int.from_bytes(head[8:10], "little") - 16)
                if self.how == "pair" and self.stalled not in (None, source):
                    for end in (source, sink):
                        end.shutdown(socket.SHUT_RDWR)
                    return
                if head[2] == 0 and head[3] & 1 and self.hits(body):
                    if self.how == "pair":
                        self.stalled = source
                        while source.recv(65536):
                            pass
                        raise OSError("end")
                    if callable(self.how):
                        self.how(lambda sent=head + body: sink.sendall(sent),
                                 lambda: self.exactly(sink, 1))
                    if self.how == "in":
                        sink.sendall(head + body[:len(body) // 2])
                    if self.how == "after":
                        sink.sendall(head + body)
                        self.exactly(sink, 1)  # the reply has come, and goes no further
                    if self.how != "stall":
                        self.cut()
                    return
                sink.sendall(head + body)
        except OSError:
            self.cut()

    def hits(self, body):
        with self.lock:
            number, self.count = self.count, self.count + 1
            hit = not self.happened and self.when(number, int.from_bytes(body[6:8], "little"))
            self.happened |= hit
            return hit

    def replies(self, source, sink):
        try:
            while True:
                data = source.recv(65536, socket.MSG_PEEK)
                if self.happened and self.how != "pair" or not data:
                    return
                sink.sendall(self.exactly(source, len(data)))
        except OSError:
            pass

    def cut(self):
        for end in self.ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.cut()
        self.listener.close()
        for end in self.ends:
            end.close()
