"""Grading on a teacher's machine: folders, zips, tables, many at once."""
import csv
import json
import subprocess
import sys

import pytest

from autograder import build, local, results
from autograder.results import AFTER_DUE, VISIBLE, Row
from tests.conftest import ROOT
from tests.autograder.gradescope import SOLUTION, needs_root

ROWS = [Row("right", 4, VISIBLE, 1, ""), Row("half", 4, VISIBLE, 0.5, "why"),
        Row("hidden", 2, AFTER_DUE, 0, "a hint"), Row("word", 0, VISIBLE, 1)]


def test_table():
    """The table has points, titles, what to correct, and the total."""
    text = local.as_table(ROWS, ["a note"])
    assert text.splitlines() == [
        "a note",
        "    4 /  4  right",
        "    2 /  4  half",
        "              why",
        "    0 /  2  hidden",
        "              a hint",
        "    0 /  0  word",
        "    6 / 10  total",
        "Visible checks: 6 of 8 points. Checks worth 2 more points are "
        "shown only after the due date."]
    assert "\033[32m" in local.as_table(ROWS, [], colours=True)


@pytest.mark.parametrize("share, score", [
    (1, 4), (2, 4), (-1, 0), (float("nan"), 0), (float("inf"), 0),
    (1 / 3, 1.3), (0.9999, 3.9), (0.001, 0), (7 / 8, 3.5)])
def test_scores_are_clamped(share, score):
    """No share gives more than the maximum or less than 0 points.

    They have one decimal, and only what is right gets the maximum.
    """
    assert Row("row", 4, VISIBLE, share).score == score


def test_every_deduction_has_a_sentence():
    """A row that lost points never is without a text."""
    test = results.as_test(Row("row", 2, VISIBLE, 0.9))
    assert test["output"] == "0.2 of 2 points lost."


@pytest.mark.parametrize("text", [
    "x" * 300_000, "a\0b", "\ud800", "\N{SNOWMAN}" * 9, "\x1b[31mred\x9b"])
def test_any_text_can_be_written(tmp_path, text):
    """Texts are cut, and what no reader understands is replaced."""
    path = tmp_path / "results.json"
    rows = [Row(text, 1, VISIBLE, 1, text)]
    results.write(path, results.as_gradescope(rows, [text]))
    read = json.loads(path.read_text())
    assert len(read["tests"][0]["output"]) <= 100_000
    assert not set("\0\x1b\x9b") & set(read["tests"][0]["output"])
    assert [file.name for file in tmp_path.iterdir()] == ["results.json"]


@pytest.fixture(scope="module")
def batch(gradescope, tmp_path_factory):
    """Three submissions, one of them a zip, graded alone and together."""
    folder = tmp_path_factory.mktemp("batch")
    many = folder / "many"
    (many / "anna").mkdir(parents=True)
    for name, data in SOLUTION.items():
        (many / "anna" / name).write_bytes(data)
    start = build.starter_module("kmeans").split("\ndef assign")[0]
    build.write_zip(many / "ben.zip", {"kmeans.py": start.encode()})
    (many / "carl").mkdir()
    (many / "carl" / "notes.txt").write_text("I forgot everything.")

    def run(*arguments):
        return subprocess.run(
            [gradescope.python, "-m", "autograder", *arguments], cwd=ROOT,
            capture_output=True, text=True)

    together = run("batch", many, "--out", folder / "scores.csv")
    assert together.returncode == 0, together.stderr
    with open(folder / "scores.csv", newline="") as file:
        return list(csv.DictReader(file)), run, many


@needs_root
def test_batch_scores_are_those_of_one_at_a_time(batch):
    """Each row has the scores that grading alone gives.

    The one that is graded alone here is the beginning of what students get:
    a row says that its function is not written, is not there, or has no file.
    """
    (maxima, *rows), run, many = batch
    assert [row["submission"] for row in rows] == ["anna", "ben.zip", "carl"]
    assert [float(row["total"]) for row in rows] == [100, 1, 0]
    assert rows[2]["note"].startswith(f"{many}/carl holds none of kmeans.py")
    assert rows[0]["answers"] == SOLUTION["answers.txt"].decode().strip()
    alone = run("grade", many / "ben.zip", "--json")
    tests = json.loads(alone.stdout)["tests"]
    assert {test["name"]: test["score"] for test in tests
            if "score" in test} == {
        title: float(score) for title, score in rows[1].items()
        if maxima[title] and title not in ("submission", "total")}
    sentences = {test["output"] for test in tests
                 if test["name"].endswith(": examples")}
    assert sum("() returned None; have you implemented it yet?" in sentence
               for sentence in sentences) == 2
    assert sum("has no function" in sentence for sentence in sentences) == 3


TWO_AT_ONCE = """
import sys
from autograder import grade
from autograder.submission import Submission
from tests.autograder.gradescope import SOLUTION
from tests.autograder.hostile_suite import small_cases, small_table

with grade.open_sandbox(python=sys.argv[1]) as sandbox, small_cases():
    print(grade.grade(Submission(SOLUTION), sandbox, small_table()))
"""


@needs_root
def test_two_gradings_at_once_do_not_disturb_each_other(gradescope):
    """Started at the same time, several times: all results are equal."""
    printed = set()
    for _ in range(3):
        graders = [subprocess.Popen(
            [sys.executable, "-c", TWO_AT_ONCE, gradescope.python], cwd=ROOT,
            stdout=subprocess.PIPE, text=True) for _ in range(2)]
        for grader in graders:
            printed.add(grader.communicate()[0])
            assert grader.returncode == 0
    assert len(printed) == 1 and printed.pop().count("share=1") == 5


def test_without_root_a_warning_is_loud(tmp_path, capsys):
    """Where nothing can be confined, that is said."""
    from autograder.sandbox.sandbox import Sandbox
    Sandbox(mode="local").close()
    assert "NOT SANDBOXED" in capsys.readouterr().err
