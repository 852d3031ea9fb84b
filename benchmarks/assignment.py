"""Compare the speed of `python kmeans.py mnist` with two other programs.

Whole processes run in turn on the shipped letters: ours, the same
assignment with loops over indices, and a scikit-learn script. Times are
printed only if all programs find the same centroids. The loop alone,
without files and pictures, is compared in this process.

    python -m benchmarks.assignment [--runs 5]
"""
import argparse
import contextlib
import io
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from benchmarks.peers import index_loops
import kmeans
from utils import check_approx_equals, load_centroids, read_data

ROOT = pathlib.Path(__file__).parent.parent
OURS = ["kmeans.py", "utils.py", "files.py", "pictures.py", "mistakes.py"]
PEERS = {"index loops": "index_loops.py", "scikit-learn": "sklearn_script.py"}


def make_folder(folder, files):
    """Fill a folder with the data and one of the programs."""
    shutil.copytree(ROOT / "data", folder / "data")
    for file in files:
        shutil.copy(file, folder)
    return folder, pathlib.Path(files[0]).name


def run_process(folder, program):
    """Run a program in its folder; return the seconds it took."""
    started = time.perf_counter()
    subprocess.run([sys.executable, program], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def assert_same_answer(folders):
    """Raise AssertionError unless all found the same centroids."""
    found = {name: load_centroids(folder / "mnist_final_centroids.csv", True)
             for name, (folder, _) in folders.items()}
    for name, centroids in found.items():
        assert check_approx_equals(found["ours"], centroids), name
        pictures = (folders[name][0] / "results").rglob("*.png")
        assert len(list(pictures)) == 12 + len(centroids), name


def time_loop(run, runs):
    """Return the median seconds of a call."""
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def run_ours(data, start):
    """Run the loop of kmeans.py; return its centroids and its steps."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        final = kmeans.main(data, start, "no pictures")
    return final, int(printed.getvalue().split()[3])


def compare_loops(runs):
    """Print the ratio of the loops without files and pictures."""
    data, _ = read_data(ROOT / "data/mnist.csv")
    start = load_centroids(ROOT / "data/mnist_init_centroids.csv")
    theirs, steps = index_loops.run(data, start)
    assert check_approx_equals((theirs, steps), run_ours(data, start))
    ours = time_loop(lambda: run_ours(data, start), runs)
    other = time_loop(lambda: index_loops.run(data, start), runs)
    distances = len(data) * (len(start) + (steps - 1) * len(theirs))
    print(f"\nthe loop alone: {distances:,} distances of {len(data[0])} "
          f"values\nours {ours:.2f} s, index loops {other:.2f} s: "
          f"{other / ours:.2f} times as fast")


def compare_processes(folders, runs):
    """Print medians of whole processes, run in turn, and their ratios."""
    seconds = {name: [] for name in folders}
    for turn in range(runs + 1):
        for name, folder in folders.items():
            taken = run_process(*folder)
            if turn:  # the first turn only warms the disk cache
                seconds[name].append(taken)
    assert_same_answer(folders)
    print("all found the same centroids and drew all pictures\n")
    print(f"{'whole process':<16}{'median':>8}{'fastest':>9}{'ours is':>14}")
    ours = statistics.median(seconds["ours"])
    for name, counted in seconds.items():
        median = statistics.median(counted)
        print(f"{name:<16}{median:>6.2f} s{min(counted):>7.2f} s"
              f"{median / ours:>8.2f} times as fast")


def main():
    """Run the comparison."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.assignment",
        description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=5,
                        help="counted runs of each (default: 5)")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        folders = {"ours": make_folder(place / "ours",
                                       [ROOT / name for name in OURS])}
        for name, file in PEERS.items():
            folders[name] = make_folder(
                place / file, [ROOT / "benchmarks/peers" / file])
        compare_processes(folders, runs)
    compare_loops(runs)


if __name__ == "__main__":
    main()
