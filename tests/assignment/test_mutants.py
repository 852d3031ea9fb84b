"""Every plausible mistake of a student is caught by the assignment's tests.

Each mutant is kmeans.py or analysis.py with one such mistake in it; running
`python test_kmeans.py` or `python test_analysis.py` beside it must fail,
and name the function that is wrong.
"""
import pytest

from tests.conftest import Desk

DISTANCE = "    return math.dist(point1, point2)"
NEARER = "if closest is None or distance < smallest:"
CLOSEST = "    return closest"
POINTS = """    assignment = {name: [] for name in centroids_dict}
    for point in list_of_points:
        closest = get_closest_centroid(point, centroids_dict)
        assignment[closest].append(point)
"""
NON_EMPTY = ("    return {name: points for name, points "
             "in assignment.items() if points}")
COLUMNS = "    columns = zip(*list_of_points, strict=True)\n"
MEAN = "    return [sum(column) / len(list_of_points) for column in columns]"
UPDATE = """    return {name: mean_of_points(points)
            for name, points in assignment_dict.items() if points}
"""
LABELS = """    labels_dict = {name: [] for name in centroids_dict}
    for point, label in zip(list_of_points, labels):
        closest = get_closest_centroid(point, centroids_dict)
        labels_dict[closest].append(label)
"""
NON_EMPTY_LABELS = ("    return {name: cluster for name, cluster "
                    "in labels_dict.items() if cluster}")
COUNTS = """    for label in labels:
        counts[label] = counts.get(label, 0) + 1
"""
MAJORITY = "    return max(counts.values(), default=0)"
CORRECT = ("    correct = sum(majority_count(cluster) "
           "for cluster in labels_dict.values())")
SHARE = "    return correct / len(list_of_points)"

