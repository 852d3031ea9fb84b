"""The labels of points by given centres."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kmeanslab.engine.assign.distances import Points
from kmeanslab.engine.choice import choose_method_once
from kmeanslab.engine.lloyd import make_blocks
from kmeanslab.engine.threads import worker_threads


def predict(X: Points, C: np.ndarray,
            weights: np.ndarray | None = None) -> tuple:
    """Return the labels of points, (n,) int32, and their inertia or None.

    The inertia is computed if weights (n,) are given.
    """
    C = C.astype(np.float64)
    method = choose_method_once(X, len(C))(X, len(C))
    ones = np.ones(X.shape[0])
    blocks = make_blocks(X, ones if weights is None else weights, len(C),
                         method)
    with worker_threads(blocks) as call, np.errstate(all="ignore"):
        label_blocks(blocks, C, method, call)
        inertia = None if weights is None else sum(call("inertia", C))
    labels = np.concatenate([block.labels for block in blocks])
    return labels.astype(np.int32), inertia


def label_blocks(blocks: Sequence, C: np.ndarray, method: Any,
                 call: Callable) -> None:
    """Give new blocks their labels, without what that changes."""
    call("start")
    done = call("assign", method.centres(C, np.zeros(len(C))))
    for block, (labels, _, _) in zip(blocks, done):
        block.labels = labels
