#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The compiler as a command: files, imports, the preprocessor, options, what C makes of its output.

usage: command_test.py HOLDFAST-IDL INCLUDE-DIR SOURCE-DIR
"""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # pylint: disable=wrong-import-position

IDL, INCLUDE, SOURCE = (os.path.abspath(a) for a in sys.argv[1:4])
UUID = "12345678-1234-1234-1234-123456789abc"
HEAD = f"[uuid({UUID}), version(1.0)]\ninterface i {{\n"
WARNINGS = ["-std=c11", "-Wall", "-Wextra", "-Wshadow", "-Wstrict-prototypes",
            "-Wmissing-prototypes", "-Wcast-qual", "-Wpointer-arith", "-Werror"]


class Folder:
    """A folder with files, gone at the end."""

    def __init__(self, **files):
        self.path = tempfile.mkdtemp()
        for name, text in files.items():
            self.write(name.replace("_dot_", ".").replace("_in_", "/"), text)

    def write(self, name, text):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)

    def read(self, name):
        with open(os.path.join(self.path, name), encoding="ascii") as f:
            return f.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def idl(self, *args, **env):
        """Exit status and messages."""
        done = subprocess.run([IDL, *args], cwd=self.path, stderr=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True, check=False, timeout=60,
                              env={**os.environ, **env})
        return done.returncode, done.stderr + done.stdout

    def compile(self, name, compiler, flags):
        command = [compiler, *flags, "-I", INCLUDE, "-I", self.path, "-fsyntax-only",
                   os.path.join(self.path, name)]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}\n{done.stderr}")


def has(text, part):
    if part not in text:
        raise AssertionError(f"{part!r} is not in\n{text}")


def outputs():
    """three files are written, named after the input"""
    with Folder(a_dot_idl=HEAD + "void f([in] handle_t b);\n}\n") as f:
        tap.equal(f.idl("a.idl", "-o", "out"), (0, ""))
        tap.equal(sorted(os.listdir(os.path.join(f.path, "out"))), ["a.h", "a_c.c", "a_s.c"])
        tap.equal(f.idl("a.idl", "-o", "one", "--client", "none", "--server=none")[0], 0)
        tap.equal(os.listdir(os.path.join(f.path, "one")), ["a.h"])


def any_name():
    """a file's name need not be one of C's, as ms-rrp.idl"""
    with Folder() as f:
        f.write("a-b.c.idl", HEAD + "void f([in] handle_t b, [in] long x);\n}\n")
        tap.equal(f.idl("a-b.c.idl"), (0, ""))
        for name in ("a-b.c_c.c", "a-b.c_s.c"):
            f.compile(name, "gcc", WARNINGS)


def types_alone():
    """types that no function of their file sends are in its header as they are for those that do"""
    with Folder(a_dot_idl="const long N = 3;\ntypedef struct T { long x[4]; [string] char m[2][N]; } T;\n"
                "typedef long V[5];\ntypedef union switch (long k) { case 1: long y[6]; } U;\n"
                "[local] interface here { void f(long z[][7]); }\n") as f:
        tap.equal(f.idl("a.idl"), (0, ""))
        f.write("t.c", '#include "a.h"\n_Static_assert(sizeof(T) == 24 && sizeof(V) == 20 && '
                "sizeof(U) == 28, \"\");\n")
        f.compile("t.c", "gcc", WARNINGS)
        f.write("u.idl", "typedef struct T { long x[0]; } T;\n")
        has(f.idl("u.idl")[1], "u.idl:1:27: error: an array has 1 to ")


def types_of_rpc_h():
    """what MS-DTYP declares may be declared though <rpc.h> has it"""
    with Folder(a_dot_idl=HEAD + "typedef struct _GUID { unsigned long Data1; unsigned short Data2, Data3; "
                "byte Data4[8]; } GUID, UUID, *PGUID;\ntypedef void VOID, *PVOID;\n"
                "VOID f([in] handle_t b, [in] GUID *g, [in, out, unique] PGUID p);\n}\n") as f:
        tap.equal(f.idl("a.idl"), (0, ""))
        for name in ("a_c.c", "a_s.c"):
            f.compile(name, "gcc", WARNINGS)


def server_alone():
    """who wants no client's stubs needs no binding handle"""
    with Folder(a_dot_idl=HEAD + "void f([in] long n);\nvoid g([out] long *Min);\n}\n") as f:
        tap.equal(f.idl("a.idl")[0], 1)
        tap.equal(f.idl("a.idl", "--client", "none"), (0, ""))
        f.compile("a_s.c", "gcc", WARNINGS)


def nothing_on_error():
    """nothing is written when something is wrong, and the exit status is 1"""
    with Folder(a_dot_idl=HEAD + "void f([in] long b);\n}\n") as f:
        status, text = f.idl("a.idl", "-o", "out")
        tap.equal(status, 1)
        has(text, "a.idl:3:6: error: ")
        has(text, "\n    void f([in] long b);\n         ^\n")
        tap.equal(os.path.exists(os.path.join(f.path, "out")), False)


