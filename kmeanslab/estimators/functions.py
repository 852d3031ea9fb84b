"""k_means and kmeans_plusplus: a fit, or its start alone, in one call."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_array, check_random_state

from kmeanslab.engine.assign.distances import DTYPES
from kmeanslab.engine.seeding import kmeans_plus_plus
from kmeanslab.estimators import validation
from kmeanslab.estimators.base import Points
from kmeanslab.estimators.kmeans import KMeans

PLUSPLUS_RULES = {
    "n_clusters": [validation.integer_from(1)],
    "x_squared_norms": [validation.ARRAY, validation.NONE],
    "random_state": validation.ANY_SEED,
    "n_local_trials": [validation.integer_from(1), validation.NONE],
}


def k_means(X: Points, n_clusters: int, *, sample_weight: Any = None,
            init: Any = "k-means++", n_init: Any = "auto",
            max_iter: int = 300, verbose: int = False, tol: float = 1e-4,
            random_state: Any = None, copy_x: bool = True,
            algorithm: str = "lloyd", return_n_iter: bool = False) -> tuple:
    """Fit a `KMeans` and return what it found.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n, d)
        The points.
    n_clusters : int
        The number of clusters.
    sample_weight : array-like of shape (n,), default=None
        The weights of the points; all equal by default.
    init, n_init, max_iter, verbose, tol, random_state, copy_x, algorithm
        As in `KMeans`.
    return_n_iter : bool, default=False
        Whether to return the number of iterations.

    Returns
    -------
    centroid : ndarray of shape (n_clusters, d)
        The centres.
    label : ndarray of shape (n,), int32
        The index of each point's centre.
    inertia : float
        The weighted sum of squared distances to the nearest centres.
    best_n_iter : int
        The iterations of the best run; only with `return_n_iter`.
    """
    model = KMeans(
        n_clusters, init=init, n_init=n_init, max_iter=max_iter,
        verbose=verbose, tol=tol, random_state=random_state, copy_x=copy_x,
        algorithm=algorithm).fit(X, sample_weight=sample_weight)
    found = model.cluster_centers_, model.labels_, model.inertia_
    return (*found, model.n_iter_) if return_n_iter else found


@np.errstate(all="ignore")
def kmeans_plusplus(X: Points, n_clusters: int, *, sample_weight: Any = None,
                    x_squared_norms: Any = None, random_state: Any = None,
                    n_local_trials: int | None = None
                    ) -> tuple[np.ndarray, np.ndarray]:
    """Choose initial centres among the points by greedy k-means++.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n, d)
        The points.
    n_clusters : int
        The number of centres.
    sample_weight : array-like of shape (n,), default=None
        The weights of the points; all equal by default.
    x_squared_norms : array-like of shape (n,), default=None
        Accepted for compatibility; only its length is checked.
    random_state : int, RandomState instance or None, default=None
        An int makes the choice repeatable.
    n_local_trials : int, default=None
        The candidates for each centre, of which the best is taken;
        2 + int(log(n_clusters)) by default.

    Returns
    -------
    centers : ndarray of shape (n_clusters, d)
        The centres.
    indices : ndarray of shape (n_clusters,)
        Which points they are.
    """
    validation.check_values("kmeans_plusplus", PLUSPLUS_RULES, {
        "n_clusters": n_clusters, "x_squared_norms": x_squared_norms,
        "random_state": random_state, "n_local_trials": n_local_trials})
    X = check_array(X, accept_sparse="csr", dtype=DTYPES, order="C")
    n = X.shape[0]
    validation.check_enough_points(n, n_clusters)
    if x_squared_norms is not None and len(x_squared_norms) != n:
        raise ValueError(
            f"The length of x_squared_norms {len(x_squared_norms)} should be "
            f"equal to the length of n_samples {n}.")
    return kmeans_plus_plus(
        X, n_clusters, validation.check_weights(sample_weight, n),
        check_random_state(random_state), n_local_trials)
