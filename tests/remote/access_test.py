#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who is let in by `holdfast serve`, and what he may do there.

usage: access_test.py HOLDFAST RIGHTS TOP
"""
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile

os.environ["HOLDFAST"] = HOLDFAST = sys.argv[1]

from serving import Server  # noqa: E402
import tap  # noqa: E402  pylint: disable=wrong-import-order
from tap import equal, wait_until  # noqa: E402

RIGHTS, TOP = sys.argv[2:4]
PLACE = tempfile.TemporaryDirectory(prefix="hf-access-")
ME = pwd.getpwuid(os.geteuid()).pw_name
HASH = "a4f49c406510bdcab6824ee7c30fd852"  # of "Password"
DENIED = -1907
RANKS = {"NOTHING": 0, "READ": 1, "WRITE": 2, "MANAGE": 3, "SERVER": 4}
USERS = {"boss": "MANAGE", "will": "WRITE", "rob": "READ", "nora": "NOTHING"}
LIST = f"""
allow = unix:{ME} manage *   # who makes the databases of this test
allow = boss manage *
allow = will write a.edb b.edb
allow = "HOUSE\\rob" read a.edb
"""


def path(name):
    return os.path.join(PLACE.name, name)


def write(name, text, mode=0o600):
    with open(path(name), "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path(name), mode)
    return path(name)


ACCOUNTS = write("accounts", "# of this test\n" + "".join(
    f"{'HOUSE' + chr(92) if user == 'rob' else ''}{user}:{HASH}\n" for user in USERS))
ROWS = '{"id": 1, "name": "one"}\n{"id": 2, "name": "two"}\n'
PASSWORD = write("password", "Password\n")


def who(user=None, **more):
    """The environment of somebody who uses a server; None: of a stranger."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
    if user:
        name = "HOUSE\\rob" if user == "rob" else user
        env.update(HOLDFAST_USER=name, HOLDFAST_PASSWORD_FILE=PASSWORD)
    env.update(more)
    return env


