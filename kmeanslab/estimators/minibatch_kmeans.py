"""MiniBatchKMeans, with the interface of scikit-learn's.

The same parameters, attributes, methods, warnings and errors; scikit-learn's
own tests of its estimator pass on this one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from kmeanslab.engine import minibatch
from kmeanslab.engine.choice import choose_method
from kmeanslab.engine.predict import inertia, predict
from kmeanslab.engine.variance import mean_variance
from kmeanslab.estimators import validation
from kmeanslab.estimators.base import BaseKMeans, Points, restore_on_error
from kmeanslab.estimators.callbacks import (
    CallbackSupportMixin, IterationTasks, fit_task, has_callbacks,
    with_callbacks)
from kmeanslab.estimators.starts import initial_centres


class MiniBatchKMeans(CallbackSupportMixin, BaseKMeans):
    """K-means clustering from a few random points per step: approximate.

    Parameters
    ----------
    n_clusters : int, default=8
        The number of clusters, and of centres to find.
    init : {"k-means++", "random"}, callable or array-like of shape \
(n_clusters, d), default="k-means++"
        How to choose the initial centres: by greedy k-means++, as random
        points, by a function of X, n_clusters and random_state, or as given.
    max_iter : int, default=100
        The maximum number of steps, as a multiple of those that together take
        n points.
    batch_size : int, default=1024
        The number of points per step.
    verbose : int, default=0
        With 1, print the inertia of each step.
    compute_labels : bool, default=True
        Whether `fit` ends with one full update of the centres by all points,
        which gives `labels_` and the exact `inertia_`.
    random_state : int, RandomState instance or None, default=None
        Random numbers for the initial centres and the batches.  An int makes
        a fit repeatable, for any number of threads.
    tol : float, default=0.0
        A fit ends when the sum of the centres' squared shifts in a step is at
        most `tol` times the mean variance of the columns; 0 means never.
    max_no_improvement : int or None, default=10
        A fit ends after this many steps without a lower smoothed inertia;
        None means never.
    init_size : int or None, default=None
        The number of random points that initial centres are chosen and
        compared on: 3 * batch_size by default, or 3 * n_clusters if that is
        less than n_clusters.
    n_init : "auto" or int, default="auto"
        The number of initial centres to compare.  "auto" means 3 for "random"
        and functions, else 1.
    reassignment_ratio : float, default=0.01
        Centres that were given less than this fraction of the maximum weight
        per centre are moved to random points.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (n_clusters, d)
        The centres: float32 for float32 data, else float64.
    labels_ : ndarray of shape (n,), int32
        The index of each point's nearest centre; equal to predict(X).  After
        `partial_fit` they are those of its batch.
    inertia_ : float
        The weighted sum of squared distances to the nearest centres; without
        `compute_labels` estimated from the last batches.
    n_iter_ : int
        How many times n points the steps of `fit` took, rounded up.
    n_steps_ : int
        The number of steps.
    n_features_in_ : int
        The number of columns of the data.
    feature_names_in_ : ndarray of shape (d,)
        The names of the columns; only if X has names, all of them strings.

    See Also
    --------
    KMeans : Exact, from all points in each iteration.

    Notes
    -----
    X may be float64, float32 or uint8, dense or CSR: these are used without a
    copy.  Other types become float64.  A fit that fails or is interrupted
    leaves the estimator unchanged.  Callbacks are notified of each step.

    Examples
    --------
    >>> import numpy as np
    >>> from kmeanslab import MiniBatchKMeans
    >>> X = np.array([[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]])
    >>> model = MiniBatchKMeans(n_clusters=2, random_state=0).fit(X)
    >>> model.predict([[0, 0]]) == model.predict([[2, 3]])
    array([ True])
    """

    AUTO_STARTS = 3
    RULES = {**BaseKMeans.RULES,
             "batch_size": [validation.integer_from(1)],
             "compute_labels": [validation.BOOLEAN],
             "max_no_improvement": [validation.integer_from(0),
                                    validation.NONE],
             "init_size": [validation.integer_from(1), validation.NONE],
             "reassignment_ratio": [validation.NON_NEGATIVE]}

    def __init__(self, n_clusters: int = 8, *, init: Any = "k-means++",
                 max_iter: int = 100, batch_size: int = 1024, verbose: int = 0,
                 compute_labels: bool = True, random_state: Any = None,
                 tol: float = 0.0, max_no_improvement: int | None = 10,
                 init_size: int | None = None, n_init: Any = "auto",
                 reassignment_ratio: float = 0.01) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.verbose = verbose
        self.compute_labels = compute_labels
        self.random_state = random_state
        self.tol = tol
        self.max_no_improvement = max_no_improvement
        self.init_size = init_size
        self.n_init = n_init
        self.reassignment_ratio = reassignment_ratio

    @restore_on_error
    @with_callbacks
    def fit(self, X: Points, y: Any = None,
            sample_weight: Any = None) -> MiniBatchKMeans:
        """Find the centres of the points.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n, d)
            The points.
        y : ignored
        sample_weight : array-like of shape (n,), default=None
            The weights of the points; all equal by default.

        Returns
        -------
        self : MiniBatchKMeans

        Raises
        ------
        ValueError
            For invalid parameters, fewer points than clusters, NaN, infinity,
            wrong shapes, and negative or all-zero weights.
        """
        given = sample_weight
        X, weights, init = self._begin(X, sample_weight)
        n, size = X.shape[0], min(self.batch_size, X.shape[0])
        max_steps = self.max_iter * n // size
        fit = fit_task(self, max_steps, X, given)
        C = self._best_start(X, init, weights, self._n_init)
        iterations = IterationTasks(fit, max_steps)
        result = minibatch.run(
            X, C, weights, self._random_state, batch_size=size,
            max_iter=self.max_iter,
            tol=self.tol and self.tol * mean_variance(X),
            max_no_improvement=self.max_no_improvement,
            reassignment_ratio=self.reassignment_ratio,
            verbose=bool(self.verbose),
            full_updates=int(self.compute_labels),
            method=choose_method(X, self.n_clusters),
            callback=iterations if has_callbacks(self) else None)
        iterations.finish(result.converged)
        self._keep(result, result.centres.dtype)
        self.n_steps_ = result.n_steps
        self.n_iter_ = -(-result.n_steps * size // n)
        if result.labels is not None:
            self.labels_, self.inertia_ = result.labels, result.inertia
        else:
            self.inertia_ = float(result.ewa_inertia * weights.sum())
        fit.end(cluster_centers_=self.cluster_centers_)
        return self

    @restore_on_error
    def partial_fit(self, X: Points, y: Any = None,
                    sample_weight: Any = None) -> MiniBatchKMeans:
        """Take one step with X as the batch.

        The first batch gives the initial centres, unless `cluster_centers_`
        have been set by hand.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (m, d)
            The points of the batch.
        y : ignored
        sample_weight : array-like of shape (m,), default=None
            The weights of the points; all equal by default.

        Returns
        -------
        self : MiniBatchKMeans
        """
        if hasattr(self, "cluster_centers_"):
            X, C = self._points_and_centres(X)
            self._check_finite(X)
            weights = validation.check_weights(sample_weight, X.shape[0])
        else:
            X, weights, init = self._begin(X, sample_weight)
            C = self._best_start(X, init, weights, 1)
        stream = minibatch.step(
            self._stream_from(C), X, weights, self._generator(),
            verbose=bool(self.verbose),
            reassignment_ratio=self.reassignment_ratio,
            method=choose_method(X, len(C)))
        self._keep(stream, C.dtype)
        self.n_features_in_ = X.shape[1]
        self.n_steps_ = getattr(self, "n_steps_", 0) + 1
        if self.compute_labels:
            self.labels_, self.inertia_ = predict(
                X, self.cluster_centers_, weights)
        return self

    def _begin(self, X: Points, sample_weight: Any
               ) -> tuple[Any, np.ndarray, Any]:
        """Check the first points; forget what was known of others.

        Returns points, weights and `init`.
        """
        X, weights, init = self._fit_points(X, sample_weight)
        self._random_state = check_random_state(self.random_state)
        self._counts = None
        self.__dict__.pop("labels_", None)
        k, size = self.n_clusters, self.init_size
        if size is None:
            size = 3 * min(self.batch_size, X.shape[0])
        elif size < k:
            validation.warn(
                f"init_size={size} should be larger than n_clusters={k}. "
                "Setting it to min(3*n_clusters, n_samples)", RuntimeWarning)
        self._init_size = min(size if size >= k else 3 * k, X.shape[0])
        return X, weights, init

    def _best_start(self, X: Any, init: Any, weights: np.ndarray,
                    count: int) -> np.ndarray:
        """Return the best of `count` starts by the inertia of some points."""
        random, size = self._random_state, self._init_size
        starts = [initial_centres(X, self.n_clusters, init, weights, random,
                                  size) for _ in range(count)]
        if count == 1:
            return starts[0]
        rows = random.randint(0, X.shape[0], size)
        inertias = [inertia(X[rows], C, weights[rows]) for C in starts]
        return starts[int(np.argmin(inertias))]

    def _generator(self) -> np.random.RandomState:
        """Return the random numbers of the batches so far."""
        if not hasattr(self, "_random_state"):
            self._random_state = check_random_state(self.random_state)
        return self._random_state

    def _stream_from(self, C: np.ndarray) -> minibatch.Stream:
        """Return the state between two batches, from these centres on.

        Centres that were set by hand begin without points.
        """
        counts = getattr(self, "_counts", None)
        if counts is None or len(counts) != len(C):
            return minibatch.begin(C)
        return minibatch.begin(C, counts, self._since)

    def _keep(self, stream: Any, dtype: Any) -> None:
        """Keep the centres, and what the next batch needs."""
        self.cluster_centers_ = stream.centres.astype(dtype)
        self._counts, self._since = stream.counts, stream.since
