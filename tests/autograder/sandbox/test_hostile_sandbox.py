"""Whatever a submission does, the grader continues and removes all traces.

Each attack runs for real, as root, in the sandbox; see hostile/.
"""
import os
import pathlib
import shutil
import subprocess
import time

import pytest

from autograder.child.codec import Unknown
from autograder.sandbox.sandbox import Limits, Sandbox, call
from tests.autograder import hostile

pytestmark = hostile.needs_root

QUICK = Limits(seconds=1.0)      # for what never ends by itself
PATIENT = Limits(seconds=10.0)   # for what does, on a busy machine


@pytest.fixture(scope="module", params=[(), hostile.CONTAINER],
                ids=["machine", "container"])
def sandbox(request):
    """A sandbox that has tested itself, for all attacks.

    With all that the system has, and with what a container has.
    """
    with hostile.make_sandbox(request.param) as sandbox:
        yield sandbox


@pytest.fixture
def secret(tmp_path):
    """A file that only root may read; its folders are open to everybody."""
    for folder in [tmp_path, *tmp_path.parents][:3]:
        folder.chmod(0o755)
    path = tmp_path / "secret.txt"
    path.write_text("SECRET in a file")
    path.chmod(0o600)
    yield path
    assert path.read_text() == "SECRET in a file"


@pytest.fixture
def attack(sandbox, secret, monkeypatch):
    """Run an attack; assert that it took no secret and left no trace."""
    def run(name, *args, function="attack", limits=PATIENT, files=()):
        submission = {**hostile.sample(name), **dict(files)}
        request = call("kmeans", function, list(args))
        begin = time.monotonic()
        outcome = sandbox.run(submission, request, limits)
        assert time.monotonic() - begin < limits.seconds + 8
        assert "SECRET" not in repr(outcome)
        assert hostile.traces(sandbox) == []
        return outcome

    monkeypatch.setenv("GRADER_TOKEN", "SECRET in the environment")
    return run


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
    limits = QUICK if kind == "timeout" else PATIENT
    assert attack(name, limits=limits).kind == kind


@pytest.mark.parametrize("function, kind", [
    ("abort", "crash"), ("kill", "crash"), ("segfault", "crash"),
    ("status", "exit"), ("closed", "exit"), ("recursion", "exception")])
def test_a_crash_is_not_an_exit(attack, function, kind):
    """A process that is gone without a reply is never a success."""
    assert attack("crashes", function=function).kind == kind


def test_endless_recursion_ends(attack):
    """Recursion beyond Python's own limit ends the child, in some way."""
    outcome = attack("crashes", function="deep_recursion", limits=QUICK)
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


# --- Values ------------------------------------------------------------

def test_objects_arrive_as_what_they_hold(attack):
    """No method of a returned object takes part in the comparison."""
    always, number, points, liar = attack("always_equal").value
    assert (always, liar) == (Unknown("Always"), Unknown("Liar"))
    assert type(number) is float and number == 7.0
    assert type(points) is list and points == [7]


@pytest.mark.parametrize("function, expected", [
    ("nothing", None), ("generator", Unknown("count")),
    ("open_file", Unknown("TextIOWrapper")),
    ("function", Unknown("function")), ("bomb", Unknown("Bomb"))])
def test_strange_values_are_named_not_used(attack, function, expected):
    """What cannot cross is known by its type; None is None."""
    outcome = attack("strange_values", function=function)
    assert (outcome.kind, outcome.value) == ("value", expected)
    assert not os.path.exists("/tmp/attacked")


def test_odd_numbers_keep_their_type_and_sign(attack):
    """nan, infinity, minus zero, True, 1 and 1.0 all arrive as they are."""
    outcome = attack("strange_values", function="odd_numbers")
    assert repr(outcome.value) == "[nan, inf, -0.0, True, 1, 1.0]"


