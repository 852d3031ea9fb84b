"""The estimators, with scikit-learn's interface: KMeans and MiniBatchKMeans.

May import: engine.
Begin reading with `kmeans.py`; what the estimators share is in `base.py`.
"""

from kmeanslab.estimators.functions import k_means, kmeans_plusplus
from kmeanslab.estimators.kmeans import KMeans
from kmeanslab.estimators.minibatch_kmeans import MiniBatchKMeans

__all__ = ["KMeans", "MiniBatchKMeans", "k_means", "kmeans_plusplus"]
