"""Mini-batches: each step is Sculley's, and the runs end as scikit-learn's."""
from contextlib import redirect_stdout
import io
import re

import numpy as np
import pytest
from scipy import sparse
from threadpoolctl import threadpool_limits

from kmeanslab.engine import minibatch, minibatch_rules
from kmeanslab.engine.assign.distances import nearest
from kmeanslab.engine.assign.matmul import Matmul
from kmeanslab.handwriting import DIGITS, draw_labelled

try:
    from kmeanslab.engine.assign.hamerly import Hamerly
    from kmeanslab.engine.assign.yinyang import Yinyang
    METHODS = [Matmul, Yinyang, Hamerly]
except ImportError:              # no Numba for this Python: one way is left
    METHODS = [Matmul]


def random(seed=0):
    """A source of random numbers as estimators have it."""
    return np.random.RandomState(seed)


def bytes_of(n, d=7, seed=0):
    """Points of small whole numbers, (n, d) uint8."""
    return random(seed).randint(0, 256, (n, d)).astype(np.uint8)


def run(X, C, weights=None, seed=0, **options):
    """Return a run of at most two rounds by default."""
    options = {"batch_size": 50, "max_iter": 2, "max_no_improvement": None,
               **options}
    return minibatch.run(X, C, weights, random(seed), **options)


def said(call):
    """What a call prints."""
    with redirect_stdout(io.StringIO()) as out:
        call()
    return out.getvalue()


def streamed(C, counts, X, weights):
    """One step in plain NumPy: centres and counts after it."""
    C, counts = C.copy(), counts.copy()
    for x, weight, j in zip(X.astype(float), weights, nearest(X, C)):
        if weight:
            counts[j] += weight
            C[j] += weight * (x - C[j]) / counts[j]
    return C, counts


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [1, 9, 80])
@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.float64])
def test_a_step_moves_centres_to_the_mean_of_all_they_were_given(
        method, k, kind):
    X = bytes_of(1300).astype(kind)
    weights = random(1).randint(0, 3, len(X)) / 2
    C, counts = X[:k].astype(float), np.zeros(k)
    stream = minibatch.begin(C)
    for part in (slice(600), slice(600, 1300)):
        C, counts = streamed(C, counts, X[part], weights[part])
        stream = minibatch.step(stream, X[part], weights[part], random(),
                                reassignment_ratio=0, method=method)
    np.testing.assert_allclose(stream.centres, C, rtol=1e-9)
    np.testing.assert_allclose(stream.counts, counts)


@pytest.mark.parametrize("method", METHODS)
def test_points_without_weight_leave_their_centre_where_it_is(method):
    X = np.array([[0.0], [1.0], [9.0]])
    stream = minibatch.step(
        minibatch.begin([[0.5], [9.0], [50.0]]), X, np.array([1.0, 1, 0]),
        random(), reassignment_ratio=0, method=method)
    np.testing.assert_array_equal(stream.centres, [[0.5], [9.0], [50.0]])
    np.testing.assert_array_equal(stream.counts, [2, 0, 0])


def test_a_step_changes_no_argument():
    X, C, weights = bytes_of(40), bytes_of(5).astype(float), np.ones(40)
    stream = minibatch.begin(C)
    copies = [np.array(a) for a in (X, C, weights, *stream)]
    minibatch.step(stream, X, weights, random())
    for before, after in zip(copies, (X, C, weights, *stream)):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("k", [5, 70])
def test_a_run_is_a_stream_of_the_batches_that_it_draws(k):
    X = bytes_of(400)
    result = run(X, X[:k], seed=3, batch_size=100, max_iter=2)
    draws, stream = random(3), minibatch.begin(X[:k])
    for _ in range(8):
        stream = minibatch.step(stream, X[draws.randint(400, size=100)], None,
                                draws)
    np.testing.assert_array_equal(result.centres, stream.centres)
    np.testing.assert_array_equal(result.counts, stream.counts)
    assert result.since == stream.since


def test_points_are_drawn_as_often_as_they_weigh():
    weights = np.array([0, 1, 0, 3, 0, 0, 6, 0.0])
    draw = minibatch.sampler(len(weights), weights, random())
    part = np.bincount(draw(20_000), minlength=8) / 20_000
    np.testing.assert_allclose(part, weights / 10, atol=0.02)
    assert not part[weights == 0].any()


