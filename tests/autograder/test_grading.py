"""Scores and sentences for submissions that mean well.

Each is the solution with something changed, graded in the real sandbox.
"""
import ast
import dataclasses
import time

import pytest

from autograder import checks, grade
from autograder.case_grading import NOT_RUN
from autograder.sandbox.outcome import Outcome
from autograder.submission import Submission
from tests.assignment.test_contracts import STUDENT
from tests.assignment.test_mutants import MUTANTS
from tests.autograder.gradescope import SOLUTION, needs_root
from tests.autograder.styles import STYLES

pytestmark = needs_root


@pytest.fixture(scope="module")
def graded(gradescope):
    """Grade files; return title -> Row of the checks named.

    A check is named by its kind, "examples", or also by what it is about,
    "examples accuracy".
    """
    with grade.open_sandbox(python=gradescope.python) as sandbox:
        def run(files, *names, seconds=2):
            table = [dataclasses.replace(
                check, seconds=seconds if check.seconds == 5
                else check.seconds)
                for check in checks.table() if {
                    check.kind, f"{check.kind} {check.what}"} & set(names)]
            rows = grade.grade(Submission(files), sandbox, table)
            return {row.title: row for row in rows}
        yield run


def changed(module, old, new):
    """Return the solution with a piece of one file replaced."""
    source = SOLUTION[f"{module}.py"].decode()
    assert source.count(old) == 1
    return {**SOLUTION, f"{module}.py": source.replace(old, new).encode()}


def with_body(function, body):
    """Return the solution with another body for a function of kmeans.py."""
    from autograder.build import without_bodies
    starter = without_bodies(SOLUTION["kmeans.py"].decode())
    head, tail = starter.split(f"def {function}(")
    first, rest = tail.split("    return None\n", 1)
    place = "    # Write your code here, in place of the next line.\n"
    return {**SOLUTION, "kmeans.py": (
        head + f"def {function}(" + first.replace(place, "") + body
        + "\n" + rest).encode()}


def replaced(function, body):
    """Return the solution with another body for one of its functions."""
    source = SOLUTION["kmeans.py"].decode()
    node, = (node for node in ast.parse(source).body
             if getattr(node, "name", "") == function)
    lines = source.splitlines()
    lines[node.body[0].end_lineno:node.end_lineno] = [body]
    return {**SOLUTION, "kmeans.py": "\n".join([*lines, ""]).encode()}


LOSSES = [
    ("euclidean_distance", "missing square root", {"examples", "fresh"}),
    ("euclidean_distance", "two dimensions only", {"examples", "fresh"}),
    ("get_closest_centroid", "last tie wins", {"special"}),
    ("get_closest_centroid", "farthest", {"examples", "fresh", "special"}),
    ("assign_points_to_centroids", "keeps empty centroids",
     {"special", "fresh"}),
    ("assign_points_to_centroids", "duplicates dropped", {"examples",
                                                          "special"}),
    ("mean_of_points", "integer division", {"examples", "fresh"}),
    ("majority_count", "label instead of count", {"examples", "fresh"}),
    ("majority_count", "sorts its argument", {"unchanged"}),
    ("accuracy", "mean over the clusters", {"examples", "fresh"}),
]
"""Mistakes, and the kinds of rows that may lose points by them."""


@pytest.mark.parametrize("function, mistake, kinds", LOSSES)
def test_a_mistake_costs_its_own_points_only(graded, function, mistake,
                                             kinds):
    """What is wrong loses points, functions that use it keep theirs."""
    module = "kmeans" if f"def {function}(" in SOLUTION[
        "kmeans.py"].decode() else "analysis"
    files = changed(module, *MUTANTS[function][mistake])
    rows = graded(files, "examples", "special", "unchanged", *(
        [f"fresh {function}"] if "fresh" in kinds else []))
    may_lose = {"special": checks.TITLES["special"],
                "unchanged": checks.TITLES["unchanged"],
                "examples": f"{function}: examples",
                "fresh": f"{function}: fresh cases"}
    lost = {title for title, row in rows.items() if row.share < 1}
    allowed = {may_lose[kind] for kind in kinds}
    assert lost and lost <= allowed | (
        {checks.TITLES["unchanged"]} if f"{function}: examples" in lost
        else set())


def test_main_is_judged_on_its_own(graded):
    """A wrong mean_of_points costs main nothing, and main says why."""
    files = changed("kmeans", *MUTANTS["mean_of_points"]["integer division"])
    row = graded(files, "main 2d")["main on the 2d data"]
    assert row.share == 1
    assert row.text.startswith("main itself is right. It failed because it")


@pytest.mark.parametrize("old, new, share, words", [
    ("return centroids\n\n\nif", "return None\n\n\nif", 0.4,
     "main() returned None: end it with return"),
    ("        step += 1\n", "        step += 2\n", 0.6,
     "main should print exactly\n  K-means converged after 7 steps."),
    ('print(f"K-means converged after {step} steps.")', "", 0.75,
     "K-means converged after 7 steps."),
    ('if dataset == "2d"', 'if dataset == "3d"', 0.85,
     "7 of 7 pictures are missing, for example results/2D/step1.png."),
    ("while not converged(centroids, old_centroids)",
     "while step == 0", 0, "The final centroids are in the wrong places."),
])
def test_main_earns_partial_credit(graded, old, new, share, words):
    """Centroids, the line that is printed and pictures count apart."""
    row = graded(changed("kmeans", old, new), "main 2d")[
        "main on the 2d data"]
    assert row.share == pytest.approx(share)
    assert words in row.text


CALL = "mean_of_points([[1, 10], [3, 20]])"
MESSAGES = {
    "pass": "mean_of_points() returned None; have you implemented it yet?",
    "return list_of_points[99]":
        f"{CALL} stopped with IndexError: list index out of range\n"
        "  in line 95 of kmeans.py: return list_of_points[99]",
    "while True: pass":
        f"{CALL} did not finish within 2 seconds and was stopped. "
        "Is there a loop that never ends?",
    "exit()": f"{CALL} ended the whole program: remove exit()",
    "return 'middle'":
        f"{CALL}\n  expected: [2.0, 15.0]\n"
        "  received: 'middle'\n  That is a string, but it should be a list.",
    "return zip(*list_of_points)": "zip",
    "return input('mean? ')":
        f"{CALL} asks for input, and there is none during grading: "
        "remove input() from line 95 of kmeans.py.",
    "return mean_of_points(list_of_points)": "RecursionError",
    "return [0] * 10**12": f"{CALL} ran out of memory.",
    "while True: print('.' * 999)":
        f"{CALL} printed or returned too much and was stopped.",
}


@pytest.mark.parametrize("body", MESSAGES)
def test_what_went_wrong_is_said(graded, body):
    """Each way to go wrong has a sentence that names the function."""
    files = with_body("mean_of_points", f"    {body}")
    row, = graded(files, "examples mean_of_points").values()
    source = files["kmeans.py"].decode().splitlines()
    line = source.index(f"    {body}") + 1
    assert row.share == 0
    assert MESSAGES[body].replace("line 95", f"line {line}") in row.text


def test_changed_arguments_are_named(graded):
    """A function that works but changes its arguments is named."""
    files = changed("kmeans", *MUTANTS["mean_of_points"][
        "sorts its argument"])
    rows = graded(files, "examples", "unchanged")
    row = rows[checks.TITLES["unchanged"]]
    assert row.share == 7 / 8
    assert row.text.startswith("mean_of_points: an argument was")


def test_a_syntax_error_is_shown(graded):
    """A file that cannot be read shows its line, once."""
    files = changed("kmeans", "    return math.dist(point1, point2)",
                    "    return math.dist(point1, point2")
    rows = graded(files, "imports", "examples mean_of_points")
    text = rows["kmeans.py can be imported"].text
    line = SOLUTION["kmeans.py"].decode().splitlines().index(
        "    return math.dist(point1, point2)") + 1
    assert text.startswith(f"Python cannot read kmeans.py, line {line}:")
    assert "return math.dist(point1, point2" in text
    assert (rows["mean_of_points: examples"].text
            == "kmeans.py cannot be imported, see above.")


