"""What a student is told: rows, points, and the file that Gradescope reads.

A row is one check with its points. All rows together make results.json,
which is valid whatever is in them: scores are clamped, texts are cut, and
the file is replaced as a whole, so that a crash leaves the last good one.

rows  a list of Row, in the order in which they are shown
"""
import json
import math
import os
from dataclasses import dataclass

TEXT_LIMIT = 100_000  # Gradescope cuts longer texts
VISIBLE, AFTER_DUE, HIDDEN = "visible", "after_due_date", "hidden"


@dataclass(frozen=True)
class Row:
    """One check and what came of it.

    share: how much of the points was earned, from 0 to 1
    """

    title: str
    points: float
    visibility: str
    share: float = 0.0
    text: str = ""

    @property
    def score(self):
        """The points earned, never more than there are, never negative."""
        share = self.share if math.isfinite(self.share) else 0.0
        return round(min(max(share, 0.0), 1.0) * self.points, 4)


def clean(text):
    """Returns text that every reader of the file can show."""
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    text = text.encode("utf-8", "replace").decode()
    if len(text) <= TEXT_LIMIT:
        return text
    half = TEXT_LIMIT // 2 - 20
    return f"{text[:half]}\n[... cut ...]\n{text[-half:]}"


def as_gradescope(rows, notes, seconds):
    """Returns the contents of results.json as a dictionary."""
    return {
        "output": clean("\n".join([*notes, subtotal(rows)])),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "execution_time": round(seconds, 1),
        "tests": [as_test(row) for row in rows],
    }


def as_test(row):
    """Returns one test of results.json as a dictionary."""
    test = {"name": clean(row.title), "output": clean(row.text),
            "visibility": row.visibility}
    if row.points:
        test |= {"score": row.score, "max_score": row.points}
    else:
        test |= {"status": "passed" if row.share >= 1 else "failed"}
    return test


def subtotal(rows):
    """Says the visible score: with hidden checks Gradescope shows none."""
    shown = [row for row in rows if row.visibility == VISIBLE]
    hidden = sum(row.points for row in rows) - sum(r.points for r in shown)
    text = (f"Visible checks: {sum(row.score for row in shown):g} of "
            f"{sum(row.points for row in shown):g} points.")
    if hidden:
        text += (f" Checks worth {hidden:g} more points are shown only "
                 "after the due date.")
    return text


def write(path, contents):
    """Writes results.json whole or not at all."""
    temporary = f"{path}.part"
    with open(temporary, "w", encoding="ascii") as file:
        json.dump(contents, file, allow_nan=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def failed(text):
    """Returns results.json for a grader that could not do its work."""
    return {"score": 0, "output": text, "output_format": "text"}
