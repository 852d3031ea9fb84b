"""The grader's own cases find every plausible mistake of a student.

The mistakes are those of the assignment's tests and some more. They run
here without a sandbox, on the very cases that submissions are graded with.
"""
import copy
import random
import re
import types

import pytest

from autograder import cases, reference
from autograder.child.runner import returns_argument
from tests.assignment.test_mutants import (
    CORRECT, COUNTS, DISTANCE, LABELS, MAJORITY, MEAN, MUTANTS,
    NEARER, NON_EMPTY, POINTS, SHARE, UPDATE)
from tests.autograder.gradescope import SOLUTION

START = "    smallest = None\n"
BELOW = "if distance < smallest:"
MORE = {
    "euclidean_distance": {
        "rounded to three places":
            (DISTANCE, "    return round(math.dist(point1, point2), 3)"),
        "rounded down":
            (DISTANCE, "    return math.dist(point1, point2) // 1"),
        "largest difference":
            (DISTANCE, "    return max(abs(a - b) for a, b "
                       "in zip(point1, point2))"),
        "sum of roots":
            (DISTANCE, "    return sum(math.sqrt((a - b) ** 2) for a, b "
                       "in zip(point1, point2))"),
        "squares of each point":
            (DISTANCE, "    return math.sqrt(abs(sum(a * a - b * b "
                       "for a, b in zip(point1, point2))))"),
        "first difference counted twice":
            (DISTANCE, "    return math.dist(point1[:1] + point1, "
                       "point2[:1] + point2)"),
    },
    "get_closest_centroid": {
        "zero means nothing found yet":
            (f"{START}    for name in centroids_dict:",
             "    smallest = 0\n    for name in centroids_dict:",
             NEARER, "if smallest == 0 or distance < smallest:"),
        "starts at 1000 without a name":
            (START, "    smallest = 1000\n    closest = ''\n", NEARER, BELOW),
        "starts at 1000":
            (START, "    smallest = 1000\n", NEARER, BELOW),
        "starts at a million":
            (START, "    smallest = 1_000_000\n", NEARER, BELOW),
        "distances rounded to three places":
            ("distance = euclidean_distance(point, centroids_dict[name])",
             "distance = round(euclidean_distance(point, "
             "centroids_dict[name]), 3)"),
        "whole distances":
            ("distance = euclidean_distance(point, centroids_dict[name])",
             "distance = int(euclidean_distance(point, "
             "centroids_dict[name]))"),
        "stops at the first that is closer":
            ("closest, smallest = name, distance",
             "closest, smallest = name, distance\n"
             "            if len(centroids_dict) > 1 and name != next("
             "iter(centroids_dict)):\n                break"),
        "skips the last":
            ("    for name in centroids_dict:\n        distance",
             "    for name in list(centroids_dict)[:-1] or centroids_dict:\n"
             "        distance"),
    },
    "assign_points_to_centroids": {
        "equal points get the centroid of the first only":
            (POINTS, POINTS.replace(
                "assignment[closest].append(point)",
                "assignment[closest].append(list_of_points["
                "list_of_points.index(point)])\n"
                "        if list_of_points.count(point) > 1:\n"
                "            assignment[closest].pop()")),
        "points in reverse":
            (POINTS, POINTS.replace("list_of_points:",
                                    "list_of_points[::-1]:")),
        "last point forgotten":
            (POINTS, POINTS.replace("list_of_points:",
                                    "list_of_points[:-1]:")),
        "whole coordinates":
            (POINTS, POINTS.replace("append(point)",
                                    "append([int(x) for x in point])")),
    },
    "mean_of_points": {
        "an int where a float is meant":
            (MEAN, MEAN.replace("sum(column) / len(list_of_points)",
                                "int(sum(column) / len(list_of_points))")),
        "rounded to three places":
            (MEAN, MEAN.replace("sum(column) / len(list_of_points)",
                                "round(sum(column) / len(list_of_points), "
                                "3)")),
        "middle of smallest and largest":
            (MEAN, MEAN.replace("sum(column) / len(list_of_points)",
                                "(min(column) + max(column)) / 2")),
        "without the last point":
            (MEAN, MEAN.replace("sum(column)", "sum(column[:-1] or column)")),
    },
    "update_centroids": {
        "sorts the names":
            (UPDATE, UPDATE.replace("assignment_dict.items()",
                                    "zip(sorted(assignment_dict), "
                                    "assignment_dict.values())")),
        "whole coordinates":
            (UPDATE, UPDATE.replace(
                "mean_of_points(points)",
                "[round(x) for x in mean_of_points(points)]")),
        "single points forgotten":
            (UPDATE, UPDATE.replace("if points", "if len(points) > 1")),
    },
    "assign_labels": {
        "the label of the first equal point":
            (LABELS, LABELS.replace("append(label)", "append("
                                    "labels[list_of_points.index(point)])")),
        "labels sorted":
            (LABELS, LABELS.replace("append(label)", "append(label)\n"
                                    "        labels_dict[closest].sort()")),
    },
    "majority_count": {
        "counts substrings":
            (COUNTS, "    text = ''.join(map(str, labels))\n"
                     "    for label in labels:\n"
                     "        counts[label] = text.count(str(label))\n"),
        "one too many for a tie":
            (MAJORITY, "    top = max(counts.values())\n"
                       "    return top + (list(counts.values()).count(top) "
                       "> 1)"),
        "at least two":
            (MAJORITY, "    return max(2, *counts.values())"),
    },
    "accuracy": {
        "rounded to two places":
            (SHARE, "    return round(correct / len(list_of_points), 2)"),
        "an int where a float is meant":
            (SHARE, "    return int(correct / len(list_of_points))"),
        "largest cluster only":
            (CORRECT, CORRECT.replace("sum(", "max(", 1)),
        "equal points count once":
            (SHARE, "    return correct / len({str(p) for p in "
                    "list_of_points})"),
        "share of wrong ones":
            (SHARE, "    return 1 - correct / len(list_of_points)"),
    },
}
FORGIVEN = {("update_centroids", "None for an empty cluster"),
            ("update_centroids", "crashes on an empty cluster")}
