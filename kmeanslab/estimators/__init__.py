"""The estimators, with scikit-learn's interface: KMeans and MiniBatchKMeans.

May import: engine.
Begin reading with `kmeans.py`; what both estimators share is in `base.py`.
"""

from kmeanslab.estimators.kmeans import (
    KMeans, MiniBatchKMeans, k_means, kmeans_plusplus)

__all__ = ["KMeans", "MiniBatchKMeans", "k_means", "kmeans_plusplus"]
