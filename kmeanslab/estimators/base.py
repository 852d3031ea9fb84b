"""What both estimators share: checks, and what needs no fit.

    X (n, d)  float64, float32 or uint8, C-contiguous, or CSR
    C (k, d)  centres, float64 or float32
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, TypeAlias, TypeVar

import numpy as np
from sklearn.base import (
    BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin,
    TransformerMixin)
from sklearn.utils.validation import (
    assert_all_finite, check_is_fitted, validate_data)

from kmeanslab.engine.assign.distances import DTYPES
from kmeanslab.engine.predict import distances_to_centres, inertia, predict
from kmeanslab.estimators import validation

Points: TypeAlias = Any          # array-like, data frame or CSR, (n, d)
Method = TypeVar("Method", bound=Callable[..., Any])
Self = TypeVar("Self", bound="BaseKMeans")


def restore_on_error(method: Method) -> Method:
    """Return a method that changes its estimator entirely or not at all.

    It works on a copy, whose attributes replace those of the estimator in one
    assignment.  So an error or Ctrl-C leaves the estimator as it was, and
    other threads can use the last fit meanwhile.  NumPy's settings for
    overflow and the like have no influence.
    """
    @wraps(method)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        copy = object.__new__(type(self))
        copy.__dict__ = dict(vars(self))
        with np.errstate(all="ignore"):
            result = method(copy, *args, **kwargs)
        self.__dict__ = copy.__dict__
        return self if result is copy else result
    return wrapper                             # type: ignore[return-value]


class BaseKMeans(ClassNamePrefixFeaturesOutMixin, TransformerMixin,
                 ClusterMixin, BaseEstimator):
    """An estimator with centres; subclasses say how to find them.

    Attributes
    ----------
    RULES : dict of str to list of Rule
        The valid values of each parameter.
    AUTO_STARTS : int
        What `n_init="auto"` means for random starts.
    """

    AUTO_STARTS: ClassVar[int]
    RULES: ClassVar[dict[str, list[validation.Rule]]] = {
        "n_clusters": [validation.integer_from(1)],
        "init": [validation.one_of("k-means++", "random"), validation.CALLABLE,
                 validation.ARRAY],
        "n_init": [validation.one_of("auto"), validation.integer_from(1)],
        "max_iter": [validation.integer_from(1)],
        "tol": [validation.NON_NEGATIVE],
        "verbose": [validation.integer_from(0), validation.BOOLEAN],
        "random_state": validation.ANY_SEED,
    }
    n_clusters: int
    init: Any
    n_init: Any
    cluster_centers_: np.ndarray
    labels_: np.ndarray
    n_features_in_: int

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def fit(self: Self, X: Points, y: Any = None,
            sample_weight: Any = None) -> Self:
        """Find the centres; each subclass does."""
        raise NotImplementedError

    def fit_predict(self, X: Points, y: Any = None,
                    sample_weight: Any = None) -> np.ndarray:
        """Fit, and return the index of each point's cluster.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n, d)
        y : ignored
        sample_weight : array-like of shape (n,), default=None

        Returns
        -------
        labels : ndarray of shape (n,), int32
        """
        return self.fit(X, sample_weight=sample_weight).labels_

    def fit_transform(self, X: Points, y: Any = None,
                      sample_weight: Any = None) -> np.ndarray:
        """Fit, and return the distance of each point to each centre.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n, d)
        y : ignored
        sample_weight : array-like of shape (n,), default=None

        Returns
        -------
        distances : ndarray of shape (n, n_clusters)
        """
        return self.fit(X, sample_weight=sample_weight).transform(X)

    @np.errstate(all="ignore")
    def predict(self, X: Points) -> np.ndarray:
        """Return the index of the nearest centre of each point.

        A tie goes to the lowest index.  For the X of the fit these are the
        `labels_`.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n, d)

        Returns
        -------
        labels : ndarray of shape (n,), int32
        """
        X, C = self._points_and_centres(X)
        return predict(X, C, check=lambda: self._check_finite(X))[0]

    @np.errstate(all="ignore")
    def transform(self, X: Points) -> np.ndarray:
        """Return the distance of each point to each centre.

        The first minimum of each row is at the label that `predict` returns.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n, d)

        Returns
        -------
        distances : ndarray of shape (n, n_clusters)
            float32 if the points and the centres are, else float64.
        """
        X, C = self._points_and_centres(X)
        return distances_to_centres(X, C, lambda: self._check_finite(X))

    @np.errstate(all="ignore")
    def score(self, X: Points, y: Any = None,
              sample_weight: Any = None) -> float:
        """Return the negative inertia of the points: the higher, the better.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n, d)
        y : ignored
        sample_weight : array-like of shape (n,), default=None

        Returns
        -------
        score : float
        """
        X, C = self._points_and_centres(X)
        weights = (np.broadcast_to(1.0, X.shape[0]) if sample_weight is None
                   else validation.check_weights(sample_weight, X.shape[0]))
        return -inertia(X, C, weights, lambda: self._check_finite(X))

    def _points(self, X: Points, reset: bool = False, finite: bool = False
                ) -> Any:
        """Return X in a form that the engine takes: without a copy if it can.

        `reset` says whether X decides the number and names of the features,
        `finite` that an array need not be looked through for NaN.
        """
        if validation.is_checked(X, finite):
            if reset:
                self.__dict__.pop("feature_names_in_", None)
                self.n_features_in_ = X.shape[1]
            if (X.shape[1] == getattr(self, "n_features_in_", X.shape[1])
                    and not hasattr(self, "feature_names_in_")):
                return X
        return validate_data(self, X, reset=reset, accept_sparse="csr",
                             dtype=DTYPES, order="C")

    def _check_finite(self, X: Any) -> None:
        """Raise ValueError if an array has NaN; CSR has been looked through.
        """
        if isinstance(X, np.ndarray) and not validation.is_checked(X):
            assert_all_finite(X, estimator_name=type(self).__name__,
                              input_name="X")

    def _points_and_centres(self, X: Points) -> tuple[Any, np.ndarray]:
        """Return X as the engine takes it, and the centres to use for it.

        X may hold NaN still.  The centres may have been set by hand.
        """
        if not hasattr(self, "cluster_centers_"):
            check_is_fitted(self)
        C = np.asarray(self.cluster_centers_)
        if C.dtype not in (np.float32, np.float64):
            C = C.astype(np.float64)
        X = self._points(X, finite=True)
        if X.shape[1] != C.shape[1]:
            raise ValueError(
                f"X has {X.shape[1]} features, but the centers have "
                f"{C.shape[1]}.")
        return X, C

    def _fit_points(self, X: Points, sample_weight: Any
                    ) -> tuple[Any, np.ndarray, Any]:
        """Return points, weights and `init`, all of them checked."""
        validation.check_parameters(self)
        X = self._points(X, reset=True)
        n, k = X.shape[0], self.n_clusters
        validation.check_enough_points(n, k)
        weights = validation.check_weights(sample_weight, n)
        init = self.init
        if validation.is_array(init):
            init = validation.check_centres(init, X, k)
            if self.n_init not in ("auto", 1):
                validation.warn(
                    "Explicit initial center position passed: performing "
                    f"only one init in {type(self).__name__} instead of "
                    f"n_init={self.n_init}.", RuntimeWarning)
        return X, weights, init

    @property
    def _n_init(self) -> int:
        """The number of starts that `n_init` stands for."""
        if validation.is_array(self.init):
            return 1
        if self.n_init != "auto":
            return self.n_init
        greedy = isinstance(self.init, str) and self.init == "k-means++"
        return 1 if greedy else self.AUTO_STARTS

    @property
    def _n_features_out(self) -> int:
        return len(self.cluster_centers_)
