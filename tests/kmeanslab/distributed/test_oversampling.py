"""k-means||: its passes, its candidates, its seed."""

import numpy as np
import pytest

from kmeanslab import DistributedKMeans
from kmeanslab.distributed import oversampling
from kmeanslab.distributed.dataset_info import inspect
from kmeanslab.distributed.partition_sampler import Sampler
from kmeanslab.distributed.partitions import make_partitions
from tests.kmeanslab.distributed.partition_files import SIZES, points, save


def test_kmeans_parallel_finds_the_clusters(tmp_path):
    """Three passes and about 4 k candidates give one centre per cluster."""
    X = points("normal", d=2) + 50 * (np.arange(sum(SIZES)) % 8)[:, None]
    dataset = inspect(make_partitions(save(tmp_path, X)), None, 8)
    start = oversampling.initial_centres(dataset, 8, "k-means||", 0)
    assert start.passes == 3
    assert 16 <= start.candidates <= 48
    nearest = np.sort(np.round(start.centres.mean(axis=1) / 50))
    assert nearest.tolist() == list(range(8))


def test_kmeans_parallel_counts_its_passes(tmp_path, monkeypatch):
    """`passes_` is the number of passes over all points."""
    paths, looks = save(tmp_path, points("normal")), []
    step = Sampler.step
    monkeypatch.setattr(Sampler, "step", lambda self, C: (
        looks.append(self.index) or step(self, C)))
    model = DistributedKMeans(6, random_state=3).fit(paths)
    assert looks == 3 * [0, 1, 2, 3, 5]
    assert model.passes_ == 3


def test_too_few_candidates_make_another_round(tmp_path, monkeypatch):
    """Rounds continue until k candidates are nearest to some point."""
    monkeypatch.setattr(oversampling, "OVERSAMPLING_FACTOR", 0.2)
    X = points("normal")
    dataset = inspect(make_partitions(save(tmp_path, X)), None, 30)
    start = oversampling.initial_centres(dataset, 30, "k-means||", 0)
    assert start.passes > 5 and start.candidates >= 30
    assert len(np.unique(start.centres, axis=0)) == 30


def test_fewer_different_points_than_clusters(tmp_path):
    """Each distinct point becomes a centre."""
    X = np.repeat([[0.0, 0], [1, 1], [5, 5]], 60, axis=0)[:sum(SIZES)]
    model = DistributedKMeans(5, random_state=0).fit(save(tmp_path, X))
    assert model.inertia_ == 0
    assert {tuple(c) for c in model.cluster_centers_} == {
        (0, 0), (1, 1), (5, 5)}


def test_a_replayed_sampler_is_the_same(tmp_path):
    """Candidates in one step or in two have the same nearest ones."""
    X = points("grid", d=2)
    once, twice = (Sampler(X, 0, 0) for _ in range(2))
    potential = once.step(X[:20])
    twice.step(X[:11])
    assert twice.step(X[11:20]) == potential
    assert once.labels.tolist() == twice.labels.tolist()
    assert once.draw(1, 0.1).tolist() == twice.draw(1, 0.1).tolist()
    assert once.draw(1, 0.1).tolist() != twice.draw(2, 0.1).tolist()
    twice.index = 1                     # partitions do not draw alike
    assert once.draw(1, 0.1).tolist() != twice.draw(1, 0.1).tolist()


@pytest.mark.parametrize("init", ["k-means||", "random"])
def test_start_does_not_depend_on_workers(three, tmp_path, init):
    """The seed determines the centres; another seed gives others."""
    X = points("normal", np.float32)
    paths = save(tmp_path, X)
    here, there, other = (
        oversampling.initial_centres(
            inspect(make_partitions(paths), client, 6), 6, init, seed).centres
        for client, seed in [(None, 1), (three, 1), (None, 2)])
    assert here.dtype == there.dtype
    assert here.tobytes() == there.tobytes() != other.tobytes()
    if init == "random":
        assert {row.tobytes() for row in here} <= {
            row.tobytes() for row in X}
        assert len(np.unique(here, axis=0)) == 6


def test_a_round_may_draw_no_candidate(tmp_path):
    """Few candidates per round make it likely; the next round goes on."""
    paths = save(tmp_path, points("normal"))
    for seed in range(30):
        model = DistributedKMeans(1, random_state=seed).fit(paths)
        assert np.isfinite(model.inertia_)
