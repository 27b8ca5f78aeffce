"""What lets a measuring process keep its word on a machine that is exhausted: real-time scheduling, locked memory, and
processes that are in their control group from their first instruction on."""

import ctypes
import os
import select
import signal
import time

DRIVER_PRIORITY = 30  # above the agent's, so that an exhausted machine does not delay what is measured here
PR_SET_PDEATHSIG = 1
MCL_CURRENT, MCL_FUTURE = 1, 2
SYS_CLONE3 = 435  # the same on all architectures
CLONE_INTO_CGROUP = 1 << 33

_c_library = ctypes.CDLL(None, use_errno=True)
_c_library_held = ctypes.PyDLL(None, use_errno=True)  # keeps the interpreter's lock: the child goes on with it


class CloneArguments(ctypes.Structure):
    """struct clone_args of linux/sched.h."""

    _fields_ = [(name, ctypes.c_uint64)
                for name in ("flags", "pidfd", "child_tid", "parent_tid", "exit_signal", "stack", "stack_size", "tls",
                             "set_tid", "set_tid_size", "cgroup")]


def boot_time():
    """Seconds since boot, by the clock that the agent uses."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def become_real_time():
    """Children are ordinary processes again, but for those of start_in."""
    _schedule(os.SCHED_FIFO | os.SCHED_RESET_ON_FORK)
    if _c_library.mlockall(MCL_CURRENT | MCL_FUTURE) != 0:
        raise OSError(ctypes.get_errno(), "mlockall")


def stay_real_time():
    """For a child of become_real_time."""
    _schedule(os.SCHED_FIFO)


def become_ordinary(niceness=0):
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    os.setpriority(os.PRIO_PROCESS, 0, niceness)


def die_with_parent():
    _c_library.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start_in(group, body):
    """Runs `body` in a new process that is born in the control group `group`, with this process's real-time
    priority. Returns its pid and the time just before it was asked for: from then on the group may be populated."""
    folder = os.open(group, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    arguments = CloneArguments(flags=CLONE_INTO_CGROUP, exit_signal=signal.SIGCHLD, cgroup=folder)
    _schedule(os.SCHED_FIFO)
    asked = boot_time()
    pid = _c_library_held.syscall(SYS_CLONE3, ctypes.byref(arguments), ctypes.sizeof(arguments))
    if pid == 0:
        _go_on_as_child(body)
    _schedule(os.SCHED_FIFO | os.SCHED_RESET_ON_FORK)
    os.close(folder)
    if pid < 0:
        raise OSError(ctypes.get_errno(), "clone3 into " + group)
    return pid, asked


def fork_burner(niceness=0):
    """A process that burns a processor, ordinary whoever its parent is. Nothing is left behind of a driver that was
    killed: its children die with it, and theirs with them."""
    if os.fork() == 0:
        die_with_parent()
        become_ordinary(niceness)
        while True:
            pass


class Life:
    """Tells when a process of ours has died."""

    def __init__(self, pid):
        self.pid = pid
        self.descriptor = os.pidfd_open(pid)
        self.poll = select.poll()
        self.poll.register(self.descriptor, select.POLLIN)

    def ended_within(self, seconds):
        return bool(self.poll.poll(seconds * 1000))

    def bury(self):
        os.close(self.descriptor)
        os.waitpid(self.pid, 0)


def _schedule(policy):
    os.sched_setscheduler(0, policy, os.sched_param(DRIVER_PRIORITY))


def _go_on_as_child(body):
    try:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        die_with_parent()
        body()
    finally:
        os._exit(0)  # pylint: disable=protected-access
