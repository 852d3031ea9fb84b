"""The course's contracts: names, signatures, and programs that run."""
import inspect

import pytest

import analysis
import kmeans
import utils
from tests.conftest import ASSIGNMENT, ROOT

SIGNATURES = {
    kmeans: ["euclidean_distance(point1, point2)",
             "get_closest_centroid(point, centroids_dict)",
             "assign_points_to_centroids(list_of_points, centroids_dict)",
             "mean_of_points(list_of_points)",
             "update_centroids(assignment_dict)",
             "main(data, init_centroids, dataset)"],
    analysis: ["assign_labels(list_of_points, labels, centroids_dict)",
               "majority_count(labels)",
               "accuracy(list_of_points, labels, centroids_dict)"],
    utils: ["read_data(fname)",
            "load_centroids(fname, with_key=False)",
            "write_centroids_with_key(fname, centroids)",
            "converged(new, old)",
            "plot_2d(assignment_dict, centroids)",
            "plot_digit(digit)",
            "plot_centroids(centroids, name)",
            "plot_fig(fig, parent_path, title)",
            "check_approx_equals(expected, received)",
            "assert_equals(expected, received)"]}
"""The course's signatures; they may not change."""

STUDENT = '''
from utils import *
import math

def euclidean_distance(point1, point2):
    total = 0
    for i in range(len(point1)):
        total += (point1[i] - point2[i]) ** 2
    return math.sqrt(total)

def get_closest_centroid(point, centroids_dict):
    best_name = None
    best = None
    for name in centroids_dict:
        distance = euclidean_distance(point, centroids_dict[name])
        if best is None or distance < best:
            best = distance
            best_name = name
    return best_name

def assign_points_to_centroids(list_of_points, centroids_dict):
    result = {}
    for point in list_of_points:
        name = get_closest_centroid(point, centroids_dict)
        if name not in result:
            result[name] = []
        result[name].append(point)
    return result

def mean_of_points(list_of_points):
    mean = []
    for i in range(len(list_of_points[0])):
        total = 0
        for point in list_of_points:
            total = total + point[i]
        mean.append(total / len(list_of_points))
    return mean

def update_centroids(assignment_dict):
    new = {}
    for name in assignment_dict:
        if len(assignment_dict[name]) > 0:
            new[name] = mean_of_points(assignment_dict[name])
    return new

def main(data, init_centroids, dataset):
    centroids = init_centroids
    old_centroids = None
    step = 0
    while not converged(centroids, old_centroids):
        old_centroids = centroids
        assignment_dict = assign_points_to_centroids(data, centroids)
        centroids = update_centroids(assignment_dict)
        step += 1
        if dataset == "2d":
            fig = plot_2d(assignment_dict, centroids)
            plot_fig(fig, "results/2D/", "step" + str(step))
    print("K-means converged after " + str(step) + " steps.")
    if dataset == "mnist":
        plot_centroids(init_centroids, "init")
        plot_centroids(centroids, "final")
    return centroids

if __name__ == "__main__":
    dataset = "mnist"
    data, label = read_data("data/" + dataset + ".csv")
    init_centroids = load_centroids("data/" + dataset + "_init_centroids.csv")
    final = main(data, init_centroids, dataset)
    write_centroids_with_key(dataset + "_final_centroids.csv", final)
'''


@pytest.mark.parametrize("module", SIGNATURES)
def test_signatures(module):
    """Names and arguments are the course's."""
    for signature in SIGNATURES[module]:
        name = signature.split("(")[0]
        received = name + str(inspect.signature(getattr(module, name)))
        assert received == signature


@pytest.mark.parametrize("dataset", ["2d", "mnist"])
def test_a_students_file_runs_unchanged(desk, dataset):
    """A program written for the course's utils.py runs with ours.

    It gives the same centroids and pictures as our solution.
    """
    desk.python("kmeans.py", dataset)
    expected = desk.files()
    desk.write("kmeans.py", STUDENT.replace('"mnist"\n    data',
                                            f'"{dataset}"\n    data'))
    for name in expected:
        if name.startswith("results") or "final" in name:
            (desk.folder / name).unlink()
    run = desk.python("kmeans.py")
    assert run.stdout == "K-means converged after 2 steps.\n"
    assert run.stderr == ""
    received = desk.files()
    assert received.keys() == expected.keys()
    assert all(received[name] == expected[name]
               for name in expected if name.startswith("results"))
    fname = f"{dataset}_final_centroids.csv"
    desk.write("ours.csv", expected[fname])
    assert utils.check_approx_equals(
        utils.load_centroids(desk.folder / "ours.csv", True),
        utils.load_centroids(desk.folder / fname, True))
    for name in ["test_kmeans.py", "test_analysis.py"]:
        assert desk.python(name).returncode == 0