def test_no_random_number_falls_on_a_point_without_weight_at_an_end():
    class Ends:
        def uniform(self, size):
            return np.array([0.0, np.nextafter(1.0, 0.0)])

    for scale in (1e-300, 1 / 3, 1.0, 1e300):
        weights = scale * np.array([0, 1, 2, 0.0])
        draw = minibatch.sampler(4, weights, Ends())
        np.testing.assert_array_equal(draw(2), [1, 2])


def test_weights_count_against_each_other_only():
    X, weights = bytes_of(200), random(1).uniform(size=200)
    for one, other in [(None, np.full(200, 0.3)), (weights, 2 * weights)]:
        np.testing.assert_array_equal(run(X, X[:4], one).centres,
                                      run(X, X[:4], other).centres)


def test_centres_given_too_little_start_anew_at_points_with_weight():
    X = np.array([[0.0], [1.0], [2.0], [3.0], [70.0]])
    start = minibatch.begin([[1.5], [500.0], [600.0]])
    for seed in range(20):
        stream = minibatch.step(start, X, np.array([1, 1, 1, 1, 0.0]),
                                random(seed), reassignment_ratio=0.1)
        assert stream.centres[0] == 1.5 and stream.since == 0
        first, second = stream.centres[1:, 0]
        assert first != second and {first, second} < {0, 1, 2, 3}
        np.testing.assert_array_equal(stream.counts, 4)


def test_at_most_half_of_a_batch_becomes_centres():
    call, X, far = [], np.arange(6.0)[:, None], np.full((7, 1), 1e6)
    start = minibatch.begin(np.concatenate([[[2.0]], far]))
    words = said(lambda: call.append(minibatch.step(
        start, X, None, random(), verbose=True)))
    assert words == "[MiniBatchKMeans] Reassigning 3 cluster centers.\n"
    assert np.count_nonzero(call[0].centres == 1e6) == 4


@pytest.mark.parametrize("ratio", [0, 5])
def test_a_ratio_of_zero_moves_no_centre_and_none_moves_all(ratio):
    X = bytes_of(40)
    C = np.concatenate([X[:3], np.full((1, 7), 1e6)])
    stream = minibatch.step(minibatch.begin(C), X, None, random(),
                            reassignment_ratio=ratio)
    assert (stream.centres[3, 0] == 1e6) == (ratio == 0)
    assert np.isfinite(stream.centres).all() and stream.counts.any()


def test_reassignment_waits_until_ten_points_a_centre_came():
    X, since = bytes_of(15), []
    stream = minibatch.begin(X[:3])._replace(counts=np.ones(3))
    for _ in range(4):
        stream = minibatch.step(stream, X, None, random())
        since.append(stream.since)
    assert since == [15, 0, 15, 0]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [6, 70])
def test_bytes_floats_and_csr_give_the_same_centres(method, k):
    X, weights = bytes_of(300), random(1).uniform(size=300)
    found = [run(points, X[:k].astype(float), weights, full_updates=1,
                 method=how)
             for points, how in [
                 (X, method), (X.astype(float), method),
                 (sparse.csr_array(X.astype(float)), Matmul)]]
    for other in found[1:]:
        np.testing.assert_allclose(other.centres, found[0].centres,
                                   rtol=1e-12)
        np.testing.assert_array_equal(other.labels, found[0].labels)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [8, 70])
def test_any_number_of_threads_gives_the_same_bits(method, k):
    X = random().normal(size=(5000, 20)).astype(np.float32)
    first, *others = (run(X, X[:k], batch_size=2100, full_updates=2,
                          method=method, threads=threads)
                      for threads in (1, 2, 4))
    for other in others:
        assert first.centres.tobytes() == other.centres.tobytes()
        assert first.ewa_inertia == other.ewa_inertia
        assert first.inertia == other.inertia


def test_a_run_ends_after_max_iter_times_all_points():
    X = bytes_of(100)
    for size, steps in [(30, 6), (100, 2), (1000, 2)]:
        assert run(X, X[:3], batch_size=size).n_steps == steps


def blobs(n=300):
    """Three groups of points that no one can mistake, and their middles."""
    C = np.array([[0.0, 0.0], [50, 0], [0, 50]])
    return C[np.arange(n) % 3] + random().normal(size=(n, 2)), C


