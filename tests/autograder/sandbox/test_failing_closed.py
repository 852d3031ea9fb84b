"""A sandbox that does not hold is not used."""
import os
import pathlib
import shutil
import subprocess
import sys
import time

import pytest

from autograder.sandbox import claims, launch, supervisor
from autograder.sandbox.sandbox import Sandbox, SandboxError, call
from tests.autograder import hostile
from tests.autograder.sandbox.running import MINE, run


NOBODY = 65534


def test_local_mode_says_so(capfd):
    """The local mode prints that it is not a sandbox."""
    Sandbox(mode="local").close()
    assert "NOT SANDBOXED" in capfd.readouterr().err


def is_gone(pid):
    """Return whether a process has ended; collect it if it is our own."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return not os.path.exists(f"/proc/{pid}")


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_local_mode_ends_the_session_of_a_child():
    """Programs that a submission has started end with it."""
    source = ("import subprocess\n\n\ndef f():\n"
              "    return subprocess.Popen(['sleep', '60']).pid\n")
    with Sandbox(mode="local") as sandbox:
        outcome = run(sandbox, source, call("kmeans", "f", []))
    deadline = time.monotonic() + 5
    while not is_gone(outcome.value):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@hostile.needs_root
def test_without_root_there_is_no_sandbox(monkeypatch):
    """It is refused, not weakened."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SandboxError, match="root"):
        Sandbox()


@hostile.needs_root
def test_an_interpreter_that_children_cannot_execute_is_refused(tmp_path):
    """The message names what was tried."""
    with pytest.raises(SandboxError, match="no-python"):
        Sandbox(python=str(tmp_path / "no-python"))


BREAKAGES = [
    ("confine.py", "_prctl(PR_SET_NO_NEW_PRIVS, 1)", "pass"),
    ("confine.py", "_install(build", "len(build"),
    ("system_calls.py", '"read": (0, 63)',
     '"read": (0, 63), "socket": (41, 198)'),
    ("confine.py", "resource.setrlimit(", "print("),
    ("runner.py", "confine.confine(", "("),
    ("runner.py", "confine.confine(", "open(")]


@hostile.needs_root
@pytest.mark.parametrize("name, right, wrong", BREAKAGES)
def test_the_self_test_finds_a_sandbox_that_leaks(name, right, wrong):
    """With any part of the confinement missing, nothing is graded."""
    sandbox = Sandbox()
    path = sandbox.code / name
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong))
    shutil.rmtree(sandbox.code / "__pycache__")
    with pytest.raises(SandboxError):
        sandbox.self_test()
    sandbox.close()
    assert hostile.traces(sandbox) == []


def keep_root(uid, folder):
    """Drop nothing."""
    os.chdir(folder)


def keep_groups(uid, folder):
    """Drop everything but the groups."""
    os.chdir(folder)
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def keep_group(uid, folder):
    """Drop everything but root's group."""
    os.chdir(folder)
    os.setgroups([])
    os.setresuid(uid, uid, uid)


def become_nobody(uid, folder):
    """Become a user whom others may have, too."""
    os.chdir(folder)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


@hostile.needs_root
@pytest.mark.parametrize("drop", [
    keep_root, keep_groups, keep_group, become_nobody])
def test_the_self_test_finds_rights_that_were_kept(monkeypatch, drop):
    """Root, a group of root's or the wrong user are all found."""
    groups = os.getgroups()
    with Sandbox() as sandbox:
        monkeypatch.setattr(supervisor, "drop_to", drop)
        os.setgroups([4])
        try:
            with pytest.raises(SandboxError):
                sandbox.self_test()
        finally:
            os.setgroups(groups)


@hostile.needs_root
@pytest.mark.parametrize("without", hostile.LESS)
def test_the_self_test_finds_what_can_be_read(tmp_path, without):
    """A secret that a child can open ends grading, before any submission.

    It stands for personal data beside the grader, readable to all users.
    """
    for folder in [tmp_path, *tmp_path.parents][:3]:
        folder.chmod(0o755)
    secret = tmp_path / "submission_metadata.json"
    secret.write_text("{}")
    secret.chmod(0o644)
    sandbox = Sandbox(secrets=[secret], without=without)
    try:
        if sandbox.has_landlock:
            sandbox.self_test()
            sandbox.has_landlock = False
        with pytest.raises(SandboxError, match="readable|could read files"):
            sandbox.self_test()
    finally:
        sandbox.close()


@hostile.needs_root
def test_no_user_is_used_twice_at_once():
    """Locks keep users apart: two graders on one machine share none."""
    with Sandbox() as one, Sandbox() as other:
        claimed = [one._claim_user(), other._claim_user(), one._claim_user()]
        assert len({claim.uid for claim in claimed}) == 3
        for claim in claimed:
            claim.release()


@hostile.needs_root
def test_a_user_with_processes_is_passed_over():
    """A user who has a process is not taken."""
    with Sandbox(first_uid=MINE) as sandbox:
        busy = sandbox.first_uid + sandbox.next_user
        sleeper = subprocess.Popen(["sleep", "60"], user=busy)
        claim = sandbox._claim_user()
        claim.release()
        sleeper.kill()
        sleeper.wait()
        assert claim.uid > busy


@hostile.needs_root
def test_users_cannot_be_occupied_from_outside():
    """No folder that others can make keeps a grader from its users."""
    names = [f"/tmp/kmeans-check-{uid}" for uid in range(MINE, MINE + 20)]
    for name in names:
        pathlib.Path(name).mkdir()
    try:
        with Sandbox(first_uid=MINE) as sandbox:
            assert sandbox.run({"kmeans.py": b""}, {
                "do": "import", "module": "kmeans"}).kind == "value"
    finally:
        for name in names:
            pathlib.Path(name).rmdir()


@hostile.needs_root
def test_the_trial_of_a_python_takes_a_user_as_checks_do(monkeypatch):
    """While an interpreter is tried, its user belongs to nobody else."""
    taken = []
    ask = launch._ask

    def watch(path, uid):
        with pytest.raises(BlockingIOError):
            claims.Claim(str(uid))
        taken.append(uid)
        return ask(path, uid)

    monkeypatch.setattr(launch, "_ask", watch)
    Sandbox(first_uid=MINE).close()
    assert taken