def run(*arguments, env=None, stdin=None):
    return subprocess.run([HOLDFAST, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          input=stdin, text=True, check=False, timeout=tap.PATIENCE, env=env or who())


def fails(done, *words, status=1):
    for word in words:
        if word not in done.stdout:
            raise AssertionError(f"no word of {word!r} in: {done.stdout}")
    equal(done.returncode, status, done.stdout)


def server(config=LIST, listen=("127.0.0.1:0 privacy",), **more):
    return Server(config=f"ntlm_accounts = {ACCOUNTS}\n{config}", listen=listen, **more)


def with_table(s, name="a.edb"):
    csv = write("rows.csv", "id,name\n1,one\n2,two\n")
    done = run("load", s.address, name, "t", csv, "--schema",
               "id long not null, name text(20), primary index p (id)")
    equal(done.returncode, 0, done.stdout)


def refused(s):
    """How many refusals the server has counted, and logged."""
    counted = s.contexts()["counters"]["jet_refused"]
    equal(s.log().count("access was refused"), counted, "log lines")
    return counted


# ---- what is not served at all -------------------------------------------------------------------

def only_this_machine():
    """an address beyond this machine is refused without authentication, and says what to do"""
    folder = path("served")
    os.mkdir(folder)
    for address in ("0.0.0.0:0", "[::]:0", "192.0.2.1:0", "192.0.2.1:0 privacy", "127.0.0.1:0 privacy"):
        fails(run("serve", folder, "--listen", address), address.split()[0], "ntlm_accounts", "keytab",
              "loopback")
    fails(run("serve", folder, "--listen", "0.0.0.0:0 none", "--ntlm-accounts", ACCOUNTS),
          "must show who he is")
    fails(run("serve", folder, "--listen", "0.0.0.0:0 some"), "privacy", status=2)
    fails(run("serve", folder, "--allow", "ada write"), "PRINCIPAL", status=2)
    fails(run("serve", folder, "--allow", "ada own *"), "read|write|manage", status=2)
    fails(run("serve", folder, "--allow", "ada read ../x"), "letters", status=2)
    fails(run("serve", folder, "--allow", "unix:no-such-user read *"), "no such user", status=2)
    equal(os.listdir(folder), [], "nothing was begun")


def files_of_secrets():
    """accounts and key tables that others may read, or that are none, are refused with the reason"""
    folder = path("served2")
    os.mkdir(folder)

    def serve(*options):
        return run("serve", folder, "--listen", "127.0.0.1:0 privacy", *options)

    for mode in (0o640, 0o604, 0o620, 0o666):
        fails(serve("--ntlm-accounts", write("open", f"ada:{HASH}\n", mode)), "chmod 600")
    fails(serve("--ntlm-accounts", write("bad", f"# one\nada:{HASH}\nbob:secret\n")), "bad:3:",
          "serve account")
    if "secret" in serve("--ntlm-accounts", path("bad")).stdout:
        raise AssertionError("the line was shown")
    fails(serve("--ntlm-accounts", path("none")), "no such file", "serve account NAME")
    fails(serve("--ntlm-accounts", PLACE.name), "not a file")
    fails(serve("--keytab", write("keytab", "\x05\x02", 0o644)), "chmod 640")
    fails(serve("--keytab", write("keytab", "nonsense")), "key table", "ktadd")
    fails(run("serve", folder, "--config", write("principal", "principal = host/a\n")), "keytab")
    for mode in (0o620, 0o602, 0o666):
        fails(run("serve", folder, "--config", write("settings", "sessions_max = 9\n", mode)), "chmod go-w",
              status=2)


def accounts_are_made():
    """`serve account` writes what the server reads, in mode 0600, and never by a command line"""
    file = path("made")

    def account(name, password="Password", *options):
        return run("serve", "account", name, "--file", file, *options, stdin=password + "\n")

    def text():
        with open(file, encoding="utf-8") as f:
            return f.read()

    equal(account("ada").returncode, 0, "a first one")
    equal(stat.S_IMODE(os.stat(file).st_mode), 0o600, "mode")
    equal(text(), f"ada:{HASH}\n", "the file")
    equal(account("HOUSE\\eve", "geheim ß").returncode, 0, "a second one")
    with open(file, "a", encoding="utf-8") as f:
        f.write("# kept\n")
    equal(account("ADA", "another").returncode, 0, "a changed one")
    equal(len(re.findall(r"(?im)^ada:[0-9a-f]{32}$", text())), 1, "in place of the old one")
    equal(HASH in text(), False, "the old one")
    equal("# kept" in text(), True, "other lines")
    equal(account("ada", "", "--remove").returncode, 0, "removing")
    equal("ada" in text().lower(), False, "removed")
    fails(account("ada", "", "--remove"), "no such account")
    fails(account("ada", ""), "empty password")
    for name in ("a:b", "a@b", "a\\b\\c", "\\a", "", "#a", "x" * 256, "a\nb"):
        fails(account(name))
    os.chmod(file, 0o644)
    fails(account("bob"), "chmod 600")
    os.chmod(file, 0o600)
    write("made.new", "")
    fails(account("bob"), "somebody else")
    fails(run("serve", "account", "bob", "secret", "--file", file), "usage", status=2)


# ---- who is let in -------------------------------------------------------------------------------

def strangers_and_users():
    """an address that asks who calls: strangers and wrong passwords get -1907, users are served"""
    with server(listen=("127.0.0.1:0 privacy", "0.0.0.0:0", "127.0.0.1:0 integrity")) as s:
        with_table(s)
        anywhere = re.sub(r":[^\[]*", ":127.0.0.1", s.addresses[1])
        for address in (s.addresses[0], anywhere):
            fails(run("dump", address, "a.edb", "t"), "-1907", "HOLDFAST_USER")
            fails(run("dump", address, "a.edb", "t", env=who("nobody")), "-1907", "refuses this user")
            wrong = write("wrong", "password\n")
            fails(run("dump", address, "a.edb", "t", env=who("will", HOLDFAST_PASSWORD_FILE=wrong)),
                  "-1907", "refuses this user")
            done = run("dump", address, "a.edb", "t", env=who("will"))
            equal((done.returncode, done.stdout), (0, ROWS), "a user's dump")
        before = refused(s)
        weak = who("will", HOLDFAST_AUTH_LEVEL="integrity")
        fails(run("dump", s.addresses[0], "a.edb", "t", env=weak), "-1907", "HOLDFAST_AUTH_LEVEL")
        equal(refused(s), before + 1, "a level below the address's")
        equal(run("dump", s.addresses[2], "a.edb", "t", env=weak).returncode, 0, "a level of its own")
        mixed = who("will", HOLDFAST_AUTH="negotiate")
        equal(run("dump", s.addresses[0], "a.edb", "t", env=mixed).returncode, 0, "by SPNEGO")
        equal(s.stop()["faults"], 0, "faults")


def credentials_that_are_wrong():
    """a program whose credentials cannot be used is told so, and does not go on as a stranger"""
    with server(config="", listen=("127.0.0.1:0",)) as s:
        with_table(s)
        for env, word in ((who("will", HOLDFAST_PASSWORD_FILE=path("none")), "No such file"),
                          (who("will", HOLDFAST_PASSWORD_FILE=write("open", "Password\n", 0o644)),
                           "chmod 600"),
                          (who("will", HOLDFAST_PASSWORD_FILE=write("empty", "\n")), "first line"),
                          (who("will", HOLDFAST_AUTH="basic"), "negotiate"),
                          (who("will", HOLDFAST_AUTH_LEVEL="top"), "integrity"),
                          (who(HOLDFAST_USER="will"), "HOLDFAST_PASSWORD_FILE"),
                          (who(HOLDFAST_AUTH="ntlm"), "HOLDFAST_USER"),
                          (who(HOLDFAST_AUTH="kerberos"), "HOLDFAST_SERVER_PRINCIPAL")):
            fails(run("dump", s.tcp, "a.edb", "t", env=env), "-1907", word)
        equal(run("dump", s.tcp, "a.edb", "t").returncode, 0, "a stranger, where they are let in")
        equal(run("dump", s.address, "a.edb", "t", env=who("will", HOLDFAST_AUTH="basic")).returncode,
              0, "on the unix socket they do not count")


# ---- what he may do ------------------------------------------------------------------------------

def needs():
    """The right that each routine needs, by the server's table."""
    with open(os.path.join(TOP, "src", "remote", "server_ops.def"), encoding="utf-8") as f:
        return re.findall(r'^OP\((\w+), "\w+", (\w+)\)', f.read(), re.M)


def the_table_is_whole():
    """server_ops.def has every routine of jet.idl, in its order"""
    with open(os.path.join(TOP, "idl", "jet.idl"), encoding="utf-8") as f:
        routines = re.findall(r"^    long JetRpc(\w+)\(", f.read(), re.M)
    equal([name for name, _ in needs()], routines, "routines")


def called(address, user):
    """What became of every routine that the user could call: (name, error or -fault)."""
    done = subprocess.run([RIGHTS, address], env=who(user), stdout=subprocess.PIPE, text=True,
                          check=True, timeout=tap.PATIENCE)
    return re.findall(r"^(\w+) (.+)$", done.stdout, re.M)


def every_routine_asks():
    """every routine of jet.idl is refused to whom the list does not give its right, and to nobody else"""
    table = dict(needs(), Prepare="WRITE")  # of an insert
    with server() as s:
        with_table(s)
        for user, right in USERS.items():
            seen = {}
            before = refused(s)
            for name, answer in called(s.tcp, user):
                first = name not in seen
                seen.setdefault(name, answer)
                if name == "Prepare" and not first:  # cancelling is no writing
                    equal(answer == str(DENIED), False, f"{user} cancels: {answer}")
                    continue
                equal("fault" in answer, False, f"{user} {name}: {answer}")
                wanted = RANKS[right] < RANKS[table[name]] and not (
                    user == "boss" and table[name] == "SERVER")
                if user == "nora" and answer == "-1010":  # the database was not opened
                    continue
                equal(answer == str(DENIED), wanted, f"{user} {name}: {answer}")
            equal(refused(s) - before, sum(a == str(DENIED) for a in seen.values()), "refusals counted")
            if user == "boss":
                equal(sorted(seen), sorted(table), "routines called")
        log = s.log()
        for word in ('principal="HOUSE\\rob"', "database=a.edb", "call=JetUpdate", "needs=write",
                     "address=ncacn_ip_tcp:127.0.0.1"):
            equal(word in log, True, f"{word} in the log")
        equal(s.stop()["faults"], 0, "faults")


def rights_by_the_tools():
    """load, dump, check, shell and contexts under a list"""
    with server() as s:
        with_table(s)
        with_table(s, "b.edb")
        csv = write("more.csv", "id,name\n3,three\n")
        for user, command, good in (("rob", ("dump", s.tcp, "a.edb", "t"), True),
                                    ("rob", ("check", s.tcp, "a.edb"), True),
                                    ("rob", ("load", s.tcp, "a.edb", "t", csv), False),
                                    ("rob", ("dump", s.tcp, "b.edb", "t"), False),
                                    ("nora", ("dump", s.tcp, "a.edb", "t"), False),
                                    ("will", ("load", s.tcp, "a.edb", "t", csv), True),
                                    ("will", ("load", s.tcp, "a.edb", "u", csv, "--schema", "id long"),
                                     False),
                                    ("boss", ("load", s.tcp, "a.edb", "u", csv, "--schema",
                                              "id long, name text(20)"), True)):
            done = run(*command, env=who(user))
            if good:
                equal(done.returncode, 0, f"{user} {command}: {done.stdout}")
            else:
                fails(done, "-1907", "allow")
        for user, names in (("boss", ["a.edb", "b.edb"]), ("rob", ["a.edb"]), ("nora", [])):
            done = run("shell", s.tcp, env=who(user), stdin="databases\n")
            equal(re.findall(r"\w+\.edb", done.stdout), names, f"{user}: {done.stdout}")
        for change in ("insert id=9", "replace name=x", "delete", "drop table t"):
            done = run("shell", s.tcp, env=who("rob"), stdin=f"use a.edb\nopen t\nfirst\n{change}\n")
            equal(("-1907" in done.stdout, "one" in done.stdout), (True, True), done.stdout)


def those_who_look():
    """sessions and counters are told to who may manage all, and on the unix socket to this user"""
    with server(listen=("127.0.0.1:0 privacy", "127.0.0.1:0")) as s:
        for user, address, told in ((None, s.address, True), ("boss", s.tcp, True),
                                    ("rob", s.tcp, False), (None, s.addresses[1], False)):
            done = run("contexts", address, env=who(user))
            equal("store_commits" in done.stdout, told, f"{user} {address}: {done.stdout}")
            equal("may manage all" in done.stdout, not told, f"{user} {address}: {done.stdout}")
    with Server() as s:  # without a list, too
        done = run("contexts", s.tcp)
        equal(("store_commits" in done.stdout, "handles_live" in done.stdout), (False, True),
              done.stdout)


def everybody_and_strangers():
    """`*` is whoever has shown who he is, `anonymous` who has not"""
    config = "allow = * read a.edb\nallow = anonymous read b.edb\nallow = unix:%s manage *\n" % ME
    with server(config=config, listen=("127.0.0.1:0",)) as s:
        with_table(s)
        with_table(s, "b.edb")
        for user, name, good in (("rob", "a.edb", True), ("rob", "b.edb", False),
                                 (None, "a.edb", False), (None, "b.edb", True)):
            done = run("dump", s.tcp, name, "t", env=who(user))
            equal(done.returncode == 0, good, f"{user} {name}: {done.stdout}")


def handles_belong_to_their_principals():
    """another principal, or the same at a lower level, cannot use an instance's handle (0x1C00001A)"""
    with server(listen=("127.0.0.1:0 integrity",)) as s:
        for thief in ("boss", "-"):
            done = subprocess.run([RIGHTS, s.tcp, "stolen", thief], env=who("will"), check=True,
                                  stdout=subprocess.PIPE, text=True, timeout=tap.PATIENCE)
            equal(done.stdout.splitlines(), ["Open 0", "changed 0", "CommitStatus fault 6"], thief)


def again(s, config, word):
    """Writes the server's configuration, lets it read that, and waits for what it says of it: its line."""
    with open(os.path.join(s.folder, "holdfast.conf"), "w", encoding="utf-8") as f:
        f.write(f"ntlm_accounts = {ACCOUNTS}\n{config}")
    return hang_up(s, word)


def hang_up(s, word):
    seen = len(said(s))
    s.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(said(s)) > seen, "a line about the list")
    line = said(s)[-1]
    equal((len(said(s)), word in line), (seen + 1, True), line)
    return line


