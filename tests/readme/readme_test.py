#!/usr/bin/env python3
"""README's commands exist and work.

Each line of each fenced `sh` block is looked at: its program is there, and each option and subcommand of noodstop and
noodstopd that it uses is in their help. Blocks opened with `sh run` are also executed, and must exit with 0.

usage: tests/readme/readme_test.py [--repository FOLDER] [--bin FOLDER] [--readme FILE]
"""
import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys

BLOCK = re.compile(r"^```sh *(?P<mark>run)?[ \t]*\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
PROGRAMS = ("noodstop", "noodstopd", "noodstop-hub")
# Programs of other people that a reader has or is told to install.
FOREIGN = {"git", "cd", "sudo", "systemctl", "openssl", "journalctl", "apt-get", "cp", "install", "kill", "cat", "less"}
DEADLINE_SECONDS = 60


class Problem(Exception):
    pass


def commands_of(text):
    """The simple commands of a block, as lists of words."""
    for line in text.replace("\\\n", " ").split("\n"):
        for part in re.split(r"&&|\|\||[|;]", line):
            words = shlex.split(part, comments=True)
            while words and (re.fullmatch(r"[A-Z_]+=.*", words[0]) or words[0] == "sudo"):
                words = words[1:]
            if words:
                yield words


def help_of(program, subcommands):
    result = subprocess.run([program, *subcommands, "--help"], capture_output=True, text=True, check=False,
                            timeout=DEADLINE_SECONDS)
    if result.returncode != 0:
        raise Problem(f"`{' '.join([os.path.basename(program), *subcommands])} --help` fails")
    return result.stdout


def names_subcommand(text, word):
    return re.search(rf"^\s+{re.escape(word)}\b", text, re.MULTILINE) is not None


def check_own_program(program, words):
    """Follows the subcommands as far as they go, then looks each option up in the help."""
    subcommands, text = [], help_of(program, [])
    for word in words:
        if word.startswith("-") or not names_subcommand(text, word):
            break
        subcommands.append(word)
        text = help_of(program, subcommands)
    top = help_of(program, [])
    for word in words:
        option = word.split("=")[0]
        if option.startswith("-") and not re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text + top):
            raise Problem(f"{os.path.basename(program)} {' '.join(subcommands)} knows no option {option}")
    if not subcommands and words and not words[0].startswith("-") and os.path.basename(program) == "noodstop":
        raise Problem(f"noodstop knows no command {words[0]}")


def check_command(words, repository, folder):
    name = os.path.basename(words[0])
    if name in PROGRAMS:
        check_own_program(os.path.join(folder, name), words[1:])
    elif "/" in words[0]:
        if not os.access(os.path.join(repository, words[0]), os.X_OK):
            raise Problem(f"{words[0]} is no program of the repository")
    elif name not in FOREIGN and shutil.which(name) is None:
        raise Problem(f"{name} is not a program that a reader has")


def run_block(text, repository, folder):
    path = folder + os.pathsep + os.environ["PATH"]
    result = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=repository, env={**os.environ, "PATH": path},
                            capture_output=True, text=True, check=False, timeout=DEADLINE_SECONDS)
    if result.returncode != 0:
        raise Problem(f"exit code {result.returncode}:\n{result.stdout}{result.stderr}")


def check_block(match, repository, folder):
    for words in commands_of(match.group("text")):
        check_command(words, repository, folder)
    if match.group("mark") == "run":
        run_block(match.group("text"), repository, folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--repository", default=".")
    parser.add_argument("--bin", default="build/dev/bin")
    parser.add_argument("--readme", default="README.md")
    arguments = parser.parse_args()
    repository, folder = os.path.abspath(arguments.repository), os.path.abspath(arguments.bin)
    with open(os.path.join(repository, arguments.readme), encoding="utf-8") as stream:
        text = stream.read()
    blocks, failed = list(BLOCK.finditer(text)), 0
    for match in blocks:
        line = text.count("\n", 0, match.start()) + 1
        try:
            check_block(match, repository, folder)
        except (Problem, OSError, subprocess.TimeoutExpired, ValueError) as problem:
            failed += 1
            print(f"{arguments.readme}:{line}: {problem}")
    print(f"{len(blocks)} blocks of commands, {failed} wrong")
    return 1 if failed or not blocks else 0


if __name__ == "__main__":
    sys.exit(main())
