#!/usr/bin/env python3
"""Lines and branches of the deciding code that no scenario and no simulated life has reached, against the list of those
that may stay so.

usage: tests/coverage/coverage.py --build FOLDER [--repository FOLDER] [--list FILE] [--gcov PROGRAM]

The list has one place on each line: - `file` `function` `source text`: the reason. Source text and not line numbers, so
that it stays true when the file changes elsewhere. A run of unreached lines is one place, named by its first line.
Exit code 0: what is unreached is what is listed; 1: something is not listed, or is listed and reached; 2: wrong usage.
"""

import argparse
import os
import re
import sys

sys.dont_write_bytecode = True  # nothing is left in the working tree

import gcov

CYCLE = ("cycle", "batch_keeper", "look_schedule", "input_queue")
CONDITION = re.compile(r"\b(if|for|while) |\?|&&|\|\|")
ENTRY = re.compile(r"^- `([^`]+)` `([^`]*)` `([^`]+)`: (.+)$")


def sources_of(repository):
    folder = os.path.join(repository, "agent/core")
    core = [f"agent/core/{name}" for name in sorted(os.listdir(folder)) if name.endswith(".cpp")]
    return core + [f"agent/run/{name}.cpp" for name in CYCLE]


def is_wanted(path):
    return path.startswith("agent/core/") or path in {f"agent/run/{name}.{end}" for name in CYCLE
                                                      for end in ("cpp", "hpp")}


def read_list(path):
    """{(file, function, source): reason}."""
    with open(path, encoding="utf-8") as text:
        entries = [ENTRY.match(line.rstrip("\n")) for line in text if line.startswith("- `")]
    broken = [entry for entry in entries if entry is None]
    if broken:
        raise ValueError(f"{path}: {len(broken)} entries are not: - `file` `function` `source`: reason")
    return {(entry[1], entry[2], entry[3]): entry[4] for entry in entries}


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
    notes = gcov.notes_of(arguments.build, sources_of(arguments.repository))
    reports = gcov.read(arguments.build, notes, arguments.gcov)
    lines = gcov.lines_of(reports, is_wanted, os.path.abspath(arguments.repository))
    files = []
    for path in sorted(lines):
        with open(os.path.join(arguments.repository, path), encoding="utf-8") as text:
            files.append(File(path, text.read(), lines[path]))
    return files


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


def compare(places, listed):
    """Prints what differs; the number of differences."""
    unlisted = [(number, key) for number, key in places if key not in listed]
    reached = [key for key in listed if key not in {key for _, key in places}]
    if unlisted:
        print("\nUnreached and not listed (file:line, then what to put into the list with its reason):")
    for number, (path, function, source) in unlisted:
        print(f"{path}:{number}\n- `{path}` `{function}` `{source}`: ")
    if reached:
        print("\nListed as unreached, but reached or gone. Cure: take it out of the list:")
    for path, function, source in reached:
        print(f"- `{path}` `{function}` `{source}`")
    print(f"\n{len(places)} places unreached, {len(places) - len(unlisted)} of them listed with a reason, "
          f"{len(unlisted)} not, {len(reached)} listed though reached")
    return len(unlisted) + len(reached)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--repository", default=".")
    parser.add_argument("--list", default="tests/coverage/unreached.md")
    parser.add_argument("--gcov", default="gcov")
    arguments = parser.parse_args()
    files = files_of(arguments)
    if not files:
        print("coverage: no notes of the compiler in that folder. Cure: build the preset coverage", file=sys.stderr)
        return 2
    print_figures(files)
    places = [place for file in files for place in file.places()]
    return 1 if compare(places, read_list(arguments.list)) else 0


if __name__ == "__main__":
    sys.exit(main())