"""assign_points_to_centroids never returns an empty list."""
ALL = [(function, mistake, table[function][mistake])
       for table in (MUTANTS, MORE) for function in table
       for mistake in table[function]
       if (function, mistake) not in FORGIVEN]


def module_of(function, replacements):
    """Return the solution's module, with pieces of it replaced."""
    name = reference.FUNCTIONS[function]
    source = SOLUTION[f"{name}.py"].decode()
    for old, new in zip(replacements[::2], replacements[1::2]):
        assert source.count(old) == 1, "the mutant does not fit the solution"
        source = source.replace(old, new)
    module = types.ModuleType(name)
    exec(compile(source, f"{name}.py", "exec"), vars(module))
    return module


def fails(module, function, args):
    """Return whether a case shows that a function is wrong."""
    given = copy.deepcopy(args)
    try:
        value = getattr(module, function)(*given)
    except Exception:
        return True
    return (not reference.is_same(reference.answer(function, args), value)
            or returns_argument(value, given) or given != args)


def all_cases(function):
    """Return all cases of a function."""
    return [*cases.EXAMPLES[function], *cases.SPECIAL.get(function, []),
            *cases.fresh(function)]


@pytest.mark.parametrize("function, mistake, replacements", ALL)
def test_every_mistake_is_found(function, mistake, replacements):
    """At least one of the grader's cases is wrong, raises or changes."""
    module = module_of(function, replacements)
    assert any(fails(module, function, args) for args in all_cases(function))


@pytest.mark.parametrize("function", reference.GRADED)
def test_the_solution_passes_all_cases(function):
    """No case is wrong itself, or asks for a change of arguments."""
    module = reference.solution(reference.FUNCTIONS[function])
    assert not any(fails(module, function, args)
                   for args in all_cases(function))


KEEPS_EMPTY = {
    "assign_points_to_centroids": (NON_EMPTY, "    return assignment"),
    "assign_labels": MUTANTS["assign_labels"]["keeps empty centroids"],
    "get_closest_centroid": MUTANTS["get_closest_centroid"]["last tie wins"]}


@pytest.mark.parametrize("function", KEEPS_EMPTY)
def test_ties_and_empty_clusters_cost_once(function):
    """They are in no other cases than those that are made for them.

    And so for every seed, because a teacher changes it each term.
    """
    module = module_of(function, KEEPS_EMPTY[function])
    assert any(fails(module, function, args)
               for args in cases.SPECIAL[function])
    for seed in range(20):
        rng = random.Random(seed)
        some = [cases.MAKERS[function](rng, size) for size in cases.SIZES]
        some += [*cases.HARD[function](rng), *cases.EXAMPLES[function]]
        assert not any(fails(module, function, args) for args in some)


def test_fresh_cases_are_the_same_each_time():
    """Grading again asks the same, and another seed asks something else."""
    for function in reference.GRADED:
        assert cases.fresh(function) == cases.fresh(function)
    before = repr([cases.fresh(name) for name in reference.GRADED])
    seed, cases.SEED = cases.SEED, "spring 2027"
    try:
        after = repr([cases.fresh(name) for name in reference.GRADED])
    finally:
        cases.SEED = seed
    assert before != after and not re.search(r"\bnan\b|\binf\b", after)
