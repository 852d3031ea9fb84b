"""Read and write CSV files, and check that program files can be read.

Each problem with a file is reported in one sentence that names the file,
the line, what was found and what to do. Files are written completely or not
at all.

point       a list of numbers       [1.0, 2.0]
centroids   name -> its position    {"centroid0": [2.0, 2.0]}
"""
import contextlib
import csv
import os
import re
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
MAX_VALUE = 1e100  # squares and sums of such numbers do not overflow


class InputError(ValueError):
    """A problem outside the program; the text says what to do."""


def read_data(fname):
    """Read labelled points from a CSV file with rows `label,v1,...,vd`.

    Returns:
        (data, label): a list of points (lists of floats), and the list
        of their labels (strings)
    Raises:
        InputError: the file is missing or damaged; names file and line
    """
    return _read_points(fname, has_name=True)


def load_centroids(fname, with_key=False):
    """Read centroids from a CSV file, one per row.

    Arguments:
        fname: rows are `v1,...,vd`, or `name,v1,...,vd` with a key
        with_key: whether each row begins with the centroid's name; if
            not, the names are centroid0, centroid1, ... in file order
    Returns:
        a dictionary, centroid name -> its position (a list of floats)
    Raises:
        InputError: the file is missing or damaged; names file and line
    """
    positions, names = _read_points(fname, has_name=with_key)
    if not with_key:
        names = [f"centroid{i}" for i in range(len(positions))]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{fname}: {names.count(name)} rows have the "
                             f"name '{name}': keep only one")
    return dict(zip(names, positions))


def write_centroids_with_key(fname, centroids):
    """Write centroids to a CSV file with rows `name,v1,...,vd`.

    Raises:
        InputError: there are no centroids, or the file cannot be written
    """
    if not centroids:
        raise InputError(f"there are no centroids to write to {fname}: does "
                         "every point get a centroid?")
    with atomic_write(fname) as temporary:
        with open(temporary, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(
                [name, *position] for name, position in centroids.items())


def check_dimensions(data, centroids):
    """Raise InputError unless points and centroids have the same length."""
    for name, position in centroids.items():
        if len(position) != len(data[0]):
            raise InputError(
                f"the points have {len(data[0])} values but {name} has "
                f"{len(position)}: use centroids made for these points")


def check_program(fname):
    """Raise InputError unless a program is here, as a text file."""
    try:
        with open(os.path.join(FOLDER, fname), "rb") as file:
            if b"\0" not in file.read():
                return
    except FileNotFoundError:
        raise InputError(f"{fname} is missing in {FOLDER}: put it there, "
                         "with exactly this name") from None
    raise InputError(f"{fname} is not a text file: save it again as UTF-8")


def hidden_module():
    """Return a sentence if a file here hides a module of Python, or ""."""
    for name in sys.stdlib_module_names & sys.modules.keys():
        fname = getattr(sys.modules[name], "__file__", None) or ""
        if os.path.dirname(fname) == FOLDER:
            return f"{name}.py hides Python's own {name}: rename your file."
    return ""


def _read_points(fname, has_name):
    """Return the points of a CSV file, and the name before each of them."""
    points, names = [], []
    first = 1 if has_name else 0  # the column of the first number
    try:
        with open(fname, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            for row in reader:
                if not any(map(str.strip, row)):
                    continue
                place = f"{fname}, line {reader.line_num}"
                points.append(_parse_point(row, first, place))
                names.extend(row[:first])
                _check_length(points, place)
    except OSError as error:
        raise InputError(_explain_read_error(fname, error)) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{fname} is not a CSV text file ({error}): "
                         "put the original file back") from error
    if not points:
        raise InputError(f"{fname} is empty: put the original file back")
    return points, names


def _parse_point(row, first, place):
    """Return the numbers of a row, starting from column `first`."""
    with contextlib.suppress(ValueError):
        point = list(map(float, row[first:]))
        if all(abs(value) <= MAX_VALUE for value in point):  # no NaN
            return point
    column = next(i for i in range(first, len(row))
                  if not _is_number(row[i]))
    raise InputError(
        f"{place}, column {column + 1}: '{row[column]}' is not a number up "
        f"to {MAX_VALUE:g}: write numbers like 12.5, with commas between them")


def _is_number(text):
    try:
        return abs(float(text)) <= MAX_VALUE
    except ValueError:
        return False


def _check_length(points, place):
    first, last = len(points[0]), len(points[-1])
    if not last:
        raise InputError(f"{place}: no values, only a name: correct the row")
    if last != first:
        raise InputError(f"{place}: number of values is {last}, but in the "
                         f"first row {first}: correct the row")


def _explain_read_error(fname, error):
    check_slashes(fname)
    if not isinstance(error, FileNotFoundError):
        return (f"cannot read {fname} ({error.strerror}): it must be a file "
                "that you may read")
    made_by = re.fullmatch(r"(\w+)_final_centroids\.csv", os.fspath(fname))
    advice = (f"run `python kmeans.py {made_by[1]}` there first" if made_by
              else "run the program in the folder that holds kmeans.py and "
              "its data folder")
    return f"{fname} is missing in {os.getcwd()}: {advice}"


@contextlib.contextmanager
def atomic_write(fname):
    """Yield a temporary name; rename it to fname if no error occurs."""
    check_slashes(fname)
    temporary = f"{fname}.{os.getpid()}.part"
    try:
        os.makedirs(os.path.dirname(fname) or ".", exist_ok=True)
        yield temporary
        os.replace(temporary, fname)
    except OSError as error:
        raise InputError(explain_write_error(fname, error)) from error
    finally:
        with contextlib.suppress(OSError):
            os.remove(temporary)


def check_slashes(path):
    r"""Raise InputError for a path like "data\2d.csv" with a backslash.

    Python reads some backslashes as control characters, such as \2.
    """
    text = os.fspath(path)
    if re.search(r"[\x00-\x1f]", text) or ("\\" in text and os.sep == "/"):
        raise InputError(f"{text!r} has a backslash: write paths with a "
                         "slash, such as data/2d.csv")


def explain_write_error(fname, error):
    """Return a sentence about a file that cannot be written."""
    return (f"cannot write {fname} ({error.strerror}): close it in other "
            "programs, and use a folder that you may write to")
