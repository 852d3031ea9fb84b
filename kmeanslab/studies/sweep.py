"""What changes with K: inertia, accuracy and other scores, seconds.

Each cluster is called by the label that most of its training images have;
test images get the name of the nearest centre's cluster.  Accuracy rises with
K by itself: a partition by dice, the same for all, shows by how much.  What
mini-batches find is polished by five exact iterations: nearly as good as exact
k-means, nearly as fast as mini-batches.

    train, test   Data with labels
    k             number of clusters
    scale         the largest value of the images' type: inertia is told for
                  values from 0 to 1
"""

import time
from typing import NamedTuple
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from kmeanslab.estimators import KMeans, MiniBatchKMeans
from kmeanslab.output import progress
from kmeanslab.studies import scores

KS, SEEDS = (10, 16, 36, 64, 144, 256), 5
SAMPLE = 2000            # points that the silhouette is taken of
MINI, POLISHED, EXACT, CLUSTER, DICE = (
    "mini-batch", "polished", "exact", "cluster", "dice")
PARTS = 8                # of the points on a cluster
SOON, FEW = 3, 5         # batches without progress, exact iterations


class Fit(NamedTuple):
    """One fit and how good it is; NaN where dice have nothing to say."""
    method: str
    k: int
    seed: int
    inertia: float
    seconds: float
    accuracy: float          # on the training images: purity
    test: float              # on the test images
    homogeneity: float
    completeness: float
    v_measure: float
    nmi: float
    ari: float
    silhouette: float        # of a sample


class Grid(NamedTuple):
    """The centres of one fit and what they were called."""
    k: int
    centres: np.ndarray      # (k, d)
    names: list              # (k,) text


class Sweep(NamedTuple):
    """All fits of one k, and the centres of the first mini-batch one."""
    k: int
    fits: list               # of Fit
    grid: Grid


def run(train, test, ks=KS, seeds=SEEDS, seed=0, exact=False, far=None):
    """A `Sweep` for each k, as soon as it is finished.

    seeds: how many, from `seed` on
    exact: also by Lloyd's algorithm
    far: a `far.Far` to do this on as well, or None
    Raises ValueError for a k larger than the number of training images.
    """
    methods = {MINI: mini, POLISHED: polished}
    if exact:
        methods[EXACT] = exactly
    if far:
        methods[CLUSTER] = clustered(far, train.X)
    for k in ks:
        yield study(train, test, k, methods, range(seed, seed + seeds))


def study(train, test, k, methods, seeds):
    """All fits of one k."""
    fits = []
    jobs = [(method, seed) for seed in seeds for method in methods]
    for method, seed in progress(jobs, f"sweep, K = {k}"):
        model, found = fit(method, methods[method], train, test, k, seed)
        if not fits:
            grid = Grid(k, model.cluster_centers_,
                        names(train, model.labels_, k))
        fits.append(found)
    return Sweep(k, fits + [dice(train, k, seed) for seed in seeds], grid)


def fit(method, make, train, test, k, seed):
    """One model, and what it came to."""
    started = time.perf_counter()
    model = make(train.X, k, seed)
    seconds = time.perf_counter() - started
    called = scores.majorities(counts(train, model.labels_, k))
    return model, Fit(
        method, k, seed, model.inertia_ / scale(train.X) ** 2, seconds,
        *tested(scores.agreement(train.labels, model.labels_), scores.accuracy(
            test.labels, called[model.predict(test.X)])),
        scores.silhouette(train.X, model.labels_, SAMPLE, seed))


def mini(X, k, seed, patience=10):
    """A mini-batch fit."""
    return MiniBatchKMeans(k, n_init=1, random_state=seed,
                           max_no_improvement=patience).fit(X)


def polished(X, k, seed):
    """A mini-batch fit that ends early, and exact iterations from there."""
    C = mini(X, k, seed, SOON).cluster_centers_
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return KMeans(k, init=C, n_init=1, max_iter=FEW).fit(X)


def exactly(X, k, seed):
    """A fit by Lloyd's algorithm."""
    return KMeans(k, n_init=1, random_state=seed).fit(X)


def clustered(far, X):
    """A function that does so on a cluster, where the points have been put."""
    paths = far.save(np.array_split(X, PARTS), PARTS)

    def fitted(X, k, seed):
        model = far.fit(paths, k, seed)
        near = model.to_local()
        near.labels_ = model.labels_
        return near
    return fitted


def tested(agreement, test):
    """The scores in the order of `Fit`."""
    return agreement[0], test, *agreement[1:]


def dice(train, k, seed):
    """What a partition without any sense comes to."""
    clusters = np.random.default_rng(seed).integers(k, size=len(train.X))
    none = float("nan")
    return Fit(DICE, k, seed, none, none, *tested(
        scores.agreement(train.labels, clusters), none), none)


def counts(data, clusters, k):
    """How many of each class are in each cluster."""
    return scores.count(data.labels, clusters, len(data.classes), k)


def names(data, clusters, k):
    """What each cluster is called, (k,) text."""
    called = scores.majorities(counts(data, clusters, k))
    return [data.classes[label] for label in called]


def scale(X):
    """The largest value of images of this type: 255 for bytes, else 1."""
    return 255 if X.dtype == np.uint8 else 1


def tables(studies):
    """The medians, and all fits."""
    return {"sweep": [known(row) for row in medians(studies)],
            "fits": [known(fit._asdict()) for each in studies
                     for fit in each.fits]}


def known(row):
    """The row with None for NaN."""
    return {name: None if value != value else value
            for name, value in row.items()}


def medians(studies):
    """Medians over seeds, a row for each k and method."""
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
                "least accuracy": min(accuracies),
                "most accuracy": max(accuracies)})
    return rows
