"""A copy of the sources and its build, where one planted bug at a time is built and run. The working tree itself is
never patched.

What is built with a bug in it may do anything a program can, so it runs in a process namespace of its own, where it
sees nobody, with bounded memory, files and time.
"""
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass

COPIED = ("agent", "platform", "proto", "cmake", "tests", "tools", "CMakeLists.txt")
NOT_COPIED = {"node_modules", "__pycache__", "mutants"}
MEMORY_BYTES_MAX = 4 << 30
OUTPUT_BYTES_MAX = 256 << 20
SECONDS_MAX = 3600  # of waiting for a program that gets no processor, or waits for ever


class NoEnd(Exception):
    """A program neither ended nor used up its processor time: nothing can be said of what it ran."""


@dataclass(frozen=True)
class Ran:
    code: int  # negative: ended by that signal
    output: str
    seconds: float
    hangs: bool = False


def isolation():
    """The command that gives what follows bounds, and a process namespace of its own that ends with whoever began it.
    The first process there begins a session, since a signal to the own process group would leave the namespace, and is
    a shell, so that signals mean what they mean anywhere."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["setpriv", "--pdeathsig", "KILL",
            "prlimit", f"--as={MEMORY_BYTES_MAX}", f"--fsize={OUTPUT_BYTES_MAX}", "--core=0",
            "unshare", *user, "--pid", "--fork", "--kill-child", "--mount-proc", "setsid",
            "sh", "-c", '"$@"; exit $?', "sh"]


def isolation_works():
    return subprocess.run([*isolation(), "true"], capture_output=True, check=False).returncode == 0


def _files_below(root):
    for top in COPIED:
        path = os.path.join(root, top)
        if os.path.isfile(path):
            yield top
        for folder, folders, names in os.walk(path):
            folders[:] = [name for name in folders if name not in NOT_COPIED]
            for name in names:
                yield os.path.relpath(os.path.join(folder, name), root)


def _read(path):
    with open(path, "rb") as stream:
        return stream.read()


def copy_sources(repository, tree):
    """Makes the tree equal to the working tree. What is equal already keeps its time, so that nothing of it is built
    again; what changes gets the present time, whatever its time in the working tree."""
    wanted = set(_files_below(repository))
    for file in set(_files_below(tree)) - wanted:
        os.unlink(os.path.join(tree, file))
    for file in wanted:
        source, target = os.path.join(repository, file), os.path.join(tree, file)
        if os.path.exists(target) and _read(source) == _read(target):
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(source, target)
        shutil.copymode(source, target)


class Workplace:
    def __init__(self, folder):
        self.folder = folder
        self.tree = os.path.join(folder, "tree")
        self.build_folder = os.path.join(folder, "out")
        self.environment = dict(os.environ, CCACHE_BASEDIR=folder, CCACHE_NOHASHDIR="1")
        self.environment.pop("NOODSTOP_UPDATE", None)  # would have the scenarios say what the bug does

    def prepare(self, repository):
        """Copies and configures. Returns what went wrong, empty if nothing."""
        os.makedirs(self.tree, exist_ok=True)
        copy_sources(repository, self.tree)
        linker = "-fuse-ld=gold" if shutil.which("ld.gold") else ""
        return self._command(["cmake", "-S", self.tree, "-B", self.build_folder, "-G", "Ninja",
                              "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG",
                              f"-DCMAKE_EXE_LINKER_FLAGS={linker}", "-DNOODSTOP_TESTS=ON"])

    def has_target(self, name):
        targets = subprocess.run(["ninja", "-C", self.build_folder, "-t", "targets", "all"], capture_output=True,
                                 text=True, check=False).stdout
        return f"\n{name}: " in targets

    def build(self, targets, jobs):
        """Returns what went wrong, empty if nothing."""
        return self._command(["ninja", "-C", self.build_folder, "-j", str(jobs), *targets])

    def put(self, texts):
        """Writes files of the tree anew: {file: text}."""
        for file, text in texts.items():
            with open(os.path.join(self.tree, file), "w", encoding="utf-8") as stream:
                stream.write(text)

    def run(self, program, arguments, processor_seconds_max):
        """Runs a program of the build, in the root of the tree. It hangs when it has used up its processor time, and
        not when others leave it none."""
        command = ["prlimit", f"--cpu={processor_seconds_max}:unlimited", *isolation(),
                   os.path.join(self.build_folder, "bin", program), *arguments]
        output_path = os.path.join(self.folder, "output")
        began = time.monotonic()
        with open(output_path, "w+", encoding="utf-8", errors="replace") as output:
            running = subprocess.Popen(command, cwd=self.tree, env=self.environment, stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=subprocess.STDOUT)
            try:
                code = running.wait(SECONDS_MAX)
            except BaseException as problem:
                running.kill()  # and with it, as --kill-child wants, its namespace
                running.wait()
                if isinstance(problem, subprocess.TimeoutExpired):
                    raise NoEnd(f"{program} has no end in {SECONDS_MAX} s") from None
                raise
            output.seek(0)
            text = output.read(OUTPUT_BYTES_MAX)
        # The shell tells a program that a signal ended as 128 and the signal's number.
        code = 128 - code if code > 128 else code
        if code == -signal.SIGKILL:
            raise NoEnd(f"{program} was killed from outside")
        return Ran(code, text, time.monotonic() - began, hangs=code == -signal.SIGXCPU)

    def _command(self, command):
        ended = subprocess.run(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, errors="replace", check=False)
        return "" if ended.returncode == 0 else ended.stdout or f"{command[0]} failed"
