"""Nothing outlives a grader, and nothing grows beyond its limit."""
import contextlib
import errno
import fcntl
import os
import signal
import subprocess
import sys
import time

import pytest

from autograder import grade
from autograder.sandbox import claims, reaper, usage
from autograder.sandbox.outcome import Limits
from autograder.sandbox.sandbox import Sandbox, SandboxError, call
from tests.autograder import hostile
from tests.autograder.sandbox.running import MINE, run
from tests.conftest import ROOT


GRADER = """
import sys
from autograder.sandbox import claims
from autograder.sandbox.sandbox import Sandbox, Limits, call
claims.NAME = sys.argv[3]
source = (b"import os, time\\ndef f():\\n"
          b"    open('/tmp/x', 'a') if False else None\\n"
          b"    os.fork() or os.setsid()\\n    os.fork()\\n"
          b"    time.sleep(600)\\n")
without = sys.argv[1].split()
sandbox = Sandbox(first_uid=int(sys.argv[2]), without=without)
print("ready", flush=True)
sandbox.run({"kmeans.py": source}, call("kmeans", "f", []),
            Limits(seconds=600))
"""


@pytest.fixture
def place(monkeypatch):
    """A folder of claims that no grader of another test sweeps."""
    monkeypatch.setattr(claims, "NAME", f"{claims.NAME}-{MINE}")
    place = claims.open_place()
    yield place
    place.rmdir()


def users_with_processes(first_uid):
    """Return the users of a grader's checks that have processes."""
    return [uid for uid in range(first_uid, first_uid + 10)
            if reaper.processes_of(uid)]


