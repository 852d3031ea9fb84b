"""What the tests of data share."""
import pytest


@pytest.fixture
def data_folder(tmp_path, monkeypatch):
    """An empty folder KMEANSLAB_DATA, with an empty cache in it."""
    monkeypatch.setenv("KMEANSLAB_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path
