"""What many methods spend until a target, on many graphs: a table, and a figure of it for each axis."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib import colors

import acidsim_results as results
from acidsim_figures import metric_name, plain


def table(runs: list[results.Run]) -> pd.DataFrame:
    """A row per run: what tells it apart, repeats and how many arrived, the median over repeats of every recorded axis at
    the target (a repeat that did not arrive counts as infinitely late), and the median of the metric at the end."""
    rows = []
    for run in runs:
        metric = run.target["metric"]
        row = {"algorithm": results.algorithm_of(run), "graph": run.topology.get("name", ""), "data": _data(run, runs),
               "repeats": run.repeats, "arrived": int(np.sum(~np.isnan(run.times_to_target())))}
        row |= {axis: _median(run.spent_at_target(axis)) for axis in results.AXES}
        rows.append(row | {f"final_{metric}": float(np.median(run.final(metric)))})
    return pd.DataFrame(rows).dropna(axis="columns", how="all")


def _median(spent: np.ndarray) -> float:
    median = float(np.median(np.where(np.isnan(spent), np.inf, spent)))
    return median if np.isfinite(median) else np.nan


def _data(run: results.Run, runs: list[results.Run]) -> str:
    """What else is swept besides the algorithm with its constants and the graph."""
    others = [name for name in results.varying(runs)
              if not name.startswith(("algorithm", "topology", "optimizer", "timing"))]
    return results.label(run, others) if others else ""


def figures(runs: list[results.Run], title: str) -> dict[str, plt.Figure]:
    """For each recorded axis: methods × (graph, data), each cell with the median at the target, or with the floor."""
    spent = table(runs)
    metric = runs[0].target["metric"]
    target = f"{metric_name(metric)} < {float(runs[0].target['below']):g}"
    return {axis: _figure(spent, axis, f"final_{metric}", target, title) for axis in results.AXES if axis in spent}


def _figure(spent: pd.DataFrame, axis: str, floor: str, target: str, title: str) -> plt.Figure:
    methods = list(dict.fromkeys(spent["algorithm"]))
    columns = list(dict.fromkeys(zip(spent["data"], spent["graph"])))
    columns.sort(key=lambda column: list(dict.fromkeys(spent["data"])).index(column[0]))
    values = np.full((len(methods), len(columns)), np.nan)
    texts = [["" for _ in columns] for _ in methods]
    for row in spent.to_dict("records"):
        at = methods.index(row["algorithm"]), columns.index((row["data"], row["graph"]))
        values[at] = row[axis]
        texts[at[0]][at[1]] = _number(row[axis]) if np.isfinite(row[axis]) else f"({row[floor]:.1g})"
    left, above, below = 1.75, 1.25, 0.75
    width, height = left + 0.78 * len(columns) + 0.15, above + 0.27 * len(methods) + below
    figure, panel = plt.subplots(figsize=(width, height))
    figure.subplots_adjust(left=left / width, right=1 - 0.15 / width, top=1 - above / height, bottom=below / height)
    least = np.min(np.where(values > 0, values, np.inf), axis=0)  # a method may start at the target and spend nothing
    ratios = np.where(values > 0, values / least, values)
    shades = plt.get_cmap("YlGnBu_r").copy()
    shades.set_bad("0.93")
    panel.imshow(np.ma.masked_invalid(np.maximum(ratios, 0.6)), aspect="auto", cmap=shades, norm=colors.LogNorm(0.6, 300))
    for i, line in enumerate(texts):
        for j, text in enumerate(line):
            dark = np.isfinite(ratios[i, j]) and ratios[i, j] < 6
            panel.text(j, i, text, ha="center", va="center", fontsize=8, color="white" if dark else "black",
                       fontweight="bold" if ratios[i, j] <= 1 else "normal")
    panel.set_yticks(range(len(methods)), [plain(results.PRETTY_VALUES.get(name, name.replace("_", " "))) for name in methods])
    panel.set_xticks(range(len(columns)), [plain(graph.replace("_", "\n")) for _, graph in columns], fontsize=8)
    panel.xaxis.tick_top()
    panel.tick_params(length=0)
    panel.grid(False)
    for j in range(1, len(columns)):
        if columns[j][0] != columns[j - 1][0]:
            panel.axvline(j - 0.5, color="black", linewidth=1.2)
    for data in dict.fromkeys(data for data, _ in columns):
        places = [j for j, column in enumerate(columns) if column[0] == data]
        panel.annotate(plain(data), (np.mean(places), 1 + 0.5 / (0.27 * len(methods))),
                       xycoords=("data", "axes fraction"), ha="center", fontsize=9)
    figure.suptitle(f"{plain(title.replace('_', ' '))}: {AXIS_NAMES[axis]} until {target}", fontsize=10.5,
                    y=1 - 0.1 / height, va="top")
    note = ("median over the repeats; bold: the least of its column (0: the method starts there); lighter: more times as much\n"
            "grey, in brackets: the target was not reached, and where the median ended")
    figure.text(0.5, 0.1 / height, note, ha="center", va="bottom", fontsize=8, color="0.35", linespacing=1.2)
    return figure


AXIS_NAMES = {"time": "simulated time", "gradients": "gradients of all workers", "communications": "communications",
              "rounds": "rounds", "vectors": "vectors sent", "bytes": "bytes sent"}


def _number(value: float) -> str:
    if value < 1000:
        return f"{value:.3g}"
    if value < 1e4:
        return f"{value:.0f}"
    return f"{value / 1e3:.3g} k" if value < 1e6 else f"{value / 1e6:.3g} M"