@pytest.mark.parametrize("function, reason", [
    ("huge_integer", "digits"), ("recursive", "deep"), ("deep", "deep"),
    ("endless", "values"), ("half_character", "character"),
    ("list_as_key", "key")])
def test_values_beyond_measure_do_not_cross(attack, function, reason):
    """Too deep, too large or not plain is said in words."""
    outcome = attack("strange_values", function=function)
    assert outcome.kind == "cannot encode"
    assert reason in outcome.message


@pytest.mark.parametrize("function, kind", [
    ("endless", "timeout"), ("failing", "exception"), ("long", "exception")])
def test_errors_are_shown_by_the_child(attack, function, kind):
    """An error whose text never ends or fails harms the child only."""
    limits = QUICK if kind == "timeout" else PATIENT
    outcome = attack("bad_errors", function=function, limits=limits)
    assert outcome.kind == kind
    assert len(outcome.message) <= 500
    assert "\0" not in outcome.message and "\x1b" not in outcome.message


# --- Replies -----------------------------------------------------------

def test_a_forged_reply_is_a_returned_value(attack):
    """To forge the reply gains nothing over returning that value."""
    outcome = attack("own_reply", '{"ok":true,"value":42}\n')
    assert (outcome.kind, outcome.value) == ("value", 42)


@pytest.mark.parametrize("reply", [
    "\n", "null\n", "[]\n", "{}\n", "\xff\xfe\n", "\x80\x04K\x01.\n",
    '{"ok":true,"value":NaN}\n', '{"ok":true,"value":{"set":[[]]}}\n',
    '{"ok":true,"ok":true}\n', '{"ok":true,"value":{"what":1}}\n',
    '{"ok":true,"args":1}\n', '{"ok":true,"value":"\\ud800"}\n',
    '{"ok":false,"kind":"timeout"}\n', '{"ok":false,"kind":[]}\n',
    '{"ok":true}\n{"ok":true}\n', "[" * 90_000 + "\n",
    '{"ok":true,"value":' + "9" * 5000 + "}\n"])
def test_a_reply_in_no_agreed_form_is_unreadable(attack, reply):
    """The grader handles replies of arbitrary bytes."""
    assert attack("own_reply", reply).kind == "unreadable"


def test_two_replies_are_none(attack):
    """A forged reply before the true one makes both unreadable."""
    reply = '{"ok":true,"value":42}\n'
    outcome = attack("own_reply", reply, function="attack_and_return")
    assert outcome.kind in ("unreadable", "value")
    assert outcome.value in (None, 42)


def test_a_reply_without_its_end_is_none(attack):
    """Half a line is no reply."""
    assert attack("own_reply", '{"ok":true}').kind == "exit"


def test_patches_stay_in_the_child(attack, sandbox):
    """Broken modules break the child that broke them, and no other."""
    attack("patches")
    assert attack("honest").value == [[1], True, "the teacher"]


def test_arguments_come_back_as_they_are_after_the_call(attack):
    """Changes are noticed, down to the type of a number; so is output."""
    given = [[[1, 2]], {"a": [1]}]
    outcome = attack("changes_arguments", *given)
    assert repr(outcome.args) == (
        "([[1.0, 2], [5]], {'a': [1], 'new': [0]})")
    assert outcome.output == "here I am\n"
    subtle = attack("changes_arguments", [1], function="subtle")
    assert subtle.args[0][0] is True
    same = attack("changes_arguments", [1], function="same")
    assert same.args == ([1],)


# --- Files -------------------------------------------------------------

def test_submitted_modules_shadow_nothing(attack):
    """Python's modules and the teacher's come first."""
    shadow = hostile.sample("shadows")["kmeans.py"]
    names = ["random", "json", "utils", "codec", "traceback", "encodings",
             "sitecustomize", "usercustomize", "conftest", "linecache"]
    files = {f"{name}.py": shadow for name in names}
    assert attack("honest", files=files).value == [[1], True, "the teacher"]


