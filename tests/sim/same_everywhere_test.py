#!/usr/bin/env python3
"""The same seeds live the same lives in builds by both compilers and at all optimization levels.

usage: tests/sim/same_everywhere_test.py --bin FOLDER [--build FOLDER] [--count N]

Builds the simulation four more times (in `--build`, build/same) and compares what each prints as the digest of N lives
with that of the program in `--bin`. Exit code 0: all the same; 1: some differ, or could not be built; 77: skipped.

Each library is compiled here as one unit, in a third of the time, so its anonymous namespaces must not share a name.
The program in `--bin` is compiled file by file, with warnings.
"""
import argparse
import concurrent.futures
import os
import shutil
import subprocess
import sys

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# The longest first: each has a processor to itself.
BUILDS = {
    "gcc-O3": ("g++", "-O3"),
    "clang-O2": ("clang++-14", "-O2"),
    "gcc-O0": ("g++", "-O0"),
    "clang-O0": ("clang++-14", "-O0"),
}


def digest_of(program, count):
    """What a build says of these lives, or why it says nothing."""
    done = subprocess.run([program, "--from", "1", "--count", str(count), "--digest"], capture_output=True, text=True)
    if done.returncode != 0:
        return f"exit code {done.returncode}: {done.stdout[-500:]}{done.stderr[-500:]}"
    return done.stdout.splitlines()[0]


def build(folder, compiler, level):
    """Whether bin/sim was built in the folder; the log is beside it."""
    os.makedirs(folder, exist_ok=True)
    configure = ["cmake", "-S", REPOSITORY, "-B", folder, "-G", "Ninja", "-DNOODSTOP_TESTS=ON", "-DCMAKE_BUILD_TYPE=",
                 "-DCMAKE_UNITY_BUILD=ON", "-DCMAKE_UNITY_BUILD_BATCH_SIZE=0", f"-DCMAKE_CXX_COMPILER={compiler}",
                 f"-DCMAKE_CXX_FLAGS={level} -g0 -w -D_GLIBCXX_ASSERTIONS"]
    with open(os.path.join(folder, "build.log"), "w") as log:
        return all(subprocess.run(command, stdout=log, stderr=subprocess.STDOUT).returncode == 0
                   for command in (configure, ["ninja", "-C", folder, "-j1", "sim"]))


def why_not_built(folder):
    log = os.path.join(folder, "build.log")
    with open(log, errors="replace") as lines:
        errors = [line.strip() for line in lines if "error" in line.lower() and "-Werror" not in line]
    return "\n    ".join([f"not built, see {log}"] + errors[:5])


def digest_of_build(folder, compiler, level, count):
    if not build(folder, compiler, level):
        return why_not_built(folder)
    return digest_of(os.path.join(folder, "bin", "sim"), count)


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
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        digests = {name: pool.submit(digest_of_build, os.path.join(chosen.build, name), *how, chosen.count)
                   for name, how in BUILDS.items()}
        for name, digest in digests.items():
            print(f"{name:10} {digest.result()}", flush=True)
            differ += digest.result() != expected
    return 1 if differ else 0


sys.exit(main())