def said(s):
    return [line for line in s.log().split("\n")[:-1] if "the list of who may what" in line]


def list_is_read_again():
    """SIGHUP replaces the list at once for whoever comes; what is wrong keeps the one before"""
    with server(listen=("127.0.0.1:0 privacy",), options=("--allow", "HOUSE\\rob read b.edb")) as s:
        for name in ("a.edb", "b.edb"):
            with_table(s, name)

        def may(user, name="a.edb"):
            done = run("dump", s.tcp, name, "t", env=who(user))
            equal("-1907" in done.stdout, done.returncode != 0, done.stdout)
            return done.returncode == 0

        def rights():
            return may("rob"), may("nora"), may("boss")

        equal(rights(), (True, False, True), "at the start")
        old = Shell(s, "rob")
        equal(old.row(), "one", "a session that was there before")
        swapped = "allow = boss manage *\nallow = nora read a.edb\nsession_idle_s = 1\n"
        line = again(s, swapped, "was read again")
        equal("level=info" in line and "entries=3" in line, True, line)  # one of the command line
        equal(rights(), (False, True, True), "another list")
        equal(may("rob", "b.edb"), True, "what the command line gives")
        equal(old.row(), "one", "what is attached stays attached")
        old.close()
        for config, word in (("allow = boss manage *\n\nallow = nora own a.edb\n", "conf:4: allow: write PRINCIPAL"),
                             ("allow = rob read a.edb\nno such line\n", "conf:3: no such line: write NAME = VALUE"),
                             ("sessions_max = many\n", "conf:2: sessions_max: give a whole number")):
            line = again(s, config, word)
            equal("level=error" in line and "stays as it was" in line, True, line)
            equal(rights(), (False, True, True), "the list before")
        os.chmod(os.path.join(s.folder, "holdfast.conf"), 0o620)
        hang_up(s, "chmod go-w")
        os.remove(os.path.join(s.folder, "holdfast.conf"))
        hang_up(s, "holdfast.conf: No such file")
        equal(rights(), (False, True, True), "the list before")
        equal(s.stop()["faults"], 0, "faults")