def test_submitted_bytecode_is_not_loaded(attack, sandbox, tmp_path):
    """A module is always made from the source that is judged."""
    (tmp_path / "kmeans.py").write_text("def attack():\n    return 'bytecode'")
    subprocess.run([sandbox.python.path, "-c", "import py_compile\n"
                    "py_compile.compile('kmeans.py', invalidation_mode="
                    "py_compile.PycInvalidationMode.UNCHECKED_HASH)"],
                   cwd=tmp_path, check=True)
    [bytecode] = (tmp_path / "__pycache__").iterdir()
    files = {f"__pycache__/{bytecode.name}": bytecode.read_bytes()}
    assert attack("honest", files=files).value[2] == "the teacher"


@pytest.mark.parametrize("source, line", [
    (b"x = 1\ny = '\xff'\n", 2), (b"x = 1\n\0\n", 2),
    ("x = 1\n".encode("utf-16"), 1), (b"# coding: nonsense\n", None),
    (b"def f():\n\tx = 1\n        y = 2\n", 3), (b"if True\n", 1),
    (b"x = " + b"(" * 10_000, 1), (b"x = " + b"-" * 100_000 + b"1", None)])
@pytest.mark.parametrize("do", ["import", "inspect"])
def test_source_that_is_not_python_has_a_line(sandbox, source, line, do):
    """Bad bytes and parser bombs are syntax errors, with a line."""
    request = {"do": do, "module": "kmeans"}
    outcome = sandbox.run({"kmeans.py": source}, request, PATIENT)
    assert hostile.traces(sandbox) == []
    if do == "import" or outcome.kind == "crash":
        assert outcome.kind in ("syntax", "crash")
    elif outcome.kind == "value":
        assert outcome.value["syntax"]["message"]
        assert line is None or outcome.value["syntax"]["line"] == line


def test_byte_order_mark_and_crlf_are_fine(sandbox):
    """What Windows editors write is read as Python reads it."""
    source = b"\xef\xbb\xbfdef attack():\r\n    return 1\r\n"
    request = call("kmeans", "attack", [])
    assert sandbox.run({"kmeans.py": source}, request, PATIENT).value == 1


# --- Style -------------------------------------------------------------

@pytest.fixture
def check_style(sandbox):
    """Run flake8 on a submission; return the codes that it found."""
    request = {"do": "style", "modules": ["kmeans"]}

    def run(files):
        outcome = sandbox.run(files, request, Limits(seconds=30))
        if outcome.error_class == "ModuleNotFoundError":
            pytest.skip(f"{sandbox.python.path} has no flake8")
        assert hostile.traces(sandbox) == []
        return [code for _, _, _, code, _ in outcome.value]

    return run


def test_submitted_settings_do_not_change_flake8(check_style):
    """Neither options nor plugins in a submission are loaded."""
    settings = hostile.sample("local_plugins")["kmeans.py"]
    evil = hostile.sample("shadows")["kmeans.py"]
    files = {"kmeans.py": b"x=1\n", "evil.py": evil}
    files.update((name, settings)
                 for name in [".flake8", "setup.cfg", "tox.ini"])
    assert check_style(files) == ["E225"]


def test_noqa_is_not_heard(check_style):
    """Comments do not switch off flake8."""
    assert {"F401", "E225"} <= set(check_style(hostile.sample("noqa")))


def test_style_is_checked_in_local_mode_as_well():
    """Without a sandbox, too, settings are ignored, including our own."""
    pytest.importorskip("flake8")
    settings = hostile.sample("local_plugins")["kmeans.py"]
    sandbox = Sandbox({"setup.cfg": settings}, mode="local")
    outcome = sandbox.run(hostile.sample("noqa"),
                          {"do": "style", "modules": ["kmeans"]},
                          Limits(seconds=30))
    sandbox.close()
    assert ["kmeans.py", 2, 1, "F401"] in [row[:4] for row in outcome.value]
