"""What a check leaves behind is removed, whoever made it hard to remove.

Files in folders that everybody may write to, System V shared memory and
the like, and the folders of the check itself: with any permissions, names,
links and depth.

uid   the user of a check   60001
"""
import contextlib
import ctypes
import itertools
import os
import stat
import tempfile

SHARED_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock",
                  "/var/crash")
IPC_RMID = 0


def remove_tree(path):
    """Remove a folder and all that is in it, or a file. Follows no link.

    Folders within folders are moved up before they are emptied: so no tree
    is too deep, and no path is too long.

    Raises:
        OSError: the system refuses
    """
    if os.path.islink(path) or not os.path.isdir(path):
        os.unlink(path)
        return
    parent = tempfile.mkdtemp(dir=os.path.dirname(path))
    names = (os.path.join(parent, str(i)) for i in itertools.count())
    waiting = [_move(path, next(names))]
    while waiting:
        folder = waiting.pop()
        for entry in list(os.scandir(folder)):
            if entry.is_dir(follow_symlinks=False):
                waiting.append(_move(entry.path, next(names)))
            else:
                os.unlink(entry.path)
        os.rmdir(folder)
    os.rmdir(parent)


def _move(folder, new_name):
    os.chmod(folder, 0o700)
    os.rename(folder, new_name)
    return new_name


def remove_shared_files(uid):
    """Remove what a user left in folders that everybody may write to."""
    waiting = list(SHARED_FOLDERS)
    while waiting:
        # others come and go in these folders
        with contextlib.suppress(FileNotFoundError):
            waiting += _clear(waiting.pop(), uid)


def _clear(folder, uid):
    """Remove a user's files; return the folders within that are open."""
    found = []
    for entry in list(os.scandir(folder)):
        with contextlib.suppress(FileNotFoundError):
            status = entry.stat(follow_symlinks=False)
            if status.st_uid == uid:
                remove_tree(entry.path)
            elif stat.S_ISDIR(status.st_mode) and (
                    status.st_mode & stat.S_IWOTH):
                found.append(entry.path)
    return found


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
    """Return the ids of a user's objects: kind is shm, msg or sem."""
    try:
        with open(f"/proc/sysvipc/{kind}", encoding="ascii") as file:
            names, *rows = map(str.split, file)
    except FileNotFoundError:  # a kernel without them
        return []
    owners = [names.index("uid"), names.index("cuid")]
    # the second column is the id, though its name differs
    return [int(row[1]) for row in rows
            if str(uid) in [row[owner] for owner in owners]]
