"""The picture of the grid: a tile per fit, its colour the ratio.

A panel per kind of points and type; the axes are n and d, in steps. Fits with
the same n and d share a place. The scale is log2, centred on 1.

    record  of one fit, see `measure.py`
"""
import numpy as np

from benchmarks.grid.cells import FLOATS, GRID_SOURCES

RATIO_TICKS = [-3, -2, -1, 0, 1, 2, 3]     # log2; colours end there
DARK_LUMINANCE = 0.5     # of a tile below which its text is white
LUMINANCE_WEIGHTS = 0.2126, 0.7152, 0.0722     # Rec. 709
COLOUR_MAP = "PuOr"      # safe for the colour-blind
TILE_SIZE = 0.9          # of the distance between two places


def draw_grid(result):
    """Return a figure of the 66 cells in what `benchmarks.everyday` writes.

    Of several numbers of cores the largest is drawn. ValueError: no fits.
    """
    from matplotlib.figure import Figure
    cores = max(record["cores"] for record in result["cells"])
    records = [record for record in result["cells"]
               if record["cores"] == cores and is_drawn(record)]
    if not records:
        raise ValueError("no fits of blobs or uniform points to draw")
    figure = Figure(figsize=(11, 9), layout="constrained")
    panels = figure.subplots(len(FLOATS), len(GRID_SOURCES), sharex=True,
                             sharey=True)
    draw_panels(panels, records)
    add_scale(figure, panels)
    figure.supxlabel("points n")
    figure.supylabel("columns d")
    figure.suptitle(f"{result['processor']}, {cores} cores: ratio, and k")
    return figure


def is_drawn(record):
    """Return whether a record has a tile."""
    return (record["task"] == "fit" and record["source"] in GRID_SOURCES
            and "ratio" in record)


def draw_panels(panels, records):
    """Draw all tiles: a row of panels per type, a column per source."""
    ns, ds = (sorted({record[axis] for record in records}) for axis in "nd")
    for row, dtype in zip(panels, FLOATS):
        for axes, source in zip(row, GRID_SOURCES):
            draw_panel(axes, [record for record in records
                              if (record["dtype"], record["source"])
                              == (dtype, source)], ns, ds)
            axes.set_title(f"{source}, {dtype}", fontsize=11)


def draw_panel(axes, records, ns, ds):
    """Draw the tiles of one panel; ns and ds are the places on its axes."""
    for record in records:
        ks = sorted(other["k"] for other in records
                    if (other["n"], other["d"]) == (record["n"], record["d"]))
        height = TILE_SIZE / len(ks)
        draw_tile(axes, record, ns.index(record["n"]) - TILE_SIZE / 2,
                  ds.index(record["d"]) - TILE_SIZE / 2
                  + ks.index(record["k"]) * height, height)
    axes.set_xticks(range(len(ns)), [f"{n:,}" for n in ns], rotation=30)
    axes.set_yticks(range(len(ds)), ds)
    axes.set(xlim=(-0.6, len(ns) - 0.4), ylim=(-0.6, len(ds) - 0.4))


def draw_tile(axes, record, x, y, height):
    """Draw one tile with its lower left corner at x, y."""
    from matplotlib.patches import Rectangle
    colour = colours().to_rgba(np.log2(record["ratio"]))
    axes.add_patch(Rectangle((x, y), TILE_SIZE, height, edgecolor="0.7",
                             facecolor=colour))
    separator = "\n" if height == TILE_SIZE else ", "
    axes.text(x + TILE_SIZE / 2, y + height / 2,
              f"{record['ratio']:.2g}{separator}k={record['k']}",
              ha="center", va="center", fontsize=6.5,
              color="white" if is_dark(colour) else "black")


def is_dark(colour):
    """Return whether white text is easier to read on a colour (RGBA)."""
    return np.dot(colour[:3], LUMINANCE_WEIGHTS) < DARK_LUMINANCE


def colours():
    """Return the mapping from log2 of a ratio to its colour."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    return ScalarMappable(Normalize(RATIO_TICKS[0], RATIO_TICKS[-1]),
                          COLOUR_MAP)


def add_scale(figure, panels):
    """Draw the scale of colours beside the panels."""
    bar = figure.colorbar(colours(), ax=panels, shrink=0.6, ticks=RATIO_TICKS)
    bar.ax.set_yticklabels([f"{2.0 ** tick:g} x" for tick in RATIO_TICKS])
    bar.set_label("times as fast as the better of scikit-learn's algorithms")