def list_does_not_vanish():
    """SIGHUP makes a list where there was none, never none where there was one, and needs a file"""
    with server(config="", listen=("127.0.0.1:0",)) as s:
        with_table(s)
        equal(run("dump", s.tcp, "a.edb", "t").returncode, 0, "without a list")
        again(s, LIST, "was read again")
        fails(run("dump", s.tcp, "a.edb", "t"), "-1907")
        line = again(s, "", "no allow line is left")
        equal("restart" in line, True, line)
        fails(run("dump", s.tcp, "a.edb", "t"), "-1907")
        equal(s.stop()["faults"], 0, "faults")
    with Server() as s:
        hang_up(s, "--config")
        equal(s.contexts()["counters"]["jet_refused"], 0, "it still serves")


def list_is_replaced_under_load():
    """while programs open and read, the list is replaced many times: each is served or refused whole"""
    lists = (LIST, "allow = boss manage *\nallow = will read a.edb b.edb\n" * 20)
    with server() as s:
        with_table(s)
        callers = [subprocess.Popen([HOLDFAST, "dump", s.tcp, "a.edb", "t"], env=who(user),
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                   for user in ("will", "rob", "nora") * 2]
        rounds = 0
        while any(c.poll() is None for c in callers) or rounds < 10:
            again(s, lists[rounds % 2], "was read again")
            rounds += 1
        for c in callers:
            output = c.communicate(timeout=tap.PATIENCE)[0]
            equal(output == ROWS or "-1907" in output, True, output)
        equal(s.stop()["faults"], 0, "faults")


class Shell(tap.Process):
    """`holdfast shell` with a.edb attached and a cursor open on its table."""

    def __init__(self, s, user):
        super().__init__([HOLDFAST, "shell", s.tcp], env=who(user))
        self.say("use a.edb")
        self.say("open t")

    def row(self):
        self.say("first")
        return re.search(r"\bone\b", self.line_with("one")).group()


def for_all(program):
    """A copy of a program of the build, with its libraries, where every user may run it."""
    used = subprocess.run(["ldd", program], stdout=subprocess.PIPE, text=True, check=True).stdout
    build = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(HOLDFAST))))
    for file in [program, *re.findall(r"=> (%s/\S+)" % re.escape(build), used)]:
        copy = shutil.copy(file, PLACE.name)
        os.chmod(copy, 0o755)
    os.chmod(PLACE.name, 0o711)
    return path(os.path.basename(program))


