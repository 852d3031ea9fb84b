"""Helpers for the k-means assignment: nothing in here is homework.

Everything that kmeans.py, analysis.py and the tests need besides the
homework itself; how files are read and pictures are drawn is described in
files.py and pictures.py.

point            a list of numbers       [1.0, 2.0]
centroids        name -> its position    {"centroid0": [2.0, 2.0]}
"""
import argparse
import contextlib
import copy
import math
import sys
from collections import Counter

from files import (
    InputError, check_dimensions, load_centroids, read_data,
    write_centroids_with_key)
from pictures import (
    FOLDERS, draw_figure, draw_grid, plot_2d, plot_centroids, plot_digit,
    plot_fig, prepare_results, write_animation)


class NotWrittenError(Exception):
    """A function of the homework that still returns nothing."""


def converged(c1, c2):
    """Tells whether the centroids have stopped moving.

    Arguments:
        c1: the new centroids, a dictionary, name -> position
        c2: the old centroids, a dictionary, name -> position
    Returns:
        True if both have the same names and every coordinate is within
        1e-8 + 1e-5 * abs(old) of its old value

    >>> converged({"a": [1.000001]}, {"a": [1.0]})
    True
    >>> converged({"a": [1.0]}, {"a": [1.0], "b": [2.0]})
    False
    """
    if c1 is None or c2 is None or c1.keys() != c2.keys():
        return False
    return all(abs(new - old) <= 1e-8 + 1e-5 * abs(old) for name in c1
               for new, old in zip(c1[name], c2[name], strict=True))


# --- Comparing results: what the tests are made of ---------------------

def check_approx_equals(expected, received):
    """Tells whether two values are equal, but for rounding of numbers.

    Looks into lists, tuples and dictionaries; a list equals a tuple of the
    same values, and the order of a dictionary does not matter.

    >>> check_approx_equals({"a": [0.3]}, {"a": [0.1 + 0.2]})
    True
    """
    if isinstance(expected, dict) and isinstance(received, dict):
        return expected.keys() == received.keys() and all(
            check_approx_equals(expected[key], received[key])
            for key in expected)
    if _is_sequence(expected) and _is_sequence(received):
        return len(expected) == len(received) and all(
            map(check_approx_equals, expected, received))
    if _is_number(expected) and _is_number(received):
        return math.isclose(expected, received, rel_tol=1e-6, abs_tol=1e-9)
    return type(expected) is type(received) and expected == received


def _is_sequence(value):
    return isinstance(value, (list, tuple))


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def assert_equals(expected, received):
    """Raises AssertionError, with both values, unless they are equal."""
    if not check_approx_equals(expected, received):
        raise AssertionError(f"\n  expected: {_shorten(expected)}"
                             f"\n  received: {_shorten(received)}")


def check_function(function, arguments, expected):
    """Calls a homework function and checks all that it should do.

    Raises:
        NotWrittenError: it returned None
        AssertionError: it returned something wrong or changed what it
            was given
    """
    given = copy.deepcopy(arguments)
    received = function(*given)
    check_written(function.__name__, received)
    call = f"{function.__name__}({', '.join(map(_shorten, arguments))})"
    try:
        assert_equals(expected, received)
    except AssertionError as error:
        raise AssertionError(f"{call}{error}") from None
    if given != arguments:
        raise AssertionError(f"{call} changed what it was given: "
                             "build a new list or dictionary instead")


def check_written(name, received):
    """Raises NotWrittenError if a function of that name returned None."""
    if received is None:
        raise NotWrittenError(
            f"{name}() returned None; have you implemented it yet?")


def _shorten(value):
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:150]} ... {text[-45:]}"


def run_tests(tests):
    """Runs test functions in turn; the first that fails ends the run."""
    for test in tests:
        with one_line_errors():
            try:
                test()
            except AssertionError as error:
                sys.exit(f"{test.__name__} failed: {error}")
        print(f"{test.__name__} passed.")
    print("all tests passed.")


# --- On the command line ------------------------------------------------

@contextlib.contextmanager
def one_line_errors():
    """Ends the program with one sentence for what is no mistake in it.

    That is wrong input, a function not yet written, or Ctrl-C. A mistake in
    the program itself still shows where it happened.
    """
    try:
        yield
    except InputError as error:
        sys.exit(f"Error: {error}")
    except NotWrittenError as error:
        sys.exit(f"Exception: {error}")
    except KeyboardInterrupt:
        sys.exit("Stopped.")


def read_options(dataset):
    """Reads `kmeans.py [2d|mnist] [--animate]` from the command line.

    Arguments:
        dataset: the dataset to use when none is named
    Returns:
        (dataset, animate): a string, and True or False
    """
    parser = argparse.ArgumentParser(
        description="Runs k-means and draws what happened in results/.")
    parser.add_argument(
        "dataset", nargs="?", default=dataset,
        help=f"{' or '.join(FOLDERS)} (without it: {dataset})")
    parser.add_argument(
        "--animate", action="store_true",
        help="also write all steps as an animated GIF")
    options = parser.parse_args()
    if options.dataset not in FOLDERS:
        raise InputError(f"there is no dataset '{options.dataset}': "
                         f"choose {' or '.join(FOLDERS)}")
    return options.dataset, options.animate


def read_report_option():
    """Reads `analysis.py [--report]`; returns True or False."""
    parser = argparse.ArgumentParser(
        description="Prints the accuracy of the clusters of kmeans.py.")
    parser.add_argument(
        "--report", action="store_true",
        help="print what each cluster holds instead")
    return parser.parse_args().report


def animate_steps(data, centroids, dataset, assign, update):
    """Takes all steps once more and writes them as an animated GIF.

    Arguments:
        data: a list of points
        centroids: a dictionary, centroid name -> where it starts
        dataset: "2d" (writes results/2D/steps.gif) or "mnist" (writes
            results/MNIST/steps.gif)
        assign, update: the two homework functions that make up a step
    """
    names, old_centroids = list(centroids), {}
    history = [(assign(data, centroids), centroids)]
    while not converged(centroids, old_centroids):
        old_centroids = centroids
        assignment = assign(data, centroids)
        centroids = update(assignment)
        history.append((assignment, centroids))
    images = [
        draw_figure(plot_2d(assignment, centroids), f"step {step}")
        if dataset == "2d" else draw_grid(names, centroids, f"step {step}")
        for step, (assignment, centroids) in enumerate(history)]
    write_animation(images, f"results/{dataset.upper()}/steps.gif")


def print_report(labels_dict, accuracy):
    """Prints one row for each cluster, and the accuracy of them all."""
    row = "{:<12} {:>5}  {:<8} {:>5}  {:<9} {:>5}".format
    print(row("centroid", "size", "majority", "share", "runner-up", "share"))
    for name, labels in labels_dict.items():
        top = Counter(labels).most_common(2) + [("-", 0)]
        cells = [cell for label, count in top[:2]
                 for cell in (label, f"{count / len(labels):.0%}")]
        print(row(name, len(labels), *cells))
    size = sum(map(len, labels_dict.values()))
    print(row("all", size, "", f"{accuracy:.1%}", "", "").rstrip())
