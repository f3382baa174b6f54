#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Programs written to Microsoft's documentation, from identical sources for Windows and for Linux.

usage: portable_test.py TOP BUILD
"""
import os
import shutil
import socket
import subprocess
import sys
import tempfile

TOP, BUILD = sys.argv[1:3]
HERE = os.path.join(TOP, "tests", "interop", "portable")
sys.path.insert(0, os.path.join(TOP, "tests"))

from tap import Process, Skip, equal, run  # noqa: E402

PORTABLE = os.path.join(BUILD, "tests", "interop")
WIDL = "x86_64-w64-mingw32-widl"
WINE = "/usr/lib/wine/wine64"
WINE_TRIES = 3
SECURE = os.path.join(TOP, "tests", "interop", "secure")
HASH = "a4f49c406510bdcab6824ee7c30fd852"  # of "Password"


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

    def __init__(self, protseq, endpoint, program=None, **options):
        ours_too = program is None
        program = program or [os.path.join(PORTABLE, "notebook-server")]
        while True:
            self.endpoint = endpoint
            if endpoint is None:
                with socket.create_server(("127.0.0.1", 0)) as probe:
                    self.endpoint = str(probe.getsockname()[1])
            where = f"127.0.0.1:{self.endpoint}" if endpoint is None and ours_too else self.endpoint
            super().__init__(program + [protseq, where], **options)
            if self.line_with("").strip() == "listening":
                return
            self.close()


def compile_for_windows(folder, sources, interface, programs):
    """Windows executables, from the sources that ours are made of; each with its half of the stubs."""
    if shutil.which(WIDL) is None or shutil.which("clang") is None:
        raise Skip("mingw-w64-tools or clang is missing")
    gcc = sorted(d for d in os.listdir("/usr/lib/gcc/x86_64-w64-mingw32") if d.endswith("-win32"))
    for name in os.listdir(sources):
        shutil.copy(os.path.join(sources, name), folder)
    for part in ("-h", "-c", "-s"):
        subprocess.run([WIDL, "-Oicf", "--win64", part, f"{interface}.idl"], cwd=folder, check=True,
                       timeout=60)
    for program, half in programs:
        # clang, because mingw's gcc has no __try, which RpcTryExcept is on Windows; widl's 32-bit
        # integers are LONG there, which is no int
        subprocess.run(["clang", "--target=x86_64-w64-mingw32", "-fms-extensions", "-Wall",
                        "-Wno-incompatible-pointer-types",
                        f"-L/usr/lib/gcc/x86_64-w64-mingw32/{gcc[-1]}",
                        f"{program}.c", f"{interface}_{half}.c", "-lrpcrt4",
                        "-o", f"{program}.exe"], cwd=folder, check=True, timeout=60)


def build_for_windows(folder):
    compile_for_windows(folder, HERE, "notebook", [("notebook_client", "c"), ("notebook_server", "s")])


def windows():
    """mingw-w64 and widl build client and server from the same sources"""
    with tempfile.TemporaryDirectory() as folder:
        build_for_windows(folder)
        for side in ("client", "server"):
            with open(os.path.join(folder, f"notebook_{side}.exe"), "rb") as program:
                equal(program.read(2), b"MZ", f"the {side}")


def cases(program, endpoint, environment, *words):
    """Runs a client; its cases that failed, and how many there were."""
    done = subprocess.run(program + ["ncacn_ip_tcp", "127.0.0.1", endpoint, *words],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=120,
                          check=False, env=environment)
    lines = [line.strip() for line in done.stdout.splitlines()]
    return [line for line in lines if line.startswith("not ok")], len(lines) - 1


class Wine:
    """Wine in a folder of the tests' own; made when it is first needed."""
    folder = None

    def __init__(self):
        if not os.path.exists(WINE):
            raise Skip("wine64 is not installed")
        if Wine.folder is None:
            Wine.folder = tempfile.TemporaryDirectory()
        self.environment = dict(os.environ, WINEPREFIX=os.path.join(Wine.folder.name, "prefix"),
                                WINEDEBUG="-all", DISPLAY="", WINEDLLOVERRIDES="mscoree,mshtml=")
    @classmethod
    def end(cls):
        if cls.folder is None:
            return
        subprocess.run([os.path.join(os.path.dirname(WINE), "wineserver"), "-k"], check=False,
                       env=Wine().environment, timeout=60, stderr=subprocess.DEVNULL)
        cls.folder.cleanup()


def wine():
    """Windows programs under Wine: their client and our server, our client and their server"""
    environment = Wine().environment
    with tempfile.TemporaryDirectory() as folder:
        build_for_windows(folder)
        with free_server("ncacn_ip_tcp", None) as server:
            failed, count = cases([WINE, os.path.join(folder, "notebook_client.exe")],
                                  server.endpoint, environment, "calm", "stop")
            # Wine 8's RpcStringFree leaves the variable as it was
            equal(failed, ["not ok 3 - RpcStringFree sets NULL"], "Wine's client, our server")
            equal(count > 20, True, f"{count} cases ran")
            equal(server.wait(), 0, "exit status of our server, stopped by Wine's client")
        with free_server("ncacn_ip_tcp", None,
                         [WINE, os.path.join(folder, "notebook_server.exe")],
                         env=environment) as server:
            failed, count = cases([os.path.join(PORTABLE, "notebook-client")], server.endpoint,
                                  None, "calm", "stop")
            # Wine 8's server answers 0x6F7 to a union with a string, to its own client as well
            equal(failed, ["not ok 14 - no other exception"], "our client, Wine's server")
            equal(count > 12, True, f"{count} cases ran")


def whoami(program, binding, level, password, environment):
    """What Wine's client with NTLM prints; tried again when Wine stalls."""
    for left in range(WINE_TRIES, 0, -1):
        try:
            done = subprocess.run([WINE, program, binding, "10", str(level), "ada", password],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                  timeout=60, check=False, env=environment)
            return done.stdout.strip()
        except subprocess.TimeoutExpired:
            print(f"# Wine has stalled; {left - 1} tries left")
    raise AssertionError(f"Wine has stalled {WINE_TRIES} times")


def wine_ntlm():
    """a Windows client under Wine with NTLM: connect, integrity, privacy, and a wrong password"""
    environment = Wine().environment
    if shutil.which("ntlm_auth") is None:
        raise Skip("winbind, whose ntlm_auth makes Wine's NTLM, is not installed")
    with tempfile.TemporaryDirectory() as folder:
        compile_for_windows(folder, SECURE, "whoami", [("whoami_client", "c")])
        program, accounts = (os.path.join(folder, name) for name in ("whoami_client.exe", "accounts"))
        with open(accounts, "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, 0o600)) as out:
            out.write(f"ada:{HASH}\n")
        with Process([os.path.join(PORTABLE, "whoami-server"), "127.0.0.1:0", accounts], merge=False,
                     stderr=subprocess.DEVNULL) as server:
            binding = server.line()
            for level in (2, 5, 6):
                equal(whoami(program, binding, level, "Password", environment), f"ada {level} 10",
                      "caller")
            # Wine 8 signs at the level of packets with a key that it has not asked for, and its exception for
            # any fault is 1783
            for level, password in ((4, "Password"), (5, "wrong"), (2, "wrong")):
                equal(whoami(program, binding, level, password, environment), "status 1783",
                      f"level {level}, {password}")


try:
    run([ours, windows, wine, wine_ntlm])
finally:
    Wine.end()
