"""Which assign step to use for which data."""

import time

from scipy import sparse

from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.assign.distances import Points
from kmeanslab.engine.assign.matmul import Matmul
from kmeanslab.engine.threaded_csr import ThreadedSparse, csr_kernels
from kmeanslab.engine.warmup import Kernels, kernels_for

KERNEL_WORK = 2 ** 22    # multiplications that are worth waiting for Numba
POINT_WORK = 2 ** 9      # what a point costs besides its distances
DIRECT_WORK = 32         # k d up to which NumPy's formula is the fastest
HAMERLY_COLUMNS = 128    # up to which one bound per point is best


def choose_method(X: Points, k: int, wait: bool = False) -> type[Direct]:
    """Return the engine's method for a run on these points.

    The methods with compiled kernels are the fastest.  While their kernels
    are not loaded yet, others serve that give the same labels; `lloyd.run`
    changes over when the kernels are ready.  With `wait` they are waited for,
    except for few points, for which that is not worth it.
    """
    if sparse.issparse(X):
        csr_kernels(X, wait and X.nnz * k >= KERNEL_WORK)
        return ThreadedSparse
    return with_kernels(kernels_name(X.shape[1]), X, k, wait)


def kernels_name(d: int) -> str:
    """Return the method with kernels that suits points of d columns."""
    return "Yinyang" if d > HAMERLY_COLUMNS else "Hamerly"


def choose_method_once(X: Points, k: int, wait: bool = False
                       ) -> type[Direct]:
    """Return the method for points that are given their labels once.

    Bounds, and a copy, save nothing then.
    """
    many = X.shape[1] > HAMERLY_COLUMNS and not sparse.issparse(X)
    return Matmul if many else choose_method(X, k, wait)


def with_kernels(name: str, X: Points, k: int, wait: bool) -> type[Direct]:
    """Return a method with kernels, or another until it has them."""
    n, d = X.shape
    simple: type[Direct] = Direct if k * d <= DIRECT_WORK else Matmul
    worth = n * (k * d + POINT_WORK) >= KERNEL_WORK
    kernels = kernels_for(name, X, wait and worth)
    if kernels.failed:
        return simple
    return kernels.method or interim(simple, kernels)


def interim(simple: type[Direct], kernels: Kernels) -> type[Direct]:
    """Return a method that has a faster successor once that is loaded.

    To ask for it notes the time since it was asked before.
    """
    last = time.perf_counter()

    def successor() -> type[Direct] | None:
        nonlocal last
        before, last = last, time.perf_counter()
        kernels.spend(last - before)
        return kernels.method

    return type(simple.__name__, (simple,),
                {"successor": staticmethod(successor)})