def unix_sockets_know_their_users():
    """on a unix socket a user is who the kernel says; a socket for all is open to all"""
    extra = path("all.sock")
    with server(config=f"allow = unix:{ME} read a.edb\n", listen=(f"{extra} all",)) as s:
        equal(stat.S_IMODE(os.stat(extra).st_mode), 0o666, "mode of the socket")
        equal(stat.S_IMODE(os.stat(os.path.join(s.folder, "holdfast.sock")).st_mode), 0o600, "own")
        done = run("load", s.address, "a.edb", "t", write("x.csv", "id\n1\n"), "--schema", "id long")
        fails(done, "-1907")
        equal(f'principal="unix:{ME}"' in s.log(), True, s.log())
        if os.geteuid() != 0:
            raise tap.Skip("another user can be played by root alone")
        # files of a sanitizer's options lie where that user may not look
        env = who(LD_LIBRARY_PATH=PLACE.name, TSAN_OPTIONS="")
        done = subprocess.run([for_all(RIGHTS), s.addresses[0]], user="nobody", extra_groups=[],
                              cwd="/", stdout=subprocess.PIPE, text=True, check=False, env=env,
                              timeout=tap.PATIENCE)
        answers = dict(re.findall(r"^(\w+) (.+)$", done.stdout, re.M))
        equal([answers.get(n) for n in ("Look", "Open", "AttachDatabase", "ListDatabases", "Close")],
              ["-1907", "0", "-1907", "0", "0"], done.stdout)
        equal('principal="unix:nobody"' in s.log(), True, s.log())


try:
    tap.run([only_this_machine, files_of_secrets, accounts_are_made, strangers_and_users,
             credentials_that_are_wrong, the_table_is_whole, every_routine_asks, rights_by_the_tools,
             those_who_look, everybody_and_strangers, handles_belong_to_their_principals,
             unix_sockets_know_their_users, list_is_read_again, list_does_not_vanish,
             list_is_replaced_under_load])
finally:
    PLACE.cleanup()
