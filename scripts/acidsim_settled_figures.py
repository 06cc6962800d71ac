"""What metrics settle at in sweeps of more runs than curves can be told apart: methods side by side, a row for each setting."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import colors

import acidsim_results as results
from acidsim_figures import metric_name, plain

LAST = 0.5  # of the time: what a metric's mean is taken over
METHOD = ("algorithm", "timing.communication_rate", "optimizer")  # fields that begin so belong to the method
MOST_ROWS, MOST_COLUMNS = 60, 8


def settled_value(run: results.Run, metric: str) -> float:
    """The mean over the last half of the time, median over the repeats."""
    times = run.table["time"]
    last = run.table[times >= (1 - LAST) * times.max()]
    return float(last.groupby("repeat")[metric].mean().median())


def figure(runs: list[results.Run], metric: str, title: str) -> plt.Figure | None:
    """None where the sweep has no methods to stand side by side, or too much for one table."""
    fields = results.varying(runs)
    method = [name for name in fields if name.startswith(METHOD)]
    setting = [name for name in fields if name not in method]
    cells = {(results.label(run, setting), results.label(run, method)): settled_value(run, metric) for run in runs}
    rows, columns = list(dict.fromkeys(row for row, _ in cells)), list(dict.fromkeys(column for _, column in cells))
    if not method or not setting or len(rows) > MOST_ROWS or not 1 < len(columns) <= MOST_COLUMNS:
        return None
    values = np.array([[cells.get((row, column), np.nan) for column in columns] for row in rows])
    words = [plain(row.replace("gradient duration ", "").replace("pairing = ", "").replace("_", " ")) for row in rows]
    left, above, below = 0.2 + 0.062 * max(map(len, words)), 0.95, 0.55
    width, height = left + 1.25 * len(columns) + 0.15, above + 0.2 * len(rows) + below
    drawn, panel = plt.subplots(figsize=(width, height))
    drawn.subplots_adjust(left=left / width, right=1 - 0.15 / width, top=1 - above / height, bottom=below / height)
    least = np.nanmin(values, axis=1, keepdims=True)
    ratios = np.where(least > 0, values / np.where(least > 0, least, 1), 1.0)
    panel.imshow(np.ma.masked_invalid(ratios), aspect="auto", cmap="YlGnBu_r", norm=colors.LogNorm(0.6, 12))
    for i, line in enumerate(values):
        for j, value in enumerate(line):
            if np.isfinite(value):
                panel.text(j, i, f"{value:.3g}", ha="center", va="center", fontsize=8,
                           color="white" if ratios[i, j] < 1.8 else "black",
                           fontweight="bold" if ratios[i, j] < 1.01 and np.nanmax(ratios[i]) >= 1.01 else "normal")
    panel.set_xticks(range(len(columns)), [plain(column.replace(", ", "\n")) for column in columns], fontsize=8)
    panel.set_yticks(range(len(rows)), words, fontsize=8)
    panel.xaxis.tick_top()
    panel.tick_params(length=0)
    panel.grid(False)
    drawn.suptitle(f"{plain(title.replace('_', ' '))}: {metric_name(metric)}", fontsize=10, y=1 - 0.1 / height, va="top")
    drawn.text(0.5, 0.1 / height, "mean over the last half of the time, median over the repeats; bold: the least of its row",
               ha="center", va="bottom", fontsize=8, color="0.35")
    return drawn
