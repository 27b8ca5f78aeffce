#!/usr/bin/env python3
"""Lines and branches of the deciding code that no scenario and no simulated life has reached, against the list of those
that may stay so.

usage: tests/coverage/coverage.py measure --build FOLDER --to FILE [--repository FOLDER] [--gcov PROGRAM]
       tests/coverage/coverage.py compare --build FOLDER --with FILE [--list FILE]
                                          [--repository FOLDER] [--gcov PROGRAM]

`measure`, after scenarios and simulation have run, prints the figures and writes what they did not reach; `compare`,
after the rooms' own tests have run in the same build, holds that and what is left now against the list.
Exit code 0: what is unreached is what is listed; 1: something is not listed, or listed wrongly; 2: wrong usage.
"""

import argparse
import json
import os
import re
import sys

sys.dont_write_bytecode = True  # nothing is left in the working tree

import gcov
from unreached import read_list

CYCLE = ("cycle", "batch_keeper", "look_schedule", "input_queue", "journal_shelf")
CONDITION = re.compile(r"\b(if|for|while) |\?|&&|\|\|")


def sources_of(repository):
    folder = os.path.join(repository, "agent/core")
    core = [f"agent/core/{name}" for name in sorted(os.listdir(folder)) if name.endswith(".cpp")]
    return core + [f"agent/run/{name}.cpp" for name in CYCLE]


def is_wanted(path):
    return path.startswith("agent/core/") or path in {f"agent/run/{name}.{end}" for name in CYCLE
                                                      for end in ("cpp", "hpp")}


def is_of_interest(source):
    return source.strip("});") and "= default" not in source


class File:
    """One source file with what was reached of it."""

    def __init__(self, path, text, lines):
        self.path = path
        self.text = [line.strip() for line in text.splitlines()]
        self.lines = {number: line for number, line in lines.items()
                      if line.function and is_of_interest(self.source(number))}

    def source(self, number):
        return self.text[number - 1].replace("`", "'") if number <= len(self.text) else ""

    def figures(self):
        """Lines reached, lines, branches reached, branches."""
        outcomes = [self.outcomes(number) for number in self.lines]
        reached = sum(pair[0] for pair in outcomes)
        return (sum(line.count > 0 for line in self.lines.values()), len(self.lines), reached,
                reached + sum(pair[1] for pair in outcomes))

    def outcomes(self, number):
        """Without a condition it branches for the compiler's sake only. A switch shows in the lines of its cases."""
        source = self.source(number)
        if not CONDITION.search(source) or source.startswith("switch"):
            return 0, 0
        return self.lines[number].outcomes()

    def places(self):
        """(number, key) of each unreached run of lines, and of each line with an outcome that never came."""
        found, in_run, before = [], False, None
        for number in sorted(self.lines):
            unreached = self.lines[number].count == 0
            if unreached and not in_run and before != number:
                found.append(self.place(number))
            in_run = unreached
            if not unreached and self.outcomes(number)[1] > 0:
                found.append(self.place(number))
        return found

    def place(self, number):
        return number, (self.path, self.lines[number].function, self.source(number))


def files_of(arguments):
    build = os.path.abspath(arguments.build)
    notes = gcov.notes_of(build, sources_of(arguments.repository))
    lines = gcov.lines_of(gcov.read(build, notes, arguments.gcov), is_wanted, os.path.abspath(arguments.repository))
    files = []
    for path in sorted(lines):
        with open(os.path.join(arguments.repository, path), encoding="utf-8") as text:
            files.append(File(path, text.read(), lines[path]))
    return files


def places_of(files):
    return [place for file in files for place in file.places()]


def percent(part, whole):
    return f"{100 * part / whole:5.1f} %" if whole else "      -"


def print_figures(files):
    print(f"{'file':40} {'lines':>16} {'branches':>18}")
    total = [0, 0, 0, 0]
    for name, figures in [(file.path, file.figures()) for file in files] + [("total", total)]:
        if name != "total":
            total = [one + other for one, other in zip(total, figures)]
        else:
            figures = total
        lines, all_lines, branches, all_branches = figures
        print(f"{name:40} {lines:4}/{all_lines:<4} {percent(lines, all_lines)}  {branches:5}/{all_branches:<5} "
              f"{percent(branches, all_branches)}")


def tell(headline, places):
    if places:
        print(f"\n{headline}:")
        for number, (path, function, source) in places:
            print(f"{path}:{number}\n- `{path}` `{function}` `{source}`")


def compare(unreached, untested, listed):
    """Prints what differs; the number of differences. `unreached`: by scenarios and simulation; `untested`: by the
    rooms' own tests neither; both are places. `listed`: {key: Listed}."""
    keys, untested_keys = {key for _, key in unreached}, {key for _, key in untested}
    unlisted = [(number, key) for number, key in unreached if key not in listed]
    reached = [(0, key) for key, entry in listed.items() if key not in keys and not entry.by_luck]
    only_said = [(number, key) for number, key in unreached
                 if key in listed and listed[key].tested and key in untested_keys]
    met = [(number, key) for number, key in unreached
                if key in listed and not listed[key].tested and key not in untested_keys]
    tell("Unreached and not listed. Cure: a scenario, or put it into the list below its reason", unlisted)
    tell("Listed, but reached or gone. Cure: take it out of the list", reached)
    tell("Listed as tested, but its tests don't reach it either", only_said)
    tell("Listed as never reached, but its tests do", met)
    differences = [*unlisted, *reached, *only_said, *met]
    tested = sum(key in listed and listed[key].tested for key in keys)
    print(f"\n{len(keys)} places unreached: {tested} of them reached by their own tests, "
          f"{len(keys) - tested - len(unlisted)} by nothing; {len(differences)} differences to the list")
    return len(differences)


def measure(arguments, files):
    print_figures(files)
    with open(arguments.to, "w", encoding="utf-8") as file:
        json.dump(places_of(files), file)
    return 0


def hold_against_list(arguments, files):
    with open(getattr(arguments, "with"), encoding="utf-8") as file:
        unreached = [(number, tuple(key)) for number, key in json.load(file)]
    listed = read_list(arguments.list, arguments.repository)
    return 1 if compare(unreached, places_of(files), listed) else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("what", choices=["measure", "compare"])
    parser.add_argument("--build", required=True)
    parser.add_argument("--to")
    parser.add_argument("--with")
    parser.add_argument("--repository", default=".")
    parser.add_argument("--list", default="tests/coverage/unreached.md")
    parser.add_argument("--gcov", default="gcov")
    arguments = parser.parse_args()
    if (arguments.to if arguments.what == "measure" else getattr(arguments, "with")) is None:
        parser.error("measure wants --to, compare wants --with")
    files = files_of(arguments)
    if not files:
        print("coverage: no notes of the compiler in that folder. Cure: build the preset coverage", file=sys.stderr)
        return 2
    return measure(arguments, files) if arguments.what == "measure" else hold_against_list(arguments, files)


if __name__ == "__main__":
    sys.exit(main())
