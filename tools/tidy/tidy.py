#!/usr/bin/env python3
"""Checks what a compiler can't: who may include whom, sizes, words that are banned, and that documents are true.

usage: tools/tidy/tidy.py [--repository FOLDER] [--only CHECK] [--build FOLDER] [--folders "agent/core ..."]

Without --only: includes, sizes, words and documents, which take a second. `--only format` and `--only clang-tidy` run
those tools. Each finding is one line `file:line: problem Cure: ...`. Exit code 0: nothing found; 1: findings; 2: wrong
usage; 77: skipped, the last line says why.
"""
import argparse
import sys

sys.dont_write_bytecode = True  # nothing is left in the working tree

import clang_tools
import documents
import includes
import sizes
import sources
import words

QUICK = {
    "includes": includes.check,
    "sizes": sizes.check,
    "words": words.check,
    "documents": documents.check,
}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--repository", default=".")
    parser.add_argument("--only", choices=[*QUICK, "format", "clang-tidy"])
    parser.add_argument("--build", default="build/dev", help="folder with compile_commands.json, for clang-tidy")
    parser.add_argument("--folders", default="", help="what clang-tidy looks at; agent/core if not given")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    tree = sources.Tree(arguments.repository)
    if arguments.only == "format":
        return clang_tools.run_format(tree)
    if arguments.only == "clang-tidy":
        return clang_tools.run_clang_tidy(tree, arguments.build, arguments.folders.split() or ["agent/core"])
    names = [arguments.only] if arguments.only else list(QUICK)
    findings = [finding for name in names for finding in QUICK[name](tree)]
    for line in [*(sizes.remarks(tree) if "sizes" in names else []), *findings]:
        print(line)
    print(f"{len(tree.files)} files checked for {', '.join(names)}: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
