"""One trip after the other on one noodstopd, measured from outside of it.

When a limit is reached is known from what the kernel shows: a control group that was populated, or processor time that
was used. When the kill was issued is seen at a canary: a process of the load with real-time priority, that dies at once
whatever else wants the processors. When the load is gone is told by cgroup.events.
"""

import contextlib
import os
import random
import subprocess
import time
from dataclasses import dataclass

from harness import Group, Site, wait_for
from trip_latency_parts.pressure import removed, wait_for_death
from trip_latency_parts.real_time import Life, boot_time, fork_burner, start_in, stay_real_time

DEADLINE_SECONDS = 1.0  # of the only lever
PATIENCE_SECONDS = 20
STANDING_GROUPS = 10


@dataclass
class Trip:
    """In seconds."""

    kill_issued: float  # since the limit was reached
    gone: float
    cost_share: float = 0.0  # what it had cost when gone, as a share of the limit


@dataclass
class Poll:
    """The provider's poll interval, as configuration says it and in seconds."""

    text: str
    seconds: float


class Bench:
    """A noodstopd with the real looks and stops. Which limit it has, and when that is reached, is for those below."""

    burners = 4
    niceness = 0

    def __init__(self, binary, poll):
        self.poll = poll
        self.number = 0
        self.chance = random.Random(poll.seconds)
        self.site = Site(binary, poll=poll.text, **self.settings())

    def __enter__(self):
        with contextlib.ExitStack() as unwound:
            unwound.enter_context(self.site)
            self.prepare()
            self.site.start_daemon()
            assert wait_for(lambda: "agent_started" in self.site.kinds(), 30), self.site.log_text()
            time.sleep(5 * self.poll.seconds)  # what stands has been seen, and rehearsed on
            unwound.pop_all()
        return self

    def __exit__(self, *error):
        self.site.__exit__(*error)

    def settings(self):
        return {}

    def prepare(self):
        pass

    def trip(self):
        """Starts a load at any phase of the polling, and has it stopped."""
        self.number += 1
        group = Group(os.path.join(self.site.root, "load", f"job-{self.number}"))
        self.before_start()
        time.sleep(self.poll.seconds * (2 + self.chance.random()))
        pid, asked = start_in(group.path, self.load)
        life = Life(pid)
        try:
            killed = self.watch(life)
            gone = self.await_gone(group)
        finally:
            group.end()
            life.bury()
        wait_for(lambda: removed(group.path), 5)
        trip = self.judge(asked, killed, gone)
        self.after_stop()
        return trip

    def load(self):
        for _ in range(self.burners):
            fork_burner(self.niceness)
        wait_for_death()

    def before_start(self):
        pass

    def watch(self, life):
        assert life.ended_within(PATIENCE_SECONDS), "not stopped:\n" + self.site.log_text()
        return boot_time()

    def await_gone(self, group):
        assert wait_for(lambda: not group.populated(), PATIENCE_SECONDS, 0.0005), "the load lives"
        return boot_time()

    def judge(self, asked, killed, gone):
        raise NotImplementedError

    def after_stop(self):
        self.reset([])

    def reset(self, arguments):
        """Refused while the safe state wasn't observed, or the limit is still reached."""
        command = [self.site.status_program(), "--socket", self.site.socket, "reset", "dev", "--reason", "next trip"]
        said = ""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            time.sleep(self.poll.seconds / 2)
            done = subprocess.run(command + arguments, check=False, capture_output=True, text=True,
                                  preexec_fn=stay_real_time)  # nobody waits here for what isn't measured
            if done.returncode == 0:
                return
            said = done.stdout + done.stderr
        raise AssertionError("cannot be reset: " + said + self.site.log_text())

    def decided_to_accepted(self):
        """Seconds from each decision to the answer that the kill was issued, as the journal has it."""
        times, tripped = [], None
        for fact in self.site.facts():
            if fact.kind == "tripped":
                tripped = fact.at
            if fact.kind == "step_accepted" and tripped is not None:
                times.append((fact.at - tripped) / 1e6)
                tripped = None
        return times


class CountBench(Bench):
    """A limit on the number of resources: reached at the moment at which the last one is populated."""

    name = "count"

    def settings(self):
        rule = f'[limits.crowd]\nkind = "count"\nzone = "dev"\ncounted = "resources"\nstop = {STANDING_GROUPS + 1}\n'
        return {"stop": "1000000", "more": rule}

    def prepare(self):
        for number in range(STANDING_GROUPS):
            self.site.group(f"load/standing-{number}").start(1, "exec sleep 100000")

    def judge(self, asked, killed, gone):
        return Trip(killed - asked, gone - asked)


class SpendBench(Bench):
    """A limit on money: reached when cost and what the reaction will still cost come to it. Worked out here from the
    processor time that the kernel shows every 2 ms."""

    name = "spend"
    burners = 1
    niceness = -20  # it has to spend something where 200 others want the processors too
    price_per_second = 1.0
    headroom = 1.5
    sample_seconds = 0.002

    def __init__(self, binary, poll):
        super().__init__(binary, poll)
        self.samples = []
        self.limit = self.headroom
        self.base = 0.0  # what had been spent at the last reset

    def settings(self):
        return {"stop": str(self.headroom), "price": str(round(self.price_per_second * 3600)),
                "more": 'ceilings = [{ limit = "daily", amount_max = "1000000" }]'}

    def cost(self):
        with open(os.path.join(self.site.root, "load", "cpu.stat"), encoding="utf-8") as stat:
            return int(stat.readline().split()[1]) / 1e6 * self.price_per_second

    def before_start(self):
        self.samples = []

    def watch(self, life):
        end = boot_time() + PATIENCE_SECONDS
        while not life.ended_within(self.sample_seconds):
            self.samples.append((boot_time(), self.cost()))
            assert boot_time() < end, "not stopped:\n" + self.site.log_text()
        return boot_time()

    def judge(self, asked, killed, gone):
        reached = self.reached_at(killed)
        return Trip(killed - reached, gone - reached, (self.cost() - self.base) / (self.limit - self.base))

    def reached_at(self, killed):
        """Since when exposure stayed above the limit until the kill. The rate is that of the last poll interval, as a
        look at that moment would show it; what no look shows, a peak between two of them, nobody can act on."""
        reaction = self.poll.seconds + DEADLINE_SECONDS
        reached, first = None, 0
        for at, cost in self.samples:
            while self.samples[first + 1][0] <= at - self.poll.seconds:
                first += 1
            rate = (cost - self.samples[first][1]) / self.poll.seconds
            if cost + rate * reaction < self.limit:
                reached = None
            elif reached is None:
                reached = at
        return reached or killed  # the agent was early where its own rate, of two looks, was higher than this

    def after_stop(self):
        self.base = self.cost()
        self.limit = self.base + self.headroom
        self.reset(["--raise", f"daily={self.limit:.6f}"])
