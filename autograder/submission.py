"""What was handed in: three files found, copied and never opened as code.

Files are looked for by name in the submitted folder and its sub-folders.
Only their bytes are kept. Links and other special files are refused, and
limits on number, depth and size keep a hostile upload from costing time.

files     a file's name -> its bytes
problems  a file's name -> one sentence for the student: why it is missing
"""
import itertools
import os
import stat
from dataclasses import dataclass, field

WANTED = ("kmeans.py", "analysis.py", "answers.txt")
MOST_FILES = 200
DEEPEST = 3
LARGEST = 200_000  # bytes
IGNORED = ("__MACOSX", "__pycache__", ".venv", ".git")


class SubmissionError(Exception):
    """There is no submission to grade; the text says what to do."""


@dataclass
class Submission:
    """The submitted files, and what to tell the student about them."""

    files: dict = field(default_factory=dict)
    problems: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)


def collect(folder):
    """Return the Submission in a folder; opens nothing but the three."""
    paths = list_files(folder)
    submission = Submission()
    for name in WANTED:
        found = [path for path in paths if os.path.basename(path) == name]
        if name in found:  # what lies at the top is meant
            found = [name]
        if len(found) == 1:
            take(folder, found[0], name, submission)
        elif found:
            submission.problems[name] = (
                f"There is more than one {name}: {', '.join(found)}. "
                "Hand in just one.")
        else:
            submission.problems[name] = missing(name, paths)
    return submission


def list_files(folder):
    """Return the paths of at most MOST_FILES files, none too deep."""
    found, waiting = [], [("", 0)]
    while waiting:
        below, depth = waiting.pop(0)
        with os.scandir(os.path.join(folder, below)) as entries:
            for entry in itertools.islice(entries, MOST_FILES):
                path = os.path.join(below, entry.name)
                if entry.name in IGNORED:
                    continue
                if not entry.is_dir(follow_symlinks=False):
                    found.append(path)
                elif depth < DEEPEST and len(waiting) < MOST_FILES:
                    waiting.append((path, depth + 1))
        if len(found) >= MOST_FILES:
            break
    return sorted(found)[:MOST_FILES]


def take(folder, path, name, submission):
    """Copy the bytes of one file into the submission."""
    try:
        handle = os.open(os.path.join(folder, path),
                         os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        submission.problems[name] = f"{path} is not a regular file."
        return
    with open(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            submission.problems[name] = f"{path} is not a regular file."
        elif status.st_size > LARGEST:
            submission.problems[name] = (
                f"{path} has {status.st_size:,} bytes; more than "
                f"{LARGEST:,} cannot be right. Hand in your own text only.")
        else:
            submission.files[name] = file.read(LARGEST)
    if path != name:
        submission.notes.append(
            f"{name} was found in a folder, as {path}. Next time hand in "
            "the file itself.")


def missing(name, paths):
    """Say that a file is missing, and which may have been meant."""
    text = f"{name} is missing."
    alike = [path for path in paths if looks_like(path, name)]
    if alike:
        return f"{text} Did you mean {alike[0]}? Rename it to {name}."
    shown = ", ".join(sorted(paths)[:10]) or "nothing"
    return f"{text} Handed in: {shown}."


def looks_like(path, name):
    """Return whether a name differs only in case, copy marks or ending."""
    def letters(text):
        stem = os.path.basename(text).lower().split(".")[0]
        return "".join(c for c in stem if c.isalpha()).replace("copy", "")
    return letters(path) == letters(name)
