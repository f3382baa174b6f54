#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a test program of the JET rules against a server instead of a folder.

usage: over_server.py HOLDFAST PROGRAM [ARGUMENT...]

The program is the embedded one, unchanged: HOLDFAST_ADDRESS takes the place of its folders. What it
prints is TAP; one more test says that the server has nothing left of it and found no fault of its own.
"""
import os
import subprocess
import sys

os.environ["HOLDFAST"] = sys.argv[1]

from serving import Server  # noqa: E402  pylint: disable=wrong-import-position


def main():
    with Server() as server:
        env = dict(os.environ, HOLDFAST_ADDRESS=server.address)
        done = subprocess.run(sys.argv[2:], env=env, stdout=subprocess.PIPE, text=True, check=False)
        lines = done.stdout.splitlines()
        tests = sum(line.startswith(("ok ", "not ok ")) for line in lines)
        print("\n".join(line for line in lines if not line.startswith("1..")))
        server.settle()
        end = server.stop()
        left = {k: v for k, v in end.items() if v and k in ("faults", "left_instances",
                                                            "left_sessions", "left_tables")}
        good = not left and end["instances"] > 0
        print(f"{'ok' if good else 'not ok'} {tests + 1} - the server has nothing left of it")
        if not good:
            print(f"# {end}")
        print(f"1..{tests + 1}")
    sys.exit(done.returncode or not good)


if __name__ == "__main__":
    main()
