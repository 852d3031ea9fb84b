"""A vocabulary of small patches, and what it is good for.

K-means on patches of a few images finds K words: strokes, edges, corners.
Any image is then a bag of patches: how often each word is the nearest to one
of its patches (hard), or how much nearer than others it is (soft: the part of
max(0, mean(z) - z), where z are the distances to all words; Coates and Ng
2011, "The importance of encoding versus training").  A linear classifier says
what bags are good for, beside one that is given the pixels.

    images (n, height, width)  float32, each centred and scaled
    patches (p, side^2)        float32
    words (K, side^2)
    bags (n, 4, K)             of the four quarters of each image
"""

import time
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from kmeanslab.data.datasets import DataError
from kmeanslab.engine.predict import predict
from kmeanslab.engine.threads import worker_threads
from kmeanslab.estimators import KMeans
from kmeanslab.output import progress

KS, SIDE = (50, 100, 200, 400), 6
FIRST, EVERY = 10_000, 10    # of the first images every tenth is learned from
SHARE = 0.75                 # of an image's patches
MANY = 1000                  # images whose patches are in one file
NUMBERS = 2 ** 22            # held at a time by a thread
GROUP = 16                   # parts between two steps of the progress bar
FLAT = 0.1                   # added to variances before dividing by them


class Whitening(NamedTuple):
    """Makes patches uncorrelated, each value still in its place (ZCA)."""
    mean: np.ndarray             # (side^2,)
    matrix: np.ndarray           # (side^2, side^2)

    def __call__(self, patches):
        return (patches - self.mean) @ self.matrix


class Score(NamedTuple):
    """One way to code images, and how well a classifier reads them."""
    coding: str                  # "hard" or "soft"
    pooling: str                 # "image": one bag, or "quarters": four
    white: bool
    features: int
    accuracy: float              # on the test images
    seconds: float               # to code all images


class Vocabulary(NamedTuple):
    """The words for one K, and what they are good for."""
    k: int
    learned: int                 # images that patches were taken from
    patches: int                 # of these, in all
    words: np.ndarray            # (K, side^2)
    white_words: np.ndarray
    seconds: float               # of k-means, without whitening
    scores: list                 # of Score
    pixels: float                # the accuracy of the pixels themselves
    bag: np.ndarray              # (K,) of the first training image


def run(train, test, ks=KS, seed=0, far=None):
    """A `Vocabulary` for each k, as soon as it is finished.

    far: a `far.Far` that learns words from all patches of all images, or None
    Raises DataError where there are no images, or too small ones, or fewer
    patches than words.
    """
    if train.shape is None or min(train.shape) <= SIDE:
        raise DataError(
            f"{train.name}: patches of {SIDE} x {SIDE} are cut from larger "
            f"images, not from {train.shape or 'rows of numbers'}: choose "
            "other data")
    sets = [normal(data.X, data.shape) for data in (train, test)]
    chosen = draw(sets[0][:FIRST:EVERY], seed)
    if max(ks) > len(chosen):
        raise DataError(f"K = {max(ks)} words of {len(chosen):,} patches: "
                        "ask for fewer, or for more images")
    pixels = classify(*(images.reshape(len(images), -1) for images in sets),
                      train, test)
    source = everything(sets[0], far) if far else sample(sets[0], chosen)
    for k in ks:
        yield study(train, test, sets, chosen, source, k, seed, pixels)


