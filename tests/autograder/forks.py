"""Children that are forks of this process, for tests of scores and sentences.

They run the program of the sandbox's children under the same limits, but as
this user and in this Python.  A fork takes a sixth of the time that a new
Python takes to start, and has matplotlib already.
"""
import contextlib
import dataclasses
import os
import pathlib
import resource
import signal
import sys
import traceback
from unittest import mock

import matplotlib.figure  # noqa: F401, so that no child has to load it

from autograder import grade
from autograder.child import runner
from autograder.sandbox import launch, supervisor
from autograder.sandbox.outcome import Limits
from tests.conftest import ASSIGNMENT, ROOT


@contextlib.contextmanager
def open_sandbox():
    """Yield a Sandbox in local mode whose children are forks."""
    with grade.open_sandbox("local", sys.executable) as sandbox:
        run = sandbox.run

        def run_forked(files, request, limits=Limits(), stand_ins=None):
            limits = dataclasses.replace(
                limits, memory_bytes=limits.memory_bytes + own_bytes())
            with mock.patch.object(launch, "start", start):
                return run(files, request, limits, stand_ins)

        sandbox.run = run_forked
        yield sandbox


def own_bytes():
    """Return the address space that a fork begins with, where it counts."""
    size = pathlib.Path("/proc/self/statm")
    return (int(size.read_text().split()[0]) * resource.getpagesize()
            if size.exists() else 0)


class Fork:
    """What the grader uses of a Popen."""

    def __init__(self, pid, stdin, stdout, stderr):
        self.pid, self.returncode = pid, None
        self.stdin = open(stdin, "wb", 0)
        self.stdout, self.stderr = open(stdout, "rb", 0), open(stderr, "rb", 0)

    def poll(self):
        """Return the exit status, None while it runs."""
        return self.wait(os.WNOHANG)

    def wait(self, options=0):
        """Wait for the end; return the exit status."""
        if self.returncode is None:
            ended, status = os.waitpid(self.pid, options)
            if ended:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def kill(self):
        """End it."""
        os.kill(self.pid, signal.SIGKILL)


def start(python, code, folder, become_child=None):
    """Start a child, as `launch.start` does."""
    pipes = [os.pipe() for _ in range(5)]
    (own_in, stdin), *outs, (own_answer, answer) = pipes
    own = [own_in, *(write for _, write in outs), own_answer]
    stdout, stderr, reply = (read for read, _ in outs)
    pid = os.fork()
    if pid == 0:
        be_child(folder, *own)
    for fd in own:
        os.close(fd)
    return Fork(pid, stdin, stdout, stderr), reply, answer


def be_child(folder, stdin, stdout, stderr, reply, answer):
    """Run the child's program as if this process had been started for it."""
    try:
        os.setsid()
        for fd, own in enumerate([stdin, stdout, stderr]):
            os.dup2(own, fd)
        supervisor.close_all_but(0, 1, reply, answer)
        sys.stdin = open(0, encoding="utf-8")
        sys.stdout, sys.stderr = (
            open(fd, "w", encoding="utf-8", buffering=1) for fd in (1, 2))
        os.chdir(folder / "work")
        os.environ.clear()
        os.environ.update(launch.environment(folder))
        for name in ASSIGNMENT:
            sys.modules.pop(name.removesuffix(".py"), None)
        sys.path[:] = [path for path in sys.path
                       if path not in ("", str(ROOT))]
        sys.argv = ["runner.py", str(reply), str(answer)]
        runner.main()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)
