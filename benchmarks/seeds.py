"""Finds the seeds behind data/: those that make the handout's numbers true.

The walk-through of the assignment has 2-D data that converges after 7
steps, and 12 centroids of noise of which 11 are left after 13 steps with
an accuracy from 0.55 to 0.70. Seeds are tried from 0 up, and the first
that fits is taken: 2-D points and their centroids share one, and begin with
at most a tenth of the points at one centroid, so that there is something to
see; the letters have seed 0, the noise has its own. scikit-learn sorts out
quickly what cannot fit; kmeans.py and analysis.py have the last word.

    python -m benchmarks.seeds
"""
import itertools

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances_argmin

import analysis
from benchmarks.assignment import run_ours
from kmeanslab.handwriting import course_data, generator


def steps_and_centroids(data, centroids):
    """Runs kmeans.py; returns its number of steps and its centroids."""
    named = {f"centroid{i}": position
             for i, position in enumerate(centroids.tolist())}
    final, steps = run_ours(data, named)
    return steps, final


def points_fit(seed):
    """Tells whether 2-D data take 7 steps and visibly move on the way."""
    _, points, centroids = course_data.clouds(seed)
    closest = pairwise_distances_argmin(points, centroids)
    smaller = np.bincount(closest, minlength=2).min()
    return smaller <= 20 and steps_and_centroids(
        points.tolist(), centroids)[0] == 7


def noise_may_fit(images, noise):
    """Tells whether 11 centroids stay and take about 13 steps."""
    kept = np.unique(pairwise_distances_argmin(images, noise))
    if len(kept) != 11:
        return False
    model = KMeans(11, init=noise[kept], n_init=1, tol=0).fit(images)
    return abs(model.n_iter_ - 13) <= 1


def noise_fits(labels, images, noise):
    """Tells whether noise leads to 11 centroids, 13 steps and accuracy."""
    data = images.tolist()
    steps, final = steps_and_centroids(data, noise)
    return (steps, len(final)) == (13, 11) and (
        0.55 <= analysis.accuracy(data, labels, final) <= 0.70)


def main():
    """Prints the first seeds that fit."""
    points_seed = next(filter(points_fit, itertools.count()))
    print(f"2-D points and centroids: seed {points_seed}")
    labels, images = course_data.letters(0, generator.draw_labelled)
    images = images.astype(float)
    labels = labels.tolist()
    for seed in itertools.count():
        noise = course_data.noise(seed).astype(float)
        if (noise_may_fit(images, noise)
                and noise_fits(labels, images, noise)):
            break
    print(f"noise for the letters of seed 0: seed {seed}")


if __name__ == "__main__":
    main()
