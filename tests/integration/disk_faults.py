"""A life of noodstopd in which one change of its state folder fails, and the life after it.

The first life has the fault: start, an order, a load that trips its limit, an orderly stop. The second has none, and
begins with what the first one left.
"""

import os
import shutil
import tempfile
import time

from harness import PATIENCE, SHORT_LEVER, Site, wait_for

# Reached in the first look that sees a load, also where a load gets but a tenth of a processor.
STOP, STOP_RAISED = "0.0003", "0.00031"
CEILING = 'ceilings = [{ limit = "daily", amount_max = "0.01" }]'
# Kills are about what was acknowledged, which is what was durable: no answer goes out before that.
PATIENT = 'durability_deadline = "5s"'
# From the load's start: it is over the limit in the second look after it, 100 ms apart, and may have to be killed
# twice: 0.9 s. The rest is for another path, where this one is killed, and for what else runs on the machine.
DEAD_WITHIN = 2.0
# Of a path that was killed the fact of the trip may be lost, if its latch file was written and its transaction not.
WHAT_A_STOP_LEAVES = ("step_intended", "stop_observed", "latched")
WHAT_A_TRIP_LEAVES = ("tripped",) + WHAT_A_STOP_LEAVES
# What is in memory only is called durable for no longer than this (persist_patience), and a little to tell it.
CALLED_DURABLE_WITHIN = 3.0
STOP_PATIENCE = 2.0  # for so long an orderly stop waits for the disk: for its own fact, if nothing else
TIME_OF_DAY_MIN = 1 << 40


class Late(AssertionError):
    """The load died later than it should have, but died."""


class Scene:
    """What the state folder holds when a round begins."""

    def __init__(self, name, folder=None):
        self.name, self.folder = name, folder

    def prepare(self, site):
        if self.folder:
            shutil.copytree(self.folder, site.state)


