"""CSV files: the course's (label,v1,...,vd), and those that others publish.

A header line is recognised: all of its cells are text, or they number the
columns.  A first column without a name that counts the rows is dropped.

    X       (n, d), uint8 if all values are whole numbers from 0 to 255
    labels  (n,) text, or None
"""

from collections.abc import Iterable, Iterator
import contextlib
import csv
from itertools import islice
import os
from typing import Any, NamedTuple

import numpy as np

from kmeanslab.data import label_column
from kmeanslab.data.errors import DataError
from kmeanslab.output import progress

MAX_MAGNITUDE = 1e100    # of numbers: their squares are finite
LINES = 4096             # read at a time
HEAD_ROWS = 100          # from which header and text columns are recognised
MIN_NUMBERED = 10        # columns of a header that only numbers them
Row = tuple[int, list[str]]      # its line in the file, its cells


class Layout(NamedTuple):
    """What the first rows of a file say about its columns."""
    names: list[str] | None      # from the header line
    counts: bool                 # the first column counts the rows
    first: list[str]             # the first row
    table: label_column.Table


def read_csv(path: str | os.PathLike, label: str | None = "first"
             ) -> tuple[np.ndarray, np.ndarray | None, str]:
    """Return X, labels, and a description of the label column.

    label: "first", "last", "none", a name from the header, or None to guess
    DataError: a line is not a row, or there is no such label column.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            head = list(islice(nonempty_rows(file), HEAD_ROWS))
            if not head:
                raise DataError(f"{path} has 0 rows, but needs 1 or more: "
                                "write rows like label,12.5,3")
            layout = find_layout(head, str(path))
        X = None if layout.table.text else read_numbers(path, layout)
        if X is not None:
            return split_numbers(X, layout.table, label)
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = nonempty_rows(file)
            if layout.names is not None:
                next(rows)
            return read_rows(bar(rows, head, path), layout, label, path)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a CSV text file ({error}): "
                        "save it as text, with commas") from error


def read_numbers(path: Any, layout: Layout) -> np.ndarray | None:
    """Return all columns of a file of numbers, or None if one is not.

    The file is read in blocks, as long as they are numbers.
    """
    blocks = []
    with open(path, encoding="utf-8-sig") as file:
        lines = islice(file, layout.names is not None, None)
        total = os.path.getsize(path) // LINES // max(
            1, sum(map(len, layout.first)) + len(layout.first))
        for block in progress(iter(lambda: list(islice(lines, LINES)), []),
                              f"reading {os.path.basename(path)}", total + 1):
            try:
                values = np.loadtxt(block, delimiter=",", quotechar='"',
                                    comments=None, ndmin=2)
            except ValueError:
                return None
            if not values.size:
                continue
            if (values.shape[1] != len(layout.first)
                    or not (abs(values) <= MAX_MAGNITUDE).all()):
                return None
            blocks.append(as_bytes(values[:, layout.counts:]))
    return np.concatenate(blocks) if blocks else None


def split_numbers(X: np.ndarray, table: label_column.Table, label: str | None
                  ) -> tuple[np.ndarray, np.ndarray | None, str]:
    """Return X, labels and the description of the label column."""
    at = label_column.choose(table._replace(column=lambda i: X[:, i]), label)
    note = label_column.describe(table, at)
    if at is None:
        return X, None, note
    if X.shape[1] == 1:
        raise DataError(f"{table.file} has no column besides the labels: add "
                        "one")
    return as_bytes(np.delete(X, at, axis=1)), X[:, at], note


def nonempty_rows(file: Any) -> Iterator[Row]:
    """Yield the rows of a file with their line numbers."""
    reader = csv.reader(file, strict=True)
    for row in reader:
        if any(map(str.strip, row)):
            yield reader.line_num, row


def bar(rows: Iterator[Row], head: list[Row], path: Any) -> Iterable[Row]:
    """Return the rows, with a progress bar; its length is an estimate."""
    size = sum(len(cell) + 1 for _, row in head for cell in row)
    total = os.path.getsize(path) * len(head) // max(1, size)
    return progress(rows, f"reading {os.path.basename(path)}", total)


def find_layout(head: list[Row], file: str) -> Layout:
    """Return the layout that the first rows of a file have."""
    first = head[0][1]
    names = [cell.strip() for cell in first] if is_header(first) else None
    cells = [row for _, row in head[names is not None:]
             if len(row) == len(first)]
    counts = bool(names and len(first) > 2 and names[0] == ""
                  and all(row[0] == str(i) for i, row in enumerate(cells)))
    if names and counts:
        names = names[1:]
    text = text_columns([row[counts:] for row in cells])
    return Layout(names, counts, cells[0] if cells else first,
                  label_column.Table(file, names, len(first) - counts, text,
                                     None))


def is_header(row: list[str]) -> bool:
    """Return whether a row names the columns."""
    numbers = [cell.strip() for cell in row if is_float(cell)]
    if len(row) < 2 or len(numbers) in range(1, MIN_NUMBERED):
        return False
    counted = [list(map(str, range(start, start + len(numbers))))
               for start in (0, 1)]
    return not numbers or (numbers in counted
                           and len(numbers) >= len(row) - 1)


def is_float(text: str) -> bool:
    """Return whether a text is any number, infinity and NaN included."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def text_columns(rows: list[list[str]]) -> list[int]:
    """Return the columns that are mostly text; the first if it has any."""
    shares = [sum(not is_float(cell) for cell in column) / len(rows)
              for column in zip(*rows)]
    found = [i for i, share in enumerate(shares) if share > 0.5]
    if not found and shares and shares[0]:
        found = [0]
    return found


