"""The sandbox does what it is asked for, and fails closed."""
import os
import pathlib
import subprocess
import sys
import time

import pytest

from autograder.child import confine
from autograder.sandbox import cleanup, launch, reaper
from autograder.child.codec import CodecError
from autograder.sandbox.conversation import Conversation
from autograder.sandbox.layout import lay_out, list_files
from autograder.sandbox.outcome import Transcript, Limits, conclude
from autograder.sandbox.sandbox import Sandbox, SandboxError, call
from tests.autograder import hostile

ROOT = pathlib.Path(__file__).parent.parent.parent
QUICK = Limits(seconds=5)
NOBODY = 65534
# Users of this run only: others may test on this machine, too.
MINE = 50000 + os.getpid() % 4000
THEIRS, WARDEN = MINE + 4000, MINE + 8000


@pytest.fixture(scope="module", params=[
    "local", pytest.param("sandboxed", marks=hostile.needs_root)])
def sandbox(request):
    """A sandbox of each mode; honest work looks the same in both."""
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
def test_what_goes_wrong_is_told_with_its_place(sandbox, source, expected):
    """Kind, class, message, line, text and function are those in the file."""
    outcome = run(sandbox, source, call("kmeans", "f", []))
    assert {name: getattr(outcome, name) for name in expected} == expected


def test_a_missing_file_is_told(sandbox):
    """A module that was not submitted is no error of Python's."""
    outcome = sandbox.run({}, {"do": "import", "module": "kmeans"}, QUICK)
    assert (outcome.kind, outcome.message) == (
        "missing file", "kmeans.py was not submitted")


def test_substitutes_take_the_place_of_submitted_functions(sandbox):
    """Also where another module has imported them already."""
    kmeans = "import math\ndef near(p):\n    return math.wrong\n"
    analysis = ("import kmeans\nfrom kmeans import near\n"
                "math = None\ndef f(p):\n    return near(p), kmeans.near(p)")
    substitute = "import math\n\n\ndef near(p):\n    return math.floor(p)\n"
    request = call("analysis", "f", [1.5], {"near": substitute})
    outcome = run(sandbox, kmeans, request, analysis=analysis)
    assert outcome.value == (1, 1)
    without = run(sandbox, kmeans, call("analysis", "f", [1.5]),
                  analysis=analysis)
    assert (without.kind, without.file, without.line) == (
        "exception", "kmeans.py", 3)


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
        "header": ["# Name: Somebody", "# Date: today"], "syntax": None}


def test_inspect_of_broken_source_still_reads_the_header(sandbox):
    """A syntax error is a fact among others."""
    facts = run(sandbox, "# Name: X\nx = = 1", {
        "do": "inspect", "module": "kmeans"}).value
    assert facts["header"] == ["# Name: X"]
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
    """Nobody takes the local mode for a sandbox."""
    Sandbox(mode="local").close()
    assert "NOT SANDBOXED" in capfd.readouterr().err


def is_gone(pid):
    """Return whether a process has ended; collects it if it is our own."""
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
    ("confine.py", '"socket": (41, 198)', '"socket": (999, 999)'),
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
    with pytest.raises(SandboxError):
        sandbox.self_test()
    sandbox.close()
    assert hostile.traces(sandbox) == []


@hostile.needs_root
@pytest.mark.parametrize("identity", [
    {}, {"user": 60000, "group": 60000}, {"user": 60000, "extra_groups": []},
    {"user": NOBODY, "group": NOBODY, "extra_groups": []}])
def test_the_self_test_finds_rights_that_were_kept(monkeypatch, identity):
    """Root, a group of root's or the wrong user are all found."""
    groups = os.getgroups()
    with Sandbox() as sandbox:
        monkeypatch.setattr(launch, "identity", lambda uid: identity)
        os.setgroups([4])
        try:
            with pytest.raises(SandboxError):
                sandbox.self_test()
        finally:
            os.setgroups(groups)


@hostile.needs_root
def test_no_user_is_used_twice_at_once():
    """Folders lock users: two graders on one machine never share one."""
    with Sandbox() as one, Sandbox() as other:
        users = [one._take_user(), other._take_user(), one._take_user()]
        assert len({uid for uid, _ in users}) == 3
        for _, folder in users:
            folder.rmdir()


@hostile.needs_root
def test_a_user_with_processes_is_passed_over():
    """A user who has a process is nobody's fresh user."""
    with Sandbox(first_uid=MINE) as sandbox:
        busy = sandbox.first_uid + sandbox.next_user
        sleeper = subprocess.Popen(["sleep", "60"], user=busy)
        uid, folder = sandbox._take_user()
        folder.rmdir()
        sleeper.kill()
        sleeper.wait()
        assert uid > busy


# --- The parts ---------------------------------------------------------

@hostile.needs_root
def test_all_processes_of_a_user_end_and_no_others():
    """Those of another user, and the grader, live on."""
    doomed = [subprocess.Popen(["sleep", "60"], user=MINE,
                               start_new_session=True) for _ in range(3)]
    other = subprocess.Popen(["sleep", "60"], user=THEIRS)
    reaper.end_all(MINE, WARDEN)
    assert reaper.processes_of(MINE) == {}
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
    """Also in open folders within shared ones; nobody else's are touched."""
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


def test_files_are_laid_out_and_listed(tmp_path):
    """Data is the teacher's and not listed; the rest is, with its size."""
    lay_out(tmp_path, None, {"kmeans.py": b"1"},
            {"utils.py": b"2", "data/x.csv": b"3"}, {"fonts": b"4"})
    paths = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")
             if path.is_file()}
    assert paths == {"submission/kmeans.py", "helpers/utils.py",
                     "work/data/x.csv", "cache/fonts"}
    (tmp_path / "work" / "a").mkdir()
    (tmp_path / "work" / "a" / "new").write_bytes(b"12345")
    assert list_files(tmp_path / "work") == (("a/new", 5),)


class LateProcess:
    """Replies between two looks of the exchange, and is gone."""

    returncode = 0

    def __init__(self):
        ends = [os.pipe() for _ in range(4)]
        files = [open(ends[0][1], "wb", buffering=0),
                 *(open(ends[i][0], "rb", buffering=0) for i in (1, 2))]
        self.stdin, self.stdout, self.stderr = files
        self.reply_fd = ends[3][0]
        self.others = [ends[0][0], ends[1][1], ends[2][1], ends[3][1]]

    def poll(self):
        """Write the reply and says that the process has ended."""
        os.write(self.others[3], b'ready\n{"ok":true}\n')
        return 0


def test_a_reply_just_before_the_exit_is_heard():
    """What is in the pipe when the child is gone still counts."""
    process = LateProcess()
    exchange = Conversation(process, process.reply_fd, b"{}", QUICK)
    assert exchange.listen() == "reply"
    assert exchange.finish("reply").reply == b'{"ok":true}'
    exchange.close()
    for fd in process.others:
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
    """Each call is refused once, and the program is no longer than BPF's
    4096 instructions."""
    column, _ = confine.MACHINES[machine]
    numbers = [pair[column] for pair in confine.DENIED.values()
               if pair[column] is not None]
    assert len(set(numbers)) == len(numbers)
    assert all(len(step) == 8 for step in confine.build_filter(machine))
    assert len(confine.build_filter(machine)) < 4096


def test_an_unknown_machine_has_no_filter():
    """Numbers of calls differ: a guess would allow everything."""
    with pytest.raises(OSError, match="riscv"):
        confine.build_filter("riscv64")
