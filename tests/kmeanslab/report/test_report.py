"""The report: one page that needs nothing else, and plays in a browser."""
import json
import re

import numpy as np
import pytest

from kmeanslab.__main__ import main
from kmeanslab.cli import study_commands
from kmeanslab.data.datasets import load
from kmeanslab.report import page
from kmeanslab.studies import confusion, steps
from tests.kmeanslab.report.reader import Reader, shown


def test_the_page_needs_no_network_and_no_other_file(html):
    """The page needs no network and no other file."""
    read = Reader(html)
    assert not read.all("link") and not read.all("iframe")
    assert not [tag for tag in read.all("script") if "src" in tag]
    assert all(image["src"].startswith("data:image/png;base64,")
               for image in read.all("img"))
    assert not re.search(r"url\(|@import|fetch\(|XMLHttp|https?://", html)
    policy = [tag["content"] for tag in read.all("meta")
              if tag.get("http-equiv") == "Content-Security-Policy"]
    assert policy[0].startswith("default-src 'none'; img-src data:;")


def test_every_picture_says_what_it_shows(html):
    """Every picture has an alternative text."""
    images = Reader(html).all("img")
    assert len(images) > 15
    assert all(len(image["alt"]) > 20 for image in images)


def test_a_phone_can_read_it(html):
    """The page fits a phone: tables and commands scroll."""
    assert {"name": "viewport", "content":
            "width=device-width, initial-scale=1"} in Reader(html).all("meta")
    assert "max-width: 100%" in html and "overflow-x: auto" in html
    assert all("tabindex" in each for each in Reader(html).all("div"))


def test_every_study_is_there_with_its_command_and_its_numbers(folder, html):
    """Every study is there with its command and its numbers."""
    for study in study_commands.STUDIES:
        assert f'<section id="{study}">' in html
        assert f'<a href="#{study}">' in html
        record = json.loads((folder / study / "record.json").read_bytes())
        assert f"<code>{record['command']}</code>" in html
        for note in record["notes"]:
            assert f"<p>{note}</p>" in html
        for name, rows in record["tables"].items():
            assert html.count(f'aria-label="table {name}"') == (
                0 < len(rows) <= page.MAX_ROWS)
    assert "kmeanslab report --data digits --seed 0 --quick" in html
    assert "<h1>K-means on 200 generated digits</h1>" in html


def test_the_data_are_shown_before_all_else(html):
    """The first picture is that of the first images, in the first section."""
    assert html.index('<section id="data">') < html.index('<section id="steps')
    assert Reader(html).all("img")[0]["alt"].startswith("Images titled ")


def test_alternative_texts_are_not_the_captions_again(html):
    """A caption says what a picture means, its alt text what is seen."""
    captions = re.findall("<figcaption>(.*?)</figcaption>", html)
    alts = [image["alt"] for image in Reader(html).all("img")]
    assert len(captions) > 15 and not set(captions) & set(alts)


def test_pictures_come_before_long_tables_which_are_folded(html):
    """Who wants 24 rows opens them; nothing long is between the pictures."""
    restarts = html[html.index('<section id="restarts">'):
                    html.index('<section id="confusion">')]
    assert restarts.rindex("<img") < restarts.index("<details>")
    assert "<summary>24 rows</summary>" in restarts


def test_terms_are_explained_where_they_first_occur(html):
    """Each term that needs it is defined once, before its first table."""
    for term in ("purity", "J", "homogeneity", "matched accuracy",
                 "random baseline", "inertia", "silhouette"):
        found = re.search(f"<dfn>{term}</dfn>", html, re.I)
        assert found, term
    sweep = html[html.index('<section id="sweep">'):]
    assert sweep.index("<dfn>random baseline</dfn>") < sweep.index("<table>")


def test_the_page_is_small(html):
    """At most 3 MB, pictures included."""
    assert len(html.encode()) < 3_000_000


def test_what_is_put_on_the_page_cannot_break_it():
    """What is put on the page cannot break it."""
    rows = [{"<b>": "<script>alert(1)</script>", "n": 1234, "x": None}]
    html = page.table(rows, '<i>"')
    Reader(html)
    assert "<script>" not in html and "<b>" not in html and "<i>" not in html
    assert ">1,234<" in html and ">-<" in html
    assert '"' not in page.picture(b"", 'a "word"').split("alt=")[1][1:-2]


def test_data_without_images_make_a_page_without_pictures_of_them(
        tmp_path, monkeypatch, capsys):
    """Data without images make a page without pictures of them."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    np.savez("mine.npz", X=rng.normal(size=(90, 5)), y=np.arange(90) % 3)
    assert main("report --quick --data mine.npz".split()) == 0
    html = (tmp_path / "results/report/report.html").read_text()
    Reader(html)
    assert 'id="steps"' not in html
    assert "Skipped: mine.npz" in html


def test_ctrl_c_leaves_a_page_of_what_was_finished(
        tmp_path, monkeypatch, capsys):
    """Ctrl-C leaves a page of what was finished."""
    def stopped(*arguments):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(confusion, "run", stopped)
    monkeypatch.setattr(study_commands, "QUICK_IMAGES", 60)
    assert main(["report", "--quick", "--out", str(tmp_path)]) == 130
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'id="restarts"' in html and 'id="confusion"' not in html
    assert capsys.readouterr().err == (
        "kmeanslab: stopped: the page shows what was finished\n")


# The run to be played

def test_steps_are_lloyds_until_no_image_changes():
    """The steps are those of Lloyd until no image changes."""
    data = load("digits", limit=150)
    found = list(steps.run(data, k=4, images=100))
    X, labels = data.X[:100].astype(float), None
    for before, after in zip(found, found[1:]):
        D = np.square(X[:, None] - before.centres.astype(float)).sum(axis=2)
        new = D.argmin(axis=1)
        moved = 100 if labels is None else np.sum(new != labels)
        assert (after.number, after.moved) == (before.number + 1, moved)
        assert after.inertia == pytest.approx(D.min(axis=1).sum() / 255 ** 2)
        for j in range(4):
            np.testing.assert_allclose(after.centres[j],
                                       X[new == j].mean(axis=0))
        labels = new
    assert found[-1].moved == 0 and min(s.moved for s in found[:-1]) > 0


def test_without_scripts_the_last_picture_is_shown(html):
    """Without scripts the last picture is shown."""
    last = html.count('alt="Iteration ')
    assert shown(html)[0] == [last]
    assert '<p class="controls" hidden>' in html
