#!/usr/bin/env python3
"""From the moment at which exposure reaches a limit until the kill is issued, and until the load is gone: with the
real noodstopd on real control groups, undisturbed, beside 200 busy processes, and with nearly all memory taken.

usage: trip_latency.py FOLDER_OF_BINARIES [--trips N] [--only PART_OF_NAME] [--memory-left MIB]

Prints `name value unit` for each figure. The bound is the poll interval and 50 ms (DESIGN.md 10); exit code 1 if the
p99 of a situation misses it, 77 where control groups can't be used. Percentiles are those of the nearest rank: below
100 trips the p99 is the worst of all.
"""

import argparse
import math
import os
import signal
import sys

sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"),
                os.path.dirname(os.path.abspath(__file__))]

# pylint: disable=wrong-import-position
from harness import cgroup_mount, skip_unless_possible  # noqa: E402
from trip_latency_parts.pressure import Busy, Memory, Pressure  # noqa: E402
from trip_latency_parts.real_time import become_real_time, boot_time  # noqa: E402
from trip_latency_parts.trips import CountBench, Poll, SpendBench  # noqa: E402

SLACK_SECONDS = 0.050
QUICK, SLOW = Poll("200ms", 0.2), Poll("1s", 1.0)
# What is measured under which pressure, and how many trips of it.
PLAN = [
    (CountBench, QUICK, Pressure, 100),
    (CountBench, QUICK, Busy, 60),
    (CountBench, QUICK, Memory, 40),
    (SpendBench, QUICK, Pressure, 40),
    (SpendBench, QUICK, Busy, 40),
    (SpendBench, QUICK, Memory, 40),
    (CountBench, SLOW, Pressure, 40),
    (CountBench, SLOW, Busy, 40),
    (CountBench, SLOW, Memory, 40),
]


def percentile(values, share):
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def tell(name, seconds):
    print(f"{name} {seconds * 1000:.1f} ms", flush=True)


def measure(kind, poll, pressure, wanted, binary):
    """Under pressure only while trips are measured, and never longer at a stretch than it may be kept up."""
    trips = []
    with kind(binary, poll) as bench:
        while len(trips) < wanted:
            with pressure(cgroup_mount()) as kept_up:
                end = boot_time() + kept_up.sitting_seconds_max
                while len(trips) < wanted and boot_time() < end:
                    trips.append(bench.trip())
        inside = bench.decided_to_accepted()
    return trips, inside


def report(kind, poll, pressure, trips, inside):
    """True if the bound is kept."""
    tag = f"{pressure.name}_{kind.name}_poll_{poll.text}"
    bound = poll.seconds + SLACK_SECONDS
    worst = percentile([trip.kill_issued for trip in trips], 0.99)
    print(f"trip_measured_{tag} {len(trips)} trips")
    for share in (0.5, 0.99):
        tell(f"trip_kill_issued_p{share * 100:.0f}_{tag}", percentile([trip.kill_issued for trip in trips], share))
    for share in (0.5, 0.99):
        tell(f"trip_gone_p{share * 100:.0f}_{tag}", percentile([trip.gone for trip in trips], share))
    for share in (0.5, 0.99):
        tell(f"trip_decided_to_accepted_p{share * 100:.0f}_{tag}", percentile(inside, share))
    tell(f"trip_bound_{tag}", bound)
    if kind is SpendBench:
        print(f"trip_final_spend_max_{tag} {max(trip.cost_share for trip in trips) * 100:.0f} %_of_limit", flush=True)
    if worst > bound:
        print(f"{tag}: the bound is missed", file=sys.stderr)
    return worst <= bound


def end_in_order(number, _):
    raise SystemExit(128 + number)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", help="the folder with noodstopd and noodstop")
    parser.add_argument("--trips", type=int, help="so many in each situation, in place of what the plan says")
    parser.add_argument("--only", default="", help="only situations with this in their name, e.g. busy200_count")
    parser.add_argument("--memory-left", type=int, default=300, metavar="MIB", help="not taken (300)")
    arguments = parser.parse_args()
    skip_unless_possible()
    signal.signal(signal.SIGTERM, end_in_order)
    Memory.left = arguments.memory_left << 20
    binary = os.path.join(os.path.abspath(arguments.bin), "noodstopd")
    become_real_time()
    kept = True
    for kind, poll, pressure, trips in PLAN:
        if arguments.only in f"{pressure.name}_{kind.name}_poll_{poll.text}":
            results = measure(kind, poll, pressure, arguments.trips or trips, binary)
            kept = report(kind, poll, pressure, *results) and kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
