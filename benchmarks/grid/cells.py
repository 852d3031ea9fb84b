"""The cells of the grid: which task, on which data, with how many clusters.

    grid     blobs and uniform points, 150 x 4 to 1,000,000 x 2: 66 fits
    known    iris, wine, digits, pixels of a photograph, MNIST
    wide     customers-like and embeddings-like points
    text     CSR, up to 100,000 x 50,000 and 2,000 x 2^20
    default  KMeans(k, random_state=...) and MiniBatchKMeans as users call them
    calls    predict, transform, score, partial_fit
    process  whole Python processes, from their start to their end
    memory   the peak of a fit in a fresh process
"""
from typing import NamedTuple

GRID_SOURCES = "blobs", "uniform"
FLOATS = "float64", "float32"
SHAPES = (               # n, d, k of both kinds of points
    (500, 2, 5), (1000, 10, 8), (2000, 50, 10),
    (10_000, 2, 8), (10_000, 8, 20), (10_000, 64, 32),
    (100_000, 2, 8), (100_000, 2, 64), (100_000, 3, 256), (100_000, 10, 10),
    (100_000, 16, 64), (100_000, 32, 128), (100_000, 128, 20),
    (1_000_000, 2, 8), (1_000_000, 3, 64), (1_000_000, 16, 64))
IRIS, WINE, CANCER, DIGITS = (
    (150, 4, 3), (178, 13, 3), (569, 30, 2), (1797, 64, 10))
PIXELS, MNIST, CUSTOMERS = (273_280, 3), (60_000, 784), (10_000, 20, 5)
TEXTS = ((3600, 19_400, 15), (11_300, 130_000, 20), (100_000, 50_000, 20),
         (2000, 2 ** 20, 10))
EMBEDDING_ITERATIONS, TEXT_ITERATIONS = 10, 20
MNIST_ITERATIONS = 300   # until no label changes, as `benchmarks.engine`
FIT_WORK = 1e10          # n k (d + PAIR_WORK) of all iterations, about
PAIR_WORK = 16           # of a distance besides its columns, in columns
ITERATIONS = 20, 300     # of a fit, min and max
FRESH = "process", "uncompiled", "memory"    # tasks in fresh processes


class Cell(NamedTuple):
    """One line of the table."""
    task: str            # a name in `tasks.TASKS`, or "memory"
    source: str          # a name in `sources.SOURCES`
    n: int
    d: int
    k: int
    dtype: str = "float64"
    max_iter: int = 0    # of a fit; 0: `iteration_limit`

    @property
    def name(self):
        """The text that `--only` is searched in."""
        return (f"{self.task} {self.source} {self.n:,} x {self.d:,}, "
                f"k = {self.k:,}, {self.dtype}")

    @property
    def iteration_limit(self):
        """Max iterations: enough to converge, fewer where that takes long."""
        low, high = ITERATIONS
        limit = int(FIT_WORK / (self.n * self.k * (self.d + PAIR_WORK)))
        return self.max_iter or min(max(limit, low), high)


def all_cells():
    """Return the list of all cells."""
    return (grid() + known() + wide() + text() + default() + calls()
            + processes() + memory())


def grid():
    """Return the 66 fits on blobs and uniform points."""
    return [Cell("fit", source, *shape, dtype)
            for dtype in FLOATS
            for source, shapes in (("blobs", (IRIS, *SHAPES)),
                                   ("uniform", SHAPES))
            for shape in shapes]


def known():
    """Return fits on data that everybody has."""
    return [Cell("fit", "iris", *IRIS), Cell("fit", "wine", *WINE),
            Cell("fit", "cancer", *CANCER), Cell("fit", "digits", *DIGITS),
            *(Cell("fit", "pixels", *PIXELS, k, "uint8")
              for k in (8, 64, 256)),
            Cell("fit", "pixels", *PIXELS, 64, "float64"),
            *(Cell("fit", "MNIST", *MNIST, k, dtype, MNIST_ITERATIONS)
              for dtype in ("uint8", *FLOATS) for k in (10, 64, 256))]


def wide():
    """Return fits on customers-like and embeddings-like points."""
    return [*(Cell("fit", "customers", *CUSTOMERS, dtype) for dtype in FLOATS),
            *(Cell("fit", "embeddings", 50_000, d, k, "float32",
                   EMBEDDING_ITERATIONS)
              for d in (384, 768) for k in (100, 1000))]


def text():
    """Return the sparse cells."""
    return [Cell(task, "text", *shape, "float64", TEXT_ITERATIONS)
            for shape in TEXTS for task in ("fit", "minibatch", "predict")]


def default():
    """Return fits with nothing but k and a seed, as users write them."""
    small = (("iris", *IRIS), ("wine", *WINE), ("cancer", *CANCER),
             ("digits", *DIGITS))
    plain = ("blobs", 300, 2, 4), ("uniform", 1000, 3, 10)
    large = (("blobs", 100_000, 2, 8), ("uniform", 100_000, 10, 10),
             ("blobs", 1_000_000, 3, 8), ("customers", *CUSTOMERS),
             ("pixels", *PIXELS, 64))
    return [*(Cell("default", *data) for data in small + large),
            Cell("default", "text", *TEXTS[0]),
            *(Cell("restarts", *data) for data in small + plain),
            *(Cell("minibatch", *data) for data in small[-1:] + large)]


def calls():
    """Return calls of fitted models."""
    return [*(Cell(task, "uniform", n, d, k, dtype)
              for task in ("predict", "transform", "score")
              for n, d, k in ((1_000_000, 3, 8), (100_000, 64, 64))
              for dtype in FLOATS),
            Cell("predict one", "iris", *IRIS),
            Cell("partial_fit", "uniform", 1000, 10, 8)]


def processes():
    """Return whole processes; "uncompiled": Numba's cache is empty."""
    return [Cell("process", "iris", *IRIS), Cell("process", "digits", *DIGITS),
            Cell("process", "blobs", 2000, 10, 10),
            Cell("uncompiled", "blobs", 100_000, 10, 10),
            Cell("uncompiled", "MNIST", *MNIST, 10, "float32")]


def memory():
    """Return fits whose peak memory is measured, float64 unless named."""
    return [Cell("memory", "blobs", 100_000, 10, 10),
            Cell("memory", "blobs", 1_000_000, 16, 64),
            Cell("memory", "pixels", *PIXELS, 64, "uint8"),
            Cell("memory", "MNIST", *MNIST, 64, "uint8"),
            Cell("memory", "MNIST", *MNIST, 64, "float32"),
            Cell("memory", "embeddings", 50_000, 384, 100, "float32"),
            *(Cell("memory", "text", *shape) for shape in TEXTS)]
