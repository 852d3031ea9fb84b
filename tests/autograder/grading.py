"""Submissions that mean well, graded in the real sandbox.

Each is the solution with something changed.
"""
import ast


from tests.autograder.gradescope import SOLUTION


CALL = "mean_of_points([[1, 10], [3, 20]])"


def changed(module, old, new):
    """Return the solution with a piece of one file replaced."""
    source = SOLUTION[f"{module}.py"].decode()
    assert source.count(old) == 1
    return {**SOLUTION, f"{module}.py": source.replace(old, new).encode()}


def with_body(function, body):
    """Return the solution with another body for a function of kmeans.py."""
    from autograder.build import without_bodies
    starter = without_bodies(SOLUTION["kmeans.py"].decode())
    head, tail = starter.split(f"def {function}(")
    first, rest = tail.split("    return None\n", 1)
    place = "    # Write your code here, in place of the next line.\n"
    return {**SOLUTION, "kmeans.py": (
        head + f"def {function}(" + first.replace(place, "") + body
        + "\n" + rest).encode()}


def replaced(function, body):
    """Return the solution with another body for one of its functions."""
    source = SOLUTION["kmeans.py"].decode()
    node, = (node for node in ast.parse(source).body
             if getattr(node, "name", "") == function)
    lines = source.splitlines()
    lines[node.body[0].end_lineno:node.end_lineno] = [body]
    return {**SOLUTION, "kmeans.py": "\n".join([*lines, ""]).encode()}
