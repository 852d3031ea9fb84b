"""Handwritten letters and digits, as many as you like.

Draws the capital letters A-Z and the digits 0-9 as grey images, white
ink on black, each in a different hand.  The same characters and the same
seed always give the same bytes.  The data of the assignment are made here.

    n  number of images

Run `python -m kmeanslab.handwriting --sheet out.png` to see them all.
"""

import argparse
import io
import os
import sys

import numpy as np

from kmeanslab.handwriting import course_data, pen, strokes
from kmeanslab.output import at_least, atomic_write, some

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BLOCK = 8192  # images drawn together, so that memory stays small


def draw(characters, seed, look="emnist"):
    """Return images (n, 28, 28) uint8: 0 is paper, 255 is full ink.

    characters: a string, or a sequence of n single characters; "AAB7"
        draws four images
    seed: a whole number, 0 or more
    look: "emnist" fills 24 pixels and centres the box of the ink with a
        broad soft pen; "mnist" fills 20 pixels and centres the mass

    The first m images do not depend on the characters after them.
    ValueError: a character or a look that is not offered.
    """
    characters = list(map(str, characters))
    check(characters, look)
    random = np.random.Generator(np.random.PCG64(seed)).random
    images = np.empty((len(characters), pen.SIDE, pen.SIDE), np.uint8)
    for start in range(0, len(characters), BLOCK):
        part = characters[start:start + BLOCK]
        u = random((len(part), pen.ROW))
        images[start:start + BLOCK] = pen.write(part, u, look)
    return images


def draw_labelled(n, seed, alphabet=LETTERS, look="emnist"):
    """Return n images of a shuffled alphabet, and their labels.

    images: (n, 28, 28) uint8, as `draw` gives them for these labels
    labels: (n,) single characters; each of the alphabet comes n // its
        length times, or once more
    Raises ValueError as `draw` does.
    """
    shuffle = np.random.Generator(np.random.PCG64([seed, n]))
    order = np.argsort(shuffle.random(n), kind="stable")
    labels = np.array(list(alphabet))[order % len(alphabet)]
    return draw(labels, seed, look), labels


def check(characters, look):
    """Raise ValueError for anything that cannot be drawn."""
    if look not in pen.LOOKS:
        raise ValueError(f"unknown look {look!r}: choose from "
                         + ", ".join(pen.LOOKS))
    for character in characters:
        if character not in strokes.allographs():
            raise ValueError(f"cannot draw {character!r}: "
                             "choose from 0-9 and A-Z")


def contact_sheet(characters, rows, seed, look="emnist"):
    """Return one grey picture with a column for each character.

    Shape (28 * rows, 28 * len(characters)), uint8; each column shows its
    character in `rows` hands.  Raises ValueError as `draw` does.
    """
    images = draw(list(characters) * rows, seed, look)
    grid = images.reshape(rows, len(characters), pen.SIDE, pen.SIDE)
    return grid.transpose(0, 2, 1, 3).reshape(rows * pen.SIDE, -1)


def save_png(picture, path):
    """Write a grey picture (uint8) as a PNG file, whole or not at all.

    OSError: the file cannot be written.
    """
    from PIL import Image  # only this function needs Pillow
    png = io.BytesIO()
    Image.fromarray(picture).save(png, format="PNG")
    atomic_write(png.getvalue(), path)


def rebuild(folder):
    """Write the data files of the assignment into a folder.

    OSError: the folder or a file cannot be written.
    """
    os.makedirs(folder, exist_ok=True)
    for name, data in course_data.files(draw_labelled).items():
        atomic_write(data, os.path.join(folder, name))


def build_parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m kmeanslab.handwriting",
        description="Draw handwritten letters and digits on a sheet, or "
                    "make the data of the assignment again.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--sheet", metavar="FILE", type=some,
                      help="draw a sheet: the PNG file to write")
    what.add_argument("--rebuild", metavar="FOLDER", type=some,
                      help="make the four CSV files of data/ in a folder")
    parser.add_argument("--characters", type=some, default=DIGITS + LETTERS,
                        help="one column for each (default: all)")
    parser.add_argument("--rows", type=at_least(1), default=12,
                        help="hands for each character (default: 12)")
    parser.add_argument("--seed", type=at_least(0), default=0,
                        help="another seed, other hands (default: 0)")
    parser.add_argument("--look", choices=list(pen.LOOKS), default="emnist",
                        help="whose conventions to follow (default: emnist)")
    return parser


def main(argv=None):
    """Run the command line and return its exit status."""
    options = build_parser().parse_args(argv)
    try:
        if options.rebuild is not None:
            rebuild(options.rebuild)
        else:
            save_png(contact_sheet(options.characters, options.rows,
                                   options.seed, options.look),
                     options.sheet)
    except OSError as error:
        return fail(f"cannot write {error.filename}: {error.strerror}")
    except ImportError:
        return fail("a sheet needs Pillow: python -m pip install pillow")
    except ValueError as error:
        return fail(error)
    return 0


def fail(message):
    """Print the message as an error and return exit status 1."""
    print(f"handwriting: {message}", file=sys.stderr)
    return 1
