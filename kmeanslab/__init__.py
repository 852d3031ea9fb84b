"""The lab: k-means on arrays, with scikit-learn's interface.

    from kmeanslab import KMeans
    labels = KMeans(n_clusters=10).fit_predict(images)

Each name is imported when it is first used, so `kmeanslab --help` need not
wait for scikit-learn, and only DistributedKMeans needs Dask.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kmeanslab.distributed.estimator import DistributedKMeans
    from kmeanslab.estimators import (
        KMeans, MiniBatchKMeans, k_means, kmeans_plusplus)

__version__ = "0.1.0"
__all__ = ["DistributedKMeans", "KMeans", "MiniBatchKMeans", "k_means",
           "kmeans_plusplus"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name != "DistributedKMeans":
        return getattr(import_module("kmeanslab.estimators"), name)
    try:
        module = import_module("kmeanslab.distributed.estimator")
    except ModuleNotFoundError as error:
        raise ImportError(
            f"DistributedKMeans needs {error.name}, which is not installed: "
            'python -m pip install --editable ".[cluster]"', name=error.name
        ) from error
    return getattr(module, name)


def __dir__() -> list[str]:
    """Return the public names, whether imported yet or not."""
    return [*__all__, "__version__"]
