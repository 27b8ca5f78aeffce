"""Processes that are stopped for a while, have no descriptors or no memory left, or come in twos."""

import os
import signal
import subprocess
import time

from harness import Site, is_alive, wait_for

DEAD_WITHIN = 2.0
DEAD_WITHIN_AFTER_RESTART = 5.0
# The path calls itself alive no longer; after turning_patience (10 s) the supervisor takes another.
DEAD_WITHIN_AFTER_REPLACEMENT = 25.0
MICROS_PER_PROCESSOR_MICROSECOND = 0.01  # 36 an hour
OUT_OF_MEMORY = ("bad_alloc", "out of memory", "Cannot allocate memory")


def started(site):
    site.start_daemon()
    assert wait_for(lambda: site.status() and site.child("path") and site.child("doors"), 10), site.log_text()
    return site


def state_of(site):
    status = site.status()
    return status["snapshot"]["zones"][0]["state"] if status else None


def check_dead(site, within, what):
    began = time.monotonic()
    assert wait_for(site.load.ended, within + 20), f"{what}: the load lives:\n{site.log_text()}"
    took = time.monotonic() - began
    print(f"  {what}: dead after {took:.2f} s")
    assert took < within, f"{what}: the load lived for {took:.1f} s:\n{site.log_text()}"


def check_latch_holds(site):
    assert wait_for(lambda: state_of(site) == "latched", 15), f"not latched:\n{site.log_text()}"
    site.load.launch(2)
    check_dead(site, DEAD_WITHIN, "what was started in its place")


def send(signal_number, *pids):
    for pid in pids:
        os.kill(pid, signal_number)


class StoppedPath:
    """Path and supervisor sleep (a lone path would be replaced) while a load runs up a bill."""

    def __init__(self, binary):
        self.site = Site(binary, stop="0.003")

    def begin(self):
        started(self.site)
        self.pids = (self.site.child("path"), self.site.daemon.pid)
        send(signal.SIGSTOP, *self.pids)
        self.site.load.start(1)

    def end(self):
        assert self.site.load.populated(), "it was not stopped: nothing was tested"
        spent = self.site.load.processor_microseconds() * MICROS_PER_PROCESSOR_MICROSECOND
        send(signal.SIGCONT, *self.pids)
        check_dead(self.site, DEAD_WITHIN, "after the path was stopped")
        assert wait_for(lambda: state_of(self.site) == "latched", 5), self.site.log_text()
        used = int(self.site.status()["snapshot"]["limits"][0]["used"])
        assert used >= spent - 1, f"used {used}, but {spent:.0f} was spent while it was stopped"
        check_latch_holds(self.site)


class StoppedBystander:
    """The path decides although doors, or the supervisor, sleep."""

    def __init__(self, binary, role):
        self.site, self.role = Site(binary, stop="0.003"), role

    def begin(self):
        started(self.site)
        self.pid = self.site.daemon.pid if self.role == "supervisor" else self.site.child(self.role)
        self.others = [self.site.child(role) for role in ("path", "doors")]
        send(signal.SIGSTOP, self.pid)
        self.site.load.launch(2)
        check_dead(self.site, DEAD_WITHIN, f"{self.role} stopped")

    def end(self):
        send(signal.SIGCONT, self.pid)
        assert wait_for(lambda: state_of(self.site) == "latched", 10), self.site.log_text()
        assert self.site.child("path") == self.others[0], f"{self.role} stopped, and the path was replaced"
        check_latch_holds(self.site)


class StoppedLoad:
    """What does not run costs nothing, and can be stopped all the same."""

    LEVERS = '[{ lever = "shut_down", deadline = "200ms" }, { lever = "power_off", deadline = "500ms" }]'

    def __init__(self, binary):
        self.site = Site(binary, stop="1000", levers=self.LEVERS)

    def begin(self):
        started(self.site).load.start(2)
        send(signal.SIGSTOP, *self.site.load.pids())
        time.sleep(0.5)  # two looks
        self.used = self.read_used()

    def read_used(self):
        return int(self.site.status()["snapshot"]["limits"][0]["used"])

    def end(self):
        assert self.read_used() <= self.used + 1, f"{self.used} -> {self.read_used()} while nothing ran"
        assert all(is_alive(pid) for pid in self.site.load.pids()) and self.site.load.pids(), "stopped without a reason"
        ordered = self.site.ask("trip", "dev", "--reason", "test")
        assert ordered.returncode == 0, ordered.stderr
        check_dead(self.site, DEAD_WITHIN, "a load that was stopped")


def sleep_for(binary, seconds):
    """All of them side by side, since they sleep."""
    cases = [StoppedPath(binary), StoppedBystander(binary, "doors"), StoppedBystander(binary, "supervisor"),
             StoppedLoad(binary)]
    try:
        for case in cases:
            case.begin()
        time.sleep(seconds)
        for case in cases:
            case.end()
    finally:
        for case in cases:
            if getattr(case, "pids", None):
                send(signal.SIGCONT, *(pid for pid in case.pids if is_alive(pid)))
            case.site.__exit__()


def limit_path(site, resource, most):
    path = site.child("path")
    subprocess.run(["prlimit", "--pid", str(path), f"--{resource}={most}:{most}"], check=True)
    return path


def without_descriptors(binary):
    with Site(binary, stop="0.003") as site:
        path = started(site).child("path")
        highest = max(int(name) for name in os.listdir(f"/proc/{path}/fd"))
        limit_path(site, "nofile", highest + 1)
        site.load.launch(2)
        check_dead(site, DEAD_WITHIN_AFTER_REPLACEMENT, "no descriptor left")
        assert site.child("path") != path, "it had descriptors left: nothing was tested"
        check_latch_holds(site)


def bytes_of(pid, name):
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith(name + ":"))


def without_memory(binary, resource, name, left):
    """`left` bytes may still be taken. glibc keeps some in hand, so the path need not notice."""
    with Site(binary, stop="0.003", agent="lock_memory = false") as site:
        path = started(site).child("path")
        limit_path(site, resource, bytes_of(path, name) + left)
        site.load.launch(2)
        check_dead(site, DEAD_WITHIN_AFTER_RESTART, f"{left} bytes of {name} left")
        check_latch_holds(site)
        return site.child("path") != path or any(word in site.log_text() for word in OUT_OF_MEMORY)


def start_two(binary, times):
    """Exactly one works, the other says so by its exit code and has changed nothing."""
    with Site(binary, stop="0.003") as one, Site(binary, state_folder=one.state, stop="0.003") as other:
        for number in range(times):
            one.start_daemon()
            other.start_daemon()
            loser = wait_for(lambda: next((site for site in (one, other) if site.daemon.poll() is not None), None), 10)
            assert loser, f"both run, start {number}"
            winner = other if loser is one else one
            assert loser.daemon.returncode == 3, f"exit code {loser.daemon.returncode}:\n{loser.log_text()}"
            assert wait_for(winner.status, 10), f"nobody runs, start {number}:\n{winner.log_text()}"
            winner.end_daemon()
            assert winner.daemon.returncode == 0, winner.log_text()
            check_one_more_life(one, number + 1)


def check_one_more_life(site, lives):
    facts = site.facts()
    assert [fact.sequence for fact in facts] == list(range(1, len(facts) + 1)), f"gap in the journal: {facts}"
    starts = [fact for fact in facts if fact.kind == "agent_started"]
    assert len(starts) == lives, f"{len(starts)} lives instead of {lives}: {facts}"
