"""The methods that are compared, and points to compare them on."""

import numpy as np

from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.assign.matmul import Matmul

try:
    from kmeanslab.engine.assign.hamerly import Hamerly
    from kmeanslab.engine.assign.yinyang import Yinyang
    METHODS = [Direct, Matmul, Yinyang, Hamerly]
except ImportError:              # no Numba for this Python: two are left
    METHODS = [Direct, Matmul]

TYPES = [np.float64, np.float32, np.uint8]


def squared(x, c):
    """The formula, in Python: float64, from the first coordinate on."""
    total = 0.0
    for a, b in zip(x, c):
        total += (a - b) * (a - b)
    return total


def thirds(n, d, k):
    """Cut n points into three blocks, or four; as `row_blocks` does."""
    size = max(1, n // 3)
    return [slice(s, min(s + size, n)) for s in range(0, n, size)]


def draw(rng, kind, n, d, dtype):
    """Return points (n, d) of a kind that causes trouble."""
    X = rng.normal(size=(n, d))
    if kind == "blobs":
        X += 10 * rng.integers(0, 4, size=(n, 1))
    elif kind == "duplicates":
        X = X[rng.integers(0, max(1, n // 5), n)]
    elif kind == "grid":
        X = rng.integers(0, 4, size=(n, d)).astype(float)
    elif kind == "constant":
        X[:] = 3.75
    elif kind == "offset":
        X += 10.0 ** rng.integers(3, 9)
    elif kind == "tiny":
        X *= 1e-30
    elif kind == "huge":
        X *= 1e25
    elif kind == "mixed":
        X *= 10.0 ** rng.integers(-10, 10, size=(n, 1))
    elif kind == "outlier":
        X[0] = 1e20
    elif kind == "levels":
        X = np.round(np.clip(X * 60 + 128, 0, 255)) / 255
    elif kind == "near ties":
        X = np.round(X, 1) + rng.choice([0, 1e-7, 1e-12, 1e-16], size=(n, 1))
    if dtype == np.uint8:
        X = np.clip(X * 20 + 100, 0, 255)
    return np.ascontiguousarray(X.astype(dtype))


KINDS = ["normal", "blobs", "duplicates", "grid", "constant", "offset",
         "tiny", "huge", "mixed", "outlier", "levels", "near ties"]
