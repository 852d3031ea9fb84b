"""Many submissions, several at a time, one row of a table each.

Every submission is graded in a process of its own, in just the same way as
alone; so its scores do not depend on the others.
"""
import csv
import os
import pathlib
import zipfile
from concurrent.futures import ProcessPoolExecutor

from . import checks, local
from .submission import SubmissionError


def grade_all(folder, path, jobs):
    """Grade all submissions in a folder into a CSV file.

    Arguments:
        folder: holds a folder or a zip for each submission
        path: the CSV file to write
        jobs: how many to grade at a time
    Returns:
        the number of submissions
    Raises:
        SubmissionError: the folder holds no submissions
        OSError: the CSV file cannot be written
    """
    from tqdm import tqdm
    places = find(pathlib.Path(folder))
    temporary = f"{path}.part"
    # opened first: hours of grading shall not end at a file nobody can write
    with open(temporary, "w", newline="", encoding="utf-8") as file:
        with ProcessPoolExecutor(jobs) as pool:
            rows = list(tqdm(pool.map(grade_one, places), total=len(places),
                             unit="submission", disable=None))
        writer = csv.writer(file)
        writer.writerow(["submission", "total",
                         *(check.title for check in checks.table()), "note"])
        writer.writerows(rows)
    os.replace(temporary, path)
    return len(rows)


def find(folder):
    """Return the submissions in a folder, sorted by name.

    Raises:
        SubmissionError: there are none
    """
    if not folder.is_dir():
        raise SubmissionError(f"{folder} is no folder: name one that holds "
                              "a folder or a zip for each submission")
    places = sorted(path for path in folder.iterdir()
                    if path.is_dir() or zipfile.is_zipfile(path))
    if not places:
        raise SubmissionError(f"{folder} holds no submissions: it needs a "
                              "folder or a zip for each")
    return places


def grade_one(path):
    """Return the row of one submission."""
    try:
        rows, notes, _ = local.grade_path(path)
    except SubmissionError as error:
        return [path.name, 0, *[0] * len(checks.table()), str(error)]
    scores = [row.score for row in rows]
    return [path.name, round(sum(scores), 4), *scores, " ".join(notes)]
