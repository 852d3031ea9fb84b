"""DistributedKMeans: the lab's loop where the data lie, on many machines.

    from kmeanslab import DistributedKMeans
    DistributedKMeans(64).fit(paths_of_npy_files, client)

The partitions of the data stay with the workers of a Dask client, which report
what changed; the loop of `lloyd.py` runs here, and cannot tell.  Labels,
iterations and centres are the same bits for any number of workers, and when
workers die.  Without a client all is done in this process.

    client  a Dask client, the address of a scheduler, a number of processes
            to start on this machine, or None
"""

from contextlib import contextmanager
from functools import partial
import os
import zlib

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from tqdm import tqdm

from kmeanslab.distributed import checkpoints
from kmeanslab.distributed.clients import ClusterError, connected, tell
from kmeanslab.distributed.dataset_info import census
from kmeanslab.distributed.executor import Crew
from kmeanslab.distributed.oversampling import start
from kmeanslab.distributed.partition_block import PartBlock
from kmeanslab.distributed.partition_queries import Survey
from kmeanslab.distributed.partitions import partitions
from kmeanslab.engine.lloyd import State
from kmeanslab.engine.update import relocate
from kmeanslab.estimators import validation
from kmeanslab.estimators.base import restore_on_error
from kmeanslab.estimators.kmeans import KMeans

PATH = validation.Rule("a path", lambda value: isinstance(
    value, (str, os.PathLike)))


