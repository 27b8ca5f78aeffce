#!/usr/bin/env python3
"""The real noodstopd on real loads: trips, latches, keeps its word when the disk fails, when its configuration breaks
and when a second one is started. Usage: daemon_test.py --bin FOLDER"""

import argparse
import os
import signal
import subprocess
import sys
import time

from disks import Image, Memory
from harness import Claims, Site, skip_unless_possible, wait_for


def dead(site):
    return not site.load.populated()


def wait_until_armed(site):
    """The path has looked at least once: from here on only the limit is waited for."""
    assert wait_for(lambda: "agent_started" in site.kinds(), 10), "no fact within 10 s:\n" + site.log_text()


def first(facts, kind):
    return next((fact for fact in facts if fact.kind == kind), None)


def a_runaway_load_is_tripped_and_dead_and_latched_and_what_is_started_in_its_place_too(binary):
    with Site(binary) as site:
        bystander = site.group("other/job").start()
        kept = site.group("load/keep").start()
        site.start_daemon()
        wait_until_armed(site)
        site.load.start(3)
        assert wait_for(lambda: dead(site), 20), "the load lives:\n" + site.log_text()
        assert wait_for(lambda: "latched" in site.kinds(), 5), f"not latched: {site.facts()}"
        site.load.end()
        site.load.start(2)
        assert wait_for(lambda: dead(site), 10), "what was started in its place lives:\n" + site.log_text()
        assert bystander.populated(), "a group outside of the root was touched"
        assert kept.populated(), "a protected group was touched"
        assert site.is_latched(), "there is no latch file"
        facts = site.facts()
        intended, accepted = first(facts, "step_intended"), first(facts, "step_accepted")
        observed, tripped = first(facts, "stop_observed"), first(facts, "tripped")
        assert tripped.sequence < intended.sequence < accepted.sequence < observed.sequence, facts
        print(f"  limit reached -> kill accepted {(accepted.at - tripped.at) / 1000:.1f} ms, "
              f"-> observed gone {(observed.at - tripped.at) / 1000:.1f} ms")
        assert accepted.at - tripped.at < 50_000 or os.getloadavg()[0] > 4, "the kill took more than 50 ms"


def a_latched_zone_stays_latched_over_an_orderly_restart(binary):
    with Site(binary) as site:
        site.start_daemon()
        wait_until_armed(site)
        site.load.start(2)
        assert wait_for(lambda: "latched" in site.kinds(), 20), site.log_text()
        site.end_daemon()
        assert site.daemon.returncode == 0, f"exit code {site.daemon.returncode}"
        assert site.kinds()[-1] == "agent_stopped" or "agent_stopped" in site.kinds(), site.facts()
        site.load.end()
        site.load.start(2)
        site.start_daemon()
        assert wait_for(lambda: dead(site), 10), "the latch did not hold:\n" + site.log_text()


def check_status_says_not_durable(site):
    assert site.status_program(), "noodstop is not built"
    said = wait_for(lambda: (site.status() or {}).get("snapshot", {}).get("durable") is False, 5)
    assert said, f"status: {site.status()}"


def check_bound(site, dead_at):
    """From the decision, as the log has it, to the death: the durability deadline, the kill, and what a busy machine
    adds to both."""
    tripped_at = wait_for(lambda: site.logged_at(" tripped "), 5)
    assert tripped_at, "the trip was not logged:\n" + site.log_text()
    print(f"  limit reached -> dead {(dead_at - tripped_at) * 1000:.0f} ms")
    assert dead_at - tripped_at < 1.0, "the stop waited for the disk"


def stop_with_broken_disk(binary, disk_kind, breaks, expect_loss=True, mend=None):
    with disk_kind() as disk, Site(binary, state_folder=disk.folder + "/state") as site:
        site.start_daemon()
        wait_until_armed(site)
        breaks(disk)
        site.load.start(3)
        gone = wait_for(lambda: dead(site), 20, 0.002)
        dead_at = time.time()
        lost = not expect_loss or wait_for(lambda: "durability_lost" in site.log_text(), 5)
        if lost and expect_loss:
            check_status_says_not_durable(site)
        if mend:
            mend(disk)
            restored = wait_for(lambda: "durability_restored" in site.log_text(), 10)
            assert restored, "the disk works again and nobody says so:\n" + site.log_text()
            assert wait_for(lambda: "stop_observed" in site.kinds(), 5), f"facts are missing: {site.facts()}"
        assert gone, "the load lives:\n" + site.log_text()
        assert lost, "nobody said that decisions are in memory only:\n" + site.log_text()
        check_bound(site, dead_at)


def a_full_disk_does_not_stop_the_stop(binary):
    stop_with_broken_disk(binary, Memory, Memory.fill)


def a_disk_that_turns_read_only_does_not_stop_the_stop(binary):
    stop_with_broken_disk(binary, Image, Image.turn_read_only)


def a_disk_that_hangs_does_not_stop_the_stop_and_gets_the_facts_when_it_wakes_up(binary):
    stop_with_broken_disk(binary, Image, Image.freeze, mend=Image.thaw)


def a_disk_that_is_gone_does_not_stop_the_stop(binary):
    # Files that are open stay usable after a lazy unmount, so durability need not be lost; the stop is what counts.
    stop_with_broken_disk(binary, Memory, Memory.take_away, expect_loss=False)


