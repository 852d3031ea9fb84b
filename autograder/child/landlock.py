"""An allow list of paths, enforced by Landlock, a part of the Linux kernel.

A process can give up the right to open anything that is not in the list.
It needs no rights to do so, and cannot undo it. See landlock(7).
"""
import ctypes
import os
import stat
import struct

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
GET_VERSION = 1
PATH_BENEATH = 1
O_PATH = getattr(os, "O_PATH", 0)

EXECUTE, WRITE_FILE, READ_FILE, READ_FOLDER = 1, 2, 4, 8
FIRST_RIGHTS = 0x1FFF       # all rights of version 1
LINK_ELSEWHERE, TRUNCATE = 0x2000, 0x4000   # since versions 2 and 3
READING = EXECUTE | READ_FILE | READ_FOLDER
FOR_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE


def version():
    """Return the version of Landlock, 0 if this system has none."""
    return max(0, _call(CREATE_RULESET, None, 0, GET_VERSION))


def restrict(readable, writable):
    """Allow this process and its children to open these paths only.

    Arguments:
        readable, writable: paths of files and folders; those that do not
            exist are ignored
    Raises:
        OSError: the system refuses
    """
    rights = FIRST_RIGHTS
    rights |= LINK_ELSEWHERE if version() >= 2 else 0
    rights |= TRUNCATE if version() >= 3 else 0
    attributes = struct.pack("Q", rights)
    ruleset = _checked(CREATE_RULESET, attributes, len(attributes), 0)
    try:
        for path in readable:
            _allow(ruleset, path, rights & READING)
        for path in writable:
            _allow(ruleset, path, rights)
        _checked(RESTRICT_SELF, ruleset, 0, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset, path, rights):
    try:
        fd = os.open(path, O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            rights &= FOR_FILES
        rule = struct.pack("=Qi", rights, fd)
        _checked(ADD_RULE, ruleset, PATH_BENEATH, rule, 0)
    finally:
        os.close(fd)


def _checked(number, *arguments):
    result = _call(number, *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"landlock: {os.strerror(code)}")
    return result


def _call(number, *arguments):
    """Make a system call; all arguments are integers, bytes or None."""
    libc = ctypes.CDLL(None, use_errno=True)
    converted = [ctypes.c_long(argument) if isinstance(argument, int)
                 else argument for argument in arguments]
    return libc.syscall(ctypes.c_long(number), *converted)
