"""The sandbox does what it is asked for, and fails closed."""
import contextlib
import errno
import math
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import pytest

from autograder import grade
from autograder.child import confine, system_calls
from autograder.sandbox import (
    claims, cleanup, launch, reaper, supervisor, usage)
from autograder.child.codec import CodecError
from autograder.sandbox.conversation import Conversation
from autograder.sandbox.layout import lay_out, list_files
from autograder.sandbox.outcome import Transcript, Limits, conclude
from autograder.sandbox.sandbox import Sandbox, SandboxError, call
from tests.autograder import hostile
from tests.conftest import ROOT

QUICK = Limits(seconds=5)
NOBODY = 65534
# Users of this run only: others may test on this machine, too.
MINE = 50000 + os.getpid() % 4000
THEIRS, WARDEN = MINE + 4000, MINE + 8000


@pytest.fixture(scope="module", params=[
    "local", pytest.param("sandboxed", marks=hostile.needs_root)])
def sandbox(request):
    """A sandbox of each mode; honest code gives the same in both."""
    python = os.environ.get("AUTOGRADER_PYTHON")
    with Sandbox(hostile.HELPERS, python=python, mode=request.param) as made:
        yield made


def run(sandbox, source, request, limits=QUICK, **files):
    """Run a request on a kmeans.py, and other files given by name."""
    submission = {"kmeans.py": source.encode(), **{
        f"{name}.py": text.encode() for name, text in files.items()}}
    return sandbox.run(submission, request, limits)


# --- Requests ----------------------------------------------------------

def test_import_of_a_good_module(sandbox):
    """An import that works returns nothing."""
    outcome = run(sandbox, "import math", {"do": "import", "module": "kmeans"})
    assert (outcome.kind, outcome.value) == ("value", None)


def test_call_returns_the_value_and_the_arguments(sandbox):
    """A call gives back what the function returned."""
    outcome = run(sandbox, "def f(a, b):\n    return (a, {'b': b})",
                  call("kmeans", "f", [[1.5], {"x": {2}}]))
    assert outcome.value == ([1.5], {"b": {"x": {2}}})
    assert outcome.args == ([1.5], {"x": {2}})
    assert outcome.seconds < 5


@pytest.mark.parametrize("source, expected", [
    ("", {"kind": "missing function", "message":
          "kmeans.py has no function f"}),
    ("f = 1", {"kind": "missing function", "message":
               "f in kmeans.py is not a function but a int"}),
    ("\nx = [1]\ndef f(:\n", {"kind": "syntax", "line": 3,
                              "text": "def f(:", "file": "kmeans.py"}),
    ("import nonsense", {"kind": "exception", "line": 1,
                         "error_class": "ModuleNotFoundError"}),
    ("def g():\n    return 1 / 0\n\n\ndef f():\n    return g()", {
        "kind": "exception", "error_class": "ZeroDivisionError", "line": 2,
        "message": "division by zero", "text": "return 1 / 0",
        "function": "g", "file": "kmeans.py"}),
    ("def f(x):\n    return x", {"kind": "exception", "line": None,
                                 "error_class": "TypeError"}),
    ("def f():\n    eval('1 +')", {"kind": "exception", "line": 2,
                                   "error_class": "SyntaxError"}),
    ("def f():\n    exit('bye')", {"kind": "exit", "message": "bye",
                                   "line": 2})])
def test_errors_are_reported_with_their_place(sandbox, source, expected):
    """Kind, class, message, line, text and function are those in the file."""
    outcome = run(sandbox, source, call("kmeans", "f", []))
    assert {name: getattr(outcome, name) for name in expected} == expected


def test_a_missing_file_is_reported(sandbox):
    """A module that was not submitted is no error of Python's."""
    outcome = sandbox.run({}, {"do": "import", "module": "kmeans"}, QUICK)
    assert (outcome.kind, outcome.message) == (
        "missing file", "kmeans.py was not submitted")


KMEANS = "import math\ndef near(p):\n    return math.wrong\n"
ANALYSIS = ("import kmeans\nfrom kmeans import near\n"
            "def f(p):\n    return near(p), kmeans.near(p)")


def ask(sandbox, request, functions, kmeans=KMEANS):
    """Run a request on two modules, with stand-ins; return the Outcome."""
    files = {"kmeans.py": kmeans.encode(), "analysis.py": ANALYSIS.encode()}
    return sandbox.run(files, request, QUICK, functions)


