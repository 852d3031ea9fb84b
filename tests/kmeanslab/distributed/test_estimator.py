"""DistributedKMeans as an estimator: attributes, methods, pickling."""
import copy
import gc
import pickle
import time

import distributed
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from kmeanslab import DistributedKMeans, KMeans
from kmeanslab.data.formats import DataError
from kmeanslab.distributed import clients, estimator
from kmeanslab.distributed.clients import ClusterError
from tests.kmeanslab.distributed.partition_files import SIZES, points, save


def test_fitted_attributes(three, tmp_path):
    """Attributes and labels are those of a local model and of brute force."""
    X = points("normal")
    paths = save(tmp_path, X)
    model = DistributedKMeans(6, random_state=1).fit(paths, three)
    local = model.to_local()
    assert isinstance(local, KMeans)
    assert model.n_features_in_ == 5 and model.n_iter_ == len(model.history_)
    assert model.labels_.dtype == np.int32
    assert model.labels_.tolist() == local.predict(X).tolist()
    brute = sum(np.sum((x - model.cluster_centers_[j]) ** 2)
                for x, j in zip(X, model.labels_))
    assert model.inertia_ == pytest.approx(brute, rel=1e-12)
    assert model.score(paths, three) == pytest.approx(-brute, rel=1e-12)
    assert model.predict(paths[:2], three).tolist() == local.predict(
        X[:47]).tolist()
    np.testing.assert_array_equal(
        model.transform(paths, three), local.transform(X))
    assert local.inertia_ == model.inertia_


def test_labels_in_one_file_per_partition(three, tmp_path):
    """The workers write them; an empty partition gets an empty file."""
    X = points("normal")
    model = DistributedKMeans(6, random_state=1).fit(save(tmp_path, X), three)
    (tmp_path / "labels").mkdir()
    paths = model.write_labels(tmp_path / "labels")
    files = [np.load(path) for path in paths]
    assert list(map(len, files)) == SIZES
    assert np.concatenate(files).tolist() == model.labels_.tolist()
    assert sorted(map(str, (tmp_path / "labels").iterdir())) == paths


def test_pickle_and_clone(tmp_path):
    """A fitted model can be pickled; a clone has its parameters."""
    paths = save(tmp_path, points())
    model = DistributedKMeans(3, random_state=1).fit(paths)
    again = pickle.loads(pickle.dumps(model))
    assert again.predict(paths).tolist() == model.labels_.tolist()
    assert clone(model).get_params() == model.get_params()


def test_failed_fit_leaves_the_model(tmp_path):
    """A failed fit keeps the attributes of the one before."""
    paths = save(tmp_path, points())
    model = DistributedKMeans(3, random_state=1).fit(paths)
    before = model.cluster_centers_
    with pytest.raises(DataError):
        model.fit([tmp_path / "no.npy"])
    assert model.cluster_centers_ is before
    with pytest.raises(ValueError, match="n_clusters"):
        DistributedKMeans(0).fit(paths)


def test_progress_is_shown(three, tmp_path, monkeypatch, capsys):
    """Each iteration shows inertia and shift; the dashboard's link once."""
    shown = []
    monkeypatch.setattr(estimator.tqdm, "set_postfix",
                        lambda self, **words: shown.append(words))
    monkeypatch.setattr(type(three), "dashboard_link", "http://here:8787")
    monkeypatch.setattr(clients, "announced_clients", set())
    paths = save(tmp_path, points("normal"))
    DistributedKMeans(6, max_iter=1).fit(paths, three)
    shown.clear()
    model = DistributedKMeans(6, random_state=1).fit(paths, three)
    assert len(shown) in (model.n_iter_, model.n_iter_ - 1)
    assert float(shown[1]["inertia"]) == pytest.approx(
        model.history_[1].inertia, rel=1e-4)
    assert capsys.readouterr().err.count("http://here:8787") == 1


# Data that change

@pytest.mark.parametrize("client", ["local", "dask"])
@pytest.mark.parametrize("change", [
    lambda X: np.where(X == X[3, 1], X + 1e-9, X), lambda X: X[:-1],
    lambda X: X[:, :4], lambda X: X.view(np.int64)])
def test_labels_of_a_replaced_file_are_refused(three, tmp_path, client,
                                               change):
    """The sentence names the file, both fingerprints, and what to do."""
    client = three if client == "dask" else None
    paths = save(tmp_path, points("normal"))
    model = DistributedKMeans(3, random_state=0).fit(paths, client)
    X = np.load(paths[2])
    np.save(paths[2], change(X))
    words = (r"x2\.npy has changed since the fit began: it was 33 x 5 float64 "
             r"\w{8}, but is 3. x . float64 \w{8}; fit again, or .* predict")
    (tmp_path / "labels").mkdir()
    with pytest.raises(DataError, match=words):
        model.labels_
    with pytest.raises(DataError, match=words):
        model.write_labels(tmp_path / "labels")
    assert not (tmp_path / "labels" / "predict-00002.npy").exists()
    np.save(paths[2], X)
    assert model.labels_.tolist() == model.predict(paths).tolist()


