"""What both estimators share: checks, starts, and all that needs no fit.

The checks of parameters are our own, in scikit-learn's words: its machinery
for them is private, and this much code is cheaper than a dependence on it.

    X (n, d)  float64, float32 or uint8, C-contiguous, or CSR
    C (k, d)  centres, float64 or float32
"""

from functools import wraps
from numbers import Integral, Real
from typing import Callable, NamedTuple
import warnings

import numpy as np
from sklearn.base import (
    BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin,
    TransformerMixin)
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted, validate_data

from kmeanslab.blocks import row_blocks
from kmeanslab.distances import dense
from kmeanslab.parallel import workers
from kmeanslab.product import Product
from kmeanslab.seeding import plus_plus, random_rows

KEPT = [np.float64, np.float32, np.uint8]    # all else becomes the first
FEW, MANY = 2 ** 16, 2 ** 20                 # numbers, taken at a time


class InvalidParameter(ValueError, TypeError):
    """A parameter of an estimator has a wrong type or value."""


class Rule(NamedTuple):
    """One way to be a right value."""
    words: str
    holds: Callable


def whole(least):
    """An int of at least this."""
    return Rule(f"an int in the range [{least}, inf)",
                lambda value: isinstance(value, Integral) and value >= least)


def one_of(*names):
    """One of these words."""
    return Rule(f"a str among {names}",
                lambda value: isinstance(value, str) and value in names)


NUMBER = Rule("a float in the range [0, inf)",
              lambda value: isinstance(value, Real) and value >= 0)
NOTHING = Rule("None", lambda value: value is None)
BOOLEAN = Rule("a bool", lambda value: isinstance(value, (bool, np.bool_)))
FUNCTION = Rule("a callable", callable)
SEED = Rule("an int in the range [0, 2**32 - 1]", lambda value: isinstance(
    value, Integral) and 0 <= value < 2 ** 32)
GENERATOR = Rule("a numpy.random.RandomState", lambda value: isinstance(
    value, np.random.RandomState))


def is_array(value):
    """Whether this is like an array, and no single value or word."""
    return hasattr(value, "__len__") and not isinstance(value, str)


ARRAY = Rule("an array-like", is_array)


def check_parameters(estimator):
    """Raise InvalidParameter unless each obeys one of its rules."""
    for name, rules in estimator.RULES.items():
        value = getattr(estimator, name)
        if not any(rule.holds(value) for rule in rules):
            words = " or ".join(rule.words for rule in rules)
            raise InvalidParameter(
                f"The {name!r} parameter of {type(estimator).__name__} must "
                f"be {words}. Got {value!r} instead.")


def all_or_nothing(method):
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


def check_enough(n, k):
    """Raise ValueError unless there is a point for each cluster."""
    if n < k:
        raise ValueError(f"n_samples={n} should be >= n_clusters={k}.")


def check_weights(weights, n):
    """Weights of n points as float64 (n,); none given means all equal."""
    if weights is None or isinstance(weights, Real):
        weights = np.full(n, 1.0 if weights is None else weights)
    weights = check_array(
        weights, dtype=np.float64, order="C", ensure_2d=False,
        ensure_non_negative=True, input_name="sample_weight")
    if weights.shape != (n,):
        raise ValueError(
            f"sample_weight.shape == {weights.shape}, expected {(n,)}!")
    if not weights.any():
        raise ValueError(
            "Sample weights must contain at least one non-zero number.")
    return weights


def check_start(C, X, k):
    """Initial centres that someone gave, as (k, d) of a centre's type."""
    dtype = np.float32 if X.dtype == np.float32 else np.float64
    C = check_array(C, dtype=dtype, order="C", input_name="init")
    for size, wanted, what in [
            (C.shape[0], k, "number of clusters"),
            (C.shape[1], X.shape[1], "number of features of the data")]:
        if size != wanted:
            raise ValueError(
                f"The shape of the initial centers {C.shape} does not match "
                f"the {what} {wanted}.")
    return C


