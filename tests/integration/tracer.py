"""strace between noodstopd and the files of its state folder: counts the calls that change them, and makes one fail.

How every N is reached: strace counts `when=N` by thread and by system call, so each system call is swept by itself, N
from 1 to the most that one thread made in calm runs. A round with N hits the N-th such call of every thread that gets
that far, and the first of these hits comes when everything before it went well. Two scenes keep the threads apart: in
an empty folder the path's first thread makes the database and does nearly all the writing; in a folder that is in use
it writes nothing, and only the threads of the journal and of the latches are hit.
"""

import contextlib
import os
import re
import shutil
import signal
from collections import Counter

from harness import arguments_of

WRITES = ("write", "pwrite64", "ftruncate", "rename", "unlink", "mkdir")
SYNCS = ("fsync", "fdatasync")
CALLS = WRITES + SYNCS

DATABASES = ("noodstop.db", "noodstop.db.new")
COMPANIONS = ("", "-wal", "-shm", "-journal")
SMALL_FILES = ("sequence", "latches/dev.latch")

LINE = re.compile(r"^(\d+) +(?:<\.\.\. )?(\w+)(?:\(| resumed>)")


def missing():
    """Why this machine can't do it, or None."""
    return None if shutil.which("strace") else "strace is not installed"


def files_of(state):
    """strace's filter wants each path by its full name."""
    names = [database + companion for database in DATABASES for companion in COMPANIONS]
    names += [name + suffix for name in SMALL_FILES for suffix in ("", ".new")]
    return [state, os.path.join(state, "latches")] + [os.path.join(state, name) for name in names]


class Fault:
    """What happens to the N-th call of one kind: an error, or SIGKILL as it begins. `onwards`: to all later ones."""

    def __init__(self, call, number, what, onwards=False):
        self.call, self.number, self.what, self.onwards = call, number, what, onwards

    @property
    def kills(self):
        return self.what == "SIGKILL"

    def expression(self):
        effect = "signal=KILL" if self.kills else f"error={self.what}"
        return f"inject={self.call}:{effect}:when={self.number}{'+' if self.onwards else ''}"

    def __str__(self):
        return f"{self.what} at {self.call} {self.number}{' and all later ones' if self.onwards else ''}"


class Tracer:
    """The strace of one noodstopd. It is a process beside it, so that noodstopd keeps its parent and its exit code."""

    def __init__(self, site, fault=None):
        self.site = site
        self.fault = fault
        self.log_path = os.path.join(site.folder, "strace")

    def command(self):
        paths = [word for path in files_of(self.site.state) for word in ("-P", path)]
        calls = self.fault.call if self.fault else ",".join(CALLS)
        inject = ["-e", self.fault.expression()] if self.fault else []
        # Spares all other calls a stop; but where a call stops by seccomp, strace's signals are lost.
        quick = [] if self.fault and self.fault.kills else ["--seccomp-bpf"]
        return ["strace", "-D", "-f", *quick, "-qq", "-o", self.log_path, *paths, "-e", f"trace={calls}", *inject]

    def lines(self):
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as log:
                return log.read().splitlines()
        except FileNotFoundError:
            return []

    def hits(self):
        """How often the fault happened."""
        mark = "+++ killed by SIGKILL" if self.fault.kills else "(INJECTED)"
        return sum(mark in line for line in self.lines())

    def counts(self):
        """For each (thread, call) how many there were."""
        found = Counter()
        for line in self.lines():
            match = LINE.match(line)
            if match and "resumed>" not in line:
                found[(int(match[1]), match[2])] += 1
        return found

    def go_once_it_killed(self):
        """What takes the dead one's place is not traced: it would be killed at its N-th call too."""
        if self.fault and self.fault.kills and self.hits():
            self.end()

    def end(self):
        for pid in self.site.processes():
            if arguments_of(pid)[:1] == ["strace"]:
                with contextlib.suppress(ProcessLookupError):  # it ends by itself with the last one it traces
                    os.kill(pid, signal.SIGKILL)
