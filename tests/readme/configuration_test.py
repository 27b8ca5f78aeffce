#!/usr/bin/env python3
"""README's configuration reference is what `noodstop config reference` prints, and its sample files are right.

usage: tests/readme/configuration_test.py --bin FOLDER [--readme FILE] [--write]

--write puts the present reference into README instead of comparing.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

BEGIN = "<!-- made by: noodstop config reference -->\n"
END = "<!-- end of the reference -->\n"


def wrong_samples(text, noodstop):
    """What `config check` says of each `toml` block that is not right."""
    for sample in re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(sample)
            file.flush()
            result = subprocess.run([noodstop, "config", "check", file.name], capture_output=True, text=True,
                                    check=False)
        if result.returncode != 0:
            yield result.stdout + result.stderr


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--bin", required=True)
    arguments.add_argument("--readme", default="README.md")
    arguments.add_argument("--write", action="store_true")
    given = arguments.parse_args()
    noodstop = os.path.join(given.bin, "noodstop")
    made = subprocess.run([noodstop, "config", "reference"], check=True, capture_output=True,
                          text=True).stdout.strip() + "\n"
    with open(given.readme, encoding="utf-8") as file:
        text = file.read()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        print(f"{given.readme} has no place for the reference: it wants the lines\n{BEGIN}{END}")
        return 1
    before, rest = text.split(BEGIN)
    written, after = rest.split(END)
    if given.write:
        with open(given.readme, "w", encoding="utf-8") as file:
            file.write(before + BEGIN + made + END + after)
        return 0
    problems = list(wrong_samples(text, noodstop))
    for problem in problems:
        print(f"A sample in {given.readme} is refused:\n{problem}")
    if written == made:
        return 1 if problems else 0
    print(f"{given.readme}'s reference differs from the schema.\n"
          f"Cure: tests/readme/configuration_test.py --bin {given.bin} --write")
    return 1


if __name__ == "__main__":
    sys.exit(main())
