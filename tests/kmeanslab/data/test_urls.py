"""Data at a URL: downloaded once, and only with the right checksum."""
import hashlib

import pytest

from kmeanslab.data import DataError, download, load
from tests.kmeanslab.data.mirror import Mirror


@pytest.fixture
def server(monkeypatch):
    """A server of one CSV file."""
    monkeypatch.setenv("no_proxy", "*")
    mirror = Mirror({"a.csv": b"A,1,2\nB,3,4\n" * 10})
    yield mirror
    mirror.close()


def test_a_url_with_a_checksum_is_downloaded_once(folder, server):
    """The file is checked, kept in the cache, and read like any other."""
    digest = hashlib.sha256(server.files["a.csv"]).hexdigest()
    url = f"{server.address('good')}a.csv#sha256={digest}"
    data = load(url)
    assert data.X.shape == (16, 2) and data.classes == ("A", "B")
    assert data.name.startswith("a.csv, 16 training rows of 20")
    load(url, "test")
    assert len(server.asked) == 1


@pytest.mark.parametrize("fragment, sentence", [
    ("", "needs a checksum: add #sha256= and the 64 digits"),
    ("#sha256=12", "needs a checksum"),
    ("#sha256=" + 64 * "0", "could not be downloaded: it sent other bytes")])
def test_a_url_needs_the_right_checksum(folder, server, fragment, sentence):
    """Without one, or with another, nothing is read."""
    with pytest.raises(DataError, match=sentence):
        load(f"{server.address('good')}a.csv{fragment}")
    assert not list(folder.rglob("*.csv"))


def test_a_url_that_does_not_answer_is_one_sentence(folder, server):
    """What the server said is passed on."""
    with pytest.raises(DataError, match="could not be downloaded: it answered "
                       "404: check the URL and its checksum"):
        load(f"{server.address('good')}b.csv#sha256={64 * '0'}")
    assert download.MAX_URL_BYTES > download.MAX_MNIST_BYTES
