"""Removal of everything that a check leaves behind.

Hostile code may swap a folder for a link at any moment. Therefore nothing
is removed by its path: folders are opened without following links, and
entries are removed relative to the open folder.

uid      the user of a check                      60001
folder   the file descriptor of an open folder    7
"""
import contextlib
import ctypes
import os
import secrets
import stat

SHARED_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock",
                  "/var/crash")
OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
MAX_DEPTH = 10   # of folders that everybody may write to
IPC_RMID = 0


def remove_tree(path):
    """Remove a folder with everything in it, or a file or link.

    Raises:
        OSError: the system refuses
    """
    parent = os.open(os.path.dirname(path) or ".", os.O_RDONLY)
    try:
        _remove(os.path.basename(path), parent)
    finally:
        os.close(parent)


def _remove(name, parent):
    """Remove an entry of the folder `parent`."""
    try:
        os.unlink(name, dir_fd=parent)
    except (IsADirectoryError, PermissionError):  # the latter on macOS
        folder = _open(name, parent)
        try:
            while names := os.listdir(folder):
                for inner in names:
                    _remove_shallow(inner, folder)
        finally:
            os.close(folder)
        os.rmdir(name, dir_fd=parent)


def _remove_shallow(name, parent):
    """Remove an entry after moving the folders in it up to `parent`.

    So no tree is too deep to be removed.
    """
    try:
        os.unlink(name, dir_fd=parent)
    except (IsADirectoryError, PermissionError):
        folder = _open(name, parent)
        try:
            for inner in os.listdir(folder):
                _unlink_or_move(inner, folder, parent)
        finally:
            os.close(folder)
        os.rmdir(name, dir_fd=parent)


def _unlink_or_move(name, folder, target):
    try:
        os.unlink(name, dir_fd=folder)
    except (IsADirectoryError, PermissionError):
        _unlock(name, folder)
        os.rename(name, secrets.token_hex(8), src_dir_fd=folder,
                  dst_dir_fd=target)


def _open(name, parent):
    """Open a folder that may be closed to its owner."""
    _unlock(name, parent)
    return os.open(name, OPEN_FOLDER, dir_fd=parent)


def _unlock(name, parent):
    """Give an owner who is not root all rights on a folder."""
    if os.geteuid() != 0:
        os.chmod(name, 0o700, dir_fd=parent)


def remove_shared_files(uid):
    """Remove the files of a user in folders that everybody may write to."""
    for path in SHARED_FOLDERS:
        with contextlib.suppress(FileNotFoundError):
            _remove_files_of(uid, os.open(path, os.O_RDONLY), MAX_DEPTH)


def _remove_files_of(uid, folder, depth):
    """Remove the files of a user in an open folder, and close it."""
    try:
        for name in os.listdir(folder):
            # others create, swap and remove entries in these folders
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if status.st_uid == uid:
                    _remove(name, folder)
                elif depth and stat.S_ISDIR(status.st_mode) and (
                        status.st_mode & stat.S_IWOTH):
                    inner = os.open(name, OPEN_FOLDER, dir_fd=folder)
                    _remove_files_of(uid, inner, depth - 1)
    finally:
        os.close(folder)


def remove_ipc(uid):
    """Remove System V shared memory, semaphores and queues of a user."""
    libc = ctypes.CDLL(None)
    for number in _ipc_of(uid, "shm"):
        libc.shmctl(number, IPC_RMID, None)
    for number in _ipc_of(uid, "msg"):
        libc.msgctl(number, IPC_RMID, None)
    for number in _ipc_of(uid, "sem"):
        libc.semctl(number, 0, IPC_RMID)


def _ipc_of(uid, kind):
    """Return the ids of a user's objects; kind is shm, msg or sem."""
    try:
        with open(f"/proc/sysvipc/{kind}", encoding="ascii") as file:
            names, *rows = map(str.split, file)
    except FileNotFoundError:  # a kernel without them
        return []
    owners = [names.index("uid"), names.index("cuid")]
    # the second column is the id, although its name differs
    return [int(row[1]) for row in rows
            if str(uid) in [row[owner] for owner in owners]]
