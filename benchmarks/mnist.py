"""60,000 digits to cluster: the real MNIST, or generated ones that say so.

    images  (n, 784) uint8
    name    what they are, in words
"""
import contextlib

from kmeanslab.data.datasets import Missing, load

FULL = 60_000


def digits(n=FULL):
    """Returns n images and their name; generated where MNIST has fewer."""
    data = labelled(n)
    return data.X, data.name


def labelled(n):
    """Returns the same as Data, labels included."""
    if n <= FULL:
        with contextlib.suppress(Missing):
            return load("mnist", limit=n)
    return load("digits", limit=n)


def generated(n):
    """Returns n digits drawn by `kmeanslab.handwriting`."""
    return load("digits", limit=n).X
