"""End all processes of a check.

A child may leave its session, double-fork or fork without end, so groups
and parents do not tell which processes belong to it. The user id does,
because nobody else runs under it. Orphans become children of the grader (a
subreaper), which collects them.

uid      the user of a check                            60001
sender   the real user of the process that sends the    62001
         signal, which no process of the check may
         signal or stop
"""
import ctypes
import os
import signal
import subprocess
import time

from .outcome import SandboxError

PR_SET_CHILD_SUBREAPER = 36
TIMEOUT_SECONDS = 10  # until surviving processes are an error


def adopt_orphans():
    """Make orphaned grandchildren children of this process."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def processes_of(uid):
    """Return the ids of the running processes of a user, a list."""
    return [pid for pid, lines in _statuses(uid) if _is_running(lines)]


def _is_running(lines):
    """Return whether a process, given by its status lines, has not ended."""
    return not lines["State"].strip().startswith(("Z", "X"))


def _statuses(uid):
    """Yield (process id, its status lines) of a user, ended ones too."""
    number = str(uid)
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/status", encoding="utf-8",
                      errors="replace") as file:
                text = file.read()
        except OSError:  # it has ended meanwhile
            continue
        if number in text:  # else the lines are not worth a look
            lines = dict(line.split(":", 1) for line in text.splitlines())
            if number in lines["Uid"].split():
                yield int(name), lines


def end_supervisor(process):
    """Have the supervisor of a check end it."""
    process.terminate()
    try:
        process.wait(TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_session(process):
    """Kill a child and its session; without a sandbox, that is all."""
    try:
        # also when the child has ended, because its session may live on
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    if process.poll() is None:
        process.kill()
    process.wait()


def end_all(uid, sender):
    """Kill all processes of a user and wait until there are none.

    Raises:
        SandboxError: some survive for ten seconds
    """
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        _kill_all(uid, sender)
        left = list(_statuses(uid))
        survivors = [pid for pid, lines in left if _is_running(lines)]
        if not survivors:
            _collect(left)
            return
        if time.monotonic() > deadline:
            raise SandboxError(
                f"{len(survivors)} processes of user {uid} cannot be ended")
        time.sleep(0.002)


def _kill_all(uid, sender):
    """Send SIGKILL to all processes of a user at the same time.

    kill(-1) is a single system call, so no fork can outrun it. It has to
    be sent by a process that runs as that user.
    """
    killer = os.fork()
    if killer == 0:
        try:
            os.setgroups([])
            os.setresgid(sender, sender, sender)
            os.setresuid(sender, uid, sender)
            # as root, kill(-1) would end the whole machine
            if 0 not in (uid, sender) and os.getresuid() == (
                    sender, uid, sender):
                os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(killer, 0)


def _collect(ended):
    """Collect those of some ended processes that are children of this."""
    for pid, lines in ended:
        if int(lines["PPid"]) == os.getpid():
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass
