"""Scores and sentences for submissions that mean well."""

from unittest import mock

import pytest

from autograder import checks, grade, reference
from tests.assignment.test_contracts import STUDENT
from tests.assignment.test_mutants import MUTANTS
from tests.autograder import styles
from tests.autograder.gradescope import SOLUTION
from tests.autograder.grading import changed

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
    ("accuracy", "mean over the clusters", {"examples", "fresh"}),
]
"""Mistakes, and the kinds of rows that may lose points by them."""


@pytest.mark.parametrize("function, mistake, kinds", LOSSES)
def test_a_mistake_costs_its_own_points_only(scored, function, mistake,
                                             kinds):
    """What is wrong loses points, functions that use it keep theirs."""
    files = changed(reference.FUNCTIONS[function],
                    *MUTANTS[function][mistake])
    users = [name for name in reference.GRADED
             if function in reference.USES.get(name, [])]
    rows = scored(files, "special", *(
        [f"fresh {function}"] if "fresh" in kinds else []), *(
        f"examples {name}" for name in [function, *users]))
    may_lose = {"special": checks.TITLES["special"],
                "examples": f"{function}: examples",
                "fresh": f"{function}: fresh cases"}
    lost = {title for title, row in rows.items() if row.share < 1}
    assert lost and lost <= {may_lose[kind] for kind in kinds}


def test_main_is_judged_on_its_own(scored):
    """A wrong mean_of_points costs main nothing, and main says why."""
    files = changed("kmeans", *MUTANTS["mean_of_points"]["integer division"])
    row = scored(files, "main 2d")["main on the 2d data"]
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
def test_main_earns_partial_credit(scored, old, new, share, words):
    """Centroids, the line that is printed and pictures count apart."""
    row = scored(changed("kmeans", old, new), "main 2d")[
        "main on the 2d data"]
    assert row.share == pytest.approx(share)
    assert words in row.text


def test_a_syntax_error_is_shown(scored):
    """A file that cannot be read shows its line, once."""
    files = changed("kmeans", "    return math.dist(point1, point2)",
                    "    return math.dist(point1, point2")
    rows = scored(files, "imports", "examples mean_of_points")
    text = rows["kmeans.py can be imported"].text
    line = SOLUTION["kmeans.py"].decode().splitlines().index(
        "    return math.dist(point1, point2)") + 1
    assert text.startswith(f"Python cannot read kmeans.py, line {line}:")
    assert "return math.dist(point1, point2" in text
    assert (rows["mean_of_points: examples"].text
            == "kmeans.py cannot be imported, see above.")


def test_a_missing_function_is_named(scored):
    """A renamed function is reported by its name, and not tried again."""
    files = changed("kmeans", "def update_centroids(", "def update_centroid(")
    with mock.patch.object(grade.Grading, "call", autospec=True,
                           side_effect=grade.Grading.call) as call:
        row, = scored(files, "examples update_centroids").values()
    assert row.text == ("kmeans.py has no function update_centroids: was it "
                        "renamed, moved or deleted?\n  The same in 1 more "
                        "case.")
    assert call.call_count == 2


def test_habits_cost_little(scored):
    """Who changes arguments, or has left print() in a function, is named.

    The functions that use these, and the results, keep their points.
    """
    files = changed("kmeans", *MUTANTS["mean_of_points"][
        "sorts its argument"])
    files["kmeans.py"] = files["kmeans.py"].replace(
        b"    assignment = {", b"    print('here')\n    assignment = {")
    rows = scored(files, "examples", "quiet", "unchanged")
    quiet, unchanged = (rows.pop(checks.TITLES[kind])
                        for kind in ("quiet", "unchanged"))
    assert quiet.share == unchanged.share == 7 / 8
    assert quiet.text.startswith("assign_points_to_centroids: something")
    assert unchanged.text.startswith("mean_of_points: an argument was")
    assert {row.share for row in rows.values()} == {1}


def test_style_points(scored):
    """Style, docstrings and header lose a share for each thing found.

    A comment does not switch off flake8.
    """
    files = changed("kmeans", '    """Move every centroid to the mean of '
                    'its points.\n', '    x = """Move.\n')
    files["analysis.py"] = files["analysis.py"].replace(
        b"# Name:           Reference solution", b"# Name:")
    files["kmeans.py"] = files["kmeans.py"].replace(
        b"import math\n", b"import math\nimport os  # noqa\n"
        b"# flake8: noqa\n", 1)
    rows = scored(files, "examples", "style", "documented", "header")
    assert rows["Style: flake8"].share == 0.8
    for words in ["assigned to but never used (F841)", "F401"]:
        assert words in rows["Style: flake8"].text
    assert (rows[checks.TITLES["documented"]].text
            == "Without a docstring: update_centroids.")
    assert rows[checks.TITLES["header"]].share == 0.75
    assert "Name in analysis.py" in rows[checks.TITLES["header"]].text


def test_time_is_up(scored, monkeypatch):
    """When the time for grading is up, every other row says so."""
    monkeypatch.setattr(grade, "TOTAL_SECONDS", -1)
    rows = scored(SOLUTION, "files", "imports", "examples")
    assert {(row.share, row.text) for row in rows.values()} == {
        (0, "Not run: the time for grading is up.")}


@pytest.mark.parametrize("text, share", [
    (b"", 0), (b"Name:\n\nWrite your answer here.\n" + b"word " * 50, 0),
    (b"\xff\xfe" + b"word " * 30, 1), (b"My answers are short.", 0)])
def test_answers_are_looked_for(scored, text, share):
    """Untouched and empty answers count as not answered."""
    rows = scored({**SOLUTION, "answers.txt": text}, "answered")
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
def test_other_styles_get_full_marks(scored, kmeans, more):
    """Loops, comprehensions, tuples and lambdas get full marks."""
    rows = scored({"kmeans.py": kmeans.encode(),
                   "analysis.py": COUNTS.encode()},
                  "imports", "examples", "fresh", "special", "unchanged",
                  "quiet", *more)
    assert {title: row.text for title, row in rows.items()
            if row.share < 1} == {}


@pytest.mark.parametrize("style", styles.STYLES)
def test_ten_styles_lose_nothing(scored, style):
    """On functions, habits and the header; with the two above they are ten."""
    kmeans, analysis = styles.programs(style)
    rows = scored({"kmeans.py": kmeans.encode(),
                   "analysis.py": analysis.encode()},
                  "imports", "examples", "fresh", "special", "unchanged",
                  "quiet", "header", "documented", "main 2d")
    assert {title: row.text for title, row in rows.items()
            if row.share < 1} == {}
