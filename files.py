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
    label, data = _split_first(_read_rows(fname, has_name=True))
    return data, label


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
    rows = _read_rows(fname, has_name=with_key)
    if not with_key:
        return {f"centroid{i}": values for i, values in enumerate(rows)}
    names, positions = _split_first(rows)
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{fname}: the name '{name}' stands in "
                             f"{names.count(name)} rows: keep one of them")
    return dict(zip(names, positions))


def write_centroids_with_key(fname, centroids):
    """Writes centroids to a CSV file with rows `name,v1,...,vd`."""
    with whole_file(fname) as temporary:
        with open(temporary, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([name, *position]
                             for name, position in centroids.items())


def check_dimensions(data, centroids):
    """Raises InputError unless points and centroids are equally long."""
    for name, position in centroids.items():
        if len(position) != len(data[0]):
            raise InputError(
                f"the points have {len(data[0])} values but {name} has "
                f"{len(position)}: use centroids made for these points")


def _read_rows(fname, has_name):
    """The rows of a CSV file, numbers as floats, all of one length."""
    rows = []
    try:
        with open(fname, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            for row in filter(None, reader):
                place = f"{fname}, line {reader.line_num}"
                rows.append(_parse_row(row, has_name, place))
                _check_length(rows, place)
    except OSError as error:
        raise InputError(_cannot_read(fname, error)) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{fname} is not a CSV text file ({error}): "
                         "put the original file back") from error
    if not rows:
        raise InputError(f"{fname} is empty: put the original file back")
    return rows


def _parse_row(row, has_name, place):
    """One row with its numbers as floats; the name, if any, stays text."""
    name, numbers = row[:has_name], row[has_name:]
    try:
        values = list(map(float, numbers))
    except ValueError:
        values = [math.nan]
    if not all(map(math.isfinite, values)):
        column, text = next((i, text) for i, text in enumerate(row, start=1)
                            if i > has_name and not _is_finite(text))
        raise InputError(f"{place}, column {column}: '{text}' is not a "
                         "finite number: correct it or delete the row")
    return name + values


def _is_finite(text):
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _check_length(rows, place):
    if len(rows[-1]) != len(rows[0]):
        raise InputError(
            f"{place}: {len(rows[-1])} values, but the first row has "
            f"{len(rows[0])}: correct it or delete the row")


def _split_first(rows):
    return [row[0] for row in rows], [row[1:] for row in rows]


def _cannot_read(fname, error):
    if not isinstance(error, FileNotFoundError):
        return f"cannot read {fname}: {error.strerror}"
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
