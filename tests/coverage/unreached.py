"""The list of places that scenarios and simulation leave unreached: unreached.md says what it looks like."""

import os
import re
from dataclasses import dataclass

ENTRY = re.compile(r"^- `([^`]+)` `([^`]*)` `([^`]+)`$")
REASON = re.compile(r"^(Never|(Tested|By luck, else tested) by ([^ :]+)): (.+)$")


@dataclass(frozen=True)
class Listed:
    reason: str
    tested: bool = True    # by a test of its own; else neither story nor test gets there
    by_luck: bool = False  # some lives reach it


def read_list(path, repository="."):
    """{(file, function, source): Listed}; ValueError for what is no entry, has no reason, or names a test that isn't
    there."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    listed, reason = {}, None
    for number, line in enumerate(lines, start=1):
        found = REASON.match(line)
        if found:
            check_test(found[3], repository, f"{path}:{number}")
            reason = Listed(found[4], found[1] != "Never", found[1].startswith("By luck"))
        elif line.startswith("#"):
            reason = None
        elif line.startswith("- `"):
            entry = ENTRY.match(line)
            if entry is None or reason is None:
                raise ValueError(f"{path}:{number}: not `file` `function` `source` below a reason")
            if entry.groups() in listed:
                raise ValueError(f"{path}:{number}: stands here twice")
            listed[entry.groups()] = reason
    return listed


def check_test(test, repository, place):
    if test is not None and not os.path.exists(os.path.join(repository, test)):
        raise ValueError(f"{place}: there is no {test}")
