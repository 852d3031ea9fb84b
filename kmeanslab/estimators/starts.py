"""Where a start of a fit begins: its initial centres; which is worth it.

    X (n, d)  points, checked, dense or CSR     weights (n,)  float64
"""

from typing import Any

import numpy as np
from scipy import sparse

from kmeanslab.engine import together
from kmeanslab.engine.choice import choose_method_once
from kmeanslab.engine.seeding import kmeans_plus_plus, random_rows
from kmeanslab.estimators import validation
from kmeanslab.estimators.results import is_better


def initial_centres(X: Any, k: int, init: Any, weights: np.ndarray,
                    random_state: np.random.RandomState,
                    sample_size: int | None = None) -> np.ndarray:
    """Return initial centres (k, d) by `init`: a name, an array, a function.

    They are chosen among `sample_size` random points, if these are fewer than
    all.  A function gets points that it may change.
    """
    if sample_size is not None and sample_size < X.shape[0]:
        rows = random_state.randint(0, X.shape[0], sample_size)
        X, weights = X[rows], weights[rows]
    if callable(init):
        C = init(writeable_copy(X), k, random_state=random_state)
        return validation.check_centres(C, X, k)
    if not isinstance(init, str):
        return validation.check_centres(init, X, k)
    if init == "random":
        return random_rows(X, k, weights, random_state)
    return kmeans_plus_plus(X, k, weights, random_state)[0]


def best_start(X: Any, starts: list, weights: np.ndarray, max_iter: int,
               tol: float) -> list:
    """Return, of some starts, those one of which ends best.

    A list of one: for few points that is found out in less time than to run
    each.  Or of all, where it is not.
    """
    ends = together.ends(X, starts, weights, max_iter, tol,
                         choose_method_once(X, len(starts[0])))
    if ends is None:
        return starts
    best = 0
    for i, end in enumerate(ends):
        if is_better(end, ends[best]):
            best = i
    return [starts[best]]


def writeable_copy(X: Any) -> Any:
    """Return a copy, or X itself if it is read-only, such as a mapped file."""
    if not sparse.issparse(X) and not X.flags.writeable:
        return X
    return X.copy()
