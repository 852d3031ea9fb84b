"""What a cell times, and what must hold before its time counts.

A task is a function of a cell, its points and the number of threads. It
returns calls and a check:

    calls  name -> function of the number of the turn, which returns a Found
    check  function of name -> list of Found; raises AssertionError where
           ours is wrong, returns notes on scikit-learn's

Names are "ours" and those of scikit-learn's algorithms.
"""
from functools import partial
import statistics

import numpy as np
import sklearn.cluster

from benchmarks import equality, fresh
from benchmarks.comparison import OURS_NAME, random_rows
from benchmarks.peers.kmeans_peers import (
    OURS, SKLEARN, Found, clock, estimator)
import kmeanslab

PEER_NAME = "scikit-learn"   # where its two algorithms are one
LIBRARIES = {OURS_NAME: kmeanslab, PEER_NAME: sklearn.cluster}
STARTS = 10                  # n_init of "restarts"
# max relative difference of distances, by the type of the points
DISTANCE_FRACTION = {"float32": 1e-3, "float64": 1e-6}


def peer_points(cell, X):
    """Return the points as scikit-learn gets them.

    MNIST as float32, in which it is fastest; all else as we do.
    """
    return X.astype(np.float32) if (
        cell.source == "MNIST" and X.dtype == np.uint8) else X


def start(X, k):
    """Return random rows as centres, in the type that X is clustered in."""
    C = random_rows(X, k)
    return C if C.dtype == np.float32 else C.astype(np.float64)


def fit_calls(cell, X, C, max_iter, threads, **options):
    """Return calls of `KMeans.fit` by us and by both of scikit-learn's.

    C: where centres start, or "k-means++" with the turn as seed
    """
    def call(implementation, X, turn):
        seed = {"random_state": turn} if isinstance(C, str) else {}
        return implementation.run(X, C, cell.k, max_iter, threads, **options,
                                  **seed)
    peer_X = peer_points(cell, X)
    return {OURS_NAME: partial(call, OURS, X),
            **{name: partial(call, peer, peer_X)
               for name, peer in SKLEARN.items()}}


def fit(cell, X, threads):
    """The same start for all; until no label changes or max iterations."""
    C = start(X, cell.k)
    calls = fit_calls(cell, X, C, cell.iteration_limit, threads)
    return calls, partial(check_fit, cell, X, C)


def check_fit(cell, X, C, found):
    """Check a run against the formula's; note where scikit-learn strays."""
    ours = found[OURS_NAME][0]
    limit = cell.iteration_limit
    right = equality.assert_same_run(X, C, ours, limit)
    equality.assert_exact(X, ours, ours.n_iter < limit)
    equality.assert_inertia(X, ours)
    assert all(run.n_iter == right.n_iter for run in found[OURS_NAME])
    return [note for name, runs in found.items() if name != OURS_NAME
            for note in stray_notes(name, X, right, runs[0])]


def stray_notes(name, X, right, run):
    """Yield how a run of scikit-learn differs from the formula's.

    AssertionError: it has the same labels but another inertia.
    """
    other = np.count_nonzero(run.labels != right.labels)
    off = run.inertia / right.inertia - 1 if right.inertia else 0.0
    if other or run.n_iter != right.n_iter:
        ties, _ = equality.near_ties(X, run.labels, run.centres)
        yield (f"{name}: {run.n_iter} iterations for {right.n_iter}, {other:,}"
               f" other labels ({ties:,} of them not its nearest centre's), "
               f"inertia {off:+.1e}")
        return
    limit = equality.INERTIA_FRACTION[run.centres.dtype.name]
    assert abs(off) <= limit, f"{name}: the same labels, inertia {off:+.1e}"


def default(cell, X, threads, **options):
    """KMeans(k, random_state=turn).fit(X): k-means++ and the default tol."""
    calls = fit_calls(cell, X, "k-means++", 300, threads, tol=1e-4, **options)
    return calls, partial(check_seeded, X)


def restarts(cell, X, threads):
    """The same with n_init = 10."""
    return default(cell, X, threads, n_init=STARTS)


def minibatch(cell, X, threads):
    """MiniBatchKMeans(k, random_state=turn).fit(X)."""
    def call(library, turn):
        return estimator(library.MiniBatchKMeans, X, "k-means++", cell.k, 100,
                         threads, n_init="auto", random_state=turn)
    calls = {name: partial(call, library)
             for name, library in LIBRARIES.items()}
    return calls, partial(check_seeded, X)


def check_seeded(X, found):
    """Check ours; starts are drawn differently, so inertia is only noted."""
    for run in found[OURS_NAME][:1]:
        equality.assert_exact(X, run, converged=False)
        equality.assert_inertia(X, run)
    inertia, n_iter = ({
        name: statistics.fmean(getattr(run, what) for run in runs)
        for name, runs in found.items()} for what in ("inertia", "n_iter"))
    peer = max((name for name in found if name != OURS_NAME),
               key=lambda name: len(found[name]))
    return [f"mean of {len(found[peer])} seeds: inertia "
            f"{inertia[OURS_NAME] / inertia[peer] - 1:+.1%}, "
            f"{n_iter[OURS_NAME]:.1f} iterations for {n_iter[peer]:.1f}"]


