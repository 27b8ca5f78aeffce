"""strace between noodstopd and the kernel: makes the N-th call of one kind fail, or kills who makes it."""

import contextlib
import os
import shutil
import signal
import subprocess

from harness import arguments_of


def missing():
    """Why this machine can't do it, or None."""
    if not shutil.which("strace"):
        return "strace is not installed"
    tried = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "true"], check=False, capture_output=True,
                           text=True)
    return f"strace can't trace here: {tried.stderr.strip()}" if tried.returncode else None


class StracedFault:
    """What happens to the N-th call of one kind in each thread: an error, or SIGKILL as it begins."""

    onwards = False

    def __init__(self, call, number, what):
        self.call, self.number, self.what = call, number, what

    @property
    def kills(self):
        return self.what == "SIGKILL"

    def expression(self):
        effect = "signal=KILL" if self.kills else f"error={self.what}"
        return f"inject={self.call}:{effect}:when={self.number}"

    def __str__(self):
        return f"{self.what} at {self.call} {self.number}, by strace"


class Tracer:
    """The strace of one noodstopd. It is a process beside it, so that noodstopd keeps its parent and its exit code."""

    changes = ()  # it doesn't count all of them
    slows = True  # each new thread waits for it: on a busy machine nothing is in time under it

    def __init__(self, site, fault):
        self.site, self.fault = site, fault
        self.log_path = os.path.join(site.folder, "strace")

    def command(self):
        # Spares all other calls a stop; but where a call stops by seccomp, strace's signals are lost.
        quick = [] if self.fault.kills else ["--seccomp-bpf"]
        return ["strace", "-D", "-f", *quick, "-qq", "-o", self.log_path,
                "-e", f"trace={self.fault.call}", "-e", self.fault.expression()]

    @property
    def hits(self):
        """How often the fault happened."""
        mark = "+++ killed by SIGKILL" if self.fault.kills else "(INJECTED)"
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as log:
                return sum(mark in line for line in log)
        except FileNotFoundError:
            return 0

    def where(self):
        return self.fault.call

    def mind(self):
        """What takes a dead one's place is not traced: it would be killed at its N-th call too."""
        if self.fault.kills and self.hits:
            self.end()

    def end(self):
        for pid in self.site.processes():
            if arguments_of(pid)[:1] == ["strace"]:
                with contextlib.suppress(ProcessLookupError):  # it ends by itself with the last one it traces
                    os.kill(pid, signal.SIGKILL)
