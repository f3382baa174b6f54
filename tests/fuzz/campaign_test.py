#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/fuzz/campaign with a program in the place of a fuzz target's: what --report says while turns are under way."""
import os
import signal
import subprocess
import sys
import tempfile
import time

CAMPAIGN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "campaign")
# A turn: finds an input, says so, waits to be ended; the second has taken all inputs away meanwhile.
PROGRAM = """#!/bin/sh
here=$(dirname "$0")
case "$1" in -merge=1) for last; do :; done; cp "$last"/* "$3"; exit 0;; esac
for one; do case "$one" in -*) ;; *) inputs=$one; break;; esac; done
if [ -e "$here/second" ]; then rm -rf "$inputs"; : >"$here/third"; exec sleep 600; fi
echo octets >"$inputs/found"
echo 'stat::number_of_executed_units: 7'
echo '#7 DONE cov: 3 ft: 4'
: >"$here/second"
"""


def wait_for(path, campaign):
    end = time.monotonic() + 60
    while not os.path.exists(path) and campaign.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    return os.path.exists(path)


def main():
    print("1..1", flush=True)
    with tempfile.TemporaryDirectory(prefix="campaign-test-") as folder:
        program, keep = os.path.join(folder, "campaign-toy"), os.path.join(folder, "keep")
        with open(program, "w", encoding="utf-8") as f:
            f.write(PROGRAM)
        os.chmod(program, 0o755)
        campaign = subprocess.Popen([sys.executable, CAMPAIGN, "--programs", folder, "--keep", keep, "--runs", "20"],
                                    stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            under_way = wait_for(os.path.join(folder, "third"), campaign)
            said = subprocess.run([sys.executable, CAMPAIGN, "--report", keep, "--runs", "20"], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        finally:
            os.killpg(campaign.pid, signal.SIGKILL)
            campaign.wait()
    row = said.stdout.splitlines()[-1].split()
    # target executions edges features seconds a-second turns seed corpus kept KiB outcome
    good = under_way and said.returncode == 0 and row[:4] == ["toy", "7", "3", "4"] and row[-3:] == ["1", "35%", "ok"]
    if not good:
        print("# " + said.stdout.replace("\n", "\n# "))
    print(("" if good else "not ") + "ok 1 - a campaign that is under way is reported on")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
