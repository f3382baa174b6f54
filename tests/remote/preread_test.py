#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""JetPrereadKeys, JetPrereadIndexRanges and JetPrereadTables read ahead, on a folder and at a server's address.

usage: preread_test.py HOLDFAST PREREAD HF_FAULT
"""
import os
import subprocess
import sys
import tempfile

os.environ["HOLDFAST"] = sys.argv[1]

from serving import Server  # noqa: E402
import tap  # noqa: E402  pylint: disable=wrong-import-order
from tap import equal  # noqa: E402

PREREAD, FAULT = sys.argv[2:4]
WAYS = ("keys", "back", "ranges", "down", "values", "tables")


def failing(switch):
    """The environment of who cannot read its store while the file is there."""
    options = os.environ.get("ASAN_OPTIONS", "")
    return dict(os.environ, LD_PRELOAD=FAULT, FAULT_READ_WHILE=switch,
                ASAN_OPTIONS=f"{options}:verify_asan_link_order=0")


def run(folder, switch, way, env):
    done = subprocess.run([PREREAD, folder, switch, way], env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=2 * tap.PATIENCE)
    equal(done.returncode, 0, f"{way}: {done.stdout}")


def on_a_folder(way):
    with tempfile.TemporaryDirectory(prefix="hf-ahead-") as folder:
        switch = os.path.join(folder, "switch")
        run(folder, switch, "setup", failing(switch))
        run(folder, switch, way, failing(switch))


def at_an_address(way):
    with tempfile.TemporaryDirectory(prefix="hf-ahead-") as place:
        switch = os.path.join(place, "switch")
        with Server(env=failing(switch)) as first:
            run(place, switch, "setup", dict(os.environ, HOLDFAST_ADDRESS=first.address))
            with first.succeeded_by(env=failing(switch)) as server: # which has nothing in its caches
                run(place, switch, way, dict(os.environ, HOLDFAST_ADDRESS=server.address))
                server.settle()
                equal(server.stop()["faults"], 0, "faults")


def case(place, way):
    def what():
        place(way)
    what.__doc__ = f"what was read ahead, {place.__name__.replace('_', ' ')}: {way}"
    return what


tap.run([case(place, way) for place in (on_a_folder, at_an_address) for way in WAYS])
