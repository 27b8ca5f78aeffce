#!/usr/bin/env python3
"""kill -9 of path, doors or supervisor at random moments of a running trip: the load always ends dead, the latch
holds, no durable fact is lost, and nothing outside of the scope is touched.

Usage: kill_test.py --bin FOLDER [--rounds N] [--seed N]. The seed is printed; the same seed gives the same victims and
moments. A supervisor that was killed is started again by the test, as a service manager would.
"""

import argparse
import os
import random
import signal
import sys
import time

from harness import Site, skip_unless_possible, wait_for

VICTIMS = ("path", "doors", "supervisor")
# Two levers, so that there is something in between: SIGTERM is ignored by the load.
LEVERS = '[{ lever = "shut_down", deadline = "100ms" }, { lever = "power_off", deadline = "300ms" }]'
STUBBORN = 'trap "" TERM; while :; do :; done'


def victim_of(site, role):
    return site.daemon.pid if role == "supervisor" else site.child(role)


def kill(site, role):
    """True if there was one to kill."""
    pid = victim_of(site, role)
    if pid is None:
        return False
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    if role == "supervisor":
        site.daemon.wait()
    return True


def check_journal(before, after):
    sequences = [fact.sequence for fact in after]
    assert sequences == list(range(1, len(sequences) + 1)), f"gap in the journal: {sequences}"
    kept = {fact.sequence: fact for fact in after}
    for fact in before:
        found = kept.get(fact.sequence)
        is_same = found and found.kind == fact.kind and found.fields == fact.fields
        assert is_same, f"durable fact lost: {fact}; now {found} of {sequences}"


def stage_of(site, facts):
    kinds = {fact.kind for fact in facts}
    if "latched" in kinds:
        return "latched"
    if "tripped" in kinds or site.is_latched():
        return "stopping"
    return "before the trip"


def one_round(site, chance):
    bystander = site.group("other/job").start(1, "sleep 60")
    kept = site.group("load/keep").start(1, "sleep 60")
    site.load.start(2, STUBBORN)
    site.start_daemon()
    assert wait_for(lambda: site.child("path"), 5, 0.002), "no path process"
    if chance.random() < 0.75:
        wait_for(site.is_latched, 5, 0.001)
        time.sleep(chance.uniform(0.0, 0.25))  # until a little after the safe state was observed
    else:
        time.sleep(chance.uniform(0.0, 0.5))
    before = site.facts()
    stage = stage_of(site, before)
    killed = [role for role in chance.sample(VICTIMS, chance.choice((1, 1, 2))) if kill(site, role)]
    if "supervisor" in killed:
        time.sleep(chance.uniform(0.0, 0.1))
        site.start_daemon()
    assert wait_for(lambda: not site.load.populated(), 20), "the load lives"
    assert wait_for(lambda: "latched yes" in site.latch_text(), 10), f"not latched: {site.kinds()}"
    assert bystander.populated() and kept.populated(), "something outside of the scope was touched"
    assert wait_for(lambda: site.child("path") and site.child("doors"), 5), "a process was not started again"
    check_journal(before, site.facts())
    return stage, killed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, help="the folder with noodstopd")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    skip_unless_possible()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}, {arguments.rounds} rounds", flush=True)
    failed = 0
    victims = {role: 0 for role in VICTIMS}
    stages = {}
    began = time.monotonic()
    for number in range(arguments.rounds):
        chance = random.Random(f"{seed}/{number}")
        with Site(os.path.join(arguments.bin, "noodstopd"), stop="0.003", levers=LEVERS) as site:
            try:
                stage, killed = one_round(site, chance)
                stages[stage] = stages.get(stage, 0) + 1
                for role in killed:
                    victims[role] += 1
            except AssertionError as failure:
                failed += 1
                print(f"round {number} of seed {seed} FAILED: {failure}\n{site.log_text()}", flush=True)
    took = (time.monotonic() - began) / max(arguments.rounds, 1)
    killed = ", ".join(f"{role} {count}" for role, count in victims.items())
    moments = ", ".join(f"{stage} {count}" for stage, count in sorted(stages.items()))
    print(f"killed: {killed}; when: {moments}; {took:.2f} s a round")
    print(f"{arguments.rounds} rounds, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