MUTANTS = {
    "euclidean_distance": {
        "missing square root":
            (DISTANCE, "    return math.dist(point1, point2) ** 2"),
        "integer result":
            (DISTANCE, "    return int(math.dist(point1, point2))"),
        "Manhattan distance":
            (DISTANCE, "    return float(sum(abs(a - b) for a, b "
                       "in zip(point1, point2)))"),
        "two dimensions only":
            (DISTANCE, "    return math.dist(point1[:2], point2[:2])"),
        "last coordinate forgotten":
            (DISTANCE, "    return math.dist(point1[:-1], point2[:-1])"),
        "signed sum":
            (DISTANCE, "    return (sum(point1) - sum(point2)) * 1.0"),
        "rounded":
            (DISTANCE, "    return round(math.dist(point1, point2), 3)"),
        "stops at the length of 10":
            (DISTANCE, "    return math.dist(point1[:10], point2[:10])"),
        "None where nothing moved":
            (DISTANCE, "    if point1 != point2:\n    " + DISTANCE),
        "pops its argument":
            (DISTANCE, DISTANCE + " + 0 * (point1.pop() or 0)"),
        "not written":
            (DISTANCE, "    return None"),
    },
    "get_closest_centroid": {
        "farthest":
            (NEARER, NEARER.replace("<", ">")),
        "last tie wins":
            (NEARER, NEARER.replace("<", "<=")),
        "sorts the keys":
            ("    for name in centroids_dict:\n        distance",
             "    for name in sorted(centroids_dict):\n        distance"),
        "skips the first":
            ("    for name in centroids_dict:\n        distance",
             "    for name in list(centroids_dict)[1:]:\n        distance"),
        "position instead of name":
            (CLOSEST, "    return centroids_dict[closest]"),
        "distance instead of name":
            (CLOSEST, "    return smallest"),
        "forgets to keep the smallest":
            ("closest, smallest = name, distance",
             "closest, smallest = name, smallest or distance"),
        "names are taken to be centroid0, centroid1":
            ("    for name in centroids_dict:\n        distance",
             "    for i in range(len(centroids_dict)):\n"
             "        name = f'centroid{i}'\n        distance"),
        "only below a distance of 1000":
            ("    smallest = None\n", "    smallest = 1000\n    closest = ''"
                                      "\n"),
        "starts from zero":
            ("    smallest = None\n", "    smallest = 0\n    closest = ''\n"),
        "takes zero for not yet known":
            (NEARER, NEARER.replace("closest is None", "not smallest")),
        "rounds the distances":
            ("        distance = euclidean_distance(point, "
             "centroids_dict[name])\n",
             "        distance = round(euclidean_distance(point, "
             "centroids_dict[name]), 3)\n"),
        "removes the others from its argument":
            (CLOSEST, "    for name in list(centroids_dict)[1:]:\n"
                      "        del centroids_dict[name]\n" + CLOSEST),
        "not written":
            (CLOSEST, "    return None"),
    },
    "assign_points_to_centroids": {
        "keeps empty centroids":
            (NON_EMPTY, "    return assignment"),
        "first point forgotten":
            (POINTS, POINTS.replace("list_of_points:",
                                    "list_of_points[1:]:")),
        "only the last point kept":
            (POINTS, POINTS.replace("[closest].append(point)",
                                    "[closest] = [point]")),
        "index instead of point":
            (POINTS, POINTS.replace("append(point)", "append("
                                    "list_of_points.index(point))")),
        "one list shared by all":
            (POINTS, POINTS.replace("{name: [] for name in centroids_dict}",
                                    "dict.fromkeys(centroids_dict, [])")),
        "duplicates dropped":
            (POINTS, POINTS.replace("        assignment",
                                    "        if point not in "
                                    "assignment[closest]:\n"
                                    "            assignment")),
        "empties the list it was given":
            (NON_EMPTY, "    list_of_points.clear()\n" + NON_EMPTY),
        "hands out its argument":
            (POINTS, "    if len(centroids_dict) == 1:\n        return "
                     "{min(centroids_dict): list_of_points}\n" + POINTS),
        "None for one centroid":
            (NON_EMPTY, "    if len(centroids_dict) > 1:\n    " + NON_EMPTY),
        "not written":
            (NON_EMPTY, "    return None"),
    },
    "mean_of_points": {
        "integer division":
            (MEAN, MEAN.replace(" / ", " // ")),
        "divides by one too few":
            (MEAN, MEAN.replace("len(list_of_points)",
                                "max(1, len(list_of_points) - 1)")),
        "divides by the dimension":
            (MEAN, MEAN.replace("len(list_of_points)",
                                "len(list_of_points[0])")),
        "sum only":
            (MEAN, MEAN.replace(" / len(list_of_points)", "")),
        "median":
            (MEAN, "    return [sorted(column)[len(column) // 2] "
                   "for column in columns]"),
        "one number for all":
            (MEAN, "    return sum(map(sum, columns)) / "
                   "len(list_of_points)"),
        "two dimensions only":
            (MEAN, MEAN.replace("in columns", "in list(columns)[:2]")),
        "rounded":
            (MEAN, MEAN.replace("sum(column) / len(list_of_points)",
                                "round(sum(column) / len(column), 2)")),
        "hands out a single point":
            (MEAN, "    if len(list_of_points) == 1:\n"
                   "        return list_of_points[0]\n" + MEAN),
        "sorts its argument":
            (MEAN, "    list_of_points.sort()\n" + MEAN),
        "not written":
            (MEAN, "    return None"),
    },
    "update_centroids": {
        "keeps the first point":
            (UPDATE, UPDATE.replace("mean_of_points(points)", "points[0]")),
        "renames the centroids":
            (UPDATE, "    return {f'centroid{i}': mean_of_points(points) "
                     "for i, points in enumerate("
                     "filter(None, assignment_dict.values()))}\n"),
        "a list instead of a dictionary":
            (UPDATE, "    return [mean_of_points(points) for points in "
                     "assignment_dict.values() if points]\n"),
        "last cluster forgotten":
            (UPDATE, UPDATE.replace("assignment_dict.items()",
                                    "list(assignment_dict.items())[:-1]")),
        "changes the dictionary it was given":
            (UPDATE, "    for name in assignment_dict:\n"
                     "        assignment_dict[name] = mean_of_points("
                     "assignment_dict[name])\n"
                     "    return assignment_dict\n"),
        "not written":
            (UPDATE, "    return None\n"),
    },
    "assign_labels": {
        "keeps empty centroids":
            (NON_EMPTY_LABELS, "    return labels_dict"),
        "points instead of labels":
            (LABELS, LABELS.replace("append(label)", "append(point)")),
        "labels as a set":
            (NON_EMPTY_LABELS, NON_EMPTY_LABELS.replace(
                "{name: cluster ", "{name: set(cluster) ")),
        "duplicates dropped":
            (LABELS, LABELS.replace("        labels_dict",
                                    "        if label not in "
                                    "labels_dict[closest]:\n"
                                    "            labels_dict")),
        "off by one":
            (LABELS, LABELS.replace("append(label)", "append("
                                    "labels[labels.index(label) - 1])")),
        "label of the first equal point":
            (LABELS, LABELS.replace("append(label)", "append("
                                    "labels[list_of_points.index(point)])")),
        "labels turned into text":
            (LABELS, LABELS.replace("append(label)", "append(str(label))")),
        "takes the labels out of its argument":
            (NON_EMPTY_LABELS, "    labels.clear()\n" + NON_EMPTY_LABELS),
        "not written":
            (NON_EMPTY_LABELS, "    return None"),
    },
    "majority_count": {
        "label instead of count":
            (MAJORITY, "    return max(counts, key=counts.get)"),
        "number of different labels":
            (MAJORITY, "    return len(counts)"),
        "rarest label":
            (MAJORITY, "    return min(counts.values())"),
        "count of the first label":
            (MAJORITY, "    return labels.count(labels[0])"),
        "counts start at zero":
            (COUNTS, COUNTS.replace("counts.get(label, 0) + 1",
                                    "counts.get(label, -1) + 1")),
        "longest run of equal labels":
            (MAJORITY, "    import itertools\n    return max(len(list(g)) "
                       "for _, g in itertools.groupby(labels))"),
        "upper and lower case mixed up":
            (COUNTS, COUNTS.replace("    for label in labels:",
                                    "    for label in map(str.upper, map("
                                    "str, labels)):")),
        "sorts its argument":
            (MAJORITY, "    labels.sort()\n" + MAJORITY),
        "not written":
            (MAJORITY, "    return None"),
    },
    "accuracy": {
        "integer division":
            (SHARE, SHARE.replace(" / ", " // ")),
        "percent":
            (SHARE, SHARE.replace("correct", "100 * correct")),
        "mean over the clusters":
            (SHARE, "    return sum(majority_count(found) / len(found) "
                    "for found in labels_dict.values()) "
                    "/ len(labels_dict)"),
        "number of clusters":
            (SHARE, SHARE.replace("list_of_points", "labels_dict")),
        "different labels only":
            (SHARE, "    return correct / len(set(labels))"),
        "one cluster forgotten":
            (CORRECT, CORRECT.replace("labels_dict.values()",
                                      "list(labels_dict.values())[1:]")),
        "count instead of share":
            (SHARE, "    return correct"),
        "not written":
            (SHARE, "    return None"),
    },
}
CASES = [(function, mistake) for function in MUTANTS
         for mistake in MUTANTS[function]]