@pytest.mark.parametrize("options, reason", [
    ({"tol": 0.05}, "small centers change"),
    ({"max_no_improvement": 3}, "lack of improvement in inertia")])
def test_a_run_that_converges_says_by_what_and_when(options, reason):
    X, C = blobs()
    found = []
    words = said(lambda: found.append(
        run(X, C, max_iter=100, verbose=True, **options)))
    steps = found[0].n_steps
    assert 1 < steps < 600 and found[0].converged == reason
    assert words.endswith(f"\nConverged ({reason}) at step {steps}/600\n")


def test_a_run_stops_at_the_step_where_the_centres_first_move_no_further():
    X, C = blobs()
    result = run(X, C, tol=0.01, max_iter=100)
    draws, stream = random(), minibatch.begin(C)
    for number in range(1, result.n_steps + 1):
        last = stream.centres
        stream = minibatch.step(stream, X[draws.randint(300, size=50)], None,
                                draws)
        small = np.square(stream.centres - last).sum() <= 0.01
        assert small == (number == result.n_steps) or number == 1


def test_the_smoothed_inertia_leaves_out_the_first_step():
    watch = minibatch_rules.Watch(9, 0.25, 0.0, None, True)
    words = said(lambda: [watch.ends(i, inertia, np.inf) for i, inertia
                          in enumerate([100.0, 8.0, 4.0], start=1)])
    assert watch.smooth == 7.0
    assert words == (
        "Minibatch step 1/9: mean batch inertia: 100.0\n"
        "Minibatch step 2/9: mean batch inertia: 8.0, ewa inertia: 8.0\n"
        "Minibatch step 3/9: mean batch inertia: 4.0, ewa inertia: 7.0\n")


def test_a_run_ends_when_its_patience_does_after_the_best_step():
    watch = minibatch_rules.Watch(9, 1.0, 0.0, 2, False)
    ends = [watch.ends(i, inertia, np.inf)
            for i, inertia in enumerate([1, 9, 9, 8, 8, 8, 7], start=1)]
    assert ends.index(True) == 5


def test_the_mean_inertia_is_that_of_the_batch_before_the_step():
    X, C = blobs(50)
    words = said(lambda: run(X, C + 1.0, seed=2, max_iter=1, verbose=True))
    batch = X[random(2).randint(50, size=50)]
    apart = batch - (C + 1.0)[nearest(batch, C + 1.0)]
    heard = float(re.search(r"inertia: (\S+)", words).group(1))
    assert heard == pytest.approx(np.square(apart).sum() / 50)


@pytest.mark.parametrize("method", METHODS)
def test_full_updates_are_exact_and_never_raise_the_inertia(method):
    X = bytes_of(2000)
    weights = random(1).randint(0, 3, 2000) / 2
    C = run(X, X[:6], weights, method=method).centres
    inertias = []
    for updates in (1, 2):
        result = run(X, X[:6], weights, method=method, full_updates=updates)
        labels = nearest(X, C)
        inertias.append(weights @ np.square(X - C[labels]).sum(axis=1))
        C = np.array([np.average(X[labels == j], axis=0,
                                 weights=weights[labels == j])
                      for j in range(6)])
        np.testing.assert_allclose(result.centres, C, rtol=1e-12)
        np.testing.assert_array_equal(result.labels, nearest(X, C))
        inertias.append(result.inertia)
    assert inertias[0] > inertias[1] > inertias[3]
    assert inertias[1] == pytest.approx(inertias[2])


def test_the_inertia_is_no_higher_than_scikit_learns():
    """The median over 5 seeds, on generated digits, from the same starts."""
    cluster = pytest.importorskip("sklearn.cluster")
    X = draw_labelled(2000, 0, DIGITS, look="mnist")[0].reshape(2000, -1)
    floats, ours, theirs = X.astype(np.float32), [], []
    with threadpool_limits(1):           # idle threads that spin are slow
        for seed in range(5):
            C = floats[random(seed).choice(2000, 16, replace=False)]
            ours.append(run(X, C, seed=seed, batch_size=256, full_updates=2,
                            max_iter=100, max_no_improvement=10).inertia)
            theirs.append(cluster.MiniBatchKMeans(
                16, init=C, n_init=1, batch_size=256, random_state=seed,
            ).fit(floats).inertia_)
    assert np.median(ours) < 0.999 * np.median(theirs)
