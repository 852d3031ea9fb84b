"""Many submissions, graded one after the other and at the same time."""
import csv
import json
import subprocess
import sys

import pytest

from autograder import build
from tests.autograder.gradescope import SOLUTION, needs_root
from tests.conftest import ROOT

pytestmark = needs_root


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
