#!/usr/bin/env python3
"""Between noodstopd and the kernel: each call that changes the state folder is counted before it is made, and is then
made, fails, or kills who makes it.

The kernel's own means is used, seccomp's user notification: noodstopd inherits a filter that hands such calls to a
process beside it. So there is one count over all processes and threads, by folder and not by names of files, and all
other calls run at full speed. (strace counts each thread and each kind of call by itself, sees only files whose names
it was told of, and stops every call of a life in which it is to kill.)

As a program, `disk_filter.py FOLDER LOG FAULT PROGRAM...`, it starts that process, sets up the filter, and becomes the
program. FAULT is `none`, or as in `EIO 12` or `EIO 12 onwards`.
"""

import contextlib
import ctypes
import errno
import fcntl
import os
import platform
import select
import signal
import socket
import struct
import sys

# What changes a folder: the number of the call on x86_64 and on aarch64, and which argument says what it changes.
CALLS = {
    "write": (1, 64, "file 0"), "pwrite64": (18, 68, "file 0"), "writev": (20, 66, "file 0"),
    "ftruncate": (77, 46, "file 0"), "fallocate": (285, 47, "file 0"),
    "fsync": (74, 82, "file 0"), "fdatasync": (75, 83, "file 0"),
    "mkdir": (83, None, "path 0"), "mkdirat": (258, 34, "path 1"),
    "unlink": (87, None, "path 0"), "unlinkat": (263, 35, "path 1"),
    "rename": (82, None, "path 0"), "renameat": (264, 38, "path 1"), "renameat2": (316, 276, "path 1"),
    "openat": (257, 56, "path 1"),  # with O_CREAT
}
MACHINES = {"x86_64": (0, 0xC000003E, 317), "aarch64": (1, 0xC00000B7, 277)}  # column, AUDIT_ARCH, seccomp's number

LOAD_WORD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, NOTIFY = 0x7FFF0000, 0x7FC00000
OFFSET_OF_NUMBER, OFFSET_OF_ARCH, OFFSET_OF_THIRD_ARGUMENT = 0, 4, 32
SET_MODE_FILTER, NEW_LISTENER, WAIT_KILLABLE = 1, 1 << 3, 1 << 5
RECEIVE, SEND, GO_ON = 0xC0502100, 0xC0182101, 1
NOTIFICATION = struct.Struct("=QIIiIQ6Q")  # id, thread, flags; number, arch, instruction pointer, six arguments
ANSWER = struct.Struct("=Qqii")            # id, value, error, flags
PATH_BYTES_MAX = 4096


def numbers():
    """Number to (name, argument), of the calls that this machine has."""
    column = MACHINES[platform.machine()][0]
    return {row[column]: (name, row[2]) for name, row in CALLS.items() if row[column] is not None}