def test_stand_ins_take_the_place_of_submitted_functions(sandbox):
    """Also where another module has imported them already."""
    request = call("analysis", "f", [1.5])
    assert ask(sandbox, request, {"near": math.floor}).value == (1, 1)
    without = ask(sandbox, request, {})
    assert (without.kind, without.file, without.line) == (
        "exception", "kmeans.py", 3)


def test_stand_ins_can_replace_a_whole_module(sandbox):
    """A module that cannot be imported does not cost those that use it."""
    request = call("analysis", "f", [1.5], replaces_module=True)
    outcome = ask(sandbox, request, {"near": math.floor}, "def broken(")
    assert outcome.value == (1, 1)


def test_stand_ins_get_values_and_give_values(sandbox):
    """Arguments by position and name cross, and so do plain errors."""
    source = ("def f():\n    try:\n        g('x')\n    except ValueError as e:"
              "\n        return g(1, b=[2.5]), str(e)")

    def trusted(a, b=()):
        return {a: [*b, a + 1]}

    outcome = sandbox.run({"kmeans.py": source.encode()},
                          call("kmeans", "f", []), QUICK, {"g": trusted})
    assert outcome.value == ({1: [2.5, 2]}, "g: TypeError")


def test_a_child_gets_no_code_of_a_stand_in(sandbox):
    """What takes the place of a function holds its name and nothing else.

    The frames and objects of the child do not mention what it computes.
    """
    source = hostile.sample("spy_on_frames")["kmeans.py"]

    def secret_recipe(point):
        return [value * 3141592653 for value in point]

    outcome = sandbox.run({"kmeans.py": source}, call("kmeans", "attack", []),
                          Limits(seconds=20), {"helper": secret_recipe})
    asked, found = outcome.value
    assert asked == [3141592653]
    assert "helper" in found and "kmeans.py" in found
    assert "secret_recipe" not in found and "point" not in found


def test_a_child_cannot_ask_for_ever(sandbox):
    """The number of questions is limited, and so is their size."""
    source = "def f():\n    while True:\n        g(1)"
    outcome = sandbox.run({"kmeans.py": source.encode()},
                          call("kmeans", "f", []), Limits(seconds=60),
                          {"g": abs})
    assert outcome.kind == "flood"
    source = "def f():\n    while True:\n        g('x' * 99999)"
    outcome = sandbox.run({"kmeans.py": source.encode()},
                          call("kmeans", "f", []), Limits(seconds=60),
                          {"g": len})
    assert outcome.kind == "flood"


def test_only_what_may_be_asked_is_answered(sandbox):
    """A function that has no stand-in cannot be asked for."""
    source = hostile.sample("asks_for_more")["kmeans.py"]
    request = call("kmeans", "attack", [])
    outcome = sandbox.run({"kmeans.py": source}, request, QUICK, {"g": abs})
    assert outcome.value == ["KeyError", "KeyError", "CodecError", 1]
    outcome = sandbox.run({"kmeans.py": source}, request, QUICK)
    assert outcome.kind in ("unreadable", "timeout")


def test_run_is_like_a_program(sandbox):
    """The script is __main__, has arguments and data, and leaves files."""
    source = ("import os, sys\nos.makedirs('results/2D')\n"
              "if __name__ == '__main__':\n"
              "    open('results/2D/x.txt', 'w').write(sys.argv[1])\n"
              "    print(open('data/2d.csv').read(), file=sys.stderr)\n"
              "    print(sys.argv[0])\n    sys.exit(0)")
    request = {"do": "run", "script": "kmeans.py", "argv": ["mnist"]}
    outcome = run(sandbox, source, request)
    assert (outcome.kind, outcome.output) == ("value", "kmeans.py\n")
    assert outcome.errors == "A,1,2\n\n"
    assert outcome.files == (("results/2D/x.txt", 5),)


def test_a_program_that_exits_with_a_message_did_not_succeed(sandbox):
    """Exit status 0 is success, everything else is not."""
    request = {"do": "run", "script": "kmeans.py"}
    assert run(sandbox, "exit('Error')", request).kind == "exit"
    assert run(sandbox, "exit(1)", request).message == "1"
    assert run(sandbox, "exit()", request).kind == "value"


