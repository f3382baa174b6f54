# SPDX-License-Identifier: Apache-2.0
"""What the script tests share: TAP output, and servers that are started, found and ended."""
import os
import select
import subprocess
import sys
import time
import traceback

PATIENCE = 60  # seconds that any single wait may take; a wait is for a condition, never for time


class Skip(Exception):
    """Raised by a case that cannot run here; the argument says why."""


def run(cases):
    """Runs functions in order, one TAP line each: the first line of its docstring names it."""
    failed = 0
    print(f"1..{len(cases)}", flush=True)
    for number, case in enumerate(cases, 1):
        name = (case.__doc__ or case.__name__).strip().splitlines()[0].rstrip(".")
        try:
            case()
            print(f"ok {number} - {name}", flush=True)
        except Skip as why:
            print(f"ok {number} - {name} # SKIP {why}", flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {number} - {name}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
    sys.exit(1 if failed else 0)


def equal(got, wanted, what="value"):
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r}, wanted {wanted!r}")


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {PATIENCE} s for {what}")
        time.sleep(0.005)
    return value


class Process:
    """A program whose output is read line by line; ended, by its own id, at the latest by close()."""

    def __init__(self, command, merge=True, **options):
        self.command = command
        self.lines = []
        self.rest = b""
        if merge:
            options["stderr"] = subprocess.STDOUT
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        **options)

    @property
    def pid(self):
        return self.process.pid

    def line(self):
        """The next line it prints; '' at its end."""
        while b"\n" not in self.rest:
            ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
            if not ready:
                raise AssertionError(f"{self.command[0]} printed nothing for {PATIENCE} s")
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                line, self.rest = self.rest, b""
                return line.decode(errors="replace")
            self.rest += piece
        line, self.rest = self.rest.split(b"\n", 1)
        self.lines.append(line.decode(errors="replace"))
        return self.lines[-1]

    def line_with(self, text):
        while text not in (line := self.line()):
            if line == "" and self.process.poll() is not None:
                raise AssertionError(f"{self.command[0]} ended before it printed {text!r}")
        return line

    def say(self, text=""):
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def wait(self):
        return self.process.wait(timeout=PATIENCE)

    def kill(self, signal_number):
        self.process.send_signal(signal_number)
        return self.wait()

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for end in (self.process.stdin, self.process.stdout):
            try:
                end.close()
            except BrokenPipeError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
