"""Checkpoints: the state of a run between two iterations, in one file.

A run that resumes from a checkpoint ends with the same bits as one that was
not interrupted, provided that data and options are the same.  The checkpoint
contains a fingerprint of both, which is compared:

    {"options": {name: value}, "data": [a line per partition]}
"""

from collections.abc import Iterable
import io
import json
import os
from typing import Any, TypeAlias
import zipfile

import numpy as np

from kmeanslab.data.formats import DataError
from kmeanslab.distributed.partition_queries import PartitionInfo
from kmeanslab.engine.lloyd import Iteration, State
from kmeanslab.output import atomic_write

STATE_FIELDS = "C", "last", "shifts", "constant"
CLUSTER_FIELDS = "sums", "weights", "members", "peak", "middle"
KEYS = {"what", "history", *STATE_FIELDS, *CLUSTER_FIELDS}

Path: TypeAlias = str | os.PathLike


def fingerprint(options: dict[str, Any],
                infos: Iterable[PartitionInfo]) -> dict[str, Any]:
    """Return what identifies a run: its options and its data."""
    return {"options": options, "data": [info.fingerprint for info in infos]}


def check_folder(path: Path | None) -> None:
    """Raise DataError unless a checkpoint's folder exists."""
    folder = os.path.dirname(os.path.abspath(path)) if path else "."
    if not os.path.isdir(folder):
        raise DataError(f"the folder of the checkpoint {path} is not there: "
                        "create it, or correct its name")


def save(path: Path, state: State, run: dict[str, Any]) -> None:
    """Write the state of a run with fingerprint `run`, atomically."""
    file = io.BytesIO()
    arrays = {
        **{name: getattr(state, name) for name in STATE_FIELDS},
        **{name: getattr(state.clusters, name) for name in CLUSTER_FIELDS}}
    np.savez(file, what=json.dumps(run), history=state.history, **arrays)
    atomic_write(file.getvalue(), path)


def restore(path: Path, state: State, run: dict[str, Any]) -> None:
    """Set a new state to that in a file.

    Raises DataError if the file is no checkpoint, or one of another run.
    """
    saved = read(path)
    compare(json.loads(str(saved["what"])), run, path)
    for owner, names in ((state, STATE_FIELDS),
                         (state.clusters, CLUSTER_FIELDS)):
        for name in names:
            setattr(owner, name, saved[name])
    state.constant = float(state.constant)
    state.history = [Iteration(inertia, shift, *map(int, counts))
                     for inertia, shift, *counts in saved["history"].tolist()]


def read(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays in a checkpoint.

    Raises FileNotFoundError, or DataError if the file is no checkpoint.
    """
    try:
        with np.load(path) as file:
            saved = dict(file)
        if KEYS <= set(saved):
            return saved
    except FileNotFoundError:
        raise
    except (OSError, ValueError, EOFError, TypeError, zipfile.BadZipFile):
        pass
    raise DataError(f"{path} is damaged or not a checkpoint: use "
                    "another one, or fit without resume_from")


def compare(saved: dict[str, Any], run: dict[str, Any], path: Path) -> None:
    """Raise DataError unless a checkpoint is one of this run."""
    for name, value in run["options"].items():
        other = saved["options"].get(name)
        if other != value:
            raise DataError(
                f"{name} is {value!r}, but {other!r} in the checkpoint "
                f"{path}: fit with the same options, or without resume_from")
    if len(saved["data"]) != len(run["data"]):
        raise DataError(
            f"there are {len(run['data'])} partitions, but "
            f"{len(saved['data'])} in the checkpoint {path}: "
            "fit the same data, or fit without resume_from")
    for i, (theirs, ours) in enumerate(zip(saved["data"], run["data"])):
        if theirs != ours:
            raise DataError(
                f"partition {i} is {ours}, but {theirs} in the checkpoint "
                f"{path}: fit the same data, or fit without resume_from")
