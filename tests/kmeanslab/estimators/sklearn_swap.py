"""A pytest plugin: scikit-learn's own tests, run on our estimators.

    python -m pytest -p tests.kmeanslab.estimators.sklearn_swap --pyargs \
        sklearn.cluster.tests.test_k_means

Our classes and functions take the names in `sklearn.cluster` before the tests
are collected, for these import them from there.  The last line says how often
a fit was ours and how often it was scikit-learn's.
"""

from collections import Counter
from functools import wraps

import sklearn.cluster

from kmeanslab import estimators
from kmeanslab.estimators import base, starts

NAMES = ["KMeans", "MiniBatchKMeans", "k_means", "kmeans_plusplus"]
THEIR_OWN = {            # these test scikit-learn's compiled helpers alone
    "test_relocate_empty_clusters", "test_minibatch_update_consistency",
    "test_minibatch_reassign", "test_euclidean_distance", "test_inertia",
    "test_is_same_clustering"}
FITS = Counter()


def pytest_configure(config):
    """Swap the names."""
    for name in NAMES:
        theirs, ours = getattr(sklearn.cluster, name), getattr(
            estimators, name)
        if isinstance(ours, type):
            count_fits(theirs, "theirs")
            count_fits(ours, "ours")
        setattr(sklearn.cluster, name, ours)
    base.BaseKMeans._init_centroids = init_centroids


def pytest_collection_modifyitems(config, items):
    """Leave out what would pass whatever our estimators do."""
    out = [item for item in items if item.originalname in THEIR_OWN]
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if item not in out]


def pytest_terminal_summary(terminalreporter):
    """Whose fits they were."""
    terminalreporter.write_line(
        f"fits: {FITS['ours']} ours, {FITS['theirs']} theirs")


def count_fits(estimator, owner):
    """Let each fit and partial_fit of a class be counted."""
    for name in {"fit", "partial_fit"} & set(vars(estimator)):
        setattr(estimator, name, counted(getattr(estimator, name), owner))


def counted(method, owner):
    """The method, counted."""
    @wraps(method)
    def wrapper(*args, **kwargs):
        FITS[owner] += 1
        return method(*args, **kwargs)
    return wrapper


def init_centroids(self, X, init, sample_weight, n_centroids, random_state,
                   x_squared_norms):
    """The private method that two tests call; ours is a function."""
    return starts.initial_centres(X, n_centroids, init, sample_weight,
                                  random_state)
