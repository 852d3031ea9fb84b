# ---------------------------------------------------------------------
# Name:           Reference solution
# Date:           22 November 2026
# Course:         Introduction to Programming
# Homework:       K-means, Part 2: analysis
# Description:    Compares the clusters of handwritten letters with
#                 the letters that the images show.
# Collaboration:  I worked on my own and used only the handout, the
#                 course notes and the Python documentation.
# ---------------------------------------------------------------------
"""How well do the clusters agree with the labels of the points?

k-means does not use the labels. The most common label of a cluster is its
majority label. The accuracy is the share of all points whose own label is
the majority label of their cluster.

labels       the label of each point          ["A", "B", "A"]
labels_dict  name -> labels of its points     {"centroid0": ["A", "A"]}
"""
from kmeans import get_closest_centroid
from utils import (
    check_dimensions, check_not_none, friendly_errors, load_centroids,
    print_report, read_data, read_report_option)


def assign_labels(list_of_points, labels, centroids_dict):
    """Assign the label of every point to the point's closest centroid.

    Arguments:
        list_of_points: a list of points
        labels: the list of their labels, in the same order
        centroids_dict: a dictionary, centroid name -> its position
    Returns:
        a new dictionary, centroid name -> the list of the labels of its
        points; a centroid without points is left out

    >>> assign_labels([[1], [9], [2]], ["x", "y", "z"], {"a": [0], "b": [8]})
    {'a': ['x', 'z'], 'b': ['y']}
    """
    if len(list_of_points) != len(labels):
        raise ValueError(
            f"{len(list_of_points)} points but {len(labels)} labels: "
            "give every point one label")
    labels_dict = {name: [] for name in centroids_dict}
    for point, label in zip(list_of_points, labels):
        closest = get_closest_centroid(point, centroids_dict)
        labels_dict[closest].append(label)
    return {name: cluster for name, cluster in labels_dict.items() if cluster}


def majority_count(labels):
    """Count how often the most common label occurs.

    Arguments:
        labels: a list of labels
    Returns:
        the count of the most common label; 0 for an empty list

    >>> majority_count(["A", "B", "A", "C"])
    2
    """
    counts = {}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
    return max(counts.values(), default=0)


def accuracy(list_of_points, labels, centroids_dict):
    """Compute the share of points with the majority label of their cluster.

    Arguments:
        list_of_points: a list of at least one point
        labels: the list of their labels, in the same order
        centroids_dict: a dictionary, centroid name -> its position
    Returns:
        the accuracy, a float above 0 and at most 1

    >>> accuracy([[1], [2], [9]], ["A", "B", "B"], {"a": [0], "b": [8]})
    0.6666666666666666
    """
    if not list_of_points:
        raise ValueError("the accuracy needs at least one point")
    labels_dict = assign_labels(list_of_points, labels, centroids_dict)
    correct = sum(majority_count(cluster) for cluster in labels_dict.values())
    return correct / len(list_of_points)


if __name__ == "__main__":
    with friendly_errors():  # one sentence instead of a traceback
        report = read_report_option()
        centroids = load_centroids("mnist_final_centroids.csv", with_key=True)
        data, labels = read_data("data/mnist.csv")
        check_dimensions(data, centroids)
        labels_dict = assign_labels(data, labels, centroids)
        check_not_none("assign_labels", labels_dict)
        score = accuracy(data, labels, centroids)
        check_not_none("accuracy", score)
        if report:
            print_report(labels_dict, score)
        else:
            print(score)
