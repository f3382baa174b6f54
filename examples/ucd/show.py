#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""JET databases over RPC, shown on real input: sessions in context handles, and a client that dies.

usage: show.py BUILD

Starts `holdfast serve` on a new folder, loads the Unicode Character Database from another process,
asks it, kills a client in mid-transaction, and runs the same program on a folder of its own. Prints
what happened beside what had to happen; exit status 1 if the two differ anywhere.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(sys.argv[1])
sys.path.insert(0, os.path.join(HERE, "..", "..", "tests"))

from tap import Process, wait_until  # noqa: E402

FILE = "/usr/share/unicode/UnicodeData.txt"
HOLDFAST = os.path.join(BUILD, "src", "tool", "holdfast")
UCD = os.path.join(BUILD, "examples", "ucd", "ucd")
ENVIRONMENT = dict(os.environ, LD_LIBRARY_PATH=os.pathsep.join(
    os.path.join(BUILD, "src", room) for room in ("remote", "rpc", "ese")))

# arguments of the program, the same question as an awk program, in words
QUESTIONS = [
    (["count", "Lu"], '$3 == "Lu" { n++ } END { print n + 0 }', "how many of category Lu"),
    (["count", "Nd"], '$3 == "Nd" { n++ } END { print n + 0 }', "how many of category Nd"),
    (["code", "20AC"], '$1 == "20AC" { print $1 ";" $2 ";" $3 }', "seek code point 20AC"),
    (["name", "WHITE KNIGHT"], '', "no such name"),
    (["name", "WHITE CHESS KNIGHT"], '$2 == "WHITE CHESS KNIGHT" { print $1 ";" $2 ";" $3 }',
     "seek a name"),
    (["range", "0391", "03A9"], '$1 >= "0391" && $1 <= "03A9" && length($1) == 4 '
     '{ print $1 ";" $2 ";" $3 }', "range 0391 to 03A9, in order"),
]

wrong = 0


def check(good):
    global wrong  # pylint: disable=global-statement
    wrong += not good
    return "" if good else "   <-- WRONG"


def output(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=ENVIRONMENT)
    return done.stdout


def look(address):
    return json.loads(output(HOLDFAST, "contexts", address, "--json"))


def jet_handles(address):
    return [h["type"] for h in look(address)["handles"] if h["interface"] == "jet"]


def run_downs(address):
    return sum(n for cause, n in look(address)["counters"].items() if cause.startswith("rundowns_"))


def load(address):
    """Loads the file and looks on meanwhile; returns the threads that took the session up."""
    threads, seen = [], 0
    start = time.monotonic()
    with Process([UCD, address, "load", FILE], env=ENVIRONMENT) as client:
        while client.process.poll() is None:
            for session in look(address)["sessions"]:
                seen += 1
                threads = max(threads, session["threads"], key=len)
            if time.monotonic() - start > 2:
                print(f"\r  loading ... {time.monotonic() - start:.0f} s", end="", file=sys.stderr)
        rows = int(client.line())
    seconds = time.monotonic() - start
    print("\r", end="", file=sys.stderr)
    return rows, seconds, threads, seen


def ask(address):
    return [output(UCD, address, *question) for question, _, _ in QUESTIONS]


def truth():
    answers = []
    for _, program, _ in QUESTIONS:
        answers.append(subprocess.run(["awk", "-F;", program, FILE] if program else ["true"],
                                      stdout=subprocess.PIPE, text=True, check=True).stdout)
    return answers


def brief(text):
    lines = text.splitlines()
    return f"{len(lines)} rows, {lines[0].split(';')[0]} first" if len(lines) > 1 else \
        lines[0] if lines else "nothing"


def shell(address, *commands):
    """Runs the shell over a pipe; its output."""
    done = subprocess.run([HOLDFAST, "shell", address], input="\n".join(commands) + "\n",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          env=ENVIRONMENT)
    return done.stdout


def death(address):
    """A client is killed in mid-transaction."""
    open_table = ["use ucd.db", "open characters"]
    row = 'insert code=16777215 name="LATE LETTER"'
    before = run_downs(address)
    with Process([HOLDFAST, "shell", address], env=ENVIRONMENT) as client:
        for command in open_table + ["begin", row]:
            client.say(command)
        wait_until(lambda: any(s["level"] == 1 and s["octets"] > 0 for s in look(address)["sessions"]),
                   "the row to be inserted")
        session = look(address)["sessions"][-1]
        held = jet_handles(address)
        print("\n  A second client inserts a row in a transaction and is killed by SIGKILL")
        print(f"    server holds  {', '.join(sorted(held))}; "
              f"session at level {session['level']}" + check(len(held) >= 3))
        print("    the rule      its sessions run down: one JetEndSession each, which rolls back")
        client.kill(signal.SIGKILL)
    wait_until(lambda: not jet_handles(address), "the server to let go")
    ran = run_downs(address) - before
    gone = output(UCD, address, "code", "FFFFFF") == ""
    print(f"    happened      {ran} handles run down, 0 left; its row is "
          f"{'gone' if gone else 'still there'}" + check(ran == len(held) and gone))
    shell(address, *open_table, row)
    there = output(UCD, address, "code", "FFFFFF").startswith("FFFFFF;LATE LETTER")
    shell(address, *open_table, "seek 16777215", "delete")
    print(f"    its key       {'was free to insert' if there else 'could not be inserted'}" +
          check(there))


def main():
    with tempfile.TemporaryDirectory(prefix="holdfast-show-") as folder:
        served, own = os.path.join(folder, "served"), os.path.join(folder, "own")
        os.mkdir(served)
        os.mkdir(own)
        with Process([HOLDFAST, "serve", served], env=ENVIRONMENT) as server:
            address = server.line_with("ncalrpc:")
            print("JET databases over RPC: a session lives in a context handle.\n")
            print(f"server  holdfast serve {served}\nat      {address}\n")
            rows, seconds, threads, seen = load(address)
            lines = int(output("awk", "END { print NR }", FILE))
            print(f"  loaded {rows} rows of {lines} lines in {seconds:.1f} s "
                  f"({rows / seconds:.0f} rows/s), 1000 a transaction" + check(rows == lines))
            print(f"  its one session was taken up, call by call, by {len(threads)} worker threads: "
                  f"{' '.join(map(str, threads))}" + check(seen > 0 and len(threads) > 0))
            remote, wanted = ask(address), truth()
            embedded_rows = int(output(UCD, own, "load", FILE))
            embedded = ask(own)
            print("\n  The same program, the same questions: at the server, and on a folder of its own.\n")
            print(f"  {'question':<32}{'awk':>26}{'served':>10}{'embedded':>10}")
            for (_, _, words), right, one, two in zip(QUESTIONS, wanted, remote, embedded):
                print(f"  {words:<32}{brief(right)[:26]:>26}{'same' if one == right else one[:9]:>10}"
                      f"{'same' if two == right else two[:9]:>10}" + check(right == one == two))
            print(f"  {'rows loaded':<32}{lines:>26}{'same' if rows == lines else rows:>10}"
                  f"{'same' if embedded_rows == lines else embedded_rows:>10}" +
                  check(embedded_rows == lines))
            death(address)
            left = jet_handles(address)
            print(f"\nIn all: {len(left)} handles left." + check(not left))
            server.kill(signal.SIGTERM)
    print("\nEverything was as it had to be." if not wrong else f"\n{wrong} things were wrong.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
