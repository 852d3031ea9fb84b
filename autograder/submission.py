"""The three submitted files: found, copied and never run here.

Files are found by name in the submitted folder and its sub-folders. Only
their bytes are kept. Links and other special files are refused. Limits on
number, depth and size keep a hostile upload from costing time. Names of
files are untrusted text, too.

files     a file's name -> its bytes
problems  a file's name -> a sentence for the student why it is missing
"""
import os
import stat
from dataclasses import dataclass, field

from .sandbox.outcome import clean

WANTED = ("kmeans.py", "analysis.py", "answers.txt")
MAX_FILES = 200        # that are listed, not counting the wanted ones
MAX_ENTRIES = 20_000   # that are looked at
MAX_DEPTH = 3          # of folders
MAX_FILE_BYTES = 200_000
MAX_NAME = 100         # characters that are shown
IGNORED = ("__MACOSX", "__pycache__", ".venv", ".git")


class SubmissionError(Exception):
    """There is no submission to grade. The text says what to do."""


@dataclass
class Submission:
    """The submitted files.

    files: name -> bytes
    problems: name of a file that cannot be used -> a sentence
    notes: sentences for the student
    """

    files: dict = field(default_factory=dict)
    problems: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)


def collect(folder):
    """Return the Submission in a folder; open nothing but the three."""
    paths = list_files(folder)
    submission = Submission()
    for name in WANTED:
        found = [path for path in paths if os.path.basename(path) == name]
        if name in found:  # the one at the top is meant
            found = [name]
        if len(found) == 1:
            take(folder, found[0], name, submission)
        elif found:
            submission.problems[name] = (
                f"There is more than one {name}: "
                f"{', '.join(map(readable, found[:10]))}. Hand in just one.")
        else:
            submission.problems[name] = missing(name, paths)
    return submission


def list_files(folder):
    """Return the paths of the wanted files and of some others, sorted.

    Wanted files at the top are found however many others there are.
    """
    found = [name for name in WANTED
             if os.path.lexists(os.path.join(folder, name))
             and not is_folder(os.path.join(folder, name))]
    others, waiting, looked_at = [], [("", 0)], 0
    while waiting and looked_at < MAX_ENTRIES:
        below, depth = waiting.pop(0)
        with os.scandir(os.path.join(folder, below)) as entries:
            for entry in entries:
                looked_at += 1
                if looked_at > MAX_ENTRIES:
                    break
                path = os.path.join(below, entry.name)
                if entry.name in IGNORED or path in found:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if depth < MAX_DEPTH:
                        waiting.append((path, depth + 1))
                elif entry.name in WANTED:
                    found.append(path)
                elif len(others) < MAX_FILES:
                    others.append(path)
    return sorted(found + others)


def is_folder(path):
    """Return whether a path is a folder, and not a link to one."""
    return os.path.isdir(path) and not os.path.islink(path)


def readable(path):
    """Return the path of a submitted file as text that can be shown.

    Bytes that are not UTF-8 and control characters are replaced.
    """
    text = os.fsencode(path).decode("utf-8", "replace")
    text = "".join("\ufffd" if char in "\n\t" else char for char in text)
    return clean(text, MAX_NAME)


def take(folder, path, name, submission):
    """Copy the bytes of one file into the submission."""
    shown = readable(path)
    try:
        handle = os.open(os.path.join(folder, path),
                         os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        submission.problems[name] = f"{shown} is not a regular file."
        return
    with open(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            submission.problems[name] = f"{shown} is not a regular file."
        elif status.st_size > MAX_FILE_BYTES:
            submission.problems[name] = (
                f"{shown} has {status.st_size:,} bytes, but the maximum is "
                f"{MAX_FILE_BYTES:,}. Hand in only what you have written.")
        else:
            submission.files[name] = file.read(MAX_FILE_BYTES)
    if path != name:
        submission.notes.append(
            f"{name} was found in a folder, as {shown}. Next time hand in "
            "the file itself.")


def missing(name, paths):
    """Return a sentence about a missing file, and which may be meant."""
    text = f"{name} is missing."
    alike = [path for path in paths if looks_like(path, name)]
    if alike:
        return (f"{text} Did you mean {readable(alike[0])}? Rename it to "
                f"{name}.")
    shown = ", ".join(map(readable, sorted(paths)[:10])) or "nothing"
    return f"{text} Handed in: {shown}."


def looks_like(path, name):
    """Return whether names differ in case, copy marks or ending only."""
    def letters(text):
        stem = os.path.basename(text).lower().split(".")[0]
        return "".join(c for c in stem if c.isalpha()).replace("copy", "")
    return letters(path) == letters(name)
