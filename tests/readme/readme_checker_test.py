#!/usr/bin/env python3
"""The check of README's commands finds what is wrong in a README."""
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "readme_test.py")
NOODSTOP = """#!/bin/sh
case "$*" in
    --help) printf 'Options:\\n  --socket TEXT\\nSubcommands:\\n  status   what is armed\\n' ;;
    "status --help") printf 'Options:\\n  --json\\n' ;;
    status) exit 0 ;;
    *) exit 1 ;;
esac
"""


def check(readme):
    with tempfile.TemporaryDirectory(prefix="noodstop-readme-") as folder:
        os.makedirs(os.path.join(folder, "bin"))
        program = os.path.join(folder, "bin", "noodstop")
        with open(program, "w", encoding="utf-8") as stream:
            stream.write(NOODSTOP)
        os.chmod(program, 0o755)
        with open(os.path.join(folder, "README.md"), "w", encoding="utf-8") as stream:
            stream.write(readme)
        result = subprocess.run([sys.executable, PROGRAM, "--repository", folder, "--bin", os.path.join(folder, "bin")],
                                capture_output=True, text=True, check=False)
        return result.returncode, result.stdout


def block(text, mark=""):
    return f"words\n\n```sh{mark}\n{text}\n```\n"


class ReadmeChecker(unittest.TestCase):
    def accepted(self, text, mark=""):
        code, output = check(block(text, mark))
        self.assertEqual(code, 0, output)

    def refused(self, text, why, mark=""):
        code, output = check(block(text, mark))
        self.assertEqual(code, 1, output)
        self.assertIn(why, output)

    def test_commands_that_are_there_pass(self):
        self.accepted("sudo noodstop status --json  # as root\nNO_COLOR=1 noodstop --socket /run/x status | less")

    def test_a_program_of_the_repository_that_is_gone_is_found(self):
        self.refused("tools/gone --all", "tools/gone")

    def test_a_command_that_noodstop_does_not_know_is_found(self):
        self.refused("noodstop stats", "knows no command stats")

    def test_an_option_that_a_command_does_not_know_is_found(self):
        self.refused("noodstop status --xml", "knows no option --xml")

    def test_a_block_to_run_is_run(self):
        self.accepted("noodstop status", " run")
        self.refused("noodstop status\nfalse", "exit code 1", " run")

    def test_a_readme_without_commands_is_refused(self):
        self.assertEqual(check("no commands\n")[0], 1)


if __name__ == "__main__":
    unittest.main()
