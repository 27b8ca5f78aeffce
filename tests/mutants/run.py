#!/usr/bin/env python3
"""Builds and runs every planted bug of tests/mutants: each must be seen by a scenario or by the simulation, one of the
channel by a test of its part or by the simulation of the uplink."""
import argparse
import fcntl
import os
import queue
import re
import sys
import threading
from dataclasses import dataclass

sys.dont_write_bytecode = True  # nothing is left in the working tree

import judges
import patches
import table
import workplace

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
FOLDER = os.path.join(REPOSITORY, "build", "mutants")
README = os.path.join(HERE, "README.md")
SHOWN_LINES_MAX = 60
JUDGES = ("scenarios", "simulation")  # what --judge means for the path; for the channel, its tests and its simulation
UPLINK_SEEDS_PER_SEED = 0.05  # a life of the uplink takes so much longer
COLORS = {"CAUGHT": "\033[32m", "SURVIVES": "\033[31m", "ERROR": "\033[31m"}


class Stopped(Exception):
    """Nothing can be said about any bug; the message says why."""


@dataclass(frozen=True)
class Verdict:
    patch: patches.Patch
    finding: judges.Finding = None
    error: str = ""

    @property
    def word(self):
        if self.error:
            return "ERROR"
        return "CAUGHT" if self.finding.by else "SURVIVES"


def say(text):
    print(text, flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="tools/mutants", description=__doc__, allow_abbrev=False,
        epilog="The last line is `N planted, C caught`. Exit code 0: all were caught; 1: one was not, or could not be "
               "tried; 2: wrong usage.")
    parser.add_argument("--only", metavar="REGEX", type=re.compile, help="only the bugs whose name matches")
    parser.add_argument("--seeds", metavar="N", type=int, default=20000, help="lives to simulate at most (20000)")
    parser.add_argument("-j", "--jobs", metavar="N", type=int, default=2, help="bugs to try at a time")
    parser.add_argument("--judge", choices=JUDGES, help="ask only the scenarios, or only the simulation")
    parser.add_argument("--write", action="store_true",
                        help="write what was found into tests/mutants/README.md (done anyway if all bugs were tried)")
    parser.add_argument("--keep", action="store_true", help="leave the last bug in the copy, to look into it")
    return parser.parse_args()


def prepare(count, jobs, asked):
    """Places with the sources as they are, built. All are copied before the first is built: a working tree that changes
    meanwhile must not make them differ."""
    places = [workplace.Workplace(os.path.join(FOLDER, str(number))) for number in range(1, count + 1)]
    problems = [place.prepare(REPOSITORY) for place in places]
    for place, problem in zip(places, problems):
        problem = problem or place.build(targets_of(place, asked), jobs)
        if problem:
            raise Stopped(last_lines(problem) + "\nThe sources as they are do not build.")
    return places


def targets_of(place, asked):
    return [one.program for one in asked if place.has_target(one.program)]


def judges_asked(arguments, planted):
    """Those whom one of the bugs concerns."""
    uplink_seeds = max(1, round(arguments.seeds * UPLINK_SEEDS_PER_SEED))
    all_judges = (("scenarios", judges.Scenarios()), ("simulation", judges.Simulation(arguments.seeds)),
                  ("scenarios", judges.Tests("test_journal")), ("scenarios", judges.Tests("test_uplink")),
                  ("simulation", judges.Uplink(uplink_seeds)))
    return [one for name, one in all_judges
            if arguments.judge in (None, name) and any(one.concerns(patch) for patch in planted)]


def check_sound(place, asked):
    """Stops where a judge finds something wrong without any bug."""
    for one in asked:
        if not place.has_target(one.program):
            continue
        finding = one.judge_sound(place)
        if finding.by:
            raise Stopped(f"Without any bug, {finding.by} fails: nothing can be said about bugs. {finding.reason}")
        say(f"Without a bug {one.program} finds nothing wrong ({finding.after}).")


def judge(place, asked):
    """What the judges see, the first that sees something."""
    for one in asked:
        if not place.has_target(one.program):
            return judges.Finding("", f"there is no {one.program} yet")
        finding = one.judge(place)
        if finding.by:
            break
    return finding


