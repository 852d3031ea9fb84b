"""Which assign step to use for which data."""

import sys

import numpy as np
from scipy import sparse

from kmeanslab.engine.assign.csr import Sparse
from kmeanslab.engine.assign.matmul import Matmul

BIG = 2 ** 26            # work that makes it worth while to load the compiler
EACH = 2 ** 9            # of it a point, besides its distances
COLUMNS = 128            # up to which gaps do better than bounds


def choose_method(X, k):
    """The engine's method for a run on these points.

    Those with kernels are always faster, but to load them takes a third of a
    second.
    """
    if sparse.issparse(X):
        return Sparse
    if not worth_kernels(X, k):
        return Matmul
    if X.shape[1] > COLUMNS:
        from kmeanslab.engine.assign.yinyang import Yinyang
        return Yinyang
    from kmeanslab.engine.assign.hamerly import Hamerly
    return Hamerly


def choose_method_once(X, k):
    """The engine's method to look at these points once: bounds save none."""
    if sparse.issparse(X) or X.shape[1] <= COLUMNS:
        return choose_method(X, k)
    return Matmul


def worth_kernels(X, k):
    """Whether Numba is here, and loaded or worth it; for dense points."""
    n, d = X.shape
    big = (n * (k * d + EACH) >= BIG
           or "kmeanslab.engine.assign.kernels" in sys.modules)
    if not (big and isinstance(X, np.ndarray)):
        return False
    try:
        import kmeanslab.engine.assign.kernels  # noqa: F401
    except ImportError:
        return False
    return True
