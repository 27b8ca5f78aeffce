#!/usr/bin/env python3
"""The same seeds live the same lives in builds by both compilers and at all optimization levels.

usage: tests/sim/same_everywhere_test.py --bin FOLDER [--build FOLDER] [--count N]

Builds the simulation four more times (in `--build`, build/same) and compares what each prints as the digest of N lives
with that of the program in `--bin`. Exit code 0: all the same; 1: some differ, or could not be built; 77: skipped.
"""
import argparse
import os
import shutil
import subprocess
import sys

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILDS = {
    "gcc-O0": ("g++", "-O0"),
    "gcc-O3": ("g++", "-O3"),
    "clang-O0": ("clang++-14", "-O0"),
    "clang-O2": ("clang++-14", "-O2"),
}


def digest_of(program, count):
    """What a build says of these lives, or why it says nothing."""
    done = subprocess.run([program, "--from", "1", "--count", str(count), "--digest"], capture_output=True, text=True)
    if done.returncode != 0:
        return f"exit code {done.returncode}: {done.stdout[-500:]}{done.stderr[-500:]}"
    return done.stdout.splitlines()[0]


def build(folder, compiler, level):
    """The program, or None; its log is beside it."""
    os.makedirs(folder, exist_ok=True)
    configure = ["cmake", "-S", REPOSITORY, "-B", folder, "-G", "Ninja", "-DNOODSTOP_TESTS=ON", "-DCMAKE_BUILD_TYPE=",
                 f"-DCMAKE_CXX_COMPILER={compiler}", f"-DCMAKE_CXX_FLAGS={level} -g0 -D_GLIBCXX_ASSERTIONS"]
    with open(os.path.join(folder, "build.log"), "w") as log:
        for command in (configure, ["ninja", "-C", folder, f"-j{os.cpu_count()}", "sim"]):
            if subprocess.run(command, stdout=log, stderr=subprocess.STDOUT).returncode != 0:
                return None
    return os.path.join(folder, "bin", "sim")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--bin", required=True)
    options.add_argument("--build", default=os.path.join(REPOSITORY, "build", "same"))
    options.add_argument("--count", type=int, default=400)
    chosen = options.parse_args()
    for compiler in {compiler for compiler, _ in BUILDS.values()}:
        if shutil.which(compiler) is None:
            print(f"SKIP: no {compiler}")
            return 77
    expected = digest_of(os.path.join(chosen.bin, "sim"), chosen.count)
    print(f"{'here':10} {expected}")
    if not expected.startswith("digest "):
        return 1
    differ = 0
    for name, (compiler, level) in BUILDS.items():
        folder = os.path.join(chosen.build, name)
        program = build(folder, compiler, level)
        found = digest_of(program, chosen.count) if program else f"not built, see {folder}/build.log"
        print(f"{name:10} {found}", flush=True)
        differ += found != expected
    return 1 if differ else 0


sys.exit(main())
