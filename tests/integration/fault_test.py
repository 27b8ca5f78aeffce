#!/usr/bin/env python3
"""Real faults under the real noodstopd: whatever fails, the load ends dead, nothing that was acknowledged is lost, and
nothing loosens. Usage: fault_test.py --bin FOLDER [--long] [--only TEXT]

Without --long a sample of each; with it every change of the state folder in a calm life, and minutes of silence.
"""

import argparse
import contextlib
import os
import shutil
import signal
import sys

import clock_faults
import disk_faults
import disk_filter
import disk_sweep
import disks
import process_faults
import space_faults
import tracer
from harness import CannotBeTried, Claims, skip_unless_possible
from tracer import StracedFault

ERRORS = ("EIO", "ENOSPC", "SIGKILL")
SAMPLE = (StracedFault("pwrite64", 3, "EIO"), StracedFault("fdatasync", 2, "ENOSPC"),
          StracedFault("fsync", 2, "SIGKILL"))


@contextlib.contextmanager
def scenes(binary):
    used = disk_faults.make_used_folder(binary)
    try:
        yield disk_faults.Scene("an empty folder"), disk_faults.Scene("a folder in use", used)
    finally:
        shutil.rmtree(os.path.dirname(used))


def must_be_there(missing):
    if missing:
        raise CannotBeTried(missing)


def sweep(binary, whats, **how):
    must_be_there(disk_filter.missing())
    with scenes(binary) as both:
        failures = [failure for scene in both
                    for failure in disk_sweep.Sweep(binary, scene).run(whats, **how).failures]
    assert not failures, f"{len(failures)} points failed, the first: {failures[0]}"


def a_call_that_strace_lets_fail_or_kills_at_neither_stops_the_stop_nor_loses_what_was_acknowledged(binary):
    must_be_there(tracer.missing())
    for fault in SAMPLE:
        tried = disk_sweep.try_fault(binary, disk_faults.Scene("an empty folder"), fault, tracer.Tracer)
        assert tried.hit, tried.failure or f"{fault} never happened"


def a_change_that_fails_or_kills_neither_stops_the_stop_nor_loses_what_was_acknowledged(binary):
    sweep(binary, ERRORS, stride=23)


def a_disk_that_dies_does_not_stop_the_stop_and_the_status_says_so(binary):
    sweep(binary, ("EIO",), stride=29, onwards=True)


def whichever_write_or_sync_fails_or_kills_the_load_dies_and_nothing_acknowledged_is_lost(binary):
    sweep(binary, ERRORS)


def a_disk_that_is_dead_from_every_fourth_write_or_sync_on_does_not_stop_the_stop_and_the_status_says_so(binary):
    sweep(binary, ("EIO",), stride=4, onwards=True)


def however_little_room_a_disk_has_the_load_dies_and_with_room_again_every_fact_is_there(binary):
    must_be_there(disks.missing())
    space_faults.leave_little_room(binary, space_faults.FEW_ROOMS)


def whatever_room_a_tmpfs_or_an_ext4_image_has_left_the_load_dies_and_every_fact_is_there_in_the_end(binary):
    must_be_there(disks.missing())
    space_faults.leave_little_room(binary, space_faults.ALL_ROOMS)


def a_wall_clock_that_jumps_or_runs_away_opens_no_window_and_trips_nothing(binary):
    must_be_there(None if clock_faults.library() else "libfaketime is not installed")
    clock_faults.live_through_jumps(binary, pause=0.6)


def what_happens_while_the_path_is_stopped_is_charged_and_trips_at_once(binary):
    process_faults.sleep_for(binary, 4)


def what_happens_in_a_minute_in_which_the_path_is_stopped_is_charged_and_trips_at_once(binary):
    process_faults.sleep_for(binary, 60)


def a_path_without_a_free_descriptor_is_replaced_and_the_load_dies(binary):
    process_faults.without_descriptors(binary)


def a_path_without_memory_goes_on_or_is_replaced_and_the_load_dies(binary):
    felt = [process_faults.without_memory(binary, resource, name, left) for resource, name, left in
            (("as", "VmSize", -(1 << 24)), ("data", "VmData", -(1 << 24)), ("as", "VmSize", 1 << 16))]
    assert any(felt), "the path never ran out of memory: nothing was tested"


def a_path_with_any_little_memory_left_goes_on_or_is_replaced_and_the_load_dies(binary):
    lefts = [-(1 << 25), -(1 << 22), 0] + [1 << bits for bits in range(12, 24)]
    felt = [process_faults.without_memory(binary, resource, name, left)
            for resource, name in (("as", "VmSize"), ("data", "VmData")) for left in lefts]
    print(f"  {len(felt)} tried, {sum(felt)} of them felt")
    assert sum(felt) >= 3, "the path hardly ever ran out of memory"


def of_two_started_at_the_same_moment_one_works_and_the_other_changes_nothing(binary):
    process_faults.start_two(binary, 5)


def of_two_started_at_the_same_moment_twenty_times_one_works_and_the_other_changes_nothing(binary):
    process_faults.start_two(binary, 20)


QUICK = [
    a_call_that_strace_lets_fail_or_kills_at_neither_stops_the_stop_nor_loses_what_was_acknowledged,
    a_change_that_fails_or_kills_neither_stops_the_stop_nor_loses_what_was_acknowledged,
    a_disk_that_dies_does_not_stop_the_stop_and_the_status_says_so,
    however_little_room_a_disk_has_the_load_dies_and_with_room_again_every_fact_is_there,
    a_wall_clock_that_jumps_or_runs_away_opens_no_window_and_trips_nothing,
    what_happens_while_the_path_is_stopped_is_charged_and_trips_at_once,
    a_path_without_memory_goes_on_or_is_replaced_and_the_load_dies,
    of_two_started_at_the_same_moment_one_works_and_the_other_changes_nothing,
]
LONG = [
    whichever_write_or_sync_fails_or_kills_the_load_dies_and_nothing_acknowledged_is_lost,
    a_disk_that_is_dead_from_every_fourth_write_or_sync_on_does_not_stop_the_stop_and_the_status_says_so,
    whatever_room_a_tmpfs_or_an_ext4_image_has_left_the_load_dies_and_every_fact_is_there_in_the_end,
    what_happens_in_a_minute_in_which_the_path_is_stopped_is_charged_and_trips_at_once,
    a_path_without_a_free_descriptor_is_replaced_and_the_load_dies,
    a_path_with_any_little_memory_left_goes_on_or_is_replaced_and_the_load_dies,
    of_two_started_at_the_same_moment_twenty_times_one_works_and_the_other_changes_nothing,
]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, help="the folder with noodstopd")
    parser.add_argument("--long", action="store_true", help="what takes minutes, and only that")
    parser.add_argument("--only", default="", help="part of the name of the tests to run")
    arguments = parser.parse_args()
    skip_unless_possible()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # leaves nothing behind then, either
    tests = [test for test in (LONG if arguments.long else QUICK)
             if arguments.only in test.__name__.replace("_", " ")]
    return Claims().run(tests, os.path.join(arguments.bin, "noodstopd"))


if __name__ == "__main__":
    sys.exit(main())
