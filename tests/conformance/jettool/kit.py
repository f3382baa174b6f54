# SPDX-License-Identifier: Apache-2.0
"""What the tests of `holdfast shell`, `load`, `dump` and `check` share: a folder and the command."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from tap import PATIENCE, equal  # noqa: E402

HOLDFAST = sys.argv[1]


class Folder:
    """A new folder with a store in it, gone at the end."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="jettool-")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def file(self, name, content):
        path = os.path.join(self.path, name)
        with open(path, "wb") as out:
            out.write(content if isinstance(content, bytes) else content.encode("utf-8",
                                                                                "surrogatepass"))
        return path

    def run(self, command, *arguments, status=0, stdin=""):
        """Runs `holdfast COMMAND [options] FOLDER rest...`; options come before a "." argument."""
        words = [self.path if a == "." else a for a in arguments]
        done = subprocess.run([HOLDFAST, command, *words], input=stdin.encode(), check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=4 * PATIENCE)
        if done.returncode != status:
            raise AssertionError(f"{command}: exit status {done.returncode}, wanted {status}: "
                                 f"{done.stdout[-2000:]!r} {done.stderr[-2000:]!r}")
        self.errors = done.stderr.decode(errors="replace")
        return done.stdout.decode("utf-8", "surrogatepass")

    def shell(self, script, *options, status=0):
        return self.run("shell", *options, ".", stdin=script, status=status)

    def rows(self, script, *options, status=0):
        """What a script prints as JSON."""
        return [json.loads(line) for line in self.shell(script, "--json", *options,
                                                       status=status).splitlines()]

    def clean(self):
        """`check` finds nothing."""
        told = self.run("check", ".")
        equal(told.strip().endswith("no fault"), True, told)


def contains(text, *parts):
    for part in parts:
        if part not in text:
            raise AssertionError(f"{part!r} is not in {text!r}")
