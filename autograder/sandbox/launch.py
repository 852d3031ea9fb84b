"""How a child is started: by which Python, as whom, with which environment.

python    the interpreter of the children     "/usr/bin/python3"
code      a folder with their program         runner.py and its neighbours
folder    the folder of one check, see layout.py
uid       the user of the check               60001; None without a sandbox
"""
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile

from .outcome import SandboxError

CHILD = pathlib.Path(__file__).parent.parent / "child"
CHILD_FILES = ("runner.py", "codec.py", "confine.py", "static_analysis.py")
SYSTEM_PYTHON = "/usr/bin/python3"

# Not -I, which would ignore PYTHONHASHSEED: a set of names must have the
# same order whenever a submission is graded again. The environment is ours,
# and Python adds no current folder to its path when it runs a file.
PYTHON_OPTIONS = ("-s", "-B", "-u")


def start(python, code, folder, uid):
    """Start a child, which waits for its request.

    Returns:
        (process, reply_fd): the child, and where its reply can be read
    Raises:
        OSError: the system refuses
    """
    reply_fd, child_fd = os.pipe()
    try:
        process = subprocess.Popen(
            [python, *PYTHON_OPTIONS, code / "runner.py", str(child_fd)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, bufsize=0, pass_fds=[child_fd],
            cwd=folder / "work", env=environment(folder),
            start_new_session=True, **identity(uid))
    except BaseException:
        os.close(reply_fd)
        raise
    finally:
        os.close(child_fd)
    with contextlib.suppress(OSError):
        # short of memory, the system shall end the child, not the grader
        pathlib.Path(f"/proc/{process.pid}/oom_score_adj").write_text("1000")
    return process, reply_fd


def environment(folder):
    """Return the environment of a child: nothing of the grader's own."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8",
            "HOME": str(folder / "work"),
            "TMPDIR": str(folder / "temporary"),
            "MPLCONFIGDIR": str(folder / "cache"), "MPLBACKEND": "agg",
            "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}


def identity(uid):
    """Return the options of Popen that make a process another user's."""
    if uid is None:
        return {}
    return {"user": uid, "group": uid, "extra_groups": []}


def find_python(wanted, uid):
    """Return an interpreter that the children may execute.

    Arguments:
        wanted: its path; without it this interpreter, or the system's
        uid: a user of children
    Raises:
        SandboxError: there is none; names what was tried
    """
    candidates = [wanted] if wanted else [sys.executable, SYSTEM_PYTHON]
    for python in candidates:
        with contextlib.suppress(OSError):
            if subprocess.run(
                    [python, "-c", "import ctypes"], cwd="/",
                    env=environment(pathlib.Path("/nowhere")),
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                    **identity(uid)).returncode == 0:
                return python
    raise SandboxError(
        f"user {uid} can execute none of {', '.join(candidates)}: "
        "install Python where all users may enter, not under /root")


def copy_code():
    """Copy the children's program to where they can read it.

    Returns:
        the new folder, a Path
    """
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kmeans-child-"))
    for name in CHILD_FILES:
        copy = folder / name
        copy.write_bytes((CHILD / name).read_bytes())
        copy.chmod(0o444)
    folder.chmod(0o755)
    return folder
