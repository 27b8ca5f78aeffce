"""A real noodstopd whose remote port is abused, and how soon its path stops a load meanwhile."""
import os
import shutil
import tempfile
import time

from harness import Group, wait_for
from remote_site import RemoteSite

GONE_SECONDS_MAX = 3  # of a load whose start reaches the limit: its start, a poll, the kill, on a busy machine
TRIP_PATIENCE_SECONDS = 30
CROWD = """
[limits.crowd]
kind = "count"
zone = "dev"
stop = 2
"""


class Daemon:
    """An operator is the honest client, an owner's certificate is the stolen one."""

    def __init__(self, binary):
        self.site = RemoteSite(binary).__enter__()
        self.folder = tempfile.mkdtemp(prefix="noodstop-port-")
        for name, role in (("client", "operator"), ("thief", "acme")):
            for ending in (".pem", ".key"):
                shutil.copy(self.site.certificates.path(role, ending), os.path.join(self.folder, name + ending))
        shutil.copy(self.site.certificates.path("ca", ".pem"), self.folder)
        self.site.write_config(stop="1000000", more=CROWD)
        self.site.load.start(1, "exec sleep 100000")
        self.site.start()
        self.port, self.pid = self.site.port, self.site.child("doors")
        self.trips = 0

    def end(self):
        doors = self.site.child("doors")
        self.site.__exit__(None, None, None)
        self.site.certificates.remove()
        shutil.rmtree(self.folder, ignore_errors=True)
        assert doors == self.pid, "the doors process was restarted"

    def trip_seconds(self):
        """From the start of the load that is one too many until it is gone; then everything is as before."""
        self.trips += 1
        group = Group(os.path.join(self.site.root, "load", f"job-{self.trips}"))
        try:
            began = time.monotonic()
            group.launch(2)
            assert wait_for(group.ended, TRIP_PATIENCE_SECONDS, 0.002), self.site.log_text()
            seconds = time.monotonic() - began
        finally:
            group.end()
        wait_for(lambda: self.removed(group.path), 5)
        self.site.load.start(1, "exec sleep 100000")
        assert wait_for(self.is_reset, TRIP_PATIENCE_SECONDS, 0.2), "cannot be reset: " + self.site.log_text()
        return seconds

    def is_reset(self):
        return self.site.ask("reset", "dev", "--reason", "next trip").returncode == 0

    @staticmethod
    def removed(path):
        try:
            os.rmdir(path)
            return True
        except FileNotFoundError:
            return True
        except OSError:
            return False
