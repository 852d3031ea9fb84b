"""What a submission brings and gives back is looked at, and never trusted.

Each of these runs for real, as root, in the sandbox; see hostile/.
"""
import os
import subprocess

import pytest

from autograder.child.codec import Unknown
from autograder.sandbox.sandbox import Limits, Sandbox, call
from tests.autograder import hostile

pytestmark = hostile.needs_root


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
    limits = hostile.QUICK if kind == "timeout" else hostile.PATIENT
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
    outcome = sandbox.run({"kmeans.py": source}, request, hostile.PATIENT)
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
    outcome = sandbox.run({"kmeans.py": source}, request, hostile.PATIENT)
    assert outcome.value == 1


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
