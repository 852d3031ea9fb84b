"""Users and folders that belong to one check of one grader at a time.

A claim is a locked file and a folder of the same name, in a place where
only root can write. The lock ends with the process that holds it, even if
that is killed, so that the next grader recognises what a dead one left.

60001, 60001.lock          the user of a check, and its folder
grader-812, grader-812.lock    the files that all checks of a grader share
"""
import contextlib
import fcntl
import os
import pathlib
import secrets
import stat

from . import cleanup, reaper
from .outcome import SandboxError

PLACES = ("/run", "/var/lib")
NAME = "kmeans-autograder"


class Claim:
    """A name that no other grader uses until it is released.

    folder: a Path, empty at first; only root can write in its parent
    lock_fd: the file descriptor that holds the lock
    uid: the user of the same name, None if it is not a user's claim
    sender: who sends signals to that user's processes, see reaper.py
    """

    def __init__(self, name, uid=None, sender=None):
        """Take a name.

        Raises:
            BlockingIOError: another grader has it
        """
        self.uid = uid
        self.sender = sender
        self.folder = open_place() / name
        self.lock_path = self.folder.with_name(f"{name}.lock")
        self.lock_fd = _lock(self.lock_path)
        try:
            _remove_leftovers(self.folder)
            self.folder.mkdir(mode=0o700)
        except BaseException:
            os.close(self.lock_fd)
            raise

    def release(self):
        """Remove the folder and let others take the name."""
        cleanup.remove_tree(self.folder)
        os.unlink(self.lock_path)
        os.close(self.lock_fd)


def open_place():
    """Return the folder of all claims, a Path; create it if necessary.

    Raises:
        SandboxError: no folder is suitable
    """
    for parent in PLACES:
        if _is_roots_own(parent):
            place = pathlib.Path(parent, NAME)
            with contextlib.suppress(FileExistsError):
                place.mkdir()
                place.chmod(0o711)
            if _is_roots_own(place):
                return place
    raise SandboxError(f"only root may write in {' or '.join(PLACES)} for "
                       "the sandbox to work: correct their permissions")


def take_user(first_uid, count, start):
    """Return the Claim of a user that has no processes.

    Arguments:
        first_uid, count: the range of user ids
        start: which of them to try first, counted from 0
    Raises:
        SandboxError: all of them are in use
    """
    for i in range(count):
        uid = first_uid + (start + i) % count
        with contextlib.suppress(BlockingIOError):
            claim = Claim(str(uid), uid, uid + count)
            if not reaper.processes_of(uid):
                return claim
            claim.release()
    raise SandboxError(f"all {count} user ids from {first_uid} are in use: "
                       "end the processes that run under them")


def take_folder():
    """Return the Claim of a new name, for what all checks of a grader share.

    Another grader may sweep a lock between its making and its locking: the
    next name is free.
    """
    while True:
        with contextlib.suppress(BlockingIOError):
            return Claim(f"grader-{secrets.token_hex(8)}")


def sweep(count):
    """Remove what dead graders left: processes, folders and locks.

    Arguments:
        count: the number of user ids of checks, as for `take_user`
    """
    for path in open_place().glob("*.lock"):
        with contextlib.suppress(BlockingIOError):
            if path.stem.isdigit():
                lock_fd = _lock(path)
                reaper.end_all(int(path.stem), int(path.stem) + count)
                os.close(lock_fd)
            Claim(path.stem).release()


def _lock(path):
    """Return the file descriptor of a file that is locked and on disk."""
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # its last owner may have removed it between the two calls
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(fd), os.stat(path)):
                    return fd
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)


def _remove_leftovers(folder):
    with contextlib.suppress(FileNotFoundError):
        cleanup.remove_tree(folder)


def _is_roots_own(path):
    """Return whether a path is a folder that only root can write in."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return (stat.S_ISDIR(status.st_mode) and status.st_uid == 0
            and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
