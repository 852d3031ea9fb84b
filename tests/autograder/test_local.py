"""Grading on a teacher's machine: tables, scores and texts."""
import json

import pytest

from autograder import local, results
from autograder.results import AFTER_DUE, VISIBLE, Row

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


def test_without_root_a_warning_is_loud(tmp_path, capsys):
    """Where nothing can be confined, that is said."""
    from autograder.sandbox.sandbox import Sandbox
    Sandbox(mode="local").close()
    assert "NOT SANDBOXED" in capsys.readouterr().err
