"""Files that the tests of data make, and how they are refused."""

import numpy as np
import pytest

from kmeanslab.data.datasets import DataError, load
from tests.kmeanslab.data.idx import write_idx


def pair(n=6, side=4):
    """Images (n, side, side) that all differ, and labels 1 ... n."""
    images = np.arange(n * side * side, dtype=np.uint8)
    return images.reshape(n, side, side), np.arange(1, n + 1, dtype=np.uint8)


def write_pair(folder, images, labels, name="some-{}-ubyte"):
    """Write an IDX pair; return the path of the images."""
    write_idx(folder / name.format("labels-idx1"), labels)
    return write_idx(folder / name.format("images-idx3"), images)


def save(path, **arrays_):
    """Write an npz file; return its path."""
    np.savez(path, **arrays_)
    return path


def refused(path, part="train"):
    """The sentence with which a file is refused, less its name."""
    with pytest.raises(DataError) as caught:
        load(path, part)
    message = str(caught.value)
    assert "\n" not in message and str(path) in message
    return message.replace(str(path), "FILE")
