"""How does the cost grow with n, with k and with d?

Generated digits as float32, all from random rows, at most 20 iterations.

    n  1,000 to 240,000 points, k = 64, all 784 columns
    k  2 to 1,024 centres, 20,000 points, all columns
    d  2 to 784 columns, 20,000 points, k = 64: the digits rotated to their
       principal axes, so that the first columns hold most of the variance
"""
import numpy as np

from benchmarks import figures, mnist
from benchmarks.comparison import (
    check_all, fastest, make_entries, random_rows, run_all)
from benchmarks.peers.kmeans_peers import SKLEARN

MAX_ITERATIONS, K = 20, 64
SIZES = {"n": (1000, 4000, 16_000, 60_000, 240_000),
         "k": (2, 8, 32, 128, 384, 1024),
         "d": (2, 8, 32, 128, 392, 784)}
POINTS = {"n": max(SIZES["n"]), "k": 20_000, "d": 20_000}
QUICK_SIZES = {"n": (1000, 4000), "k": (2, 32), "d": (8, 392)}
QUICK_POINTS = 4000
AXES = {"n": "points n", "k": "centres k", "d": "columns d"}


def principal_axes(X):
    """Return X in its principal axes, largest variance first, float32."""
    centred = X - X.mean(axis=0, dtype=np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)
    return np.ascontiguousarray(centred @ axes[:, ::-1], np.float32)


def resize(name, value, X):
    """Return the points and the k of one value on an axis."""
    if name == "n":
        return X[:value], K
    if name == "k":
        return X, value
    return np.ascontiguousarray(X[:, :value]), K


def measure(X, k, turns, threads):
    """Return seconds and distances of ours and of the better scikit-learn."""
    entries = make_entries(X, peers=SKLEARN)
    found = run_all(entries, random_rows(X, k), k, MAX_ITERATIONS, turns,
                    threads)
    record = check_all(entries, found, MAX_ITERATIONS)
    ours, peer = record["ours, float32"], fastest(record, SKLEARN)
    return {"ours": (ours["seconds"], ours["distances"]),
            "scikit-learn": (record[peer]["seconds"],
                             len(X) * k * record[peer]["iterations"]),
            "better": peer}


def sweep(name, values, X, turns, threads):
    """Measure and print all values on one axis; return the results."""
    result = {"axis": AXES[name], "values": values, "better": [],
              "title": title(name, len(X), X.shape[1])}
    for who in figures.COLOURS:
        result[who] = {"seconds": [], "distances": []}
    print(f"\n{result['title']}\n{name:>9}{'ours':>10}{'scikit-learn':>14}"
          f"{'ratio':>10}{'distances':>15}{'of all':>8}")
    for value in values:
        point = measure(*resize(name, value, X), turns, threads)
        result["better"].append(point["better"])
        for who in figures.COLOURS:
            for what, number in zip(("seconds", "distances"), point[who]):
                result[who][what].append(number)
        print(line(value, *point["ours"], *point["scikit-learn"]))
    return result


def line(value, seconds, distances, peer_seconds, all_distances):
    """Return the text of one value."""
    return (f"{value:>9,}{seconds:>8.3f} s{peer_seconds:>12.3f} s"
            f"{peer_seconds / seconds:>9.2f}x{distances:>15,}"
            f"{distances / all_distances:>8.3f}")


def title(name, n, d):
    """Return what stays the same along an axis."""
    return {"n": f"k = {K}, d = {d}", "k": f"n = {n:,}, d = {d}",
            "d": f"n = {n:,}, k = {K}, principal axes"}[name]


def run(bench):
    """Run three sweeps, print a table each, and draw one picture."""
    print("\nhow the cost grows: generated digits, float32, at most "
          f"{MAX_ITERATIONS} iterations")
    sizes = QUICK_SIZES if bench.quick else SIZES
    points = {name: QUICK_POINTS if bench.quick else POINTS[name]
              for name in sizes}
    digits = mnist.generated(max(points.values())).astype(np.float32)
    sweeps = {}
    for name, values in sizes.items():
        X = digits[:points[name]]
        sweeps[name] = sweep(name, values,
                             principal_axes(X) if name == "d" else X,
                             bench.turns, bench.threads)
    figures.save(figures.growth(sweeps), bench.out / "growth.png")
    return sweeps
