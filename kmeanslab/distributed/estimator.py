"""DistributedKMeans: exact k-means where the data are, on many machines.

    from kmeanslab import DistributedKMeans
    DistributedKMeans(64).fit(paths_of_npy_files, client)

The partitions of the data stay with the workers of a Dask client, which report
what changed.  The loop of `lloyd.py` runs here; it does not depend on where
the partitions are.  Labels, iterations and centres are the same bits for any
number of workers, and when workers die.  Without a client everything is done
in this process.
"""

from functools import partial
import os
from typing import Any, Self
import zlib

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from tqdm import tqdm

from kmeanslab.data.formats import DataError
from kmeanslab.distributed import checkpoints
from kmeanslab.distributed.clients import (
    Client, ClusterError, Connection, announce_dashboard, connected, is_closed)
from kmeanslab.distributed.dataset_info import DatasetInfo, inspect
from kmeanslab.distributed.executor import Executor
from kmeanslab.distributed.oversampling import initial_centres
from kmeanslab.distributed.partition_block import PartitionBlock
from kmeanslab.distributed.partition_queries import PartitionQueries
from kmeanslab.distributed.partitions import make_partitions
from kmeanslab.distributed.progress import Progress, resume_advice
from kmeanslab.engine.lloyd import State
from kmeanslab.engine.update import relocate
from kmeanslab.estimators import validation
from kmeanslab.estimators.base import restore_on_error
from kmeanslab.estimators.kmeans import KMeans
from kmeanslab.estimators.results import warn_of_empty_clusters

PATH = validation.Rule("a path", lambda value: isinstance(
    value, (str, os.PathLike)))


class LabelsNotKeptError(DataError, ClusterError, AttributeError):
    """The labels of a fit are neither stored nor can be computed any more."""


