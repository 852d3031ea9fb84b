"""The built zip, set up and run as on Gradescope, field by field."""
import json
import stat

import jsonschema
import pytest

from tests.autograder.gradescope import SOLUTION, needs_root

pytestmark = needs_root

FORMATS = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
VISIBILITIES = {"enum": ["visible", "hidden", "after_due_date",
                         "after_published"]}
TEXT = {"type": "string", "maxLength": 100_000}
SCHEMA = {
    "type": "object",
    "anyOf": [{"required": ["score"]}, {"required": ["tests"]}],
    "additionalProperties": False,
    "properties": {
        "score": {"type": "number"}, "output": TEXT,
        "execution_time": {"type": "number", "minimum": 0},
        "output_format": FORMATS, "test_output_format": FORMATS,
        "test_name_format": FORMATS, "visibility": VISIBILITIES,
        "stdout_visibility": VISIBILITIES, "extra_data": {"type": "object"},
        "leaderboard": {"type": "array"},
        "tests": {"type": "array", "items": {
            "type": "object", "additionalProperties": False,
            "properties": {
                "score": {"type": "number", "minimum": 0},
                "max_score": {"type": "number", "minimum": 0},
                "status": {"enum": ["passed", "failed"]},
                "name": TEXT, "name_format": FORMATS, "number": TEXT,
                "output": TEXT, "output_format": FORMATS,
                "tags": {"type": "array", "items": {"type": "string"}},
                "visibility": VISIBILITIES,
                "extra_data": {"type": "object"}}}}}}
"""results.json as Gradescope's documentation describes it."""


@pytest.fixture(scope="module")
def graded(gradescope):
    """The solution, graded."""
    return gradescope.submit(SOLUTION)


def test_results_have_the_right_form(graded):
    """Every field of results.json is one that Gradescope knows."""
    run, results = graded
    assert run.returncode == 0, run.stderr
    jsonschema.validate(results, SCHEMA)
    assert results["output_format"] == "text"
    assert results["test_output_format"] == "text"
    for test in results["tests"]:
        assert test.get("score", 0) <= test.get("max_score", 0)


def test_the_solution_gets_full_marks(graded):
    """100 of 100 points, and a subtotal of the rows that are shown."""
    _, results = graded
    assert sum(test.get("score", 0) for test in results["tests"]) == 100
    assert results["output"].startswith("Visible checks: 68 of 68 points.")


def test_staff_sees_the_answers(graded):
    """The answers are printed, which only staff can see, and no row is
    hidden for ever: Gradescope would never show a total."""
    run, results = graded
    assert "centroid5 is missing" in run.stdout
    assert "centroid5 is missing" not in str(results)
    assert "hidden" not in {test["visibility"] for test in results["tests"]}


WITHOUT_ORDER = b"""
def euclidean_distance(point1, point2):
    if len(point1) == 2:
        raise ValueError(object())
    return {'a', 'b', 'c', 'd', 'e'}
"""


def test_grading_twice_gives_the_same(gradescope):
    """The results are the same byte for byte.

    Also where a submission returns what has an address or no order.
    """
    first, second = (json.dumps(gradescope.submit(
        {"kmeans.py": WITHOUT_ORDER})[1]) for _ in range(2))
    assert first == second
    assert "object at 0x..." in first and "{'" in first


def test_folders_are_closed(graded, gradescope):
    """Only root can enter the home, source, submission and results."""
    for name in [".", "source", "submission", "results"]:
        mode = (gradescope.home / name).stat().st_mode
        assert stat.S_IMODE(mode) == 0o700


def test_an_empty_submission_is_graded(gradescope):
    """Nothing handed in: every row is there, with 0 points and a text."""
    run, results = gradescope.submit({})
    assert run.returncode == 0, run.stderr
    jsonschema.validate(results, SCHEMA)
    assert sum(test.get("score", 0) for test in results["tests"]) == 0
    assert sum(test.get("max_score", 0) for test in results["tests"]) == 100
    assert "kmeans.py is missing" in results["tests"][0]["output"]


def test_answers_in_any_language(gradescope, monkeypatch):
    """Grading works where the terminal knows ASCII only."""
    monkeypatch.setitem(gradescope.environment, "PYTHONIOENCODING", "ascii")
    text = "\N{SNOWMAN} \N{LATIN SMALL LETTER E WITH ACUTE} " * 20
    run, results = gradescope.submit({"answers.txt": text.encode()})
    assert run.returncode == 0, run.stderr
    assert any(test["output"] == "Your answers will be graded by a person."
               for test in results["tests"])


def test_a_broken_image_gives_a_valid_result(gradescope):
    """If grading is impossible, students read that it is not their fault."""
    helper = gradescope.home / "source/utils.py"
    source = helper.read_bytes()
    helper.unlink()
    try:
        run, results = gradescope.submit(SOLUTION)
    finally:
        helper.write_bytes(source)
    jsonschema.validate(results, SCHEMA)
    assert run.returncode == 1
    assert results["score"] == 0 and "not your fault" in results["output"]
    assert "utils.py is missing" in run.stderr
