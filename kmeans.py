# ---------------------------------------------------------------------
# Name:           Reference solution
# Date:           22 November 2026
# Course:         Introduction to Programming
# Homework:       K-means, Part 1: clustering
# Description:    Groups points by the k-means algorithm, in two
#                 dimensions and on images of handwritten letters.
# Collaboration:  I worked on my own and used only the handout, the
#                 course notes and the Python documentation.
# ---------------------------------------------------------------------
"""K-means: group points around centroids, without knowing their labels.

1. distance   compute how far a point is from a centroid
2. assign     assign each point to its closest centroid
3. update     move each centroid to the mean of its points
4. converge   repeat 2 and 3 until the centroids stop moving

point            a list of numbers       [1.0, 2.0]
list_of_points   a list of points        [[1.0, 2.0], [3.0, 2.0]]
centroids_dict   name -> its position    {"centroid0": [2.0, 2.0]}
assignment_dict  name -> its points      {"centroid0": [[1.0, 2.0], ...]}
"""
import math

from utils import (
    animate_steps, check_dimensions, check_not_none, converged,
    friendly_errors, load_centroids, new_results, plot_2d, plot_centroids,
    plot_fig, read_data, read_options, write_centroids_with_key)


def euclidean_distance(point1, point2):
    """Compute the straight-line distance between two points.

    Arguments:
        point1: a list of numbers
        point2: a list of numbers, of the same length
    Returns:
        the distance, a float

    >>> euclidean_distance([0, 0], [3, 4])
    5.0
    """
    if len(point1) != len(point2):
        raise ValueError(
            f"no distance between points of {len(point1)} and "
            f"{len(point2)} values: give both the same length")
    return math.dist(point1, point2)


def get_closest_centroid(point, centroids_dict):
    """Find the centroid that is closest to a point.

    Arguments:
        point: a list of numbers
        centroids_dict: a dictionary, centroid name -> its position
    Returns:
        the name of the closest centroid; of several that are equally
        close, the one that comes first in the dictionary

    >>> get_closest_centroid([0, 0], {"far": [5, 5], "near": [1, 1]})
    'near'
    """
    closest = None
    smallest = None
    for name in centroids_dict:
        distance = euclidean_distance(point, centroids_dict[name])
        if closest is None or distance < smallest:
            closest, smallest = name, distance
    return closest


def assign_points_to_centroids(list_of_points, centroids_dict):
    """Assign every point to its closest centroid.

    Arguments:
        list_of_points: a list of points
        centroids_dict: a dictionary, centroid name -> its position
    Returns:
        a new dictionary, centroid name -> the list of its points, in
        the order of list_of_points; a centroid without points is left
        out

    >>> assign_points_to_centroids([[1], [9], [2]], {"a": [0], "b": [8]})
    {'a': [[1], [2]], 'b': [[9]]}
    """
    assignment = {name: [] for name in centroids_dict}
    for point in list_of_points:
        closest = get_closest_centroid(point, centroids_dict)
        assignment[closest].append(point)
    return {name: points for name, points in assignment.items() if points}


def mean_of_points(list_of_points):
    """Compute the mean of points, coordinate by coordinate.

    Arguments:
        list_of_points: a list of points
    Returns:
        a new point, the mean

    >>> mean_of_points([[1, 10], [3, 20]])
    [2.0, 15.0]
    """
    if not list_of_points:
        raise ValueError("the mean needs at least one point")
    # The first coordinates of all points, then all second ones, ...
    columns = zip(*list_of_points, strict=True)
    return [sum(column) / len(list_of_points) for column in columns]


def update_centroids(assignment_dict):
    """Move every centroid to the mean of its points.

    Arguments:
        assignment_dict: a dictionary, centroid name -> list of its points
    Returns:
        a new dictionary, centroid name -> its new position; a centroid
        without points is left out

    >>> update_centroids({"a": [[1], [2]], "b": [[9]], "c": []})
    {'a': [1.5], 'b': [9.0]}
    """
    return {name: mean_of_points(points)
            for name, points in assignment_dict.items() if points}


def main(data, init_centroids, dataset):
    """Repeat assign and update until the centroids stop moving.

    Print the number of steps and draw pictures. For "2d", draw every
    step: each point in the colour of its centroid, and the new position
    of each centroid. For "mnist", draw the initial and the final
    centroids.

    Arguments:
        data: a list of points
        init_centroids: a dictionary, centroid name -> where it starts
        dataset: "2d" or "mnist"; anything else draws nothing
    Returns:
        a new dictionary, centroid name -> its final position

    >>> main([[1], [2], [9]], {"a": [0], "b": [8]}, "no pictures")
    K-means converged after 2 steps.
    {'a': [1.5], 'b': [9.0]}
    """
    centroids = init_centroids
    old_centroids = {}
    step = 0
    while not converged(centroids, old_centroids):
        step += 1
        old_centroids = centroids
        assignment = assign_points_to_centroids(data, centroids)
        centroids = update_centroids(assignment)
        if dataset == "2d":
            fig = plot_2d(assignment, centroids)
            plot_fig(fig, "results/2D", f"step{step}")
    if dataset == "mnist":
        plot_centroids(init_centroids, "init")
        plot_centroids(centroids, "final")
    print(f"K-means converged after {step} steps.")
    return centroids


if __name__ == "__main__":
    dataset = "mnist"  # "2d" or "mnist"

    with friendly_errors():  # one sentence instead of a traceback
        dataset, animate = read_options(dataset)
        data, labels = read_data(f"data/{dataset}.csv")
        init_centroids = load_centroids(f"data/{dataset}_init_centroids.csv")
        check_dimensions(data, init_centroids)
        with new_results(dataset):  # keeps old pictures if main fails
            final_centroids = main(data, init_centroids, dataset)
            check_not_none("main", final_centroids)
        write_centroids_with_key(
            f"{dataset}_final_centroids.csv", final_centroids)
        if animate:
            animate_steps(data, init_centroids, dataset,
                          assign_points_to_centroids, update_centroids)
