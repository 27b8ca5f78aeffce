#!/usr/bin/env python3
"""tools/test tells the truth in its last line and its exit code, tried on small projects of its own."""
import os
import shutil
import subprocess
import tempfile
import unittest

REPOSITORY = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BORROWED = ("tools/test", "tools/shared.sh", "tools/tidy", "tests/support/count_results.py", "CMakePresets.json")
PROJECT = """cmake_minimum_required(VERSION 3.25)
project(sample NONE)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
enable_testing()
"""


def sample_test(name, command, properties=""):
    text = f'add_test(NAME {name} COMMAND sh -c "{command}")\n'
    return text + (f"set_tests_properties({name} PROPERTIES {properties})\n" if properties else "")


def run(project, *arguments):
    """(exit code, last line, whole output) of tools/test in a repository with this CMakeLists.txt."""
    with tempfile.TemporaryDirectory(prefix="noodstop-test-") as folder:
        for path in BORROWED:
            target = os.path.join(folder, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            copy = shutil.copytree if os.path.isdir(os.path.join(REPOSITORY, path)) else shutil.copy
            copy(os.path.join(REPOSITORY, path), target)
        for path, text in (("tools/packages.txt", "# none\n"), ("CMakeLists.txt", PROJECT + project)):
            with open(os.path.join(folder, path), "w", encoding="utf-8") as stream:
                stream.write(text)
        result = subprocess.run([os.path.join(folder, "tools/test"), *arguments], capture_output=True, text=True,
                                check=False)
    return result.returncode, result.stdout.rstrip("\n").split("\n")[-1], result.stdout + result.stderr


class TestCommand(unittest.TestCase):
    def test_what_passes_is_counted(self):
        code, last, output = run(sample_test("sample_a", "true") + sample_test("sample_b", "true"), "-R", "sample")
        self.assertEqual((code, last), (0, "2 passed, 0 failed, 0 skipped"), output)

    def test_a_failure_is_counted_shown_and_in_the_exit_code(self):
        code, last, output = run(sample_test("sample_a", "echo the reason; false"), "-R", "sample")
        self.assertEqual((code, last), (1, "0 passed, 1 failed, 0 skipped"), output)
        self.assertIn("the reason", output)

    def test_a_skip_is_counted_and_told_with_its_reason(self):
        code, last, output = run(sample_test("sample_a", "echo SKIP: no kernel; exit 77", "SKIP_RETURN_CODE 77"), "-R",
                                 "sample")
        self.assertEqual((code, last), (0, "0 passed, 0 failed, 1 skipped"), output)
        self.assertIn("SKIP sample_a: no kernel", output)

    def test_what_takes_long_runs_only_with_all(self):
        project = sample_test("sample_a", "true") + sample_test("sample_b", "false", "LABELS long")
        code, last, output = run(project, "-R", "sample")
        self.assertEqual((code, last), (0, "1 passed, 0 failed, 0 skipped"), output)
        code, last, output = run(project, "--all", "-R", "sample")
        self.assertEqual((code, last), (1, "2 passed, 1 failed, 0 skipped"), output)  # sample_a under asan, too

    def test_a_build_that_fails_is_a_failure(self):
        code, last, output = run("add_custom_target(broken ALL COMMAND false)\n", "-R", "sample")
        self.assertEqual((code, last), (1, "0 passed, 1 failed, 0 skipped"), output)

    def test_a_project_that_does_not_configure_is_a_failure(self):
        code, last, output = run('message(FATAL_ERROR "the reason")\n', "-R", "sample")
        self.assertEqual((code, last), (1, "0 passed, 1 failed, 0 skipped"), output)
        self.assertIn("the reason", output)

    def test_an_expression_that_matches_nothing_is_a_failure(self):
        code, last, output = run(sample_test("sample_a", "true"), "-R", "nothing_is_called_so")
        self.assertEqual((code, last), (1, "0 passed, 1 failed, 0 skipped"), output)

    def test_checks_of_its_own_are_counted(self):
        code, last, output = run("", "-R", "^tidy$")
        self.assertEqual((code, last), (1, "0 passed, 1 failed, 0 skipped"), output)
        self.assertIn("README.md:1: is missing", output)

    def test_wrong_usage_is_exit_code_2(self):
        for arguments in (["--al"], ["--preset", "fast"], ["-R"]):
            self.assertEqual(run("", *arguments)[0], 2, arguments)


if __name__ == "__main__":
    unittest.main()
