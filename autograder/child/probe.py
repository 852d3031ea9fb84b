"""Trusted code that the self-test runs in the sandbox.

It tries what a submission must not be able to do and reports the results,
so that the grader can compare them with what is expected.
"""
import errno
import os
import resource
import socket


def probe(secret_path, resources):
    """Return the rights of this process, as plain data.

    Arguments:
        secret_path: a file that must not be readable
        resources: the names of limits to report
    """
    parent = os.getppid()
    return {
        "users": sorted({*os.getresuid(), *os.getresgid()}),
        "groups": sorted(set(os.getgroups()) - {os.getgid()}),
        "capabilities": _status("CapPrm"),
        "no_new_privs": _status("NoNewPrivs"),
        "filter": _status("Seccomp"),
        "socket": _attempt(socket.socket),
        "secret": _attempt(lambda: open(secret_path)),
        "environment": _attempt(lambda: open(f"/proc/{parent}/environ")),
        "signal": _attempt(lambda: os.kill(parent, 0)),
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