def test_a_missing_function_is_named(graded):
    """A renamed function is reported by its name."""
    files = changed("kmeans", "def mean_of_points(", "def mean_of_point(")
    row, = graded(files, "examples mean_of_points").values()
    assert row.text == ("kmeans.py has no function mean_of_points: was it "
                        "renamed, moved or deleted?\n  The same in 3 more "
                        "cases.")


def test_forgotten_prints_cost_little(graded):
    """Left-over print() in a function is named and costs its share only."""
    files = changed("kmeans", "    assignment = {name",
                    "    print('here')\n    assignment = {name")
    rows = graded(files, "examples", "quiet")
    assert rows[checks.TITLES["quiet"]].share == 7 / 8
    assert "assign_points_to_centroids" in rows[checks.TITLES["quiet"]].text
    assert rows["assign_points_to_centroids: examples"].share == 1


def test_style_points(graded):
    """Style, docstrings and header lose a share for each thing found."""
    files = changed("kmeans", '    """Move every centroid to the mean of '
                    'its points.\n', '    x = """Move.\n')
    files = {**files, "analysis.py": files["analysis.py"].replace(
        b"# Name:           Reference solution", b"# Name:")}
    rows = graded(files, "examples", "style", "documented", "header")
    assert rows["Style: flake8"].share == 0.9
    assert "assigned to but never used (F841)" in rows["Style: flake8"].text
    assert (rows[checks.TITLES["documented"]].text
            == "Without a docstring: update_centroids.")
    assert rows[checks.TITLES["header"]].share == 0.75
    assert "Name in analysis.py" in rows[checks.TITLES["header"]].text


def test_noqa_is_not_heard(graded):
    """A comment does not switch off flake8."""
    files = {**SOLUTION, "kmeans.py": SOLUTION["kmeans.py"].replace(
        b"import math\n", b"import math\nimport os  # noqa\n"
        b"# flake8: noqa\n", 1)}
    rows = graded(files, "examples", "style")
    assert rows["Style: flake8"].share == 0.9


def test_time_is_up(graded, monkeypatch):
    """When the time for grading is up, every other row says so."""
    monkeypatch.setattr(grade, "TOTAL_SECONDS", -1)
    rows = graded(SOLUTION, "files", "imports", "examples")
    assert {(row.share, row.text) for row in rows.values()} == {
        (0, "Not run: the time for grading is up.")}


@pytest.mark.parametrize("text, share", [
    (b"", 0), (b"Name:\n\nWrite your answer here.\n" + b"word " * 50, 0),
    (b"\xff\xfe" + b"word " * 30, 1), (b"My answers are short.", 0)])
def test_answers_are_looked_for(graded, text, share):
    """Untouched and empty answers count as not answered."""
    rows = graded({**SOLUTION, "answers.txt": text}, "answered")
    assert rows[checks.TITLES["answered"]].share == share


