"""Models and data of the estimators' tests."""

import numpy as np
from scipy import sparse

from kmeanslab.engine.assign.matmul import Matmul, MatmulBlock
from kmeanslab.estimators import KMeans, MiniBatchKMeans

try:
    from kmeanslab.engine.assign.hamerly import Hamerly, HamerlyBlock
    from kmeanslab.engine.assign.yinyang import Yinyang, YinyangBlock
    ENGINES = {Matmul: MatmulBlock, Yinyang: YinyangBlock,
               Hamerly: HamerlyBlock}
except ImportError:              # no Numba for this Python: one way is left
    ENGINES = {Matmul: MatmulBlock}

KINDS = [np.uint8, np.float32, np.float64, np.int64, sparse.csr_array]


def kmeans(k, **settings):
    """A KMeans that can be repeated."""
    return KMeans(k, **{"random_state": 0, **settings})


def mini(k, **settings):
    """A MiniBatchKMeans that can be repeated."""
    return MiniBatchKMeans(
        k, **{"random_state": 0, "batch_size": 100, **settings})


MAKES = [kmeans, mini]


def images(n=600, d=24, seed=0):
    """Grey values in a few overlapping heaps, (n, d) uint8."""
    rng = np.random.default_rng(seed)
    heaps = rng.integers(40, 215, (7, d))
    noise = rng.normal(scale=40, size=(n, d))
    return np.clip(heaps[rng.integers(7, size=n)] + noise, 0, 255).astype(
        np.uint8)


def same(a, b):
    """Whether two fitted models are the same to the last bit."""
    return all(np.array_equal(getattr(a, name), getattr(b, name))
               for name in ["cluster_centers_", "labels_", "inertia_",
                            "n_iter_", "n_features_in_"])