class Round:
    """One life with a fault, and the life after it."""

    def __init__(self, site, meddler):
        self.site, self.meddler, self.fault = site, meddler, meddler.fault
        self.acknowledged = False
        self.stopped_soon = False
        self.known = {}
        self.lived = 0.0  # the longest that a load lived, in seconds

    @property
    def disk_died(self):
        return bool(self.fault and self.fault.onwards)

    def wait(self, condition, seconds):
        return wait_for(lambda: (self.mind(), condition())[1], seconds, 0.02)

    def mind(self):
        """What a service manager would do."""
        self.meddler.mind()
        if self.site.daemon.poll() is not None:
            self.site.start_daemon()

    def live(self):
        self.site.start_daemon(before=self.meddler.command())
        assert self.wait(self.site.status, PATIENCE), "no status"
        self.give_order()
        self.see_load_die()
        assert self.wait(self.is_latched, PATIENCE), f"not latched: {self.site.status()}"
        if self.disk_died:
            assert self.wait(self.says_so_or_has_it, CALLED_DURABLE_WITHIN), "not durable, and called durable"
        else:
            assert self.wait(lambda: self.zone_and_durable()[1], PATIENCE), "not durable again"
        self.remember(self.site.facts())

    def zone_and_durable(self):
        status = self.site.status()
        return (status["snapshot"]["zones"][0]["state"], status["snapshot"]["durable"]) if status else (None, None)

    def is_latched(self):
        return self.zone_and_durable()[0] == "latched"

    def says_so_or_has_it(self):
        return self.zone_and_durable()[1] is False or "latched" in self.site.kinds()

    def give_order(self):
        """Raising a limit is refused or done; done is done for good."""
        answer = self.site.ask("raise", f"daily={STOP_RAISED}", "--reason", "test")
        self.acknowledged = answer.returncode == 0

    def see_load_die(self):
        began = time.monotonic()
        self.site.load.launch(2)
        assert self.wait(self.site.load.ended, PATIENCE), "the load lives"
        self.lived = max(self.lived, time.monotonic() - began)

    def remember(self, facts):
        for fact in facts:
            self.known[fact.sequence] = (fact.kind, fact.fields)

    def stop(self):
        self.mind()
        supervisor, began = self.site.daemon, time.monotonic()
        supervisor.terminate()
        assert wait_for(lambda: supervisor.poll() is not None, PATIENCE), "it does not end"
        self.stopped_soon = time.monotonic() - began < STOP_PATIENCE
        assert supervisor.returncode == 0, f"exit code {supervisor.returncode}"
        self.meddler.end()

    def check_journal(self, kinds):
        facts = self.site.facts()
        check_numbers([fact.sequence for fact in facts], "there is no journal" in self.site.log_text())
        found = {fact.sequence: (fact.kind, fact.fields) for fact in facts}
        for sequence, fact in self.known.items():
            assert found.get(sequence) == fact, f"durable fact {sequence} is lost: {fact}, now {found.get(sequence)}"
        for kind in kinds:
            assert kind in [fact.kind for fact in facts], f"no {kind}: {facts}"
        self.remember(facts)

    def check_first_life(self):
        """A disk that failed once has everything in the end; one that died holds what it held."""
        order = ("limit_raised",) if self.acknowledged else ()
        if self.disk_died:
            return self.check_journal(())
        assert self.site.is_latched(), f"the latch file says: {self.site.latch_text()}"
        if self.fault and self.fault.kills:
            self.check_journal(order)
        else:
            self.check_journal(WHAT_A_TRIP_LEAVES + order + (("agent_stopped",) if self.stopped_soon else ()))

    def live_again(self):
        """Closed from the start, and what was acknowledged is there; only what a dead disk never got is forgotten."""
        self.site.load.end()
        self.site.start_daemon()
        self.see_load_die()
        assert self.wait(self.is_latched, PATIENCE), f"not closed after a restart: {self.site.status()}"
        explained = self.site.ask("explain", "acme")
        assert explained.returncode == 0 and "Zone dev is latched" in explained.stdout, explained.stdout
        self.stop()
        again = [fact for fact in self.site.facts() if fact.kind == "tripped" and fact.sequence not in self.known]
        assert self.disk_died or not again, f"it came up open and tripped again: {again}"
        self.check_journal(("step_intended", "stop_observed") if self.disk_died else WHAT_A_STOP_LEAVES)

    def check_in_time(self):
        if self.lived > DEAD_WITHIN and not self.meddler.slows:
            raise Late(f"the load lived for {self.lived:.1f} s")


def check_numbers(numbers, was_unreadable):
    """One after the other. Where nobody could read how far they had come, they go on once from the time of day."""
    jumps = [now for before, now in zip([0] + numbers, numbers) if now != before + 1]
    assert not jumps or (was_unreadable and len(jumps) == 1 and jumps[0] >= TIME_OF_DAY_MIN), \
        f"gap in the journal: {numbers}"


def run_round(binary, scene, fault, meddle):
    """`meddle(site, fault)` makes what stands between noodstopd and the kernel."""
    agent = PATIENT if fault and fault.kills else ""
    with Site(binary, stop=STOP, more=CEILING, levers=SHORT_LEVER, agent=agent) as site:
        scene.prepare(site)
        life = Round(site, meddle(site, fault))
        try:
            life.live()
            life.stop()
            life.check_first_life()
            life.live_again()
            life.check_in_time()
            return Outcome(life)
        except AssertionError as failure:
            where = f"{scene.name}, {fault} ({life.meddler.where()})"
            raise type(failure)(f"{where}: {failure}\n{site.log_text()}") from failure


class Outcome:
    def __init__(self, life):
        self.hits = life.meddler.hits
        self.changes = len(life.meddler.changes)
        self.lost = "durability_lost" in life.site.log_text()
        self.acknowledged = life.acknowledged
        self.lived = life.lived


def make_used_folder(binary):
    """A state folder after a first, calm and short life."""
    folder = tempfile.mkdtemp(prefix="noodstop-used-")
    with Site(binary, stop=STOP, more=CEILING) as site:
        site.start_daemon()
        assert wait_for(lambda: "armed" in site.kinds(), PATIENCE), site.log_text()
        site.end_daemon()
        shutil.copytree(site.state, os.path.join(folder, "state"))
    return os.path.join(folder, "state")
