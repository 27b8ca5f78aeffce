"""Real noodstopd processes on real control groups, for the integration tests.

Everything a test makes lies in one Site: a state folder, a configuration, a tree of control groups below the cgroup v2
mount, and the processes in them. Leaving the Site ends and removes all of it, by process id and by folder.
"""

import datetime
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
PATIENCE = 60.0  # seconds, also on a busy machine, with what must come but need not come soon
BURN = "while :; do :; done"
# What comes into a group while it is being killed is killed again after this deadline, and half a second more.
SHORT_LEVER = '[{ lever = "power_off", deadline = "200ms" }]'


def cgroup_mount():
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            fields = line.split()
            if fields[2] == "cgroup2":
                return fields[1]
    return None


def skip_unless_possible():
    if os.geteuid() != 0:
        skip("needs root")
    mount = cgroup_mount()
    if mount is None:
        skip("needs cgroup v2")
    probe = os.path.join(mount, f"noodstop-probe-{os.getpid()}")
    try:
        os.mkdir(probe)
        os.rmdir(probe)
    except OSError as problem:
        skip(f"control groups can't be made: {problem}")


def skip(reason):
    print(f"SKIP: {reason}")
    sys.exit(SKIPPED)


def wait_for(condition, seconds, pause=0.01):
    """The first true answer of `condition`, or None when the time is up."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= end:
            return None
        time.sleep(pause)


def parent_of(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return int(stat.read().rsplit(")", 1)[1].split()[1])
    except (OSError, ProcessLookupError):
        return None


def arguments_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as text:
            return text.read().decode().split("\0")
    except (OSError, ProcessLookupError):
        return []


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (OSError, ProcessLookupError):
        return False


class Group:
    """One control group and the processes started in it."""

    def __init__(self, path):
        self.path = path
        self.children = []
        os.makedirs(path, exist_ok=True)

    def start(self, count=1, command=BURN):
        """`count` processes that are in the group before they run."""
        self.launch(count, command)
        wait_for(lambda: len(self.pids()) >= count, 5)
        return self

    def launch(self, count=1, command=BURN):
        """Like start(), but waits for nothing: they may be dead before anybody could see them."""
        procs = os.path.join(self.path, "cgroup.procs")
        for _ in range(count):
            text = f'echo $$ > "{procs}" && exec sh -c \'{command}\''
            self.children.append(subprocess.Popen(["sh", "-c", text], start_new_session=True))

    def ended(self):
        """All that was started here has ended, whether or not it was seen to run."""
        return all(child.poll() is not None for child in self.children)

    def pids(self):
        try:
            with open(os.path.join(self.path, "cgroup.procs"), encoding="utf-8") as procs:
                return [int(line) for line in procs]
        except OSError:
            return []

    def populated(self):
        try:
            with open(os.path.join(self.path, "cgroup.events"), encoding="utf-8") as events:
                return "populated 1" in events.read()
        except OSError:
            return False

    def processor_microseconds(self):
        with open(os.path.join(self.path, "cpu.stat"), encoding="utf-8") as stat:
            return next(int(line.split()[1]) for line in stat if line.startswith("usage_usec"))

    def end(self):
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for child in self.children:
            child.kill()
            child.wait()
        wait_for(lambda: not self.populated(), 5)


class Site:
    """A state folder, a configuration and control groups of our own."""

    def __init__(self, binary, state_folder=None, **settings):
        self.binary = binary
        self.folder = tempfile.mkdtemp(prefix="noodstop-test-")
        self.state = state_folder or os.path.join(self.folder, "state")
        self.config = os.path.join(self.folder, "noodstop.toml")
        self.socket = os.path.join(self.folder, "noodstop.sock")
        self.log_path = os.path.join(self.folder, "log")
        self.root = os.path.join(cgroup_mount(), os.path.basename(self.folder))
        self.groups = []
        self.load = self.group("load/job")
        self.settings = settings
        self.log = open(self.log_path, "ab")  # pylint: disable=consider-using-with
        self.daemon = None
        self.write_config(**settings)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.end_daemon()
        finally:
            for group in self.groups:
                group.end()
            self.remove_groups()
            self.log.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def group(self, name):
        group = Group(os.path.join(self.root, name))
        self.groups.append(group)
        return group

    def remove_groups(self):
        for path, _, _ in os.walk(self.root, topdown=False):
            wait_for(lambda folder=path: self.remove(folder), 2)

    @staticmethod
    def remove(folder):
        try:
            os.rmdir(folder)
            return True
        except FileNotFoundError:
            return True
        except OSError:
            return False

    def write_config(self, stop="0.02", poll="100ms", price="36", levers=None, agent="", more=""):
        levers = levers or '[{ lever = "power_off", deadline = "1s" }]'
        with open(self.config, "w", encoding="utf-8") as config:
            config.write(
                f"""
