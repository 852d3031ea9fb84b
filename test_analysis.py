"""Tests for analysis.py: type `python test_analysis.py`.

Each test calls one function with small data and compares the result with
an answer worked out by hand. The first wrong result ends the run and is
shown.
"""
from utils import check_function, run_tests

POINTS = [[1, 1], [9, 8], [-1, 0], [10, 12], [2, 1]]
CORNERS = {"centroid0": [0, 0], "centroid1": [10, 10]}
LONG_POINTS = [[3] * 100, [-3] * 100, [1] * 100]
LONG_CENTROIDS = {"up": [2] * 100, "down": [-2] * 100}


def test_assign_labels():
    """Each label goes to the centroid closest to its point."""
    letters = ["A", "B", "A", "A", "C"]
    for points, labels, centroids, expected in [
            (POINTS, letters, CORNERS,
             {"centroid0": ["A", "A", "C"], "centroid1": ["B", "A"]}),
            (POINTS, letters, {"far away": [99, 99], **CORNERS},
             {"centroid0": ["A", "A", "C"], "centroid1": ["B", "A"]}),
            (POINTS, letters, {"only": [5, 5]}, {"only": letters}),
            ([[0], [0.5], [-3]], [7, 8, 9], {"z": [1], "a": [-1]},
             {"z": [7, 8], "a": [9]}),
            ([[1], [1], [1]], ["A", "B", "C"], {"only": [0]},
             {"only": ["A", "B", "C"]}),
            (LONG_POINTS, ["x", "y", "x"], LONG_CENTROIDS,
             {"up": ["x", "x"], "down": ["y"]}),
            ([[-4e7], [4e7]], ["K", "K"], {"the left one": [-1e7], "7": [0]},
             {"the left one": ["K"], "7": ["K"]})]:
        check_function("analysis.assign_labels", [points, labels, centroids],
                       expected)


def test_majority_count():
    """The majority count is how often the most common label occurs."""
    for labels, expected in [
            (["A", "B", "A", "C"], 2),
            (["A"], 1),
            (["B", "A", "A", "B", "B"], 3),
            (["A", "B", "B", "A"], 2),
            (["A", "B", "C"], 1),
            (["a", "A", "A"], 2),
            ([4, 9, 4, 9, 9, 4, 4], 4),
            ([1, 11, 21, 1, 12, 11, 11], 3),
            (["K"] * 40 + ["X"] * 60, 60)]:
        check_function("analysis.majority_count", [labels], expected)


def test_accuracy():
    """The accuracy is the share of points with their cluster's label."""
    for points, labels, centroids, expected in [
            (POINTS, ["A", "B", "A", "B", "A"], CORNERS, 1.0),
            (POINTS, ["A", "B", "A", "A", "C"], CORNERS, 0.6),
            (POINTS, ["A", "B", "C", "D", "E"], CORNERS, 0.4),
            (POINTS, ["A", "B", "C", "D", "E"], {"only": [5, 5]}, 0.2),
            (POINTS, ["A", "B", "B", "B", "A"],
             {"far away": [99, 99], **CORNERS}, 0.8),
            ([[1], [2], [9]], [4, 9, 9], {"z": [0], "a": [8]}, 2 / 3),
            ([[0, 0], [0, 0], [9, 9]], ["A", "B", "B"], CORNERS, 2 / 3),
            ([[0], [0.5], [-3]], ["A", "A", "B"], {"z": [1], "a": [-1]}, 1.0),
            (LONG_POINTS, ["x", "y", "z"], LONG_CENTROIDS, 2 / 3),
            ([[-4e7], [4e7]], ["K", "M"], {"minus": [-1e7], "7": [0]}, 1.0)]:
        check_function("analysis.accuracy", [points, labels, centroids],
                       expected)


def main_test():
    """Run all tests of this file, in the order of the assignment."""
    run_tests([
        test_assign_labels,
        test_majority_count,
        test_accuracy], "python analysis.py")


if __name__ == "__main__":
    main_test()
