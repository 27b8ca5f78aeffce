"""What gcov says about the sources, summed over all objects: which lines and which outcomes of conditions were reached.

Left out, since no test can decide about them: arcs of exceptions (gcov marks them `throw`: nearly all are of
allocations), conditions that only run while an exception unwinds (both outcomes unreached: what leads there is listed
instead), and what the compiler writes (implicit constructors, comparisons that are `= default`, what it does at a
closing brace).
"""

import json
import os
import subprocess
from collections import defaultdict


def notes_of(build, sources):
    """The .gcno files of the wanted sources, by what CMake calls an object, and of every object that ran: of a function
    in a header the linker keeps one copy, which may be in anybody's object."""
    wanted = tuple("/" + source + ".gcno" for source in sources)
    notes = [os.path.join(folder, name) for folder, _, names in os.walk(build) for name in names
             if name.endswith(".gcno")]
    return [note for note in notes if note.endswith(wanted) or os.path.exists(note[:-len("gcno")] + "gcda")]


def read(build, notes, gcov):
    """gcov's report of each object, parsed."""
    said = subprocess.run([gcov, "--json-format", "--branch-probabilities", "--stdout", *notes], cwd=build, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return (json.loads(line) for line in said.splitlines() if line.strip())


class Line:
    """One line of source over all objects and all instances of a template."""

    def __init__(self):
        self.count = 0
        self.function = ""
        self.arcs = {}  # by their number, since instances of a template may differ: [count, is_throw] of each arc

    def add(self, found, function):
        self.count += found["count"]
        self.function = self.function or function
        arcs = found["branches"]
        if not arcs:
            return
        known = self.arcs.setdefault(len(arcs), [[0, arc["throw"]] for arc in arcs])
        for sum_of, arc in zip(known, arcs):
            sum_of[0] += arc["count"]

    def outcomes(self):
        """(reached, unreached) of the likeliest reading: the instance that leaves the fewest unreached."""
        if self.count == 0:
            return 0, max((sum(not throws for _, throws in arcs) for arcs in self.arcs.values()), default=0)
        found = [count_outcomes(arcs) for arcs in self.arcs.values()]
        return min(found, key=lambda each: each[1], default=(0, 0))


def count_outcomes(arcs):
    reached = unreached = 0
    for (one, one_throws), (other, other_throws) in zip(arcs[::2], arcs[1::2]):
        if one_throws or other_throws or one + other == 0:
            continue
        reached += (one > 0) + (other > 0)
        unreached += (one == 0) + (other == 0)
    return reached, unreached


def lines_of(reports, is_wanted, repository):
    """{file: {number: Line}} of the files that are wanted, by their path in the repository."""
    files = defaultdict(lambda: defaultdict(Line))
    for report in reports:
        for file in report["files"]:
            path = os.path.relpath(os.path.join(report["current_working_directory"], file["file"]), repository)
            if not is_wanted(path):
                continue
            names = {function["name"]: short_name(function["demangled_name"]) for function in file["functions"]}
            for line in file["lines"]:
                files[path][line["line_number"]].add(line, names.get(line.get("function_name"), ""))
    return files


def short_name(demangled):
    """noodstop::core::Engine::Impl::take(noodstop::core::Look const&) -> Impl::take; a lambda is its function's."""
    name = without_brackets(demangled.replace("(anonymous namespace)::", "").split("::{lambda")[0])
    return "::".join(name.split(" ")[-1].split("::")[-2:])


def without_brackets(text):
    kept, depth = "", 0
    for character in text:
        depth += (character in "(<") - (character in ")>")
        if depth == 0 and character not in ")>":
            kept += character
    return kept.replace(" const", "").replace("[abi:cxx11]", "")
