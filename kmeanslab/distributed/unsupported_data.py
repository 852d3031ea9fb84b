"""One sentence for each kind of data that cannot be partitions."""

from typing import Any

from scipy import sparse

from kmeanslab.data.formats import DataError

SUPPORTED = ("give the paths of .npy or .csv files, memory-mapped arrays, or "
             "one Dask array or DataFrame")


def unsupported(item: Any) -> DataError:
    """Return the error for an item that cannot be a partition."""
    kind = type(item)
    name = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    if sparse.issparse(item):
        return DataError(
            f"{name}: sparse data cannot be partitions; use KMeans, or save "
            "dense pieces with np.save(path, X.toarray()) and give the paths")
    if hasattr(kind, "to_numpy") and not hasattr(kind, "to_delayed"):
        return DataError(
            f"{name}: workers cannot load what is in the memory of this "
            "process; write it with np.save(path, X.to_numpy()) and give the "
            "path, or use KMeans")
    return DataError(f"{name} cannot be a partition: {SUPPORTED}")


def check_numeric_columns(frame: Any) -> None:
    """Raise DataError unless all columns of a Dask DataFrame are numbers."""
    for column, dtype in frame.dtypes.items():
        if getattr(dtype, "kind", "O") not in "biuf":
            raise DataError(
                f"column {column!r} of the DataFrame is of type {dtype}, but "
                "points are numbers: leave the column out, or encode it")
