"""Tables as others publish them: headers, label columns, frames."""
import io
import sys

import numpy as np
import pytest

from kmeanslab.data import DataError, datasets, load
from kmeanslab.data.csv_file import read_csv
from kmeanslab.output import progress
from tests.kmeanslab.data.idx import write_idx

N, D = 60, 16


@pytest.fixture
def digits():
    """60 images of 4 x 4 pixels with an empty corner, and their labels."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (N, D), np.uint8)
    X[:, [0, -1]] = 0
    return X, rng.integers(0, 10, N)


def write(path, columns, header=None):
    """Write columns as a CSV file; return its path."""
    rows = ["" if header is None else ",".join(header) + "\n"]
    rows += [",".join(map(str, row)) + "\n" for row in zip(*columns)]
    path.write_text("".join(rows))
    return path


def whole(path, label=None):
    """The rows of both parts in the order of the file, and their names."""
    parts = [load(path, part, label=label) for part in ("train", "test")]
    rows = [datasets.drawn(N, part, None, 0) for part in ("train", "test")]
    order = np.argsort(np.concatenate(rows))
    X = np.concatenate([each.X for each in parts])[order]
    codes = np.concatenate([each.labels for each in parts])[order]
    return X, [parts[0].classes[code] for code in codes], parts[0]


# The label column of a CSV

@pytest.mark.parametrize("at", [0, D])
@pytest.mark.parametrize("header", [False, True])
def test_a_label_column_of_numbers_is_guessed_at_either_end(
        digits, tmp_path, at, header):
    """Ten classes at one end, an empty corner at the other: it is certain."""
    X, labels = digits
    columns = list(X.T)
    columns.insert(at, labels)
    names = [f"pixel{i}" for i in range(D)]
    names.insert(at, "label")
    path = write(tmp_path / "a.csv", columns, names if header else None)
    found, words, data = whole(path)
    np.testing.assert_array_equal(found, X)
    assert words == list(map(str, labels)) and found.dtype == np.uint8
    assert data.shape == (4, 4) and data.classes == tuple("0123456789")
    column = "'label'" if header else at + 1
    assert data.name.endswith(f", labels in column {column}")


@pytest.mark.parametrize("label", ["last", "kind"])
def test_the_label_column_can_be_named(digits, tmp_path, label):
    """A column that no rule would find is taken when it is named."""
    X, labels = digits
    path = write(tmp_path / "a.csv", [*X.T, labels * 30],
                 [*(f"p{i}" for i in range(D)), "kind"])
    assert whole(path, label)[1] == list(map(str, labels * 30))


def test_a_column_of_text_is_the_label_wherever_it_is(tmp_path):
    """Names in the middle of a table are its labels."""
    path = tmp_path / "a.csv"
    path.write_text("x,kind,y\n" + "1.5,oak,2\n2.5,elm,3\n" * 3)
    X, labels, note = read_csv(path, None)
    assert X.tolist() == [[1.5, 2], [2.5, 3]] * 3
    assert labels.tolist() == ["oak", "elm"] * 3 and note == "column 'kind'"


def test_a_column_that_counts_the_rows_is_dropped(tmp_path):
    """pandas writes its index as a first column without a name."""
    path = tmp_path / "a.csv"
    path.write_text(",x,y,label\n0,1,2,a\n1,3,4,b\n")
    X, labels, _ = read_csv(path, None)
    assert X.tolist() == [[1, 2], [3, 4]] and labels.tolist() == ["a", "b"]


def test_a_header_may_number_the_columns(digits, tmp_path):
    """A first line 0,1,2,...,16 is a header; ten whole numbers are needed."""
    X, labels = digits
    path = write(tmp_path / "a.csv", [labels, *X.T], map(str, range(D + 1)))
    assert len(read_csv(path, None)[0]) == N
    path.write_text("0,1,2\n5,3,4\n")
    assert read_csv(path, "first")[0].tolist() == [[1, 2], [3, 4]]


def test_a_corner_with_a_few_strokes_is_no_label(digits, tmp_path):
    """A pixel that is empty in 95 of 100 images has no classes."""
    X, labels = digits
    X[:3, -1] = 7, 9, 7
    path = write(tmp_path / "a.csv", [labels, *X.T])
    assert whole(path)[1] == list(map(str, labels))


def test_fractions_and_images_have_no_labels(digits, tmp_path):
    """All columns are values where no column can be a class."""
    rng = np.random.default_rng(0)
    for columns in (rng.random((3, N)), digits[0].T):
        data = load(write(tmp_path / "a.csv", columns))
        assert data.labels is None and data.name.endswith("without labels")
        assert data.X.shape[1] == len(columns)


def test_label_none_makes_all_columns_values(digits, tmp_path):
    """--label none is believed where a label could be found."""
    X, labels = digits
    data = load(write(tmp_path / "a.csv", [labels, *X.T]), label="none")
    assert data.labels is None and data.X.shape[1] == D + 1


@pytest.mark.parametrize("columns, header, label, sentence", [
    ([[1, 2] * 9, [1.5] * 18, [3, 4] * 9], None, None,
     "cannot tell which column holds the labels: add --label first, last, "
     "none or the name of a column"),
    ([[1, 2], [3, 4]], ["x", "kind"], "knd", "has no column 'knd': did you "
     "mean 'kind'?"),
    ([[1, 2], [3, 4]], ["x", "z"], "label", "has no column 'label': its "
     "columns are x, z"),
    ([[1, 2], [3, 4]], None, "kind", "has no header line, so there is no "
     "column 'kind'"),
    ([["a", "b"], ["c", "d"], [1, 2]], ["x", "y", "z"], "first",
     "column 'y' is text, but all columns except the labels must be numbers"),
])
def test_uncertain_columns_are_asked_for(
        tmp_path, columns, header, label, sentence):
    """One sentence says what to add."""
    path = write(tmp_path / "a.csv", columns, header)
    with pytest.raises(DataError) as caught:
        load(path, label=label)
    assert sentence in str(caught.value) and "a.csv" in str(caught.value)


@pytest.mark.parametrize("source", ["digits", "a.npz"])
def test_only_tables_have_label_columns(source, folder):
    """--label with other data is an error, not ignored."""
    np.savez("a.npz", X=np.zeros((9, 3)), y=np.arange(9) % 2)
    with pytest.raises(DataError, match="is not a table, so it has no label "
                       "column 'last': leave out --label"):
        load(source, label="last")


@pytest.mark.parametrize("first", ["7", "seven"])
def test_reading_shows_a_bar_on_a_terminal(tmp_path, monkeypatch, first):
    """Both readers of CSV files do: that of numbers, and that of text."""
    path = write(tmp_path / "a.csv", [[first, "3"] * 9, [1.5, 2] * 9])
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    load(path, label="first")
    assert "reading a.csv" in terminal.getvalue()


def test_without_tqdm_there_is_no_bar(monkeypatch):
    """The items come all the same."""
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert list(progress([1, 2], "counting")) == [1, 2]


# Labels that say nothing

def test_a_single_class_is_refused(digits, tmp_path):
    """Purity is 1 for any clusters: pixel 1 taken as the label, say."""
    path = write(tmp_path / "a.csv", [*digits[0].T, digits[1]])
    with pytest.raises(DataError, match="all rows have the label '0', so "
                       "every cluster would be pure: choose another --label"):
        datasets.require_labels(load(path, label="first"), "this study")


def test_labels_of_one_row_each_are_refused(tmp_path):
    """A column of identifiers is no class."""
    path = write(tmp_path / "a.csv", [range(N), np.arange(N) / 7])
    with pytest.raises(DataError, match="each row has a label of its own"):
        datasets.require_labels(load(path, label="first"), "this study")


def test_labels_like_pixels_raise_doubts(tmp_path):
    """More than 100 numbers are warned of; names and classes are not."""
    values = np.arange(400) % 150
    path = write(tmp_path / "a.csv", [values, np.arange(400) / 7])
    data = load(path, label="first")
    assert "150 different numbers, which looks like" in datasets.doubts(data)
    words = data._replace(classes=tuple(f"w{i}" for i in range(150)))
    assert datasets.doubts(words) is None
    assert datasets.doubts(load(limit=30)) is None


# Published pairs

def pair(folder, name, n, start=0):
    """Write an IDX pair of n images; returns the path of the images."""
    images = np.arange(start, start + 16 * n).astype(np.uint8)
    write_idx(folder / f"{name}-labels-idx1-ubyte",
              np.arange(n, dtype=np.uint8) % 7)
    return write_idx(folder / f"{name}-images-idx3-ubyte.gz",
                     images.reshape(n, 4, 4))


@pytest.mark.parametrize("test", ["t10k", "test"])
def test_a_published_pair_is_whole_and_in_its_order(tmp_path, test):
    """The test images next to it are the test part, and nothing is drawn."""
    path = pair(tmp_path, "train", 40)
    pair(tmp_path, test, 5, start=100)
    train, tests = load(path, seed=3), load(path, "test", seed=3)
    assert train.X[:, 0].tolist() == [16 * i % 256 for i in range(40)]
    assert tests.X[:, 0].tolist() == [100 + 16 * i for i in range(5)]
    assert train.classes == tests.classes == tuple("0123456")
    assert train.name == "train-images-idx3-ubyte.gz, 40 training rows"
    assert load(path, limit=2).X[1, 0] == 16


def test_a_pair_without_a_test_part_is_split_and_says_so(tmp_path):
    """A fifth is for testing, and the name says who drew it."""
    data = load(pair(tmp_path, "train", 40))
    assert data.name == ("train-images-idx3-ubyte.gz, 32 training rows of 40, "
                         "drawn by seed 0")


# Frames

@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_frame_is_read_by_its_own_library(digits, library):
    """The column called label, numbers kept as they are."""
    module = pytest.importorskip(library, reason=f"needs {library}")
    X, labels = digits
    columns = {"label": labels, **{f"p{i}": X[:, i] for i in range(D)}}
    frame = (module.table(columns) if library == "pyarrow"
             else module.DataFrame(columns))
    found, words, data = whole(frame)
    np.testing.assert_array_equal(found, X)
    assert found.dtype == np.uint8 and words == list(map(str, labels))
    assert data.name == ("a frame, 48 training rows of 60, drawn by seed 0, "
                         "labels in column 'label'")


def test_text_in_a_frame_is_the_label(tmp_path):
    """Categories are names; a second column of text is refused."""
    pandas = pytest.importorskip("pandas", reason="needs pandas")
    frame = pandas.DataFrame({"x": np.arange(10.0), "kind": list("ab") * 5})
    assert load(frame).classes == ("a", "b")
    with pytest.raises(DataError, match="column 'other' is text"):
        load(frame.assign(other="c"), label="kind")


@pytest.mark.parametrize("suffix, write", [
    (".parquet", "pyarrow.parquet.write_table"),
    (".feather", "pyarrow.feather.write_feather")])
def test_parquet_and_arrow_files_are_read(digits, tmp_path, suffix, write):
    """The rows and labels that were written."""
    pyarrow = pytest.importorskip("pyarrow", reason="needs pyarrow")
    pytest.importorskip(write.rpartition(".")[0])
    X, labels = digits
    table = pyarrow.table({**{f"p{i}": X[:, i] for i in range(D)},
                           "label": labels})
    path = tmp_path / f"a{suffix}"
    module = __import__(write.rpartition(".")[0], fromlist=["x"])
    getattr(module, write.rpartition(".")[2])(table, str(path))
    np.testing.assert_array_equal(whole(path)[0], X)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=f"is damaged or no {suffix} file"):
        load(path)


def test_a_missing_library_is_named(tmp_path, monkeypatch):
    """One sentence says what to install."""
    from kmeanslab.data import frames

    def missing(name):
        raise ImportError(name)
    monkeypatch.setattr(frames, "import_module", missing)
    (tmp_path / "a.parquet").touch()
    with pytest.raises(DataError, match="needs pyarrow or polars: python -m "
                       "pip install pyarrow"):
        load(tmp_path / "a.parquet")
