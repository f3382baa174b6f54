#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What docs/jet.md shows is built and run, and gives what is printed there."""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
import tap  # noqa: E402
from tap import equal  # noqa: E402

TOP, HOLDFAST, LIBRARY = map(os.path.abspath, sys.argv[1:4])
COMPILER = sys.argv[4]
with open(os.path.join(TOP, "docs", "jet.md"), encoding="utf-8") as book:
    BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", book.read(), re.M | re.S)


def blocks(kind):
    return [text for k, text in BLOCKS if k == kind]


def built(folder, name, number):
    """The chapter's program of that number, compiled without a warning."""
    program = os.path.join(folder, name)
    with open(program + ".c", "w", encoding="utf-8") as out:
        out.write(blocks("c")[number])
    done = subprocess.run([*shlex.split(COMPILER), "-std=c11", "-Wall", "-Wextra", "-Werror",
                           "-I", os.path.join(TOP, "include"), program + ".c", "-o", program,
                           LIBRARY, f"-Wl,-rpath,{os.path.dirname(LIBRARY)}"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    equal((done.returncode, done.stdout), (0, ""), "the compiler")
    return program


def first_program():
    """the first program compiles without a warning and prints what the chapter says"""
    with tempfile.TemporaryDirectory() as folder:
        program = built(folder, "library", 0)
        data = os.path.join(folder, "data")
        os.mkdir(data)
        done = subprocess.run([program, data], stdout=subprocess.PIPE, text=True, check=True,
                              timeout=tap.PATIENCE, cwd=folder)
        equal(done.stdout, blocks("text")[0], "its output")
        told = subprocess.run([HOLDFAST, "check", data], stdout=subprocess.PIPE, text=True,
                              check=True).stdout
        equal("1 tables, 4 rows" in told and "no fault" in told, True, told)


def keeper():
    """the backup program makes a backup, adds to it, and brings it back in the place of nothing"""
    def keep(*args):
        return subprocess.run([program, "data", "backup", *args], stdout=subprocess.PIPE, text=True,
                              check=False, timeout=tap.PATIENCE, cwd=folder).stdout

    with tempfile.TemporaryDirectory() as folder:
        program = built(folder, "keeper", 1)
        data = os.path.join(folder, "data")
        os.mkdir(data)
        subprocess.run([built(folder, "library", 0), "data"], stdout=subprocess.PIPE, check=True,
                       timeout=tap.PATIENCE, cwd=folder)
        equal(keep(), "backed up: 0\n", "the first backup")
        equal(keep(), "backed up: 0\n", "another one")
        shutil.rmtree(data)
        os.mkdir(data)
        equal(keep("restore"), "restored: 0\n", "the restore")
        told = subprocess.run([HOLDFAST, "check", "data"], stdout=subprocess.PIPE, text=True,
                              check=True, cwd=folder).stdout
        equal("1 tables, 4 rows" in told and "no fault" in told, True, told)


def shell_session():
    """the shell's session prints what the chapter says"""
    lines = blocks("console")[0].splitlines()[1:]
    commands = [line[2:] for line in lines if line.startswith("> ")]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([HOLDFAST, "shell", folder], input="\n".join(commands) + "\n",
                              stdout=subprocess.PIPE, text=True, check=True, timeout=tap.PATIENCE)
    equal(done.stdout.splitlines(), [line for line in lines if not line.startswith("> ")], "output")


if __name__ == "__main__":
    tap.run([first_program, keeper, shell_session])