INSPECTED = '''# Name: Somebody
# Date: today
import math
"""Text"""
SIZE = 3
print("top")
NAMES = set()


class Point:
    print("class bodies are not looked into")


def f(a, b=1, /, c=2, *rest, d, **others):
    """Say f."""
    print(math.dist(a, b))


def g():
    return [x for x in math.fsum([1])]


if __name__ == "__main__":
    print("fine")
else:
    g()
'''


def test_inspect_tells_facts_without_running(sandbox):
    """Functions, header, prints and calls at import, each with a line."""
    facts = run(sandbox, INSPECTED, {"do": "inspect",
                                     "module": "kmeans"}).value
    assert facts == {
        "functions": [
            {"name": "f", "args": ["a", "b", "c", "d"], "docstring": True,
             "line": 14},
            {"name": "g", "args": [], "docstring": False, "line": 19}],
        "calls": [{"name": "print", "line": 6, "text": 'print("top")'},
                  {"name": "set", "line": 7, "text": "NAMES = set()"},
                  {"name": "g", "line": 26, "text": "g()"}],
        "prints": [{"function": "f", "line": 16,
                    "text": "print(math.dist(a, b))"}],
        "header": INSPECTED.splitlines(), "syntax": None}


def test_inspect_of_broken_source_still_reads_the_header(sandbox):
    """A syntax error is one of the findings."""
    facts = run(sandbox, "# Name: X\nx = = 1", {
        "do": "inspect", "module": "kmeans"}).value
    assert facts["header"] == ["# Name: X", "x = = 1"]
    assert facts["syntax"]["line"] == 2
    assert facts["syntax"]["text"] == "x = = 1"


def test_large_requests_and_replies_do_not_wait_for_each_other(sandbox):
    """500 images of 784 values go in and out, while the child prints."""
    images = [[float(i % 256)] * 784 for i in range(500)]
    source = "def f(images):\n    print('x' * 60000)\n    return images"
    outcome = run(sandbox, source, call("kmeans", "f", [images]),
                  Limits(seconds=20))
    assert outcome.value == images == outcome.args[0]


def test_a_reply_beyond_its_limit_is_not_sent(sandbox):
    """The child says so itself, if it is honest."""
    source = "def f():\n    return ['x' * 1000] * 100"
    outcome = run(sandbox, source, call("kmeans", "f", []),
                  Limits(seconds=5, reply_bytes=50_000))
    assert outcome.kind == "cannot encode"
    assert "bytes" in outcome.message


def test_sets_have_the_same_order_in_every_run(sandbox):
    """A submission graded again does the same again."""
    source = "def f():\n    return list({'a', 'b', 'c', 'd', 'e', 'f'})"
    request = call("kmeans", "f", [])
    orders = {tuple(run(sandbox, source, request).value) for _ in range(3)}
    assert len(orders) == 1


def test_the_grader_mistakes_are_its_own(sandbox):
    """A request that is no data, or files outside, raise at once."""
    with pytest.raises(CodecError):
        call("kmeans", "f", [10 ** 5000])
    with pytest.raises(ValueError, match="within"):
        sandbox.run({"../x.py": b""}, {"do": "import", "module": "kmeans"})
    with pytest.raises(ValueError, match="mode"):
        Sandbox(mode="unsafe")


# --- Failing closed ----------------------------------------------------

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
    names = [f"/tmp/kmeans-check-{uid}" for uid in range(60000, 60020)]
    for name in names:
        pathlib.Path(name).mkdir(exist_ok=True)
    try:
        with Sandbox() as sandbox:
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


# --- The end of a grader -----------------------------------------------

