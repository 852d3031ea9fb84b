"""Which column of a table holds the labels?

A column is guessed only if the guess is certain: it is the only text, its name
says so, or it looks like classes and the column at the other end does not.

    label   "first", "last", "none", the name of a column, or None to guess
    names   of the columns, or None without a header
    column  index -> values (n,)
"""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np

from kmeanslab.data.errors import DataError

LABEL_NAMES = ("label", "labels", "class", "target", "digit", "species")
MAX_CLASSES = 100        # of a column that is guessed
MAX_CLASS_SHARE = 0.9    # of its most frequent value
NONE = "without labels"
ADVICE = "add --label first, last, none or the name of a column"


class Table(NamedTuple):
    """The columns of a table."""
    file: str                            # for messages
    names: Sequence[str] | None
    width: int
    text: Sequence[int]                  # the columns that hold text
    column: Callable[[int], np.ndarray] | None   # None: not read yet


def choose(table: Table, label: str | None) -> int | None:
    """Return the index of the label column, None if there is none.

    DataError: there is no such column, or no certain guess.
    """
    index = given(table, label) if label else guess(table)
    unread = [i for i in table.text if i != index]
    if unread:
        columns = ", ".join(describe(table, i) for i in unread)
        raise DataError(f"{table.file}: {columns} is text, but all columns "
                        f"except the labels must be numbers: {ADVICE}, or "
                        "remove this column")
    return index


def given(table: Table, label: str) -> int | None:
    """Return the index of a column that is given by its place or name."""
    if table.names and label in table.names:
        return list(table.names).index(label)
    places = {"first": 0, "last": table.width - 1, "none": None}
    if label in places:
        return places[label]
    if not table.names:
        raise DataError(f"{table.file} has no header line, so there is no "
                        f"column '{label}': add --label first, last or none")
    close = get_close_matches(label, table.names, 1)
    hint = f"did you mean '{close[0]}'?" if close else (
        "its columns are " + shorten(table.names))
    raise DataError(f"{table.file} has no column '{label}': {hint}")


def guess(table: Table) -> int | None:
    """Return the index of the label column if it is certain.

    DataError: it is not.
    """
    named = [i for i, name in enumerate(table.names or [])
             if name.strip().lower() in LABEL_NAMES]
    if len(named) == 1:
        return named[0]
    if len(table.text) == 1:
        return table.text[0]
    if not table.text and table.column:
        ends = 0, table.width - 1
        classes = [i for i in dict.fromkeys(ends)
                   if looks_like_classes(table.column(i))]
        if len(classes) == 1:
            return classes[0]
        if not classes and has_none(table):
            return None
    raise DataError(f"{table.file}: cannot tell which column holds the "
                    f"labels: {ADVICE}")


def looks_like_classes(values: np.ndarray) -> bool:
    """Return whether numbers are few different whole ones, none dominating."""
    if not (values % 1 == 0).all():
        return False
    counts = np.unique(values, return_counts=True)[1]
    return bool(2 <= len(counts) <= min(MAX_CLASSES, len(values) / 2)
                and counts.max() <= MAX_CLASS_SHARE * len(values))


def has_none(table: Table) -> bool:
    """Return whether all columns are certainly values: images or fractions."""
    if is_square(table.width) and table.width >= 16:
        return True
    assert table.column
    ends = np.concatenate([table.column(0), table.column(table.width - 1)])
    return not (ends % 1 == 0).all()


def is_square(number: int) -> bool:
    """Return whether a number is a square."""
    return round(number ** 0.5) ** 2 == number


def describe(table: Table, index: int | None) -> str:
    """Return a description of a column."""
    if index is None:
        return NONE
    if table.names and table.names[index]:
        return f"column '{table.names[index]}'"
    return f"column {index + 1}"


def shorten(names: Sequence[str], most: int = 8) -> str:
    """Return a list of names for a message."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(str, names[:most])) + more
