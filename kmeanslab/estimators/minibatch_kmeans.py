"""MiniBatchKMeans, to be used as scikit-learn's is.

    X (n, d)  array-like or CSR; float64, float32 and uint8 are used as they
              are, without a copy, other types become float64
"""

import warnings

import numpy as np
from sklearn.utils import check_random_state

from kmeanslab.engine import minibatch
from kmeanslab.engine.assign.choice import choose_method
from kmeanslab.engine.predict import predict
from kmeanslab.engine.variance import mean_variance
from kmeanslab.estimators import validation
from kmeanslab.estimators.base import BaseKMeans, restore_on_error, start


class MiniBatchKMeans(BaseKMeans):
    """K-means on a few random points at a time: not exact, soon good.

    Parameters
    ----------
    n_clusters, init, verbose, random_state : as in `KMeans`
    batch_size, max_iter : int
        Points a step takes; how many times n points all steps take at most.
    compute_labels : bool
        Whether `fit` ends with a look at all points, which sets `labels_` and
        the exact `inertia_`, after one full update of the centres.
    tol : float
        Ends a fit when the sum of the centres' squared shifts in a step is
        at most `tol` times the mean variance of the columns; 0: never.
    max_no_improvement : int or None
        Ends a fit after so many steps without a lower smoothed inertia.
    init_size : int or None
        Random points that starts are chosen and compared on; by default
        3 batch_size, or 3 n_clusters if that is not enough.
    n_init : "auto" or int
        Starts to compare; "auto" is 3 for "random" and functions, else 1.
    reassignment_ratio : float
        Centres given less than this part of the most that one was given are
        moved to random points.

    Attributes
    ----------
    cluster_centers_, labels_, n_features_in_, feature_names_in_ : as `KMeans`
    inertia_ : float; estimated from the last batches without compute_labels
    n_steps_, n_iter_ : int; steps, and times all points that they made

    >>> import numpy as np
    >>> from kmeanslab import MiniBatchKMeans
    >>> X = np.array([[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]])
    >>> model = MiniBatchKMeans(n_clusters=2, random_state=0).fit(X)
    >>> model.predict([[0, 0]]) == model.predict([[2, 3]])
    array([ True])
    """

    MANY_STARTS = 3
    RULES = {**BaseKMeans.RULES,
             "batch_size": [validation.integer_from(1)],
             "compute_labels": [validation.BOOLEAN],
             "max_no_improvement": [validation.integer_from(0),
                                    validation.NONE],
             "init_size": [validation.integer_from(1), validation.NONE],
             "reassignment_ratio": [validation.NON_NEGATIVE]}

    def __init__(self, n_clusters=8, *, init="k-means++", max_iter=100,
                 batch_size=1024, verbose=0, compute_labels=True,
                 random_state=None, tol=0.0, max_no_improvement=10,
                 init_size=None, n_init="auto", reassignment_ratio=0.01):
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
    def fit(self, X, y=None, sample_weight=None):
        """Find centres of X (n, d), weighted; raises what `KMeans` does."""
        X, weights, init = self._begin(X, sample_weight)
        n, size = X.shape[0], min(self.batch_size, X.shape[0])
        C = self._start(X, init, weights, self._n_init)
        result = minibatch.run(
            X, C, weights, self._random_state, batch_size=size,
            max_iter=self.max_iter,
            tol=self.tol and self.tol * mean_variance(X),
            max_no_improvement=self.max_no_improvement,
            reassignment_ratio=self.reassignment_ratio, verbose=self.verbose,
            full_updates=int(self.compute_labels),
            method=choose_method(X, self.n_clusters))
        self._learn(result, result.centres.dtype)
        self.n_steps_ = result.n_steps
        self.n_iter_ = -(-result.n_steps * size // n)
        if self.compute_labels:
            self.labels_, self.inertia_ = result.labels, result.inertia
        else:
            self.inertia_ = float(result.ewa_inertia * weights.sum())
        return self

    @restore_on_error
    def partial_fit(self, X, y=None, sample_weight=None):
        """Take one step with X as the batch; the first makes the start."""
        if hasattr(self, "cluster_centers_"):
            X = self._points(X)
            weights = validation.check_weights(sample_weight, X.shape[0])
        else:
            X, weights, init = self._begin(X, sample_weight)
            C = self._start(X, init, weights, 1)
            self._learn(minibatch.begin(C), C.dtype)
            self.n_steps_ = 0
        stream = minibatch.Stream(
            self.cluster_centers_.astype(np.float64), *self._stream)
        stream = minibatch.step(
            stream, X, weights, self._random_state, verbose=self.verbose,
            reassignment_ratio=self.reassignment_ratio)
        self._learn(stream, self.cluster_centers_.dtype)
        self.n_steps_ += 1
        if self.compute_labels:
            self.labels_, self.inertia_ = predict(
                X, self.cluster_centers_, weights)
        return self

    def _begin(self, X, sample_weight):
        """What every first look at points does."""
        X, weights, init = self._fit_points(X, sample_weight)
        self._random_state = check_random_state(self.random_state)
        k, size = self.n_clusters, self.init_size
        if size is None:
            size = 3 * min(self.batch_size, X.shape[0])
        elif size < k:
            warnings.warn(
                f"init_size={size} should be larger than n_clusters={k}. "
                "Setting it to min(3*n_clusters, n_samples)", RuntimeWarning,
                stacklevel=4)
        self._init_size = min(size if size >= k else 3 * k, X.shape[0])
        return X, weights, init

    def _start(self, X, init, weights, count):
        """Of so many starts the one with the least inertia of some points."""
        random, size = self._random_state, self._init_size
        starts = [start(X, self.n_clusters, init, weights, random, size)
                  for _ in range(count)]
        if count == 1:
            return starts[0]
        some = random.randint(0, X.shape[0], size)
        inertias = [predict(X[some], C, weights[some])[1] for C in starts]
        return starts[np.argmin(inertias)]

    def _learn(self, stream, dtype):
        """Keep the centres, and what goes on from batch to batch."""
        self.cluster_centers_ = stream.centres.astype(dtype)
        self._stream = stream.counts, stream.since
