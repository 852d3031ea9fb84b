"""Solutions of the optional problems at the end of HANDOUT.md.

list_of_points   a list of points        [[1.0, 2.0], [3.0, 2.0]]
centroids_dict   name -> its position    {"centroid0": [2.0, 2.0]}
"""
from kmeans import (
    assign_points_to_centroids, euclidean_distance, get_closest_centroid,
    update_centroids)
from utils import converged


def first_points(list_of_points, k):
    """Return centroids that start at the first k points.

    >>> first_points([[1, 1], [2, 1], [4, 3]], 2)
    {'centroid0': [1, 1], 'centroid1': [2, 1]}
    """
    return {f"centroid{i}": list_of_points[i] for i in range(k)}


def mean_distance(list_of_points, centroids_dict):
    """Return the mean distance of the points to their closest centroids.

    >>> mean_distance([[0, 0], [0, 2]], {"centroid0": [0, 1]})
    1.0
    """
    total = 0
    for point in list_of_points:
        closest = get_closest_centroid(point, centroids_dict)
        total += euclidean_distance(point, centroids_dict[closest])
    return total / len(list_of_points)


def follow(name, list_of_points, centroids_dict):
    """Return the positions of one centroid: at the start, after each step.

    >>> follow("b", [[1], [2], [9]], {"a": [0], "b": [8]})
    [[8], [9.0], [9.0]]
    """
    centroids, old_centroids = centroids_dict, {}
    positions = [centroids[name]]
    while not converged(centroids, old_centroids):
        old_centroids = centroids
        centroids = update_centroids(
            assign_points_to_centroids(list_of_points, centroids))
        positions.append(centroids[name])
    return positions