[agent]
name = "test"
state_folder = "{self.state}"
socket_path = "{self.socket}"
{agent}
[price_lists.own]
currency = "EUR"
as_of = 2026-11-01
stale_after = "4000d"
unknown_price = "{price}"
prices = [{{ metric = "cpu", price = "{price}" }}]

[providers.batch]
kind = "cgroup"
root = "{self.root}/load"
price_list = "own"
poll_interval = "{poll}"

[tenants.acme]
currency = "EUR"

[zones.dev]
tenant = "acme"
providers = ["batch"]
mode = "armed"

[limits.daily]
kind = "spend"
zone = "dev"
window = "24h"
stop = "{stop}"

[actions.default]
stop = {levers}

[mandates.own]
owner = "the test"
scope = ["dev"]
valid_from = 2020-01-01
valid_until = 2090-01-01
grants = [{{ provider = "batch", levers = ["shut_down", "power_off", "suspend", "resume"] }}]
protected = [{{ provider = "batch", id = "keep" }}]
{more}
"""
            )
        os.chmod(self.config, 0o600)

    def start_daemon(self, before=(), environment=None):
        """`before` is put in front of the command line (a tracer that then executes noodstopd in its place)."""
        self.daemon = subprocess.Popen(  # pylint: disable=consider-using-with
            [*before, self.binary, "--config", self.config], stderr=self.log, stdout=self.log,
            env={**os.environ, **(environment or {})}
        )
        return self.daemon

    def end_daemon(self):
        """In order where it still can, and whatever is left of it in any case."""
        if self.daemon and self.daemon.poll() is None:
            self.daemon.terminate()
            try:
                self.daemon.wait(10)
            except subprocess.TimeoutExpired:
                self.daemon.kill()
        if self.daemon:
            self.daemon.wait()
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        wait_for(lambda: not self.processes(), 5)

    def processes(self):
        """All living processes of this configuration, orphaned ones too."""
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit() and self.config in arguments_of(int(name)) and is_alive(int(name)):
                found.append(int(name))
        return found

    def child(self, role):
        """The pid of the path or doors process, or None."""
        for pid in self.processes():
            arguments = arguments_of(pid)
            if "--child" in arguments and arguments[arguments.index("--child") + 1] == role:
                return pid
        return None

    def facts(self):
        """Facts that are durable now, from a copy of the files, oldest first."""
        copy = tempfile.mkdtemp(prefix="noodstop-copy-")
        try:
            found = {}
            for name in self.copied_databases(copy):
                found.update(facts_of_copy(os.path.join(copy, name)))
            return [found[sequence] for sequence in sorted(found)]
        finally:
            shutil.rmtree(copy, ignore_errors=True)

    def copied_databases(self, copy):
        """The names of the databases that now lie in `copy`, each with its log, all as they were at one moment.

        The agent writes meanwhile, and it takes no lock that it doesn't need: a log is of the moment of its reading,
        and belongs to a database that was the same before and after.
        """
        for _ in range(1000):
            try:
                names = self.databases()
                before = [self.content_of(name) for name in names]
                for name in names:
                    copy_if_there(os.path.join(self.state, name + "-wal"), os.path.join(copy, name + "-wal"))
                if names == self.databases() and before == [self.content_of(name) for name in names]:
                    break
            except FileNotFoundError:
                continue  # it was renamed just now
        else:
            raise AssertionError("the state folder never held still")
        for name, content in zip(names, before):
            with open(os.path.join(copy, name), "wb") as file:
                file.write(content)
        return names

    def databases(self):
        names = os.listdir(self.state) if os.path.exists(self.state) else []
        return sorted(name for name in names
                      if name.startswith("noodstop.db") and not name.endswith(("-wal", "-shm", ".new")))

    def content_of(self, name):
        with open(os.path.join(self.state, name), "rb") as file:
            return file.read()

    def status_program(self):
        program = os.path.join(os.path.dirname(self.binary), "noodstop")
        return program if os.path.exists(program) else None

    def ask(self, command, *arguments):
        """The finished `noodstop COMMAND`, or None where that program isn't built."""
        program = self.status_program()
        if not program:
            return None
        return subprocess.run([program, command, "--socket", self.socket, *arguments], capture_output=True, text=True,
                              check=False)

    def status(self):
        """What `noodstop status --json` says, or None where that program isn't built or gets no answer."""
        done = self.ask("status", "--json")
        try:
            return json.loads(done.stdout) if done else None
        except ValueError:
            return None

    def kinds(self):
        return [fact.kind for fact in self.facts()]

    def is_latched(self, zone="dev"):
        return "tripped yes" in self.latch_text(zone)

    def latch_text(self, zone="dev"):
        try:
            with open(os.path.join(self.state, "latches", zone + ".latch"), encoding="utf-8") as latch:
                return latch.read()
        except OSError:
            return ""

    def logged_at(self, text):
        """The time of the first line with this text, in seconds since 1970; None if there is none."""
        for line in self.log_text().splitlines():
            if text in line:
                return datetime.datetime.strptime(line.split()[0], "%Y-%m-%dT%H:%M:%S.%f").timestamp()
        return None

    def log_text(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()


def copy_if_there(source, target):
    """`target` is gone if there is no source."""
    try:
        shutil.copy(source, target)
    except FileNotFoundError:
        if os.path.exists(target):
            os.remove(target)


def content_of_pair(database, target):
    """Copies a database that somebody writes, with its log, as both were at one moment; False if they changed."""
    try:
        with open(database, "rb") as file:
            before = file.read()
        copy_if_there(database + "-wal", target + "-wal")
        with open(database, "rb") as file:
            if file.read() != before:
                return False
    except FileNotFoundError:
        return False
    with open(target, "wb") as file:
        file.write(before)
    return True


def facts_of_copy(path):
    """By number; none of a file that is damaged or empty."""
    database = sqlite3.connect(path)
    try:
        rows = database.execute("SELECT sequence, kind, at, zone, resource, fields FROM fact").fetchall()
        return {row[0]: Fact(*row) for row in rows}
    except sqlite3.DatabaseError:
        return {}
    finally:
        database.close()


class Fact:
    """One row of the journal; `at` is microseconds on the agent's time line."""

    def __init__(self, sequence, kind, at, zone, resource, fields):
        self.sequence, self.kind, self.at = sequence, kind, at
        self.zone, self.resource, self.fields = zone, resource, fields

    def __repr__(self):
        return f"#{self.sequence} {self.kind} {self.zone} {self.resource} {self.fields!r}"


class CannotBeTried(Exception):
    """A test's reason why this machine can't carry it out."""


class Claims:
    """Runs test functions whose names are sentences, and counts as doctest does: `SKIP: reason` marks what was left
    out, and the last line has the sums."""

    def run(self, tests, binary):
        failed = 0
        for test in tests:
            began = time.monotonic()
            try:
                test(binary)
                verdict = "ok"
            except CannotBeTried as reason:
                print(f"SKIP: {reason}")
                verdict = "left out"
            except (AssertionError, OSError, TypeError, KeyError, subprocess.SubprocessError) as failure:
                verdict = f"FAILED: {type(failure).__name__}: {failure}"
                failed += 1
            print(f"{test.__name__.replace('_', ' ')}: {verdict} ({time.monotonic() - began:.1f} s)", flush=True)
        print(f"test cases: {len(tests)} | {len(tests) - failed} passed | {failed} failed | 0 skipped")
        return 1 if failed else 0
