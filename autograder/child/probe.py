"""Trusted code that the self-test runs in the sandbox.

It tries what a submission must not be able to do and reports the results,
so that the grader can compare them with what is expected.
"""
import errno
import os
import resource
import socket
import stat

MAX_FOUND = 20
MAX_LOOKED_AT = 500_000


def probe(secrets, grader, resources, roots, allowed):
    """Return the rights of this process, as plain data.

    Arguments:
        secrets: paths that must not be readable
        grader: the process id of the grader
        resources: the names of limits to report
        roots: the folders to search for files that can be read
        allowed: paths that may be readable, with everything below them
    """
    return {
        "users": sorted({*os.getresuid(), *os.getresgid()}),
        "groups": sorted(set(os.getgroups()) - {os.getgid()}),
        "capabilities": _status("CapPrm"),
        "no_new_privs": _status("NoNewPrivs"),
        "filter": _status("Seccomp"),
        "socket": _attempt(socket.socket),
        "environment": _attempt(lambda: open(f"/proc/{grader}/environ")),
        "signal": _attempt(lambda: os.kill(grader, 0)),
        "readable": [path for path in secrets if _is_readable(path)],
        "found": _find_readable(roots, allowed),
        "limits": {name: resource.getrlimit(getattr(resource, name))
                   for name in resources}}


def _attempt(action):
    """Return "done", or the name of the error that an attempt ends in."""
    try:
        action()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"


def _status(name):
    with open("/proc/self/status", encoding="utf-8") as file:
        return dict(line.split(":", 1) for line in file)[name].strip()


def _is_readable(path):
    """Return whether a file can be opened, or a folder listed."""
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


def _find_readable(roots, allowed):
    """Return paths of files that can be read and are not allowed.

    Empty files are ignored, because nothing can be read in them.
    """
    allowed, found, waiting = set(allowed), [], list(roots)
    looked_at = 0
    while waiting and len(found) < MAX_FOUND:
        path = waiting.pop()
        looked_at += 1
        if looked_at > MAX_LOOKED_AT:
            return [*found, "too many files to search"]
        try:
            status = os.lstat(path)
            if path in allowed:
                continue
            if stat.S_ISDIR(status.st_mode):
                waiting += [os.path.join(path, name)
                            for name in os.listdir(path)]
            elif (stat.S_ISREG(status.st_mode) and status.st_size
                    and _is_readable(path)):
                found.append(path)
        except OSError:
            continue
    return found
