"""Patches: what is counted is what a plain loop counts."""
import numpy as np
import pytest

from kmeanslab.data.datasets import Data, DataError
from kmeanslab.report import patches_figures
from kmeanslab.studies import patches
from tests.kmeanslab.studies.plain_loops import nearest


def test_images_are_centred_and_scaled(digits):
    """Images are centred and scaled."""
    images = patches.normalise(digits[0].X[:5], (28, 28))
    assert images.shape == (5, 28, 28) and images.dtype == np.float32
    np.testing.assert_allclose(images.mean(axis=(1, 2)), 0, atol=1e-6)
    np.testing.assert_allclose(images.std(axis=(1, 2)), 1, rtol=1e-5)


def test_an_image_of_one_grey_is_no_division_by_zero():
    """An image of one grey becomes zeros, without a division by zero."""
    assert not patches.normalise(np.full((1, 49), 7, np.uint8), (7, 7)).any()


def test_patches_are_cut_from_every_place():
    """Patches are cut at every position."""
    image = np.arange(56.0).reshape(1, 7, 8)
    found = patches.windows(image)
    assert found.shape == (1, 6, 36)
    for i, (row, column) in enumerate(np.ndindex(2, 3)):
        np.testing.assert_array_equal(
            found[0, i].reshape(6, 6),
            image[0, row:row + 6, column:column + 6])


def test_three_quarters_of_an_images_patches_are_drawn_once_each():
    """Three quarters of an image's patches are drawn once each."""
    images = np.arange(2 * 784.0).reshape(2, 28, 28)
    found = patches.draw(images, seed=0)
    assert found.shape == (2 * 396, 36)
    assert len(np.unique(found[:, 0])) == 2 * 396
    assert (found[:396] < 784).all() and (found[396:] >= 784).all()


@pytest.mark.parametrize("change", [None, lambda patches: patches * 2 + 1])
def test_bags_count_the_nearest_words_of_each_quarter(digits, change):
    """Bags count the nearest words of each quarter."""
    images = patches.normalise(digits[0].X[:3], (28, 28))
    words = patches.draw(images, 0)[:7]
    bags = patches.encode(images, words, "hard", change)
    assert bags.shape == (3, 4, 7) and (bags.sum(axis=(1, 2)) == 529).all()
    for image, bag in zip(images, bags):
        right = np.zeros((4, 7))
        for row, column in np.ndindex(23, 23):
            patch = image[row:row + 6, column:column + 6].reshape(1, -1)
            word = nearest(patch if change is None else change(patch), words)
            right[2 * (row >= 11.5) + (column >= 11.5), word] += 1
        np.testing.assert_array_equal(bag, right)


def test_soft_bags_add_up_how_much_nearer_words_are_than_the_mean(digits):
    """Soft bags sum how much nearer words are than the mean."""
    images = patches.normalise(digits[0].X[:2], (28, 28))
    words = patches.draw(images, 0)[:5]
    bags = patches.encode(images, words, "soft")
    each = patches.windows(images)[1].astype(float)
    z = np.sqrt(np.square(each[:, None] - words).sum(axis=2))
    nearer = np.maximum(z.mean(axis=1, keepdims=True) - z, 0)
    np.testing.assert_allclose(bags[1].sum(axis=0), nearer.sum(axis=0),
                               rtol=1e-3)


def test_how_many_images_are_taken_at_a_time_does_not_matter(
        digits, monkeypatch):
    """The bags do not depend on the size of the batches."""
    images = patches.normalise(digits[0].X[:9], (28, 28))
    words = patches.draw(images, 0)[:6]
    bags = patches.encode(images, words)
    monkeypatch.setattr(patches, "BATCH_VALUES", 529 * 36 * 2)
    monkeypatch.setattr(patches, "PROGRESS_BATCHES", 2)
    np.testing.assert_array_equal(patches.encode(images, words), bags)


def test_whitening_divides_by_how_far_patches_spread_each_way():
    """Along an axis of variance v, v / (v + 0.1) of it is left: nearly 1."""
    rng = np.random.default_rng(0)
    some = rng.normal(size=(5000, 36)) @ rng.normal(size=(36, 36)) + 3
    white = patches.whitening(some)(some)
    np.testing.assert_allclose(white.mean(axis=0), 0, atol=1e-4)
    v, axes = np.linalg.eigh(np.cov(some.T, bias=True))
    np.testing.assert_allclose(np.cov(white.T, bias=True),
                               axes * (v / (v + 0.1)) @ axes.T, atol=1e-4)


def test_patches_tell_every_number_on_the_way(digits):
    """A vocabulary has its words, scores and sources."""
    study, = patches.run(*digits, ks=(8,))
    assert (study.learned, study.patches) == (60, 60 * 396)
    assert study.words.shape == study.white_words.shape == (8, 36)
    assert study.bag.sum() == 529
    chosen = patches.draw(patches.normalise(
        digits[0].X, (28, 28))[:10_000:10], 0)
    assert study.examples.shape == (100, 36)
    rows = {row.tobytes() for row in chosen}
    assert all(row.tobytes() in rows for row in study.examples)
    assert [(score.coding, score.pooling, score.white, score.features)
            for score in study.scores] == [
        ("hard", "image", False, 8), ("hard", "quarters", False, 32),
        ("soft", "image", False, 8), ("soft", "quarters", False, 32),
        ("soft", "image", True, 8), ("soft", "quarters", True, 32)]
    for accuracy in [study.pixels, *(s.accuracy for s in study.scores)]:
        assert 0.3 < accuracy <= 1


@pytest.mark.parametrize("shape", [None, (6, 6)])
def test_patches_need_images_larger_than_they_are(shape):
    """Patches need images larger than they are."""
    data = Data(np.zeros((9, 36)), np.zeros(9, int), ("0",), shape, "mine")
    with pytest.raises(DataError, match="6 x 6 .* choose other data"):
        next(patches.run(data, data))


def test_flat_patches_are_shown_grey(digits):
    """Rounding errors of a flat patch are not stretched to black or white."""
    study, = patches.run(*digits, ks=(8,))
    flat = np.full((100, 36), 1 / 3, np.float32)
    flat[1, 0] = 1
    figure = patches_figures.random_patches(study._replace(examples=flat))
    pixels = figure.axes[0].images[0].get_array()
    assert np.abs(pixels[:6, :6]).max() < 0.01
    assert np.abs(pixels[:6, 7:13]).max() == 1
