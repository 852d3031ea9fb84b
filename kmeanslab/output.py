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

    total: the number of items, needed if they have no length
    """
    from tqdm import tqdm
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


def text_table(rows: Rows) -> list[str]:
    """Return the lines of an aligned table, numbers to the right."""
    names = columns(rows)
    cells = [names] + [[format_value(row.get(name, "")) for name in names]
                       for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    is_text = [isinstance(rows[0].get(name), str) for name in names]
    return ["  ".join(cell.ljust(width) if left else cell.rjust(width)
                      for cell, width, left in zip(line, widths, is_text)
                      ).rstrip() for line in cells]


def format_value(value: Any) -> str:
    """Return a short text: thousands separated, three decimals, - for None."""
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, float):
        return f"{value:,}" if type(value) is int else str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3f}"
