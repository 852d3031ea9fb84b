"""Files of NumPy: npy and npz.

    X       (n, d) or (n, rows, columns), of the type in the file
    labels  (n,), or None
"""

from pathlib import Path
from typing import Any

import numpy as np

from kmeanslab.data.errors import DataError

MEMORY_MAP_BYTES = 2 ** 28   # of an npy file that stays on disk until needed
POINT_NAMES = ("X", "x", "images", "data")       # of the arrays in an npz
LABEL_NAMES = ("y", "labels", "target")


def read_numpy(path: Path) -> tuple[np.ndarray, np.ndarray | None, int]:
    """Return X, labels or None, and the number of test rows at the end."""
    large = path.stat().st_size >= MEMORY_MAP_BYTES
    try:
        found = np.load(path, mmap_mode="r" if large else None)
        if isinstance(found, np.ndarray):
            return found, None, 0
        with found:
            if "x_train" in found and "x_test" in found:
                return read_parts(found)
            X, y = pick(found.files, path)
            labels = None if y is None else np.asarray(found[y])
            return np.asarray(found[X]), labels, 0
    except (DataError, OSError):
        raise
    except Exception as error:  # damaged files raise errors of many types
        raise DataError(
            f"{path} is damaged or holds no arrays of numbers ({error}): "
            "save it again with np.save or np.savez") from error


def read_parts(found: Any) -> tuple[np.ndarray, np.ndarray | None, int]:
    """Return the rows of an archive like Keras', the test rows last."""
    X, y = ([found[name] for name in names if name in found]
            for names in (("x_train", "x_test"), ("y_train", "y_test")))
    return np.concatenate(X), np.concatenate(y) if y else None, len(X[1])


def pick(names: list[str], path: Path) -> tuple[str, str | None]:
    """Return the names of the points and the labels (or None) in an npz."""
    X, y = (next((name for name in known if name in names), None)
            for known in (POINT_NAMES, LABEL_NAMES))
    if X is None:
        raise DataError(
            f"{path} holds arrays called {', '.join(names) or '(none)'}, but "
            f"none called {', '.join(POINT_NAMES)}: save it again with "
            "np.savez(path, X=points, y=labels)")
    return X, y
