"""The numbers in the written answers are those of the shipped data."""
import pytest

from analysis import assign_labels, majority_count
from kmeans import assign_points_to_centroids, euclidean_distance
from tests.conftest import ROOT
from tests.assignment.test_walkthrough import run

TEXT = " ".join((ROOT / "answers.txt").read_text().split())


@pytest.fixture(scope="module")
def shipped():
    """Return points, labels, initial and final centroids of the letters."""
    return run("mnist")[1:]


def test_the_missing_centroid(shipped):
    """The lost centroid, when it was lost, and the margins are right."""
    data, _, start, final = shipped
    joined = {name: len(points) for name, points
              in assign_points_to_centroids(data, start).items()}
    lost, = start.keys() - final.keys()
    assert joined.keys() == final.keys()
    assert f"{lost} is missing" in TEXT
    mean = {name: round(sum(euclidean_distance(point, centroid)
                            for point in data) / len(data))
            for name, centroid in start.items()}
    assert max(mean, key=mean.get) == lost
    assert f"it lies {mean[lost]} grey levels" in TEXT
    closest = min(mean, key=mean.get)
    assert f"the closest, {closest}, lies {mean[closest]} away" in TEXT
    margin = min(euclidean_distance(point, start[lost])
                 - min(euclidean_distance(point, start[name])
                       for name in final) for point in data)
    assert f"by at least {margin:.1f}," in TEXT
    assert joined["centroid0"] == joined["centroid11"] == 4
    assert f"centroid1 got {joined['centroid1']}" in TEXT
    sizes = {name: len(points) for name, points
             in assign_points_to_centroids(data, final).items()}
    assert (f"they have {sizes['centroid0']} and {sizes['centroid11']}"
            in TEXT)


def test_easy_and_hard_letters(shipped):
    """The counts for each letter and the total are right."""
    data, labels, _, final = shipped
    clusters = assign_labels(data, labels, final)
    for letter in "PXZSWJYOM":
        grouped = sum(found.count(letter) for found in clusters.values()
                      if found.count(letter) == majority_count(found))
        assert (f"({grouped} of the {labels.count(letter)} {letter})"
                in TEXT), letter
    for letter, name in [("J", "centroid2"), ("J", "centroid4"),
                         ("Y", "centroid1"), ("Y", "centroid10"),
                         ("O", "centroid8")]:
        count = clusters[name].count(letter)
        assert any(f"{count} {words}{name}" in TEXT for words in [
            "in ", "of its images are in ",
            "narrow ones are with the C in "]), (letter, name)
    crossed = clusters["centroid10"]
    assert (f"also {crossed.count('K')} K and {crossed.count('Y')} Y"
            in TEXT)
    purest = clusters["centroid3"]
    assert f"{purest.count('M')} of {len(purest)} are M" in TEXT
    correct = sum(map(majority_count, clusters.values()))
    assert (f"{correct} of the {len(data)} images, {correct / len(data)},"
            in TEXT)
