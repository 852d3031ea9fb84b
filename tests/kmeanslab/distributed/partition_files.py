"""Points in one file per partition, and comparisons of two runs."""
from functools import partial

import numpy as np

from kmeanslab.distributed.executor import Executor
from kmeanslab.distributed.partition_block import PartitionBlock
from kmeanslab.distributed.partitions import make_partitions
from kmeanslab.engine import lloyd
from kmeanslab.engine.update import relocate
from tests.kmeanslab.engine.methods import draw

STEP = "kmeanslab.distributed.partition_block:PartitionBlock.step"
SAMPLE = "kmeanslab.distributed.partition_sampler:Sampler.step"
SIZES = [40, 7, 33, 20, 0, 60]        # of partitions


def points(kind="blobs", dtype=np.float64, d=5, seed=0):
    """Return points of a kind, (n, d), for all partitions."""
    return draw(np.random.default_rng(seed), kind, sum(SIZES), d, dtype)


def save(folder, X, sizes=SIZES):
    """Write X as one .npy file per partition; return the paths."""
    stops = np.cumsum(sizes)
    for i, (size, stop) in enumerate(zip(sizes, stops)):
        np.save(folder / f"x{i}.npy", X[stop - size:stop])
    return [folder / f"x{i}.npy" for i in range(len(sizes))]


def run(paths, C, client, method, dtype):
    """Run the loop on partitions by an assign step, as a fit does."""
    parts = [part for part, size in zip(make_partitions(paths), SIZES)
             if size]
    workers = Executor(parts, client)
    workers.begin(partial(PartitionBlock, k=len(C), method=method))
    state = lloyd.State(workers.call, workers, dtype, C.astype(float))
    converged = state.iterate(50, 0.0, relocate, None)
    inertia = state.finish()
    return state.result(np.zeros(0, int), inertia, converged)


def blocks(n, d, k):
    """Return the partitions as blocks of all points."""
    stops = np.cumsum(SIZES)
    return [slice(stop - size, stop) for size, stop in zip(SIZES, stops)
            if size]


def same(found, other):
    """Return whether two results are equal to the last bit."""
    return (found.centres.tobytes() == other.centres.tobytes()
            and found.n_iter == other.n_iter
            and found.converged == other.converged
            and found.inertia == other.inertia
            and [step[:3] for step in found.history]
            == [step[:3] for step in other.history])


def alike(model, other):
    """Return whether two fits are equal to the last bit."""
    return (model.cluster_centers_.tobytes()
            == other.cluster_centers_.tobytes()
            and model.inertia_ == other.inertia_
            and [step[:3] for step in model.history_]
            == [step[:3] for step in other.history_])
