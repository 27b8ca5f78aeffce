"""What exhausts the machine while trips are measured. Each kind of pressure lives in a control group of its own and
dies with it, whatever happens to the measuring process."""

import mmap
import os
import signal
import time

from harness import Group, wait_for
from trip_latency_parts.real_time import become_ordinary, die_with_parent, fork_burner, start_in

CHUNK = 64 << 20
MADV_POPULATE_WRITE = 23
MEMORY_HELD_SECONDS_MAX = 60
FILES_READ = "/usr"


class Pressure:
    """None. The base of the others."""

    name = "idle"
    sitting_seconds_max = float("inf")  # how long it may be kept up at a stretch

    def __init__(self, folder):
        self.group = Group(os.path.join(folder, f"noodstop-pressure-{self.name}-{os.getpid()}"))
        self.pid = None

    def __enter__(self):
        try:
            self.begin()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        with open(os.path.join(self.group.path, "cgroup.kill"), "w", encoding="utf-8") as kill:
            kill.write("1")
        if self.pid:
            os.waitpid(self.pid, 0)
        wait_for(lambda: not self.group.populated(), 20)
        wait_for(lambda: removed(self.group.path), 5)

    def begin(self):
        pass


class Busy(Pressure):
    """So many processes that burn processors."""

    name = "busy200"
    count = 200

    def begin(self):
        self.pid, _ = start_in(self.group.path, self.burn)
        assert wait_for(lambda: len(self.group.pids()) > self.count, 60), "the busy processes did not start"
        time.sleep(1)

    def burn(self):
        for _ in range(self.count):
            fork_burner()
        wait_for_death()


class Memory(Pressure):
    """All memory but `left`, and a reader that fills what is left with pages of files, so that nearly every page that
    anybody wants has to be reclaimed first."""

    name = "memory"
    sitting_seconds_max = 50
    left = 300 << 20

    def begin(self):
        self.pid, _ = start_in(self.group.path, self.take)
        taken = wait_for(lambda: memory_available() < self.left + 2 * CHUNK, 90, 0.1)
        assert taken, f"{memory_available() >> 20} MiB are still available"
        time.sleep(0.5)

    def take(self):
        become_ordinary()
        with open("/proc/self/oom_score_adj", "w", encoding="utf-8") as score:
            score.write("1000")  # if anybody has to go, it is this
        if os.fork() == 0:
            die_with_parent()
            read_files(FILES_READ)
        become_ordinary(niceness=-20)
        chunks = []
        while memory_available() > self.left + CHUNK:
            chunks.append(taken_memory())
        end = time.monotonic() + MEMORY_HELD_SECONDS_MAX
        while time.monotonic() < end:
            if memory_available() > self.left + CHUNK:
                chunks.append(taken_memory())
            elif memory_available() < self.left - CHUNK and chunks:
                chunks.pop().close()
            time.sleep(0.02)


def taken_memory():
    chunk = mmap.mmap(-1, CHUNK)
    chunk.madvise(mmap.MADV_HUGEPAGE)
    chunk.madvise(MADV_POPULATE_WRITE)
    return chunk


def memory_available():
    with open("/proc/meminfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    raise ValueError("/proc/meminfo has no MemAvailable")


def read_files(folder):
    while True:
        for path, _, names in os.walk(folder):
            for name in names:
                read_file(os.path.join(path, name))


def read_file(path):
    try:
        with open(path, "rb", buffering=0) as file:
            while file.read(1 << 20):
                pass
    except OSError:
        pass


def wait_for_death():
    while True:
        signal.pause()


def removed(folder):
    try:
        os.rmdir(folder)
        return True
    except OSError:
        return not os.path.exists(folder)
