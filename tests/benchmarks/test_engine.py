"""The engine's benchmark: it checks before it counts, and writes it down."""
import json

import numpy as np
import pytest

from benchmarks import comparison, engine, equality, fresh, growth, mnist
from benchmarks.peers import kmeans_peers
from kmeanslab.engine.assign.distances import nearest


@pytest.fixture(scope="module")
def digits():
    """400 generated digits, (400, 784) uint8."""
    return mnist.generated(400)


@pytest.fixture(scope="module")
def found(digits):
    """What we find among 400 digits."""
    C = comparison.random_rows(digits, 5).astype("float64")
    return kmeans_peers.ours(digits, C, 5, 100, 1)


def test_exact_labels_settle_doubt_as_the_formula_does():
    """Labels are the formula's, also where centres are all but equal."""
    rng = np.random.default_rng(0)
    X = rng.random((500, 4)) + 9
    C = np.repeat(rng.random((3, 4)) + 9, 2, axis=0)
    C[::2] += 1e-14 * rng.standard_normal((3, 4))
    assert np.array_equal(equality.exact_labels(X, C), nearest(X, C))


def test_our_answer_passes_the_check(digits, found):
    """The engine's labels are exact and its centres the means."""
    equality.assert_exact(digits, found, converged=True)


def test_a_wrong_label_of_ours_is_an_error(digits, found):
    """One label that is not the nearest centre's stops the benchmark."""
    labels = found.labels.copy()
    labels[7] = (labels[7] + 1) % 5
    with pytest.raises(AssertionError, match="1 of our labels"):
        equality.assert_exact(digits, found._replace(labels=labels), True)


def test_a_centre_that_is_no_mean_is_an_error(digits, found):
    """A centre a little off the mean of its points stops the benchmark."""
    centres = found.centres.copy()
    centres[0, 400] += 1e-9
    with pytest.raises(AssertionError, match="off its mean"):
        equality.assert_exact(digits, found._replace(centres=centres), True)


@pytest.mark.parametrize("apart, near", [(1e-5, True), (1e-3, False)])
def test_a_peer_may_err_in_near_ties_only(apart, near):
    """A label farther by 1e-5 is counted, by 1e-3 an error (float32)."""
    X = np.zeros((3, 1), "float32")
    C = np.array([[1.0], [-np.sqrt(1 + apart)]], "float32")
    peer = kmeans_peers.Found(np.array([0, 1, 0]), C, 1, 1.0)
    if near:
        assert equality.assert_near("peer", X, peer) == 1
    else:
        with pytest.raises(AssertionError, match="peer: 1 labels"):
            equality.assert_near("peer", X, peer)


def test_a_peer_that_cannot_stop_is_charged_for_our_iterations():
    """10 iterations in 2 seconds are 14 seconds where we need 70."""
    peer = kmeans_peers.Implementation(None, "peer", stops=False)
    run = kmeans_peers.Found(None, None, 10, 2.0)
    assert comparison.timing(peer, [run], 70)["seconds"] == pytest.approx(14)


def test_ratios_are_to_the_better_and_to_the_fastest():
    """Both of scikit-learn's algorithms count as one: the better."""
    record = {"ours, uint8": {"seconds": 2}, "faiss": {"seconds": 3},
              "scikit-learn lloyd": {"seconds": 6},
              "scikit-learn elkan": {"seconds": 5}}
    assert comparison.ratios(record, "ours, uint8") == {
        "scikit-learn": 2.5, "better": "scikit-learn elkan",
        "all": 1.5, "fastest": "faiss"}


def test_each_goal_is_met_or_not(capsys):
    """4x is met by 4, not by 3.9."""
    results = {"restarts": {"ratios": {"ours, uint8": {"scikit-learn": 4},
                                       "ours, float32": {
                                           "scikit-learn": 3.9}}}}
    engine.show_goals(results)
    _, _, first, second = capsys.readouterr().out.splitlines()
    assert first.split()[-2:] == ["4.00x", "met"]
    assert second.split()[-3:] == ["3.90x", "NOT", "met"]


def test_the_whole_command_writes_numbers_and_a_picture(
        digits, monkeypatch, tmp_path, capsys):
    """The main part on 400 digits: equal answers, a table, JSON and PNG."""
    monkeypatch.setattr(mnist, "digits", lambda n: (digits, "400 digits"))
    assert engine.main(["--quick", "--only", "fit", "--threads", "1",
                        "--out", str(tmp_path / "new/folder")]) == 0
    printed, errors = capsys.readouterr()
    assert printed.startswith("400 digits\n") and not errors
    written = json.loads((tmp_path / "new/folder/fit.json").read_text())
    assert written["measured on"]["threads"] == 1
    assert [each["k"] for each in written["fit"]] == [10, 64, 10, 64]
    for each in written["fit"]:
        lloyd = each["entries"]["scikit-learn lloyd"]
        assert abs(lloyd["inertia difference"]) < 1e-6
        assert lloyd["near-ties"] == 0
    picture = (tmp_path / "new/folder/rows.png").read_bytes()
    assert picture.startswith(b"\x89PNG")


def test_unknown_parts_are_refused(capsys):
    """A part that does not exist is wrong usage, and the parts are named."""
    with pytest.raises(SystemExit) as stopped:
        engine.build_parser().parse_args(["--only", "fit,fast"])
    assert stopped.value.code == 2
    assert "'fast' is none of fit, restarts" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path, capsys):
    """Status 1 and one sentence where the results cannot be written."""
    (tmp_path / "file").touch()
    assert engine.main(["--quick", "--only", "small",
                        "--out", str(tmp_path / "file/folder")]) == 1
    assert capsys.readouterr().err.startswith("engine: ")


def test_generated_digits_say_so(monkeypatch, tmp_path):
    """Without MNIST the digits are generated, and named so."""
    monkeypatch.setenv("KMEANSLAB_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    images, name = mnist.digits(50)
    assert (images.shape, images.dtype) == ((50, 784), np.uint8)
    assert name == "50 generated digits"


@pytest.mark.mnist
def test_real_digits_are_read():
    """MNIST's first training image is a five: 166 of 784 pixels inked."""
    images, name = mnist.digits(50)
    if "generated" in name:
        pytest.skip("needs MNIST: kmeanslab data get mnist")
    assert images.shape == (50, 784)
    assert np.count_nonzero(images[0]) == 166


def test_principal_axes_keep_distances(digits):
    """Rotated digits keep distances; variance falls from axis to axis."""
    X = digits[:, 300:400].astype("float32")
    Y = growth.principal_axes(X)
    assert np.linalg.norm(Y[3] - Y[4]) == pytest.approx(
        np.linalg.norm(X[3] - X[4]), rel=1e-5)
    spread = Y.std(axis=0)
    assert spread[0] > spread[1] > spread[50] > spread[99]


@pytest.mark.skipif(not fresh.CLEAR.exists(), reason="needs Linux's /proc")
def test_a_fresh_process_measures_its_peak(digits, tmp_path):
    """scikit-learn copies its points: the peak is about their bytes."""
    X = np.tile(digits, (6, 1)).astype("float32")
    paths = fresh.save(tmp_path, X, X[:3])
    size = fresh.ask("memory", "scikit-learn lloyd", paths, 1,
                     **fresh.RETURN_MEMORY)
    assert 0.9 * X.nbytes < size < 3 * X.nbytes
