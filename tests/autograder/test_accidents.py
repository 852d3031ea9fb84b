"""What goes wrong by accident costs its own points, and has a sentence."""
import pytest

from autograder import checks, grade
from autograder.sandbox.outcome import Outcome
from autograder.submission import Submission
from tests.assignment.test_mutants import MUTANTS
from tests.autograder.gradescope import SOLUTION
from tests.autograder.grading import changed, replaced, with_body


@pytest.mark.parametrize("body", [
    "return 10 ** 400", "return [10 ** 400, 1]", "return {1: 10 ** 900}",
    "return -10 ** 400", "return [[10 ** 400]] * 2", "return (1, [10 ** 899])",
    "return 1j", "return b'x'", "return [float('nan'), 10 ** 400]",
    "return {'a': {(1, 2): {3}}}", "return [None]", "return range(3)"])
def test_whatever_is_returned_can_be_compared(scored, body):
    """The row says what was returned, never that the grader failed."""
    files = with_body("mean_of_points", f"    {body}")
    rows = scored(files, "examples mean_of_points", "fresh mean_of_points")
    assert {row.share for row in rows.values()} == {0}
    assert all(grade.GRADER_FAILED not in row.text for row in rows.values())
    assert "received:" in rows["mean_of_points: examples"].text


def test_arguments_that_cannot_be_compared_are_changed(scored):
    """A function that puts something strange into its argument is named."""
    files = changed("kmeans", "    columns = zip(",
                    "    list_of_points.append(10 ** 400)\n"
                    "    return [sum(c) / (len(list_of_points) - 1) for c "
                    "in zip(*list_of_points[:-1])]\n    columns = zip(")
    rows = scored(files, "examples mean_of_points", "unchanged")
    assert rows["mean_of_points: examples"].share == 1
    assert "mean_of_points" in rows[checks.TITLES["unchanged"]].text


def test_returning_an_argument_is_named(scored):
    """A caller that changes the result must not change the argument."""
    files = changed("kmeans", *MUTANTS["mean_of_points"][
        "hands out a single point"])
    rows = scored(files, "examples mean_of_points", "unchanged")
    assert rows["mean_of_points: examples"].share == 1
    assert "mean_of_points" in rows[checks.TITLES["unchanged"]].text


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


def test_the_ties_row_names_the_function(scored):
    """Of three functions only the one that is wrong is named."""
    files = changed("analysis", *MUTANTS["assign_labels"][
        "keeps empty centroids"])
    rows = scored(files, "special", "fresh assign_labels",
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
def test_an_empty_list_is_not_asked_for(scored, body):
    """update_centroids never gets one, so no points are lost by it."""
    rows = scored(replaced("update_centroids", body),
                  "examples update_centroids", "fresh update_centroids",
                  "special", "main 2d")
    assert {row.share for row in rows.values()} == {1}


def test_the_folders_of_results_exist(scored):
    """A program that writes to them need not make them."""
    files = with_body(
        "mean_of_points", "    for name in ['2D', 'MNIST/init', 'MNIST/final'"
        "]:\n        open('results/' + name + '/x.png', 'w').close()\n"
        "    return [sum(c) / len(c) for c in zip(*list_of_points)]")
    row, = scored(files, "examples mean_of_points").values()
    assert (row.share, row.text) == (1, "")