def test_labels_of_replaced_tables_and_chunks_are_refused(three, tmp_path):
    """CSVs, mapped arrays and Dask arrays are no exception."""
    import dask
    import dask.array
    X = points("normal")
    np.save(tmp_path / "x.npy", X)
    table, init = tmp_path / "x.csv", [[0, 0], [9, 9]]
    table.write_text("a,1,2\na,9,9\n")
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    chunks = dask.array.from_delayed(
        dask.delayed(np.load)(str(tmp_path / "x.npy")), X.shape, X.dtype)
    models = [DistributedKMeans(2, init=X[:2]).fit(mapped),
              DistributedKMeans(2, init=init).fit([table])]
    of_chunks = [DistributedKMeans(2, init=X[:2]).fit(chunks, client)
                 for client in (None, three)]
    wait_until_released(three)
    table.write_text("a,1,2\na,9,8\n")
    np.save(tmp_path / "x.npy", X[::-1])
    for model in [*models, *of_chunks]:
        with pytest.raises(DataError, match="has changed since the fit"):
            model.labels_


def wait_until_released(client):
    """Wait until a cluster holds nothing: else it knows the old chunk."""
    gc.collect()
    deadline = time.monotonic() + 60
    while client.run_on_scheduler(
            lambda dask_scheduler: len(dask_scheduler.tasks)):
        assert time.monotonic() < deadline, "the cluster keeps its tasks"
        time.sleep(0.02)


def test_tables_of_mixed_types_keep_their_labels(tmp_path):
    """Read as float64 in the fit, they are so for the labels too."""
    (tmp_path / "a.csv").write_text("a,1,2\na,1,3\n")
    (tmp_path / "b.csv").write_text("b,8.5,9\n")
    model = DistributedKMeans(2, init=[[0, 0], [9, 9]])
    model.fit([tmp_path / "a.csv", tmp_path / "b.csv"])
    assert model.labels_.tolist() == [0, 0, 1]


# Labels that are not kept

@pytest.mark.parametrize("copied", [
    lambda model: pickle.loads(pickle.dumps(model)), copy.deepcopy])
def test_labels_after_unpickling(tmp_path, copied):
    """The sentence says that they were not kept, unless they were computed."""
    paths = save(tmp_path, points())
    model = DistributedKMeans(3, random_state=1).fit(paths)
    again = copied(model)
    assert not hasattr(again, "labels_")
    for labels in (lambda: again.labels_,
                   lambda: again.write_labels(tmp_path)):
        with pytest.raises(DataError, match="not kept, and a pickled or copi"
                           r"ed model .* use predict\(data, client\)"):
            labels()
    assert model.labels_.tolist() == again.predict(paths).tolist()
    assert copied(model).labels_.tolist() == model.labels_.tolist()


def test_labels_after_the_client_was_closed(dask, tmp_path):
    """The same; and no method accepts a closed client."""
    paths = save(tmp_path, points())
    client = distributed.Client(dask.scheduler.address)
    model = DistributedKMeans(3, random_state=1).fit(paths, client)
    kept = clone(model).fit(paths, client)
    right = kept.labels_
    client.close()
    for labels in (lambda: model.labels_,
                   lambda: model.write_labels(tmp_path)):
        with pytest.raises(ClusterError, match="not kept, and its client was "
                           r"closed: use predict\(data, client\)"):
            labels()
    for method in (model.fit, model.predict, model.transform, model.score):
        with pytest.raises(ClusterError, match="client is closed: pass an op"):
            method(paths, client)
    assert kept.labels_ is right
    assert model.predict(paths, dask).tolist() == right.tolist()


# Fewer distinct points than clusters

def few_points():
    """Return three distinct points, whose means are rounded: (160, 2)."""
    return np.repeat([[0.1, 0.1], [0.3, 0.7], [5.3, 5.9]], 60, axis=0)[:160]


@pytest.mark.parametrize("client", ["local", "dask"])
def test_fewer_distinct_clusters_are_warned_of(three, tmp_path, client):
    """The warning is that of KMeans, and points at the call of `fit`."""
    X = few_points()
    paths, client = save(tmp_path, X), three if client == "dask" else None
    with pytest.warns(ConvergenceWarning) as ours:
        DistributedKMeans(5, init=X[[0, 70, 130, 0, 0]]).fit(paths, client)
    with pytest.warns(ConvergenceWarning) as theirs:
        KMeans(5, init=X[[0, 70, 130, 0, 0]]).fit(X)
    assert [str(warning.message) for warning in ours] == [
        str(warning.message) for warning in theirs]
    assert "distinct clusters (3) found smaller than n_clusters (5)" in str(
        ours[0].message)
    assert ours[0].filename == __file__


def test_no_warning_of_full_clusters(tmp_path, recwarn):
    """As many distinct points as clusters are enough."""
    X = few_points()
    DistributedKMeans(3, random_state=0).fit(save(tmp_path, X))
    assert not [w for w in recwarn if w.category is ConvergenceWarning]


@pytest.mark.parametrize("client", ["local", "dask"])
@pytest.mark.parametrize("X, init", [
    (np.full((160, 5), 0.1), np.full((3, 5), 0.1)),
    (np.full((160, 5), 0.1), "k-means||"),
    (few_points(), few_points()[[0, 70, 130, 0, 0]]),
    (few_points(), "k-means||")])
@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_constant_data_end_soon(three, tmp_path, client, X, init):
    """Means that differ from equal points by rounding do not go on."""
    k = 5 if isinstance(init, str) else len(init)
    model = DistributedKMeans(k, init=init, tol=0, max_iter=20, random_state=0)
    model.fit(save(tmp_path, X), three if client == "dask" else None)
    assert model.n_iter_ <= k + 1
    assert model.inertia_ == 0
