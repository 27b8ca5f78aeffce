"""File systems of our own that fail for real: they fill up, turn read-only, hang, and are taken away."""

import contextlib
import os
import shutil
import subprocess


def missing():
    """Why this machine can't have them, or None."""
    for disk in (Memory, Image):
        try:
            with disk():
                pass
        except (OSError, subprocess.CalledProcessError) as problem:
            return f"no {disk.__name__.lower()} disk can be made: {problem}"
    return None


class Memory:
    """A small tmpfs that can be filled and taken away."""

    def __init__(self):
        self.folder = f"/tmp/noodstop-disk-{os.getpid()}"

    def __enter__(self):
        os.makedirs(self.folder, exist_ok=True)
        try:
            self.mount()
        except (OSError, subprocess.CalledProcessError):
            self.__exit__()
            raise
        return self

    def mount(self):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", self.folder], check=True)

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.folder], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder)  # what was written below the place where it had been mounted

    def fill(self, but_for=0):
        """To the last byte, but for so many bytes."""
        with open(os.path.join(self.folder, "filling"), "wb", buffering=0) as filling:
            for size in (65536, 4096, 512, 1):
                try:
                    while True:
                        filling.write(b"x" * size)
                except OSError:
                    pass
            filling.truncate(max(0, filling.tell() - but_for))

    def empty(self):
        os.unlink(os.path.join(self.folder, "filling"))

    def take_away(self):
        subprocess.run(["umount", "-l", self.folder], check=True)


class Image(Memory):
    """An ext4 file system in a file: it can turn read-only under open files as after an error, and hang all writers."""

    def mount(self):
        image = self.folder + ".image"
        with open(image, "wb") as file:
            file.truncate(16 << 20)
        subprocess.run(["mkfs.ext4", "-q", image], check=True)
        subprocess.run(["mount", "-o", "loop", image, self.folder], check=True)

    def __exit__(self, *_):
        subprocess.run(["fsfreeze", "-u", self.folder], check=False, stderr=subprocess.DEVNULL)
        super().__exit__()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.folder + ".image")

    def turn_read_only(self):
        subprocess.run(["mount", "-o", "remount,abort", self.folder], check=True)
        try:
            with open(os.path.join(self.folder, "probe"), "wb"):
                raise AssertionError("the disk can still be written to")
        except OSError:
            pass

    def freeze(self):
        subprocess.run(["fsfreeze", "-f", self.folder], check=True)

    def thaw(self):
        subprocess.run(["fsfreeze", "-u", self.folder], check=True)
