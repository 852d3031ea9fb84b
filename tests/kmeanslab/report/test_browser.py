"""What a browser shows of the page, and what its buttons do."""
import re
import shutil
import subprocess

from PIL import Image
import numpy as np
import pytest

from tests.kmeanslab.report.reader import shown

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
CHROMIUM = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu",
            "--hide-scrollbars"]


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


browser = pytest.mark.skipif(
    BROWSER is None, reason="no Chromium here to look at the page with")


@browser
def test_a_browser_shows_the_start_and_the_buttons(html, tmp_path):
    """A browser shows the start and the buttons."""
    dom = in_browser(html, "", tmp_path)
    assert shown(dom) == ([0], "The start: images drawn at random.")
    assert '<p class="controls">' in dom


@browser
def test_step_shows_the_next_iteration(html, tmp_path):
    """The button Step shows the next iteration."""
    step = "document.getElementById('step').click();"
    visible, said = shown(in_browser(html, step * 2, tmp_path))
    assert visible == [2] and said.startswith("Iteration 2: ")


@browser
def test_play_goes_on_to_the_end_and_stops(html, tmp_path):
    """The button Play shows all iterations and stops."""
    play = "document.getElementById('play').click();"
    dom = in_browser(html, play, tmp_path)
    last = html.count('alt="Iteration ')
    visible, said = shown(dom)
    assert visible == [last] and ": 0 images changed" in said
    assert '<button id="play" type="button">Play</button>' in dom


@browser
def test_play_again_pauses(html, tmp_path):
    """The button Play pauses when pressed again."""
    play = "document.getElementById('play').click();"
    assert shown(in_browser(html, play * 2, tmp_path))[0] == [0]


@browser
def test_the_slider_goes_to_any_iteration(html, tmp_path):
    """The slider goes to any iteration."""
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
