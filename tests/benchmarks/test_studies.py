"""The studies' benchmark checks answers before it prints and writes times."""
import json

import pytest

from benchmarks import studies

TINY = {"sweep": (4,), "restarts": {3: 2}, "confusion": ((3, 200),),
        "words": 5, "images": 300}


@pytest.fixture(scope="module")
def answers():
    """The answers of both libraries on a few images, by study."""
    images, labels, _ = studies.digits(TINY["images"])
    return {name: (labs := studies.enter(images),
                   *(list(work(lab, labels, TINY)) for lab in labs))
            for name, work in studies.STUDIES.items()}


@pytest.mark.parametrize("study", studies.STUDIES)
def test_answers_pass_the_check(answers, study):
    assert "partitions agree" in studies.check(study, *answers[study])


@pytest.mark.parametrize("study", studies.STUDIES)
def test_a_wrong_label_is_an_error(answers, study):
    labs, ours, theirs = answers[study]
    labels = ours[0].labels.copy()
    labels[7] = (labels[7] + 1) % 3
    with pytest.raises(AssertionError, match="1 of our labels"):
        studies.check(study, labs, [ours[0]._replace(labels=labels),
                                    *ours[1:]], theirs)


def test_an_inertia_far_from_theirs_is_an_error(answers):
    labs, ours, theirs = answers["restarts"]
    worse = ours[0]._replace(inertia=1.1 * ours[0].inertia)
    with pytest.raises(AssertionError, match="inertias: 1.1"):
        studies.check("restarts", labs, [worse, *ours[1:]], theirs)


def test_what_is_printed_and_written(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(studies, "QUICK_SIZES", TINY)
    path = tmp_path / "studies.json"
    assert studies.main(["--quick", "--out", str(path)]) == 0
    record = json.loads(path.read_bytes())
    assert set(record["seconds"]) == set(studies.STUDIES)
    assert all(seconds > 0 for each in record["seconds"].values()
               for seconds in each.values())
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in printed[2:]] == [
        *studies.STUDIES, "total"]
