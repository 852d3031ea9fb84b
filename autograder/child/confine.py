"""The child drops its own rights before it loads submitted code.

1. resource limits        memory, processor time, file size, processes ...
2. no_new_privs           setuid programs (sudo, su) no longer grant rights
3. an allow list of paths, where the kernel has Landlock, see landlock.py
4. a filter of system calls, which is an allow list, see system_calls.py

None of the four can be undone. The filter is a program for the kernel's
BPF machine: it compares the number of each system call with those that are
allowed and returns "allow" or an error number.

limits   name of a resource -> soft and hard limit  {"RLIMIT_CORE": [0, 0]}
"""
import ctypes
import errno
import os
import resource
import struct

try:
    from . import landlock
    from .system_calls import (
        ALLOWED, CLONE, CLONE3, FIRST_UNKNOWN, MACHINES)
except ImportError:  # as a script, among its neighbours
    import landlock
    from system_calls import (
        ALLOWED, CLONE, CLONE3, FIRST_UNKNOWN, MACHINES)

PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2

# Offsets into the kernel's struct seccomp_data.
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16

# Operations of the BPF machine.
LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT, RETURN = (
    0x20, 0x15, 0x35, 0x45, 0x06)
ALLOW, KILL, FAIL = 0x7FFF0000, 0x80000000, 0x00050000

# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET
NEW_NAMESPACE = 0x7E020000


def confine(limits, paths, with_filter):
    """Limit this process and all that it will start, permanently.

    Arguments:
        limits: name of a resource -> (soft, hard), in bytes, seconds or
            as a count
        paths: the lists of readable and of writable paths; None to open
            whatever the user may open
        with_filter: whether to filter system calls, too (Linux only)
    Raises:
        OSError, ValueError: the system refuses; submitted code must not
            be loaded
    """
    for name, (soft, hard) in limits.items():
        resource.setrlimit(getattr(resource, name), (soft, hard))
    if with_filter or paths:
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
    if paths:
        landlock.restrict(*paths)
    if with_filter:
        _install(build_filter(os.uname().machine))


def use_reserve(name):
    """Raise the soft limit of a resource to the hard one.

    So a process that has run out of memory can still say so.
    """
    hard = resource.getrlimit(getattr(resource, name))[1]
    resource.setrlimit(getattr(resource, name), (hard, hard))


def build_filter(machine):
    """Return the filter as a list of BPF instructions.

    Raises:
        OSError: the system calls of this machine are not in the table
    """
    if machine not in MACHINES:
        raise OSError(errno.ENOSYS, f"no system call filter for {machine}")
    column, architecture = MACHINES[machine]
    program = [_do(LOAD, ARCHITECTURE),
               _do(JUMP_EQUAL, architecture, 1, 0), _do(RETURN, KILL),
               _do(LOAD, NUMBER)]
    if machine == "x86_64":  # the same calls once more, for 32-bit pointers
        program += [_do(JUMP_AT_LEAST, 0x40000000, 0, 1), _fail(errno.EPERM)]
    for numbers in ALLOWED.values():
        if numbers[column] is not None:
            program += [_do(JUMP_EQUAL, numbers[column], 0, 1),
                        _do(RETURN, ALLOW)]
    # clone3 passes its flags in memory; without it libc falls back on clone
    return program + [
        _do(JUMP_EQUAL, CLONE3, 0, 1), _fail(errno.ENOSYS),
        # libc takes this for an old kernel
        _do(JUMP_AT_LEAST, FIRST_UNKNOWN, 0, 1), _fail(errno.ENOSYS),
        _do(JUMP_EQUAL, CLONE[column], 1, 0), _fail(errno.EACCES),
        _do(LOAD, FIRST_ARGUMENT), _do(JUMP_ANY_BIT, NEW_NAMESPACE, 0, 1),
        _fail(errno.EPERM), _do(RETURN, ALLOW)]


def _fail(error):
    return _do(RETURN, FAIL | error)


def _do(operation, operand, skip_if_true=0, skip_if_false=0):
    return struct.pack("HBBI", operation, skip_if_true, skip_if_false,
                       operand)


def _install(program):
    code = ctypes.create_string_buffer(b"".join(program))
    header = struct.pack("HP", len(program), ctypes.addressof(code))
    _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
           ctypes.create_string_buffer(header, len(header)))


def _prctl(option, value, pointer=None):
    libc = ctypes.CDLL(None, use_errno=True)
    unused = ctypes.c_ulong(0)
    if libc.prctl(option, ctypes.c_ulong(value), pointer, unused, unused):
        number = ctypes.get_errno()
        raise OSError(number, f"prctl {option}: {os.strerror(number)}")