def a_disk_whose_syncs_hang_does_not_delay_the_stop(binary):
    if subprocess.run(["which", "strace"], check=False, stdout=subprocess.DEVNULL).returncode != 0:
        print("  SKIP: strace is not installed")
        return
    with Site(binary) as site:
        site.start_daemon()
        wait_until_armed(site)
        tracer = subprocess.Popen(  # pylint: disable=consider-using-with
            ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e",
             "inject=fsync,fdatasync:delay_enter=30000000", "-p", str(site.child("path"))])
        time.sleep(0.5)
        site.load.start(3)
        gone = wait_for(lambda: dead(site), 15, 0.002)
        dead_at = time.time()
        lost = wait_for(lambda: "durability_lost" in site.log_text(), 5)
        check_status_says_not_durable(site)
        tracer.send_signal(signal.SIGKILL)
        tracer.wait()
        assert gone, "the load lives:\n" + site.log_text()
        assert lost, "nobody said that decisions are in memory only:\n" + site.log_text()
        check_bound(site, dead_at)


def a_reload_of_a_wrong_file_keeps_the_old_one_and_says_so(binary):
    with Site(binary) as site:
        site.start_daemon()
        wait_until_armed(site)
        with open(site.config, "a", encoding="utf-8") as config:
            config.write('\n[limits.other]\nkind = "nonsense"\nsop = 3\n')
        site.daemon.send_signal(signal.SIGHUP)
        assert wait_for(lambda: "policy_refused" in site.kinds(), 5), site.log_text()
        os.kill(site.child("path"), signal.SIGKILL)  # what is in force must outlive the file and the process
        site.load.start(3)
        assert wait_for(lambda: dead(site), 20), "the old configuration is not in force:\n" + site.log_text()


def a_reload_of_a_right_file_takes_effect_and_outlives_a_crash(binary):
    with Site(binary, stop="1000") as site:
        site.start_daemon()
        wait_until_armed(site)
        site.load.start(2)
        time.sleep(1)
        assert not dead(site), "stopped below its limit"
        site.write_config(stop="0.02")
        site.daemon.send_signal(signal.SIGHUP)
        assert wait_for(lambda: dead(site), 20), "the new limit is not in force:\n" + site.log_text()


def a_wrong_file_never_starts_and_every_mistake_is_told(binary):
    with Site(binary) as site:
        with open(site.config, "a", encoding="utf-8") as config:
            config.write('\n[limits.other]\nkind = "nonsense"\nsop = 3\n')
        done = subprocess.run([binary, "--config", site.config], capture_output=True, text=True, check=False)
        assert done.returncode == 1, f"exit code {done.returncode}"
        assert "nonsense" in done.stderr and "sop" in done.stderr, done.stderr
        assert not os.path.exists(site.state), "it made a state folder"


def a_second_noodstopd_on_the_same_state_folder_refuses_and_the_first_goes_on(binary):
    with Site(binary) as site:
        site.start_daemon()
        wait_until_armed(site)
        path = site.child("path")
        second = subprocess.run([binary, "--config", site.config], capture_output=True, text=True, check=False,
                                timeout=20)
        assert second.returncode == 3, f"exit code {second.returncode}: {second.stderr}"
        assert str(site.daemon.pid) in second.stderr, second.stderr
        assert site.child("path") == path, "the first one's path is gone"
        site.load.start(3)
        assert wait_for(lambda: dead(site), 20), site.log_text()


def a_path_whose_supervisor_is_gone_goes_on_and_a_new_noodstopd_takes_over(binary):
    with Site(binary) as site:
        site.start_daemon()
        wait_until_armed(site)
        orphan = site.child("path")
        site.daemon.kill()
        site.daemon.wait()
        assert wait_for(lambda: "fault_survived" in site.kinds(), 5), site.log_text()
        site.load.start(3)
        assert wait_for(lambda: dead(site), 20), "nobody protects any more:\n" + site.log_text()
        site.start_daemon()
        assert wait_for(lambda: site.child("path") not in (None, orphan), 10), site.log_text()
        assert orphan not in site.processes(), "the old path still runs"
        site.load.end()
        site.load.start(2)
        assert wait_for(lambda: dead(site), 10), "the latch did not hold:\n" + site.log_text()


def a_path_that_hangs_is_killed_and_replaced(binary):
    with Site(binary) as site:
        site.start_daemon()
        wait_until_armed(site)
        path = site.child("path")
        os.kill(path, signal.SIGSTOP)
        assert wait_for(lambda: site.child("path") not in (None, path), 20), site.log_text()
        site.load.start(3)
        assert wait_for(lambda: dead(site), 20), site.log_text()


TESTS = [
    a_runaway_load_is_tripped_and_dead_and_latched_and_what_is_started_in_its_place_too,
    a_latched_zone_stays_latched_over_an_orderly_restart,
    a_full_disk_does_not_stop_the_stop,
    a_disk_that_turns_read_only_does_not_stop_the_stop,
    a_disk_that_hangs_does_not_stop_the_stop_and_gets_the_facts_when_it_wakes_up,
    a_disk_that_is_gone_does_not_stop_the_stop,
    a_disk_whose_syncs_hang_does_not_delay_the_stop,
    a_reload_of_a_wrong_file_keeps_the_old_one_and_says_so,
    a_reload_of_a_right_file_takes_effect_and_outlives_a_crash,
    a_wrong_file_never_starts_and_every_mistake_is_told,
    a_second_noodstopd_on_the_same_state_folder_refuses_and_the_first_goes_on,
    a_path_whose_supervisor_is_gone_goes_on_and_a_new_noodstopd_takes_over,
    a_path_that_hangs_is_killed_and_replaced,
]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, help="the folder with noodstopd")
    parser.add_argument("--only", default="", help="part of the name of the tests to run")
    arguments = parser.parse_args()
    skip_unless_possible()
    tests = [test for test in TESTS if arguments.only in test.__name__.replace("_", " ")]
    return Claims().run(tests, os.path.join(arguments.bin, "noodstopd"))


if __name__ == "__main__":
    sys.exit(main())
