"""How do inertia, accuracy and other scores change with K?

Each cluster is named by the most frequent label of its training images; a test
image gets the name of the cluster of its nearest centre.  Accuracy rises with
K for any partition: the random baseline shows by how much.  A mini-batch fit
that stops early, polished by five exact iterations, is nearly as good as exact
k-means and nearly as fast as mini-batches.

    train, test   Data with labels
    k             number of clusters
"""

from collections.abc import Callable, Iterable, Iterator
import time
from typing import Any, NamedTuple
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from kmeanslab.data.datasets import Data
from kmeanslab.estimators import KMeans, MiniBatchKMeans
from kmeanslab.output import Rows, progress
from kmeanslab.studies import scores

KS, SEEDS = (10, 16, 36, 64, 144, 256), 5
SILHOUETTE_POINTS = 2000
MINI, POLISHED, EXACT, CLUSTER, BASELINE = (
    "mini-batch", "polished", "exact", "cluster", "random baseline")
CLUSTER_FILES = 8            # that the points are split into on a cluster
MAX_NO_IMPROVEMENT = 10      # mini-batches before a fit stops
POLISHED_MAX_NO_IMPROVEMENT, POLISHING_ITERATIONS = 3, 5


class Fit(NamedTuple):
    """One fit and its scores; NaN where the random baseline has none."""
    method: str
    k: int
    seed: int
    inertia: float           # for values from 0 to 1
    seconds: float
    accuracy: float          # on the training images: purity
    test: float              # accuracy on the test images
    homogeneity: float
    completeness: float
    v_measure: float
    nmi: float
    ari: float
    silhouette: float        # of a sample of SILHOUETTE_POINTS


class Grid(NamedTuple):
    """The centres of one fit and their names."""
    k: int
    centres: np.ndarray      # (k, d)
    names: list[str]         # (k,) majority labels


class Sweep(NamedTuple):
    """All fits for one k, and the centres of the first mini-batch fit."""
    k: int
    fits: list[Fit]
    grid: Grid


def run(train: Data, test: Data, ks: Iterable[int] = KS, seeds: int = SEEDS,
        seed: int = 0, exact: bool = False, backend: Any = None
        ) -> Iterator[Sweep]:
    """Yield a `Sweep` for each k as soon as it is finished.

    seeds: the number of fits per method, with seeds from `seed` on
    exact: also fit by Lloyd's algorithm
    backend: a cluster backend on which to fit as well, or None
    ValueError: k is larger than the number of training images.
    """
    methods: dict[str, Callable] = {MINI: fit_mini_batch,
                                    POLISHED: fit_polished}
    if exact:
        methods[EXACT] = fit_exact
    if backend:
        methods[CLUSTER] = cluster_fitter(backend, train.X)
    for k in ks:
        yield study(train, test, k, methods, range(seed, seed + seeds))


def study(train: Data, test: Data, k: int, methods: dict[str, Callable],
          seeds: Iterable[int]) -> Sweep:
    """Return all fits for one k.

    methods: name -> function of X, k and seed that returns a fitted model
    """
    fits: list[Fit] = []
    jobs = [(method, seed) for seed in seeds for method in methods]
    for method, seed in progress(jobs, f"sweep, K = {k}"):
        model, scored = fit(method, methods[method], train, test, k, seed)
        if not fits:
            grid = Grid(k, model.cluster_centers_,
                        majority_names(train, model.labels_, k))
        fits.append(scored)
    baselines = [random_baseline(train, k, seed) for seed in seeds]
    return Sweep(k, fits + baselines, grid)


def fit(method: str, make: Callable, train: Data, test: Data, k: int,
        seed: int) -> tuple[Any, Fit]:
    """Return a fitted model and its `Fit`."""
    started = time.perf_counter()
    model = make(train.X, k, seed)
    seconds = time.perf_counter() - started
    labels = model.labels_
    called = scores.majorities(label_counts(train, labels, k))
    return model, Fit(
        method, k, seed, model.inertia_ / scale(train.X) ** 2, seconds,
        test=scores.accuracy(test.labels, called[model.predict(test.X)]),
        silhouette=scores.silhouette(train.X, labels, SILHOUETTE_POINTS, seed),
        **scores.agreement(train.labels, labels)._asdict())


def fit_mini_batch(X: np.ndarray, k: int, seed: int,
                   max_no_improvement: int = MAX_NO_IMPROVEMENT
                   ) -> MiniBatchKMeans:
    """Return a mini-batch fit."""
    return MiniBatchKMeans(k, n_init=1, random_state=seed,
                           max_no_improvement=max_no_improvement).fit(X)


def fit_polished(X: np.ndarray, k: int, seed: int) -> KMeans:
    """Return exact iterations after a mini-batch fit that stops early."""
    rough = fit_mini_batch(X, k, seed, POLISHED_MAX_NO_IMPROVEMENT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return KMeans(k, init=rough.cluster_centers_, n_init=1,
                      max_iter=POLISHING_ITERATIONS).fit(X)


def fit_exact(X: np.ndarray, k: int, seed: int) -> KMeans:
    """Return a fit by Lloyd's algorithm."""
    return KMeans(k, n_init=1, random_state=seed).fit(X)


def cluster_fitter(backend: Any, X: np.ndarray) -> Callable:
    """Return a function like `fit_exact` for points saved on a cluster."""
    paths = backend.save(np.array_split(X, CLUSTER_FILES), CLUSTER_FILES)

    def fit_on_cluster(X: np.ndarray, k: int, seed: int) -> KMeans:
        model = backend.fit(paths, k, seed)
        local = model.to_local()
        local.labels_ = model.labels_
        return local
    return fit_on_cluster


def random_baseline(train: Data, k: int, seed: int) -> Fit:
    """Return the scores of a partition drawn at random."""
    clusters = np.random.default_rng(seed).integers(k, size=len(train.X))
    nan = float("nan")
    return Fit(BASELINE, k, seed, nan, nan, test=nan, silhouette=nan,
               **scores.agreement(train.labels, clusters)._asdict())


def label_counts(data: Data, clusters: np.ndarray, k: int) -> np.ndarray:
    """Return the number of images of each class in each cluster, (c, k)."""
    return scores.count(data.labels, clusters, len(data.classes), k)


def majority_names(data: Data, clusters: np.ndarray, k: int) -> list[str]:
    """Return the name of the majority label of each cluster, (k,) text."""
    called = scores.majorities(label_counts(data, clusters, k))
    return [data.classes[label] for label in called]


def scale(X: np.ndarray) -> int:
    """Return the largest value of images of this dtype: 255 or 1."""
    return 255 if X.dtype == np.uint8 else 1


def tables(studies: list[Sweep]) -> dict[str, Rows]:
    """Return the medians over seeds, and all fits."""
    return {"sweep": [without_nan(row) for row in medians(studies)],
            "fits": [without_nan(fit._asdict()) for each in studies
                     for fit in each.fits]}


def without_nan(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row with None instead of NaN."""
    return {name: None if value != value else value
            for name, value in row.items()}


def medians(studies: list[Sweep]) -> Rows:
    """Return the medians over seeds, a row per k and method."""
    rows = []
    for each in studies:
        for method in dict.fromkeys(fit.method for fit in each.fits):
            fits = [fit for fit in each.fits if fit.method == method]
            accuracies = [fit.accuracy for fit in fits]
            rows.append({
                "K": each.k, "method": method,
                **{field: float(np.median([getattr(fit, field)
                                           for fit in fits]))
                   for field in Fit._fields[3:]},
                "min accuracy": min(accuracies),
                "max accuracy": max(accuracies)})
    return rows
