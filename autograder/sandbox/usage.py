"""What all processes of a check use together, measured while they run.

This is what remains where the system cannot limit it: without a control
group for memory, and without a file system of their own for files. A check
can exceed the limits between two measurements.
"""
import os
import stat

from . import reaper
from .cleanup import OPEN_FOLDER
from .layout import OWN

GROWING_SHARE = 0.4   # of the memory of a process
MAX_DEPTH = 20   # of folders
BLOCK_BYTES = 512
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def excess(uid, folder, limits):
    """Return what a check uses too much of: "memory", "files" or "".

    Arguments:
        uid, folder: the user and the folder of the check
        limits: Limits
    """
    if memory_of(uid) > limits.total_memory_bytes:
        return "memory"
    number, size = files_in(folder, limits.total_files)
    if number > limits.total_files or size > limits.total_file_bytes:
        return "files"
    return ""


def is_growing(claim, limits):
    """Return whether a check has used so much memory that it would run out.

    If it had been given more time, that is: an endless loop that makes a
    list longer should not end in one way or another by chance.

    Arguments:
        claim: the Claim of the user, or None without a sandbox
    """
    return bool(claim) and memory_of(claim.uid) > (
        GROWING_SHARE * limits.memory_bytes)


def memory_of(uid):
    """Return the memory of all processes of a user, in bytes.

    Pages that processes have in common through fork count for each.
    """
    return sum(map(_own_memory, reaper.processes_of(uid)))


def _own_memory(pid):
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            _, resident, shared, *_ = map(int, file.read().split())
    except (OSError, ValueError):  # it has ended meanwhile
        return 0
    return (resident - shared) * PAGE_BYTES


def files_in(folder, max_number):
    """Return the number and size of the files below a check's folders.

    Stop when there are too many. Folders that are nested too deeply count
    as too many, because they could hide any number of files.
    """
    number = size = 0
    for name in OWN:
        top = os.open(folder / name, OPEN_FOLDER)
        for status in _statuses(top, MAX_DEPTH):
            number += 1
            size += status.st_blocks * BLOCK_BYTES if status else 0
            if status is None or number > max_number:
                return max_number + 1, size
    return number, size


def _statuses(folder, depth):
    """Yield the status of all entries below an open folder, and close it.

    Follow no links. Yield None if the folder is nested too deeply.
    """
    try:
        for name in os.listdir(folder):
            try:
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                yield status
                if stat.S_ISDIR(status.st_mode):
                    if not depth:
                        yield None
                        return
                    inner = os.open(name, OPEN_FOLDER, dir_fd=folder)
                    yield from _statuses(inner, depth - 1)
            except OSError:   # it has been removed or swapped meanwhile
                continue
    finally:
        os.close(folder)
