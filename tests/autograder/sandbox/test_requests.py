"""What a child is asked for, and what it answers."""
import math
import os

import pytest

from autograder.child.codec import CodecError
from autograder.sandbox.outcome import Limits
from autograder.sandbox.sandbox import Sandbox, call
from tests.autograder import hostile
from tests.autograder.sandbox.running import QUICK, run


@pytest.fixture(scope="module", params=[
    "local", pytest.param("sandboxed", marks=hostile.needs_root)])
def sandbox(request):
    """A sandbox of each mode; honest code gives the same in both."""
    python = os.environ.get("AUTOGRADER_PYTHON")
    with Sandbox(hostile.HELPERS, python=python, mode=request.param) as made:
        yield made


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
