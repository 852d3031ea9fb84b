"""Control groups of Linux: one limit for the memory of a whole check.

They need a file system that root may write to, which containers usually
lack. Both versions are supported.
"""
import contextlib
import os
import pathlib

MOUNT = pathlib.Path("/sys/fs/cgroup")
PREFIX = "kmeans-autograder-"


class Group:
    """The control group of one check.

    folder: a Path in the file system of control groups
    is_first_version: whether that is version 1
    """

    def __init__(self, folder, is_first_version):
        self.folder = folder
        self.is_first_version = is_first_version

    def limit(self, memory_bytes):
        """Limit the memory of all processes and files of the group.

        Raises:
            OSError: the system refuses
        """
        name = ("memory.limit_in_bytes" if self.is_first_version
                else "memory.max")
        (self.folder / name).write_text(str(memory_bytes))

    def open(self):
        """Return a file that lets the process that writes 0 to it join."""
        return open(self.folder / "cgroup.procs", "wb", buffering=0)

    def has_run_out(self):
        """Return whether the system ended a process for lack of memory."""
        name = ("memory.oom_control" if self.is_first_version
                else "memory.events")
        with contextlib.suppress(OSError):
            lines = (self.folder / name).read_text().splitlines()
            return any(line.split()[0] == "oom_kill" and line.split()[1] != "0"
                       for line in lines)
        return False


def make(name, memory_bytes):
    """Return a new limited Group, or None if this system has none.

    One of the same name that was left behind is removed.
    """
    for folder, is_first_version in _parents():
        group = Group(folder / f"{PREFIX}{name}", is_first_version)
        remove(name)
        with contextlib.suppress(OSError):
            group.folder.mkdir()
            try:
                group.limit(memory_bytes)
                group.open().close()
                return group
            except OSError:
                group.folder.rmdir()
    return None


def remove(name):
    """Remove a group whose processes have ended, if there is one."""
    for folder, _ in _parents():
        with contextlib.suppress(OSError):
            (folder / f"{PREFIX}{name}").rmdir()


def _parents():
    """Return (folder, whether it is version 1) where groups can be made."""
    parents = []
    with contextlib.suppress(OSError):
        with open("/proc/self/cgroup", encoding="utf-8") as file:
            for line in file:
                number, controllers, path = line.rstrip("\n").split(":", 2)
                below = path.lstrip("/")
                if "memory" in controllers.split(","):
                    parents.append((MOUNT / "memory" / below, True))
                elif number == "0":
                    parents.append((MOUNT / below, False))
    return [(folder, first) for folder, first in parents
            if os.access(folder, os.W_OK)]
