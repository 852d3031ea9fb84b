"""Data sets: readers of CSV, IDX, npy and npz files, and downloads.

    from kmeanslab.data import load
    train, test = load("mnist"), load("mnist", "test")

May import: handwriting.
Begin reading with `datasets.py`.
"""

from kmeanslab.data.datasets import Data, DataError, Missing, load

__all__ = ["Data", "DataError", "Missing", "load"]
