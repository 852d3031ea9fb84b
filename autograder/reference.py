"""The reference solution, as the parent uses it: for expected values.

kmeans.py and analysis.py lie beside the autograder, in the repository and
in the zip. What they compute never leaves the parent; only the source of
*earlier* functions goes to a child, so that a later one can be judged on
its own.
"""
import ast
import contextlib
import copy
import functools
import importlib
import io
import pathlib
import sys

SOLUTION = pathlib.Path(__file__).parent.parent
HELPERS = ["utils.py", "files.py", "pictures.py"]
DATA = ["data/2d.csv", "data/2d_init_centroids.csv",
        "data/mnist.csv", "data/mnist_init_centroids.csv"]
FUNCTIONS = {
    "euclidean_distance": "kmeans", "get_closest_centroid": "kmeans",
    "assign_points_to_centroids": "kmeans", "mean_of_points": "kmeans",
    "update_centroids": "kmeans", "main": "kmeans",
    "assign_labels": "analysis", "majority_count": "analysis",
    "accuracy": "analysis"}
"""The functions of the homework, and the modules that they are in."""
GRADED = [name for name in FUNCTIONS if name != "main"]
USES = {
    "get_closest_centroid": GRADED[:1],
    "assign_points_to_centroids": GRADED[:2],
    "update_centroids": ["mean_of_points"],
    "main": GRADED[:5],
    "assign_labels": GRADED[:2],
    "accuracy": [*GRADED[:2], "assign_labels", "majority_count"]}
"""The functions that a function may call, in the order of the handout."""


def solution(module):
    """Return a module of the solution."""
    if str(SOLUTION) not in sys.path:
        sys.path.insert(0, str(SOLUTION))
    return importlib.import_module(module)


def answer(function, args):
    """Return what the solution returns, and leaves args as they are."""
    return getattr(solution(FUNCTIONS[function]), function)(
        *copy.deepcopy(args))


@functools.lru_cache(maxsize=None)
def walk_through(dataset):
    """Return data, labels, init_centroids, steps and final_centroids."""
    utils = solution("utils")
    data, labels = utils.read_data(str(SOLUTION / f"data/{dataset}.csv"))
    start = utils.load_centroids(
        str(SOLUTION / f"data/{dataset}_init_centroids.csv"))
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        final = answer("main", [data, start, "no pictures"])
    return data, labels, start, int(printed.getvalue().split()[3]), final


def is_same(expected, received):
    """Return whether two values are equal, but for rounding of numbers."""
    return solution("utils").check_approx_equals(expected, received)


def substitutes(function):
    """Return name -> source of the functions that a function uses."""
    return {name: source_of(name) for name in USES.get(function, [])}


def source_of(function):
    """Return the source of a function of the solution, docstring left out.

    It brings along the imports that the solution has at its top.
    """
    path = SOLUTION / f"{FUNCTIONS[function]}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = [node for node in tree.body if isinstance(node, ast.Import)]
    node, = (node for node in tree.body
             if isinstance(node, ast.FunctionDef) and node.name == function)
    node.body = node.body[1:]
    return ast.unparse(ast.Module([*imports, node], []))