def start(X, k, init, weights, random_state):
    """Initial centres (k, d): `init` is a name, an array or a function."""
    if callable(init):
        return check_start(init(X, k, random_state=random_state), X, k)
    if not isinstance(init, str):
        return check_start(init, X, k)
    if init == "random":
        return random_rows(X, k, weights, random_state)
    return plus_plus(X, k, weights, random_state)[0]


class Spread:
    """Some points, seen from an origin."""

    def __init__(self, X, origin):
        self.X, self.origin = X, origin

    def sums(self):
        """The sum of the points (d,), the sum of all squares."""
        total, squares = np.zeros(len(self.origin)), 0.0
        rows = max(1, FEW // len(self.origin))
        for s in range(0, self.X.shape[0], rows):
            apart = dense(self.X[s:s + rows]) - self.origin
            total += apart.sum(axis=0)
            squares += np.vdot(apart, apart)
        return total, squares


def mean_variance(X):
    """The mean of the columns' variances, in one pass.

    Seen from a point, which is at most sqrt(n) deviations away from the mean:
    seen from afar the squares would cancel.
    """
    n, d = X.shape
    origin = dense(X[:1])[0]
    parts = [Spread(X[rows], origin) for rows in row_blocks(n, d, 1)]
    with workers(parts) as call:
        totals, squares = zip(*call("sums"))
    total = np.sum(totals, axis=0)
    return max(0.0, (sum(squares) - total @ total / n) / n / d)


def assign(X, C, weights=None):
    """Labels (n,) int32 by the nearest centres C; inertia if weights given."""
    C = C.astype(np.float64)
    method = Product(X, len(C))
    blocks = [method.block(X[rows], None if weights is None else weights[rows])
              for rows in row_blocks(*X.shape, len(C))]
    with (workers(blocks) as call,
          np.errstate(over="ignore", invalid="ignore")):
        done = call("assign", method.centres(C, np.zeros(len(C))))
        for block, (labels, _, _) in zip(blocks, done):
            block.labels = labels        # all are new: there were none
        inertia = None if weights is None else sum(call("inertia", C))
    labels = np.concatenate([block.labels for block in blocks])
    return labels.astype(np.int32), inertia


class BaseKMeans(ClassNamePrefixFeaturesOutMixin, TransformerMixin,
                 ClusterMixin, BaseEstimator):
    """An estimator with centres; how it finds them is its own affair."""

    RULES = {
        "n_clusters": [whole(1)],
        "init": [one_of("k-means++", "random"), FUNCTION, ARRAY],
        "n_init": [one_of("auto"), whole(1)],
        "max_iter": [whole(1)],
        "tol": [NUMBER],
        "verbose": [whole(0), BOOLEAN],
        "random_state": [SEED, GENERATOR, NOTHING],
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
        return assign(self._points(X), self.cluster_centers_)[0]

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
        weights = check_weights(sample_weight, X.shape[0])
        return -assign(X, self.cluster_centers_, weights)[1]

    def _points(self, X, reset=False):
        """X as the engine takes it: a view of X if it can be."""
        return validate_data(self, X, reset=reset, accept_sparse="csr",
                             dtype=KEPT, order="C")

    def _fit_points(self, X, sample_weight):
        """Points, weights and initial centres (or how to find them)."""
        check_parameters(self)
        X = self._points(X, reset=True)
        n, k = X.shape[0], self.n_clusters
        check_enough(n, k)
        weights = check_weights(sample_weight, n)
        init = self.init
        if is_array(init):
            init = check_start(init, X, k)
            if self.n_init not in ("auto", 1):
                warnings.warn(
                    "Explicit initial center position passed: performing "
                    f"only one init in {type(self).__name__} instead of "
                    f"n_init={self.n_init}.", RuntimeWarning, stacklevel=4)
        return X, weights, init

    @property
    def _n_init(self):
        """How many starts `n_init` means."""
        if is_array(self.init):
            return 1
        if self.n_init != "auto":
            return self.n_init
        named = isinstance(self.init, str) and self.init == "k-means++"
        return 1 if named else self.MANY_STARTS

    @property
    def _n_features_out(self):
        return len(self.cluster_centers_)
