#!/usr/bin/env python3
"""Real faults under the real noodstopd: whatever fails, the load ends dead, nothing that was acknowledged is lost, and
nothing loosens. Usage: fault_test.py --bin FOLDER [--long] [--only TEXT]

Without --long a sample of each; with it every write and every sync of a calm run, and minutes of silence.
"""

import argparse
import contextlib
import os
import shutil
import sys

import clock_faults
import disk_faults
import process_faults
import space_faults
import tracer
from harness import Claims, skip_unless_possible
from tracer import Fault

ERRORS = ("EIO", "ENOSPC", "SIGKILL")
SAMPLE = (Fault("pwrite64", 3, "EIO"), Fault("fdatasync", 2, "ENOSPC"), Fault("pwrite64", 14, "SIGKILL"),
          Fault("rename", 1, "EIO"), Fault("fsync", 2, "SIGKILL"))


@contextlib.contextmanager
def scenes(binary):
    used = disk_faults.make_used_folder(binary)
    try:
        yield disk_faults.Scene("an empty folder"), disk_faults.Scene("a folder in use", used)
    finally:
        shutil.rmtree(os.path.dirname(used))


def sweep(binary, choose):
    """`choose` gives the faults of a scene by what a calm run reaches there."""
    reason = tracer.missing()
    if reason:
        print(f"  SKIP: {reason}")
        return
    failures = []
    with scenes(binary) as both:
        for scene in both:
            reach = disk_faults.Reach(binary, scene)
            print(f"  {scene.name}: calls of one thread in a calm run: {reach}")
            failures += disk_faults.Sweep(binary, scene, reach).run(choose(scene, reach)).failures
    assert not failures, f"{len(failures)} rounds failed, the first: {failures[0]}"


def a_write_or_sync_that_fails_or_kills_neither_stops_the_stop_nor_loses_what_was_acknowledged(binary):
    sweep(binary, lambda scene, reach: SAMPLE)


def whichever_write_or_sync_fails_or_kills_the_load_dies_and_nothing_acknowledged_is_lost(binary):
    sweep(binary, lambda scene, reach: disk_faults.faults_of(reach, ERRORS))


def a_disk_that_is_dead_from_any_write_or_sync_on_does_not_stop_the_stop_and_the_status_says_so(binary):
    sweep(binary, lambda scene, reach: disk_faults.dead_disks_of(reach, 3) if scene.folder else ())


def however_little_room_a_disk_has_the_load_dies_and_with_room_again_every_fact_is_there(binary):
    space_faults.leave_little_room(binary, space_faults.FEW_ROOMS)


def whatever_room_a_tmpfs_or_an_ext4_image_has_left_the_load_dies_and_every_fact_is_there_in_the_end(binary):
    space_faults.leave_little_room(binary, space_faults.ALL_ROOMS)


def a_wall_clock_that_jumps_or_runs_away_opens_no_window_and_trips_nothing(binary):
    if not clock_faults.library():
        print("  SKIP: libfaketime is not installed")
        return
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
    a_write_or_sync_that_fails_or_kills_neither_stops_the_stop_nor_loses_what_was_acknowledged,
    however_little_room_a_disk_has_the_load_dies_and_with_room_again_every_fact_is_there,
    a_wall_clock_that_jumps_or_runs_away_opens_no_window_and_trips_nothing,
    what_happens_while_the_path_is_stopped_is_charged_and_trips_at_once,
    a_path_without_memory_goes_on_or_is_replaced_and_the_load_dies,
    of_two_started_at_the_same_moment_one_works_and_the_other_changes_nothing,
]
LONG = [
    whichever_write_or_sync_fails_or_kills_the_load_dies_and_nothing_acknowledged_is_lost,
    a_disk_that_is_dead_from_any_write_or_sync_on_does_not_stop_the_stop_and_the_status_says_so,
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
    tests = [test for test in (LONG if arguments.long else QUICK)
             if arguments.only in test.__name__.replace("_", " ")]
    return Claims().run(tests, os.path.join(arguments.bin, "noodstopd"))


if __name__ == "__main__":
    sys.exit(main())
