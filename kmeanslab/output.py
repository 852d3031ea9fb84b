"""What the commands share: files written whole, tables, options, progress.

    rows  of a table: dictionaries of text and numbers, all but the first may
          lack some keys of it
"""

import argparse
import csv
from importlib import metadata
import io
import os


def atomic_write(data, path):
    """Write bytes to a file, whole or not at all.

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


def save_figure(figure, path, dpi=150):
    """Write a matplotlib figure as a PNG file, whole or not at all.

    OSError: the file cannot be written.
    """
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=dpi)
    atomic_write(png.getvalue(), str(path))


def at_least(least):
    """Return a reader of whole numbers from `least` on, for argparse."""
    def whole_number(text):
        if int(text) < least:
            raise argparse.ArgumentTypeError(f"{text} is below {least}")
        return int(text)
    whole_number.__name__ = "whole number"  # argparse shows it
    return whole_number


def some(text):
    """Return the text unless it is empty, for argparse."""
    if not text:
        raise argparse.ArgumentTypeError("name one character or more")
    return text


def progress(items, text, total=None):
    """The items, with a bar on stderr while someone watches.

    total: how many there are, if they do not know it themselves
    """
    from tqdm import tqdm
    return tqdm(items, desc=text, total=total, disable=None, leave=False)


def version(library):
    """The version of an installed library, or None."""
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None


def columns(rows):
    """The keys of a table's rows, in the order in which they come."""
    return list(dict.fromkeys(key for row in rows for key in row))


def csv_table(rows):
    """The bytes of a CSV file with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns(rows), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def text_table(rows):
    """Lines in which a table can be read; numbers to the right."""
    names = columns(rows)
    cells = [names] + [[short(row.get(name, "")) for name in names]
                       for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    left = [isinstance(rows[0].get(name), str) for name in names]
    return ["  ".join(cell.ljust(width) if to_left else cell.rjust(width)
                      for cell, width, to_left in zip(line, widths, left)
                      ).rstrip() for line in cells]


def short(value):
    """A text for a value: as many digits as can be read."""
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, float):
        return f"{value:,}" if type(value) is int else str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3f}"