class DistributedKMeans(BaseEstimator):
    """K-means on partitions of data, by Lloyd's algorithm, exactly.

    Parameters
    ----------
    n_clusters, max_iter : int
    init : "k-means||", "random" or array (n_clusters, d)
    tol, random_state : as in `KMeans`
    checkpoint : path or None
        A file that `fit` writes to, and can go on from.
    checkpoint_every : int
        How many iterations lie between two checkpoints.

    Attributes
    ----------
    cluster_centers_ : (n_clusters, d), float32 for float32 data else float64
    labels_ : (n,) int32, found when first asked for
    inertia_ : float
    n_iter_, n_features_in_ : int
    history_ : list of `lloyd.Iteration`; moved, shift and inertia are the same
        for any workers, the counts of work are not
    replayed_ : int, partitions that were looked at again as workers died
    passes_ : int, over the data to find the start; None without k-means||

    Notes
    -----
    Data is a list whose items are a partition each: paths of .npy files or
    course CSVs, or memory-mapped arrays.  One of these alone is cut into
    pieces of 64 MB, `partitions.cut` does so by rows.  Or it is a Dask array.
    All are of one type: float64, float32 or uint8 stay so, others become
    float64.  A fit that fails leaves the estimator as it was.
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

    def __init__(self, n_clusters=8, *, init="k-means||", max_iter=300,
                 tol=1e-4, random_state=None, checkpoint=None,
                 checkpoint_every=10):
        self.n_clusters = n_clusters
        self.init = init
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.checkpoint = checkpoint
        self.checkpoint_every = checkpoint_every

    @restore_on_error
    def fit(self, data, client=None, resume_from=None):
        """Find the centres of the data, whose partitions are as said above.

        `resume_from` is a checkpoint to go on from, to the same bits.
        Raises DataError for partitions that are missing or do not fit, and
        for a checkpoint of other data or options; ValueError for fewer points
        than clusters; ClusterError for a cluster that is not there, or gave
        up: it names the checkpoint to go on from.
        """
        validation.check_parameters(self)
        parts = partitions(data)
        with way_on(resume_from) as saved, connected(client) as workers:
            told = census(parts, workers, self.n_clusters)
            tol = self.tol and self.tol * told.mean_variance()
            what = checkpoints.describe(self._options(), told.abouts)
            state, passes = self._begin(told, what, resume_from)
            with self._bar(state, workers) as bar:
                watch = Progress(bar, state, self, what, saved)
                converged = state.iterate(self.max_iter, tol, relocate, watch)
            inertia = state.finish()
        result = state.result(np.zeros(0, int), inertia, converged)
        self.cluster_centers_, self.inertia_ = result.centres, inertia
        self.n_iter_, self.history_ = result.n_iter, result.history
        self.n_features_in_, self.passes_ = told.d, passes
        self.replayed_ = told.crew.replayed
        self._source, self._labels = (parts, client), None
        return self

    def predict(self, data, client=None, folder=None):
        """The index of the nearest centre for each point, (n,) int32.

        With a folder, which all workers must see: each partition's labels are
        written there as a .npy file, and the paths are returned, in order.
        """
        return self._ask("predict", data, client, folder)

    def transform(self, data, client=None, folder=None):
        """The distances to the centres, (n, k) float; `predict` says how."""
        return self._ask("transform", data, client, folder)

    def score(self, data, client=None):
        """The inertia of the data, negative: the higher the better."""
        return float(self._ask("score", data, client, None).sum())

    @property
    def labels_(self):
        """The labels of the data of the fit, (n,) int32."""
        check_is_fitted(self)
        if self._labels is None:
            self._labels = self.predict(*self._source)
        return self._labels

    def write_labels(self, folder):
        """Write the labels of each partition of the fit; returns the paths."""
        check_is_fitted(self)
        return self.predict(*self._source, folder)

    def to_local(self):
        """A fitted `KMeans` with the same centres, without labels."""
        check_is_fitted(self)
        model = KMeans(self.n_clusters, init=self.cluster_centers_,
                       max_iter=self.max_iter, tol=self.tol)
        for name in ("cluster_centers_", "inertia_", "n_iter_", "history_",
                     "n_features_in_"):
            setattr(model, name, getattr(self, name))
        return model

    def _begin(self, told, what, resume_from):
        """The state to go on from; the passes that the start took."""
        crew, past, passes = told.crew, [], None
        state = State(crew.call, crew, told.result_type,
                      np.zeros((self.n_clusters, told.d)))
        if resume_from is not None:
            checkpoints.restore(resume_from, state, what)
            past = [(state.last, np.zeros(self.n_clusters))]
        else:
            seed = check_random_state(self.random_state).randint(2 ** 31 - 1)
            C, passes, _ = start(told, self.n_clusters, self.init, seed)
            state.C = C.astype(told.result_type).astype(np.float64)
        crew.begin(partial(PartBlock, k=self.n_clusters), past)
        return state, passes

    def _options(self):
        """What else than the data decides how a run goes."""
        init = self.init
        if validation.is_array(init):
            init = np.asarray(init, np.float64)
            init = f"array {init.shape} {zlib.crc32(init.tobytes()):08x}"
        seed = self.random_state
        if seed is not None and not validation.SEED.holds(seed):
            seed = "generator"
        return {"n_clusters": int(self.n_clusters), "init": init,
                "max_iter": int(self.max_iter), "tol": float(self.tol),
                "random_state": seed}

    def _bar(self, state, client):
        """A bar over iterations, on a terminal; says where else to look."""
        tell(client)
        return tqdm(desc="k-means", total=self.max_iter, unit=" iterations",
                    initial=len(state.history), disable=None)

    def _ask(self, name, data, client, folder):
        """What our local model says, partition by partition."""
        model = self.to_local()
        with connected(client) as workers:
            crew = Crew(partitions(data), workers)
            crew.team.find()
            crew.begin(Survey)
            if folder is not None:
                return crew.call("write", model, name, os.fspath(folder))
            return np.concatenate(crew.call("ask", model, name))

    def __getstate__(self):
        """All but where the data are: a client cannot be pickled."""
        return {**super().__getstate__(), "_source": (None, None)}


class Progress:
    """Tells of the iterations, and saves some of them."""

    def __init__(self, bar, state, model, what, saved):
        self.bar, self.state, self.what, self.saved = bar, state, what, saved
        self.path, self.every = model.checkpoint, model.checkpoint_every

    def __call__(self, number, step):
        """After each iteration but one that converged."""
        self.bar.set_postfix(inertia=f"{step.inertia:.6g}",
                             shift=f"{step.shift:.3g}", refresh=False)
        self.bar.update()
        if self.path is not None and (number + 1) % self.every == 0:
            checkpoints.save(self.path, self.state, self.what)
            self.saved.append(self.path)


@contextmanager
def way_on(checkpoint):
    """Has a cluster that gives up say from which checkpoint to go on.

    Yields the list of those there are.
    """
    saved = [] if checkpoint is None else [checkpoint]
    try:
        yield saved
    except ClusterError as error:
        how = (f"fit(..., resume_from={os.fspath(saved[-1])!r})" if saved
               else "the start, for no checkpoint has been written")
        raise ClusterError(f"{error}; then go on from {how}") from error
