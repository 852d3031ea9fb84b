"""When mini-batches end, and which centres they replace: scikit-learn's rules.

    X (n, d)     points
    sums (k, d)  of points  counts (k,)  of weights, given so far
"""

import numpy as np

from kmeanslab.engine.assign.distances import Points, dense

SMALL, LACK = "small centers change", "lack of improvement in inertia"


class Reassign:
    """The rule that moves centres that were given too little weight.

    They move to random points.  Too little is less than `ratio` of the
    largest count.  At most half of the batch become centres, in place of
    those with the smallest counts.

    Parameters
    ----------
    X, weights : all points (n, d) and their weights (n,)
    random_state : RandomState that picks the points
    ratio : float, as `reassignment_ratio` of `run`
    verbose : int, whether to print how many centres move
    """

    def __init__(self, X: Points, weights: np.ndarray,
                 random_state: np.random.RandomState, ratio: float,
                 verbose: int) -> None:
        self.X, self.weights, self.random_state = X, weights, random_state
        self.ratio, self.verbose = min(ratio, 1), verbose

    def __call__(self, sums: np.ndarray, counts: np.ndarray, rows: np.ndarray
                 ) -> None:
        """Change the sums and counts of the centres; `rows` are the batch."""
        rows = rows[self.weights[rows] > 0]
        few = np.flatnonzero(counts < self.ratio * counts.max())
        least = counts[few].argsort(kind="stable")[:len(rows) // 2]
        few = np.sort(few[least])
        if not len(few):
            return
        if self.verbose:
            print(f"[MiniBatchKMeans] Reassigning {len(few)} cluster centers.")
        chosen = self.random_state.choice(rows, len(few), replace=False)
        # as if they had been given enough, or they would move again at once
        counts[few] = np.delete(counts, few).min()
        sums[few] = dense(self.X[chosen]) * counts[few, None]


class Watch:
    """The rule when to stop; prints the progress as scikit-learn does.

    Parameters
    ----------
    n_steps : int, steps at most
    alpha : float, the part of a batch in the smoothed inertia
    tol : float, as in `run`
    patience : int or None, `max_no_improvement` of `run`
    verbose : int, whether to print

    Attributes: smooth, the smoothed inertia; converged, SMALL, LACK or "".
    """

    def __init__(self, n_steps: int, alpha: float, tol: float,
                 patience: int | None, verbose: int) -> None:
        self.n_steps, self.verbose = n_steps, verbose
        self.alpha, self.tol, self.patience = alpha, tol, patience
        self.best, self.since_best = np.inf, 0
        self.smooth, self.converged = 0.0, ""

    def ends(self, number: int, inertia: float, shift: float) -> bool:
        """Return whether step `number`, from 1 on, was the last.

        inertia: the batch's mean per point
        shift: the sum of the centres' squared shifts
        """
        where = f"step {number}/{self.n_steps}"
        words = f"Minibatch {where}: mean batch inertia: {inertia}"
        if number <= 2:         # the first depends on the start only
            self.smooth = inertia
        else:
            self.smooth += self.alpha * (inertia - self.smooth)
        if number > 1:
            words += f", ewa inertia: {self.smooth}"
            self.converged = self.reason(shift)
        if self.verbose:
            print(words)
            if self.converged:
                print(f"Converged ({self.converged}) at {where}")
        return bool(self.converged)

    def reason(self, shift: float) -> str:
        """Return what the run converged by, or "" if it did not."""
        if shift <= self.tol:
            return SMALL
        self.since_best += 1
        if self.smooth < self.best:
            self.best, self.since_best = self.smooth, 0
        lack = self.patience is not None and self.since_best >= self.patience
        return LACK if lack else ""
