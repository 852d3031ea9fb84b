"""The arguments that functions are tried with: shown ones and fresh ones.

Examples are shown to students in full. Fresh cases come from random numbers
with a fixed seed, so that grading again gives the same result; change SEED
for a new term. What is expected is always computed by the solution.

case   the arguments of one call    [[0, 0], [3, 4]]
rng    random.Random
"""
import random
import string

SEED = "autumn 2026"

CORNERS = {"centroid0": [0, 0], "centroid1": [10, 10]}
NAMED = {"z": [5.0, 5.0], "the left one": [-5.0, 5.0], "7": [0.0, -9.0]}
POINTS = [[1, 1], [9, 8], [-1, 0], [10, 12], [2, 1]]

EXAMPLES = {
    "euclidean_distance": [
        [[0, 0], [3, 4]], [[-1.5, 2.0], [-1.5, 2.0]],
        [[1, 2, 3], [3, 4, 4]], [[7], [3]]],
    "get_closest_centroid": [
        [[1, 2], CORNERS], [[9, 7], CORNERS],
        [[-4.5, 4.0], NAMED], [[2] * 20, {"only": [-1] * 20}],
        [[0, 0], {"far": [9, 9], "near": [1, 1], "between": [4, 4]}]],
    "assign_points_to_centroids": [
        [POINTS, CORNERS], [POINTS, {"only": [5, 5]}],
        [[[0.5], [7.5], [0.5]], {"b": [8], "a": [0]}]],
    "mean_of_points": [
        [[[1, 10], [3, 20]]], [[[-1.5, 4.0], [-2.5, -4.0], [1.0, 1.0]]],
        [[[7, 8, 9]]]],
    "update_centroids": [
        [{"centroid0": [[1, 1], [3, 5]], "centroid1": [[8, 8]]}],
        [{"z": [[-1, -2], [-2, -3]], "the left one": [[0.5, 0.25]]}]],
    "assign_labels": [
        [POINTS, ["A", "B", "A", "A", "C"], CORNERS],
        [[[0.5], [7.5]], [4, 9], {"b": [8], "a": [0]}]],
    "majority_count": [
        [["A", "B", "A", "C"]], [["B", "A", "A", "B", "B"]], [["K"]],
        [[4, 9, 9]]],
    "accuracy": [
        [POINTS, ["A", "B", "A", "A", "C"], CORNERS],
        [POINTS, ["A", "B", "C", "D", "E"], {"only": [5, 5]}]]}

SPECIAL = {
    "get_closest_centroid": [
        [[0, 0], {"late": [1, 0], "early": [-1, 0], "above": [0, 1]}],
        [[5, 5], {"b": [5, 9], "a": [5, 1], "c": [9, 5]}]],
    "assign_points_to_centroids": [
        [POINTS, {"far away": [99, 99], **CORNERS}],
        [[[0], [0]], {"z": [1], "a": [-1]}]],
    "update_centroids": [[{"full": [[1, 2], [3, 4]], "empty": []}]],
    "assign_labels": [
        [POINTS, ["A", "B", "A", "A", "C"], {"far": [99, 99], **CORNERS}]]}
"""Ties, and centroids that no point joins."""


def fresh(function):
    """Return the fresh cases of a function, the same each time."""
    rng = random.Random(f"{SEED} {function}")
    return [MAKERS[function](rng, size) for size in (1, 2, 7, 30)]


def _point(rng, size):
    return [round(rng.uniform(-50, 50), 3) for _ in range(size)]


def _points(rng, size):
    return [_point(rng, size) for _ in range(rng.randint(8, 15))]


def _centroids(rng, size):
    names = rng.sample(string.ascii_lowercase, 5)
    return {name: _point(rng, size) for name in names}


def _letters(rng, length):
    return [rng.choice("CJKMOP") for _ in range(length)]


def _labelled(rng, size):
    points = _points(rng, size)
    return [points, _letters(rng, len(points)), _centroids(rng, size)]


def _clusters(rng, size):
    return {name: _points(rng, size) for name in _centroids(rng, size)}


MAKERS = {
    "euclidean_distance":
        lambda rng, size: [_point(rng, size), _point(rng, size)],
    "get_closest_centroid":
        lambda rng, size: [_point(rng, size), _centroids(rng, size)],
    "assign_points_to_centroids":
        lambda rng, size: [_points(rng, size), _centroids(rng, size)],
    "mean_of_points": lambda rng, size: [_points(rng, size)],
    "update_centroids": lambda rng, size: [_clusters(rng, size)],
    "assign_labels": _labelled,
    "majority_count": lambda rng, size: [_letters(rng, 3 * size)],
    "accuracy": _labelled}
