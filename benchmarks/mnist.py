"""60,000 digits to cluster: the real MNIST, or generated ones, named so.

    images  (n, 784) uint8
    name    a description of the data
"""
import contextlib

import numpy as np

from kmeanslab.data import Data, Missing, load

FULL = 60_000


def digits(n: int = FULL) -> tuple[np.ndarray, str]:
    """Return n images and their name; generated if MNIST is missing."""
    data = labelled(n)
    return data.X, data.name


def labelled(n: int) -> Data:
    """Return n digits as Data; generated if MNIST is missing or smaller."""
    if n <= FULL:
        with contextlib.suppress(Missing):
            return load("mnist", limit=n)
    return load("digits", limit=n)


def generated(n: int) -> np.ndarray:
    """Return n generated digits."""
    return load("digits", limit=n).X
