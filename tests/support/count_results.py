#!/usr/bin/env python3
"""Counts a ctest run from its JUnit file: `passed failed skipped` on the last line, reasons of skips before it.

A doctest program counts by its cases, any other test as one. A line `SKIP: reason` in a test's output is one skipped
case; a program that ended without its summary (crash, timeout) is one failed test.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree

SUMMARY = re.compile(r"test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed\s*\|\s*(\d+) skipped")
SKIP = re.compile(r"^\W*(?:MESSAGE: )?SKIP:?\s+(.*)$", re.MULTILINE)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def count_one(case):
    """(passed, failed, skipped, reasons) of one ctest test."""
    output = COLOUR.sub("", case.findtext("system-out") or "")
    reasons = SKIP.findall(output)
    status = case.get("status")
    if status == "notrun":
        message = case.find("skipped").get("message", "")
        # ctest calls a test skipped, too, whose program is missing.
        return (0, 0, 1, reasons[:1] or [message]) if message.startswith("SKIP_") else (0, 1, 0, [])
    if status == "disabled":
        return 0, 0, 1, ["disabled"]
    summary = SUMMARY.search(output)
    if summary is None:
        return (0, 1, 0, []) if status == "fail" else (1, 0, 0, [])
    passed, failed = int(summary.group(2)), int(summary.group(3))
    if status == "fail" and failed == 0:
        failed = 1
    skipped = min(len(reasons), passed)
    return passed - skipped, failed, skipped, reasons


def main(path):
    totals = [0, 0, 0]
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        passed, failed, skipped, reasons = count_one(case)
        totals = [totals[0] + passed, totals[1] + failed, totals[2] + skipped]
        for reason in reasons:
            print(f"SKIP {case.get('name')}: {reason}")
    print(*totals)


if __name__ == "__main__":
    main(sys.argv[1])
