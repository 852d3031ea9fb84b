"""The numbers in the handout come from the data and the table of points."""
import dataclasses
import re

import pytest

from autograder import build, checks, handout, reference, style
from tests.conftest import ROOT

TEXT = (ROOT / "HANDOUT.md").read_text(encoding="utf-8")


def test_the_handout_tells_the_truth():
    """Nothing in it would have to be replaced."""
    assert handout.fill_in(TEXT, checks.table()) == (TEXT, [])


@pytest.mark.parametrize("number", range(10))
def test_every_fact_is_checked(number):
    """A wrong value is found and put right, and nothing else is changed."""
    table = checks.table()
    fact = handout.facts(table)[number]
    match = re.search(fact.pattern, TEXT)
    for i in range(1, len(fact.values) + 1):
        wrong = {"a tenth": "a third", "twelve": "seventeen",
                 "Twelve": "Seventeen", "7": "9"}.get(match[i], "7")
        if "letters" in fact.name and " " in match[i]:
            wrong = "A B C"
        text = TEXT[:match.start(i)] + wrong + TEXT[match.end(i):]
        filled, replaced = handout.fill_in(text, table)
        assert filled == TEXT
        assert [line.lower() for line in replaced] == [
            f"{fact.name}: {wrong} should be {match[i]}".lower()]


def test_all_facts_are_tried():
    """The test above knows how many there are."""
    assert len(handout.facts(checks.table())) == 10


def test_a_fact_that_is_not_stated_is_an_error():
    """A sentence that was rewritten is named, with what to do."""
    with pytest.raises(handout.HandoutError) as error:
        handout.fill_in(TEXT.replace("small pictures", "little images"),
                        checks.table())
    assert "does not state the number of pictures" in str(error.value)
    assert "autograder/handout.py" in str(error.value)


def test_other_points_and_other_data(monkeypatch):
    """Points, letters, steps and the accuracy follow what was changed."""
    points, _, start, _, final = reference.walk_through("2d")
    walks = {"2d": (points[:50], ["A"] * 50, start, 3, final),
             "mnist": (points[:60], ["Q", "B"] * 30, final, 4, final)}
    monkeypatch.setattr(reference, "walk_through", lambda name: walks[name])
    monkeypatch.setattr(style, "MAX_FINDINGS", 20)
    table = [dataclasses.replace(check, points=2 * check.points)
             for check in checks.table()]
    text, replaced = handout.fill_in(TEXT, table)
    for words in ["converged after 3 steps", "converged after 4 steps",
                  "letters are B Q.", "two first centroids", "Two centroids",
                  "pile of 60 small pictures", "50 points in the plane",
                  "Of 200 points 16 are for style", "costs a twentieth of",
                  "| style | 16 |"]:
        assert words in " ".join(text.split()), words
    assert len(replaced) > 15


def test_a_function_that_is_given():
    """The handout says so, and the points are those of the others."""
    table = checks.table(["main"])
    assert sum(check.points for check in table) == 100
    text, _ = handout.fill_in(TEXT, table)
    assert "| `main` on both datasets | 0 |" in text
    assert "on examples that you are shown | 48 |" in text
    text = handout.give(text, ["main"])
    assert ("dataset)`\n\n*This function is given: it is already written.*"
            in text)
    with pytest.raises(handout.HandoutError):
        handout.give(text, ["mean"])


@pytest.mark.parametrize("given", [
    ["main"], ["euclidean_distance"], ["accuracy", "main"],
    ["mean_of_points", "update_centroids", "majority_count"]])
def test_points_of_given_functions_go_to_the_others(given):
    """The sum stays, in whole points, and given functions are worth none."""
    table = checks.table(given)
    assert sum(check.points for check in table) == 100
    assert all(check.points == int(check.points) for check in table)
    for check in table:
        if check.what in given:
            assert check.points == 0
    assert len(table) == len(checks.table())


def test_the_starter_keeps_given_bodies():
    """The others are still to be written."""
    source = build.starter_module("kmeans", ["main"])
    assert source.count("    return None\n") == 5
    assert "while not converged(" in source


def test_nobody_can_give_what_there_is_not():
    """A name that is misspelt is refused."""
    with pytest.raises(ValueError, match="no function mian to give away"):
        checks.table(["mian"])
