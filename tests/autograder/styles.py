"""Correct programs in different styles, as students write them.

Each is (kmeans.py, analysis.py), with a header of its own.
"""

DOCSTRING_HEADER = '''"""
* Name: Ada Lovelace
* Collaboration: I worked alone.

"""
'''
DASHES = '''# Name - Ada Lovelace
# Collaboration statement - none
'''
AUTHOR = '''# -------------------
# Author: Ada
#
# Collaborators: Bob, who explained dictionaries to me
# -------------------
'''
BELOW = """'''
Name:
    Ada

Collaboration:
    I worked alone, with the handout.
'''
"""

MAIN = '''
def main(data, init_centroids, dataset):
    """Repeat until nothing moves."""
    old, new, step = None, init_centroids, 0
    if dataset == "mnist":
        plot_centroids(init_centroids, "init")
    while not converged(new, old):
        step += 1
        old = new
        assignment = assign_points_to_centroids(data, old)
        new = update_centroids(assignment)
        if dataset == "2d":
            plot_fig(plot_2d(assignment, new), "results/2D", f"step{step}")
    if dataset == "mnist":
        plot_centroids(new, "final")
    print(f"K-means converged after {step} steps.")
    return new
'''
IMPORTS = "from utils import converged, plot_2d, plot_centroids, plot_fig\n"

POWERS = DOCSTRING_HEADER + "import math\n" + IMPORTS + '''

def euclidean_distance(point1, point2):
    """Distance."""
    total = 0
    for i in range(len(point1)):
        total = total + (point1[i] - point2[i]) ** 2
    return total ** 0.5


def get_closest_centroid(point, centroids_dict):
    """Closest."""
    names = list(centroids_dict.keys())
    best_name = names[0]
    best = euclidean_distance(point, centroids_dict[best_name])
    for name in names[1:]:
        distance = euclidean_distance(point, centroids_dict[name])
        if distance < best:
            best = distance
            best_name = name
    return best_name


def assign_points_to_centroids(list_of_points, centroids_dict):
    """Assign."""
    result = {}
    for point in list_of_points:
        name = get_closest_centroid(point, centroids_dict)
        if name in result.keys():
            result[name].append(point)
        else:
            result[name] = [point]
    return result


def mean_of_points(list_of_points):
    """Mean."""
    mean = [0] * len(list_of_points[0])
    for point in list_of_points:
        for i in range(len(point)):
            mean[i] += point[i]
    for i in range(len(mean)):
        mean[i] /= len(list_of_points)
    return mean


def update_centroids(assignment_dict):
    """Update."""
    new = {}
    for name in assignment_dict:
        new[name] = mean_of_points(assignment_dict[name])
    return new

''' + MAIN

MINIMUM = DASHES + "from math import sqrt\n" + IMPORTS + '''

def euclidean_distance(point1, point2):
    """Distance."""
    return sqrt(sum([(a - b) ** 2 for a, b in zip(point1, point2)]))


def get_closest_centroid(point, centroids_dict):
    """Closest."""
    return min(centroids_dict, key=lambda name: euclidean_distance(
        point, centroids_dict[name]))


def assign_points_to_centroids(list_of_points, centroids_dict):
    """Assign."""
    closest = [get_closest_centroid(p, centroids_dict) for p in list_of_points]
    return {name: [p for p, c in zip(list_of_points, closest) if c == name]
            for name in centroids_dict if name in closest}


def mean_of_points(list_of_points):
    """Mean."""
    n = len(list_of_points)
    return [sum(point[i] for point in list_of_points) / n
            for i in range(len(list_of_points[0]))]


def update_centroids(assignment_dict):
    """Update."""
    return {n: mean_of_points(p) for n, p in assignment_dict.items()}

''' + MAIN

INFINITY = AUTHOR + "import math\n" + IMPORTS + '''

def euclidean_distance(point1, point2):
    """Distance."""
    squares = []
    for number, coordinate in enumerate(point1):
        squares.append(math.pow(coordinate - point2[number], 2))
    return math.sqrt(math.fsum(squares))


def get_closest_centroid(point, centroids_dict):
    """Closest."""
    smallest, closest = float("inf"), None
    for name, position in centroids_dict.items():
        if euclidean_distance(point, position) < smallest:
            smallest, closest = euclidean_distance(point, position), name
    return closest


def assign_points_to_centroids(list_of_points, centroids_dict):
    """Assign."""
    result = dict()
    for name in centroids_dict:
        members = []
        for point in list_of_points:
            if get_closest_centroid(point, centroids_dict) == name:
                members.append(point)
        if len(members) != 0:
            result[name] = members
    return result


def mean_of_points(list_of_points):
    """Mean."""
    result = []
    for column in zip(*list_of_points):
        result.append(math.fsum(column) / len(column))
    return result


def update_centroids(assignment_dict):
    """Update."""
    result = {}
    for name, points in assignment_dict.items():
        if points == []:
            continue
        result[name] = mean_of_points(points)
    return result

''' + MAIN

