"""What stops a call has a sentence, also where a limit of the sandbox does."""
import time

import pytest

from autograder.case_grading import NOT_RUN
from tests.autograder.gradescope import needs_root
from tests.autograder.grading import CALL, replaced, with_body

pytestmark = needs_root

MESSAGES = {
    "pass": "mean_of_points() returned None; have you implemented it yet?",
    "return list_of_points[99]":
        f"{CALL} stopped with IndexError: list index out of range\n"
        "  in line 95 of kmeans.py: return list_of_points[99]",
    "while True: pass":
        f"{CALL} did not finish within 2 seconds and was stopped. "
        "Is there a loop that never ends?",
    "exit()": f"{CALL} ended the whole program: remove exit()",
    "return 'middle'":
        f"{CALL}\n  expected: [2.0, 15.0]\n"
        "  received: 'middle'\n  That is a string, but it should be a list.",
    "return zip(*list_of_points)": "zip",
    "return input('mean? ')":
        f"{CALL} asks for input, and there is none during grading: "
        "remove input() from line 95 of kmeans.py.",
    "return mean_of_points(list_of_points)": "RecursionError",
    "return [0] * 10**12": f"{CALL} ran out of memory.",
    "while True: print('.' * 999)":
        f"{CALL} printed or returned too much and was stopped.",
}


@pytest.mark.parametrize("body", MESSAGES)
def test_what_went_wrong_is_said(graded, body):
    """Each way to go wrong has a sentence that names the function."""
    files = with_body("mean_of_points", f"    {body}")
    row, = graded(files, "examples mean_of_points").values()
    source = files["kmeans.py"].decode().splitlines()
    line = source.index(f"    {body}") + 1
    assert row.share == 0
    assert MESSAGES[body].replace("line 95", f"line {line}") in row.text


@pytest.mark.parametrize("body", [
    "pass", "exit()", "return 'middle'", "return [list_of_points[0][1]] * 2",
    "return list_of_points[99]"])
def test_forks_give_what_the_sandbox_gives(graded, scored, body):
    """So scores and sentences can be tested without it."""
    files = with_body("mean_of_points", f"    {body}")
    checks = ["imports", *(f"examples {name}" for name in [
        "mean_of_points", "update_centroids"])]
    assert scored(files, *checks) == graded(files, *checks)


HUNGRY = [
    "x = []\n    while True:\n        x.append([0] * 10_000)",
    "x = 'a'\n    while True:\n        x += x",
    "x = {}\n    while True:\n        x[len(x)] = str(len(x)) * 100",
    "x = [0]\n    while True:\n        x = x + x",
    "return [[0] * 10 ** 7 for _ in range(10 ** 7)]",
    "x = [bytearray(10 ** 6) for _ in range(440)]\n    y = []\n"
    "    while True:\n        y.append(len(y))"]


@pytest.mark.parametrize("body", HUNGRY)
def test_running_out_of_memory_has_one_sentence(graded, body):
    """However it runs out, and each time; never that it called exit()."""
    files = with_body("mean_of_points", f"    {body}")
    texts = set()
    for _ in range(3):
        row, = graded(files, "examples mean_of_points", seconds=30).values()
        texts.add(row.text)
    assert len(texts) == 1
    assert f"{CALL} ran out of memory." in texts.pop()


def test_expensive_calls_are_not_repeated(graded):
    """After two calls without an end the others are not tried."""
    files = replaced("mean_of_points", "    while True: pass")
    started = time.monotonic()
    rows = graded(files, "examples mean_of_points", "fresh mean_of_points",
                  "examples update_centroids")
    assert time.monotonic() - started < 40
    assert rows["mean_of_points: examples"].text.endswith(NOT_RUN)
    assert rows["update_centroids: examples"].share == 1
