"""A vocabulary of small patches, and what it is good for.

K-means on the patches of a few images finds K words: strokes, edges, corners.
Any image is then a bag of patches: how often each word is the nearest to one
of its patches (hard), or how much nearer it is than the average word (soft:
the sum of max(0, mean(z) - z), where z are the distances of a patch to all
words; Coates and Ng 2011, "The importance of encoding versus training"). A
linear classifier shows what bags are good for, compared with one that is given
the pixels.

    images (n, height, width)  float32, each centred and scaled
    patches (p, side^2)        float32
    words (K, side^2)
    bags (n, 4, K)             of the four quarters of each image
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
import time
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from kmeanslab.data.datasets import Data, DataError
from kmeanslab.engine.predict import predict
from kmeanslab.engine.threads import worker_threads
from kmeanslab.estimators import KMeans
from kmeanslab.output import Rows, progress

KS = (50, 100, 200, 400)
SIDE_PIXELS = 6
EXAMPLES = 100
LEARNING_IMAGES, LEARNING_STEP = 10_000, 10  # every tenth of the first images
PATCH_SHARE = 0.75           # of the patches of an image
FILE_IMAGES = 1000           # whose patches go into one file on a cluster
BATCH_VALUES = 2 ** 22       # held at a time by a thread
PROGRESS_BATCHES = 16        # between two updates of the progress bar
WHITENING_EPSILON = 0.1      # added to variances before dividing by them


@dataclass(frozen=True)
class Whitening:
    """Makes the pixels of patches uncorrelated; words stay patches (ZCA)."""
    mean: np.ndarray             # (side^2,)
    matrix: np.ndarray           # (side^2, side^2)

    def __call__(self, patches: np.ndarray) -> np.ndarray:
        """Return whitened patches (p, side^2)."""
        return (patches - self.mean) @ self.matrix


class Score(NamedTuple):
    """One encoding of images, and the accuracy of a classifier on it."""
    coding: str                  # "hard" or "soft"
    pooling: str                 # "image": one bag, or "quarters": four
    white: bool
    features: int
    accuracy: float              # on the test images
    seconds: float               # to encode all images


class Vocabulary(NamedTuple):
    """The words for one K, and their scores."""
    k: int
    learned: int                 # images that patches were taken from
    patches: int                 # the total number of these
    words: np.ndarray            # (K, side^2)
    white_words: np.ndarray
    seconds: float               # of k-means, without whitening
    scores: list[Score]
    pixels: float                # the accuracy of the pixels themselves
    bag: np.ndarray              # (K,) counts of the first training image
    examples: np.ndarray         # (EXAMPLES, side^2) patches drawn at random


class Source(NamedTuple):
    """The patches that words are learned from."""
    images: int
    patches: int
    learn: Callable[[int, int], np.ndarray]  # k, seed -> words (k, side^2)


def run(train: Data, test: Data, ks: Iterable[int] = KS, seed: int = 0,
        backend: Any = None) -> Iterator[Vocabulary]:
    """Yield a `Vocabulary` for each k as soon as it is finished.

    backend: a cluster backend that learns words from all patches of all
        images, or None
    DataError: there are no images, they are too small, or there are fewer
        patches than words.
    """
    if train.shape is None or min(train.shape) <= SIDE_PIXELS:
        raise DataError(
            f"{train.name}: patches of {SIDE_PIXELS} x {SIDE_PIXELS} are cut "
            f"from larger images, not from {train.shape or 'rows of numbers'}:"
            " choose other data")
    sets = [normalise(data.X, data.shape) for data in (train, test)]
    chosen = draw(sets[0][:LEARNING_IMAGES:LEARNING_STEP], seed)
    if max(ks) > len(chosen):
        raise DataError(f"K = {max(ks)} words of {len(chosen):,} patches: "
                        "choose a smaller K, or use more images")
    pixels, = [classify([images.reshape(len(images), -1) for images in sets],
                        train, test)
               for _ in progress([1], "classifying pixels")]
    source = all_patches(sets[0], backend) if backend else sample(
        sets[0], chosen)
    for k in ks:
        yield study(train, test, sets, chosen, source, k, seed, pixels)


def normalise(X: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return images (n, *shape), each less its mean, over its deviation."""
    X = X.astype(np.float32)
    X -= X.mean(axis=1, keepdims=True)
    X /= np.maximum(X.std(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return X.reshape(-1, *shape)


def windows(images: np.ndarray) -> np.ndarray:
    """Return all patches of each image, (n, patches, side^2)."""
    views = sliding_window_view(images, (SIDE_PIXELS, SIDE_PIXELS),
                                axis=(1, 2))
    return views.reshape(len(images), -1, SIDE_PIXELS ** 2)


def draw(images: np.ndarray, seed: int) -> np.ndarray:
    """Return a random three quarters of each image's patches, (p, side^2)."""
    rng, found = np.random.default_rng(seed), []
    for patches in map(windows, np.split(images, len(images))):
        count = int(PATCH_SHARE * patches.shape[1])
        found.append(patches[0, rng.permutation(patches.shape[1])[:count]])
    return np.concatenate(found)


def sample(images: np.ndarray, chosen: np.ndarray) -> Source:
    """Return the chosen patches as a `Source` in this process."""
    return Source(len(images[:LEARNING_IMAGES:LEARNING_STEP]), len(chosen),
                  lambda k, seed: learn(chosen, k, seed))


def all_patches(images: np.ndarray, backend: Any) -> Source:
    """Return all patches of all images as a `Source` on a cluster."""
    starts = range(0, len(images), FILE_IMAGES)
    paths = backend.save(
        (windows(images[s:s + FILE_IMAGES]).reshape(-1, SIDE_PIXELS ** 2)
         for s in starts), len(starts))
    per_image = windows(images[:1]).shape[1]
    return Source(len(images), len(images) * per_image,
                  lambda k, seed: backend.fit(paths, k, seed).cluster_centers_)


def study(train: Data, test: Data, sets: list[np.ndarray], chosen: np.ndarray,
          source: Source, k: int, seed: int, pixels: float) -> Vocabulary:
    """Return the words for one k, as they are and whitened, and scores."""
    started = time.perf_counter()
    words = source.learn(k, seed)
    seconds = time.perf_counter() - started
    white = whitening(chosen)
    white_words = learn(white(chosen), k, seed)
    scores: list[Score] = []
    encodings: list[tuple[str, np.ndarray, Callable | None]] = [
        ("hard", words, None), ("soft", words, None),
        ("soft", white_words, white)]
    for encoding in encodings:
        scores += score(train, test, sets, *encoding)
    bag = encode(sets[0][:1], words)[0].sum(axis=0)
    return Vocabulary(k, source.images, source.patches, words, white_words,
                      seconds, scores, pixels, bag,
                      draw_examples(chosen, seed))


def draw_examples(patches: np.ndarray, seed: int) -> np.ndarray:
    """Return patches drawn at random, to see before they are clustered."""
    rows = np.random.default_rng(seed).permutation(len(patches))[:EXAMPLES]
    return patches[rows]


def score(train: Data, test: Data, sets: list[np.ndarray], coding: str,
          words: np.ndarray, change: Callable | None) -> Iterator[Score]:
    """Yield a `Score` for each pooling of an encoding."""
    started = time.perf_counter()
    bags = [encode(images, words, coding, change) for images in sets]
    seconds = time.perf_counter() - started
    for pooling, pool in progress(POOLINGS.items(),
                                  f"classifying, K = {len(words)}"):
        features = [pool(each) for each in bags]
        yield Score(coding, pooling, change is not None, features[0].shape[1],
                    classify(features, train, test), seconds)


POOLINGS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "image": lambda bags: bags.sum(axis=1),
    "quarters": lambda bags: bags.reshape(len(bags), -1)}


def learn(patches: np.ndarray, k: int, seed: int) -> np.ndarray:
    """Return K words (k, side^2) for the patches."""
    return KMeans(k, random_state=seed).fit(patches).cluster_centers_


def whitening(patches: np.ndarray) -> Whitening:
    """Return the `Whitening` of these patches."""
    mean = patches.mean(axis=0)
    centred = patches - mean
    values, axes = np.linalg.eigh(centred.T @ centred / len(patches))
    matrix = axes / np.sqrt(values + WHITENING_EPSILON) @ axes.T
    return Whitening(mean, matrix.astype(np.float32))


def encode(images: np.ndarray, words: np.ndarray, coding: str = "hard",
           change: Callable[[np.ndarray], np.ndarray] | None = None
           ) -> np.ndarray:
    """Return the bags (n, 4, K) float32 of images, in one pass over patches.

    coding: "hard" or "soft"
    change: a function applied to the patches first, or None
    """
    n, k = len(images), len(words)
    per_image = windows(images[:1]).shape[1] * max(k, SIDE_PIXELS ** 2)
    size = max(1, BATCH_VALUES // per_image)
    bags = np.empty((n, 4, k), np.float32)
    batches = [Batch(images[i:i + size], bags[i:i + size])
               for i in range(0, n, size)]
    for s in progress(range(0, len(batches), PROGRESS_BATCHES),
                      f"bags, K = {k}"):
        with worker_threads(batches[s:s + PROGRESS_BATCHES]) as call:
            call(coding, words, change)
    return bags


class Batch:
    """Some images and their bags, to be filled by one thread.

    images (n, height, width)    bags (n, 4, K)
    """

    def __init__(self, images: np.ndarray, bags: np.ndarray) -> None:
        self.images, self.bags = images, bags
        height, width = (size - SIDE_PIXELS + 1 for size in images.shape[1:])
        rows, columns = np.indices((height, width)).reshape(2, -1)
        self.quarter = (2 * (2 * rows >= height) + (2 * columns >= width))

    def patches(self, change: Callable | None) -> np.ndarray:
        """Return all patches of the images, (p, side^2)."""
        found = windows(self.images).reshape(-1, SIDE_PIXELS ** 2)
        return found if change is None else change(found)

    def hard(self, words: np.ndarray, change: Callable | None) -> None:
        """Count the nearest words."""
        n, _, k = self.bags.shape
        labels = predict(self.patches(change), words)[0]
        bag = 4 * np.arange(n)[:, None] + self.quarter
        counts = np.bincount((bag.ravel() * k + labels), minlength=4 * n * k)
        self.bags[:] = counts.reshape(n, 4, k)

    def soft(self, words: np.ndarray, change: Callable | None) -> None:
        """Sum how much nearer each word is than the average word."""
        patches = self.patches(change)
        D = patches @ (-2 * words.T) + np.square(words).sum(axis=1)
        D += np.square(patches).sum(axis=1)[:, None]
        z = np.sqrt(np.maximum(D, 0, out=D), out=D)
        nearer = np.maximum(z.mean(axis=1, keepdims=True) - z, 0, out=z)
        nearer = nearer.reshape(len(self.images), -1, len(words))
        for quarter in range(4):
            self.bags[:, quarter] = nearer[:, self.quarter == quarter].sum(
                axis=1)


def classify(features: list[np.ndarray], train: Data, test: Data) -> float:
    """Return the test accuracy of logistic regression.

    features: of the training and the test images, (n, d) each
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    model = make_pipeline(StandardScaler(), LogisticRegression(
        C=0.01, max_iter=200, tol=1e-3))
    model.fit(features[0], train.labels)
    return float(model.score(features[1], test.labels))


def tables(studies: list[Vocabulary]) -> dict[str, Rows]:
    """Return the scores of each encoding, and the sources of the words."""
    return {
        "patches": [{"K": each.k, **score._asdict(), "pixels": each.pixels}
                    for each in studies for score in each.scores],
        "vocabularies": [{"K": each.k, "images": each.learned,
                          "patches": each.patches, "seconds": each.seconds}
                         for each in studies]}
