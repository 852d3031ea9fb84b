"""How a child is started: by which Python, as whom, in which environment.

python    the interpreter of the children     "/usr/bin/python3"
code      a folder with their program         runner.py and its neighbours
folder    the folder of one check, see layout.py
"""
import contextlib
import dataclasses
import json
import os
import pathlib
import py_compile
import subprocess
import sys

from .outcome import SandboxError, clean

CHILD = pathlib.Path(__file__).parent.parent / "child"
CHILD_FILES = ("runner.py", "codec.py", "confine.py", "landlock.py",
               "questions.py", "static_analysis.py", "system_calls.py")
HELPERS = "helpers"   # the folder of the teacher's modules
SYSTEM_PYTHON = "/usr/bin/python3"

# Not -I, which ignores PYTHONHASHSEED: a set of names must have the same
# order whenever a submission is graded again. The environment is ours, and
# Python adds no current folder to its path when it runs a file.
PYTHON_OPTIONS = ("-s", "-B", "-u")

# What every program of the system needs, and holds no secrets.
SYSTEM_FOLDERS = (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache",
    "/etc/ld.so.preload", "/etc/fonts", "/etc/localtime", "/etc/alternatives",
    "/var/cache/fontconfig", "/dev/null", "/dev/zero", "/dev/urandom",
    "/dev/random", "/proc/self", "/proc/cpuinfo", "/proc/meminfo",
    "/proc/stat", "/proc/filesystems")

DESCRIBE = """
import ctypes, json, sys
packages = [path for path in sys.path if path.endswith("-packages")]
print(json.dumps([sys.prefix, sys.base_prefix, *packages]))
"""


@dataclasses.dataclass(frozen=True)
class Python:
    """An interpreter that children may execute.

    path: of the executable
    folders: what it has to read, a tuple of paths
    passed_over: which interpreters were tried before, and why they cannot
        be used
    """
    path: str
    folders: tuple
    passed_over: str = ""


def start(python, code, folder, become_child=None):
    """Start a child, which waits for its request.

    Arguments:
        become_child: called in the new process before it runs Python
    Returns:
        (process, reply_fd, answer_fd): the child, where to read its
        replies, and where to write answers to its questions
    Raises:
        OSError: the system refuses
    """
    reply_fd, child_reply = os.pipe()
    child_answer, answer_fd = os.pipe()
    try:
        process = subprocess.Popen(
            [python.path, *PYTHON_OPTIONS, code / "runner.py",
             str(child_reply), str(child_answer)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, bufsize=0,
            pass_fds=[child_reply, child_answer],
            cwd=folder / "work", env=environment(folder),
            start_new_session=True, preexec_fn=become_child)
    except BaseException:
        os.close(reply_fd)
        os.close(answer_fd)
        raise
    finally:
        os.close(child_reply)
        os.close(child_answer)
    return process, reply_fd, answer_fd


def environment(folder):
    """Return the environment of a child: nothing of the grader's own."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8",
            "HOME": str(folder / "work"),
            "TMPDIR": str(folder / "temporary"),
            "MPLCONFIGDIR": str(folder / "cache"), "MPLBACKEND": "agg",
            "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}


def identity(uid):
    """Return the options of Popen that run a process as another user."""
    if uid is None:
        return {}
    return {"user": uid, "group": uid, "extra_groups": []}


def find_python(wanted, uid):
    """Return a Python that the children may execute.

    Arguments:
        wanted: its path; default: this interpreter, then the system's
        uid: a user whom nobody else has, or None for the own user
    Raises:
        SandboxError: there is none; says what is wrong with each
    """
    reasons = []
    for path in [wanted] if wanted else [sys.executable, SYSTEM_PYTHON]:
        try:
            return Python(path, _ask(path, uid), " or ".join(reasons))
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            reasons.append(f"{path} ({_reason(error)})")
    raise SandboxError(
        f"user {uid} cannot run {' or '.join(reasons)}: install Python where "
        "all users may enter, not in /root")


def _ask(path, uid):
    """Return the folders that an interpreter says it needs."""
    done = subprocess.run(
        [path, *PYTHON_OPTIONS, "-c", DESCRIBE], cwd="/", check=True,
        env=environment(pathlib.Path("/nowhere")), capture_output=True,
        timeout=60, **identity(uid))
    return tuple(json.loads(done.stdout))


def _reason(error):
    """Return in a few words why an interpreter could not be run."""
    if isinstance(error, subprocess.CalledProcessError):
        lines = clean(error.stderr, 1000).strip().splitlines()
        return lines[-1] if lines else f"exit status {error.returncode}"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return type(error).__name__


def readable(python, code, folder):
    """Return what a child has to read: an allow list of paths."""
    return [*SYSTEM_FOLDERS, *python.folders, str(code),
            str(folder / "submission")]


def writable(folder, own):
    """Return the folders that a child may write to."""
    return [str(folder / name) for name in own] + ["/dev/null"]


def copy_code(folder, modules):
    """Copy the children's program and modules to where they can read them.

    Arguments:
        folder: a new folder, for all checks
        modules: the teacher's, relative path -> bytes; they go to helpers/
    """
    _write_compiled(folder, {name: (CHILD / name).read_bytes()
                             for name in CHILD_FILES})
    _write_compiled(folder / HELPERS, modules)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o444)


def _write_compiled(folder, modules):
    """Write modules and their bytecode, or each check would compile them."""
    for name, source in modules.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source)
        with contextlib.suppress(py_compile.PyCompileError):
            py_compile.compile(
                path, doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode
                .UNCHECKED_HASH)
