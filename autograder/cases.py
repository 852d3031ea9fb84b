"""The arguments that functions are called with: shown ones and fresh ones.

Students see the examples in full. Fresh cases come from random numbers with
a fixed seed, so that grading again gives the same result; change SEED every
term. The expected values are always computed by the solution.

No point has two closest centroids and no centroid is without points, except
in SPECIAL: so a mistake there costs points in one row only.

case   the arguments of one call    [[0, 0], [3, 4]]
rng    random.Random
"""
import random
import string

SEED = "autumn 2026"
SIZES = (1, 2, 7, 30)   # of points, in the fresh cases
PIXELS = 784

CORNERS = {"centroid0": [0, 0], "centroid1": [10, 10]}
NAMED = {"z": [5.0, 5.0], "the left one": [-5.0, 5.0], "7": [0.0, -9.0]}
POINTS = [[1, 1], [9, 8], [-1, 0], [10, 12], [2, 1]]

EXAMPLES = {
    "euclidean_distance": [
        [[0, 0], [3, 4]], [[-1.5, 2.0], [-1.5, 2.0]],
        [[1, 2, 3], [3, 4, 4]], [[7], [3]], [[0.5, 0.25], [0.5, 1.5]]],
    "get_closest_centroid": [
        [[1, 2], CORNERS], [[9, 7], CORNERS], [[0, 0], CORNERS],
        [[-4.5, 4.0], NAMED], [[2] * 20, {"only": [-1] * 20}],
        [[0, 0], {"far": [9, 9], "near": [1, 1], "between": [4, 4]}],
        [[0] * PIXELS, {"dark": [200] * PIXELS, "darker": [150] * PIXELS}]],
    "assign_points_to_centroids": [
        [POINTS, CORNERS], [POINTS, {"only": [5, 5]}],
        [[[0.5], [7.5], [0.5], [8.0], [0.0]], {"b": [8], "a": [0]}]],
    "mean_of_points": [
        [[[1, 10], [3, 20]]], [[[-1.5, 4.0], [-2.5, -4.0], [1.0, 1.0]]],
        [[[7, 8, 9]]], [[[1, 2], [2, 3], [2, 5]]]],
    "update_centroids": [
        [{"centroid0": [[1, 1], [3, 5]], "centroid1": [[8, 8]]}],
        [{"z": [[-1, -2], [-2, -3]], "the left one": [[0.5, 0.25]]}]],
    "assign_labels": [
        [POINTS, ["A", "B", "A", "A", "C"], CORNERS],
        [[[0.5], [7.5]], [4, 9], {"b": [8], "a": [0]}],
        [[[0, 0], [0, 0], [9, 9]], ["A", "B", "A"], CORNERS]],
    "majority_count": [
        [["A", "B", "A", "C"]], [["B", "A", "A", "B", "B"]], [["K"]],
        [[4, 9, 9]], [["x", "y", "y", "x", "y", "x", "X"]]],
    "accuracy": [
        [POINTS, ["A", "B", "A", "A", "C"], CORNERS],
        [POINTS, ["A", "B", "C", "D", "E"], {"only": [5, 5]}],
        [[[0, 0], [0, 0], [9, 9]], ["A", "B", "A"], CORNERS]]}

FAR_AWAY = {"far away": [99, 99], **CORNERS}
SPECIAL = {
    "get_closest_centroid": [
        [[0, 0], {"late": [1, 0], "early": [-1, 0], "above": [0, 1]}],
        [[5, 5], {"b": [5, 9], "a": [5, 1], "c": [9, 5]}]],
    "assign_points_to_centroids": [
        [POINTS, FAR_AWAY],
        [[[0], [0], [9]], {"z": [1], "a": [-1], "7": [7], "no": [50]}]],
    "assign_labels": [
        [POINTS, ["A", "B", "A", "A", "C"], FAR_AWAY]]}
"""Ties, and centroids that no point joins."""


def fresh(function):
    """Return the fresh cases of a function, the same each time."""
    rng = random.Random(f"{SEED} {function}")
    return [*(MAKERS[function](rng, size) for size in SIZES),
            *HARD[function](rng)]


def _point(rng, size):
    return [round(rng.uniform(-50, 50), 3) for _ in range(size)]


def _image(rng):
    return [rng.choice((0, 0, rng.randint(1, 255))) for _ in range(PIXELS)]


