#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The installed form: an outside program needs nothing but pkg-config and `holdfast idl`.

usage: install_test.py TOP BUILD
"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

TOP, BUILD = sys.argv[1:3]
sys.path.insert(0, os.path.join(TOP, "tests"))

from tap import Process, equal, run  # noqa: E402

ROOT = tempfile.mkdtemp(prefix="holdfast-install-")

IDL = """\
[uuid(0e4ffbb5-8e6d-4f0a-9d54-0b2d2e5ff5a1), version(1.0)]
interface hello
{
    typedef [context_handle] void *GREETER;
    long Meet([in] handle_t binding, [in, string] const char *name, [out] GREETER *greeter);
    long Greet([in] GREETER greeter, [out, string] char text[80]);
    long Part([in, out] GREETER *greeter);
}
"""
SERVER = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "hello.h"
int32_t Meet(handle_t b, const char *name, GREETER *g)
{
    (void)b;
    *g = strdup(name);
    return *g == NULL;
}
int32_t Greet(GREETER g, char text[80])
{
    snprintf(text, 80, "hello, %s", (char *)g);
    return 0;
}
int32_t Part(GREETER *g)
{
    free(*g);
    *g = NULL;
    return 0;
}
void GREETER_rundown(GREETER g)
{
    free(g);
}
int main(int argc, char **argv)
{
    (void)argc;
    if (RpcServerUseProtseqEpA((RPC_CSTR) "ncalrpc", 10, (RPC_CSTR)argv[1], NULL) ||
        RpcServerRegisterIf(hello_v1_0_s_ifspec, NULL, NULL))
        return 1;
    puts("listening");
    fflush(stdout);
    return RpcServerListen(1, 10, FALSE);
}
"""
CLIENT = r"""
#include <stdio.h>
#include "hello.h"
int main(int argc, char **argv)
{
    RPC_CSTR text;
    RPC_BINDING_HANDLE b;
    GREETER g;
    char greeting[80];
    (void)argc;
    if (RpcStringBindingComposeA(NULL, (RPC_CSTR) "ncalrpc", NULL, (RPC_CSTR)argv[1], NULL, &text) ||
        RpcBindingFromStringBindingA(text, &b) || Meet(b, (const char *)"world", &g) ||
        Greet(g, greeting) || Part(&g))
        return 1;
    puts(greeting);
    RpcStringFreeA(&text);
    RpcBindingFree(&b);
    return g != NULL;
}
"""


def sh(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=120, check=False, **options)
    equal(done.returncode, 0, " ".join(command) + "\n" + done.stdout + "\nexit status")
    return done.stdout


def installed(pattern):
    found = glob.glob(os.path.join(ROOT, "usr", "local", pattern), recursive=True)
    equal(len(found) > 0, True, f"something installed as {pattern}")
    return found


def install():
    """meson install lays down program, libraries, headers, pkg-config files and manual pages"""
    sh("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", ROOT)
    for pattern in ("bin/holdfast", "lib/**/libholdfast-rpc.so", "lib/**/holdfast-rpc.pc",
                    "include/**/rpc.h", "include/**/rpcdce.h", "include/**/holdfast/ndr.h",
                    "share/man/man1/holdfast.1", "share/man/man1/holdfast-conformance.1",
                    "share/man/man3/rpcdce*.3*"):
        installed(pattern)


def outside():
    """an outside program builds in an empty folder and runs"""
    pc = os.path.dirname(installed("lib/**/holdfast-rpc.pc")[0])
    lib = os.path.dirname(installed("lib/**/libholdfast-rpc.so")[0])
    environment = dict(os.environ, PKG_CONFIG_PATH=pc, PKG_CONFIG_SYSROOT_DIR=ROOT,
                       LD_LIBRARY_PATH=lib)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("hello.idl", IDL), ("server.c", SERVER), ("client.c", CLIENT)):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write(text)
        sh(installed("bin/holdfast")[0], "idl", "hello.idl", cwd=folder, env=environment)
        flags = sh("pkg-config", "--cflags", "--libs", "holdfast-rpc", env=environment).split()
        for side in ("server", "client"):
            sh("cc", "-Wall", "-Wextra", "-Werror", f"{side}.c", f"hello_{side[0]}.c", *flags,
               "-o", side, cwd=folder)
        endpoint = os.path.join(folder, "hello.socket")
        with Process([os.path.join(folder, "server"), endpoint], env=environment) as server:
            equal(server.line(), "listening", "what the server printed")
            equal(sh(os.path.join(folder, "client"), endpoint, env=environment), "hello, world\n",
                  "what the client printed")


def conformance():
    """the suite runs as it is installed, and its published interface compiles"""
    environment = dict(os.environ, LD_LIBRARY_PATH=os.path.dirname(
        installed("lib/**/libholdfast-rpc.so")[0]))
    holdfast = installed("bin/holdfast")[0]
    with tempfile.TemporaryDirectory() as folder:
        sh(holdfast, "idl", installed("share/holdfast/idl/conformance.idl")[0], "-o", folder,
           env=environment)
        equal(sorted(os.listdir(folder)), ["conformance.h", "conformance_c.c", "conformance_s.c"])
    shown = sh(holdfast, "conformance", "--only", "F4", env=environment)
    equal("rules ok, 0 failed" in shown, True, shown)


def symbols():
    """the library exports what its headers declare, and nothing else"""
    headers = [h for h in installed("include/*.h") + installed("include/holdfast/*.h")
               if os.path.basename(h) not in ("esent.h", "log_ese.h", "count_ese.h",
                                                "check_ese.h")]
    sh(os.path.join(TOP, "tools", "check-exports"), installed("lib/**/libholdfast-rpc.so")[0],
       *headers)


try:
    run([install, outside, conformance, symbols])
finally:
    shutil.rmtree(ROOT, ignore_errors=True)
