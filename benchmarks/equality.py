"""Do two results agree? Checked in float64 before any time counts.

Our labels must be those of direct sums in float64 for our centres, without
exception; our centres must be the means of their points; and a run must give
the labels and the iterations of `formula_run`. Another library's labels are
compared with the nearest of its own centres. It computes by the expanded
formula, so it may err, but only in near-ties: the centre that it prefers is
farther than the nearest by no more than rounding explains.

    X (n, d)  points, dense or CSR    C (k, d)  centres    labels (n,)
"""
import numpy as np
from scipy import sparse

from kmeanslab.engine import lloyd
from kmeanslab.engine.assign.blocks import Block
from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.assign.distances import nearest, squared_distances

CHUNK_VALUES = 2 ** 21       # values of points or distances held at a time
DOUBT_FRACTION = 1e-9        # of |x|^2 + |c|^2: above any rounding error
# max relative differences, by the type of the points
TIE_FRACTION = {"float32": 3e-5, "float64": 1e-9}    # of |x|^2 + |c|^2
MEAN_FRACTION = {"float32": 1e-6, "float64": 1e-12}  # of the largest value
INERTIA_FRACTION = {"float32": 1e-4, "float64": 1e-9}
OPTIMUM_FRACTION = 1e-2      # of the inertia: two optima near each other


def in_chunks(function, columns, *arrays):
    """Return function(rows of each array) for all rows, concatenated.

    columns: values per row that the function holds
    """
    n, rows = arrays[0].shape[0], max(1, CHUNK_VALUES // columns)
    return np.concatenate([function(*(array[s:s + rows] for array in arrays))
                           for s in range(0, n, rows)])


def exact_labels(X, C):
    """Return the index of each point's nearest centre by direct sums, (n,).

    A float64 matrix product decides where there is no doubt.
    """
    C = C.astype(np.float64)
    squares = np.square(C).sum(axis=1)
    k, d = C.shape

    def label(X):
        X = X.astype(np.float64)
        D = squares - 2 * (X @ C.T)
        labels, rows = D.argmin(axis=1), np.arange(len(D))
        best = D[rows, labels]
        D[rows, labels] = np.inf
        doubt = np.flatnonzero(~(
            D.min(axis=1) - best
            > DOUBT_FRACTION * (squared_lengths(X) + squares.max())))
        if len(doubt) and k > 1:
            labels[doubt] = in_chunks(lambda X: nearest(X, C), d, X[doubt])
        return labels
    return in_chunks(label, k if sparse.issparse(X) else max(k, d), X)


def squared_lengths(X):
    """Return |x|^2 of each point, (n,)."""
    if sparse.issparse(X):
        return np.asarray(X.multiply(X).sum(axis=1)).ravel()
    return np.einsum("ij,ij->i", X, X)


def distances(X, labels, C):
    """Return each point's squared distance to the centre of its label."""
    C = C.astype(np.float64)
    if sparse.issparse(X):
        return sparse_distances(X.astype(np.float64), labels, C)
    return in_chunks(lambda X, labels: squared_distances(X, C[labels]),
                     C.shape[1], X, labels)


def sparse_distances(X, labels, C):
    """Return the same for CSR: the expanded formula, without dense rows."""
    products = in_chunks(
        lambda X, labels: (X @ C.T)[np.arange(len(labels)), labels],
        len(C), X, labels)
    return (squared_lengths(X) - 2 * products
            + np.square(C).sum(axis=1)[labels])


def means(X, labels, k):
    """Return the mean of the points of each label, (k, d)."""
    return np.stack([
        np.asarray(X[labels == j].mean(axis=0, dtype=np.float64)).ravel()
        for j in range(k)])


class FormulaBlock(Block):
    """Points whose labels are `exact_labels`."""

    def assign(self, C):
        """Return labels (m,), points and distances computed."""
        m = self.X.shape[0]
        return exact_labels(self.X, C), m, m * len(C)


class Formula(Direct):
    """The formula as an assign step, faster than point by point."""

    def block(self, X, weights):
        """Return some of the points as a block."""
        return FormulaBlock(X, weights, self.k)


def formula_run(X, C, max_iter):
    """Return Lloyd's run by the formula, tol = 0: a `lloyd.Result`."""
    return lloyd.run(X, C, max_iter=max_iter, method=Formula)


def assert_same_run(X, C, found, max_iter):
    """Raise AssertionError unless a run is the formula's; return that one."""
    right = formula_run(X, C, max_iter)
    assert found.n_iter == right.n_iter, (
        f"we took {found.n_iter} iterations, the formula {right.n_iter}")
    wrong = np.count_nonzero(found.labels != right.labels)
    assert not wrong, f"{wrong} of our labels differ from the formula's run"
    return right


def assert_exact(X, found, converged):
    """Raise AssertionError unless our answer is Lloyd's, exactly."""
    labels, C = found.labels, found.centres
    wrong = np.count_nonzero(labels != exact_labels(X, C))
    assert not wrong, f"{wrong} of our labels are not the nearest centre's"
    if converged:
        off = np.abs(C - means(X, labels, len(C))).max()
        most = MEAN_FRACTION[C.dtype.name] * np.abs(X).max()
        assert off <= most, f"a centre of ours is {off} off its mean"


def assert_inertia(X, found):
    """Raise AssertionError unless an inertia is that of its labels."""
    right = inertia(X, found)
    limit = INERTIA_FRACTION[found.centres.dtype.name]
    assert abs(found.inertia - right) <= limit * right, (
        f"inertia {found.inertia!r} where the labels' is {right!r}")


def near_ties(X, labels, C):
    """Return how many labels are not the nearest centre's, and the max gap.

    The gap is the excess of the squared distance, as a fraction of
    |x|^2 + |c|^2 around the points' mean: what rounding is proportional to.
    """
    right = exact_labels(X, C)
    wrong = np.flatnonzero(labels != right)
    if not len(wrong):
        return 0, 0.0
    middle = np.asarray(X.mean(axis=0, dtype=np.float64)).ravel()
    size = (distances(X[wrong], np.zeros(len(wrong), int), middle[None])
            + np.square(C - middle).sum(axis=1).max())
    excess = (distances(X[wrong], labels[wrong], C)
              - distances(X[wrong], right[wrong], C))
    return len(wrong), float((excess / size).max())


def assert_near(name, X, found):
    """Return a peer's near-ties; AssertionError where one is an error."""
    count, gap = near_ties(X, found.labels, found.centres)
    limit = TIE_FRACTION[found.centres.dtype.name]
    assert gap <= limit, (
        f"{name}: {count} labels are not the nearest centre's, and one is "
        f"farther by {gap:.1e} of |x|^2 + |c|^2 (near-tie: {limit})")
    return count


def inertia(X, found):
    """Return the sum of the squared distances, from direct sums."""
    return float(distances(X, found.labels, found.centres).sum())


def potential(X, C):
    """Return the inertia that centres have before they move."""
    return float(distances(X, exact_labels(X, C), C).sum())
