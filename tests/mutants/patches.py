"""Planted bugs as they stand in tests/mutants: a sentence, the rule that it breaks, and a unified diff.

A hunk applies where its lines stand in the file, and only there: lines that occur nowhere or twice are an error, so
that a patch that the sources have outgrown is never taken for a bug that was caught.
"""
import os
import re
from dataclasses import dataclass

FILE_NAME = re.compile(r"(\d+)-([a-z0-9-]+)\.patch")
FILE_LINE = re.compile(r"\+\+\+ b/(\S+)")


class Unusable(Exception):
    """A patch that says too little or doesn't apply; the message says which, why, and the cure."""


@dataclass(frozen=True)
class Change:
    file: str
    before: str  # the hunk's lines, context included
    after: str


@dataclass(frozen=True)
class Patch:
    file_name: str
    number: str
    words: str  # what the bug is, a sentence
    rule: str  # what of DESIGN.md it breaks
    changes: tuple

    @property
    def name(self):
        return self.file_name.removesuffix(".patch")


def _hunks(lines):
    """(file, lines before, lines after) of each hunk of a unified diff."""
    file, hunk, found = None, None, []
    for line in lines:
        named = FILE_LINE.match(line)
        if line.startswith("--- "):
            hunk = None
        elif named:
            file = named.group(1)
        elif line.startswith("@@"):
            hunk = (file, [], [])
            found.append(hunk)
        elif hunk:
            kind, text = line[:1], line[1:]
            if kind in ("-", " ", ""):
                hunk[1].append(text + "\n")
            if kind in ("+", " ", ""):
                hunk[2].append(text + "\n")
    return found


def parse(file_name, text):
    number = FILE_NAME.fullmatch(file_name)
    if not number:
        raise Unusable(f"{file_name}: is not named NN-speaking-name.patch")
    head, separator, diff = text.partition("\n--- a/")
    head = head.split("\n")
    rule = next((line.removeprefix("Breaks ") for line in head if line.startswith("Breaks DESIGN.md ")), None)
    changes = tuple(Change(file, "".join(before), "".join(after))
                    for file, before, after in _hunks(("--- a/" + diff).rstrip("\n").split("\n")))
    if not re.match(r"[A-Z].{20,}\.$", head[0]) or not rule or not separator:
        raise Unusable(f"{file_name}: does not begin with a sentence and `Breaks DESIGN.md ...`, or has no diff")
    if not changes or any(change.before == change.after for change in changes):
        raise Unusable(f"{file_name}: changes nothing")
    return Patch(file_name, number.group(1), head[0], rule, changes)


def read_all(folder):
    """All patches of a folder in the order of their numbers, which must all be different."""
    found = []
    for file_name in sorted(os.listdir(folder)):
        if file_name.endswith(".patch"):
            with open(os.path.join(folder, file_name), encoding="utf-8") as stream:
                found.append(parse(file_name, stream.read()))
    numbers = [patch.number for patch in found]
    if len(set(numbers)) != len(numbers):
        raise Unusable(f"{folder}: two patches have the same number")
    return found


def apply(patch, root):
    """{file: (text now, text with the bug)} of a working tree, which is only read."""
    texts = {}
    for change in patch.changes:
        if change.file not in texts:
            try:
                with open(os.path.join(root, change.file), encoding="utf-8") as stream:
                    now = stream.read()
            except FileNotFoundError:
                raise Unusable(f"{patch.file_name}: {change.file} is not there; write the patch anew") from None
            texts[change.file] = (now, now)
        now, mutated = texts[change.file]
        places = mutated.count(change.before)
        if places != 1:
            raise Unusable(f"{patch.file_name}: its lines stand {places} times in {change.file}; write the patch anew")
        texts[change.file] = (now, mutated.replace(change.before, change.after))
    return texts