def _near(rng, point, distance):
    """Return a point whose coordinates differ by up to a distance."""
    return [x + rng.uniform(-distance, distance) for x in point]


def _centroids(rng, size):
    """Return centroids in no order of names, none close to another."""
    names = rng.sample(string.ascii_lowercase, 5)
    places = rng.sample(range(-4, 5), 5)
    return {name: [20.0 * place + round(rng.uniform(-3, 3), 3)
                   for _ in range(size)]
            for name, place in zip(names, places)}


def _points_around(rng, centroids):
    """Return points in no order, some of them around each centroid.

    One lies exactly on the first centroid, and another one is there twice.
    """
    points = [_near(rng, center, 4.0) for center in centroids.values()
              for _ in range(rng.randint(2, 3))]
    points += [list(next(iter(centroids.values()))), list(points[0])]
    rng.shuffle(points)
    return points


def _clusterable(rng, size):
    centroids = _centroids(rng, size)
    return [_points_around(rng, centroids), centroids]


def _letters(rng, length):
    return [rng.choice("CJKMOP") for _ in range(length)]


def _labelled(rng, size):
    points, centroids = _clusterable(rng, size)
    return [points, _letters(rng, len(points)), centroids]


def _clusters(rng, size):
    return {name: [_point(rng, size) for _ in range(rng.randint(2, 9))]
            for name in _centroids(rng, size)}


def _images_around(rng):
    """Return images and centroids that are images, as in the exercise."""
    centroids = {f"centroid{i}": _image(rng) for i in range(3)}
    images = [[min(255, max(0, x + rng.randint(-40, 40))) for x in center]
              for center in centroids.values() for _ in range(2)]
    return images, centroids


def _hard_distances(rng):
    point = _point(rng, 3)
    return [[point, _near(rng, point, 0.0003)],
            [_image(rng), _image(rng)], [[3, 0], [0, 1]]]


def _hard_closest(rng):
    point, centroids = _point(rng, 3), _centroids(rng, 3)
    around = {f"at {i}": [x + i / 100_000 for x in point]
              for i in (4, 2, 3)}
    first = next(iter(centroids.values()))
    images, dark = _images_around(rng)
    return [[list(first), centroids], [point, around],
            [list(images[0]), dict(reversed(dark.items()))],
            [[9e5, -9e5], {"a": [0, 0], "b": [1e5, 0]}]]


def _hard_means(rng):
    tiny = [[rng.uniform(0, 1e-3) for _ in range(3)] for _ in range(7)]
    return [[tiny], [[_image(rng) for _ in range(3)]],
            [[[1, 0], [2, 0], [2, 1]]]]


def _hard_labels(rng):
    images, centroids = _images_around(rng)
    return [[images, _letters(rng, len(images)), centroids],
            [[[1, 1], [8, 8], [1, 1], [8, 8], [1, 1]],
             ["A", "B", "C", "A", "B"], CORNERS]]


MAKERS = {
    "euclidean_distance":
        lambda rng, size: [_point(rng, size), _point(rng, size)],
    "get_closest_centroid":
        lambda rng, size: [_point(rng, size), _centroids(rng, size)],
    "assign_points_to_centroids": _clusterable,
    "mean_of_points": lambda rng, size: [
        [_point(rng, size) for _ in range(rng.randint(8, 15))]],
    "update_centroids": lambda rng, size: [_clusters(rng, size)],
    "assign_labels": _labelled,
    "majority_count": lambda rng, size: [_letters(rng, 3 * size)],
    "accuracy": _labelled}
"""Function -> what makes a random case of a given size."""

HARD = {
    "euclidean_distance": _hard_distances,
    "get_closest_centroid": _hard_closest,
    "assign_points_to_centroids": lambda rng: [list(_images_around(rng))],
    "mean_of_points": _hard_means,
    "update_centroids": lambda rng: [
        [{"7": [_image(rng), _image(rng)], "one": [_image(rng)]}]],
    "assign_labels": _hard_labels,
    "majority_count": lambda rng: [
        [["b", "a"] * 7 + ["b"]], [_letters(rng, 50)],
        [[1, 11, 21, 1, 12, 11, 11]]],
    "accuracy": _hard_labels}
"""Function -> what makes cases that common mistakes get wrong."""
