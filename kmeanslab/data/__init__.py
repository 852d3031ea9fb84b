"""Data sets: generated, published, and files or frames of your own.

    from kmeanslab.data import load
    train, test = load("mnist"), load("mnist", "test")

May import: handwriting.
Begin reading with `datasets.py`; README.md describes all sources.
"""

from kmeanslab.data.datasets import Data, load
from kmeanslab.data.errors import DataError, Missing

__all__ = ["Data", "DataError", "Missing", "load"]
