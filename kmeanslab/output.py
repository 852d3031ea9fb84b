"""What the commands share: files written whole, options read with care."""

import argparse
import io
import os


def save_whole(data, path):
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
    save_whole(png.getvalue(), str(path))


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