GRADER = """
import sys
from autograder.sandbox.sandbox import Sandbox, Limits, call
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
def test_nothing_outlives_a_grader_that_is_killed(without, number):
    """Processes and folders of its check end with it.

    What is left of the grader itself is removed by the next one.
    """
    with subprocess.Popen(
            [sys.executable, "-c", GRADER, " ".join(without), str(MINE)],
            cwd=ROOT, stdout=subprocess.PIPE) as grader:
        assert grader.stdout.readline() == b"ready\n"
        wait_for(lambda: users_with_processes(MINE))
        time.sleep(0.3)
        grader.send_signal(number)
    wait_for(lambda: not users_with_processes(MINE))
    place = claims.open_place()
    wait_for(lambda: not any(place.glob(f"{str(MINE)[:3]}??*")))
    assert list(place.glob("grader-*"))
    Sandbox().close()
    assert not any(lock_is_free(path) for path in place.glob("*.lock"))


def lock_is_free(path):
    """Return whether nobody holds a lock; without taking it."""
    try:
        os.close(claims._lock(path))
    except BlockingIOError:
        return False
    return True


@hostile.needs_root
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
def test_a_claim_that_is_held_is_left_alone():
    """A grader that is at work keeps its folders."""
    claim = claims.Claim(str(MINE))
    claims.sweep(2000)
    assert claim.folder.exists()
    claim.release()


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


# --- The parts ---------------------------------------------------------

@hostile.needs_root
def test_all_processes_of_a_user_end_and_no_others():
    """Those of another user, and the grader, live on."""
    doomed = [subprocess.Popen(["sleep", "60"], user=MINE,
                               start_new_session=True) for _ in range(3)]
    other = subprocess.Popen(["sleep", "60"], user=THEIRS)
    reaper.end_all(MINE, WARDEN)
    assert reaper.processes_of(MINE) == []
    assert other.poll() is None
    other.kill()
    for process in [*doomed, other]:
        process.wait()


@hostile.needs_root
def test_shared_memory_of_a_user_is_removed():
    """What the filter would not have refused is removed all the same."""
    make = ("import ctypes; libc = ctypes.CDLL(None); "
            "libc.shmget(0, 4096, 0o1600); libc.msgget(0, 0o1600); "
            "libc.semget(0, 1, 0o1600)")
    subprocess.run([launch.SYSTEM_PYTHON, "-c", make], user=MINE,
                   cwd="/", check=True)
    kinds = ["shm", "msg", "sem"]
    assert all(cleanup._ipc_of(MINE, kind) for kind in kinds)
    cleanup.remove_ipc(MINE)
    assert not any(cleanup._ipc_of(MINE, kind) for kind in kinds)


@hostile.needs_root
def test_only_the_files_of_the_user_are_removed(tmp_path):
    """Also in open folders within shared ones; no other user's are removed."""
    tree = pathlib.Path("/tmp", f"kmeans-test-{os.getpid()}")
    tree.mkdir()
    tree.chmod(0o777)
    mine, theirs = tree / "mine", tree / "theirs"
    for path, uid in [(mine, MINE), (theirs, THEIRS)]:
        path.mkdir()
        (path / "file").touch()
        os.chown(path, uid, uid)
    (mine / "link").symlink_to(theirs)
    cleanup.remove_shared_files(MINE)
    assert not mine.exists() and (theirs / "file").exists()
    cleanup.remove_tree(tree)
    assert not tree.exists()


def test_a_tree_is_removed_without_following_links(tmp_path):
    """Closed folders, links and depth; the target of a link stays."""
    target = tmp_path / "target"
    target.mkdir()
    (target / "kept").touch()
    tree = tmp_path / "tree"
    (tree / "closed" / "inner").mkdir(parents=True)
    (tree / "link").symlink_to(target)
    (tree / "closed").chmod(0)
    home = os.getcwd()
    os.chdir(tree)
    for _ in range(2000):
        os.mkdir("d")
        os.chdir("d")
    os.chdir(home)
    cleanup.remove_tree(tree)
    assert [path.name for path in tmp_path.rglob("*")] == ["target", "kept"]


def test_a_folder_that_is_swapped_for_a_link_is_not_followed(tmp_path):
    """Cleaning removes the link, and never what it leads to.

    Another thread swaps a folder for a link, as fast as it can, while the
    tree is removed.
    """
    target = tmp_path / "target"
    target.mkdir()
    (target / "kept").write_text("kept")
    tree, is_over = tmp_path / "tree", threading.Event()

    def swap():
        while not is_over.is_set():
            with contextlib.suppress(OSError):
                os.rename(tree / "a", tree / "b")
                os.symlink(target, tree / "a")
                os.remove(tree / "a")
                os.rename(tree / "b", tree / "a")

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                (tree / "a" / "inner").mkdir(parents=True)
                (tree / "a" / "kept").touch()
            with contextlib.suppress(OSError):
                cleanup.remove_tree(tree)
            assert (target / "kept").exists()
    finally:
        is_over.set()
        thread.join()


