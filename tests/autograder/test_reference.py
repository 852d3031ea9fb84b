"""The solution answers questions of children, and limits its own work."""
import time

import pytest

from autograder import reference
from autograder.sandbox.answers import Answers


def test_stand_ins_are_the_earlier_functions():
    """A function may ask for those that the handout lets it use."""
    assert list(reference.stand_ins("euclidean_distance")) == []
    assert list(reference.stand_ins("update_centroids")) == ["mean_of_points"]
    assert "accuracy" not in reference.stand_ins("accuracy")
    assert set(reference.stand_ins_for_kmeans()) == set(
        reference.GRADED[:5])


def test_arguments_have_positions_or_names():
    """As when the function itself is called."""
    ask = reference.answer_question
    assert ask("euclidean_distance", [0, 0], point2=[3, 4]) == 5.0
    with pytest.raises(TypeError):
        ask("euclidean_distance", [0, 0], other=[3, 4])


@pytest.mark.parametrize("name, args", [
    ("assign_points_to_centroids", [[[0]] * 30_000,
                                    {i: [i] for i in range(900)}]),
    # one list, not 900: all the checks that follow fork this process
    ("get_closest_centroid", [[0] * 30_000, dict.fromkeys(
        range(900), [0] * 30_000)]),
    ("assign_labels", [[[0]] * 30_000, [1] * 30_000,
                       {i: [i] for i in range(900)}])])
def test_too_much_work_is_refused(name, args):
    """No question keeps the grader busy for long."""
    started = time.process_time()
    with pytest.raises(reference.TooMuchWorkError):
        reference.answer_question(name, *args)
    assert time.process_time() - started < 5


def test_the_work_of_the_exercise_is_not_too_much():
    """A main with all stand-ins can cluster the letters."""
    data, _, start, _, _ = reference.walk_through("mnist")
    assert reference._work([data, start]) < reference.MAX_WORK / 2


@pytest.mark.parametrize("line, answer", [
    (b'{"ask":"f","args":[-1],"named":{}}', b'{"value":1}\n'),
    (b'{"ask":"f","args":[],"named":{"x":-2}}', b'{"error":"TypeError"}\n'),
    (b'{"ask":"g","args":[1],"named":{}}', b'{"error":"KeyError"}\n'),
    (b'{"ask":"f"}', b'{"error":"KeyError"}\n'),
    (b'{"ask":[],"args":[],"named":{}}', b'{"error":"TypeError"}\n'),
    (b'{"ask":"f","args":{"what":1},"named":{}}', b'{"error":"CodecError"}\n'),
    (b'{"ask": nonsense', b'{"error":"CodecError"}\n'),
    (b'{"ask":"f","args":[1],"named":5}', b'{"error":"AttributeError"}\n'),
    (b'{"ok":true}', None), (b"", None)])
def test_whatever_is_asked_has_an_answer(line, answer):
    """Errors are answers; only questions are."""
    assert Answers({"f": abs}).answer(line) == answer


def test_without_stand_ins_nothing_is_a_question():
    """A child that got none cannot ask."""
    assert Answers({}).answer(b'{"ask":"f","args":[],"named":{}}') is None