def run_mutant(folder, function, mistake):
    """Run the tests of a mutant; return the ended process."""
    desk = Desk(folder)
    part, source = next(
        (part, source) for part in ["kmeans", "analysis"]
        if f"def {function}(" in (source := desk.read(f"{part}.py")))
    right, wrong = MUTANTS[function][mistake]
    assert source.count(right) == 1, "the mutant does not fit the solution"
    mutant = source.replace(right, wrong)
    compile(mutant, part, "exec")  # wrong, but not by a slip of ours
    desk.write(f"{part}.py", mutant)
    return desk.python(f"test_{part}.py")


@pytest.mark.parametrize("function, mistake", CASES)
def test_mistake_is_caught(tmp_path, function, mistake):
    """The tests fail at the function that holds the mistake."""
    run = run_mutant(tmp_path, function, mistake)
    assert run.returncode == 1
    assert f"test_{function} passed" not in run.stdout
    assert function in run.stderr


@pytest.mark.parametrize("function", MUTANTS)
def test_unwritten_function_is_named(tmp_path, function):
    """An unwritten function ends the run with one plain line."""
    run = run_mutant(tmp_path, function, "not written")
    assert run.stderr == (f"Exception: {function}() returned None; "
                          "have you implemented it yet?\n")
    assert "all tests passed." not in run.stdout
