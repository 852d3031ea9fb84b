"""The processes between the grader and a child, which end with the grader.

supervisor   dies after the grader, and ends the check before that
first        the first process of the child's namespaces, if it has any
child        drops to the user of the check, and runs child/runner.py

The first two are root and run this module only. When the grader asks for
it or has ended, the supervisor kills everything below it.
"""
import contextlib
import ctypes
import os
import resource
import signal
import struct
import traceback

from . import cgroups, cleanup, namespaces, reaper

PR_SET_PDEATHSIG = 1
MAX_FD = 1 << 20
FAILED = 70   # exit status of a process that could not do its work


class EndRequestError(Exception):
    """The grader wants the check to end, or has ended itself."""


def become_child(claim, has_namespaces, group):
    """Make this process a supervisor, and return in its child.

    Is called between fork and exec. If anything fails, the process ends
    with a traceback on its standard error.

    Arguments:
        claim: the Claim of the check's user
        has_namespaces: whether the child gets namespaces of its own
        group: the control group to join, or None
    """
    try:
        _descend(claim, has_namespaces, group)
    except BaseException:
        os.write(2, traceback.format_exc().encode("utf-8", "replace"))
        os._exit(FAILED)


def _descend(claim, has_namespaces, group):
    grader = os.getppid()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    status_in, status_out = os.pipe()
    if has_namespaces:
        namespaces.own_processes()
    below = os.fork()
    if below:
        os.close(status_out)
        os._exit(_supervise(below, status_in, grader, claim,
                            has_namespaces))
    _end_with_parent(signal.SIGKILL)
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")  # short of memory, the system ends the child first
    joining = group and group.open()  # while it can be written to
    if has_namespaces:
        namespaces.close_mounts(claim.folder)
        child = os.fork()
        if child:
            os._exit(_be_first(child, status_out))
    if joining:
        joining.write(b"0")
    drop_to(claim.uid, claim.folder / "work")
    _end_with_parent(signal.SIGKILL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])


def drop_to(uid, folder):
    """Take all rights of root away from this process, for good."""
    os.chdir(folder)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def _be_first(child, status_out):
    """Collect the processes of a namespace until the child has ended."""
    close_all_but(status_out)
    while True:
        pid, status = os.wait()
        if pid == child:
            os.write(status_out, struct.pack("i", status))
            return 0


def _supervise(below, status_in, grader, claim, has_namespaces):
    """Wait for the end of the child, and end in the same way."""
    def end(*_):
        raise EndRequestError

    try:
        close_all_but(status_in, claim.lock_fd)
        signal.signal(signal.SIGTERM, end)
        _end_with_parent(signal.SIGTERM)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        if os.getppid() != grader:
            raise EndRequestError
        _, status = os.waitpid(below, 0)
        packed = os.read(status_in, 4)  # empty if there is no first process
        return _end_as(struct.unpack("i", packed)[0] if packed else status)
    except EndRequestError:
        os.kill(below, signal.SIGKILL)
        os.waitpid(below, 0)
        if os.getppid() != grader:
            if not has_namespaces:  # else all have ended with the first
                reaper.end_all(claim.uid, claim.sender)
            remove_files(claim, has_namespaces)
        return FAILED


def remove_files(claim, has_namespaces):
    """Remove all files of a check whose processes have ended."""
    cgroups.remove(claim.uid)
    if has_namespaces:
        namespaces.unmount(claim.folder)
    else:
        cleanup.remove_shared_files(claim.uid)
        cleanup.remove_ipc(claim.uid)
    claim.release()


def _end_as(status):
    """End this process by the signal that ended another, or return."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with contextlib.suppress(OSError):  # SIGKILL has no handler
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    return os.waitstatus_to_exitcode(status)


def _end_with_parent(number):
    """Have the system send this process a signal when its parent ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)


def close_all_but(*kept):
    """Close all file descriptors except standard error and some others."""
    first = 0
    for fd in sorted({2, *kept}):
        if first < fd:      # closerange(0, 0) would close all
            os.closerange(first, fd)
        first = fd + 1
    os.closerange(first, MAX_FD)
