"""How does the cost grow with n, with k and with d?

Generated digits as float32, all from random rows, at most 20 iterations.

    n  1,000 to 240,000 points, k = 64, all 784 columns
    k  2 to 1,024 centres, 20,000 points, all columns
    d  2 to 784 columns, 20,000 points, k = 64: the digits turned so that
       the first columns hold most of the variance (principal axes)
"""
import numpy as np

from benchmarks import figures, mnist
from benchmarks.comparison import best, compete, enter, judge, random_rows
from benchmarks.peers.kmeans_peers import SKLEARN

STEPS, K = 20, 64
SIZES = {"n": (1000, 4000, 16_000, 60_000, 240_000),
         "k": (2, 8, 32, 128, 384, 1024),
         "d": (2, 8, 32, 128, 392, 784)}
POINTS = {"n": max(SIZES["n"]), "k": 20_000, "d": 20_000}
QUICK = {"n": (1000, 4000), "k": (2, 32), "d": (8, 392)}
AXES = {"n": "points n", "k": "centres k", "d": "columns d"}


def turned(X):
    """X seen along its principal axes, the widest first, float32."""
    near = X - X.mean(axis=0, dtype=np.float64)
    _, axes = np.linalg.eigh(near.T @ near)
    return np.ascontiguousarray(near @ axes[:, ::-1], np.float32)


def cut(name, value, X):
    """The points and the k of one place on an axis."""
    if name == "n":
        return X[:value], K
    if name == "k":
        return X, value
    return np.ascontiguousarray(X[:, :value]), K


def measure(X, k, runs, threads):
    """Seconds and distances of us and of the better scikit-learn."""
    entries = enter(X, peers=SKLEARN)
    found = compete(entries, random_rows(X, k), k, STEPS, runs, threads)
    record = judge(entries, found, STEPS)
    ours, peer = record["ours, float32"], best(record, SKLEARN)
    return {"ours": (ours["seconds"], ours["distances"]),
            "scikit-learn": (record[peer]["seconds"],
                             len(X) * k * record[peer]["iterations"]),
            "better": peer}


def sweep(name, values, X, runs, threads):
    """One axis: all that was measured along it."""
    told = {"axis": AXES[name], "values": values, "better": [],
            "title": title(name, len(X), X.shape[1])}
    for who in figures.COLOURS:
        told[who] = {"seconds": [], "distances": []}
    print(f"\n{told['title']}\n{name:>9}{'ours':>10}{'scikit-learn':>14}"
          f"{'ours is':>10}{'distances':>15}{'of all':>8}")
    for value in values:
        point = measure(*cut(name, value, X), runs, threads)
        told["better"].append(point["better"])
        for who in figures.COLOURS:
            for what, number in zip(("seconds", "distances"), point[who]):
                told[who][what].append(number)
        (own, looked), (other, all_) = point["ours"], point["scikit-learn"]
        print(f"{value:>9,}{own:>8.3f} s{other:>12.3f} s{other / own:>9.2f}x"
              f"{looked:>15,}{looked / all_:>8.3f}")
    return told


def title(name, n, d):
    """What stays the same along an axis."""
    return {"n": f"k = {K}, d = {d}", "k": f"n = {n:,}, d = {d}",
            "d": f"n = {n:,}, k = {K}, principal axes"}[name]


def run(bench):
    """The section: three sweeps, a table each, and one picture."""
    print(f"\nhow the cost grows: generated digits, float32, at most {STEPS} "
          "iterations")
    sizes = QUICK if bench.quick else SIZES
    points = {name: 4000 if bench.quick else POINTS[name] for name in sizes}
    digits = mnist.generated(max(points.values())).astype(np.float32)
    sweeps = {}
    for name, values in sizes.items():
        X = digits[:points[name]]
        sweeps[name] = sweep(name, values, turned(X) if name == "d" else X,
                             bench.runs, bench.threads)
    figures.save(figures.growth(sweeps), bench.out / "growth.png")
    return sweeps
