"""One way to ask for k-means, whoever computes it: us or another library.

Each contender gets the points, where the centres start, at most how many
iterations, and threads; it stops when nothing changes. Libraries are
imported when they are asked, before their clock starts.

Two cannot stop by themselves (`stops` is False): they are timed over a few
iterations. One of them, fastkmeanspp, cannot be told where to start either
(`starts`): it is asked for one iteration and for more, and the difference
counts.

    X (n, d)  points, uint8 for us or floats    k   number of centres
    C (k, d)  where the centres start, or the name of a way to find them
"""
import importlib.util
import math
import time
from typing import Callable, NamedTuple
from unittest import mock

import numpy as np
from threadpoolctl import threadpool_limits


class Found(NamedTuple):
    """What a contender found, and the seconds it took."""
    labels: np.ndarray       # (n,)
    centres: np.ndarray      # (k, d)
    n_iter: int
    seconds: float
    inertia: float = math.nan
    history: tuple = ()      # ours tells what each iteration did


class Contender(NamedTuple):
    """A way to compute k-means, and what it can."""
    run: Callable            # (X, C, k, max_iter, threads) -> Found
    module: str
    stops: bool = True
    starts: bool = True
    dtypes: tuple = ("float32", "float64")


def clock(work, threads):
    """Returns what a call returns, and its seconds with so many threads."""
    with threadpool_limits(threads):
        started = time.perf_counter()
        result = work()
        return result, time.perf_counter() - started


def estimator(cls, X, C, k, max_iter, threads, **options):
    """Fits an estimator that has scikit-learn's parameters."""
    model = cls(k, **{"init": C, "n_init": 1, "tol": 0,
                      "max_iter": max_iter, **options})
    _, seconds = clock(lambda: model.fit(X), threads)
    return Found(model.labels_, model.cluster_centers_, int(model.n_iter_),
                 seconds, float(model.inertia_),
                 tuple(getattr(model, "history_", ())))


def ours(*args, **options):
    """kmeanslab."""
    from kmeanslab.estimators import KMeans
    return estimator(KMeans, *args, **options)


def ours_light(*args, **options):
    """kmeanslab as it is until Numba is loaded."""
    from kmeanslab.engine.assign.matmul import Matmul
    from kmeanslab.estimators import kmeans
    with mock.patch.object(kmeans, "choose_method", lambda X, k: Matmul):
        return ours(*args, **options)


def sklearn_lloyd(*args, **options):
    """scikit-learn, all distances."""
    from sklearn.cluster import KMeans
    return estimator(KMeans, *args, algorithm="lloyd", **options)


def sklearn_elkan(*args, **options):
    """scikit-learn, with bounds."""
    from sklearn.cluster import KMeans
    return estimator(KMeans, *args, algorithm="elkan", **options)


def sklearnex(*args, **options):
    """Intel's extension; its threads are not those of OpenMP."""
    from sklearnex.cluster import KMeans
    return estimator(KMeans, *args, n_jobs=args[-1], **options)


def faiss(X, C, k, max_iter, threads):
    """faiss, on all points; labels are one more pass."""
    from faiss import Kmeans
    model = Kmeans(X.shape[1], k, niter=max_iter, min_points_per_centroid=1,
                   max_points_per_centroid=len(X))

    def fit():
        model.train(X, init_centroids=C)
        return model.assign(X)[1]
    labels, seconds = clock(fit, threads)
    return Found(labels, model.centroids, max_iter, seconds)


def fastkmeanspp(X, C, k, max_iter, threads):
    """fastkmeanspp, from a start of its own that is taken off the time."""
    from fastkmeanspp import KMeans

    def fit(n_iter):
        model = KMeans(k, n_iter=n_iter, n_local_trials=1, random_state=0,
                       n_jobs=threads)
        return clock(lambda: model.fit(X), threads)
    _, rest = fit(1)
    model, seconds = fit(1 + max_iter)
    return Found(model.labels_, model.cluster_centers_, max_iter,
                 seconds - rest)


OURS_NAME = "ours"
OURS = Contender(ours, "kmeanslab")
LIGHT = Contender(ours_light, "kmeanslab")
SKLEARN = {"scikit-learn lloyd": Contender(sklearn_lloyd, "sklearn"),
           "scikit-learn elkan": Contender(sklearn_elkan, "sklearn")}
PEERS = {
    **SKLEARN,
    "scikit-learn-intelex": Contender(sklearnex, "sklearnex"),
    "faiss": Contender(faiss, "faiss", stops=False, dtypes=("float32",)),
    "fastkmeanspp": Contender(fastkmeanspp, "fastkmeanspp", stops=False,
                              starts=False, dtypes=("float32",))}


def missing():
    """Returns the names of the peers that are not installed."""
    return [name for name, peer in PEERS.items()
            if importlib.util.find_spec(peer.module) is None]


def installed(dtype):
    """Returns the peers at hand that compute in this type."""
    gone = missing()
    return {name: peer for name, peer in PEERS.items()
            if name not in gone and dtype in peer.dtypes}


def seed_ours(X, k, seed, threads):
    """k-means++ by kmeanslab: centres and seconds."""
    from kmeanslab.engine.seeding import kmeans_plus_plus
    random_state = np.random.RandomState(seed)
    (centres, _), seconds = clock(
        lambda: kmeans_plus_plus(
            X, k, np.ones(len(X)), random_state), threads)
    return centres, seconds


def seed_sklearn(X, k, seed, threads):
    """k-means++ by scikit-learn: centres and seconds."""
    from sklearn.cluster import kmeans_plusplus
    (centres, _), seconds = clock(
        lambda: kmeans_plusplus(X, k, random_state=seed), threads)
    return centres, seconds