class DistributedKMeans(BaseEstimator):
    """K-means on partitions of data, by Lloyd's algorithm, exactly.

    Parameters
    ----------
    n_clusters : int, default=8
        The number of clusters.
    init : {"k-means||", "random"} or array-like of shape \
(n_clusters, n_features), default="k-means||"
        The initial centres, or how to choose them: k-means|| takes about
        three passes over the data; "random" takes random points.
    max_iter : int, default=300
        The maximum number of iterations.
    tol : float, default=1e-4
        A fit ends when no label changes, or when the sum of the centres'
        squared shifts is at most `tol` times the mean variance of the
        columns.
    random_state : int, RandomState instance or None, default=None
        Determines the initial centres; an int makes them reproducible.
    checkpoint : path or None, default=None
        The file that `fit` saves its state to, and can resume from.
    checkpoint_every : int, default=10
        The number of iterations between two checkpoints.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (n_clusters, n_features)
        The centres; float32 for float32 data, else float64.
    labels_ : ndarray of shape (n_samples,), int32
        The index of each point's nearest centre, in the order of the
        partitions.  Computed when first used, by one pass over the data.
    inertia_ : float
        The sum of squared distances of the points to their nearest centres.
    n_iter_ : int
        The number of iterations.
    n_features_in_ : int
        The number of columns of the data.
    history_ : list of `lloyd.Iteration`
        One per iteration.  Inertia, shift and the number of moved points are
        the same for any number of workers; the counts of work are not.
    passes_ : int or None
        The number of passes over the data that k-means|| took; None for
        another `init`, or after resuming from a checkpoint.
    replayed_ : int
        How many partitions were processed again because a worker died or
        because another one joined.

    Notes
    -----
    Data is a list with one partition per item: paths of .npy files or course
    CSVs, or memory-mapped arrays.  One of these alone is split into pieces of
    64 MB; `partitions.split_rows` splits by rows.  A Dask array or DataFrame
    also works.
    All partitions have one dtype: float64, float32 and uint8 are used as they
    are, others become float64.

    The argument `client` of the methods is a Dask client, the address of a
    scheduler, a number of processes to start on this machine, or None.

    A fit that fails leaves the estimator as it was.
    """

    RULES = {
        "n_clusters": [validation.integer_from(1)],
        "init": [validation.one_of("k-means||", "random"), validation.ARRAY],
        "max_iter": [validation.integer_from(1)],
        "tol": [validation.NON_NEGATIVE],
        "random_state": [validation.SEED, validation.RANDOM_STATE,
                         validation.NONE],
        "checkpoint": [PATH, validation.NONE],
        "checkpoint_every": [validation.integer_from(1)],
    }

    _labels: Any         # of the fitted data; None until first used
    _source: Any         # (partitions, client) of the fit; None if pickled

    def __init__(self, n_clusters: int = 8, *, init: Any = "k-means||",
                 max_iter: int = 300, tol: float = 1e-4,
                 random_state: int | np.random.RandomState | None = None,
                 checkpoint: checkpoints.Path | None = None,
                 checkpoint_every: int = 10) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.checkpoint = checkpoint
        self.checkpoint_every = checkpoint_every

    @restore_on_error
    def fit(self, data: Any, client: Connection = None,
            resume_from: checkpoints.Path | None = None) -> Self:
        """Find the centres of the data, and return the estimator.

        data: the partitions, as in the notes of the class
        client: as in the notes of the class
        resume_from: a checkpoint to resume from, with the same final bits
        Raises DataError for partitions that are missing or incompatible, and
        for a checkpoint of other data or options; ValueError for fewer points
        than clusters; ClusterError for a cluster that is missing or failed,
        with the checkpoint to resume from.  Warns of clusters without points.
        """
        validation.check_parameters(self)
        checkpoints.check_folder(self.checkpoint)
        parts = make_partitions(data)
        with (resume_advice(resume_from) as saved,
              connected(client) as workers):
            dataset = inspect(parts, workers, self.n_clusters)
            tol = self.tol and self.tol * dataset.mean_variance()
            run = checkpoints.fingerprint(self._options(), dataset.infos)
            state, passes = self._begin(dataset, run, resume_from)
            with self._progress_bar(state, workers) as bar:
                callback = Progress(bar, state, self, run, saved)
                converged = state.iterate(self.max_iter, tol, relocate,
                                          callback)
            inertia = state.finish()
        self._set_result(state, inertia, converged)
        self.n_features_in_, self.passes_ = dataset.d, passes
        self.replayed_ = dataset.executor.replayed
        self._source, self._labels = (dataset.parts, client), None
        return self

    def predict(self, data: Any, client: Connection = None,
                folder: checkpoints.Path | None = None) -> Any:
        """Return the index of each point's nearest centre, (n,) int32.

        With a folder, which every worker must be able to write to, write the
        labels of each partition there as a .npy file instead, and return the
        paths in the order of the partitions.
        """
        return self._evaluate("predict", data, client, folder)

    def transform(self, data: Any, client: Connection = None,
                  folder: checkpoints.Path | None = None) -> Any:
        """Return the distances to the centres, (n, k) float.

        With a folder, write them there as `predict` does.
        """
        return self._evaluate("transform", data, client, folder)

    def score(self, data: Any, client: Connection = None) -> float:
        """Return the negative inertia of the data; higher is better."""
        return float(self._evaluate("score", data, client, None).sum())

    @property
    def labels_(self) -> np.ndarray:
        """The labels of the fitted data, (n,) int32."""
        check_is_fitted(self)
        if self._labels is None:
            self._labels = self.predict(*self._fitted_data())
        return self._labels

    def write_labels(self, folder: checkpoints.Path) -> list[str]:
        """Write the labels of each partition of the fit; return the paths."""
        check_is_fitted(self)
        return self.predict(*self._fitted_data(), folder)

    def to_local(self) -> KMeans:
        """Return a fitted `KMeans` with the same centres, without labels."""
        check_is_fitted(self)
        model = KMeans(self.n_clusters, init=self.cluster_centers_,
                       max_iter=self.max_iter, tol=self.tol)
        for name in ("cluster_centers_", "inertia_", "n_iter_", "history_",
                     "n_features_in_"):
            setattr(model, name, getattr(self, name))
        return model

    def _begin(self, dataset: DatasetInfo, run: dict,
               resume_from: checkpoints.Path | None) -> tuple[
                   State, int | None]:
        """Return the initial or resumed state, and the passes it took."""
        executor, passes = dataset.executor, None
        replay: list[tuple] = []
        state = State(executor.call, executor, dataset.result_type,
                      np.zeros((self.n_clusters, dataset.d)))
        if resume_from is not None:
            checkpoints.restore(resume_from, state, run)
            replay = [(state.last, np.zeros(self.n_clusters))]
        else:
            seed = check_random_state(self.random_state).randint(2 ** 31 - 1)
            C, passes, _ = initial_centres(dataset, self.n_clusters,
                                           self.init, seed)
            state.C = C.astype(dataset.result_type).astype(np.float64)
        executor.begin(partial(PartitionBlock, k=self.n_clusters), replay)
        return state, passes

    def _set_result(self, state: State, inertia: float,
                    converged: str) -> None:
        """Set what the run found; warn of clusters without points."""
        result = state.result(np.zeros(0, int), inertia, converged)
        self.cluster_centers_, self.inertia_ = result.centres, inertia
        self.n_iter_, self.history_ = result.n_iter, result.history
        warn_of_empty_clusters(np.flatnonzero(state.clusters.members),
                               self.n_clusters)

    def _options(self) -> dict[str, Any]:
        """Return the parameters that determine a run, besides the data."""
        init = self.init
        if validation.is_array(init):
            init = np.asarray(init, np.float64)
            init = f"array {init.shape} {zlib.crc32(init.tobytes()):08x}"
        seed: Any = self.random_state
        if seed is not None and not validation.SEED.holds(seed):
            seed = "generator"
        return {"n_clusters": int(self.n_clusters), "init": init,
                "max_iter": int(self.max_iter), "tol": float(self.tol),
                "random_state": seed}

    def _progress_bar(self, state: State, client: Client | None) -> tqdm:
        """Return a bar over iterations, shown on terminals only."""
        announce_dashboard(client)
        return tqdm(desc="k-means", total=self.max_iter, unit=" iterations",
                    initial=len(state.history), disable=None)

    def _fitted_data(self) -> tuple[list, Connection]:
        """Return the partitions and the client of the fit.

        Raises LabelsNotKeptError where they are no longer known.
        """
        if self._source is None or is_closed(self._source[1]):
            reason = ("a pickled or copied model does not keep its data"
                      if self._source is None else "its client was closed")
            raise LabelsNotKeptError(
                f"the labels of this fit were not kept, and {reason}: use "
                "predict(data, client)")
        return self._source

    def _evaluate(self, method: str, data: Any, client: Connection,
                  folder: checkpoints.Path | None) -> Any:
        """Return what a local model's method returns for each partition."""
        model = self.to_local()
        with connected(client) as workers:
            executor = Executor(make_partitions(data), workers)
            executor.workers.check_files()
            executor.begin(PartitionQueries)
            if folder is not None:
                return executor.call("write", model, method,
                                     os.fspath(folder))
            return np.concatenate(executor.call("evaluate", model, method))

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: not the data, as clients cannot be."""
        return {**super().__getstate__(), "_source": None}
