#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The command `holdfast conformance` itself: its server half named from without, --only, --json, --list,
what it says of a server that is none. Speaks TAP."""
import json
import os
import signal
import subprocess
import sys
import tempfile

HOLDFAST = sys.argv[1]
n = 0
bad = 0


def check(what, good, more=""):
    global n, bad
    n += 1
    bad += not good
    print(f'{"ok" if good else "not ok"} {n} - {what}')
    if not good:
        print("".join(f"# {line}\n" for line in str(more).splitlines()), end="")


def run(*arguments):
    return subprocess.run([HOLDFAST, "conformance", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)


with tempfile.TemporaryDirectory(prefix="holdfast-") as folder:
    path = f"{folder}/socket"
    server = subprocess.Popen([HOLDFAST, "conformance", "serve", "--tcp", "127.0.0.1:0", "--unix", path],
                              stdout=subprocess.PIPE, text=True)
    addresses = []
    while (line := server.stdout.readline().strip()) != "":
        addresses.append(line)
    check("serve names its endpoints", sorted(a.split(":")[0] for a in addresses) ==
          ["ncacn_ip_tcp", "ncalrpc"], addresses)
    for address in sorted(addresses):
        over = "tcp" if address.startswith("ncacn") else "unix"
        done = run("--server", address, "--only", "F4,F8,U1,W3,J1,J4,R8", "--json")
        result = json.loads(done.stdout)
        rules = {r["rule"]: r for r in result["rules"]}
        check(f"a named server ({over}) is judged", done.returncode == 0 and
              all(rules[r]["result"] == "ok" for r in ("F4", "F8", "U1", "W3", "J1", "R8")), done.stdout)
        check(f"what needs more than is named ({over}) is told with a reason",
              rules["J4"]["result"] == "not provoked" and "other transport" in rules["J4"]["reason"],
              rules["J4"])
        check(f"the other transport of a server named by one ({over}) is left alone",
              all(c["over"] == over for r in rules.values() for c in r["cases"]), done.stdout)
        check(f"the cases are told one by one ({over})",
              len([c for c in rules["F4"]["cases"] if c["result"] == "ok"]) == 3, rules["F4"])
    server.send_signal(signal.SIGTERM)
    check("serve ends by SIGTERM", server.wait() == 0)
    check("... and leaves no socket", not os.path.exists(path))
    done = run("--server", addresses[0], "--only", "F4", "--patience", "1")
    check("a server that is gone fails, with its status", done.returncode == 1 and
          "FAILED" in done.stdout and "1722" in done.stdout, done.stdout)

done = run("--only", "F4", "--tcp")
check("a line for a rule", done.returncode == 0 and
      "F4    ok     -       null in, opened, failed after marshalling: run down once, nothing at the client"
      in done.stdout, done.stdout)
check("rules that are not provoked come with a reason", "pipes are not offered" in done.stdout, done.stdout)
done = run("--list")
check("--list tells each rule and its cases", done.returncode == 0 and
      "      - [out], opened, failed to send\n" in done.stdout and
      all(f"\n{r}" in done.stdout for r in ("F11", "X16", "P5", "C9", "R9", "J6", "U7")), done.stdout)
check("no such rule", run("--only", "F99").returncode == 2)
check("no such address", run("--server", "ncacn_np:x").returncode == 1)
check("no such option", run("--nonsense").returncode == 2)
check("serve without an endpoint", run("serve").returncode == 2)
check("help", run("--help").stdout.startswith("usage: holdfast conformance"))
print(f"1..{n}")
sys.exit(1 if bad else 0)
