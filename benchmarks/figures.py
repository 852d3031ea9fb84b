"""The pictures of the engine's benchmark, from its records.

    rows    points whose distances were computed in each iteration
    growth  seconds and distances against n, k and d
"""
import numpy as np

from kmeanslab.output import save_figure

COLOURS = {"ours": "tab:blue", "scikit-learn": "tab:orange"}
MARKERS = {"ours": "o-", "scikit-learn": "s--"}
LINE_STYLES = "-", "--", ":", "-."
LABELS = {("scikit-learn", "seconds"): "scikit-learn, the better of two",
          ("scikit-learn", "distances"): "all distances"}


def save(figure, path):
    """Write a figure as PNG, whole or not at all."""
    save_figure(figure, path)
    print(f"picture: {path}")


def rows(curves, n, data):
    """Return a figure of the points computed; curves: k -> points per step."""
    from matplotlib.figure import Figure
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    for i, (k, computed) in enumerate(curves.items()):
        axes.plot(np.arange(1, len(computed) + 1), np.array(computed) / n,
                  LINE_STYLES[i % len(LINE_STYLES)], label=f"k = {k}",
                  linewidth=1.8)
    axes.set(xlabel="iteration", xlim=(1, None), ylim=(0, 1.03), title=data,
             ylabel="fraction of points with distances computed")
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def growth(sweeps):
    """Return a figure of three columns: seconds above, distances below.

    sweeps: name -> its axis, its values, and for "ours" and "scikit-learn"
    the seconds and the distances at each
    """
    from matplotlib.figure import Figure
    figure = Figure(figsize=(12, 6.5), layout="constrained")
    grid = figure.subplots(2, len(sweeps), sharex="col", sharey="row",
                           squeeze=False)
    for sweep, (above, below) in zip(sweeps.values(), grid.T):
        draw(above, sweep, "seconds")
        draw(below, sweep, "distances")
        above.set_title(sweep["title"], fontsize=11)
        below.set_xlabel(sweep["axis"], fontsize=11)
    for axes, text in zip(grid[:, 0], ("seconds per fit",
                                       "distances computed")):
        axes.set_ylabel(text, fontsize=11)
        axes.legend(fontsize=10)
    return figure


def draw(axes, sweep, what):
    """Draw one panel: a line for ours, one for scikit-learn."""
    for name, colour in COLOURS.items():
        axes.plot(sweep["values"], sweep[name][what], MARKERS[name],
                  color=colour, markersize=4,
                  label=LABELS.get((name, what), name))
    axes.set(xscale="log", yscale="log")
    axes.set_xticks(sweep["values"], [f"{x:,}" for x in sweep["values"]])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