def test_files_are_laid_out_and_listed(tmp_path):
    """Data is the teacher's and not listed; the rest is, with its size."""
    lay_out(tmp_path, None, {"kmeans.py": b"1"},
            {"data/x.csv": b"3"}, {"fonts": b"4"})
    paths = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")
             if path.is_file()}
    assert paths == {"submission/kmeans.py", "work/data/x.csv",
                     "cache/fonts"}
    (tmp_path / "work" / "a").mkdir()
    (tmp_path / "work" / "a" / "new").write_bytes(b"12345")
    assert list_files(tmp_path / "work") == (("a/new", 5),)


def test_folders_are_made_by_ordinary_users_too():
    """A teacher who is not root may write only where modes say so."""
    folder = pathlib.Path(tempfile.mkdtemp())
    if os.geteuid() == 0:
        os.chown(folder, MINE, MINE)
    child = os.fork()
    if child == 0:                       # exits with 1 if anything is refused
        with contextlib.suppress(OSError):
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(MINE)
                os.setuid(MINE)
            lay_out(folder, None, {"a/kmeans.py": b"1"}, {"data/x.csv": b"2"},
                    {"fonts": b"3"}, empty=("results/2D", "data/more"))
            (folder / "work" / "results" / "2D" / "own").touch()
            os._exit(0)
        os._exit(1)
    try:
        assert os.waitpid(child, 0)[1] == 0
    finally:
        subprocess.run(["chmod", "-R", "u+rwx", folder], check=True)
        shutil.rmtree(folder)


@pytest.mark.parametrize("source", [b"x = 1\n", b"x = = 1\n", b"\0"])
def test_modules_are_copied_and_compiled(tmp_path, source):
    """Each in the folder that all checks share; broken ones as they are."""
    launch.copy_code(tmp_path, {"utils.py": source})
    assert (tmp_path / "helpers/utils.py").read_bytes() == source
    assert any(tmp_path.glob("__pycache__/codec.*.pyc"))
    assert any(tmp_path.glob("helpers/__pycache__/utils.*.pyc")) == (
        source == b"x = 1\n")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")} == {
        0o444, 0o755}


class LateProcess:
    """A process that replies between two looks, and has ended."""

    returncode = 0

    def __init__(self):
        ends = [os.pipe() for _ in range(4)]
        files = [open(ends[0][1], "wb", buffering=0),
                 *(open(ends[i][0], "rb", buffering=0) for i in (1, 2))]
        self.stdin, self.stdout, self.stderr = files
        self.reply_fd = ends[3][0]
        self.others = [ends[0][0], ends[1][1], ends[2][1], ends[3][1]]

    def poll(self):
        """Write the reply and return that the process has ended."""
        os.write(self.others[3], b'ready\n{"ok":true}\n')
        return 0


def test_a_reply_just_before_the_exit_is_heard():
    """What is in the pipe when the child is gone still counts."""
    process = LateProcess()
    other, answer_fd = os.pipe()
    talk = Conversation(process, process.reply_fd, answer_fd, b"{}", QUICK)
    assert talk.listen() == "reply"
    assert talk.finish("reply").reply == b'{"ok":true}'
    talk.close()
    for fd in [*process.others, other]:
        os.close(fd)


@pytest.mark.parametrize("status, kind, message", [
    (0, "exit", "ended with exit status 0"),
    (-9, "crash", "ended by SIGKILL"), (-11, "crash", "ended by SIGSEGV"),
    (-24, "timeout", ""), (-99, "crash", "ended by signal 99")])
def test_the_end_of_a_process_has_a_meaning(status, kind, message):
    """No exit status is a success; a signal is a crash, or time is up."""
    transcript = Transcript(b"", b"a\0b", b"", "exit", status, 1.0)
    outcome = conclude(transcript, (), ())
    assert (outcome.kind, outcome.message) == (kind, message)
    assert outcome.output == "ab"


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_has_no_number_twice(machine):
    """Each call is allowed once, and the program is no longer than BPF's
    4096 instructions."""
    column, _ = system_calls.MACHINES[machine]
    numbers = [pair[column] for pair in system_calls.ALLOWED.values()
               if pair[column] is not None]
    assert len(set(numbers)) == len(numbers)
    assert all(number < system_calls.FIRST_UNKNOWN or number == 452
               for number in numbers)
    assert all(len(step) == 8 for step in confine.build_filter(machine))
    assert len(confine.build_filter(machine)) < 4096


def test_an_unknown_machine_has_no_filter():
    """Numbers of calls differ: a guess would allow everything."""
    with pytest.raises(OSError, match="riscv"):
        confine.build_filter("riscv64")
