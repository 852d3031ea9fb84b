"""The data of the grid's cells: generated, or shipped with scikit-learn.

Each function returns points X (n, d) for n, d, k; those of known data have
the one shape that they have. Everything generated comes from fixed seeds.
"""
from functools import lru_cache

import numpy as np
from scipy import sparse
from sklearn.datasets import (
    load_breast_cancer, load_digits, load_iris, load_sample_image, load_wine,
    make_blobs)
from sklearn.feature_extraction.text import TfidfTransformer

from benchmarks import mnist

BLOB_STD = 2.0           # in a box of -10 to 10: neighbours overlap
DIRECTIONS = 200         # topics of embeddings
NOISE_STD = 1.0          # around a topic, per coordinate; topics' own is 1
SEGMENT_STD = 0.7        # of customers' logarithms within a segment
WORDS_PER_TEXT = {19_400: 400, 130_000: 200, 50_000: 70, 2 ** 20: 200}
TOPIC_SHARE = 0.3        # of a text's words: drawn by its topic's ranking
ZIPF_EXPONENT = 1.1


@lru_cache(maxsize=2)    # cells that follow each other share their data
def points(source, n, d, k, dtype):
    """Return the points of a cell, C-contiguous or CSR."""
    X = SOURCES[source](n, d, k)
    assert X.shape == (n, d), f"{source} is {X.shape}, not {(n, d)}"
    return X.astype(dtype, copy=False)


def blobs(n, d, k):
    """Return points of k overlapping normal distributions."""
    return make_blobs(n, d, centers=k, cluster_std=BLOB_STD,
                      random_state=0)[0]


def uniform(n, d, k):
    """Return points without structure, in the unit cube."""
    return np.random.default_rng(0).random((n, d))


def pixels(n, d, k):
    """Return the colours of a photograph's pixels, (n, 3) uint8."""
    return load_sample_image("china.jpg").reshape(-1, 3)


def digits_60000(n, d, k):
    """Return MNIST's images, or generated ones where it is missing."""
    return mnist.digits(n)[0]


def customers(n, d, k):
    """Return standardised logarithms of purchases by k segments."""
    rng = np.random.default_rng(0)
    segment = rng.choice(k, n, p=rng.dirichlet(np.full(k, 5.0)))
    X = rng.normal(size=(k, d))[segment] + rng.normal(
        scale=SEGMENT_STD, size=(n, d))
    spend = np.log1p(np.floor(np.exp(X + 2)))
    return (spend - spend.mean(axis=0)) / spend.std(axis=0)


def embeddings(n, d, k):
    """Return unit vectors around many directions, as of sentences."""
    rng = np.random.default_rng(0)
    topics = rng.normal(size=(DIRECTIONS, d)).astype(np.float32)
    X = topics[rng.integers(DIRECTIONS, size=n)]
    X += np.float32(NOISE_STD) * rng.standard_normal((n, d), np.float32)
    return X / np.linalg.norm(X, axis=1, keepdims=True)


def text(n, d, k):
    """Return TF-IDF of texts of k topics whose words follow Zipf's law."""
    rng = np.random.default_rng(0)
    lengths = 1 + rng.poisson(WORDS_PER_TEXT.get(d, 50), n)
    rows = np.repeat(np.arange(n), lengths)
    words = zipf(rng, len(rows), d)
    topic = rng.integers(k, size=n)[rows]
    own = rng.random(len(rows)) < TOPIC_SHARE
    ranking = np.stack([rng.permutation(d) for _ in range(k)])
    words[own] = ranking[topic[own], words[own]]
    counts = sparse.coo_matrix(
        (np.ones(len(rows)), (rows.astype(np.int32), words.astype(np.int32))),
        (n, d))
    return TfidfTransformer().fit_transform(counts.tocsr())


def zipf(rng, count, d):
    """Return ranks below d, (count,), frequent ones first."""
    share = 1 / np.arange(1, d + 1) ** ZIPF_EXPONENT
    return np.searchsorted(np.cumsum(share) / share.sum(), rng.random(count))


SOURCES = {
    "blobs": blobs, "uniform": uniform, "pixels": pixels,
    "iris": lambda n, d, k: load_iris().data,
    "wine": lambda n, d, k: load_wine().data,
    "cancer": lambda n, d, k: load_breast_cancer().data,
    "digits": lambda n, d, k: load_digits().data,
    "MNIST": digits_60000, "customers": customers, "embeddings": embeddings,
    "text": text}
