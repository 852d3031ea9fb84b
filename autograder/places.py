"""Where the submissions of a class are, and whose they are.

A folder with a folder or a zip per student, as Gradescope and Moodle
export them, or a flat folder of files, as Canvas does:

anna/                                   Anna's files
ben.zip                                 Ben's files
submission_123/                         Gradescope; submission_metadata.yml
                                        has the names
Jane Doe_123_assignsubmission_file/     Moodle
doejane_LATE_123_456_kmeans-1.py        Canvas
"""
import collections
import dataclasses
import pathlib
import re

from .submission import WANTED, SubmissionError, readable

CANVAS = re.compile(r"(?P<student>[^_]+)(?:_LATE)?_(?P<user>\d+)_\d+_"
                    r"(?P<file>.+)")
MOODLE = re.compile(r"(?P<student>.+)_\d+_assignsubmission.*")
COPY_MARK = re.compile(r"-\d+(?=\.\w+$)")
METADATA = "submission_metadata.yml"


@dataclasses.dataclass(frozen=True)
class Place:
    """One submission.

    name: what it is called in its folder
    student: the name or id of the student
    path: a folder or a zip, or None
    files: the paths of its files, if it has no folder
    """
    name: str
    student: str
    path: pathlib.Path
    files: tuple = ()


def find(folder):
    """Return the places of all submissions in a folder, sorted by name.

    Raises:
        SubmissionError: there are none
    """
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise SubmissionError(f"{folder} is not a folder: name one that "
                              "holds a folder or a zip for each submission")
    students = read_metadata(folder / METADATA)
    places, flat = [], {}
    for path in folder.iterdir():
        match = CANVAS.fullmatch(path.name)
        if path.is_dir() or path.suffix.lower() == ".zip":
            places.append(Place(readable(path.name),
                                students.get(path.name) or student_of(path),
                                path))
        elif match and not path.is_symlink():
            key = f"{match['student']}_{match['user']}"
            flat.setdefault(key, []).append(path)
    places += [Place(readable(name), readable(name.split("_")[0]), None,
                     tuple(sorted(paths))) for name, paths in flat.items()]
    if not places:
        raise SubmissionError(f"{folder} holds no submissions: it needs a "
                              "folder or a zip for each")
    return with_unique_names(sorted(places, key=lambda place: place.name))


def with_unique_names(places):
    """Return places, numbered if their names differ in odd bytes only."""
    seen = collections.Counter()
    unique = []
    for place in places:
        seen[place.name] += 1
        number = seen[place.name]
        unique.append(place if number == 1 else dataclasses.replace(
            place, name=f"{place.name} ({number})"))
    return unique


def student_of(path):
    """Return the student that the name of a folder or zip tells.

    >>> student_of(pathlib.Path("doejane_LATE_12_345_homework.zip"))
    'doejane'
    >>> student_of(pathlib.Path("Jane Doe_12_assignsubmission_file"))
    'Jane Doe'
    """
    name = path.stem if path.suffix.lower() == ".zip" else path.name
    for pattern in (MOODLE, CANVAS):
        match = pattern.fullmatch(name)
        if match:
            return readable(match["student"])
    return readable(name)


def wanted_name(path):
    """Return the name that a file had before Canvas renamed it.

    >>> wanted_name(pathlib.Path("doejane_12_345_kmeans-1.py"))
    'kmeans.py'
    """
    name = CANVAS.fullmatch(path.name)["file"]
    plain = COPY_MARK.sub("", name)
    return plain if plain in WANTED else name


def read_metadata(path):
    """Return folder -> student, from what Gradescope exports.

    Its file has lines such as `submission_123:` and `- :name: Jane Doe`.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    students, folder = {}, None
    for line in text.splitlines():
        if match := re.fullmatch(r"(submission_\d+):\s*", line):
            folder = match[1]
        elif folder and (match := re.match(r"\s+-?\s*:name:\s*(.+)", line)):
            name = readable(match[1].strip().strip("'\""))
            students[folder] = " & ".join(
                filter(None, [students.get(folder), name]))
    return students
