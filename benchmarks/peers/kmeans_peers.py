"""One way to call k-means, ours and that of other libraries.

Each implementation gets the points, where the centres start, max iterations,
and threads; it stops when nothing changes. A library is imported when it is
called, before its clock starts.

Two cannot stop by themselves (`stops` is False): they are timed over a few
iterations. One of them, fastkmeanspp, takes no start either (`starts`): it is
called with one iteration and with more, and the difference counts.

    X (n, d)  points, uint8 for ours or floats    k   number of centres
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
    """What an implementation found, and the seconds that it took."""
    labels: np.ndarray       # (n,)
    centres: np.ndarray      # (k, d)
    n_iter: int
    seconds: float
    inertia: float = math.nan
    history: tuple = ()      # of ours: an `Iteration` per iteration


class Implementation(NamedTuple):
    """A way to compute k-means, and what it can do."""
    run: Callable            # (X, C, k, max_iter, threads) -> Found
    module: str
    stops: bool = True
    starts: bool = True
    dtypes: tuple = ("float32", "float64")


def clock(work, threads):
    """Return the result of a call, and its seconds with so many threads."""
    with threadpool_limits(threads):
        started = time.perf_counter()
        result = work()
        return result, time.perf_counter() - started


def estimator(cls, X, C, k, max_iter, threads, **options):
    """Fit an estimator that has scikit-learn's parameters."""
    model = cls(k, **{"init": C, "n_init": 1, "tol": 0,
                      "max_iter": max_iter, **options})
    _, seconds = clock(lambda: model.fit(X), threads)
    return Found(model.labels_, model.cluster_centers_, int(model.n_iter_),
                 seconds, float(model.inertia_),
                 tuple(getattr(model, "history_", ())))


def ours(*args, **options):
    """Run kmeanslab."""
    from kmeanslab.estimators import KMeans
    return estimator(KMeans, *args, **options)


def ours_light(*args, **options):
    """Run kmeanslab as it is until Numba is loaded."""
    from kmeanslab.engine.assign.matmul import Matmul
    from kmeanslab.estimators import kmeans
    with mock.patch.object(kmeans, "choose_method", lambda X, k: Matmul):
        return ours(*args, **options)


def sklearn_lloyd(*args, **options):
    """Run scikit-learn, all distances."""
    from sklearn.cluster import KMeans
    return estimator(KMeans, *args, algorithm="lloyd", **options)


def sklearn_elkan(*args, **options):
    """Run scikit-learn, with bounds."""
    from sklearn.cluster import KMeans
    return estimator(KMeans, *args, algorithm="elkan", **options)


def sklearnex(*args, **options):
    """Run Intel's extension; its threads are not those of OpenMP."""
    from sklearnex.cluster import KMeans
    return estimator(KMeans, *args, n_jobs=args[-1], **options)


def faiss(X, C, k, max_iter, threads):
    """Run faiss, on all points; labels are one more pass."""
    from faiss import Kmeans
    model = Kmeans(X.shape[1], k, niter=max_iter, min_points_per_centroid=1,
                   max_points_per_centroid=len(X))

    def fit():
        model.train(X, init_centroids=C)
        return model.assign(X)[1]
    labels, seconds = clock(fit, threads)
    return Found(labels, model.centroids, max_iter, seconds)


def fastkmeanspp(X, C, k, max_iter, threads):
    """Run fastkmeanspp; the time of its own start is subtracted."""
    from fastkmeanspp import KMeans

    def fit(n_iter):
        model = KMeans(k, n_iter=n_iter, n_local_trials=1, random_state=0,
                       n_jobs=threads)
        return clock(lambda: model.fit(X), threads)
    _, start_seconds = fit(1)
    model, seconds = fit(1 + max_iter)
    return Found(model.labels_, model.cluster_centers_, max_iter,
                 seconds - start_seconds)


OURS_NAME = "ours"
OURS = Implementation(ours, "kmeanslab")
LIGHT = Implementation(ours_light, "kmeanslab")
SKLEARN = {"scikit-learn lloyd": Implementation(sklearn_lloyd, "sklearn"),
           "scikit-learn elkan": Implementation(sklearn_elkan, "sklearn")}
PEERS = {
    **SKLEARN,
    "scikit-learn-intelex": Implementation(sklearnex, "sklearnex"),
    "faiss": Implementation(faiss, "faiss", stops=False, dtypes=("float32",)),
    "fastkmeanspp": Implementation(fastkmeanspp, "fastkmeanspp", stops=False,
                                   starts=False, dtypes=("float32",))}


def missing():
    """Return the names of the peers that are not installed."""
    return [name for name, peer in PEERS.items()
            if importlib.util.find_spec(peer.module) is None]


def installed(dtype):
    """Return the installed peers that compute in this type."""
    absent = missing()
    return {name: peer for name, peer in PEERS.items()
            if name not in absent and dtype in peer.dtypes}


def seed_ours(X, k, seed, threads):
    """Run k-means++ of kmeanslab; return centres and seconds."""
    from kmeanslab.estimators.kmeans import kmeans_plusplus
    (centres, _), seconds = clock(
        lambda: kmeans_plusplus(X, k, random_state=seed), threads)
    return centres, seconds


def seed_sklearn(X, k, seed, threads):
    """Run k-means++ of scikit-learn; return centres and seconds."""
    from sklearn.cluster import kmeans_plusplus
    (centres, _), seconds = clock(
        lambda: kmeans_plusplus(X, k, random_state=seed), threads)
    return centres, seconds