LOOPS = STUDENT.split("if __name__")[0]
COUNTS = '''
from kmeans import get_closest_centroid

def assign_labels(list_of_points, labels, centroids_dict):
    result = {}
    for i in range(len(list_of_points)):
        name = get_closest_centroid(list_of_points[i], centroids_dict)
        if name in result:
            result[name] = result[name] + [labels[i]]
        else:
            result[name] = [labels[i]]
    return result

def majority_count(labels):
    best = 0
    for label in labels:
        if labels.count(label) > best:
            best = labels.count(label)
    return best

def accuracy(list_of_points, labels, centroids_dict):
    right = 0
    for group in assign_labels(list_of_points, labels,
                               centroids_dict).values():
        right = right + majority_count(group)
    return right / len(labels)
'''
TERSE = '''
from math import hypot, dist
from collections import defaultdict
from utils import *
euclidean_distance = lambda p, q: float(dist(p, q))
def get_closest_centroid(point, centroids_dict):
    return sorted(centroids_dict, key=lambda n: dist(
        centroids_dict[n], point))[0]
def assign_points_to_centroids(list_of_points, centroids_dict):
    groups = defaultdict(list)
    for p in list_of_points:
        groups[get_closest_centroid(p, centroids_dict)] += [p]
    return {name: groups[name] for name in groups}
def mean_of_points(list_of_points):
    n = 1 / len(list_of_points)
    return tuple(sum(x * n for x in xs) for xs in zip(*list_of_points))
def update_centroids(assignment_dict):
    return dict((k, mean_of_points(v)) for k, v in assignment_dict.items()
                if len(v))
def main(data, init_centroids, dataset):
    old, new, n = {}, dict(init_centroids), 0
    if dataset == "mnist":
        plot_centroids(new, "init")
    while not converged(new, old):
        groups = assign_points_to_centroids(data, new)
        old, new, n = new, update_centroids(groups), n + 1
        if dataset == "2d":
            plot_fig(plot_2d(groups, new), "results/2D", "step%d" % n)
    if dataset == "mnist":
        plot_centroids(new, "final")
    print("K-means converged after %d steps." % n)
    return new
'''


@pytest.mark.parametrize("kmeans, more", [
    (LOOPS, ["main", "letters"]), (TERSE, ["main 2d"])])
def test_other_styles_get_full_marks(graded, kmeans, more):
    """Loops, comprehensions, tuples and lambdas get full marks."""
    rows = graded({"kmeans.py": kmeans.encode(),
                   "analysis.py": COUNTS.encode()},
                  "imports", "examples", "fresh", "special", "unchanged",
                  "quiet", *more)
    assert {title: row.text for title, row in rows.items()
            if row.share < 1} == {}


@pytest.mark.parametrize("style", STYLES)
def test_ten_styles_lose_nothing(graded, style):
    """On functions, habits and the header; with the two above they are ten.
    """
    kmeans, analysis = STYLES[style]
    rows = graded({"kmeans.py": kmeans.encode(),
                   "analysis.py": analysis.encode()},
                  "imports", "examples", "fresh", "special", "unchanged",
                  "quiet", "header", "documented", "main 2d")
    assert {title: row.text for title, row in rows.items()
            if row.share < 1} == {}


# --- Stand-ins ---------------------------------------------------------

SPIES = '''
import inspect, sys, gc


def mean_of_points(list_of_points):
    return None


def update_centroids(assignment_dict):
    texts, frame = [], sys._getframe()
    while frame:
        texts.append(repr(frame.f_locals) + repr(frame.f_globals))
        frame = frame.f_back
    for thing in gc.get_objects():
        if inspect.isfunction(thing):
            try:
                texts.append(inspect.getsource(thing))
            except Exception:
                pass
    print("SPY " + "".join(texts)[:9999])
    result = {}
    for name in assignment_dict:
        result[name] = mean_of_points(assignment_dict[name])
    if None in result.values():
        raise ValueError("SPY " + "".join(texts)[:9999])
    raise KeyError("SPY 2 " + repr(result)) if "z" in result else None
'''


def test_nothing_that_runs_with_stand_ins_is_shown(graded):
    """Texts come from the run without them, whatever the second one says.

    The second run prints and raises what it has found out.
    """
    files = {"kmeans.py": SPIES.encode()}
    row, = graded(files, "examples update_centroids").values()
    assert "SPY 2" not in row.text and "[2.0, 3.0]" not in row.text
    assert "zip(*" not in row.text
    assert row.share == 0
    row, = graded({"kmeans.py": SPIES.replace(
        'raise KeyError("SPY 2 " + repr(result)) if "z" in result else None',
        "return result").encode()}, "examples update_centroids").values()
    assert row.share == 1
    assert row.text.startswith("update_centroids itself is right.")
    assert "SPY" not in row.text


