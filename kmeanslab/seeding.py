"""Where the centres start: at random points, or far apart (k-means++).

    X (n, d)  points, dense or CSR     weights (n,)  float64
    trials    candidates a step; the one that leaves the least potential wins
"""

import numpy as np

from kmeanslab.distances import dense, squared_distances


def random_rows(X, k, weights, random_state):
    """Distinct points by weight, (k, d); dense, in X's type if a float."""
    return centres(X, random_state.choice(
        X.shape[0], k, replace=False, p=weights / weights.sum()))


def plus_plus(X, k, weights, random_state, trials=None):
    """Greedy k-means++: centres (k, d) and the points they are, (k,)."""
    trials = 2 + int(np.log(k)) if trials is None else trials
    first = random_state.choice(X.shape[0], p=weights / weights.sum())
    indices = [first]
    D = squared_distances(X, dense(X[first:first + 1])[0])
    for _ in range(1, k):
        total = np.cumsum(weights * D)
        draws = random_state.uniform(size=trials) * total[-1]
        draws = np.minimum(np.searchsorted(total, draws), len(D) - 1)
        new = [np.minimum(D, squared_distances(X, dense(X[i:i + 1])[0]))
               for i in draws]
        best = np.argmin([weights @ part for part in new])
        D = new[best]
        indices.append(draws[best])
    return centres(X, indices), np.array(indices)


def centres(X, indices):
    """These points as centres: dense, float32 or else float64."""
    rows = dense(X[indices])
    return rows.astype(np.float32) if X.dtype == np.float32 else rows
