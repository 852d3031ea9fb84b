"""The lab: the k-means assignment's four steps for more than 500 images.

    from kmeanslab import KMeans
    labels = KMeans(n_clusters=10).fit_predict(images)

The estimators are scikit-learn's, and load it only when they are asked for.
"""

__version__ = "0.1.0"
__all__ = ["DistributedKMeans", "KMeans", "MiniBatchKMeans"]


def __getattr__(name):
    """Import the estimators when first used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "DistributedKMeans":
        from kmeanslab.distributed import estimator as module
    else:
        from kmeanslab import estimators as module
    return getattr(module, name)
