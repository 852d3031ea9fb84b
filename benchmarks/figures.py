"""The pictures of the engine's benchmark, from its records.

    rows    points looked at in each iteration, as a part of all
    growth  seconds and distances against n, k and d
"""
import numpy as np

from kmeanslab.output import save_figure

COLOURS = {"ours": "tab:blue", "scikit-learn": "tab:orange"}


def save(figure, path):
    """Writes a figure as PNG, whole or not at all."""
    save_figure(figure, path)
    print(f"picture: {path}")


def rows(curves, n, data):
    """A figure of the points looked at; curves: k -> points a step."""
    from matplotlib.figure import Figure
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    for k, looked in curves.items():
        axes.plot(np.arange(1, len(looked) + 1), np.array(looked) / n,
                  label=f"k = {k}", linewidth=1.8)
    axes.set(xlabel="iteration", xlim=(1, None), ylim=(0, 1.03),
             ylabel="points looked at, as a part of all", title=data)
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def growth(sweeps):
    """A figure of three columns: seconds above, distances below.

    sweeps: name -> its axis, its values, and for "ours" and "scikit-learn"
    the seconds and the distances at each
    """
    from matplotlib.figure import Figure
    figure = Figure(figsize=(12, 6.5), layout="constrained")
    grid = figure.subplots(2, len(sweeps), sharex="col", sharey="row",
                           squeeze=False)
    for sweep, (above, below) in zip(sweeps.values(), grid.T):
        for axes, what in (above, "seconds"), (below, "distances"):
            draw(axes, sweep, what)
        above.set_title(sweep["title"], fontsize=11)
        below.set_xlabel(sweep["axis"], fontsize=11)
    grid[0, 0].set_ylabel("seconds of a fit", fontsize=11)
    grid[1, 0].set_ylabel("distances computed", fontsize=11)
    grid[0, 0].legend(fontsize=10)
    grid[1, 0].legend(fontsize=10)
    return figure


def draw(axes, sweep, what):
    """One panel: a line for us, one for scikit-learn."""
    label = {("scikit-learn", "seconds"): "scikit-learn, the better of two",
             ("scikit-learn", "distances"): "all of them"}
    for name, colour in COLOURS.items():
        axes.plot(sweep["values"], sweep[name][what], "o-", color=colour,
                  markersize=4, label=label.get((name, what), name))
    axes.set(xscale="log", yscale="log")
    axes.set_xticks(sweep["values"], [f"{x:,}" for x in sweep["values"]])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
