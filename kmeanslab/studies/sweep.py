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
FIRST_IMAGES = 20            # whose inferred labels are listed
LOW_SILHOUETTE = 0.25        # no substantial structure below it
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
    """The centres of one fit, their names, and the first inferred labels."""
    k: int
    centres: np.ndarray      # (k, d)
    names: list[str]         # (k,) majority labels
    inferred: list[str]      # of the first FIRST_IMAGES training images
    true: list[str]          # their labels


class Suggestion(NamedTuple):
    """A number of clusters, why, and why to doubt it."""
    k: int
    reason: str
    doubt: str


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
            grid = make_grid(train, model, k)
        fits.append(scored)
    baselines = [random_baseline(train, k, seed) for seed in seeds]
    return Sweep(k, fits + baselines, grid)


def make_grid(train: Data, model: Any, k: int) -> Grid:
    """Return the centres of a fitted model with their names."""
    names = majority_names(train, model.labels_, k)
    return Grid(k, model.cluster_centers_, names,
                [names[j] for j in model.labels_[:FIRST_IMAGES]],
                [train.classes[label] for label
                 in train.labels[:FIRST_IMAGES]])


def fit(method: str, make: Callable, train: Data, test: Data, k: int,
        seed: int) -> tuple[Any, Fit]:
    """Return a fitted model and its `Fit`."""
    started = time.perf_counter()
    model = make(train.X, k, seed)
    seconds = time.perf_counter() - started
    labels = model.labels_
    called = scores.majorities(label_counts(train, labels, k))
    return model, Fit(
        method, k, seed, model.inertia_ / scores.scale(train.X) ** 2, seconds,
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


def suggest(studies: list[Sweep]) -> Suggestion:
    """Return the K that the silhouette suggests, compared with the elbow.

    Both use the medians of the most exact method.  The elbow is the K whose
    inertia is farthest below the straight line from the first K to the last,
    both axes logarithmic.
    """
    rows = best_rows(studies)
    ks = [row["K"] for row in rows]
    silhouettes = [row["silhouette"] for row in rows]
    k = ks[int(np.nanargmax(silhouettes))]
    reason = (f"K = {k} has the highest silhouette of the K tried "
              f"({max(silhouettes):.3f})")
    if len(ks) == 1:
        return Suggestion(k, f"K = {k} is the only K that was tried",
                          "several K are needed to compare them")
    if len(ks) == 2:
        return Suggestion(k, reason, "two K are too few to find an elbow of "
                          "the inertia")
    elbow = elbow_of(ks, [row["inertia"] for row in rows])
    doubts = []
    if elbow is None:
        doubts.append("the inertia has no elbow")
    elif elbow != k:
        doubts.append(f"the elbow of the inertia is at K = {elbow}")
    if k in (min(ks), max(ks)):
        doubts.append(f"it is the {'smallest' if k == min(ks) else 'largest'} "
                      "K tried, so the best may lie beyond it")
    if max(silhouettes) < LOW_SILHOUETTE:
        doubts.append("a silhouette this low means that the clusters are not "
                      "well separated at any K")
    doubts.append("more clusters always fit better, so the purpose decides")
    return Suggestion(k, reason, "; ".join(doubts))


def best_rows(studies: list[Sweep]) -> Rows:
    """Return the medians of the last method that is not the baseline."""
    rows = [row for row in medians(studies) if row["method"] != BASELINE]
    method = next(name for name in (EXACT, POLISHED, rows[-1]["method"])
                  if name in {row["method"] for row in rows})
    return sorted((row for row in rows if row["method"] == method),
                  key=lambda row: row["K"])


def elbow_of(ks: list[int], inertias: list[float]) -> int | None:
    """Return the K with the greatest distance below the chord, or None."""
    x, y = np.log(ks), np.log(inertias)
    chord = y[0] + (y[-1] - y[0]) * (x - x[0]) / (x[-1] - x[0])
    depths = (chord - y)[1:-1]
    return ks[1 + int(np.argmax(depths))] if depths.max() > 0 else None


def notes(studies: list[Sweep]) -> list[str]:
    """Return the suggested K as a sentence."""
    k, reason, doubt = suggest(studies)
    return [f"Suggested: {reason}. Doubt it: {doubt}."]


def tables(studies: list[Sweep]) -> dict[str, Rows]:
    """Return the medians over seeds, the first inferred labels, all fits."""
    return {"sweep": [without_nan(row) for row in medians(studies)],
            "inferred": [row for each in studies
                         for row in inferred_rows(each.grid)],
            "fits": [without_nan(fit._asdict()) for each in studies
                     for fit in each.fits]}


def inferred_rows(grid: Grid) -> Rows:
    """Return the first true labels, and below them the inferred ones."""
    return [{"K": grid.k, "labels": name,
             **{str(i): label for i, label in enumerate(labels, 1)}}
            for name, labels in (("true", grid.true),
                                 ("inferred", grid.inferred))]


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
