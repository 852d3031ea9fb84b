"""What a student sees: rows, points, and the file that Gradescope reads.

A row is one check with its points. Together the rows make results.json,
which is valid whatever they contain: scores are clamped, texts are cut, and
the file is replaced atomically, so that a crash leaves the previous one.

rows  a list of Row, in the order in which they are shown
"""
import json
import math
import os
from dataclasses import dataclass

from .sandbox.outcome import clean as without_control

MAX_CHARACTERS = 100_000  # Gradescope cuts longer texts
VISIBLE, AFTER_DUE, HIDDEN = "visible", "after_due_date", "hidden"


@dataclass(frozen=True)
class Row:
    """One check and its result.

    title: what students see above the text
    points: the maximum score
    visibility: one of VISIBLE, AFTER_DUE and HIDDEN
    share: the part of the points that was earned, 0 to 1
    text: an explanation for the student, may be empty
    """

    title: str
    points: float
    visibility: str
    share: float = 0.0
    text: str = ""

    @property
    def score(self):
        """Return the points earned, with one decimal.

        They are never negative, and the maximum only for a share of 1.
        """
        if not math.isfinite(self.share) or self.share <= 0:
            return 0
        if self.share >= 1:
            return self.points
        return max(0, min(round(self.share * self.points, 1),
                          round(self.points - 0.1, 1)))


def clean(text):
    """Return text that any terminal or reader of results.json can show."""
    text = without_control(text, len(text))
    if len(text) <= MAX_CHARACTERS:
        return text
    half = MAX_CHARACTERS // 2 - 20
    return f"{text[:half]}\n[... cut ...]\n{text[-half:]}"


def as_gradescope(rows, notes):
    """Return the contents of results.json as a dictionary.

    It holds no times: they depend on hidden arguments, too.
    """
    return {
        "output": clean("\n".join([*notes, subtotal(rows)])),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",

        "tests": [as_test(row) for row in rows],
    }


def as_test(row):
    """Return one test of results.json as a dictionary."""
    text = row.text
    if not text and row.score < row.points:
        text = f"{row.points - row.score:g} of {row.points:g} points lost."
    test = {"name": clean(row.title), "output": clean(text),
            "visibility": row.visibility}
    if row.points:
        test |= {"score": row.score, "max_score": row.points}
    else:
        test |= {"status": "passed" if row.share >= 1 else "failed"}
    return test


def subtotal(rows):
    """Return the visible score as a sentence.

    Gradescope shows no total to students while some checks are hidden.
    """
    shown = [row for row in rows if row.visibility == VISIBLE]
    hidden = maximum(rows) - maximum(shown)
    text = (f"Visible checks: {total(shown):g} of {maximum(shown):g} "
            "points.")
    if hidden:
        text += (f" Checks worth {hidden:g} more points are shown only "
                 "after the due date.")
    return text


def total(rows):
    """Return the sum of the scores, with one decimal."""
    return round(sum(row.score for row in rows), 1)


def maximum(rows):
    """Return the sum of the points."""
    return sum(row.points for row in rows)


def write(path, contents):
    """Write results.json atomically."""
    temporary = f"{path}.part"
    with open(temporary, "w", encoding="ascii") as file:
        json.dump(contents, file, allow_nan=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def failed(text):
    """Return the contents of results.json for a grader that failed."""
    return {"score": 0, "output": text, "output_format": "text"}
