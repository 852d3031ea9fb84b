"""Handwritten letters and digits, in any number.

Draws the capital letters A-Z and the digits 0-9 as grey images, white ink on
black, each by a different hand.  The same characters and the same seed always
give the same bytes.  The data of the assignment are made with it.

    n  number of images

`python -m kmeanslab.handwriting --sheet out.png` draws all characters.
"""

from collections.abc import Sequence
import io
import os

import numpy as np

from kmeanslab.handwriting import course_data, pen, strokes
from kmeanslab.output import atomic_write

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BATCH_IMAGES = 8192  # drawn together, which bounds the memory


def draw(characters: Sequence[str], seed: int,
         look: str = "emnist") -> np.ndarray:
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
    check_drawable(characters, look)
    random = np.random.Generator(np.random.PCG64(seed)).random
    images = np.empty((len(characters), pen.SIDE, pen.SIDE), np.uint8)
    for start in range(0, len(characters), BATCH_IMAGES):
        batch = characters[start:start + BATCH_IMAGES]
        u = random((len(batch), pen.ROW))
        images[start:start + BATCH_IMAGES] = pen.write(batch, u, look)
    return images


def draw_labelled(n: int, seed: int, alphabet: str = LETTERS,
                  look: str = "emnist") -> tuple[np.ndarray, np.ndarray]:
    """Return n images of a shuffled alphabet, and their labels.

    images: (n, 28, 28) uint8, as `draw` returns them for these labels
    labels: (n,) single characters; each of the alphabet occurs
        n // len(alphabet) times, or once more
    ValueError: as for `draw`.
    """
    shuffle = np.random.Generator(np.random.PCG64([seed, n]))
    order = np.argsort(shuffle.random(n), kind="stable")
    labels = np.array(list(alphabet))[order % len(alphabet)]
    return draw(labels.tolist(), seed, look), labels


def check_drawable(characters: Sequence[str], look: str) -> None:
    """Raise ValueError for a character or look that cannot be drawn."""
    if look not in pen.LOOKS:
        raise ValueError(f"unknown look {look!r}: choose from "
                         + ", ".join(pen.LOOKS))
    for character in characters:
        if character not in strokes.allographs():
            raise ValueError(f"cannot draw {character!r}: "
                             "choose from 0-9 and A-Z")


def contact_sheet(characters: Sequence[str], rows: int, seed: int,
                  look: str = "emnist") -> np.ndarray:
    """Return one grey picture with a column per character.

    Shape (28 * rows, 28 * len(characters)), uint8; each column shows its
    character in `rows` hands.  ValueError: as for `draw`.
    """
    images = draw(list(characters) * rows, seed, look)
    grid = images.reshape(rows, len(characters), pen.SIDE, pen.SIDE)
    return grid.transpose(0, 2, 1, 3).reshape(rows * pen.SIDE, -1)


def save_png(picture: np.ndarray, path: str | os.PathLike) -> None:
    """Write a grey picture (uint8) as a PNG file, completely or not at all.

    OSError: the file cannot be written.
    """
    from PIL import Image  # only this function needs Pillow
    png = io.BytesIO()
    Image.fromarray(picture).save(png, format="PNG")
    atomic_write(png.getvalue(), path)


def rebuild(folder: str | os.PathLike) -> None:
    """Write the data files of the assignment to a folder.

    OSError: the folder or a file cannot be written.
    """
    os.makedirs(folder, exist_ok=True)
    for name, data in course_data.files(draw_labelled).items():
        atomic_write(data, os.path.join(folder, name))
