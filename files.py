"""CSV files in and out: read with care, written whole or not at all.

What is wrong with a file is said in one sentence that names the file, the
line, what was found and what to do.

point       a list of numbers       [1.0, 2.0]
centroids   name -> its position    {"centroid0": [2.0, 2.0]}
"""
import contextlib
import csv
import math
import os
import re


class InputError(ValueError):
    """Something outside the program is wrong; the text says what to do."""


def read_data(fname):
    """Reads labelled points from a CSV file with rows `label,v1,...,vd`.

    Returns:
        (data, label): a list of points (lists of floats), and the list
        of their labels (strings)
    Raises:
        InputError: the file is missing or damaged; names file and line
    """
    return _read_points(fname, has_name=True)


def load_centroids(fname, with_key=False):
    """Reads centroids from a CSV file, one in a row.

    Arguments:
        fname: rows are `v1,...,vd`, or `name,v1,...,vd` with a key
        with_key: whether the rows begin with the centroid's name; if
            not, they are called centroid0, centroid1, ... in file order
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
                             f"name '{name}': keep 1 of them")
    return dict(zip(names, positions))


def write_centroids_with_key(fname, centroids):
    """Writes centroids to a CSV file with rows `name,v1,...,vd`."""
    with whole_file(fname) as temporary:
        with open(temporary, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(
                [name, *position] for name, position in centroids.items())


def check_dimensions(data, centroids):
    """Raises InputError unless points and centroids are equally long."""
    for name, position in centroids.items():
        if len(position) != len(data[0]):
            raise InputError(
                f"the points have {len(data[0])} values but {name} has "
                f"{len(position)}: use centroids made for these points")


def _read_points(fname, has_name):
    """Returns the points of a CSV file, and what stands before each."""
    points, names = [], []
    try:
        with open(fname, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            for row in reader:
                if not any(map(str.strip, row)):
                    continue
                place = f"{fname}, line {reader.line_num}"
                points.append(_parse_point(row, has_name, place))
                names.extend(row[:has_name])
                _check_length(points, place)
    except OSError as error:
        raise InputError(_cannot_read(fname, error)) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{fname} is not a CSV text file ({error}): "
                         "put the original file back") from error
    if not points:
        raise InputError(f"{fname} is empty: put the original file back")
    return points, names


def _parse_point(row, has_name, place):
    """Returns the numbers of a row, without the name before them."""
    with contextlib.suppress(ValueError):
        point = list(map(float, row[has_name:]))
        if all(map(math.isfinite, point)):
            return point
    column = next(i for i in range(has_name, len(row))
                  if not _is_finite(row[i]))
    raise InputError(f"{place}, column {column + 1}: '{row[column]}' is not "
                     "a finite number: correct it or delete the row")


def _is_finite(text):
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _check_length(points, place):
    first, last = len(points[0]), len(points[-1])
    if not last:
        raise InputError(f"{place}: no values, only a name: correct it or "
                         "delete the row")
    if last != first:
        raise InputError(f"{place}: {last} values, but the first row has "
                         f"{first}: correct it or delete the row")


def _cannot_read(fname, error):
    if not isinstance(error, FileNotFoundError):
        return (f"cannot read {fname} ({error.strerror}): make it a file "
                "that you may read")
    made_by = re.fullmatch(r"(.*)_final_centroids\.csv", fname)
    if made_by:
        return f"{fname} is missing: run `python kmeans.py {made_by[1]}` first"
    return (f"{fname} is missing in {os.getcwd()}: run the program in the "
            "folder that holds kmeans.py and its data folder")


@contextlib.contextmanager
def whole_file(fname):
    """Yields a temporary name, which becomes fname when all went well."""
    temporary = f"{fname}.{os.getpid()}.part"
    try:
        os.makedirs(os.path.dirname(fname) or ".", exist_ok=True)
        yield temporary
        os.replace(temporary, fname)
    except OSError as error:
        raise InputError(f"cannot write {fname} ({error.strerror}): make "
                         "room for it in a folder you may write to"
                         ) from error
    finally:
        with contextlib.suppress(OSError):
            os.remove(temporary)
