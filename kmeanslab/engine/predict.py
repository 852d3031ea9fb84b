"""What is asked of points and given centres: labels, inertia, distances."""

from collections.abc import Callable
from typing import Any

import numpy as np

from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.assign.distances import Points
from kmeanslab.engine.choice import choose_method, choose_method_once
from kmeanslab.engine.columns import leave_out_zeros
from kmeanslab.engine.lloyd import make_blocks
from kmeanslab.engine.threads import worker_threads


def predict(X: Points, C: np.ndarray, weights: np.ndarray | None = None,
            check: Callable = lambda: None) -> tuple:
    """Return the labels of points, (n,) int32, and their inertia or None.

    The inertia is computed if weights (n,) are given.  `check` is called
    where X may hold NaN or infinity.
    """
    C = C.astype(np.float64, copy=False)
    method, blocks = make_blocks_once(X, C, choose_method_once, weights)
    centres, inertia = method.centres(C, np.zeros(len(C))), None
    if weights is None:
        ask(method, blocks, check, "label_once", centres)
    else:
        inertia = sum(ask(method, blocks, check, "score_once", centres, C))
    labels = np.concatenate([block.labels for block in blocks],
                            dtype=np.int32, casting="same_kind")
    return labels, inertia


def distances_to_centres(X: Points, C: np.ndarray,
                         check: Callable = lambda: None) -> np.ndarray:
    """Return the distance of each point of X (n, d) to each centre, (n, k).

    They are square roots of float64 sums of (x - c)^2, so no digits cancel
    far from the origin; float32 if X and C are, else float64.  The first
    minimum of each row is the label that `predict` gives.  check: as there
    """
    distances = np.empty((X.shape[0], len(C)),
                         np.result_type(X.dtype, C.dtype))
    X, C, _ = leave_out_zeros(X, C.astype(np.float64, copy=False))
    first = 0
    method, blocks = make_blocks_once(X, C, choose_method)
    for block in blocks:
        m = block.X.shape[0]
        block.distances = distances[first:first + m]
        first += m
    ask(method, blocks, check, "fill_distances", method.distance_centres(C))
    return distances


def ask(method: Direct, blocks: list, check: Callable, name: str,
        *args: Any) -> list:
    """Return what all blocks answer to a question; look for NaN meanwhile.

    Compiled methods answer with a number that is finite only if all points
    are, so that X need not be read before.
    """
    if not method.compiled:
        check()
    with worker_threads(blocks) as call, np.errstate(all="ignore"):
        answers = call(name, *args)
    if method.compiled and not np.isfinite(sum(answers)):
        check()
    method.successor()                   # may load it for the next call
    return answers


def make_blocks_once(X: Points, C: np.ndarray, choose: Callable,
                     weights: np.ndarray | None = None) -> tuple:
    """Return a method, and its blocks of points that are asked once."""
    method = choose(X, len(C))(X, len(C))
    if weights is None:
        weights = np.broadcast_to(1.0, X.shape[0])   # nobody looks at them
    return method, make_blocks(X, weights, len(C), method)
