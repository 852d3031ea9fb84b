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
    labels = np.empty(X.shape[0], np.int32)
    return labels, label(X, C, weights, check, labels)


def inertia(X: Points, C: np.ndarray, weights: np.ndarray,
            check: Callable = lambda: None) -> Any:
    """Return the weighted inertia of points; check: see `predict`."""
    return label(X, C, weights, check)


def label(X: Points, C: np.ndarray, weights: np.ndarray | None,
          check: Callable, labels: np.ndarray | None = None) -> Any:
    """Return the inertia or None; write the labels, if there is room."""
    C = C.astype(np.float64, copy=False)
    method, blocks = make_blocks_once(X, C, choose_method_once, weights)
    if labels is not None:
        hand_out(labels, blocks, "out")
    centres = method.centres(C, np.zeros(len(C)))
    if weights is None:
        ask(method, blocks, check, "write", "label_once", centres)
        return None
    return sum(ask(method, blocks, check, "write", "score_once", centres, C))


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
    method, blocks = make_blocks_once(X, C, choose_method)
    hand_out(distances, blocks, "distances")
    ask(method, blocks, check, "fill_distances", method.distance_centres(C))
    return distances


def hand_out(array: np.ndarray, blocks: list, name: str) -> None:
    """Give each block its rows of an array, to write to."""
    first = 0
    for block in blocks:
        m = block.X.shape[0]
        setattr(block, name, array[first:first + m])
        first += m


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
