# SPDX-License-Identifier: Apache-2.0
"""What it costs a server to have many of something: silent connections, open handles, slow readers."""
import json
import os
import resource
import subprocess
import time

SERVERS = {
    "holdfast": "ours_server ncacn_ip_tcp 127.0.0.1:0",
    "mock thread": "raw_server thread 1 mock 0",
    "mock epoll": "raw_server epoll 1 mock 0",
}
USERS_OWN = 32  # octets of heap that the server's routine takes for its object


def allow_files():
    """As many descriptors as may be had, for this process and its children."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def resident(pid):
    """Octets of memory that a process has."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("Rss:")) * 1024


def cpu(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        rest = f.read().rsplit(")", 1)[1].split()
    return (int(rest[11]) + int(rest[12])) / os.sysconf("SC_CLK_TCK")


def run_down_cpu(pid, before):
    """CPU seconds that the server takes after its client has gone."""
    last, now, quiet = before, cpu(pid), 0
    while quiet < 10:
        time.sleep(0.05)
        last, now = now, cpu(pid)
        quiet = quiet + 1 if now == last else 0
    return now - before


def one_state(folder, server, kind, n, seconds=0.5):
    """{each: octets each costs, alone_us, beside_us: a call without and with them, run_down_s}."""
    client = ["taskset", "-c", "0", os.path.join(folder, "many_client")]
    program, *arguments = SERVERS[server].split()
    with subprocess.Popen(["taskset", "-c", "0", os.path.join(folder, program), *arguments],
                          stdout=subprocess.PIPE, text=True) as process:
        try:
            address = process.stdout.readline().strip()

            def begin(count):
                c = subprocess.Popen([*client, address, kind, str(count), "--seconds",
                                      str(seconds)], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, text=True)
                assert c.stdout.readline() == "empty\n", f"{server}: {kind} {count}"
                return c

            def go_on(c, expected):
                c.stdin.write("\n")
                c.stdin.flush()
                line = c.stdout.readline()
                assert expected is None or line == expected, f"{server}: {kind}: {line}"
                return line

            c = begin(0)
            go_on(c, "ready\n")
            alone = json.loads(go_on(c, None))
            c.communicate()
            memory = resident(process.pid)
            c = begin(n)
            if kind == "handles":
                memory = resident(process.pid)
            go_on(c, "ready\n")
            each = (resident(process.pid) - memory) / max(n, 1)
            beside = json.loads(go_on(c, None))
            before = cpu(process.pid)
            c.communicate()
            run_down = run_down_cpu(process.pid, before)
        finally:
            process.terminate()
    if kind == "handles" and server == "holdfast":
        each -= USERS_OWN
    return {"each": each, "alone_us": alone["p50_us"], "beside_us": beside["p50_us"],
            "rate": beside["rate"], "run_down_s": run_down}


def show(folder):
    """The states of the book's table, one run each; returns what was measured."""
    found = {}
    print(f"\n{'':<34}{'octets each':>12}{'call alone us':>15}{'beside us':>11}{'run-down CPU s':>16}")
    for kind, n, servers in (("idle", 10000, SERVERS), ("slow", 1000, ("holdfast",)),
                             ("handles", 100000, SERVERS), ("handles", 1000000, ("holdfast",))):
        for server in servers:
            if kind == "idle" and resource.getrlimit(resource.RLIMIT_NOFILE)[0] < n + 100:
                print(f"  {server}, {n} {kind}: not as many descriptors as that")
                continue
            s = one_state(folder, server, kind, n)
            found[f"{server} {kind} {n}"] = s
            print(f"  {server + ', ' + str(n) + ' ' + kind:<32}{s['each']:>12.0f}"
                  f"{s['alone_us']:>15.2f}{s['beside_us']:>11.2f}{s['run_down_s']:>16.2f}",
                  flush=True)
    return found
