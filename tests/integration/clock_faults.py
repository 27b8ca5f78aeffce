"""A wall clock that is set, and one that runs away, under the real noodstopd (libfaketime; the boot clock is left
alone): money goes on being counted by the boot clock, no window opens, nothing trips."""

import glob
import os
import time

from harness import PATIENCE, Site, wait_for

JUMPS = ("+3d", "-3d", "+400d", "+0 x1000", "-40d x50")
# Both windows hold all that the test spends. If one opened, its sum would fall; if time ran, its sum would leap.
TWO_WINDOWS = """
[limits.calendar]
kind = "spend"
zone = "dev"
window = "day"
stop = "0.5"
"""
MICROS_PER_PROCESSOR_MICROSECOND = 0.01  # 36 an hour


def library():
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    return found[0] if found else None


class WrongClock:
    """What noodstopd reads as wall time; changes while it runs."""

    def __init__(self, site):
        self.path = os.path.join(site.folder, "faketime")
        self.set("+0")

    def set(self, shift):
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            file.write(shift)
        os.rename(self.path + ".new", self.path)

    def environment(self):
        # The address sanitizer wants to be the first library; beside faketime it works all the same.
        sanitizer = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))
        return {"LD_PRELOAD": library(), "FAKETIME_TIMESTAMP_FILE": self.path, "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "ASAN_OPTIONS": sanitizer}


def used(site):
    return {limit["name"]: int(limit["used"]) for limit in site.status()["snapshot"]["limits"]}


def check_counted(site, before):
    """Neither more than the load used, nor less than before; the figures are at most two looks old."""
    now = used(site)
    most = site.load.processor_microseconds() * MICROS_PER_PROCESSOR_MICROSECOND
    for name, micros in now.items():
        assert before[name] <= micros <= most + 1, f"{name}: {before[name]} -> {micros}, the load used {most:.0f}"
    return now


def live_through_jumps(binary, pause):
    with Site(binary, stop="0.5", more=TWO_WINDOWS) as site:
        clock = WrongClock(site)
        site.start_daemon(environment=clock.environment())
        assert wait_for(site.status, PATIENCE), site.log_text()
        site.load.start(1)
        assert wait_for(lambda: min(used(site).values()) > 0, PATIENCE), site.log_text()
        sums = used(site)
        for jump in JUMPS:
            clock.set(jump)
            time.sleep(pause)
            sums = check_counted(site, sums)
            assert site.load.populated(), f"{jump} tripped it:\n{site.log_text()}"
        assert "time_suspect" in site.kinds(), "the clock was not seen to jump: nothing was tested"
        clock.set("+5d")
        check_trip(site)


def check_trip(site):
    """Deadlines and intervals don't mind what the wall clock says."""
    site.write_config(stop="0.003", more=TWO_WINDOWS)
    site.daemon.send_signal(1)
    assert wait_for(site.load.ended, PATIENCE), "the limit does not act any more:\n" + site.log_text()
    assert wait_for(lambda: site.status()["snapshot"]["zones"][0]["state"] == "latched", PATIENCE), site.status()