def wait_for(condition):
    """Wait until a condition holds, at most 20 seconds."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@hostile.needs_root
@pytest.mark.parametrize("without", hostile.LESS)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_a_grader_that_is_killed(without, number, place):
    """Processes and folders of its check end with it.

    What is left of the grader itself is removed by the next one.
    """
    arguments = [" ".join(without), str(MINE), place.name]
    with subprocess.Popen([sys.executable, "-c", GRADER, *arguments],
                          cwd=ROOT, stdout=subprocess.PIPE) as grader:
        assert grader.stdout.readline() == b"ready\n"
        wait_for(lambda: users_with_processes(MINE))
        time.sleep(0.3)
        grader.send_signal(number)
    wait_for(lambda: not users_with_processes(MINE))
    wait_for(lambda: not any(place.glob(f"{str(MINE)[:3]}??*")))
    assert list(place.glob("grader-*"))
    Sandbox(first_uid=MINE).close()
    wait_for(lambda: not any(map(lock_is_free, place.glob("*.lock"))))


def lock_is_free(path):
    """Return whether a lock is there and nobody holds it.

    Other graders may run: they take locks, and remove them, at any moment.
    """
    with contextlib.suppress(FileNotFoundError, BlockingIOError):
        with open(path, "rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    return False


@hostile.needs_root
@pytest.mark.usefixtures("place")
def test_what_a_dead_grader_left_is_removed():
    """A stale claim loses its processes, its folder and its lock."""
    claim = claims.Claim(str(MINE))
    (claim.folder / "file").write_text("left")
    os.close(claim.lock_fd)
    sleeper = subprocess.Popen(["sleep", "60"], user=MINE)
    claims.sweep(2000)
    assert reaper.processes_of(MINE) == []
    sleeper.wait()
    assert not claim.folder.exists() and not claim.lock_path.exists()


@hostile.needs_root
@pytest.mark.usefixtures("place")
def test_a_claim_that_is_held_is_left_alone():
    """A grader that is at work keeps its folders."""
    claim = claims.Claim(str(MINE))
    claims.sweep(2000)
    assert claim.folder.exists()
    claim.release()


@hostile.needs_root
@pytest.mark.usefixtures("place")
def test_a_name_that_another_grader_sweeps_is_not_waited_for(monkeypatch):
    """A grader that finds its new lock taken takes another name."""
    taken = []
    lock = claims._lock

    def be_late(path):
        monkeypatch.setattr(claims, "_lock", lock)
        taken.append(lock(path))
        return lock(path)  # raises, as the lock is taken

    monkeypatch.setattr(claims, "_lock", be_late)
    claims.take_folder().release()
    os.close(*taken)
    claims.sweep(2000)


@hostile.needs_root
def test_files_of_a_check_are_limited_together():
    """With a file system of its own, a check cannot fill the disk."""
    source = ("def f():\n    for i in range(100):\n"
              "        try:\n            open(str(i), 'wb').write("
              "b'x' * 10 ** 6)\n        except OSError as e:\n"
              "            return e.errno, i\n")
    with Sandbox() as sandbox:
        if not sandbox.has_namespaces:
            pytest.skip("this system gives no namespaces")
        outcome = run(sandbox, source, call("kmeans", "f", []),
                      Limits(seconds=20, total_file_bytes=10 ** 7))
    assert outcome.value[0] == errno.ENOSPC and outcome.value[1] < 10


BOTH = [{"total_file_bytes": 10 ** 7}, {"total_files": 50}]


@hostile.needs_root
@pytest.mark.parametrize("limit", BOTH)
def test_files_are_measured_where_they_cannot_be_limited(limit):
    """A check that writes too much is stopped within a second or so."""
    source = ("import time\ndef f():\n    for i in range(60):\n"
              "        open(str(i), 'wb').write(b'x' * 10 ** 6)\n"
              "    time.sleep(10)\n")
    with hostile.make_sandbox(hostile.CONTAINER) as sandbox:
        outcome = run(sandbox, source, call("kmeans", "f", []),
                      Limits(seconds=20, **limit))
    assert outcome.kind == "files" and outcome.seconds < 9


@hostile.needs_root
@pytest.mark.parametrize("without", [(), hostile.CONTAINER])
def test_the_memory_of_all_processes_is_limited(without):
    """Several processes together get no more than the limit of a check."""
    source = ("import os, time\ndef f():\n    for _ in range(5):\n"
              "        if os.fork() == 0:\n"
              "            x = bytearray(10 ** 8)\n"
              "            x[::4096] = b'x' * len(x[::4096])\n"
              "            time.sleep(3)\n            os._exit(0)\n"
              "    return [os.wait()[1] for _ in range(5)]\n")
    with hostile.make_sandbox(without) as sandbox:
        limits = Limits(seconds=20, total_memory_bytes=3 * 10 ** 8)
        outcome = run(sandbox, source, call("kmeans", "f", []), limits)
    if sandbox.has_groups:   # the system has ended some of them
        assert outcome.value.count(signal.SIGKILL) >= 2
    else:
        assert outcome.kind == "memory"


@hostile.needs_root
def test_a_check_that_grows_runs_out_of_memory_whatever_the_speed():
    """Time that is up before memory is does not change what is said.

    Here the function waits as soon as it has grown; one that has not grown
    just takes too long.
    """
    source = ("import time\ndef f(size):\n    x = b'x' * size\n"
              "    time.sleep(60)\n")
    with hostile.make_sandbox() as sandbox:
        kinds = [run(sandbox, source, call("kmeans", "f", [size]),
                     Limits(seconds=3)).kind
                 for size in (3 * 10 ** 8, 10 ** 7)]
    assert kinds == ["memory", "timeout"]


def test_links_and_depth_do_not_hide_files(tmp_path):
    """What is measured follows no links, and too deep a tree is too much."""
    for name in usage.OWN:
        (tmp_path / name).mkdir()
    (tmp_path / "work" / "link").symlink_to("/")
    (tmp_path / "work" / "file").write_bytes(b"x" * 4096)
    number, size = usage.files_in(tmp_path, 100)
    assert number == 2 and 4096 <= size <= 16384
    (tmp_path / "work" / "/".join("d" * 40)).mkdir(parents=True)
    assert usage.files_in(tmp_path, 100)[0] > 100


@hostile.needs_root
def test_the_message_says_why_a_python_was_passed_over(tmp_path):
    """A closed home is named, whatever else is tried after it."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    python = home / "python"
    python.symlink_to(sys.executable)
    with pytest.raises(SandboxError) as error:
        Sandbox(python=str(python))
    assert f"{python} (Permission denied)" in str(error.value)
    assert "not in /root" in str(error.value)


@hostile.needs_root
def test_a_python_that_was_passed_over_is_named(tmp_path, monkeypatch):
    """The message does not only say that the next one lacks flake8."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    python = home / "python"
    python.symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr(grade, "NEEDS", b"import no_such_package")
    with pytest.raises(SandboxError) as error:
        with grade.open_sandbox():
            pass
    assert str(error.value).startswith(
        f"other users cannot run {python} (Permission denied), and "
        "/usr/bin/python3 lacks what grading needs (No module named")
    assert "python3 -m venv in /opt" in str(error.value)
