"""Namespaces of Linux: a child sees its own processes and its own mounts.

They need the right to mount, which root has on a machine of its own, and
usually lacks in a container. If the system refuses, functions raise
OSError.
"""
import ctypes
import errno
import functools
import os
import struct
import tempfile

NEW_MOUNTS, NEW_IPC, NEW_PROCESSES = 0x00020000, 0x08000000, 0x20000000
RECURSIVE, PRIVATE, SLAVE = 0x4000, 1 << 18, 1 << 19
NO_SETUID, NO_DEVICES, DETACH = 2, 4, 2

# mount_setattr has no function in libc
MOUNT_SETATTR = 442
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
READ_ONLY = 1


@functools.lru_cache(maxsize=None)
def are_available():
    """Return whether this process can give namespaces to children.

    If so, its own mounts are private from now on.
    """
    with tempfile.TemporaryDirectory() as folder:
        if not _succeeds(lambda: _try_namespaces(folder)):
            return False
    own_mounts()
    return True


def _try_namespaces(folder):
    """Use all that children need; to be called in a process of its own."""
    own_mounts()
    mount_memory(folder, 65536, 10)
    own_processes()
    if not _succeeds(lambda: close_mounts(folder)):
        raise OSError("no private mounts")


def _succeeds(action):
    """Return whether an action succeeds in a new process."""
    trial = os.fork()
    if trial == 0:
        status = 1
        try:
            action()
            status = 0
        except OSError:
            pass
        finally:
            os._exit(status)
    return os.waitpid(trial, 0)[1] == 0


def own_mounts():
    """Give this process mounts that no other process sees.

    It still sees what others mount later. Its mounts end with it and the
    processes that it has started.
    """
    _check(_libc().unshare(NEW_MOUNTS))
    _mount(b"none", b"/", None, RECURSIVE | SLAVE)


def own_processes():
    """Give the next child of this process its own process ids.

    That child is the first process there. When it ends, the system kills
    all others. Shared memory and message queues are their own, too.
    """
    _check(_libc().unshare(NEW_PROCESSES | NEW_IPC))


def mount_memory(folder, size_bytes, entries):
    """Mount an empty file system of limited size on a folder.

    Arguments:
        size_bytes: of all files together
        entries: the maximum number of files and folders
    """
    options = f"size={size_bytes},nr_inodes={entries},mode=0700"
    _mount(b"kmeans-check", os.fsencode(folder), b"tmpfs",
           NO_SETUID | NO_DEVICES, options.encode())


def unmount(folder):
    """Drop a mounted file system with everything in it."""
    _check(_libc().umount2(os.fsencode(folder), DETACH))


def close_mounts(writable):
    """Make everything except one mounted folder read-only.

    Concerns this process and those that it starts. It must be the first
    of `own_processes`; /proc then shows no processes but theirs.
    """
    own_mounts()
    _mount(b"none", b"/", None, RECURSIVE | PRIVATE)
    _mount(b"proc", b"/proc", b"proc", NO_SETUID | NO_DEVICES)
    _set_attributes(b"/", AT_RECURSIVE, READ_ONLY, 0)
    _set_attributes(os.fsencode(writable), 0, 0, READ_ONLY)


def _libc():
    return ctypes.CDLL(None, use_errno=True)


def _mount(source, target, kind, flags, options=None):
    _check(_libc().mount(source, target, kind, ctypes.c_ulong(flags),
                         options))


def _set_attributes(path, flags, attributes, without):
    if os.uname().machine not in ("x86_64", "aarch64"):
        raise OSError(errno.ENOSYS, "unknown system calls")
    settings = ctypes.create_string_buffer(
        struct.pack("QQQQ", attributes, without, 0, 0))
    _check(_libc().syscall(
        ctypes.c_long(MOUNT_SETATTR), ctypes.c_int(AT_FDCWD), path,
        ctypes.c_uint(flags), settings, ctypes.c_size_t(32)))


def _check(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
