"""Processes that are stopped for a while, have no descriptors or no memory left, or come in twos."""

import os
import signal
import subprocess
import time

from harness import PATIENCE, SHORT_LEVER, Site, is_alive, wait_for

# A path that calls itself alive no longer: after turning_patience (10 s) the supervisor takes another.
REPLACED_WITHIN = 40.0
MICROS_PER_PROCESSOR_MICROSECOND = 0.01  # 36 an hour
OUT_OF_MEMORY = ("bad_alloc", "out of memory", "Cannot allocate memory")


def started(site):
    site.start_daemon()
    assert wait_for(lambda: looks_of(site) >= 3 and site.child("path") and site.child("doors"), PATIENCE), \
        site.log_text()
    return site


def looks_of(site):
    """The first look is on the disk when the third is taken: what a path did not see is charged against it."""
    status = site.status()
    return int(status["snapshot"].get("looks", 0)) if status else 0


def state_of(site):
    status = site.status()
    return status["snapshot"]["zones"][0]["state"] if status else None


def check_dead(site, what):
    """Nobody wakes or frees what is missing before: that it dies at all is what counts."""
    began = time.monotonic()
    assert wait_for(site.load.ended, PATIENCE), f"{what}: the load lives:\n{site.log_text()}"
    print(f"  {what}: dead after {time.monotonic() - began:.2f} s")


def check_latch_holds(site):
    assert wait_for(lambda: state_of(site) == "latched", PATIENCE), f"not latched:\n{site.log_text()}"
    site.load.launch(2)
    check_dead(site, "what was started in its place")


def send(signal_number, *pids):
    for pid in pids:
        os.kill(pid, signal_number)


def spent_by(site):
    return site.load.processor_microseconds() * MICROS_PER_PROCESSOR_MICROSECOND


def check_all_is_charged(site, spent):
    assert wait_for(lambda: state_of(site) == "latched", PATIENCE), f"not latched:\n{site.log_text()}"
    used = int(site.status()["snapshot"]["limits"][0]["used"])
    assert used >= spent - 1, f"used {used}, but {spent:.0f} was spent while the path was stopped:\n{site.log_text()}"


class StoppedPath:
    """Path and supervisor sleep, as with the machine, while a load runs up a bill. The path then goes on."""

    def __init__(self, binary):
        self.site = Site(binary, stop="0.003", levers=SHORT_LEVER)

    def begin(self):
        started(self.site)
        self.pids = (self.site.child("path"), self.site.daemon.pid)
        send(signal.SIGSTOP, *self.pids)
        self.site.load.start(1)

    def end(self):
        assert self.site.load.populated(), "it was not stopped: nothing was tested"
        spent = spent_by(self.site)
        send(signal.SIGCONT, *self.pids)
        check_dead(self.site, "after path and supervisor were stopped")
        check_all_is_charged(self.site, spent)
        assert self.site.child("path") == self.pids[0], f"the path was replaced:\n{self.site.log_text()}"
        check_latch_holds(self.site)


class StoppedLonePath:
    """The path sleeps, and the supervisor replaces it before long; the next one charges what it did not see."""

    def __init__(self, binary):
        self.site = Site(binary, stop="0.003", levers=SHORT_LEVER)

    def begin(self):
        started(self.site)
        self.pids = (self.site.child("path"),)
        send(signal.SIGSTOP, *self.pids)
        self.began = time.monotonic()
        self.site.load.start(1)

    def end(self):
        slept = time.monotonic() - self.began
        replaced = self.site.child("path") != self.pids[0]
        assert replaced or self.site.load.populated(), "it was not stopped: nothing was tested"
        assert self.site.load.ended() or slept < REPLACED_WITHIN, \
            f"{slept:.0f} s without a path: the load lives:\n{self.site.log_text()}"
        spent = spent_by(self.site)
        send(signal.SIGCONT, *(pid for pid in self.pids if is_alive(pid)))
        check_dead(self.site, "after the path alone was stopped")
        check_all_is_charged(self.site, spent)
        check_latch_holds(self.site)


class StoppedBystander:
    """The path decides although doors, or the supervisor, sleep."""

    def __init__(self, binary, role):
        self.site, self.role = Site(binary, stop="0.003", levers=SHORT_LEVER), role

    def begin(self):
        started(self.site)
        self.pid = self.site.daemon.pid if self.role == "supervisor" else self.site.child(self.role)
        self.others = [self.site.child(role) for role in ("path", "doors")]
        send(signal.SIGSTOP, self.pid)
        self.site.load.launch(2)
        check_dead(self.site, f"{self.role} stopped")

    def end(self):
        send(signal.SIGCONT, self.pid)
        assert wait_for(lambda: state_of(self.site) == "latched", PATIENCE), self.site.log_text()
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
        check_dead(self.site, "a load that was stopped")


def sleep_for(binary, seconds):
    """All of them side by side, since they sleep."""
    cases = [StoppedPath(binary), StoppedLonePath(binary), StoppedBystander(binary, "doors"),
             StoppedBystander(binary, "supervisor"), StoppedLoad(binary)]
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
    with Site(binary, stop="0.003", levers=SHORT_LEVER) as site:
        path = started(site).child("path")
        highest = max(int(name) for name in os.listdir(f"/proc/{path}/fd"))
        limit_path(site, "nofile", highest + 1)
        site.load.launch(2)
        check_dead(site, "no descriptor left")
        assert site.child("path") != path, "it had descriptors left: nothing was tested"
        check_latch_holds(site)


def bytes_of(pid, name):
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith(name + ":"))


def without_memory(binary, resource, name, left):
    """`left` bytes may still be taken. glibc keeps some in hand, so the path need not notice."""
    with Site(binary, stop="0.003", levers=SHORT_LEVER, agent="lock_memory = false") as site:
        path = started(site).child("path")
        limit_path(site, resource, bytes_of(path, name) + left)
        site.load.launch(2)
        check_dead(site, f"{left} bytes of {name} left")
        check_latch_holds(site)
        return site.child("path") != path or any(word in site.log_text() for word in OUT_OF_MEMORY)


def start_two(binary, times):
    """Exactly one works, the other says so by its exit code and has changed nothing."""
    with Site(binary, stop="0.003") as one, Site(binary, state_folder=one.state, stop="0.003") as other:
        for number in range(times):
            one.start_daemon()
            other.start_daemon()
            loser = wait_for(lambda: next((site for site in (one, other) if site.daemon.poll() is not None), None),
                             PATIENCE)
            assert loser, f"both run, start {number}"
            winner = other if loser is one else one
            assert loser.daemon.returncode == 3, f"exit code {loser.daemon.returncode}:\n{loser.log_text()}"
            assert wait_for(winner.status, PATIENCE), f"nobody runs, start {number}:\n{winner.log_text()}"
            winner.end_daemon()
            assert winner.daemon.returncode == 0, winner.log_text()
            check_one_more_life(one, number + 1)


def check_one_more_life(site, lives):
    facts = site.facts()
    assert [fact.sequence for fact in facts] == list(range(1, len(facts) + 1)), f"gap in the journal: {facts}"
    starts = [fact for fact in facts if fact.kind == "agent_started"]
    assert len(starts) == lives, f"{len(starts)} lives instead of {lives}: {facts}"
