"""Draw the pictures of the handout from data/, with the solution.

    python -m handout.draw

The pictures that students draw themselves go to results/. Those of the
handout are in this folder, so that no run of a student changes them.
"""
import os
import shutil
import tempfile

import kmeans
from handout import optional
from pictures import (
    animate_steps, new_figure, plot_digit, plot_grid, plot_fig,
    write_animation)
from utils import load_centroids, read_data

FOLDER = os.path.dirname(os.path.abspath(__file__))
FOLLOWED = "centroid4"           # becomes an S
SHOWN_STEPS = [0, 1, 2, 3, 5, 8]   # and the last one
MAX_K = 8


def draw_points():
    """Draw the first two steps and the last step on the 2-D data."""
    data, _ = read_data("data/2d.csv")
    start = load_centroids("data/2d_init_centroids.csv")
    with in_temporary_folder():
        kmeans.main(data, start, "2d")
        steps = len(os.listdir("results/2D"))
        for step in [1, 2, steps]:
            shutil.copy(f"results/2D/step{step}.png", FOLDER)


def draw_letters():
    """Draw the letters, and the centroids before, during and after a run."""
    data, labels = read_data("data/mnist.csv")
    start = load_centroids("data/mnist_init_centroids.csv")
    examples = {label: data[labels.index(label)]
                for label in sorted(set(labels))[:8]}
    plot_fig(plot_grid(list(examples), examples, 8), FOLDER, "examples")
    final = kmeans.main(data, start, "no pictures")
    plot_fig(plot_grid(list(start), start), FOLDER, "initial")
    plot_fig(plot_grid(list(start), final), FOLDER, "final")
    with in_temporary_folder():
        animate_steps(data, start, "mnist", kmeans.assign_points_to_centroids,
                      kmeans.update_centroids)
        shutil.copy("results/MNIST/steps.gif", f"{FOLDER}/letters.gif")


def draw_optional():
    """Draw what the optional problems lead to."""
    data, _ = read_data("data/mnist.csv")
    start = optional.first_points(data, 12)
    final = kmeans.main(data, start, "no pictures")
    plot_fig(plot_grid(list(start), final, 6), FOLDER, "start")
    draw_k(read_data("data/2d.csv")[0])
    positions = optional.follow(
        FOLLOWED, data, load_centroids("data/mnist_init_centroids.csv"))
    write_animation(map(plot_digit, positions), f"{FOLDER}/{FOLLOWED}.gif")
    shown = {f"step {step}": positions[step]
             for step in [*SHOWN_STEPS, len(positions) - 1]}
    plot_fig(plot_grid(list(shown), shown, len(shown)), FOLDER, FOLLOWED)


def draw_k(data):
    """Draw the mean distance for each number of centroids."""
    numbers = range(1, MAX_K + 1)
    distances = [optional.mean_distance(data, kmeans.main(
        data, optional.first_points(data, k), "no pictures"))
        for k in numbers]
    fig = new_figure(500, 320)
    axes = fig.add_axes((0.12, 0.15, 0.84, 0.74))
    axes.plot(numbers, distances, marker="o")
    axes.set_xlabel("number of centroids")
    axes.set_ylabel("mean distance")
    axes.set_ylim(0)
    plot_fig(fig, FOLDER, "k")


class in_temporary_folder:
    """Run a `with` block in a new folder, which is removed afterwards."""

    def __enter__(self):
        self.folder, self.before = tempfile.mkdtemp(), os.getcwd()
        os.chdir(self.folder)

    def __exit__(self, *_):
        os.chdir(self.before)
        shutil.rmtree(self.folder)


def main():
    """Draw all pictures."""
    draw_points()
    draw_letters()
    draw_optional()


if __name__ == "__main__":
    main()
