"""Grading on a teacher's own machine: a folder or a zip, and a table.

As root on Linux submissions are confined as on Gradescope; elsewhere they
run with the teacher's rights, and a warning says so.

rows   a list of results.Row
"""
import os
import pathlib
import sys
import tempfile
import textwrap
import time
import zipfile

from . import checks, grade, submission
from .results import subtotal
from .submission import SubmissionError

COLOURS = {"green": 32, "red": 31, "yellow": 33}


def grade_path(path):
    """Return rows, notes and seconds for the submission at a path.

    Raises:
        SubmissionError: there is no submission
        SandboxError: grading is impossible here
    """
    started = time.monotonic()
    can_confine = sys.platform == "linux" and os.geteuid() == 0
    submitted = read(path)
    with grade.open_sandbox("sandboxed" if can_confine else "local"
                            ) as sandbox:
        rows = grade.grade(submitted, sandbox, checks.table())
    return rows, submitted.notes, time.monotonic() - started


def read(path):
    """Return the Submission in a folder or a zip.

    Raises:
        SubmissionError: it is neither, or holds none of the files
    """
    path = pathlib.Path(path)
    if path.is_dir():
        found = submission.collect(path)
    elif zipfile.is_zipfile(path):
        with tempfile.TemporaryDirectory() as folder:
            unpack(path, folder)
            found = submission.collect(folder)
    else:
        raise SubmissionError(f"{path} is neither a folder nor a zip: name "
                              "one that holds a submission")
    if not found.files:
        raise SubmissionError(f"{path} holds none of "
                              f"{', '.join(submission.WANTED)}: name the "
                              "folder or zip of one submission")
    return found


def unpack(path, folder):
    """Unpack the small files of a zip, none of them outside the folder."""
    with zipfile.ZipFile(path) as archive:
        small = [entry for entry in archive.infolist()
                 if entry.file_size <= submission.LARGEST]
        for entry in small[:submission.MOST_FILES]:
            archive.extract(entry, folder)


def as_table(rows, notes, colours=False):
    """Return rows as text for a terminal."""
    lines = list(notes)
    for row in rows:
        colour = ("green" if row.share >= 1 else
                  "yellow" if row.share > 0 else "red")
        points = f"{row.score:5g} /{row.points:3g}"
        lines.append(paint(points, colour, colours) + f"  {row.title}")
        if row.share < 1 and row.text:
            lines.append(textwrap.indent(row.text, " " * 14))
    lines.append(f"{sum(row.score for row in rows):5g} /"
                 f"{sum(row.points for row in rows):3g}  total")
    return "\n".join([*lines, subtotal(rows)])


def paint(text, colour, colours):
    """Return text in a colour, if colours are wanted."""
    return f"\033[{COLOURS[colour]}m{text}\033[0m" if colours else text
