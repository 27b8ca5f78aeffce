"""Every write and every sync of a calm run fails once: EIO, ENOSPC, SIGKILL, and a disk that is dead from there on.

A round is a life of noodstopd under strace: start, a few looks, an order, a load that trips its limit, an orderly stop;
then a second life without strace on what the first one left.
"""

import os
import shutil
import sys
import tempfile
import time
from collections import Counter

from harness import Site, wait_for
from tracer import CALLS, SYNCS, Fault, Tracer

CEILING = 'ceilings = [{ limit = "daily", amount_max = "0.01" }]'
# Kills are about what was acknowledged, which is what was durable: no answer goes out before that.
PATIENT = 'durability_deadline = "1s"'
# Some lives have a call more: two threads race for who writes a latch. So it is tried again before it counts as missed.
TRIES = 4
MISSED_MAX = 3
DEAD_WITHIN = 2.0  # seconds from the load's start; the limit is reached in the second look after it
DEAD_WITHIN_AFTER_KILL = 30.0  # here strace stops every call of every thread, which a busy machine makes long
# Of a path that was killed the fact of the trip may be lost, if its latch file was written and its transaction not.
WHAT_A_STOP_LEAVES = ("step_intended", "stop_observed", "latched")
WHAT_A_TRIP_LEAVES = ("tripped",) + WHAT_A_STOP_LEAVES


class Scene:
    """What the state folder holds when a round begins."""

    def __init__(self, name, folder=None):
        self.name, self.folder = name, folder

    def prepare(self, site):
        if self.folder:
            shutil.copytree(self.folder, site.state)


class Round:
    """One life with a fault, and the life after it."""

    def __init__(self, site, fault):
        self.site, self.fault = site, fault
        self.tracer = Tracer(site, fault)
        self.acknowledged = False
        self.durable = True
        self.known = {}

    def wait(self, condition, seconds):
        return wait_for(lambda: (self.mind(), condition())[1], seconds)

    def mind(self):
        """What the tracer leaves behind, and what a service manager would do."""
        self.tracer.go_once_it_killed()
        if self.site.daemon.poll() is not None:
            self.site.start_daemon()

    def live(self):
        self.site.start_daemon(before=self.tracer.command())
        assert self.wait(self.site.status, 15), "no status"
        self.give_order()
        self.check_load_dies(DEAD_WITHIN_AFTER_KILL if self.fault and self.fault.kills else DEAD_WITHIN)
        assert self.wait(self.is_latched, 10), f"not latched: {self.site.status()}"
        self.remember(self.site.facts())

    def is_latched(self):
        """Also keeps whether that answer was called durable."""
        status = self.site.status()
        if not status or status["snapshot"]["zones"][0]["state"] != "latched":
            return False
        self.durable = status["snapshot"]["durable"]
        return True

    def give_order(self):
        """Raising a limit is refused or done; done is done for good."""
        answer = self.site.ask("raise", "daily=0.0031", "--reason", "test")
        self.acknowledged = answer.returncode == 0

    def check_load_dies(self, within):
        began = time.monotonic()
        self.site.load.launch(2)
        assert self.wait(self.site.load.ended, 20), "the load lives"
        took = time.monotonic() - began
        assert took < within, f"the load lived for {took:.1f} s"

    def remember(self, facts):
        for fact in facts:
            self.known[fact.sequence] = (fact.kind, fact.fields)

    def stop(self):
        self.mind()
        supervisor = self.site.daemon
        supervisor.terminate()
        assert wait_for(lambda: supervisor.poll() is not None, 10), "it does not end"
        assert supervisor.returncode == 0, f"exit code {supervisor.returncode}"
        self.tracer.end()

    def check_journal(self, kinds):
        facts = self.site.facts()
        numbers = [fact.sequence for fact in facts]
        assert numbers == list(range(1, len(numbers) + 1)), f"gap in the journal: {numbers}"
        found = {fact.sequence: (fact.kind, fact.fields) for fact in facts}
        for sequence, fact in self.known.items():
            assert found.get(sequence) == fact, f"durable fact {sequence} is lost: {fact}, now {found.get(sequence)}"
        for kind in kinds:
            assert kind in [fact.kind for fact in facts], f"no {kind}: {facts}"
        self.remember(facts)

    def live_again(self):
        """Without strace: closed from the start, and what was acknowledged is there."""
        self.site.load.end()
        self.site.start_daemon()
        self.check_load_dies(DEAD_WITHIN)
        assert self.wait(self.is_latched, 10), f"not closed after a restart: {self.site.status()}"
        explained = self.site.ask("explain", "acme")
        assert explained.returncode == 0 and "Zone dev is latched" in explained.stdout, explained.stdout
        self.stop()
        again = [fact for fact in self.site.facts() if fact.kind == "tripped" and fact.sequence not in self.known]
        assert self.fault and self.fault.onwards or not again, f"it came up open and tripped again: {again}"


