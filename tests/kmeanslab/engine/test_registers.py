"""Loops that are written for LLVM: they compute what NumPy does."""
import numpy as np
import pytest

numba = pytest.importorskip("numba", reason="they are compiled by Numba")

from kmeanslab.engine.assign import (  # noqa: E402
    lanes, registers, yinyang_scan)


def integers(*shape):
    """Return random whole numbers: no order of adding loses a bit of them."""
    return np.random.default_rng(sum(shape)).integers(
        -9, 9, shape).astype(np.float32)


@pytest.mark.parametrize("size", [16, 32])
@pytest.mark.parametrize("d", [0, 1, 4, 7])
def test_products_are_added_to_what_they_begin_with(monkeypatch, size, d):
    """Of four centres and 32 points, whatever the processor's registers."""
    monkeypatch.setattr(registers, "points_at_once", lambda context: size)
    T, C, low = integers(d, 80), integers(12, d), integers(12)
    ranks = np.zeros((4, 80), np.float32)

    @numba.njit
    def fill(T, i, C, j, low, ranks):
        registers.sum_products(T, i, C, j, C.shape[1], low, ranks)

    fill(T, 40, C, 5, low, ranks)
    expected = low[5:9, None] + C[5:9] @ T
    assert np.array_equal(ranks[:, 40:72], expected[:, 40:72])
    assert not ranks[:, :40].any() and not ranks[:, 72:].any()


@pytest.mark.parametrize("d", [0, 1, 9])
def test_squares_are_added_from_first_to_last(d):
    """Of 32 points, to the last bit."""
    random, sums = np.random.default_rng(d), np.ones(90)
    T, c = random.normal(size=(d, 90)), random.normal(size=d)

    @numba.njit
    def fill(T, i, c, sums):
        registers.sum_squares(T, i, c, len(c), sums)

    fill(T, 50, c, sums)
    expected = np.ones(90)
    expected[50:82] = 0
    for h in range(d):
        expected[50:82] += (T[h, 50:82] - c[h]) ** 2
    assert sums.tobytes() == expected.tobytes()


def test_there_is_room_for_as_many_points_as_are_summed_up():
    """Where the last of a chunk are fewer, too."""
    for d in range(1, 300):
        work, best = lanes.workspace(d)
        wholes = -(-len(best) // registers.POINTS)
        assert wholes * registers.POINTS <= work.shape[1]


def test_points_are_transposed():
    """Sixteen rows of four coordinates, to where they belong."""
    A = np.arange(40 * 11, dtype=np.float32).reshape(40, 11)
    T = np.zeros((12, 50), np.float32)

    @numba.njit
    def turn(A, T):
        registers.transpose(A, 20, 6, T, 30)
        registers.transpose(A, 0, 0, T, 0)

    turn(A, T)
    # rows are counted from the same coordinate in both
    assert np.array_equal(T[6:10, 30:46], A[20:36, 6:10].T)
    assert np.array_equal(T[:4, :16], A[:16, :4].T)
    assert np.count_nonzero(T) == 2 * 64 - 1


@pytest.mark.parametrize("features, size", [
    ("+avx2,+fma", 16), ("", 16), ("+avx2,+avx512f,+fma", 32)])
def test_as_many_points_at_once_as_registers_hold(features, size):
    """Sums that have to leave the registers are slower than half as many."""
    class Context:
        def codegen(self):
            return self

        def magic_tuple(self):
            return "triple", "processor", features

    assert registers.points_at_once(Context()) == size


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("d", [1, 9, 40])
def test_four_points_get_all_their_ranks(monkeypatch, many, d):
    """With two centres at a time, or four; infinite ones have no product."""
    monkeypatch.setattr(registers, "has_many", lambda context: many)
    W, C, low = integers(9, d), integers(24, d), integers(24)
    low[[3, 23]] = np.inf
    C[3] = np.inf
    rows, T = np.array([8, 2, 2, 5]), np.empty((4, d), np.float32)
    squares, ranks = np.empty(4, np.float32), np.empty((4, 24), np.float32)

    scan = numba.njit(yinyang_scan.scan_four.py_func)
    scan(W, rows, C, low, 3, T, squares, ranks)
    with np.errstate(invalid="ignore"):
        expected = np.where(low < np.inf, low - 2 * W[rows] @ C.T, np.inf)
    assert np.array_equal(ranks, expected)
    assert np.array_equal(squares, (W[rows] ** 2).sum(axis=1))