SORTED = BELOW + "import copy\nimport math\n" + IMPORTS + '''

def euclidean_distance(point1, point2):
    """Distance."""
    i, total = 0, 0.0
    while i < len(point1):
        total += abs(point1[i] - point2[i]) ** 2
        i += 1
    return math.sqrt(total)


def get_closest_centroid(point, centroids_dict):
    """Closest."""
    pairs = []
    for order, name in enumerate(centroids_dict):
        pairs.append((euclidean_distance(point, centroids_dict[name]),
                      order, name))
    pairs.sort()
    return pairs[0][2]


def assign_points_to_centroids(list_of_points, centroids_dict):
    """Assign."""
    result = {}
    for point in copy.deepcopy(list_of_points):
        result.setdefault(get_closest_centroid(point, centroids_dict),
                          []).append(point)
    return result


def add(point1, point2):
    """Sum of two points."""
    return [a + b for a, b in zip(point1, point2)]


def mean_of_points(list_of_points):
    """Mean."""
    total = [0.0] * len(list_of_points[0])
    for point in list_of_points:
        total = add(total, point)
    return [value / len(list_of_points) for value in total]


def update_centroids(assignment_dict):
    """Update."""
    new = copy.copy(assignment_dict)
    for name in list(new):
        new[name] = mean_of_points(new[name])
    return new

''' + MAIN

COUNTER = '''
from collections import Counter
import kmeans


def assign_labels(list_of_points, labels, centroids_dict):
    """Assign."""
    result = {}
    for i, point in enumerate(list_of_points):
        name = kmeans.get_closest_centroid(point, centroids_dict)
        result[name] = result.get(name, []) + [labels[i]]
    return result


def majority_count(labels):
    """Count."""
    return Counter(labels).most_common(1)[0][1]


def accuracy(list_of_points, labels, centroids_dict):
    """Accuracy."""
    groups = assign_labels(list_of_points, labels, centroids_dict)
    return sum(map(majority_count, groups.values())) / len(list_of_points)
'''
COUNT = '''
from kmeans import get_closest_centroid


def assign_labels(list_of_points, labels, centroids_dict):
    """Assign."""
    result = {name: [] for name in centroids_dict}
    for point, label in zip(list_of_points, labels):
        result[get_closest_centroid(point, centroids_dict)].append(label)
    return {name: found for name, found in result.items() if found}


def majority_count(labels):
    """Count."""
    return max(labels.count(label) for label in set(labels))


def accuracy(list_of_points, labels, centroids_dict):
    """Accuracy."""
    correct = 0.0
    labels_dict = assign_labels(list_of_points, labels, centroids_dict)
    for name in labels_dict:
        correct += majority_count(labels_dict[name])
    return correct / float(len(labels))
'''
STAR = '''
from kmeans import *
from utils import *


def assign_labels(list_of_points, labels, centroids_dict):
    """Assign."""
    labels_dict, i = {}, 0
    while i < len(labels):
        name = get_closest_centroid(list_of_points[i], centroids_dict)
        if name not in labels_dict:
            labels_dict[name] = list()
        labels_dict[name] += [labels[i]]
        i = i + 1
    return labels_dict


def majority_count(labels):
    """Count."""
    counts = {}
    for label in labels:
        if label in counts:
            counts[label] += 1
        else:
            counts[label] = 1
    best = 0
    for label in counts:
        if counts[label] > best:
            best = counts[label]
    return best


def accuracy(list_of_points, labels, centroids_dict):
    """Accuracy."""
    total, good = 0, 0
    for group in assign_labels(list_of_points, labels,
                               centroids_dict).values():
        total += len(group)
        good += majority_count(group)
    return good / total
'''

STYLES = {
    "powers, docstring header": (POWERS, DOCSTRING_HEADER + COUNTER),
    "powers, Counter": (POWERS, DASHES + COUNTER),
    "min with key, dashes": (MINIMUM, DASHES + COUNT),
    "min with key, star imports": (MINIMUM, BELOW + STAR),
    "infinity, author": (INFINITY, AUTHOR + STAR),
    "infinity, count": (INFINITY, AUTHOR + COUNT),
    "sorted pairs, entries below": (SORTED, BELOW + COUNTER),
    "sorted pairs, star imports": (SORTED, DOCSTRING_HEADER + STAR)}
"""What is particular -> (kmeans.py, analysis.py)."""