def run_round(binary, scene, fault):
    agent = PATIENT if fault and fault.kills else ""
    with Site(binary, stop="0.003", more=CEILING, agent=agent) as site:
        scene.prepare(site)
        life = Round(site, fault)
        try:
            life.live()
            durable = life.durable
            life.stop()
            after_the_first(life, durable)
            life.live_again()
            life.check_journal(WHAT_A_STOP_LEAVES)
            return Outcome(life)
        except AssertionError as failure:
            raise AssertionError(f"{scene.name}, {fault}: {failure}\n{site.log_text()}") from failure


def after_the_first(life, durable):
    """A disk that fails once has everything in the end; one that is dead has said so, and holds what it held."""
    if life.fault and life.fault.onwards:
        return check_dead_disk(life, durable)
    order = ("limit_raised",) if life.acknowledged else ()
    if life.fault and life.fault.kills:
        return life.check_journal(order)
    return life.check_journal(WHAT_A_TRIP_LEAVES + order + ("agent_stopped",))


def check_dead_disk(life, durable):
    facts = life.site.facts()
    whole = life.tracer.hits() == 0 or "latched" in [fact.kind for fact in facts]
    assert whole or not durable, "facts are in memory only and the status says `durable: true`"


class Outcome:
    def __init__(self, life):
        self.hits = life.tracer.hits() if life.fault else 0
        self.counts = life.tracer.counts()
        self.lost = "durability_lost" in life.site.log_text()
        self.acknowledged = life.acknowledged


def make_used_folder(binary):
    """A state folder after a first, calm and short life."""
    folder = tempfile.mkdtemp(prefix="noodstop-used-")
    with Site(binary, stop="0.003", more=CEILING) as site:
        site.start_daemon()
        assert wait_for(lambda: "armed" in site.kinds(), 10), site.log_text()
        site.end_daemon()
        shutil.copytree(site.state, os.path.join(folder, "state"))
    return os.path.join(folder, "state")


class Reach:
    """For each call how many of them one thread makes in a calm run: at least, and at most."""

    def __init__(self, binary, scene, runs=3):
        counts = [self.most_of_a_thread(run_round(binary, scene, None).counts) for _ in range(runs)]
        self.least = {call: min(count[call] for count in counts) for call in CALLS}
        self.most = {call: max(count[call] for count in counts) for call in CALLS}

    @staticmethod
    def most_of_a_thread(counts):
        most = Counter()
        for (_, call), count in counts.items():
            most[call] = max(most[call], count)
        return most

    def __str__(self):
        return ", ".join(f"{call} {most}" for call, most in self.most.items() if most)


def faults_of(reach, whats):
    return [Fault(call, number, what) for call in CALLS for what in whats for number in range(1, reach.most[call] + 1)]


def dead_disks_of(reach, stride):
    """Syncs each, writes to the database in strides: a dead disk costs seconds of waiting for it."""
    return [Fault(call, number, "EIO", onwards=True) for call, step in
            (("pwrite64", stride), *((call, 1) for call in SYNCS)) for number in range(1, reach.most[call] + 1, step)]


class Sweep:
    """Runs rounds and counts what came of them."""

    def __init__(self, binary, scene, reach):
        self.binary, self.scene, self.reach = binary, scene, reach
        self.rounds = self.hit = self.lost = self.acknowledged = 0
        self.missed = []
        self.failures = []

    def run(self, faults):
        began = time.monotonic()
        for fault in faults:
            try:
                self.run_until_hit(fault)
            except (AssertionError, OSError, TypeError) as failure:
                self.failures.append(f"{fault}: {failure}")
                print(f"  FAILED: {failure}", flush=True)
        if len(self.missed) > MISSED_MAX:
            self.failures.append(f"never happened: {', '.join(self.missed)}")
        self.tell((time.monotonic() - began) / max(self.rounds, 1))
        return self

    def run_until_hit(self, fault):
        for _ in range(TRIES):
            self.rounds += 1
            outcome = run_round(self.binary, self.scene, fault)
            self.acknowledged += outcome.acknowledged
            self.lost += outcome.lost
            if outcome.hits:
                self.hit += 1
                return
            if fault.number > self.reach.least[fault.call]:
                break
        self.missed.append(str(fault))

    def tell(self, seconds):
        print(f"  {self.scene.name}: {self.rounds} rounds, {self.hit} faults happened, durability lost in {self.lost}, "
              f"order acknowledged in {self.acknowledged}, {len(self.failures)} failed, {seconds:.2f} s a round")
        if self.missed:
            print(f"  not in every life: {', '.join(self.missed)}")
        sys.stdout.flush()
