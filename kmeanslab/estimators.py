"""KMeans and MiniBatchKMeans, to be used as scikit-learn's are.

The same parameters, attributes, methods, warnings and errors; scikit-learn's
own tests of its estimators pass on these.  What differs is said below.

    X (n, d)  array-like or CSR; float64, float32 and uint8 are used as they
              are, without a copy, other types become float64
"""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_array, check_random_state

from kmeanslab import lloyd
from kmeanslab.base import (
    BOOLEAN, KEPT, BaseKMeans, all_or_nothing, check_enough, check_weights,
    mean_variance, one_of, start)
from kmeanslab.callbacks import (
    CallbackSupportMixin, Watch, fit_task, with_callbacks)
from kmeanslab.product import Product
from kmeanslab.seeding import plus_plus

BIG = 2 ** 26            # n k d from which on bounds are worth their compiler


class KMeans(CallbackSupportMixin, BaseKMeans):
    """K-means by Lloyd's algorithm, exactly, without its needless distances.

    Parameters
    ----------
    n_clusters : int
    init : "k-means++", "random", array (n_clusters, d) or function
        Where the centres start; a function of X, n_clusters, random_state.
    n_init : "auto" or int
        How many starts are tried; the least inertia wins.  "auto" is 10 for
        "random" and functions, else 1.
    max_iter : int
    tol : float
        A run ends when the sum of the centres' squared shifts is at most
        `tol` times the mean variance of the columns, or when no label
        changes.
    verbose : int
    random_state : int, RandomState or None
    copy_x : bool
        Nothing to choose: X is neither copied nor changed.
    algorithm : "lloyd" or "elkan"
        Nothing to choose: the result is Lloyd's, and bounds save distances
        where they can.  They need Numba, and dense data that is not small;
        else a matrix product does the work, somewhat slower.

    Attributes
    ----------
    cluster_centers_ : (n_clusters, d), float32 for float32 data else float64
    labels_ : (n,) int32; equals predict(X), also when `tol` ended the run
    inertia_ : float, the weighted sum of squared distances
    n_iter_ : int
    history_ : list of `lloyd.Iteration`, of the run that won
    n_features_in_ : int
    feature_names_in_ : (d,), where X has names

    Notes
    -----
    Memory beyond X: about 30 bytes a point, with bounds 16 + n_clusters more.
    A fit that fails or is interrupted leaves the estimator as it was before.

    >>> X = np.array([[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]])
    >>> model = KMeans(n_clusters=2, random_state=0).fit(X)
    >>> model.cluster_centers_[model.predict([[0, 0], [12, 3]])]
    array([[ 1.,  2.],
           [10.,  2.]])
    """

    MANY_STARTS = 10
    RULES = {**BaseKMeans.RULES,
             "copy_x": [BOOLEAN],
             "algorithm": [one_of("lloyd", "elkan")]}

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

    @all_or_nothing
    @with_callbacks
    def fit(self, X, y=None, sample_weight=None):
        """Find the centres of X (n, d), weighted by sample_weight (n,).

        Raises ValueError for fewer points than clusters, for NaN, infinity,
        wrong shapes, negative or all-zero weights; a fit is repeatable with
        an int as random_state, for any number of threads.
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
        self._warn_of_few(best.labels)
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
            method=fastest(X, self.n_clusters), watch=watch if watch else None)
        watch.end(result, tol)
        return result

    def _warn_of_few(self, labels):
        found = np.count_nonzero(np.bincount(labels))
        if found < self.n_clusters:
            warnings.warn(
                f"Number of distinct clusters ({found}) found smaller than "
                f"n_clusters ({self.n_clusters}). Possibly due to duplicate "
                "points in X.", ConvergenceWarning, stacklevel=4)


def attributes(result):
    """What a run's result makes of a KMeans."""
    return {"cluster_centers_": result.centres, "labels_": result.labels,
            "inertia_": result.inertia, "n_iter_": result.n_iter,
            "history_": result.history}


def fastest(X, k):
    """The engine's method for these points."""
    n, d = X.shape
    if isinstance(X, np.ndarray) and n * k * d >= BIG:
        try:
            from kmeanslab.bounds import Bounds      # compiles: half a second
            return Bounds
        except ImportError:                          # no Numba here
            pass
    return Product


def better(result, best):
    """Whether a result has a lower inertia, and not by rounding only."""
    return result.inertia < best.inertia and not (
        renames(result.labels, best.labels)
        and renames(best.labels, result.labels))


def renames(old, new):
    """Whether each old label has become one new label."""
    name = np.empty(old.max() + 1, new.dtype)
    name[old] = new
    return np.array_equal(name[old], new)


def k_means(X, n_clusters, *, sample_weight=None, return_n_iter=False,
            **parameters):
    """KMeans in one call: centres (k, d), labels (n,), inertia.

    And the number of iterations, if `return_n_iter`.  The other parameters
    are those of `KMeans`.
    """
    model = KMeans(n_clusters, **parameters).fit(X, sample_weight=sample_weight)
    found = model.cluster_centers_, model.labels_, model.inertia_
    return (*found, model.n_iter_) if return_n_iter else found


def kmeans_plusplus(X, n_clusters, *, sample_weight=None,
                    x_squared_norms=None, random_state=None,
                    n_local_trials=None):
    """Greedy k-means++: centres (n_clusters, d) and the points they are.

    Of `n_local_trials` candidates for each next centre, 2 + log n_clusters
    unless given, the best is taken.  Norms are not needed; their number is
    checked.
    """
    X = check_array(X, accept_sparse="csr", dtype=KEPT, order="C")
    n = X.shape[0]
    check_enough(n, n_clusters)
    if x_squared_norms is not None and len(x_squared_norms) != n:
        raise ValueError(
            f"The length of x_squared_norms {len(x_squared_norms)} should be "
            f"equal to the length of n_samples {n}.")
    return plus_plus(X, n_clusters, check_weights(sample_weight, n),
                     check_random_state(random_state), n_local_trials)
