"""What all commands share: atomic writes, tables, option types, progress bars.

    rows  of a table: dictionaries of text and numbers; rows after the first
          may lack some of its keys
"""

import argparse
from collections.abc import Callable, Iterable
import csv
from importlib import metadata
import io
import os
from typing import Any, TypeVar

MAX_WIDTH_CHARACTERS = 100   # of a printed table
Item = TypeVar("Item")
Rows = list[dict[str, Any]]


def atomic_write(data: bytes, path: str | os.PathLike) -> None:
    """Write bytes to a file, completely or not at all.

    OSError: the file cannot be written.
    """
    partial = f"{path}.partial"
    try:
        with open(partial, "wb") as file:
            file.write(data)
        os.replace(partial, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from error
    finally:
        if os.path.exists(partial):
            os.remove(partial)


def save_figure(figure: Any, path: str | os.PathLike, dpi: int = 150) -> None:
    """Write a matplotlib figure as a PNG file, completely or not at all.

    OSError: the file cannot be written.
    """
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=dpi)
    atomic_write(png.getvalue(), str(path))


def at_least(minimum: int) -> Callable[[str], int]:
    """Return an argparse type: whole numbers not below the minimum."""
    def whole_number(text: str) -> int:
        if int(text) < minimum:
            raise argparse.ArgumentTypeError(f"{text} is below {minimum}")
        return int(text)
    whole_number.__name__ = "whole number"  # argparse shows it
    return whole_number


def nonempty(text: str) -> str:
    """Return the text, for argparse; an empty text is refused."""
    if not text:
        raise argparse.ArgumentTypeError("name one character or more")
    return text


def progress(items: Iterable[Item], text: str,
             total: int | None = None) -> Iterable[Item]:
    """Return the items, with a progress bar on stderr if it is a terminal.

    There is no bar where tqdm is not installed.
    total: the number of items, needed if they have no length
    """
    try:
        from tqdm import tqdm
    except ImportError:
        return items
    return tqdm(items, desc=text, total=total, disable=None, leave=False)


def version(library: str) -> str | None:
    """Return the version of an installed library, or None."""
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None


def columns(rows: Rows) -> list[str]:
    """Return the keys of all rows, in the order of their first occurrence."""
    return list(dict.fromkeys(key for row in rows for key in row))


def csv_table(rows: Rows) -> bytes:
    """Return the bytes of a CSV file with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns(rows), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def text_table(rows: Rows, keys: int = 2) -> list[str]:
    """Return the lines of an aligned table, numbers to the right.

    keys: the number of columns that name a row.  A table that is too wide is
    continued in blocks that repeat them.
    """
    if not rows:
        return []
    padded = [pad([name, *(format_value(row.get(name, "")) for row in rows)],
                  isinstance(rows[0].get(name), str))
              for name in columns(rows)]
    blocks: list[list[list[str]]] = [padded[:keys]]
    for column in padded[keys:]:
        widths = [len(each[0]) + 2 for each in [*blocks[-1], column]]
        if sum(widths) - 2 > MAX_WIDTH_CHARACTERS and len(widths) > keys + 1:
            blocks.append(padded[:keys])
        blocks[-1] = [*blocks[-1], column]
    return ["  ".join(line).rstrip() for block in blocks
            for line in zip(*block)]


def pad(cells: list[str], is_text: bool) -> list[str]:
    """Return the cells of a column with equal widths."""
    width = max(map(len, cells))
    return [cell.ljust(width) if is_text else cell.rjust(width)
            for cell in cells]


def format_value(value: Any) -> str:
    """Return a short text: thousands separated, three decimals, - for None."""
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, float):
        return f"{value:,}" if type(value) is int else str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3f}"