def read_rows(rows: Iterable[Row], layout: Layout, label: str | None,
              path: Any) -> tuple[np.ndarray, np.ndarray | None, str]:
    """Return X, labels and the description of the label column.

    The label column is text, or it has to be given.
    """
    try:
        at = label_column.choose(layout.table, label)
    except DataError:
        if not layout.table.text:
            parse_rows(rows, layout, None, path)   # a wrong row comes first
        raise
    parsed, texts = parse_rows(rows, layout, at, path)
    return (np.stack(parsed), np.array(texts) if at is not None else None,
            label_column.describe(layout.table, at))


def parse_rows(rows: Iterable[Row], layout: Layout, at: int | None, path: Any
               ) -> tuple[list[np.ndarray], list[str]]:
    """Return the numbers of all rows, and the labels in column `at`."""
    parsed: list[np.ndarray] = []
    texts: list[str] = []
    for line, row in rows:
        place, cells = f"{path}, line {line}", row[layout.counts:]
        if at is not None and at < len(cells):
            texts.append(cells.pop(at).strip())
        parsed.append(parse(cells, place, layout.counts, at))
        check_length(parsed, place)
    if not parsed:
        raise DataError(f"{path} has a header but 0 rows: add some")
    return parsed, texts


def parse(texts: list[str], place: str, skipped: int, at: int | None
          ) -> np.ndarray:
    """Return the numbers of a row, uint8 if that represents them exactly.

    skipped, at: the columns before these, and that of the label, for messages
    """
    with contextlib.suppress(ValueError):
        row = np.array(list(map(float, texts)))
        if (abs(row) <= MAX_MAGNITUDE).all():  # NaN is not
            return as_bytes(row)
    wrong = next(i for i, text in enumerate(texts) if not is_number(text))
    column = wrong + 1 + skipped + (at is not None and wrong >= at)
    raise DataError(
        f"{place}, column {column}: '{texts[wrong]}' is not a number up "
        f"to {MAX_MAGNITUDE:g}: correct it, or remove the row")


def as_bytes(values: np.ndarray) -> np.ndarray:
    """Return the values as uint8 if that represents them exactly."""
    fits = (values % 1 == 0) & (values >= 0) & (values <= 255)
    return values.astype(np.uint8) if fits.all() else values


def is_number(text: str) -> bool:
    """Return whether a text is a number up to MAX_MAGNITUDE."""
    return is_float(text) and abs(float(text)) <= MAX_MAGNITUDE


def check_length(rows: list[np.ndarray], place: str) -> None:
    """Raise DataError unless the last row has the length of the first."""
    first, last = len(rows[0]), len(rows[-1])
    if not last:
        raise DataError(f"{place}: 0 values besides the label, but 1 or more "
                        "are needed: correct the row")
    if last != first:
        raise DataError(f"{place}: the row has {last} values, but the first "
                        f"row has {first}: correct the row")