def fitted(cell, X):
    """Return models of both libraries with the same centres."""
    C = start(X, cell.k)
    models = {name: library.KMeans(cell.k, init=C, n_init=1, max_iter=1)
              .fit(X[:max(1000, cell.k)])
              for name, library in LIBRARIES.items()}
    for model in models.values():
        model.cluster_centers_ = C
    return C, models


def method_calls(models, method, X, threads):
    """Return calls of one method; `labels` of a Found is what it returns."""
    def call(model, turn):
        result, seconds = clock(lambda: getattr(model, method)(X), threads)
        return Found(result, model.cluster_centers_, 1, seconds)
    return {name: partial(call, model) for name, model in models.items()}


def predict(cell, X, threads):
    """The nearest centres of all points."""
    C, models = fitted(cell, X)
    return (method_calls(models, "predict", X, threads),
            partial(check_predict, X, C))


def predict_one(cell, X, threads):
    """The nearest centre of one point."""
    C, models = fitted(cell, X)
    return (method_calls(models, "predict", X[:1], threads),
            partial(check_predict, X[:1], C))


def check_predict(X, C, found):
    """Check our labels; note scikit-learn's near-ties."""
    labels, peer = (found[name][0].labels for name in LIBRARIES)
    wrong = np.count_nonzero(labels != equality.exact_labels(X, C))
    assert not wrong, f"{wrong} of our labels are not the nearest centre's"
    other = np.count_nonzero(peer != labels)
    return [f"{PEER_NAME}: {other:,} other labels"] if other else []


def transform(cell, X, threads):
    """The distances of all points to all centres."""
    C, models = fitted(cell, X)
    return (method_calls(models, "transform", X, threads),
            partial(check_transform, X, C))


def check_transform(X, C, found):
    """Check our distances against direct sums, for every centre."""
    D = found[OURS_NAME][0].labels
    limit = DISTANCE_FRACTION[D.dtype.name] * D.max()
    for j in range(len(C)):
        right = np.sqrt(equality.distances(X, np.full(len(D), j), C))
        off = np.abs(D[:, j] - right).max()
        assert off <= limit, f"a distance of ours is {off:.1e} off"
    return []


def score(cell, X, threads):
    """The negative inertia of all points."""
    C, models = fitted(cell, X)
    return (method_calls(models, "score", X, threads),
            partial(check_score, X, C))


def check_score(X, C, found):
    """Check both scores against direct sums."""
    right = -equality.potential(X, C)
    for name, runs in found.items():
        value = runs[0].labels
        assert abs(value / right - 1) <= equality.INERTIA_FRACTION[
            C.dtype.name], f"{name}: score {value} instead of {right}"
    return []


def partial_fit(cell, X, threads):
    """One mini-batch, learnt by a model that has learnt one before."""
    C = start(X, cell.k)

    def call(library, turn):
        model = library.MiniBatchKMeans(cell.k, init=C, n_init=1,
                                        random_state=0).partial_fit(X)
        _, seconds = clock(lambda: model.partial_fit(X), threads)
        return Found(model.labels_, model.cluster_centers_, 1, seconds)
    calls = {name: partial(call, library)
             for name, library in LIBRARIES.items()}
    return calls, check_partial_fit


def check_partial_fit(found):
    """Check that both have the same centres."""
    ours, peer = (found[name][0].centres for name in LIBRARIES)
    np.testing.assert_allclose(ours, peer, rtol=1e-6, atol=1e-9)
    return []


def process(cell, X, threads, compiled=True):
    """A whole process: Python, imports, reading the points, a fit."""
    C = start(X, cell.k)
    calls = fresh.programs(X, C, cell.iteration_limit, threads, compiled)
    return calls, partial(check_process, X, C, cell.iteration_limit)


def uncompiled(cell, X, threads):
    """The same where nothing has been compiled yet."""
    return process(cell, X, threads, compiled=False)


def check_process(X, C, limit, found):
    """Check iterations and inertia against the formula's run."""
    right, ours = equality.formula_run(X, C, limit), found[OURS_NAME][0]
    assert ours.n_iter == right.n_iter, (
        f"we took {ours.n_iter} iterations, the formula {right.n_iter}")
    assert np.isclose(ours.inertia, right.inertia, atol=0,
                      rtol=equality.INERTIA_FRACTION[C.dtype.name]), (
        f"inertia {ours.inertia} where the formula's is {right.inertia}")
    return [f"{name}: {runs[0].n_iter} iterations for {right.n_iter}"
            for name, runs in found.items() if runs[0].n_iter != right.n_iter]


TASKS = {"fit": fit, "default": default, "restarts": restarts,
         "minibatch": minibatch, "predict": predict,
         "predict one": predict_one, "transform": transform, "score": score,
         "partial_fit": partial_fit, "process": process,
         "uncompiled": uncompiled}
SEEDED = "default", "restarts", "minibatch"    # each turn another seed