def places():
    """errors point into the file the author wrote: includes, macros, comments, tabs"""
    with Folder(a_dot_idl='/* two\n lines */\n#include "b.h"\n#define WRONG nosuch\n' + HEAD +
                "\tvoid f([in]   handle_t   b, /* c */ [in]   absent x);\n"
                "void g([in] handle_t b, [in] WRONG y);\n}\n",
                b_dot_h="typedef long one;\ntypedef none two;\n") as f:
        status, text = f.idl("a.idl")
        tap.equal(status, 1)
        has(text, "b.h:2:9: error: there is no type 'none'")
        has(text, "a.idl:7:45: error: there is no type 'absent'")
        has(text, "a.idl:8:")
        has(text, "there is no type 'nosuch'")


def imports():
    """imports: beside the file, along -I, once, in a circle; they become #include"""
    with Folder(a_dot_idl='import "b.idl", "c.idl";\nimport "b.idl";\n' + HEAD +
                "void f([in] handle_t b, [in] B x, [in] C *y);\n}\n",
                b_dot_idl='import "a.idl"; import "c.idl"; typedef long B;\n',
                inc_in_c_dot_idl='import "b.idl"; typedef struct C { long x; } C;\n') as f:
        tap.equal(f.idl("a.idl", "-I", "inc"), (0, ""))
        header = f.read("a.h")
        has(header, '#include "b.h"')
        has(header, '#include "c.h"')
        tap.equal("typedef" in header.split("epv_t")[0].replace("typedef struct i_v1_0_", ""),
                  False, "imported types in the header")
        status, text = f.idl("a.idl")
        tap.equal(status, 1)
        has(text, "a.idl:1:17: error: cannot find c.idl; name its folder with -I [IDL001]")


def defines():
    """-D and -I reach the preprocessor"""
    with Folder(a_dot_idl="#include <n.h>\n" + HEAD + "#ifdef YES\nvoid f([in] handle_t b, "
                "[in] long x[N + M]);\n#else\nwrong\n#endif\n}\n", d_in_n_dot_h="#define M 2\n") as f:
        tap.equal(f.idl("a.idl", "-DYES", "-D", "N=5", "-Id"), (0, ""))
        has(f.read("a.h"), "int32_t x[7]")


def no_preprocessor():
    """without a preprocessor, or with one that fails, a clear error"""
    with Folder(a_dot_idl="#error stop here\n") as f:
        status, text = f.idl("a.idl", HOLDFAST_CPP="/nonexistent/cpp")
        tap.equal(status, 1)
        has(text, "no C preprocessor found (/nonexistent/cpp)")
        status, text = f.idl("a.idl")
        tap.equal(status, 1)
        has(text, "stop here")
        has(text, "the preprocessor refused a.idl [IDL001]")
        status, text = f.idl("missing.idl")
        tap.equal(status, 1)
        has(text, "cannot read missing.idl")


def misuse():
    """a wrong command line is told so, exit status 2"""
    with Folder(a_dot_idl="") as f:
        for args in ([], ["a.idl", "b.idl"], ["--nosuch", "a.idl"], ["a.idl", "-o"],
                     ["a.idl", "--client", "some"]):
            status, text = f.idl(*args)
            tap.equal(status, 2, args)
            has(text, "usage: holdfast idl")
        tap.equal(f.idl("--help")[0], 0)


def acf():
    """an ACF file configures what the IDL declares"""
    with Folder(a_dot_idl=HEAD + "typedef [context_handle] void *H;\nlong f([in] long x);\n"
                "void g([in] H h, [in] H k);\nerror_status_t s([in] H h);\nvoid n([in] H h);\n}\n",
                a_dot_acf='[implicit_handle(handle_t global), strict_context_handle]\n'
                'interface i {\ninclude "mine.h";\ntypedef [context_handle_noserialize] H;\n'
                'g([context_handle_serialize] k);\n[comm_status, fault_status] s();\n'
                '[nocode] n();\n}\n') as f:
        tap.equal(f.idl("a.idl", "--acf", "a.acf"), (0, ""))
        client, server = f.read("a_c.c"), f.read("a_s.c")
        has(client, '#include "mine.h"')
        has(client, "handle_t global;")
        has(client, "rpc_client_bind(&stub_call, global);")
        has(client, "rpc_client_end(&stub_call, &stub_comm, &stub_fault);")
        tap.equal("void n(" in client, False, "nocode")
        has(server, "RPC_CONTEXT_IN | RPC_CONTEXT_BY_VALUE | RPC_CONTEXT_NOSERIALIZE")
        has(server, "RPC_CONTEXT_IN | RPC_CONTEXT_BY_VALUE | RPC_CONTEXT_SERIALIZE")
        has(server, ".flags = RPC_INTERFACE_STRICT,")
        f.write("mine.h", "")
        for name in ("a_c.c", "a_s.c"):
            f.compile(name, "gcc", WARNINGS)
        has(f.idl("a.idl", "--acf", "b.acf")[1], "cannot read b.acf")


