"""Functions that run with stand-ins show nothing of them."""

import pytest

from autograder import checks
from tests.autograder.gradescope import SOLUTION, needs_root
from tests.autograder.grading import changed

pytestmark = needs_root


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


def test_a_syntax_error_costs_the_functions_of_its_own_file_only(scored):
    """The solution's functions stand in for those of kmeans.py."""
    files = changed("kmeans", "    return math.dist(point1, point2)",
                    "    return math.dist(point1, point2")
    names = ["assign_labels", "majority_count", "accuracy"]
    rows = scored(files, "imports", *(
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
