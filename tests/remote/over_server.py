#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a test program of the JET rules against a server instead of a folder.

usage: over_server.py HOLDFAST PROGRAM [ARGUMENT...]

The program is the embedded one, unchanged: HOLDFAST_ADDRESS takes the place of its folders. What it
prints is TAP; one more test says that the server has nothing left of it and found no fault of its own,
and that it never had more memory than SERVER_MOST_MIB, where that is in the environment.
"""
import os
import re
import subprocess
import sys

os.environ["HOLDFAST"] = sys.argv[1]

from serving import Server  # noqa: E402  pylint: disable=wrong-import-position


def most_memory(server):
    """The most MiB that the server has had resident."""
    with open(f"/proc/{server.process.pid}/status", encoding="utf-8") as f:
        return int(re.search(r"VmHWM:\s+(\d+) kB", f.read())[1]) >> 10


def main():
    with Server() as server:
        env = dict(os.environ, HOLDFAST_ADDRESS=server.address)
        done = subprocess.run(sys.argv[2:], env=env, stdout=subprocess.PIPE, text=True, check=False)
        lines = done.stdout.splitlines()
        tests = sum(line.startswith(("ok ", "not ok ")) for line in lines)
        print("\n".join(line for line in lines if not line.startswith("1..")))
        server.settle()
        memory = most_memory(server)
        end = server.stop()
        left = {k: v for k, v in end.items() if v and k in ("faults", "left_instances",
                                                            "left_sessions", "left_tables", "left_backups")}
        good = (not left and end["instances"] > 0 and
                memory <= int(os.environ.get("SERVER_MOST_MIB", memory)))
        print(f"# the server: {memory} MiB at most")
        print(f"{'ok' if good else 'not ok'} {tests + 1} - the server has nothing left of it")
        if not good:
            print(f"# {end}")
        print(f"1..{tests + 1}")
    sys.exit(done.returncode or not good)


if __name__ == "__main__":
    main()
