"""60,000 digits to cluster: the real MNIST, or generated ones that say so.

    images  (n, 784) uint8
    name    what they are, in words
"""
import contextlib

from kmeanslab.datasets import Missing, load

FULL = 60_000


def digits(n=FULL):
    """Returns n images and their name; generated where MNIST has fewer."""
    if n <= FULL:
        with contextlib.suppress(Missing):
            data = load("mnist", limit=n)
            return data.X, data.name
    return generated(n), f"{n:,} generated digits"


def generated(n):
    """Returns n digits drawn by `kmeanslab.handwriting`."""
    return load("digits", limit=n).X
