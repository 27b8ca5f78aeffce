"""Every change of the state folder in a calm life fails once in each way, in lives side by side.

A calm life tells how many changes there are: the points. A round for point N has its fault at the N-th change that is
made, whichever thread of whichever process makes it; everything before it went well.
"""

import concurrent.futures
import multiprocessing
import os
import time
from collections import Counter

from disk_faults import Late, run_round
from disk_filter import DiskFilter, Fault

CALM_RUNS = 3
# Lives differ by a change or two: threads race for who writes a latch. A point that no life has is tried this often.
TRIES = 4
# A load that died late may be the fault of what else runs on this machine; late this often in a row is ours.
LATE_TRIES = 5


class Tried:
    """What came of one fault, or of none."""

    def __init__(self, fault):
        self.fault = fault
        self.rounds = self.late = 0
        self.outcome = None
        self.failure = ""

    def try_once(self, binary, scene, meddle):
        self.rounds += 1
        try:
            self.outcome = run_round(binary, scene, self.fault, meddle)
        except Late as failure:
            self.late += 1
            self.failure = str(failure) if self.late >= LATE_TRIES else ""
        except (AssertionError, OSError, TypeError, KeyError) as failure:
            self.failure = f"{type(failure).__name__}: {failure}"

    @property
    def hit(self):
        return bool(self.outcome and self.outcome.hits)

    @property
    def done(self):
        enough = self.hit or self.rounds - self.late >= TRIES if self.fault else self.outcome
        return bool(self.failure or enough)


def try_fault(binary, scene, fault, meddle=DiskFilter):
    """`meddle(site, fault)` makes what stands between noodstopd and the kernel."""
    tried = Tried(fault)
    while not tried.done:
        tried.try_once(binary, scene, meddle)
    return tried


def count_changes(binary, scene):
    calm = try_fault(binary, scene, None)
    assert not calm.failure, calm.failure
    return calm.outcome.changes


class Sweep:
    """All faults of one scene, as many lives side by side as there are processors."""

    def __init__(self, binary, scene):
        self.binary, self.scene = binary, scene
        calm = [count_changes(binary, scene) for _ in range(CALM_RUNS)]
        self.least, self.most = min(calm), max(calm)
        self.failures = []

    def run(self, whats, stride=1, onwards=False):
        began = time.monotonic()
        workers = (os.cpu_count() or 1) * (2 if onwards else 1)  # a life with a dead disk mostly waits for it
        faults = [Fault(number, what, onwards) for what in whats for number in range(1, self.most + 1, stride)]
        with concurrent.futures.ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as pool:
            all_tried = [pool.submit(try_fault, self.binary, self.scene, fault) for fault in faults]
            all_tried = [one.result() for one in concurrent.futures.as_completed(all_tried)]
        self.judge(all_tried)
        self.tell(whats, all_tried, time.monotonic() - began)
        return self

    def judge(self, all_tried):
        for tried in all_tried:
            if not tried.failure and not tried.hit and tried.fault.number <= self.least:
                tried.failure = f"{self.scene.name}, {tried.fault}: never happened in {tried.rounds} lives"
            if tried.failure:
                self.failures.append(tried.failure)
                print(f"  FAILED: {tried.failure}")

    def tell(self, whats, all_tried, seconds):
        points = Counter(tried.fault.what for tried in all_tried)
        hit = Counter(tried.fault.what for tried in all_tried if tried.hit)
        said = ", ".join(f"{what}: {hit[what]} of {points[what]} points" for what in whats)
        outcomes = [tried.outcome for tried in all_tried if tried.outcome]
        print(f"  {self.scene.name}, {self.least} to {self.most} changes in a calm life: {said}")
        lost, acknowledged = sum(one.lost for one in outcomes), sum(one.acknowledged for one in outcomes)
        print(f"    {sum(tried.rounds for tried in all_tried)} rounds, {seconds:.0f} s; durability lost in {lost}, "
              f"order acknowledged in {acknowledged}; late and repeated {sum(tried.late for tried in all_tried)}, "
              f"the longest life of a load {max((one.lived for one in outcomes), default=0):.2f} s", flush=True)
