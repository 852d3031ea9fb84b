"""Tests for kmeans.py: type `python test_kmeans.py`.

Each test calls one function with small data and compares the result with
an answer worked out by hand. The first wrong result ends the run and is
shown.
"""
from utils import check_function, run_tests


def test_euclidean_distance():
    """The distance is the square root of the sum of squared differences."""
    for point1, point2, expected in [
            ([0, 0], [3, 4], 5.0),
            ([0, 0], [0, 0], 0.0),
            ([7], [3], 4.0),
            ([3], [7], 4.0),
            ([-1, -2], [-4, -6], 5.0),
            ([0.5, 1.5], [2.0, 3.5], 2.5),
            ([1, 2, 3], [3, 4, 4], 3.0),
            ([0] * 100, [2] * 100, 20.0),
            ([0.0003, 0], [0, 0.0004], 0.0005),
            ([3_000_000, 0], [0, -4_000_000], 5_000_000.0)]:
        check_function("kmeans.euclidean_distance", [point1, point2], expected)


def test_get_closest_centroid():
    """The closest centroid wins; of equally close ones, the first."""
    corners = {"centroid0": [0, 0], "centroid1": [10, 10]}
    odd_names = {"z": [5.0, 5.0], "the left one": [-5.0, 5.0], "7": [0, -9]}
    tied = {"late": [1, 0], "early": [-1, 0], "above": [0, 1]}
    long = {"low": [0] * 100, "middle": [2.5] * 100, "high": [4] * 100}
    for point, centroids, expected in [
            ([1, 2], corners, "centroid0"),
            ([9, 7], corners, "centroid1"),
            ([-8, -9], corners, "centroid0"),
            ([10, 10], corners, "centroid1"),
            ([0, 0], {"far": [9, 9], "near": [1, 1], "between": [4, 4]},
             "near"),
            ([0, 0], {"far": [9, 9], "near": [3, 3], "nearest": [1, 1]},
             "nearest"),
            ([-4.5, 4.0], odd_names, "the left one"),
            ([1, -8], odd_names, "7"),
            ([0, 0], tied, "late"),
            ([0, 0], {"b": [0, 2], "a": [0, -2]}, "b"),
            ([50, 50], {"only": [-3, 4]}, "only"),
            ([0, 0], {"here": [0, 0], "there": [3, 4]}, "here"),
            ([0.0004], {"a": [0], "b": [0.0003]}, "b"),
            ([255] * 784, {"black": [0] * 784, "grey": [90] * 784}, "grey"),
            ([2] * 100, long, "middle"),
            ([4e8, 1e8], {"small": [0, 0], "huge": [3e8, 2e8]}, "huge")]:
        check_function("kmeans.get_closest_centroid", [point, centroids],
                       expected)


def test_assign_points_to_centroids():
    """Each point joins its closest centroid; no centroid stays empty."""
    points = [[1, 1], [9, 8], [-1, 0], [10, 12], [2, 1]]
    corners = {"centroid0": [0, 0], "centroid1": [10, 10]}
    far_away = {"far away": [99, 99], **corners}
    long_points = [[3] * 100, [-3] * 100, [1] * 100]
    for list_of_points, centroids, expected in [
            (points, corners,
             {"centroid0": [[1, 1], [-1, 0], [2, 1]],
              "centroid1": [[9, 8], [10, 12]]}),
            (points, far_away,
             {"centroid0": [[1, 1], [-1, 0], [2, 1]],
              "centroid1": [[9, 8], [10, 12]]}),
            (points, {"only": [5, 5]}, {"only": points}),
            ([[0], [0.5], [0]], {"z": [1], "a": [-1]},
             {"z": [[0], [0.5], [0]]}),
            (long_points, {"up": [2] * 100, "down": [-2] * 100},
             {"up": [[3] * 100, [1] * 100], "down": [[-3] * 100]}),
            ([[-4e7], [4e7]], {"minus": [-1e7], "plus": [1e7]},
             {"minus": [[-4e7]], "plus": [[4e7]]})]:
        check_function("kmeans.assign_points_to_centroids",
                       [list_of_points, centroids], expected)


def test_mean_of_points():
    """The mean is computed for each coordinate separately."""
    for points, expected in [
            ([[1, 10], [3, 20]], [2.0, 15.0]),
            ([[1, 2], [2, 3], [2, 5]], [5 / 3, 10 / 3]),
            ([[-1.5, 4.0], [-2.5, -4.0]], [-2.0, 0.0]),
            ([[1], [2], [3], [5]], [2.75]),
            ([[7, 8, 9]], [7.0, 8.0, 9.0]),
            ([[0] * 100, [3] * 100], [1.5] * 100),
            ([[2e9, 1], [4e9, 2]], [3e9, 1.5])]:
        check_function("kmeans.mean_of_points", [points], expected)


def test_update_centroids():
    """Each centroid moves to the mean of its points."""
    for assignment, expected in [
            ({"centroid0": [[1, 1], [3, 5]], "centroid1": [[8, 8]]},
             {"centroid0": [2.0, 3.0], "centroid1": [8.0, 8.0]}),
            ({"z": [[-1, -2], [-2, -3]], "the left one": [[0.5, 0.25]]},
             {"z": [-1.5, -2.5], "the left one": [0.5, 0.25]}),
            ({"only": [[1], [2], [2]]}, {"only": [5 / 3]}),
            ({"long": [[1] * 100, [4] * 100]}, {"long": [2.5] * 100}),
            ({"huge": [[6e9], [8e9]]}, {"huge": [7e9]})]:
        check_function("kmeans.update_centroids", [assignment], expected)


def test_main():
    """The four points of the handout converge after 3 steps."""
    points = [[1, 1], [2, 1], [4, 3], [5, 4]]
    start = {"centroid0": [1, 1], "centroid1": [2, 1]}
    check_function("kmeans.main", [points, start, "four points"],
                   {"centroid0": [1.5, 1.0], "centroid1": [4.5, 3.5]},
                   "K-means converged after 3 steps.")


def main_test():
    """Run all tests of this file, in the order of the assignment."""
    run_tests([
        test_euclidean_distance,
        test_get_closest_centroid,
        test_assign_points_to_centroids,
        test_mean_of_points,
        test_update_centroids,
        test_main], "python kmeans.py 2d")


if __name__ == "__main__":
    main_test()
