"""The report: one page that needs nothing else, and plays in a browser."""
from html.parser import HTMLParser
import json
import re
import shutil
import subprocess

from PIL import Image
import numpy as np
import pytest

from kmeanslab.__main__ import main
from kmeanslab.cli import study_commands
from kmeanslab.data.datasets import load
from kmeanslab.report import page
from kmeanslab.studies import confusion, steps

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
CHROMIUM = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu",
            "--hide-scrollbars"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What `kmeanslab report --quick` writes for few images."""
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study_commands, "QUICK_IMAGES", 200)
        assert main(["report", "--quick", "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def html(folder):
    """The page."""
    return (folder / "report.html").read_text(encoding="utf-8")


class Reader(HTMLParser):
    """Collects what is on a page, and checks that all tags are closed."""

    def __init__(self, html):
        super().__init__()
        self.found, self.open = [], []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in ("img", "meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, tag):
        """The attributes of all tags of a kind."""
        return [attributes for each, attributes in self.found if each == tag]


def test_the_page_needs_no_network_and_no_other_file(html):
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
    images = Reader(html).all("img")
    assert len(images) > 15
    assert all(len(image["alt"]) > 20 for image in images)


def test_a_phone_can_read_it(html):
    assert {"name": "viewport", "content":
            "width=device-width, initial-scale=1"} in Reader(html).all("meta")
    assert "max-width: 100%" in html and "overflow-x: auto" in html
    assert all("tabindex" in each for each in Reader(html).all("div"))


def test_every_study_is_there_with_its_command_and_its_numbers(folder, html):
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
    assert Reader(html).all("img")[0]["alt"].startswith("Images titled 6, ")


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
    rows = [{"<b>": "<script>alert(1)</script>", "n": 1234, "x": None}]
    html = page.table(rows, '<i>"')
    Reader(html)
    assert "<script>" not in html and "<b>" not in html and "<i>" not in html
    assert ">1,234<" in html and ">-<" in html
    assert '"' not in page.picture(b"", 'a "word"').split("alt=")[1][1:-2]


def test_data_without_images_make_a_page_without_pictures_of_them(
        tmp_path, monkeypatch, capsys):
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


def in_browser(html, actions, tmp_path, wait=20_000, width=1200):
    """The page after some JavaScript ran in it, as the browser has it."""
    path = tmp_path / "acted.html"
    policy = re.search("<meta http-equiv=[^>]*>", html)[0]
    path.write_text(html.replace("</body>", f"<script>{actions}</script>"
                                 "</body>"), encoding="utf-8")
    assert policy in path.read_text(encoding="utf-8")
    run = subprocess.run(
        [*CHROMIUM, f"--user-data-dir={tmp_path / 'profile'}",
         f"--window-size={width},2000",
         f"--virtual-time-budget={wait}", "--dump-dom", path.as_uri()],
        capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    return run.stdout


def shown(dom):
    """Which picture of the run is shown, and its description."""
    figure = dom[dom.index('<figure id="steps">'):]
    figure = figure[:figure.index("</figure>")]
    images = [attributes for tag, attributes in Reader(figure + "</figure>")
              .found if tag == "img"]
    visible = [i for i, image in enumerate(images) if "hidden" not in image]
    return visible, re.search('id="description"[^>]*>([^<]*)<', figure)[1]


browser = pytest.mark.skipif(
    BROWSER is None, reason="no Chromium here to look at the page with")


@browser
def test_a_browser_shows_the_start_and_the_buttons(html, tmp_path):
    dom = in_browser(html, "", tmp_path)
    assert shown(dom) == ([0], "The start: images drawn at random.")
    assert '<p class="controls">' in dom


@browser
def test_step_shows_the_next_iteration(html, tmp_path):
    step = "document.getElementById('step').click();"
    visible, said = shown(in_browser(html, step * 2, tmp_path))
    assert visible == [2] and said.startswith("Iteration 2: ")


@browser
def test_play_goes_on_to_the_end_and_stops(html, tmp_path):
    play = "document.getElementById('play').click();"
    dom = in_browser(html, play, tmp_path)
    last = html.count('alt="Iteration ')
    visible, said = shown(dom)
    assert visible == [last] and ": 0 images changed" in said
    assert '<button id="play" type="button">Play</button>' in dom


@browser
def test_play_again_pauses(html, tmp_path):
    play = "document.getElementById('play').click();"
    assert shown(in_browser(html, play * 2, tmp_path))[0] == [0]


@browser
def test_the_slider_goes_to_any_iteration(html, tmp_path):
    slide = ("var slider = document.getElementById('slider');"
             "slider.value = 1; slider.dispatchEvent(new Event('input'));")
    assert shown(in_browser(html, slide, tmp_path))[0] == [1]


@browser
def test_play_does_not_interrupt_a_screen_reader(html, tmp_path):
    """The description is announced for a step, not while the run plays."""
    live = 'id="description" aria-live="%s"'
    play = "document.getElementById('play').click();"
    assert live % "polite" in in_browser(html, "", tmp_path)
    paused = play + "var d = document.getElementById('description');" \
        "d.dataset.playing = d.getAttribute('aria-live');" + play
    dom = in_browser(html, paused, tmp_path)
    assert 'data-playing="off"' in dom and live % "polite" in dom


@browser
@pytest.mark.parametrize("width", [1200, 400])
def test_nothing_is_wider_than_the_window(html, tmp_path, width):
    """Only tables and commands scroll sideways, each within itself."""
    measure = """
document.body.style.width = "WIDTHpx";
document.querySelectorAll("details").forEach(each => each.open = true);
var right = document.body.getBoundingClientRect().right, wide = [];
document.querySelectorAll("h1,h2,p,figure,img,nav,.table,pre").forEach(
  function (each) {
    if (each.getBoundingClientRect().right > right + 1)
      wide.push(each.tagName);
  });
document.body.dataset.wide = "wide:" + wide.join();
""".replace("WIDTH", str(width - 32))
    dom = in_browser(html, measure, tmp_path, width=width)
    assert 'data-wide="wide:"' in dom


@browser
@pytest.mark.parametrize("width", [1200, 400])
def test_a_browser_draws_the_page(html, tmp_path, width):
    """What is drawn at this width has a title, text and pictures."""
    target = tmp_path / "page.png"
    path = tmp_path / "page.html"
    path.write_text(html, encoding="utf-8")
    subprocess.run([*CHROMIUM, f"--user-data-dir={tmp_path / 'profile'}",
                    f"--window-size={width},3000", f"--screenshot={target}",
                    path.as_uri()], capture_output=True, timeout=120,
                   check=True)
    with Image.open(target) as picture:
        grey = np.asarray(picture.convert("L"))
    assert grey.shape[1] == width and grey[0, 0] == 255
    for part in np.array_split(grey, 6):
        assert part.std() > 5
    assert (grey[:, -8:] == 255).mean() > 0.99


def test_without_scripts_the_last_picture_is_shown(html):
    last = html.count('alt="Iteration ')
    assert shown(html)[0] == [last]
    assert '<p class="controls" hidden>' in html
