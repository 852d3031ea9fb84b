"""60,000 digits to cluster: the real MNIST, or generated ones that say so.

    images  (n, 784) uint8
    name    what they are, in words
"""
import os
from pathlib import Path

from benchmarks.realism import read_idx
from kmeanslab.handwriting import DIGITS, draw_labelled

FILE = "mnist/train-images-idx3-ubyte.gz"
FULL = 60_000


def digits(n=FULL):
    """Returns n images and their name; generated where MNIST has fewer."""
    path = Path(os.environ.get("KMEANSLAB_DATA", "")) / FILE
    if n > FULL or not path.is_file():
        return generated(n), f"{n:,} generated digits"
    images = read_idx(path, 16).reshape(FULL, -1)
    part = "all" if n == FULL else "the first"
    return images[:n].copy(), f"MNIST, {part} {n:,} digits"


def generated(n):
    """Returns n digits drawn by `kmeanslab.handwriting`."""
    images, _ = draw_labelled(n, 0, DIGITS, look="mnist")
    return images.reshape(n, -1)
