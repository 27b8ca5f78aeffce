"""Pinned npm packages for tests: installed into a build folder, never into the repository."""

import filecmp
import os
import shutil
import subprocess

from harness import CannotBeTried

PINNED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "npm")
NO_WAY = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ENETUNREACH", "ETIMEDOUT")


def is_installed(folder):
    lock = os.path.join(folder, "package-lock.json")
    done = os.path.join(folder, "installed")
    return os.path.exists(done) and filecmp.cmp(lock, os.path.join(PINNED, "package-lock.json"), shallow=False)


def install(folder):
    """`npm install` and not `npm ci`, as tests/proto/buf_lint.sh explains."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise CannotBeTried("npm is not here")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name in os.listdir(PINNED):
        shutil.copy(os.path.join(PINNED, name), folder)
    done = subprocess.run(["npm", "install", "--ignore-scripts", "--no-save", "--no-audit", "--no-fund"], cwd=folder,
                          capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0 and any(word in done.stderr for word in NO_WAY):
        raise CannotBeTried("no way to npm's registry")
    assert done.returncode == 0, f"npm could not install: {done.stderr[-1000:]}"
    with open(os.path.join(folder, "installed"), "w", encoding="utf-8"):
        pass


def run_node(folder, script, *arguments):
    """What the script of PINNED prints, with the packages at hand."""
    if not is_installed(folder):
        install(folder)
    shutil.copy(os.path.join(PINNED, script), folder)
    done = subprocess.run(["node", script, *arguments], cwd=folder, capture_output=True, text=True, check=False,
                          timeout=120)
    assert done.returncode == 0, f"{script}: {done.stderr[-2000:]}"
    return done.stdout