def test_arguments_are_not_changed():
    """No function changes its arguments."""
    data = [[0, 1], [2, 3], [9, 9]]
    centroids = {"b": [0, 0], "a": [9, 8], "far": [99, 99]}
    labels = ["x", "y", "x"]
    before = repr((data, centroids, labels))
    final = kmeans.main(data, centroids, "no pictures")
    analysis.accuracy(data, labels, centroids)
    assert repr((data, centroids, labels)) == before
    assert final is not centroids and list(final) == ["b", "a"]


@pytest.mark.parametrize("name", ASSIGNMENT)
def test_the_assignment_stands_alone(name):
    """The assignment imports neither the lab nor the autograder."""
    source = (ROOT / name).read_text()
    assert "kmeanslab" not in source and "autograder" not in source


@pytest.mark.parametrize("name", ["kmeans.py", "analysis.py"])
def test_header(name):
    """Each file to submit begins with the header the course asks for."""
    header = (ROOT / name).read_text().split('"""')[0]
    for entry in ["Name:", "Date:", "Course:", "Homework:",
                  "Description:", "Collaboration:"]:
        assert f"# {entry}" in header


def test_wrong_calls_are_explained():
    """Invalid calls name the problem and what is needed."""
    for call, sentence in [
            (lambda: kmeans.euclidean_distance([1, 2], [1, 2, 3]),
             "no distance between points of 2 and 3 values: "
             "give both the same length"),
            (lambda: kmeans.mean_of_points([]),
             "the mean needs at least one point"),
            (lambda: analysis.assign_labels([[1]], [], {"a": [1]}),
             "1 points but 0 labels: give every point one label"),
            (lambda: analysis.accuracy([], [], {"a": [1]}),
             "the accuracy needs at least one point")]:
        with pytest.raises(ValueError) as error:
            call()
        assert str(error.value) == sentence
    assert analysis.majority_count([]) == 0


def test_converged():
    """Convergence is numpy.allclose, coordinate by coordinate."""
    numpy = pytest.importorskip("numpy")
    for old in [0.0, 1e-8, 1.0, -250.0, 1e6]:
        edge = 1e-8 + 1e-5 * abs(old)
        for move in [0, 0.99 * edge, 1.000005 * edge, -0.99 * edge,
                     5 * edge]:
            new = old + move
            assert utils.converged({"a": [7, new]}, {"a": [7, old]}) == \
                numpy.allclose([7, new], [7, old])
    assert not utils.converged({"a": [1]}, {"a": [1], "b": [1]})
    assert not utils.converged({"a": [1]}, {"b": [1]})
    assert not utils.converged({"a": [1]}, None)
    assert not utils.converged({"a": [1]}, {})
    assert utils.converged({}, {})
    with pytest.raises(ValueError):
        utils.converged({"a": [1]}, {"a": [1, 2]})
    with pytest.raises(ValueError):
        kmeans.mean_of_points([[1, 2], [3]])
    assert utils.converged({"a": [1], "b": [2]}, {"b": [2], "a": [1]})


@pytest.mark.parametrize("expected, received, equal", [
    (1, 1.0000000001, True), (1, 1.1, False), (1, True, False),
    (0.0, 1e-12, True), (5e9, 5e9 + 1, True), ("1", 1, False),
    ([1, 2], (1.0, 2.0), True), ([1, 2], [1, 2, 3], False),
    ([[1], [2]], [[1], [2.5]], False), ([1], 1, False),
    ({"a": [1], "b": []}, {"b": [], "a": [1.0]}, True),
    ({"a": 1}, {"A": 1}, False), ({"a": 1}, {"a": 1, "b": 2}, False),
    (None, None, True), ([None], [0], False), ("C", "C", True),
    (float("nan"), float("nan"), False)])
def test_check_approx_equals(expected, received, equal):
    """Numbers may differ by rounding, and nothing else may differ."""
    assert utils.check_approx_equals(expected, received) is equal
    if equal:
        utils.assert_equals(expected, received)
    else:
        with pytest.raises(AssertionError) as error:
            utils.assert_equals(expected, received)
        assert str(error.value) == (
            f"\n  expected: {expected!r}\n  received: {received!r}")
