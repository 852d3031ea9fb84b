"""The published data sets: their files, their classes, how to get them."""

import os
from pathlib import Path
import sys
from typing import NamedTuple

from kmeanslab.data.errors import Missing
from kmeanslab.data.idx import gzipped_or_not
from kmeanslab.handwriting import DIGITS, LETTERS


class Published(NamedTuple):
    """A published data set that consists of files."""
    title: str
    things: str                # what the images show, in the plural
    classes: tuple[str, ...]
    first: int                 # the label of the first class
    train: str                 # path of the images in a data folder
    test: str
    advice: str                # how to get the files


CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal",
           "Shirt", "Sneaker", "Bag", "Ankle boot")
PUBLISHED = {
    "mnist": Published(
        "MNIST", "digits", tuple(DIGITS), 0,
        "mnist/train-images-idx3-ubyte", "mnist/t10k-images-idx3-ubyte",
        "run `kmeanslab data get mnist`"),
    "fashion-mnist": Published(
        "Fashion-MNIST", "clothes", CLOTHES, 0,
        "fashion-mnist/train-images-idx3-ubyte",
        "fashion-mnist/t10k-images-idx3-ubyte",
        "get the four files from "
        "https://github.com/zalandoresearch/fashion-mnist"),
    "emnist-letters": Published(
        "EMNIST", "letters", tuple(LETTERS), 1,
        "emnist/emnist-letters-train-images-idx3-ubyte",
        "emnist/emnist-letters-test-images-idx3-ubyte",
        "get the four files emnist-letters-* in gzip.zip from "
        "https://www.nist.gov/itl/products-and-services/emnist-dataset")}


def find(known: Published, part: str) -> Path:
    """Return the path of the images of a published data set.

    Missing: they are in none of the folders; says how to get them.
    """
    name = getattr(known, part)
    for folder in folders():
        path = gzipped_or_not(folder / name)
        if path is not None:
            return path
    places = " and not in ".join(map(str, folders()))
    raise Missing(f"{name} (or .gz) is not in {places}: {known.advice}")


def folders() -> list[Path]:
    """Return the data folders: $KMEANSLAB_DATA, then the cache folder."""
    own = os.environ.get("KMEANSLAB_DATA")
    return [Path(own), cache_folder()] if own else [cache_folder()]


def cache_folder() -> Path:
    """Return the cache folder of this operating system."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "kmeanslab"