def test_main_with_stand_ins_shows_nothing_of_its_own(graded):
    """What is still wrong then is named by the grader's own words."""
    source = SOLUTION["kmeans.py"].decode().replace(
        "    return math.dist(point1, point2)", "    return 0.0").replace(
        'print(f"K-means', 'print("LEAK", centroids)  # (f"K-means')
    row = graded({"kmeans.py": source.encode()}, "main 2d")[
        "main on the 2d data"]
    assert row.share == 0.75
    assert row.text.endswith("Also wrong: line.")
    leaks = [line for line in row.text.splitlines() if "LEAK" in line]
    assert len(leaks) == 1 and "centroid1" not in leaks[0]


def test_a_syntax_error_costs_the_functions_of_its_own_file_only(graded):
    """The solution's functions stand in for those of kmeans.py."""
    files = changed("kmeans", "    return math.dist(point1, point2)",
                    "    return math.dist(point1, point2")
    names = ["assign_labels", "majority_count", "accuracy"]
    rows = graded(files, "imports", *(
        f"{kind} {name}" for kind in ["examples", "fresh"] for name in names),
        "letters", "special", "documented", "header", "style")
    for name in names:
        for kind in ["examples", "fresh cases"]:
            assert rows[f"{name}: {kind}"].share == 1
    assert rows["accuracy on the letters"].share == 1
    assert rows["analysis.py can be imported"].share == 1
    assert "It is graded with" in rows["analysis.py can be imported"].text
    special = rows[checks.TITLES["special"]]
    assert special.share == pytest.approx(1 / 3)
    assert special.text == "kmeans.py cannot be imported."
    assert (rows[checks.TITLES["documented"]].text.splitlines()[0]
            == "kmeans.py cannot be read.")


def test_analysis_alone_shows_no_values_of_stand_ins(graded):
    """What it returns with them may hold what they know."""
    source = SOLUTION["analysis.py"].decode().replace(
        "    return correct / len(list_of_points)",
        "    raise ValueError(repr(labels_dict))")
    rows = graded({"analysis.py": source.encode()}, "imports",
                  "examples accuracy")
    row = rows["accuracy: examples"]
    assert row.share == 0
    assert row.text.startswith("accuracy gives a wrong result. The details")
    assert "ValueError" not in row.text


# --- Accidents ---------------------------------------------------------

@pytest.mark.parametrize("body", [
    "return 10 ** 400", "return [10 ** 400, 1]", "return {1: 10 ** 900}",
    "return -10 ** 400", "return [[10 ** 400]] * 2", "return (1, [10 ** 899])",
    "return 1j", "return b'x'", "return [float('nan'), 10 ** 400]",
    "return {'a': {(1, 2): {3}}}", "return [None]", "return range(3)"])
def test_whatever_is_returned_can_be_compared(graded, body):
    """The row says what was returned, never that the grader failed."""
    files = with_body("mean_of_points", f"    {body}")
    rows = graded(files, "examples mean_of_points", "fresh mean_of_points")
    assert {row.share for row in rows.values()} == {0}
    assert all(grade.GRADER_FAILED not in row.text for row in rows.values())
    assert "received:" in rows["mean_of_points: examples"].text


def test_arguments_that_cannot_be_compared_are_changed(graded):
    """A function that puts something strange into its argument is named."""
    files = changed("kmeans", "    columns = zip(",
                    "    list_of_points.append(10 ** 400)\n"
                    "    return [sum(c) / (len(list_of_points) - 1) for c "
                    "in zip(*list_of_points[:-1])]\n    columns = zip(")
    rows = graded(files, "examples mean_of_points", "unchanged")
    assert rows["mean_of_points: examples"].share == 1
    assert "mean_of_points" in rows[checks.TITLES["unchanged"]].text