def try_bug(place, patch, asked, keep):
    try:
        texts = patches.apply(patch, place.tree)
    except patches.Unusable as problem:
        return Verdict(patch, error=str(problem))
    place.put({file: mutated for file, (_, mutated) in texts.items()})
    asked = [one for one in asked if one.concerns(patch)]
    try:
        problem = place.build(targets_of(place, asked), jobs=1)
        if problem:
            return Verdict(patch, error="does not build:\n" + last_lines(problem))
        return Verdict(patch, judge(place, asked))
    except workplace.NoEnd as problem:
        return Verdict(patch, error=str(problem))
    finally:
        if not keep:
            place.put({file: now for file, (now, _) in texts.items()})


def try_all(places, planted, asked, keep):
    """Verdicts as they come, each place taking the next bug."""
    waiting, verdicts = queue.SimpleQueue(), queue.SimpleQueue()
    for patch in planted:
        waiting.put(patch)

    def work(place):
        try:
            while True:
                verdicts.put(try_bug(place, waiting.get_nowait(), asked, keep))
        except queue.Empty:
            verdicts.put(None)
        except BaseException as fault:  # told by the thread that waits for verdicts
            verdicts.put(fault)

    for place in places:
        threading.Thread(target=work, args=(place,), daemon=True).start()
    working = len(places)
    while working > 0:
        verdict = verdicts.get()
        if isinstance(verdict, BaseException):
            raise verdict
        if verdict is None:
            working -= 1
        else:
            yield verdict


def last_lines(text):
    return "\n".join(text.rstrip("\n").split("\n")[-SHOWN_LINES_MAX:])


def tell(verdict):
    word = verdict.word
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        word = COLORS[word] + word + "\033[0m"
    if verdict.error:
        return say(f"{word} {verdict.patch.name}: {verdict.error}")
    finding = verdict.finding
    say(f"{word} {verdict.patch.name}: {verdict.patch.words} "
        + (f"By {finding.by}" if finding.by else "By nobody") + f", after {finding.after}."
        + (f" {finding.reason}" if finding.reason else ""))


def write_table(all_planted, verdicts):
    with open(README, encoding="utf-8") as stream:
        text = stream.read()
    rows = table.read(text)
    rows |= {verdict.patch.name: table.row(verdict.patch, verdict.finding) for verdict in verdicts if verdict.finding}
    with open(README, "w", encoding="utf-8") as stream:
        stream.write(table.write(text, [rows[patch.name] for patch in all_planted if patch.name in rows]))


def run(arguments):
    all_planted = patches.read_all(HERE)
    planted = [patch for patch in all_planted if not arguments.only or arguments.only.search(patch.name)]
    if not planted:
        raise Stopped(f"No planted bug matches '{arguments.only.pattern}'.")
    if not workplace.isolation_works():
        raise Stopped("A bug must not see other processes, and there is no process namespace to be had here. "
                      "Cure: run as root, or let users have namespaces.")
    jobs = min(arguments.jobs, len(planted)) if not arguments.keep else 1
    say(f"\nBuilding the sources as they are, in {jobs} places")
    asked = judges_asked(arguments, planted)
    places = prepare(jobs, arguments.jobs, asked)
    check_sound(places[0], asked)
    say("\nPlanted bugs")
    verdicts = []
    for verdict in try_all(places, planted, asked, arguments.keep):
        tell(verdict)
        verdicts.append(verdict)
    if arguments.write or (len(planted) == len(all_planted) and not arguments.judge):
        write_table(all_planted, verdicts)
    return len(planted), sum(verdict.word == "CAUGHT" for verdict in verdicts)


def main():
    arguments = parse_arguments()
    os.makedirs(FOLDER, exist_ok=True)
    with open(os.path.join(FOLDER, "lock"), "w", encoding="utf-8") as lock:
        planted = caught = 0
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            planted, caught = run(arguments)
        except BlockingIOError:
            print("Another tools/mutants is running in build/mutants.", file=sys.stderr)
        except (Stopped, patches.Unusable, workplace.NoEnd) as problem:
            print(problem, file=sys.stderr)
    say(f"{planted} planted, {caught} caught")
    return 0 if planted > 0 and caught == planted else 1


if __name__ == "__main__":
    sys.exit(main())