def strict():
    """--strict makes context handles type strict"""
    with Folder(a_dot_idl=HEAD + "void f([in] handle_t b);\n}\n") as f:
        tap.equal(f.idl("a.idl", "--strict")[0], 0)
        has(f.read("a_s.c"), ".flags = RPC_INTERFACE_TYPE_STRICT,")


def warnings(compiler):
    with Folder() as f:
        for name in ("base.idl", "all.idl"):
            shutil.copy(os.path.join(SOURCE, name), f.path)
            tap.equal(f.idl(name, "--prefix-server", "s_"), (0, ""))
        for name in ("all_c.c", "all_s.c"):
            for level in ("-O0", "-O2"):
                f.compile(name, compiler, [*WARNINGS, level])


def clean_gcc():
    """gcc finds nothing to warn of in the stubs of all.idl"""
    warnings("gcc")


def clean_clang():
    """clang finds nothing to warn of in the stubs of all.idl"""
    if shutil.which("clang") is None:
        raise tap.Skip("no clang")
    warnings("clang")


def cplusplus():
    """the header is C++, too"""
    if shutil.which("g++") is None:
        raise tap.Skip("no g++")
    with Folder() as f:
        for name in ("base.idl", "all.idl", "more.idl"):
            shutil.copy(os.path.join(SOURCE, name), f.path)
            tap.equal(f.idl(name), (0, ""))
        f.write("t.cc", '#include "all.h"\nint main() { return 0; }\n')
        f.compile("t.cc", "g++", ["-Wall", "-Wextra", "-Werror"])
        f.write("t.cc", '#include "more.h"\nint main() { event e = {}; return e.x; }\n')
        f.compile("t.cc", "g++", ["-Wall", "-Wextra", "-Werror"])


def widl():
    """what is standard in all.idl is accepted by widl, too"""
    command = shutil.which("x86_64-w64-mingw32-widl") or shutil.which("widl")
    if command is None:
        raise tap.Skip("no widl")
    with open(os.path.join(SOURCE, "all.idl"), encoding="ascii") as f:
        text = f.read()
    # What widl does not know: attributes of ACF files in the IDL, first_is,
    # max_is, sizeof, [string] on functions, [context_handle] on parameters.
    for ours in (", type_strict_context_handle", ", context_handle_noserialize",
                 ", context_handle_serialize", ", implicit_handle(handle_t all_binding)",
                 ", explicit_handle", ",\n                [in, size_is(sizeof(long))] byte *g",
                 ", comm_status", ", fault_status", "[first_is(first), last_is(last)] "):
        has(text, ours)
        text = text.replace(ours, "")
    text = text.replace("max_is(n)", "size_is(n)")
    text = text.replace("[string] wchar_t *Reply", "wchar_t *Reply")
    text = text.replace(", context_handle] void **a", "] long *a")
    with Folder(all_dot_idl=text) as f:
        shutil.copy(os.path.join(SOURCE, "base.idl"), f.path)
        done = subprocess.run([command, "-h", "-o", os.path.join(f.path, "w.h"), "all.idl"],
                              cwd=f.path, stderr=subprocess.PIPE, text=True, check=False)
        tap.equal((done.returncode, done.stderr), (0, ""))


def same_twice():
    """the same input gives the same output"""
    with Folder() as f:
        for name in ("base.idl", "all.idl"):
            shutil.copy(os.path.join(SOURCE, name), f.path)
        for out in ("one", "two"):
            tap.equal(f.idl("all.idl", "-o", out)[0], 0)
        for name in ("all.h", "all_c.c", "all_s.c"):
            tap.equal(f.read("one/" + name), f.read("two/" + name), name)


def names_of_the_stubs_own():
    """parameters may be called what generated code calls its own things"""
    names = ("result call in out memory note count first open range record epv images scalars room "
             "limit referent new save pointee").split()
    parameters = ", ".join([f"[out] long *{n}" if k % 2 else f"[in, out] T *{n}"
                            for k, n in enumerate(names)])
    text = HEAD + "typedef [context_handle] void *H; typedef struct { [string] char *s; } T;\n" + \
        f"H note([in] handle_t b, {parameters}, [in] H result_slot, [in] long a);\n}}\n"
    with Folder(a_dot_idl=text) as f:
        tap.equal(f.idl("a.idl"), (0, ""))
        for name in ("a_c.c", "a_s.c"):
            f.compile(name, "gcc", WARNINGS)
            if shutil.which("clang") is not None:
                f.compile(name, "clang", WARNINGS)


def many_errors():
    """all errors are told, up to a bound"""
    lines = "".join(f"void f{n}([in] handle_t b, [in] none{n} x);\n" for n in range(80))
    with Folder(a_dot_idl=HEAD + lines + "}\n") as f:
        status, text = f.idl("a.idl")
        tap.equal(status, 1)
        tap.equal(text.count(" error: "), 50)
        has(text, "50 errors; giving up")


if __name__ == "__main__":
    tap.run([outputs, any_name, types_alone, types_of_rpc_h, server_alone, nothing_on_error, places, imports, defines, no_preprocessor, misuse, acf,
             strict, clean_gcc, clean_clang, cplusplus, widl, same_twice, names_of_the_stubs_own,
             many_errors])
