"""Which of two results is better, and what a result warns of."""

from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from kmeanslab.estimators import validation

MIN_INERTIA = 1e-304             # of squares that have not underflowed
CHECKED_POINTS = 4096


def is_better(result: Any, best: Any) -> bool:
    """Return whether a result has a lower inertia, beyond rounding errors.

    The same clusters in another order have the same inertia, except for
    rounding.
    """
    return bool(result.inertia < best.inertia) and not (
        maps_to(result.labels, best.labels)
        and maps_to(best.labels, result.labels))


def maps_to(old: np.ndarray, new: np.ndarray) -> bool:
    """Return whether all points of an old label have one new label."""
    names = np.empty(old.max() + 1, new.dtype)
    names[old] = new
    return np.array_equal(names[old], new)


def warn_of_empty_clusters(labels: np.ndarray, k: int) -> None:
    """Warn with ConvergenceWarning if fewer than k clusters have points."""
    found = np.count_nonzero(np.bincount(labels, minlength=k))
    if found < k:
        validation.warn(
            f"Number of distinct clusters ({found}) found smaller than "
            f"n_clusters ({k}). Possibly due to duplicate points in X.",
            ConvergenceWarning)


def warn_of_range(X: Any, C: np.ndarray, labels: np.ndarray,
                  inertia: float) -> None:
    """Warn where squares of distances leave the range of float64.

    Labels are those of the formula then, too, but distances that over- or
    underflow all count as equal.
    """
    if not np.isfinite(inertia):
        validation.warn(
            "Distances between these points overflow when squared, so labels "
            "may be wrong: divide X by its largest absolute value.",
            UserWarning)
    elif inertia < MIN_INERTIA and isinstance(X, np.ndarray) and (
            np.any(X[:CHECKED_POINTS] != C[labels[:CHECKED_POINTS]])):
        validation.warn(
            "Distances between these points underflow when squared, so "
            "labels may be wrong: divide X by its largest absolute value.",
            UserWarning)
