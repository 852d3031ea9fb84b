"""IDX files, the format of MNIST: images, labels beside them, gzipped or not.

A file holds the number 2048 + axes, the length of each axis, then the values.
"""

import gzip
import math
from pathlib import Path
import zlib

import numpy as np

from kmeanslab.data.errors import DataError

CHUNK_BYTES = 2 ** 20        # read at a time
TEST_NAMES = "t10k-images-idx3", "test-images-idx3"


def is_images(path: Path) -> bool:
    """Return whether a file is named like the images of an IDX pair."""
    return "images-idx3" in path.name


def test_images(path: Path) -> Path | None:
    """Return the test images that were published with training images.

    None: the file is not named like training images, or they are not there.
    """
    name = path.name.removesuffix(".gz")
    for test in TEST_NAMES:
        other = name.replace("train-images-idx3", test)
        if other != name and gzipped_or_not(path.with_name(other)):
            return gzipped_or_not(path.with_name(other))
    return None


def labels_of(images: Path) -> np.ndarray | None:
    """Return the labels (n,) next to an images file, None without."""
    name = images.name.removesuffix(".gz")
    path = gzipped_or_not(
        images.with_name(name.replace("images-idx3", "labels-idx1")))
    return None if path is None else read_idx(path, 1)


def read_pair(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Return images (n, rows, columns) and labels (n,), uint8.

    path: of the images; labels are None if their file is not next to it
    """
    images = read_idx(path, 3)
    if path.name.startswith("emnist-"):  # all of EMNIST is stored transposed
        images = np.ascontiguousarray(images.transpose(0, 2, 1))
    return images, labels_of(path)


def gzipped_or_not(path: Path) -> Path | None:
    """Return the path with .gz or without, whichever exists, or None."""
    both = path.with_name(f"{path.name}.gz"), path
    return next(filter(Path.is_file, both), None)


def read_idx(path: Path, axes: int) -> np.ndarray:
    """Return the uint8 array of an IDX file: 3 axes images, 1 labels."""
    data = unpacked(path)
    header = 4 + 4 * axes
    if len(data) < header:
        raise DataError(f"{path} has {len(data)} bytes, but the header alone "
                        f"needs {header}: get the file again")
    magic, *shape = np.frombuffer(data, ">u4", 1 + axes).tolist()
    if magic != 2048 + axes:
        raise DataError(
            f"{path} begins with the number {magic}, but a file of "
            f"{'images' if axes == 3 else 'labels'} with {2048 + axes}: "
            "get the file again, under its own name")
    needed = header + math.prod(shape)
    if len(data) != needed:
        size = " x ".join(map(str, shape))
        raise DataError(f"{path} has {len(data):,} bytes, but {size} values "
                        f"need {needed:,}: get the file again")
    return np.frombuffer(data, np.uint8)[header:].reshape(shape)


def unpacked(path: Path) -> bytearray:
    """Return the bytes of a file, unpacked if it is gzipped."""
    data = bytearray()
    try:
        with open(path, "rb") as file:
            packed = file.peek(2)[:2] == b"\x1f\x8b"
            stream = gzip.GzipFile(fileobj=file) if packed else file
            while chunk := stream.read1(CHUNK_BYTES):
                data += chunk
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            f"{path} is truncated or damaged, only {len(data):,} bytes could "
            f"be unpacked ({error}): get the file again") from error
    return data
