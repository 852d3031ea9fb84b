"""A figure of the criteria for the number of clusters."""

from typing import Any

import numpy as np

from kmeanslab.report.style import line, new_figure, whole_numbers
from kmeanslab.studies.choose_k import (
    Criteria, best_by_gap, best_by_silhouette)


def criteria(found: list[Criteria]) -> Any:
    """Return a figure of inertia, silhouette and gap against K."""
    ks = [each.k for each in found]
    figure, axes = new_figure(11, 3.2, 1, 3)
    panels = [("inertia", None), ("silhouette", best_by_silhouette(found)),
              ("gap", best_by_gap(found))]
    for number, (ax, (field, best)) in enumerate(zip(axes[0], panels)):
        values = np.array([getattr(each, field) for each in found])
        ax.plot(ks, values, **line(number))
        title = field if best is None else f"{field}: suggests K = {best}"
        ax.set(title=title, xlabel="K")
        whole_numbers(ax.xaxis)
        ax.grid(alpha=0.3)
    axes[0, 2].errorbar(ks, [each.gap for each in found],
                        [each.error for each in found], fmt="none",
                        ecolor="black", capsize=3)
    return figure
