"""KMeans and MiniBatchKMeans, to be used as scikit-learn's are.

The same parameters, attributes, methods, warnings and errors; scikit-learn's
own tests of its estimators pass on these.  What differs is said below.

    X (n, d)  array-like or CSR; float64, float32 and uint8 are used as they
              are, without a copy, other types become float64
"""

import warnings

from sklearn.utils import check_array, check_random_state

from kmeanslab.engine import lloyd
from kmeanslab.engine.assign.choice import choose_method
from kmeanslab.engine.assign.distances import DTYPES
from kmeanslab.engine.seeding import kmeans_plus_plus
from kmeanslab.engine.variance import mean_variance
from kmeanslab.estimators import validation
from kmeanslab.estimators.base import (
    BaseKMeans, better, restore_on_error, start, warn_of_few)
from kmeanslab.estimators.callbacks import (
    CallbackSupportMixin, Watch, fit_task, with_callbacks)


class KMeans(CallbackSupportMixin, BaseKMeans):
    """K-means by Lloyd's algorithm, exactly, without its needless distances.

    Parameters
    ----------
    n_clusters, max_iter, verbose : int
    init : "k-means++", "random", array (n_clusters, d) or function
        Where the centres start; a function of X, n_clusters, random_state.
    n_init : "auto" or int
        Starts to try; "auto" is 10 for "random" and functions, else 1.
    tol : float
        A run ends when no label changes, or the sum of the centres' squared
        shifts is at most `tol` times the mean variance of the columns.
    random_state : int, RandomState or None
    copy_x : bool
        Nothing to choose: X is neither copied nor changed.
    algorithm : "lloyd" or "elkan"
        Nothing to choose: the result is Lloyd's.  Where data is dense bounds
        save distances, once data is large enough to load Numba for it.

    Attributes
    ----------
    cluster_centers_ : (n_clusters, d), float32 for float32 data else float64
    labels_ : (n,) int32; equals predict(X), also when `tol` ended the run
    inertia_ : float, the weighted sum of squared distances
    n_iter_, n_features_in_ : int
    feature_names_in_ : (d,), where X has names
    history_ : list of `lloyd.Iteration`, of the run that won

    Notes
    -----
    Memory beyond X: some 70 bytes a point, n_clusters more (at most 512) with
    bounds, and up to 64 MB of work space a thread, however large X is.  With
    bounds also a copy of X unless it lies in a file: a byte a number where
    the values are at most 256 evenly spaced ones, as of images; else four
    bytes for float64, none for float32 and uint8.
    A fit that fails or is interrupted leaves the estimator as it was before.

    >>> import numpy as np
    >>> from kmeanslab import KMeans
    >>> X = np.array([[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]])
    >>> model = KMeans(n_clusters=2, random_state=0).fit(X)
    >>> model.cluster_centers_[model.predict([[0, 0], [12, 3]])]
    array([[ 1.,  2.],
           [10.,  2.]])
    """

    MANY_STARTS = 10
    RULES = {**BaseKMeans.RULES,
             "copy_x": [validation.BOOLEAN],
             "algorithm": [validation.one_of("lloyd", "elkan")]}

    def __init__(self, n_clusters=8, *, init="k-means++", n_init="auto",
                 max_iter=300, tol=1e-4, verbose=0, random_state=None,
                 copy_x=True, algorithm="lloyd"):
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state
        self.copy_x = copy_x
        self.algorithm = algorithm

    @restore_on_error
    @with_callbacks
    def fit(self, X, y=None, sample_weight=None):
        """Find the centres of X (n, d), weighted by sample_weight (n,).

        Raises ValueError for fewer points than clusters, for NaN, infinity,
        wrong shapes, negative or all-zero weights.  An int as random_state
        makes it repeatable, for any number of threads.
        """
        X, weights, init = self._fit_points(X, sample_weight)
        if self.algorithm == "elkan" and self.n_clusters == 1:
            warnings.warn("algorithm='elkan' doesn't make sense for a single "
                          "cluster. Using 'lloyd' instead.", RuntimeWarning)
        tol = self.tol and self.tol * mean_variance(X)
        random_state = check_random_state(self.random_state)
        fit = fit_task(self, self._n_init, X, sample_weight)
        best = None
        for _ in range(self._n_init):
            run = fit.task("run", self.max_iter)
            C = start(X, self.n_clusters, init, weights, random_state)
            result = self._run(X, C, weights, tol, run)
            if best is None or better(result, best):
                best = result
            if run.end(**attributes(result)):
                break
        warn_of_few(best.labels, self.n_clusters)
        vars(self).update(attributes(best))
        fit.end(**attributes(best))
        return self

    def _run(self, X, C, weights, tol, task):
        """One run of the engine; its result."""
        if self.verbose:
            print("Initialization complete")
        watch = Watch(task, self.verbose, self.max_iter)
        result = lloyd.run(
            X, C, weights, max_iter=self.max_iter, tol=tol,
            method=choose_method(X, self.n_clusters),
            callback=watch if watch else None)
        watch.end(result, tol)
        return result


def attributes(result):
    """What a run's result makes of a KMeans."""
    return {"cluster_centers_": result.centres, "labels_": result.labels,
            "inertia_": result.inertia, "n_iter_": result.n_iter,
            "history_": result.history}


def k_means(X, n_clusters, *, sample_weight=None, return_n_iter=False,
            **parameters):
    """KMeans in one call: centres (k, d), labels (n,), inertia (, n_iter)."""
    model = KMeans(n_clusters, **parameters).fit(X, None, sample_weight)
    found = model.cluster_centers_, model.labels_, model.inertia_
    return (*found, model.n_iter_) if return_n_iter else found


def kmeans_plusplus(X, n_clusters, *, sample_weight=None,
                    x_squared_norms=None, random_state=None,
                    n_local_trials=None):
    """Greedy k-means++: centres (n_clusters, d) and the points they are.

    Each next centre is the best of `n_local_trials`, by default 2 + log k.
    """
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
