"""The data of the assignment, made from seeds: the same bytes every time.

The 2-D points come from two round clouds, with two random initial centroids
among them.  The letters are drawn by the generator that the caller passes, and
the twelve initial centroids are noise.  benchmarks/seeds.py documents how the
seeds were found.

    labels     (n,) text
    points     (n, d) numbers
    centroids  (k, d) numbers
"""

from collections.abc import Callable, Iterable

import numpy as np

LETTERS = "CJKMOPSVWXYZ"
SEEDS = {"points": 11, "letters": 0, "noise": 317}


def clouds(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return labels (200,), points (200, 2) and centroids (2, 2).

    The numbers are rounded to three decimals, as in the files.
    """
    rng = np.random.default_rng(seed)
    labels = np.arange(200) % 2
    middle, spread = np.array([[3.0, 3.5], [6.5, 6.0]]), [1.3, 1.1]
    points = middle[labels] + spread * rng.standard_normal((200, 2))
    centroids = rng.uniform(points.min(axis=0), points.max(axis=0), (2, 2))
    return labels.astype(str), points.round(3), centroids.round(3)


def letters(seed: int, draw_labelled: Callable
            ) -> tuple[np.ndarray, np.ndarray]:
    """Return labels (500,) and points (500, 784), greys from 0 to 255."""
    images, labels = draw_labelled(500, seed, LETTERS)
    return labels, images.reshape(500, -1)


def noise(seed: int, k: int = 12, d: int = 784) -> np.ndarray:
    """Return centroids (k, d), whole greys from 0 to 255."""
    return np.random.default_rng(seed).integers(256, size=(k, d))


def files(draw_labelled: Callable) -> dict[str, bytes]:
    """Return the data files of the assignment: name -> bytes.

    draw_labelled: the generator, as in kmeanslab.handwriting
    """
    labels, points, centroids = clouds(SEEDS["points"])
    names, images = letters(SEEDS["letters"], draw_labelled)
    return {
        "2d.csv": csv(points, labels),
        "2d_init_centroids.csv": csv(centroids),
        "mnist.csv": csv(images, names),
        "mnist_init_centroids.csv": csv(noise(SEEDS["noise"]))}


def csv(points: np.ndarray, labels: Iterable | None = None) -> bytes:
    """Return a CSV file with one row per point, its label first."""
    rows = [",".join(map(str, point)) for point in points.tolist()]
    if labels is not None:
        rows = [f"{label},{row}" for label, row in zip(labels, rows)]
    return ("\n".join(rows) + "\n").encode()
