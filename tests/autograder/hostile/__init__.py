"""Submissions that attack the grader, one a file, and how to send them in.

They are .txt and not .py so that no tool ever imports or checks them: what
a sample does is in its first line. Each is a whole kmeans.py.
"""
import os
import pathlib
import sys

import pytest

from autograder.sandbox import claims, reaper
from autograder.sandbox.sandbox import Limits, Sandbox

FOLDER = pathlib.Path(__file__).parent
SHARED = [pathlib.Path(name) for name in
          ["/tmp", "/var/tmp", "/dev/shm", "/run/lock"]]
HELPERS = {"utils.py": b"WHO = 'the teacher'\n", "data/2d.csv": b"A,1,2\n"}

# Of users whom no other grading on this machine has: a sandbox has 2,000, and
# as many who send signals to them. Another run of the tests may be one, too.
FIRST_UID = 10000 + 4000 * (os.getpid() % 5)

# What a system may lack: containers have no namespaces, old kernels have no
# Landlock.
LESS = [(), ("namespaces",), ("landlock",), ("namespaces", "landlock")]
CONTAINER = ("namespaces", "groups")

QUICK = Limits(seconds=1.0)      # for what never ends by itself
PATIENT = Limits(seconds=10.0)   # for what does, on a busy machine

needs_root = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0,
    reason="the sandbox needs Linux and root")


def make_sandbox(without=()):
    """Return a Sandbox; AUTOGRADER_PYTHON names the children's Python."""
    return Sandbox(HELPERS, python=os.environ.get("AUTOGRADER_PYTHON"),
                   first_uid=FIRST_UID, without=without)


def sample(name):
    """Return the files of a submission."""
    return {"kmeans.py": (FOLDER / f"{name}.txt").read_bytes()}


def traces(sandbox):
    """Return what is left of the user of a sandbox's last check."""
    uid = sandbox.first_uid + sandbox.next_user - 1
    folder = claims.open_place() / str(uid)
    return [*reaper.processes_of(uid), *filter(os.path.exists, [folder]), *(
        path for place in SHARED if place.exists()
        for path in place.iterdir() if owner(path) == uid)]


def owner(path):
    """Return whose a file is, or None if it is gone meanwhile."""
    try:
        return path.lstat().st_uid
    except FileNotFoundError:
        return None
