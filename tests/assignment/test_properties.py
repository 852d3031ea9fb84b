"""Properties of the assignment's functions for any input."""
import random

from hypothesis import given, strategies as st
from sklearn.metrics.cluster import contingency_matrix

from analysis import accuracy, assign_labels
from kmeans import (
    assign_points_to_centroids, euclidean_distance, get_closest_centroid,
    main, mean_of_points, update_centroids)
from utils import (
    check_approx_equals, load_centroids, write_centroids_with_key)

NUMBERS = st.integers(-50, 50) | st.floats(-1e6, 1e6)
# A byte-order mark at the start of a file is not part of the first name,
# and the csv module of Python 3.10 reads no NUL.
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"),
                max_size=8)


@st.composite
def problems(draw, numbers=NUMBERS):
    """Draw points and centroids of one dimension, often tied or equal."""
    size = draw(st.integers(1, 4))
    point = st.lists(numbers, min_size=size, max_size=size)
    points = draw(st.lists(point, min_size=1, max_size=25))
    starts = draw(st.lists(point | st.sampled_from(points),
                           min_size=1, max_size=6))
    names = draw(st.permutations([f"centroid{i}" for i in range(6)]))
    return points, dict(zip(names, starts))


def squared_distances(assignment, centroids):
    """Return the sum that k-means minimizes."""
    return sum(euclidean_distance(point, centroids[name]) ** 2
               for name, points in assignment.items() for point in points)


@given(problems())
def test_every_point_is_in_one_cluster(problem):
    """Each point is in the assignment once, with its closest centroid."""
    points, centroids = problem
    assignment = assign_points_to_centroids(points, centroids)
    assigned = [point for cluster in assignment.values()
                for point in cluster]
    assert sorted(assigned) == sorted(points)
    assert all(assignment.values())
    for name, cluster in assignment.items():
        for point in cluster:
            assert name == get_closest_centroid(point, centroids)


@given(problems())
def test_closest_is_first_of_the_nearest(problem):
    """No centroid is closer, and none before it is as close."""
    points, centroids = problem
    for point in points:
        names = list(centroids)
        place = names.index(get_closest_centroid(point, centroids))
        distances = [euclidean_distance(point, centroids[name])
                     for name in names]
        assert distances[place] == min(distances)
        assert place == 0 or min(distances[:place]) > distances[place]


@given(problems())
def test_no_step_makes_the_sum_larger(problem):
    """Neither assign nor update increases the squared distances."""
    points, centroids = problem
    assignment = assign_points_to_centroids(points, centroids)
    last = squared_distances(assignment, centroids)
    for _ in range(5):
        centroids = update_centroids(assignment)
        moved = squared_distances(assignment, centroids)
        assignment = assign_points_to_centroids(points, centroids)
        assigned = squared_distances(assignment, centroids)
        rounding = 1e-9 * (1 + last)
        assert assigned - rounding <= moved <= last + rounding
        last = assigned


@given(problems())
def test_a_centroid_is_the_mean_of_its_points(problem):
    """Differences from the mean cancel out in every coordinate."""
    assignment = assign_points_to_centroids(*problem)
    centroids = update_centroids(assignment)
    assert centroids.keys() == assignment.keys()
    for name, points in assignment.items():
        for column, mean in zip(zip(*points), centroids[name]):
            assert check_approx_equals(
                0, sum(value - mean for value in column) / 1e6)


@given(problems(st.integers(-20, 20)), st.randoms(use_true_random=False))
def test_order_of_points_does_not_matter(problem, shuffler):
    """The result is the same for shuffled points.

    Whole numbers add up exactly, so even ties are decided the same way."""
    points, centroids = problem
    shuffled = shuffler.sample(points, len(points))
    final = main(points, centroids, "no pictures")
    assert main(shuffled, centroids, "no pictures") == final


@given(problems(), st.integers(1, 26))
def test_accuracy_is_purity(problem, alphabet):
    """Accuracy is between 1/n and 1, and equals the purity."""
    points, centroids = problem
    rng = random.Random(alphabet)
    labels = [rng.randrange(alphabet) for _ in points]
    clusters = [get_closest_centroid(point, centroids) for point in points]
    purity = contingency_matrix(labels, clusters).max(axis=0).sum()
    score = accuracy(points, labels, centroids)
    assert score == purity / len(points)
    assert 1 / len(points) <= score <= 1
    found = assign_labels(points, labels, centroids)
    assert sorted(sum(found.values(), [])) == sorted(labels)


@given(st.dictionaries(
    NAMES, st.lists(st.floats(-1e100, 1e100), min_size=3, max_size=3),
    min_size=1))
def test_written_centroids_are_read_back(tmp_path_factory, centroids):
    """Names and numbers come back digit for digit, in their order."""
    fname = str(tmp_path_factory.mktemp("centroids") / "final.csv")
    write_centroids_with_key(fname, centroids)
    again = load_centroids(fname, with_key=True)
    assert list(again.items()) == list(centroids.items())
    assert repr(again) == repr(centroids)


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=9))
def test_mean_of_one_point_is_that_point(point):
    """The mean of equal whole-number points is that point, in a new list."""
    mean = mean_of_points([point] * 3)
    assert mean == point and mean is not point
