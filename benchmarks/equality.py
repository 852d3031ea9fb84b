"""Do they agree? Asked in float64 before anyone's time is believed.

Our labels must be those of direct sums in float64 for our centres, without
exception, and our centres the means of their points. Another library's
labels are asked the same for its own centres; it computes by the expanded
formula, so it may err, but only in near-ties: a centre it prefers is
farther than the nearest by no more than a stated part.

    X (n, d)  points    C (k, d)  centres    labels (n,)
"""
import numpy as np

from kmeanslab.engine.assign.distances import nearest, squared_distances

ROWS = 2000                  # points taken at a time
CLOSE = 1e-9                 # far above what rounding does to a distance
TIE = {"float32": 1e-4, "float64": 1e-9}     # of the squared distance
MEAN = {"float32": 1e-6, "float64": 1e-12}   # of the largest value
ALIKE = 1e-2                 # of the inertia: two optima near each other


def in_chunks(function, *arrays):
    """Returns function(rows of each array), put together again."""
    return np.concatenate([
        function(*(array[s:s + ROWS] for array in arrays))
        for s in range(0, len(arrays[0]), ROWS)])


def exact_labels(X, C):
    """The index of each point's nearest centre by direct sums, (n,).

    A float64 matrix product decides where there is no doubt.
    """
    C = C.astype(np.float64)
    squares = np.square(C).sum(axis=1)

    def look(X):
        X = X.astype(np.float64)
        size = np.square(X).sum(axis=1) + squares.max()
        D = squares - 2 * (X @ C.T)
        labels = D.argmin(axis=1)
        if len(C) > 1:
            two = np.partition(D, 1, axis=1)
            doubt = two[:, 1] - two[:, 0] <= CLOSE * size
            labels[doubt] = nearest(X[doubt], C)
        return labels
    return in_chunks(look, X)


def distances(X, labels, C):
    """The squared distance of each point to the centre of its label."""
    C = C.astype(np.float64)
    return in_chunks(lambda X, labels: squared_distances(X, C[labels]),
                     X, labels)


def means(X, labels, k):
    """The mean of the points of each label, (k, d)."""
    return np.stack([X[labels == j].mean(axis=0, dtype=np.float64)
                     for j in range(k)])


def assert_exact(X, found, converged):
    """Raises AssertionError unless our answer is Lloyd's, exactly."""
    labels, C = found.labels, found.centres
    wrong = np.count_nonzero(labels != exact_labels(X, C))
    assert not wrong, f"{wrong} of our labels are not the nearest centre's"
    if converged:
        off = np.abs(C - means(X, labels, len(C))).max()
        most = MEAN[C.dtype.name] * np.abs(X).max()
        assert off <= most, f"a centre of ours is {off} off its mean"


def near_ties(X, labels, C):
    """How many labels are not the nearest centre's, and their widest gap.

    The gap is the part by which the squared distance is too large.
    """
    right = exact_labels(X, C)
    wrong = np.flatnonzero(labels != right)
    if not len(wrong):
        return 0, 0.0
    least = distances(X[wrong], right[wrong], C)
    taken = distances(X[wrong], labels[wrong], C)
    gaps = (taken - least) / np.maximum(least, np.finfo(float).tiny)
    return len(wrong), float(gaps.max())


def assert_near(name, X, found):
    """Returns a peer's near-ties; AssertionError where one is an error."""
    count, gap = near_ties(X, found.labels, found.centres)
    limit = TIE[X.dtype.name]
    assert gap <= limit, (
        f"{name}: {count} labels are not the nearest centre's, and one is "
        f"farther by {gap:.1e} of its squared distance (near-tie: {limit})")
    return count


def inertia(X, found):
    """The sum of the squared distances, from direct sums."""
    return float(distances(X, found.labels, found.centres).sum())


def potential(X, C):
    """The inertia that centres have before they move."""
    return float(distances(X, exact_labels(X, C), C).sum())
