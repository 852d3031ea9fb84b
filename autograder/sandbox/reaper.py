"""Nobody survives a check: all processes of its user are ended.

A child may leave its session, double-fork or fork without end, so groups
and parents say nothing about who belongs to it. The user id does: nobody
else runs under it. Orphans become children of the grader (a subreaper),
which collects them.

uid      the user of a check          60001
warden   the real user of a killer    62001: no process of the check may
                                      send it a signal or stop it
"""
import ctypes
import os
import signal
import time

from .outcome import SandboxError

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 10  # seconds until survivors are an error


def adopt_orphans():
    """Make orphaned grandchildren children of this process."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def processes_of(uid):
    """Return the ids of all processes of a user: child -> parent."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/status", encoding="utf-8",
                          errors="replace") as file:
                    lines = dict(line.split(":", 1) for line in file)
            except OSError:  # it has ended meanwhile
                continue
            if str(uid) in lines["Uid"].split():
                found[int(name)] = int(lines["PPid"])
    return found


def end_session(process):
    """Kill a child and its session; without a sandbox, that is all."""
    try:
        # also when the child has ended: its session may live on
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    if process.poll() is None:
        process.kill()
    process.wait()


def end_all(uid, warden):
    """Kill all processes of a user and waits until there are none.

    Raises:
        SandboxError: some are still there after ten seconds
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        _kill_all(uid, warden)
        survivors = processes_of(uid)
        _collect(survivors)
        if not survivors:
            return
        if time.monotonic() > deadline:
            raise SandboxError(
                f"{len(survivors)} processes of user {uid} cannot be ended")
        time.sleep(0.002)


def _kill_all(uid, warden):
    """Send SIGKILL to all processes of a user, at one instant.

    Only a process that has dropped to that user can do so: kill(-1) is
    one system call that no fork can outrun.
    """
    killer = os.fork()
    if killer == 0:
        try:
            os.setgroups([])
            os.setresgid(warden, warden, warden)
            os.setresuid(warden, uid, warden)
            # as root, kill(-1) would end the whole machine
            if 0 not in (uid, warden) and os.getresuid() == (
                    warden, uid, warden):
                os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(killer, 0)


def _collect(processes):
    for pid, parent in processes.items():
        if parent == os.getpid():
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass
