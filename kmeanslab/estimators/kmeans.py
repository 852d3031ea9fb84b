"""KMeans, with the interface of scikit-learn's.

The same parameters, attributes, methods, warnings and errors; scikit-learn's
own tests of its estimator pass on this one.  Differences are documented at the
class.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from kmeanslab.engine import lloyd
from kmeanslab.engine.choice import choose_method
from kmeanslab.engine.together import pays
from kmeanslab.engine.variance import mean_variance
from kmeanslab.estimators import validation
from kmeanslab.estimators.base import BaseKMeans, Points, restore_on_error
from kmeanslab.estimators.callbacks import (
    CallbackSupportMixin, IterationTasks, NoTask, fit_task, has_callbacks,
    with_callbacks)
from kmeanslab.estimators.results import (
    is_better, warn_of_empty_clusters, warn_of_range)
from kmeanslab.estimators.starts import best_start, initial_centres


class KMeans(CallbackSupportMixin, BaseKMeans):
    """K-means clustering by Lloyd's algorithm, exact.

    Distances that cannot change the result are skipped.

    Parameters
    ----------
    n_clusters : int, default=8
        The number of clusters, and of centres to find.
    init : {"k-means++", "random"}, callable or array-like of shape \
(n_clusters, d), default="k-means++"
        How to choose the initial centres: by greedy k-means++, as random
        points, by a function of X, n_clusters and random_state, or as given.
    n_init : "auto" or int, default="auto"
        The number of runs from different initial centres; the one with the
        lowest inertia is kept.  "auto" means 10 for "random" and functions,
        else 1.
    max_iter : int, default=300
        The maximum number of iterations per run.
    tol : float, default=1e-4
        A run ends when no label changes, or when the sum of the centres'
        squared shifts is at most `tol` times the mean variance of the columns.
    verbose : int, default=0
        With 1, print the inertia of each iteration.
    random_state : int, RandomState instance or None, default=None
        Random numbers for the initial centres.  An int makes a fit
        repeatable, for any number of threads.
    copy_x : bool, default=True
        Accepted for compatibility; ignored.  X is never changed.
    algorithm : {"lloyd", "elkan"}, default="lloyd"
        Accepted for compatibility; ignored.  The result is Lloyd's.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (n_clusters, d)
        The centres: float32 for float32 data, else float64.
    labels_ : ndarray of shape (n,), int32
        The index of each point's nearest centre; equal to predict(X).
    inertia_ : float
        The weighted sum of squared distances to the nearest centres.
    n_iter_ : int
        The number of iterations of the best run.
    n_features_in_ : int
        The number of columns of the data.
    feature_names_in_ : ndarray of shape (d,)
        The names of the columns; only if X has names, all of them strings.
    history_ : list of `lloyd.Iteration`
        The iterations of the best run: inertia, shift, moved, rows, distances.

    See Also
    --------
    MiniBatchKMeans : Faster and approximate, from a few points at a time.
    DistributedKMeans : The same results on the workers of a Dask cluster.

    Notes
    -----
    X may be float64, float32 or uint8, dense or CSR: these are used without a
    copy.  Other types become float64.

    With callbacks set, scikit-learn 1.9 or later is notified of each run and
    iteration; `sklearn.callback.ProgressBar` draws bars (it needs `rich`).

    A fit that fails or is interrupted leaves the estimator unchanged.

    Examples
    --------
    >>> import numpy as np
    >>> from kmeanslab import KMeans
    >>> X = np.array([[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]])
    >>> model = KMeans(n_clusters=2, random_state=0).fit(X)
    >>> model.cluster_centers_[model.predict([[0, 0], [12, 3]])]
    array([[ 1.,  2.],
           [10.,  2.]])
    """

    AUTO_STARTS = 10
    RULES = {**BaseKMeans.RULES,
             "copy_x": [validation.BOOLEAN],
             "algorithm": [validation.one_of("lloyd", "elkan")]}

    def __init__(self, n_clusters: int = 8, *, init: Any = "k-means++",
                 n_init: Any = "auto", max_iter: int = 300, tol: float = 1e-4,
                 verbose: int = 0, random_state: Any = None,
                 copy_x: bool = True, algorithm: str = "lloyd") -> None:
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
    def fit(self, X: Points, y: Any = None,
            sample_weight: Any = None) -> KMeans:
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
        self : KMeans

        Raises
        ------
        ValueError
            For invalid parameters, fewer points than clusters, NaN, infinity,
            wrong shapes, and negative or all-zero weights.
        """
        X, weights, init = self._fit_points(X, sample_weight)
        if self.algorithm == "elkan" and self.n_clusters == 1:
            validation.warn("algorithm='elkan' doesn't make sense for a "
                            "single cluster. Using 'lloyd' instead.",
                            RuntimeWarning)
        tol = self.tol and self.tol * mean_variance(X)
        fit = fit_task(self, self._n_init, X, sample_weight)
        best = None
        for C in self._starts(X, weights, init, tol):
            run = fit.subtask("run", self.max_iter)
            result = self._run(X, C, weights, tol, run)
            if best is None or is_better(result, best):
                best = result
            if run.end(**attributes(result)):
                break
        assert best is not None              # n_init is at least 1
        warn_of_empty_clusters(best.labels, self.n_clusters)
        warn_of_range(X, best.centres, best.labels, best.inertia)
        self.__dict__.update(attributes(best))
        fit.end(**attributes(best))
        return self

    def _starts(self, X: Any, weights: np.ndarray, init: Any, tol: float
                ) -> Iterable:
        """Return the initial centres of each run.

        Of the best one only, where that is quickly found out.
        """
        random_state = check_random_state(self.random_state)
        starts = (initial_centres(X, self.n_clusters, init, weights,
                                  random_state) for _ in range(self._n_init))
        if self._n_init == 1 or self._reports_iterations or not pays(
                X, self.n_clusters):
            return starts
        return best_start(X, list(starts), weights, self.max_iter, tol)

    @property
    def _reports_iterations(self) -> bool:
        """Whether each iteration is printed or reported to callbacks."""
        return bool(self.verbose) or has_callbacks(self)

    def _run(self, X: Any, C: np.ndarray, weights: np.ndarray, tol: float,
             task: NoTask) -> lloyd.Result:
        """Run the engine from the centres C; report its iterations."""
        iterations = IterationTasks(task, self.max_iter)

        def callback(number: int, step: lloyd.Iteration) -> bool:
            if self.verbose:
                print(f"Iteration {number}, inertia {step.inertia}.")
            return iterations(number)

        if self.verbose:
            print("Initialization complete")
        result = lloyd.run(
            X, C, weights, max_iter=self.max_iter, tol=tol,
            method=choose_method(X, self.n_clusters),
            callback=callback if self._reports_iterations else None)
        iterations.finish(result.converged)
        if self.verbose and result.converged:
            print_convergence(result, tol)
        return result


def print_convergence(result: lloyd.Result, tol: float) -> None:
    """Print the last iteration of a run, and by what it converged."""
    number, step = result.n_iter - 1, result.history[-1]
    reason = (f"center shift {step.shift ** 2} within tolerance {tol}"
              if result.converged == "tolerance" else result.converged)
    print(f"Iteration {number}, inertia {step.inertia}.\n"
          f"Converged at iteration {number}: {reason}.")


def attributes(result: lloyd.Result) -> dict[str, Any]:
    """Return the fitted attributes of a KMeans with this result."""
    return {"cluster_centers_": result.centres, "labels_": result.labels,
            "inertia_": result.inertia, "n_iter_": result.n_iter,
            "history_": result.history}
