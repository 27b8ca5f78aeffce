#!/usr/bin/env python3
"""The count at the end of tools/test is true: what failed or was skipped can't hide in it."""
import os
import subprocess
import sys
import tempfile
import unittest
from xml.sax.saxutils import escape

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "count_results.py")
SUMMARY = "[doctest] test cases: {} | {} passed | {} failed | {} skipped"


def case(name, status, output, inner=""):
    return (f'<testcase name="{name}" classname="{name}" time="1" status="{status}">{inner}'
            f"<system-out>{escape(output)}</system-out></testcase>")


def count(*cases):
    with tempfile.NamedTemporaryFile("w", suffix=".xml", encoding="utf-8") as file:
        file.write(f'<?xml version="1.0" encoding="UTF-8"?><testsuite>{"".join(cases)}</testsuite>')
        file.flush()
        result = subprocess.run([sys.executable, PROGRAM, file.name], capture_output=True, text=True, check=True)
    return result.stdout.strip().split("\n")


class CountResults(unittest.TestCase):
    def test_a_doctest_program_counts_by_its_cases(self):
        self.assertEqual(count(case("a", "run", SUMMARY.format(12, 12, 0, 3))), ["12 0 0"])
        self.assertEqual(count(case("a", "fail", SUMMARY.format(12, 10, 2, 0))), ["10 2 0"])

    def test_another_test_counts_as_one(self):
        self.assertEqual(count(case("a", "run", "fine"), case("b", "fail", "not fine")), ["1 1 0"])

    def test_a_program_that_crashes_is_a_failure(self):
        self.assertEqual(count(case("a", "fail", "Segmentation fault")), ["0 1 0"])

    def test_a_program_that_crashes_after_its_summary_is_a_failure(self):
        self.assertEqual(count(case("a", "fail", SUMMARY.format(3, 3, 0, 0) + "\nleak")), ["3 1 0"])

    def test_a_case_that_skips_itself_is_told_with_its_reason(self):
        output = "SKIP: no cgroup2 mount\n" + SUMMARY.format(3, 3, 0, 0)
        self.assertEqual(count(case("a", "run", output)), ["SKIP a: no cgroup2 mount", "2 0 1"])

    def test_a_skipped_test_is_told_with_its_reason(self):
        skipped = '<skipped message="SKIP_RETURN_CODE=77"/>'
        self.assertEqual(count(case("a", "notrun", "SKIP: no npm\n", skipped)), ["SKIP a: no npm", "0 0 1"])

    def test_a_program_that_is_missing_is_a_failure(self):
        missing = '<skipped message="Unable to find executable"/>'
        self.assertEqual(count(case("a", "notrun", "", missing)), ["0 1 0"])


if __name__ == "__main__":
    unittest.main()
