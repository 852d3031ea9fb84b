"""Callbacks of scikit-learn, and its progress bar."""

import numpy as np
import pytest
from sklearn.base import clone

from kmeanslab.estimators import KMeans
from tests.kmeanslab.estimators.models import MAKES, images, kmeans, mini, same


class Recorder:
    """A callback that records events, and may ask to stop."""

    def __init__(self, stop=lambda context: False):
        self.events, self.stop = [], stop

    def setup(self, estimator, context):
        self.events.append("setup")

    def teardown(self, estimator, context):
        self.events.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.events.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.events.append(("end", context.task_name, context.task_id))
        self.fitted = fitted_estimator
        return self.stop(context)

    def count(self, *what):
        """How often this happened."""
        return sum(entry[:len(what)] == what for entry in self.events)


def watched(callback, make=kmeans, **settings):
    """A model fitted with a callback."""
    pytest.importorskip("sklearn.callback")
    return make(9, **settings).set_callbacks(callback).fit(images())


def test_callbacks_are_notified_of_runs_and_iterations():
    recorder = Recorder()
    model = watched(recorder, n_init=3, tol=0)
    assert recorder.events[:4] == ["setup", ("begin", "fit", 0),
                                   ("begin", "run", 0),
                                   ("begin", "iteration", 0)]
    assert recorder.events[-3:] == [("end", "run", 2), ("end", "fit", 0),
                                    "teardown"]
    assert recorder.count("begin", "run") == recorder.count("end", "run") == 3
    assert recorder.count("begin") == recorder.count("end")
    assert recorder.fitted.inertia_ == model.inertia_


@pytest.mark.parametrize("settings", [
    {"tol": 0}, {"tol": 1e-2}, {"max_iter": 3}, {"max_iter": 1}])
def test_callbacks_are_told_of_each_iteration_once(settings):
    recorder = Recorder()
    model = watched(recorder, **settings)
    for what in ["begin", "end"]:
        assert recorder.count(what, "iteration") == model.n_iter_


@pytest.mark.parametrize("make", MAKES)
def test_a_callback_changes_nothing(make):
    assert same(watched(Recorder(), make), make(9).fit(images()))


@pytest.mark.parametrize("settings", [
    {}, {"max_no_improvement": 2}, {"max_iter": 1}, {"tol": 1e9},
    {"compute_labels": False, "n_init": 3}])
def test_callbacks_are_told_of_each_mini_batch_once(settings):
    recorder = Recorder()
    model = watched(recorder, mini, **settings)
    assert recorder.events[:3] == ["setup", ("begin", "fit", 0),
                                   ("begin", "iteration", 0)]
    assert recorder.events[-2:] == [("end", "fit", 0), "teardown"]
    for what in ["begin", "end"]:
        assert recorder.count(what, "iteration") == model.n_steps_
    assert np.array_equal(recorder.fitted.predict(images()),
                          model.predict(images()))


def test_a_callback_may_end_the_mini_batches():
    model = watched(Recorder(lambda context: context.task_id == 2), mini)
    assert model.n_steps_ == 3
    assert np.array_equal(model.predict(images()), model.labels_)


def test_a_callback_may_end_a_run():
    model = watched(Recorder(lambda context: context.task_id == 2))
    assert model.n_iter_ == 3
    assert np.array_equal(model.predict(images()), model.labels_)


def test_a_callback_may_end_the_restarts():
    recorder = Recorder(lambda context: context.task_name == "run")
    watched(recorder, n_init=5)
    assert recorder.count("begin", "run") == 1


def test_a_copy_has_the_callbacks_too():
    recorder = Recorder()
    clone(watched(recorder)).fit(images())
    assert recorder.events.count("setup") == 2


def test_a_callback_that_fails_leaves_no_trace():
    def fail(context):
        raise RuntimeError

    recorder = Recorder(fail)
    model = KMeans(2)
    with pytest.raises(RuntimeError):
        pytest.importorskip("sklearn.callback")
        model.set_callbacks(recorder).fit(images())
    assert not hasattr(model, "n_features_in_")
    assert recorder.events[-1] == "teardown"


@pytest.mark.parametrize("make, name", [
    (kmeans, "KMeans"), (mini, "MiniBatchKMeans")])
def test_the_progress_bar_of_scikit_learn_runs_to_its_end(make, name, capsys):
    pytest.importorskip("rich")
    callback = pytest.importorskip("sklearn.callback")
    watched(callback.ProgressBar(), make, n_init=2)
    assert f"{name} - fit" in capsys.readouterr().out