def filter_program():
    """Notify of the calls above, allow all others."""
    rows = [(LOAD_WORD, 0, 0, OFFSET_OF_ARCH), (EQUAL, 1, 0, MACHINES[platform.machine()][1]), (RETURN, 0, 0, ALLOW),
            (LOAD_WORD, 0, 0, OFFSET_OF_NUMBER)]
    creating = next(number for number, (name, _) in numbers().items() if name == "openat")
    for number in numbers():
        if number != creating:
            rows += [(EQUAL, 0, 1, number), (RETURN, 0, 0, NOTIFY)]
    rows += [(EQUAL, 0, 3, creating), (LOAD_WORD, 0, 0, OFFSET_OF_THIRD_ARGUMENT),
             (ANY_BIT, 0, 1, os.O_CREAT), (RETURN, 0, 0, NOTIFY), (RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("=HBBI", *row) for row in rows)


def install():
    """The listener of a filter that holds for this process and all that come from it."""
    program = filter_program()
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    listener = libc.syscall(MACHINES[platform.machine()][2], SET_MODE_FILTER, NEW_LISTENER | WAIT_KILLABLE, header)
    if listener < 0:
        raise OSError(ctypes.get_errno(), "this system takes no seccomp filter: " + os.strerror(ctypes.get_errno()))
    return listener


def missing():
    """Why this machine can't do it, or None. Tried in a child, since nobody gets rid of a filter again."""
    if platform.machine() not in MACHINES:
        return f"the numbers of the calls on {platform.machine()} are not known here"
    child = os.fork()
    if child == 0:
        try:
            os.close(install())
            os._exit(0)
        except OSError as problem:
            os._exit(problem.errno or 1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return f"this system takes no seccomp filter with a listener: {os.strerror(code)}" if code else None


class Fault:
    """What happens to the N-th call of a life: an error, or SIGKILL. `onwards`: to all later ones too."""

    def __init__(self, number, what, onwards=False):
        self.number, self.what, self.onwards = number, what, onwards

    @property
    def kills(self):
        return self.what == "SIGKILL"

    def hits(self, number):
        return number == self.number or (self.onwards and number > self.number)

    def to_text(self):
        return f"{self.what} {self.number}{' onwards' if self.onwards else ''}"

    @staticmethod
    def of_text(text):
        if text == "none":
            return None
        what, number, *more = text.split()
        return Fault(int(number), what, bool(more))

    def __str__(self):
        return f"{self.what} at change {self.number}{' and all later ones' if self.onwards else ''}"


class DiskFilter:
    """The filter of one noodstopd, as the test sees it."""

    slows = False

    def __init__(self, site, fault=None):
        self.site, self.fault = site, fault
        self.log_path = os.path.join(site.folder, "changes")

    def command(self):
        """What is put in front of noodstopd's command line."""
        fault = self.fault.to_text() if self.fault else "none"
        return [sys.executable, "-I", "-S", os.path.abspath(__file__), self.site.state, self.log_path, fault]

    def mind(self):
        """Nothing to do: who takes a dead one's place is not the N-th any more."""

    def end(self):
        """Nothing to do: it ends with the last process below it."""

    @property
    def changes(self):
        """In order: what was to be done to which file."""
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read().splitlines()

    @property
    def hits(self):
        """How often the fault happened."""
        return sum(self.fault.hits(number) for number in range(1, len(self.changes) + 1)) if self.fault else 0

    def where(self):
        """The call that the fault was about."""
        changes = self.changes
        number = self.fault.number if self.fault else 0
        return changes[number - 1] if 0 < number <= len(changes) else "no such call"


class Gate:
    """Answers what the filter hands over, until nobody is left below it."""

    def __init__(self, listener, state, log, fault):
        self.listener, self.log, self.fault = listener, log, fault
        self.state = os.path.realpath(state)
        self.names = numbers()
        self.changes = 0

    def serve(self):
        waiting = select.poll()
        waiting.register(self.listener, select.POLLIN)
        while waiting.poll()[0][1] & select.POLLIN:
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it died while it waited
                self.answer()

    def answer(self):
        buffer = bytearray(NOTIFICATION.size)
        fcntl.ioctl(self.listener, RECEIVE, buffer)
        identity, thread, _, number, _, _, *arguments = NOTIFICATION.unpack(buffer)
        name, place = self.names[number]
        target = self.target(thread, place, arguments)
        error = self.decide(name, target, thread) if target else 0
        fcntl.ioctl(self.listener, SEND, ANSWER.pack(identity, 0, -error, 0 if error else GO_ON))

    def target(self, thread, place, arguments):
        """What is changed, below the state folder; None if it isn't there."""
        kind, position = place.split()
        argument = arguments[int(position)]
        with contextlib.suppress(OSError):
            path = os.readlink(f"/proc/{thread}/fd/{argument}") if kind == "file" else read_path(thread, argument)
            if path == self.state or path.startswith(self.state + "/"):
                return os.path.relpath(path, self.state)
        return None

    def decide(self, name, target, thread):
        """The error that the call shall have, 0 for none."""
        self.changes += 1
        self.log.write(f"{name} {target}\n")
        if not self.fault or not self.fault.hits(self.changes):
            return 0
        if not self.fault.kills:
            return getattr(errno, self.fault.what)
        os.kill(thread, signal.SIGKILL)  # the whole process; it dies before it could go on
        return errno.EINTR


def read_path(thread, address):
    with open(f"/proc/{thread}/mem", "rb", buffering=0) as memory:
        text = b""
        while b"\0" not in text and len(text) < PATH_BYTES_MAX:
            memory.seek(address + len(text))
            text += memory.read(256 - (address + len(text)) % 256)  # up to a boundary: the next page may not be there
    return text.split(b"\0")[0].decode(errors="replace")


def start_gate(state, log_path, fault):
    """The socket on which it waits for the listener. It is nobody's child, as noodstopd has children of its own."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child != 0:
        theirs.close()
        os.waitpid(child, 0)
        return ours
    ours.close()
    if os.fork() == 0:
        os.setsid()
        os.nice(-15)  # who waits for it has a raised priority
        with open(log_path, "w", encoding="utf-8", buffering=1) as log:
            Gate(socket.recv_fds(theirs, 1, 1)[1][0], state, log, fault).serve()
    os._exit(0)


def main():
    state, log_path, fault, *command = sys.argv[1:]
    with start_gate(state, log_path, Fault.of_text(fault)) as line:
        listener = install()
        socket.send_fds(line, [b"x"], [listener])
    os.close(listener)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
