# SPDX-License-Identifier: Apache-2.0
"""What the tests of `holdfast serve` share: a server in a folder of its own, its account of itself."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from tap import Process, wait_until  # noqa: E402

HOLDFAST = os.environ.get("HOLDFAST", "holdfast")


class Server(Process):
    """`holdfast serve` on a folder; `address` is its unix socket, `tcp` its TCP address."""

    def __init__(self, folder=None, options=(), config=None, listen=("127.0.0.1:0",), env=None):
        self.own = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="hf-serve-")
        self.log_path = os.path.join(self.folder, "holdfast.log")
        if config is not None:
            path = os.path.join(self.folder, "holdfast.conf")
            with open(path, "w", encoding="utf-8") as f:
                f.write(config)
            os.chmod(path, 0o600)
            options = [*options, "--config", path]
        with open(self.log_path, "ab") as log:
            self.start = log.tell()
            for address in listen:
                options = [*options, "--listen", address]
            super().__init__([HOLDFAST, "serve", self.folder, *options], merge=False, stderr=log,
                             env=env)
        self.address = self.line()
        self.addresses = [self.line() for _ in listen]
        self.tcp = self.addresses[0]
        if not self.address.startswith("ncalrpc:"):
            raise AssertionError(f"no address but {self.address!r}: {self.log()}")

    def log(self):
        with open(self.log_path, encoding="utf-8") as f:
            f.seek(self.start)
            return f.read()

    def contexts(self):
        done = subprocess.run([HOLDFAST, "contexts", self.address, "--json"], check=True,
                              stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout)

    def handles(self):
        """How many context handles there are, by type."""
        found = {}
        for handle in self.contexts()["handles"]:
            found[handle["type"]] = found.get(handle["type"], 0) + 1
        return found

    def holds(self):
        """Everything that a client can leave behind: handles by type, what the server counts of its own,
        and what the store under it does: transactions, each with its snapshot, and row locks."""
        seen = self.contexts()
        found = {name: value for name, value in seen["counters"].items()
                 if name in ("jet_instances", "jet_sessions", "jet_tables", "jet_transactions",
                             "store_transactions", "store_row_locks")}
        for handle in seen["handles"]:
            found[handle["type"]] = found.get(handle["type"], 0) + 1
        return found

    def settle(self, what="the server to let go"):
        wait_until(lambda: not self.handles(), what)

    def stop(self):
        """Ends it by SIGTERM; gives what it says of itself at the end."""
        self.process.send_signal(signal.SIGTERM)
        status = self.wait()
        if status != 0:
            raise AssertionError(f"the server ended with {status}: {self.log()}")
        last = [line for line in self.log().splitlines() if "the server has ended" in line][-1]
        return {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)\b", last.split('"')[2])}

    def succeeded_by(self, **options):
        """Ends it; another on its folder, which goes with the last of them."""
        if self.process.poll() is None:
            self.stop()
        other = Server(folder=self.folder, **options)
        other.own, self.own = self.own, False
        self.close()
        return other

    def close(self):
        super().close()
        if self.own:
            shutil.rmtree(self.folder, ignore_errors=True)
