# SPDX-License-Identifier: Apache-2.0
"""What the runtime's speed shall be, as ratios and costs, and which of it a measurement has shown."""

PEERS = ("tirpc", "thrift", "grpc", "capnp")
# work: [(against whom, at least so many times as fast)]; "best X" is the fastest of the kind.
RATIOS = {
    "null": [("best mock", 0.95), *((peer, 1.0) for peer in PEERS)],
    "null-unix": [("best mock", 0.95)],
    "threads": [("mock thread", 0.95), *((peer, 1.0) for peer in PEERS)],
    "multi": [("mock epoll", 0.90), ("grpc", 2.0)],
    "cycle": [("best mock", 0.95), ("grpc", 2.5)],
    "echo-1k": [("best raw", 0.90)],
    "echo-64k": [("best raw", 0.90)],
    "echo-1m": [("best raw", 0.90), ("grpc", 4.0)],
}
# state: [(what, of which figures, at most)]
STATES = {
    "holdfast idle 10000": [
        ("octets resident each", lambda s: s["each"], 1024),
        ("a call beside them, times one alone", lambda s: s["beside_us"] / s["alone_us"], 1.05)],
    "holdfast handles 100000": [
        ("octets each beyond the user's own", lambda s: s["each"], 96),
        ("microseconds more a call", lambda s: s["beside_us"] - s["alone_us"], 0.5)],
    "holdfast handles 1000000": [
        ("octets each beyond the user's own", lambda s: s["each"], 96),
        ("seconds of CPU for their run-down", lambda s: s["run_down_s"], 1.0)],
}


def judged(results):
    """[(work, goal, what was measured, None or by how much it is missed)]; a ratio counts by the lower
    end of its interval."""
    found = []
    for work, goals in RATIOS.items():
        rows = results.get(work, {}).get("rows", {})
        for peer, least in goals:
            name = rows.get(peer) if peer.startswith("best") else peer
            if name not in rows:
                continue
            middle, low, high = rows[name]["holdfast_ratio"]
            who = f"{peer} ({name})" if peer.startswith("best") else name
            found.append((results[work]["title"], f"at least {least:g} x {who}",
                          f"{middle:.3f} ({low:.3f} .. {high:.3f})",
                          None if low >= least else least - low))
    for state, goals in STATES.items():
        s = results.get("states", {}).get(state)
        for what, figure, most in goals if s else ():
            value = figure(s)
            found.append((state, f"{what}: at most {most:g}", f"{value:.2f}",
                          None if value <= most else value - most))
    return found


def table(results):
    """The same as lines of a table in the book."""
    lines = ["| work | goal | measured | |", "|---|---|---|---|"]
    for work, goal, value, missed in judged(results):
        verdict = "reached" if missed is None else f"**missed by {missed:.3f}**"
        lines.append(f"| {work} | {goal} | {value} | {verdict} |")
    return "\n".join(lines) + "\n"


def show(results):
    found = judged(results)
    print(f"\ngoals: {sum(missed is None for *_, missed in found)} of {len(found)} reached")
    for work, goal, value, missed in found:
        if missed is not None:
            print(f"  missed by {missed:.3f}: {work}: {goal}; measured {value}")
