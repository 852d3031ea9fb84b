"""What both estimators share: starts, scales, and all that needs no loop.

    X (n, d)  float64, float32 or uint8, C-contiguous, or CSR
    C (k, d)  centres, float64 or float32
"""

from functools import wraps
import warnings

import numpy as np
from sklearn.base import (
    BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin,
    TransformerMixin)
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.utils.validation import check_is_fitted, validate_data

from kmeanslab.engine.assign.distances import DTYPES
from kmeanslab.engine.predict import predict
from kmeanslab.engine.seeding import kmeans_plus_plus, random_rows
from kmeanslab.estimators import validation

MANY = 2 ** 20           # numbers, taken at a time


def restore_on_error(method):
    """A method that, should it fail, leaves the estimator as it was.

    Whatever stops it, a wrong argument or Ctrl-C: no half of a fit stays.
    """
    @wraps(method)
    def guarded(self, *args, **kwargs):
        before = dict(vars(self))
        try:
            return method(self, *args, **kwargs)
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise
    return guarded


def start(X, k, init, weights, random_state, size=None):
    """Initial centres (k, d): `init` is a name, an array or a function.

    Sought among `size` random points only, if that is less than all.
    """
    if size is not None and size < X.shape[0]:
        some = random_state.randint(0, X.shape[0], size)
        X, weights = X[some], weights[some]
    if callable(init):
        init = init(X, k, random_state=random_state)
        return validation.check_centres(init, X, k)
    if not isinstance(init, str):
        return validation.check_centres(init, X, k)
    if init == "random":
        return random_rows(X, k, weights, random_state)
    return kmeans_plus_plus(X, k, weights, random_state)[0]


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


def warn_of_few(labels, k):
    """Warn of clusters without points."""
    found = np.count_nonzero(np.bincount(labels))
    if found < k:
        warnings.warn(
            f"Number of distinct clusters ({found}) found smaller than "
            f"n_clusters ({k}). Possibly due to duplicate points in X.",
            ConvergenceWarning, stacklevel=5)


class BaseKMeans(ClassNamePrefixFeaturesOutMixin, TransformerMixin,
                 ClusterMixin, BaseEstimator):
    """An estimator with centres; how it finds them is its own affair."""

    RULES = {
        "n_clusters": [validation.integer_from(1)],
        "init": [validation.one_of("k-means++", "random"), validation.CALLABLE,
                 validation.ARRAY],
        "n_init": [validation.one_of("auto"), validation.integer_from(1)],
        "max_iter": [validation.integer_from(1)],
        "tol": [validation.NON_NEGATIVE],
        "verbose": [validation.integer_from(0), validation.BOOLEAN],
        "random_state": [validation.SEED, validation.RANDOM_STATE,
                         validation.NONE],
    }

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def fit_predict(self, X, y=None, sample_weight=None):
        """Fit, and return the labels of X, (n,) int32."""
        return self.fit(X, sample_weight=sample_weight).labels_

    def fit_transform(self, X, y=None, sample_weight=None):
        """Fit, and return the distances of X to the centres, (n, k)."""
        return self.fit(X, sample_weight=sample_weight).transform(X)

    def predict(self, X):
        """The index of the nearest centre for each of X (n, d), (n,) int32.

        The lowest index of a tie; what `labels_` is for the X of the fit.
        """
        check_is_fitted(self)
        return predict(self._points(X), self.cluster_centers_)[0]

    def transform(self, X):
        """The distance of each of X (n, d) to each centre, (n, k) float."""
        check_is_fitted(self)
        X, C = self._points(X), self.cluster_centers_
        dtype = np.result_type(X, C)
        if X.dtype == dtype:
            return euclidean_distances(X, C)
        rows = max(1, MANY // X.shape[1])    # not all of X in another type
        return np.concatenate([
            euclidean_distances(X[s:s + rows].astype(dtype), C)
            for s in range(0, X.shape[0], rows)])

    def score(self, X, y=None, sample_weight=None):
        """The inertia of X (n, d), negative: the higher the better."""
        check_is_fitted(self)
        X = self._points(X)
        weights = validation.check_weights(sample_weight, X.shape[0])
        return -predict(X, self.cluster_centers_, weights)[1]

    def _points(self, X, reset=False):
        """X as the engine takes it: a view of X if it can be."""
        return validate_data(self, X, reset=reset, accept_sparse="csr",
                             dtype=DTYPES, order="C")

    def _fit_points(self, X, sample_weight):
        """Points, weights and initial centres (or how to find them)."""
        validation.check_parameters(self)
        X = self._points(X, reset=True)
        n, k = X.shape[0], self.n_clusters
        validation.check_enough_points(n, k)
        weights = validation.check_weights(sample_weight, n)
        init = self.init
        if validation.is_array(init):
            init = validation.check_centres(init, X, k)
            if self.n_init not in ("auto", 1):
                warnings.warn(
                    "Explicit initial center position passed: performing "
                    f"only one init in {type(self).__name__} instead of "
                    f"n_init={self.n_init}.", RuntimeWarning, stacklevel=4)
        return X, weights, init

    @property
    def _n_init(self):
        """How many starts `n_init` means."""
        if validation.is_array(self.init):
            return 1
        if self.n_init != "auto":
            return self.n_init
        named = isinstance(self.init, str) and self.init == "k-means++"
        return 1 if named else self.MANY_STARTS

    @property
    def _n_features_out(self):
        return len(self.cluster_centers_)
