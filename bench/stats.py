# SPDX-License-Identifier: Apache-2.0
"""What the measurements share: building, medians with their intervals, ratios of rounds, foreign load."""
import glob
import os
import shlex
import statistics
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RELEASE = os.path.join(TOP, "build", "bench")


def sh(command, cwd=TOP):
    """Runs a step of a build, gives its output, or ends the program with the last of it."""
    done = subprocess.run(command, shell=True, cwd=cwd, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command}\n{done.stdout[-3000:]}\nbench: the build failed")
    return done.stdout


def build_release(targets):
    if not os.path.exists(os.path.join(RELEASE, "build.ninja")):
        sh(f"meson setup {shlex.quote(RELEASE)} . --buildtype=release")
    sh(f"ninja -C {shlex.quote(RELEASE)} -j2 {targets}")


def interval(values):
    """Median with its 95 % interval by order statistics."""
    v = sorted(values)
    n = len(v)
    low = max(0, int(n / 2 - 0.98 * n ** 0.5))
    high = min(n - 1, int(n / 2 + 0.98 * n ** 0.5))
    return statistics.median(v), v[low], v[high]


def ratio(a, b):
    """Of two series measured in the same rounds."""
    return interval([x / y for x, y in zip(a, b)])


def processes():
    """{pid: (parent, jiffies of it and of its children that have ended)}."""
    found = {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="ascii", errors="replace") as f:
                rest = f.read().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found[int(path.split("/")[2])] = (int(rest[1]), sum(int(x) for x in rest[11:15]))
    return found


def busy(pids):
    """Jiffies of CPU that everybody, and the trees of processes of `pids`, have used so far."""
    with open("/proc/stat", encoding="ascii") as f:
        fields = [int(x) for x in f.readline().split()[1:]]
    everyone = sum(fields[:3]) + sum(fields[5:8])
    all_ = processes()
    ours = set()
    more = {pid for pid in pids if pid in all_}
    while more:
        ours |= more
        more = {pid for pid, (parent, _) in all_.items() if parent in ours} - ours
    return everyone, sum(all_[pid][1] for pid in ours)


class Foreign:
    """The share of a core that processes other than this one's tree and `pids` take meanwhile."""

    def __init__(self, pids=()):
        self.pids = [os.getpid(), *pids]
        self.start = (*busy(self.pids), os.times().elapsed)

    def share(self):
        everyone, ours = busy(self.pids)
        seconds = max(os.times().elapsed - self.start[2], 1e-3)
        jiffies = (everyone - self.start[0]) - (ours - self.start[1])
        return max(0.0, jiffies / os.sysconf("SC_CLK_TCK") / seconds)