def test_returning_an_argument_is_named(graded):
    """A caller that changes the result must not change the argument."""
    files = changed("kmeans", *MUTANTS["mean_of_points"][
        "hands out a single point"])
    rows = graded(files, "examples mean_of_points", "unchanged")
    assert rows["mean_of_points: examples"].share == 1
    assert "mean_of_points" in rows[checks.TITLES["unchanged"]].text


HUNGRY = [
    "x = []\n    while True:\n        x.append([0] * 10_000)",
    "x = 'a'\n    while True:\n        x += x",
    "x = {}\n    while True:\n        x[len(x)] = str(len(x)) * 100",
    "x = [0]\n    while True:\n        x = x + x",
    "return [[0] * 10 ** 7 for _ in range(10 ** 7)]",
    "x = [bytearray(10 ** 6) for _ in range(440)]\n    y = []\n"
    "    while True:\n        y.append(len(y))"]


@pytest.mark.parametrize("body", HUNGRY)
def test_running_out_of_memory_has_one_sentence(graded, body):
    """However it runs out, and each time; never that it called exit()."""
    files = with_body("mean_of_points", f"    {body}")
    texts = set()
    for _ in range(3):
        row, = graded(files, "examples mean_of_points", seconds=30).values()
        texts.add(row.text)
    assert len(texts) == 1
    assert f"{CALL} ran out of memory." in texts.pop()


def test_timeouts_shorten_the_rest_but_not_with_stand_ins():
    """A loop that never ends in one function leaves time for the others."""
    limits = []

    class FakeSandbox:
        def run(self, files, request, limit, stand_ins):
            limits.append(limit.seconds)
            return Outcome("timeout")

    grading = grade.Grading(FakeSandbox(), Submission(SOLUTION))
    for _ in range(3):
        grading.call("majority_count", [["A"]], 5)
    grading.call("accuracy", [[], [], {}], 60, {"majority_count": len})
    assert limits == [5, 5, 2, 30]


def test_expensive_calls_are_not_repeated(graded):
    """After two calls without an end the others are not tried."""
    files = replaced("mean_of_points", "    while True: pass")
    started = time.monotonic()
    rows = graded(files, "examples mean_of_points", "fresh mean_of_points",
                  "examples update_centroids")
    assert time.monotonic() - started < 40
    assert rows["mean_of_points: examples"].text.endswith(NOT_RUN)
    assert rows["update_centroids: examples"].share == 1


def test_the_ties_row_names_the_function(graded):
    """Of three functions only the one that is wrong is named."""
    files = changed("analysis", *MUTANTS["assign_labels"][
        "keeps empty centroids"])
    rows = graded(files, "special", "fresh assign_labels",
                  "examples assign_labels")
    row = rows[checks.TITLES["special"]]
    assert row.share == pytest.approx(2 / 3)
    assert row.text.startswith("Hint: assign_labels: ")
    assert rows["assign_labels: fresh cases"].share == 1
    assert rows["assign_labels: examples"].share == 1


@pytest.mark.parametrize("body", [
    "    return {name: mean_of_points(points) for name, points "
    "in assignment_dict.items()}",
    "    result = {}\n    for name in assignment_dict:\n"
    "        result[name] = mean_of_points(assignment_dict[name]) or []\n"
    "    return result"])
def test_an_empty_list_is_not_asked_for(graded, body):
    """update_centroids never gets one, so no points are lost by it."""
    rows = graded(replaced("update_centroids", body),
                  "examples update_centroids", "fresh update_centroids",
                  "special", "main 2d")
    assert {row.share for row in rows.values()} == {1}


def test_the_folders_of_results_exist(graded):
    """A program that writes to them need not make them."""
    files = with_body(
        "mean_of_points", "    for name in ['2D', 'MNIST/init', 'MNIST/final'"
        "]:\n        open('results/' + name + '/x.png', 'w').close()\n"
        "    return [sum(c) / len(c) for c in zip(*list_of_points)]")
    row, = graded(files, "examples mean_of_points").values()
    assert (row.share, row.text) == (1, "")
