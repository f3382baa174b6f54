#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What docs/remote.md shows happens, and prints what is printed there.

usage: book_test.py SOURCE HOLDFAST VISITS
"""
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402
from tap import Process, equal  # noqa: E402

TOP, HOLDFAST, VISITS = map(os.path.abspath, sys.argv[1:4])


def scenes():
    """Commands of the console blocks, each with the lines that follow it."""
    with open(os.path.join(TOP, "docs", "remote.md"), encoding="utf-8") as book:
        text = "".join(re.findall(r"^```console\n(.*?)^```$", book.read(), re.M | re.S))
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        command, *lines = part.splitlines()
        yield command, lines


def play(command, lines, folder, servers):
    words = [VISITS if w == "visits" else HOLDFAST if w == "holdfast" else w
             for w in shlex.split(command.replace("/tmp/", folder + "/"))]
    wanted = [line.replace("/tmp/", folder + "/") for line in lines]
    env = dict(os.environ)
    while "=" in words[0]:
        name, value = words.pop(0).split("=", 1)
        env[name] = value
    if words[-1] == "&":
        servers.append(Process(words[:-1], merge=False, stderr=subprocess.DEVNULL, env=env,
                               cwd=folder))
        equal([servers[-1].line()], wanted, command)
    elif wanted[-1:] == ["^C"]:
        with Process(words, env=env, cwd=folder) as program:
            equal([program.line()], wanted[:-1], command)
            program.kill(signal.SIGKILL)
    else:
        done = subprocess.run(words, env=env, cwd=folder, stdout=subprocess.PIPE, text=True,
                              check=True, timeout=tap.PATIENCE)
        equal(done.stdout.splitlines(), wanted, command)


def the_book():
    """the visitors' book says what the chapter says, on a folder and at an address"""
    servers = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            for command, lines in scenes():
                play(command, lines, folder, servers)
        finally:
            for server in servers:
                server.close()


def the_settings():
    """the sample file has every setting, with its default"""
    sample = os.path.join(TOP, "examples", "visits", "serve.conf")
    with tempfile.NamedTemporaryFile() as own, open(sample, "rb") as f:  # it has to be this user's
        shutil.copyfileobj(f, own)
        own.flush()
        shown = [subprocess.run([HOLDFAST, "serve", *options, "--show-config"], check=True,
                                stdout=subprocess.PIPE, text=True).stdout
                 for options in ([], ["--config", own.name])]
    equal(shown[1], shown[0], "settings")
    with open(sample, encoding="utf-8") as f:
        names = re.findall(r"^(\w+) =", f.read(), re.M)
    equal(sorted(names), sorted(re.findall(r"^(\w+) =", shown[0], re.M)), "names")
    with open(os.path.join(TOP, "man", "holdfast-serve.1"), encoding="utf-8") as f:
        told = re.findall(r"^\.It Ic (\w+)", f.read(), re.M)
    equal(sorted(told), sorted(names), "the manual page's settings")


tap.run([the_book, the_settings])
