#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A program written to Microsoft's documentation, from identical sources for Windows and for Linux.

usage: portable_test.py TOP BUILD
"""
import os
import shutil
import subprocess
import sys
import tempfile

TOP, BUILD = sys.argv[1:3]
HERE = os.path.join(TOP, "tests", "interop", "portable")
sys.path.insert(0, os.path.join(TOP, "tests"))

from tap import Process, Skip, equal, run  # noqa: E402

PORTABLE = os.path.join(BUILD, "tests", "interop")
WIDL = "x86_64-w64-mingw32-widl"


def ours():
    """ours: every case of the client passes, over TCP and over a unix socket"""
    with tempfile.TemporaryDirectory() as folder:
        for protseq, address, endpoint in (("ncacn_ip_tcp", "127.0.0.1", None),
                                           ("ncalrpc", "", os.path.join(folder, "notebook"))):
            with free_server(protseq, endpoint) as server:
                done = subprocess.run([os.path.join(PORTABLE, "notebook-client"), protseq, address,
                                       server.endpoint, "stop"], stdout=subprocess.PIPE, text=True,
                                      timeout=60, check=False)
                lines = done.stdout.splitlines()
                equal([line for line in lines if line.startswith("not ok")], [], protseq)
                equal(done.returncode, 0, "exit status")
                equal(lines[-1], f"1..{len(lines) - 1}", "last line")
                equal(server.wait(), 0, "exit status of the stopped server")


class free_server(Process):  # pylint: disable=invalid-name
    """A notebook server; its endpoint on TCP is a port that was free a moment ago."""

    def __init__(self, protseq, endpoint):
        import socket
        while True:
            self.endpoint = endpoint
            if endpoint is None:
                with socket.create_server(("127.0.0.1", 0)) as probe:
                    self.endpoint = str(probe.getsockname()[1])
            where = f"127.0.0.1:{self.endpoint}" if endpoint is None else endpoint
            super().__init__([os.path.join(PORTABLE, "notebook-server"), protseq, where])
            if self.line() == "listening":
                return
            self.close()


def windows():
    """mingw-w64 and widl build client and server from the same sources"""
    if shutil.which(WIDL) is None or shutil.which("clang") is None:
        raise Skip("mingw-w64-tools or clang is missing")
    gcc = sorted(d for d in os.listdir("/usr/lib/gcc/x86_64-w64-mingw32") if d.endswith("-win32"))
    with tempfile.TemporaryDirectory() as folder:
        for name in os.listdir(HERE):
            shutil.copy(os.path.join(HERE, name), folder)
        for part in ("-h", "-c", "-s"):
            subprocess.run([WIDL, "-Oicf", "--win64", part, "notebook.idl"], cwd=folder, check=True,
                           timeout=60)
        for side in ("client", "server"):
            # clang, because mingw's gcc has no __try, which RpcTryExcept is on Windows
            subprocess.run(["clang", "--target=x86_64-w64-mingw32", "-fms-extensions", "-Wall",
                            f"-L/usr/lib/gcc/x86_64-w64-mingw32/{gcc[-1]}",
                            f"notebook_{side}.c", f"notebook_{side[0]}.c", "-lrpcrt4",
                            "-o", f"notebook_{side}.exe"], cwd=folder, check=True, timeout=60)
            with open(os.path.join(folder, f"notebook_{side}.exe"), "rb") as program:
                equal(program.read(2), b"MZ", f"the {side}")


run([ours, windows])
