"""Which assign step to use for which data."""

import sys

import numpy as np
from scipy import sparse

from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.assign.csr import Sparse
from kmeanslab.engine.assign.matmul import Matmul

KERNEL_WORK = 2 ** 26    # multiplications that make it worth loading Numba
POINT_WORK = 2 ** 9      # what a point costs besides its distances
DIRECT_COLUMNS = 16      # up to which exact distances are fastest
HAMERLY_COLUMNS = 128    # up to which one bound per point is best


def choose_method(X, k: int) -> type:
    """Return the engine's method for a run on these points.

    The methods with kernels are faster, but loading them takes a third of a
    second.
    """
    if sparse.issparse(X):
        return Sparse
    few = X.shape[1] <= DIRECT_COLUMNS
    if not worth_kernels(X, k):
        return Direct if few else Matmul
    from kmeanslab.engine.assign import hamerly, yinyang
    if few:
        return hamerly.Hamerly
    if X.shape[1] <= HAMERLY_COLUMNS:
        return hamerly.HamerlyMatmul
    return yinyang.Yinyang


def choose_method_once(X, k: int) -> type:
    """Return the method to assign these points once: bounds save nothing."""
    method = choose_method(X, k)
    return Matmul if method.needs_copy else method


def worth_kernels(X, k: int) -> bool:
    """Return whether Numba is here, and loaded or worth it; if X is dense."""
    n, d = X.shape
    big = (n * (k * d + POINT_WORK) >= KERNEL_WORK
           or "kmeanslab.engine.assign.kernels" in sys.modules)
    if not (big and isinstance(X, np.ndarray)):
        return False
    try:
        import kmeanslab.engine.assign.kernels  # noqa: F401
    except ImportError:
        return False
    return True
