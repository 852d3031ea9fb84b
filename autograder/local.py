"""Grading on a teacher's own machine: a folder or a zip, and a table.

As root on Linux, submissions run in the sandbox, as on Gradescope.
Elsewhere they run with the teacher's rights, and a warning says so.

rows   a list of results.Row
"""
import os
import pathlib
import stat
import sys
import tempfile
import textwrap
import zipfile

from . import checks, grade, submission
from .results import clean, maximum, subtotal, total
from .submission import SubmissionError, readable

COLOURS = {"green": 32, "red": 31, "yellow": 33}
MAX_NAME_BYTES = 200
ENCRYPTED = 1            # the bit of a zip's entry that says so


def grade_path(path, is_trusted=False):
    """Return the rows and the Submission for a path.

    Arguments:
        is_trusted: whether to do without the sandbox
    Raises:
        SubmissionError: there is no submission
        SandboxError: grading is impossible here
    """
    submitted = read(path)
    with open_sandbox(is_trusted) as sandbox:
        rows = grade.grade(submitted, sandbox, checks.table())
    return rows, submitted


def open_sandbox(is_trusted=False):
    """Return the Sandbox to enter: without confinement if it must be.

    Raises:
        SandboxError: when entered, where grading is impossible
    """
    can_confine = (sys.platform == "linux" and os.geteuid() == 0
                   and not is_trusted)
    return grade.open_sandbox("sandboxed" if can_confine else "local")


def read(path):
    """Return the Submission in a folder or a zip.

    Raises:
        SubmissionError: it is neither, cannot be read, or has none of the
            files
    """
    path = pathlib.Path(path)
    shown = readable(path)
    if path.is_dir():
        found = submission.collect(path)
    elif path.suffix.lower() == ".zip" or zipfile.is_zipfile(path):
        if not path.exists():
            raise SubmissionError(f"{shown} does not exist")
        found = read_zip(path)
    else:
        raise SubmissionError(f"{shown} is neither a folder nor a zip: name "
                              "one that holds a submission")
    if not found.files:
        reasons = [text for text in found.problems.values()
                   if "is missing" not in text]
        raise SubmissionError(" ".join([
            f"{shown} holds none of {', '.join(submission.WANTED)}.",
            *reasons]))
    return found


def read_zip(path):
    """Return the Submission in a zip.

    Raises:
        SubmissionError: it is damaged, encrypted or compressed in a way
            that Python cannot read
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            notes = unpack(path, folder)
            found = submission.collect(folder)
    except Exception as error:  # the module zipfile has many of them
        raise SubmissionError(
            f"{readable(path)} cannot be unpacked "
            f"({clean(str(error))[:200]}): hand in a plain zip, without a "
            "password, or the files themselves") from error
    found.notes += notes
    return found


def unpack(path, folder):
    """Unpack the small files of a zip, none of them outside the folder.

    The three wanted files come first, however many others there are.

    Returns:
        sentences about files that are too large
    """
    notes = []
    with zipfile.ZipFile(path) as archive:
        entries = sorted(archive.infolist(), key=lambda entry: (
            os.path.basename(entry.filename) not in submission.WANTED))
        for entry in entries[:submission.MAX_FILES]:
            if entry.file_size > submission.MAX_FILE_BYTES:
                if os.path.basename(entry.filename) in submission.WANTED:
                    notes.append(f"{readable(entry.filename)} has "
                                 f"{entry.file_size:,} bytes, which is too "
                                 "many to be read.")
            elif is_plain(entry):
                extract(archive, entry, folder)
    return notes


def is_plain(entry):
    """Return whether an entry of a zip is a file with a usable name."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    parts = pathlib.PurePosixPath(entry.filename.replace("\\", "/")).parts
    return (not entry.is_dir() and kind in (0, stat.S_IFREG)
            and parts and ".." not in parts and parts[0] != "/"
            and all(len(os.fsencode(part)) <= MAX_NAME_BYTES
                    for part in parts))


def extract(archive, entry, folder):
    """Write one entry of a zip, which may lie about its size."""
    if entry.flag_bits & ENCRYPTED:
        raise ValueError(f"{entry.filename} in it is encrypted")
    path = pathlib.Path(folder, entry.filename.replace("\\", "/"))
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as source, open(path, "wb") as target:
        target.write(source.read(submission.MAX_FILE_BYTES + 1))


def as_table(rows, notes, colours=False):
    """Return rows as text for a terminal."""
    lines = list(map(clean, notes))
    for row in rows:
        colour = ("green" if row.share >= 1 else
                  "yellow" if row.share > 0 else "red")
        points = f"{row.score:5g} /{row.points:3g}"
        lines.append(paint(points, colour, colours) + f"  {row.title}")
        if row.share < 1 and row.text:
            lines.append(textwrap.indent(clean(row.text), " " * 14))
    lines.append(f"{total(rows):5g} /{maximum(rows):3g}  total")
    return "\n".join([*lines, subtotal(rows)])


def paint(text, colour, colours):
    """Return text in a colour, if colours are wanted."""
    return f"\033[{COLOURS[colour]}m{text}\033[0m" if colours else text
