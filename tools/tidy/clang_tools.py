"""Runs clang-format over all sources, and clang-tidy with the rules of .clang-tidy over some folders."""
import json
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

WANTED_VERSION = "14"
SKIPPED = 77


def find_tool(name):
    """The tool in the version that the repository is formatted and checked with, or why it can't be had."""
    for candidate in (f"{name}-{WANTED_VERSION}", name):
        path = shutil.which(candidate)
        if path is None:
            continue
        version = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
        if f"version {WANTED_VERSION}." in version:
            return path, ""
    return None, f"{name} {WANTED_VERSION} is not here, and other versions judge differently"


def run_format(tree):
    tool, problem = find_tool("clang-format")
    if tool is None:
        print(f"SKIP: {problem}")
        return SKIPPED
    files = tree.cpp_files()
    result = subprocess.run([tool, "--dry-run", "-Werror", "--style=file", *files], cwd=tree.root, check=False)
    if result.returncode != 0:
        print(f"Cure: {os.path.basename(tool)} -i FILE")
        return 1
    print(f"{len(files)} files are formatted")
    return 0


def files_of(build, root, folders):
    """Sources of these folders that the build compiles, as absolute paths."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as stream:
        commands = json.load(stream)
    wanted = tuple(os.path.join(os.path.abspath(root), folder) + os.sep for folder in folders)
    return sorted({command["file"] for command in commands if command["file"].startswith(wanted)})


def run_clang_tidy(tree, build, folders):
    tool, problem = find_tool("clang-tidy")
    if tool is None:
        print(f"SKIP: {problem}")
        return SKIPPED
    if not os.path.exists(os.path.join(build, "compile_commands.json")):
        print(f"{build}/compile_commands.json is missing. Cure: cmake --preset dev")
        return 1

    def run(file):
        # The build may be GCC's, some of whose warnings clang does not know.
        command = [tool, "--quiet", "-p", build, "--extra-arg=-Wno-unknown-warning-option", file]
        return file, subprocess.run(command, cwd=tree.root, capture_output=True, text=True, check=False)

    files = files_of(build, tree.root, folders)
    failed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for file, result in pool.map(run, files):
            if result.returncode != 0:
                failed += 1
                print(f"{file}\n{result.stdout}{result.stderr}")
    print(f"{len(files)} files looked at, {failed} with findings")
    return 1 if failed else 0
