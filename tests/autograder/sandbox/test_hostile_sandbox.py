"""Whatever a submission does, the grader continues and removes all traces.

Each attack runs for real, as root, in the sandbox; see hostile/.
"""
import os
import pathlib
import shutil
import subprocess
import time

import pytest

from autograder.sandbox.sandbox import Limits
from tests.autograder import hostile

pytestmark = hostile.needs_root


# --- What each attack ends in ------------------------------------------

@pytest.mark.parametrize("name, kind", [
    ("os_exit", "exit"), ("sys_exit", "exit"), ("asks", "exception"),
    ("stubborn_loop", "timeout"), ("sleeper", "timeout"),
    ("deadlock", "timeout"), ("lingering_thread", "value"),
    ("fork_bomb", "timeout"), ("thread_bomb", "exception"),
    ("memory_bomb", "memory"), ("output_flood", "flood"),
    ("error_flood", "flood"), ("reply_flood", "flood"),
    ("killer_killer", "timeout")])
def test_an_attack_ends_with_its_own_kind_of_outcome(attack, name, kind):
    """Loops, floods, bombs and exits each have their own kind."""
    limits = hostile.QUICK if kind == "timeout" else hostile.PATIENT
    assert attack(name, limits=limits).kind == kind


@pytest.mark.parametrize("function, kind", [
    ("abort", "crash"), ("kill", "crash"), ("segfault", "crash"),
    ("status", "exit"), ("closed", "exit"), ("recursion", "exception")])
def test_a_crash_is_not_an_exit(attack, function, kind):
    """A process that is gone without a reply is never a success."""
    assert attack("crashes", function=function).kind == kind


def test_endless_recursion_ends(attack):
    """Recursion beyond Python's own limit ends the child, in some way."""
    outcome = attack("crashes", function="deep_recursion",
                     limits=hostile.QUICK)
    assert outcome.kind in ("crash", "memory", "exception", "timeout")


def test_input_at_import_finds_nobody(attack):
    """input() is an EOFError at once, with the line of the submission."""
    outcome = attack("asks")
    assert (outcome.error_class, outcome.line) == ("EOFError", 2)
    assert outcome.text.startswith("answer = input(")


@pytest.mark.parametrize("name, kind", [
    ("busy", "timeout"), ("stubborn_loop", "crash")])
def test_processor_time_runs_out(attack, name, kind):
    """Processor time runs out long before wall-clock time does."""
    outcome = attack(name, limits=Limits(seconds=20, cpu_seconds=1))
    assert outcome.kind == kind
    assert outcome.seconds < 15


# --- Secrets -----------------------------------------------------------

def test_a_child_holds_nothing_but_its_arguments(attack):
    """Neither frames nor objects hold anything that the grader expects."""
    expected = "SECRET value"
    outcome = attack("spy_on_memory")
    assert (outcome.kind, outcome.value) == ("value", []), expected


def test_a_child_cannot_look_into_the_grader(attack, secret):
    """Its environment is built from scratch; other processes are closed."""
    outcome = attack("spy_on_processes", [str(secret), "/etc/shadow"])
    [environment] = outcome.value
    assert "HOME" in environment


def test_a_child_cannot_signal_or_trace_the_grader(attack):
    """Signals and ptrace are refused."""
    assert attack("signals").value == ["EPERM"] * 3 + [-1]


def test_a_child_changes_no_files_but_its_own(attack, secret):
    """The submission, the helpers, the data and the grader do not change."""
    paths = [str(secret), __file__, str(secret.parent / "new")]
    assert attack("overwrite", paths).value == []


# --- Nothing stays -----------------------------------------------------

def test_daemons_are_ended(attack):
    """What has left its session and ignores signals is ended as well."""
    path = pathlib.Path(f"/tmp/kmeans-daemon-{os.getpid()}")
    assert attack("daemon", [str(path)]).value == 1
    time.sleep(0.1)
    assert not path.exists()


def test_the_next_check_finds_nothing(attack):
    """No folder is shared by two checks, and open folders are emptied."""
    name = f"poison-{os.getpid()}"
    assert attack("poison", name).value == 1
    assert attack("poison", name, function="find").value == []


def test_a_tangle_of_files_is_removed(attack, secret):
    """Links are not followed, however deep and closed the folders are."""
    outcome = attack("tangle", str(secret), str(secret.parent))
    if outcome.kind == "files":  # so deep a tree may be noticed at once
        return
    assert outcome.value == 1
    names = [name for name, _ in outcome.files]
    assert names == ["\ufffd\n-rf */\ufffd"]


def test_files_are_limited_in_size_and_in_the_report(attack):
    """A file ends at its limit; the list of files ends as well."""
    outcome = attack("file_flood")
    assert outcome.value == 1
    assert len(outcome.files) == 200
    assert max(size for _, size in outcome.files) <= 1024 * 1024


# --- Rights ------------------------------------------------------------

def test_there_is_no_network(attack):
    """Sockets of all kinds are refused, and ways around the filter."""
    refused = attack("sockets").value
    assert refused.pop("other numbers") in ("EPERM", "ENOSYS")
    assert set(refused.values()) == {"EACCES"}


def test_there_are_no_more_rights_to_have(attack, tmp_path):
    """Neither asking, nor namespaces, nor setuid programs make root."""
    setuid_id = tmp_path / "id"
    shutil.copy(shutil.which("id"), setuid_id)
    setuid_id.chmod(0o4755)
    as_nobody = subprocess.run([setuid_id, "-u"], user=65534,
                               capture_output=True, text=True).stdout
    found = attack("more_rights", str(setuid_id)).value
    if as_nobody != "0\n":
        pytest.skip("setuid programs give nothing here anyway")
    assert found.pop("root by setuid") is False
    assert found.pop("clone3") == "ENOSYS"
    assert set(found.values()) == {"EPERM", "EACCES"}
