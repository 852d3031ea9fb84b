"""The benchmark of clusters checks that results are equal, and saves times."""
import json

import numpy as np
import pytest

from benchmarks import cluster
from kmeanslab import KMeans
from tests.kmeanslab.needs import needs_kernels


@needs_kernels
def test_times_are_printed_and_written(tmp_path, capsys):
    """Every part prints its lines, and appears in the JSON file."""
    path = tmp_path / "cluster.json"
    assert cluster.main(["overhead", "faults", "seeding", "--quick",
                         "--rounds", "1", "--seeds", "1", "--out",
                         str(path)]) == 0
    parts = json.loads(path.read_bytes())["parts"]
    assert min(parts["overhead"][name] for name in (
        "KMeans", "partitions here", "one worker", "two workers")) > 0
    assert parts["faults"]["never"]["replayed"] == 0
    assert parts["faults"]["in iteration 3"]["replayed"] >= 1
    assert parts["seeding"]["10"]["passes"] == [3]
    printed = capsys.readouterr().out
    assert "in iteration 3: the same bits" in printed
    assert "two workers take" in printed


def test_another_result_is_an_error():
    """One bit of one centre is enough."""
    X = np.random.default_rng(0).normal(size=(50, 3))
    right, found = (KMeans(3, init=X[:3], tol=0).fit(X) for _ in range(2))
    cluster.assert_same(found, right)
    found.cluster_centers_[1, 2] = np.nextafter(
        found.cluster_centers_[1, 2], np.inf)
    with pytest.raises(AssertionError):
        cluster.assert_same(found, right)


def test_unknown_part(capsys):
    """It is wrong usage, and named."""
    with pytest.raises(SystemExit) as stop:
        cluster.main(["speed"])
    assert stop.value.code == 2
    assert "there is no part 'speed'" in capsys.readouterr().err
