#!/usr/bin/env python3
"""What a calm hour with 100 resources costs the disk: the real noodstopd with its default intervals, looking each
second at 100 control groups that all use a little processor time, so that every look brings new counters.

usage: journal_bytes.py FOLDER_OF_BINARIES [--seconds N]

Bytes are those that the kernel accounts to the path process as going to the disk (write_bytes of /proc/PID/io). Not in
it: what the file system adds for itself, and the log being moved into the database, once for every 256 pages (1 MiB)
of it, so about once an hour. Syncs are counted by strace; where that is missing their line is too.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"),
                os.path.dirname(os.path.abspath(__file__))]

# pylint: disable=wrong-import-position
from harness import Site, skip_unless_possible, wait_for  # noqa: E402
from trip_latency_parts.real_time import become_ordinary, start_in  # noqa: E402

RESOURCES = 100
HOUR_SECONDS = 3600
SETTLE_SECONDS = 75  # facts of the start and the first checkpoint are past
SYNCS = "fsync,fdatasync,sync_file_range,syncfs,sync,msync"


def use_a_little():
    become_ordinary()
    while True:
        end = time.thread_time() + 0.0005
        while time.thread_time() < end:
            pass
        time.sleep(1)


class Calm:
    """A noodstopd beside 100 control groups, far below its limit."""

    def __init__(self, binary):
        self.site = Site(binary, stop="1000", price="0.05", poll="1s")
        self.pids = []

    def __enter__(self):
        with contextlib.ExitStack() as unwound:
            unwound.push(self.__exit__)
            self.begin()
            unwound.pop_all()
        return self

    def __exit__(self, *error):
        self.site.__exit__(*error)
        for pid in self.pids:
            os.waitpid(pid, 0)

    def begin(self):
        for number in range(RESOURCES):
            self.pids.append(start_in(self.site.group(f"load/job-{number}").path, use_a_little)[0])
        become_ordinary()
        self.site.start_daemon()
        assert wait_for(lambda: "agent_started" in self.site.kinds(), 30), self.site.log_text()
        time.sleep(SETTLE_SECONDS)

    def bytes_written(self):
        with open(f"/proc/{self.site.child('path')}/io", encoding="utf-8") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))

    def bytes_within(self, seconds):
        before = self.bytes_written()
        time.sleep(seconds)
        return self.bytes_written() - before


class SyncCount:
    """Counts the path's syncs while it is entered; `count` stays None where there is no strace."""

    def __init__(self, path):
        self.path, self.count, self.tracer = path, None, None
        self.output = tempfile.NamedTemporaryFile(prefix="noodstop-syncs-")  # pylint: disable=consider-using-with

    def __enter__(self):
        command = ["strace", "-f", "-qq", "-o", self.output.name, "-e", "trace=" + SYNCS, "-e", "signal=none", "-p",
                   str(self.path)]
        try:
            self.tracer = subprocess.Popen(command)  # pylint: disable=consider-using-with
            time.sleep(1)
        except FileNotFoundError:
            print("no strace: syncs are not counted", file=sys.stderr)
        return self

    def __exit__(self, *_):
        if self.tracer:
            self.tracer.send_signal(signal.SIGINT)
            self.tracer.wait()
            lines = self.output.read().decode().splitlines()
            self.count = sum("(" in line and "resumed" not in line for line in lines)
        self.output.close()


def measure_hour(binary, seconds):
    with Calm(binary) as calm:
        with SyncCount(calm.site.child("path")) as syncs:
            written = calm.bytes_within(seconds)
    print(f"journal_bytes_per_hour_100_resources {written * HOUR_SECONDS // seconds} bytes", flush=True)
    if syncs.count is not None:
        print(f"journal_syncs_per_hour_100_resources {syncs.count * HOUR_SECONDS // seconds} syncs", flush=True)


def end_in_order(number, _):
    raise SystemExit(128 + number)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", help="the folder with noodstopd")
    parser.add_argument("--seconds", type=int, default=240, help="how long a calm time is measured (240)")
    arguments = parser.parse_args()
    skip_unless_possible()
    signal.signal(signal.SIGTERM, end_in_order)
    binary = os.path.join(os.path.abspath(arguments.bin), "noodstopd")
    measure_hour(binary, arguments.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
