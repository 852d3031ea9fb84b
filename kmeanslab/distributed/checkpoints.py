"""Checkpoints: a run between two iterations, in one file.

Who goes on from one ends with the same bits as who was never stopped, so it
must be the same data and the same options: both are kept and compared.

    what   {"options": {name: value}, "data": [a line for each partition]}
"""

import io
import json
import os
import zipfile

import numpy as np

from kmeanslab.data.formats import DataError
from kmeanslab.engine.lloyd import Iteration
from kmeanslab.output import atomic_write

OF_STATE = "C", "last", "shifts", "constant"
OF_CLUSTERS = "sums", "weights", "members", "peak", "middle"


def describe(options, abouts):
    """What a run is of: its options, and its data a partition a line."""
    return {"options": options, "data": [
        f"{about.n} x {about.d} {np.dtype(about.dtype)} {about.crc:08x}"
        for about in abouts]}


def save(path, state, what):
    """Write a state between two iterations, whole or not at all."""
    file = io.BytesIO()
    np.savez(file, what=json.dumps(what), history=state.history,
             **{name: getattr(state, name) for name in OF_STATE},
             **{name: getattr(state.clusters, name) for name in OF_CLUSTERS})
    atomic_write(file.getvalue(), path)


def restore(path, state, what):
    """Bring a new state to where a file has it.

    Raises DataError if that is no checkpoint, or one of another run.
    """
    found = read(path)
    compare(json.loads(str(found["what"])), what, path)
    for owner, names in (state, OF_STATE), (state.clusters, OF_CLUSTERS):
        for name in names:
            setattr(owner, name, found[name])
    state.constant = float(state.constant)
    state.history = [Iteration(inertia, shift, *map(int, work))
                     for inertia, shift, *work in found["history"].tolist()]


def read(path):
    """The arrays of a checkpoint."""
    try:
        with np.load(path) as file:
            found = dict(file)
        if {"what", "history", *OF_STATE, *OF_CLUSTERS} <= set(found):
            return found
    except FileNotFoundError:
        raise
    except (OSError, ValueError, EOFError, TypeError, zipfile.BadZipFile):
        pass
    raise DataError(f"{os.fspath(path)} is not a checkpoint, or damaged: "
                    "take another, or begin anew")


def compare(theirs, ours, path):
    """Raise DataError unless a checkpoint is of this very run."""
    for name, value in ours["options"].items():
        other = theirs["options"].get(name)
        if other != value:
            raise DataError(
                f"{name} is {value!r}, but {other!r} in the checkpoint "
                f"{path}: fit with the same options, or begin anew")
    if len(theirs["data"]) != len(ours["data"]):
        raise DataError(
            f"there are {len(ours['data'])} partitions, but "
            f"{len(theirs['data'])} in the checkpoint {path}: "
            "fit the same data, or begin anew")
    for i, (there, here) in enumerate(zip(theirs["data"], ours["data"])):
        if there != here:
            raise DataError(
                f"partition {i} is {here}, but {there} in the checkpoint "
                f"{path}: fit the same data, or begin anew")