def normal(X, shape):
    """Each image less its mean, over its standard deviation, float32."""
    X = X.astype(np.float32)
    X -= X.mean(axis=1, keepdims=True)
    X /= np.maximum(X.std(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return X.reshape(-1, *shape)


def windows(images):
    """All patches of each image, (n, patches, side^2): a view, or a copy."""
    seen = sliding_window_view(images, (SIDE, SIDE), axis=(1, 2))
    return seen.reshape(len(images), -1, SIDE * SIDE)


def draw(images, seed):
    """Three quarters of the patches of each image, at random, (p, side^2)."""
    rng, found = np.random.default_rng(seed), []
    for patches in map(windows, np.split(images, len(images))):
        count = int(SHARE * patches.shape[1])
        found.append(patches[0, rng.permutation(patches.shape[1])[:count]])
    return np.concatenate(found)


class Source(NamedTuple):
    """What words are learned from."""
    images: int
    patches: int
    learn: object            # k, seed -> words (k, side^2)


def sample(images, chosen):
    """The chosen patches, learned from here."""
    return Source(len(images[:FIRST:EVERY]), len(chosen),
                  lambda k, seed: learn(chosen, k, seed))


def everything(images, far):
    """All patches of all images, learned from on a cluster."""
    parts = range(0, len(images), MANY)
    paths = far.save((windows(images[s:s + MANY]).reshape(-1, SIDE * SIDE)
                      for s in parts), len(parts))
    each = windows(images[:1]).shape[1]
    return Source(len(images), len(images) * each, lambda k, seed: far.fit(
        paths, k, seed).cluster_centers_)


def study(train, test, sets, chosen, source, k, seed, pixels):
    """The words for one k, as they are and whitened, and their scores."""
    started = time.perf_counter()
    words = source.learn(k, seed)
    seconds = time.perf_counter() - started
    white = whitening(chosen)
    white_words = learn(white(chosen), k, seed)
    scores, bag = [], None
    for coding, change, its in [("hard", None, words), ("soft", None, words),
                                ("soft", white, white_words)]:
        started = time.perf_counter()
        bags = [encode(images, its, coding, change) for images in sets]
        taken = time.perf_counter() - started
        bag = bags[0][0].sum(axis=0) if bag is None else bag
        for pooling, pooled in POOLINGS.items():
            features = [pooled(each) for each in bags]
            scores.append(Score(
                coding, pooling, change is not None, features[0].shape[1],
                classify(*features, train, test), taken))
    return Vocabulary(k, source.images, source.patches, words, white_words,
                      seconds, scores, pixels, bag)


POOLINGS = {"image": lambda bags: bags.sum(axis=1),
            "quarters": lambda bags: bags.reshape(len(bags), -1)}


def learn(patches, k, seed):
    """K words for the patches."""
    return KMeans(k, random_state=seed).fit(patches).cluster_centers_


def whitening(patches):
    """The `Whitening` that suits these patches."""
    mean = patches.mean(axis=0)
    apart = patches - mean
    values, axes = np.linalg.eigh(apart.T @ apart / len(patches))
    matrix = axes / np.sqrt(values + FLAT) @ axes.T
    return Whitening(mean, matrix.astype(np.float32))


def encode(images, words, coding="hard", change=None):
    """Bags (n, 4, K) float32: a pass over all patches, a few at a time.

    coding: "hard" or "soft"; change: applied to the patches first, or None
    """
    n, k = len(images), len(words)
    each = windows(images[:1]).shape[1] * max(k, SIDE * SIDE)
    size = max(1, NUMBERS // each)
    bags = np.empty((n, 4, k), np.float32)
    parts = [Part(images[i:i + size], bags[i:i + size])
             for i in range(0, n, size)]
    for s in progress(range(0, len(parts), GROUP), f"bags, K = {k}"):
        with worker_threads(parts[s:s + GROUP]) as call:
            call(coding, words, change)
    return bags


class Part:
    """Some images and where their bags go; one thread's work."""

    def __init__(self, images, bags):
        self.images, self.bags = images, bags
        height, width = (size - SIDE + 1 for size in images.shape[1:])
        rows, columns = np.indices((height, width)).reshape(2, -1)
        self.quarter = (2 * (2 * rows >= height) + (2 * columns >= width))

    def patches(self, change):
        """All patches of the images, (p, side^2)."""
        found = windows(self.images).reshape(-1, SIDE * SIDE)
        return found if change is None else change(found)

    def hard(self, words, change):
        """Count the nearest words."""
        n, _, k = self.bags.shape
        labels = predict(self.patches(change), words)[0]
        bag = 4 * np.arange(n)[:, None] + self.quarter
        counts = np.bincount((bag.ravel() * k + labels), minlength=4 * n * k)
        self.bags[:] = counts.reshape(n, 4, k)

    def soft(self, words, change):
        """Add up how much nearer each word is than words are on average."""
        patches = self.patches(change)
        D = patches @ (-2 * words.T) + np.square(words).sum(axis=1)
        D += np.square(patches).sum(axis=1)[:, None]
        z = np.sqrt(np.maximum(D, 0, out=D), out=D)
        nearer = np.maximum(z.mean(axis=1, keepdims=True) - z, 0, out=z)
        nearer = nearer.reshape(len(self.images), -1, len(words))
        for quarter in range(4):
            self.bags[:, quarter] = nearer[:, self.quarter == quarter].sum(
                axis=1)


def classify(train_features, test_features, train, test):
    """The accuracy on test images of a linear classifier (logistic)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    model = make_pipeline(StandardScaler(), LogisticRegression(
        C=0.01, max_iter=200, tol=1e-3))
    model.fit(train_features, train.labels)
    return float(model.score(test_features, test.labels))


def tables(studies):
    """What each way to code came to, and where the words came from."""
    return {
        "patches": [{"K": each.k, **score._asdict(), "pixels": each.pixels}
                    for each in studies for score in each.scores],
        "vocabularies": [{"K": each.k, "images": each.learned,
                          "patches": each.patches, "seconds": each.seconds}
                         for each in studies]}
