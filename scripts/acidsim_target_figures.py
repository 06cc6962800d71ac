"""Time to the target: for each graph and choice of rates how long the repeats took, beside what theory predicts."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import ticker
from matplotlib.lines import Line2D

import acidsim_results as results
from acidsim_figures import COLOURS, MARKERS, legend, metric_name, plain
from acidsim_statistics import Interval, t_interval


def time_to_target(runs: list[results.Run], title: str) -> plt.Figure:
    """A panel per algorithm, a row per graph, a mark per choice of rates (and of whatever else is swept)."""
    algorithms = list(dict.fromkeys(map(results.algorithm_of, runs)))
    graphs = list(dict.fromkeys(run.topology["name"] for run in runs))
    others = [name for name in results.varying(runs)
              if name != "algorithm" and not name.startswith(("topology", "algorithm.name"))]
    names = dict(zip(map(id, runs), _series(runs, others)))
    series = list(dict.fromkeys(names.values()))
    left = 0.3 + 0.075 * max(map(len, graphs))
    width = max(left + 0.2 + 2.9 * len(algorithms), 6.4)  # the words below need as much
    columns = min(4, max(1, int(width / (0.5 + 0.09 * max(map(len, series))))))
    above, below, row = 0.62, 1.0 + 0.2 * ((len(series) - 1) // columns), 0.16 * len(series) + 0.22
    height = above + below + row * len(graphs)
    figure, panels = plt.subplots(1, len(algorithms), figsize=(width, height), sharex=True, sharey=True, squeeze=False)
    figure.subplots_adjust(left=left / width, right=1 - 0.2 / width, top=1 - above / height, bottom=below / height,
                           wspace=0.08)
    values = []
    for panel, algorithm in zip(panels[0], algorithms):
        values += _draw_algorithm(panel, [run for run in runs if results.algorithm_of(run) == algorithm], graphs, series, names)
        panel.set_title(plain(results.PRETTY_VALUES.get(algorithm, algorithm)))
    label = _scale(panels[0, 0], values)
    for panel in panels[0]:
        panel.set_xlabel(label)
    panels[0, 0].set_yticks(range(len(graphs)), [plain(name.replace("_", " ")) for name in graphs])
    panels[0, 0].set_ylim(len(graphs) - 0.5, -0.5)
    target = runs[0].target
    text = (f"time until {metric_name(target['metric'])} < {_targets(runs)}; mean over {_repeats(runs)} repeats, "
            "Student's 95 % interval")
    constants = {(results.algorithm_of(run), constant) for run in runs if (constant := results.rate_constant(run))}
    if len(constants) > len({algorithm for algorithm, _ in constants}):
        text += f"\nhollow: {plain(series[0])} scaled by the ratio of χ₁ (gossip), of √(χ₁χ₂) (A²CiD²)"
    figure.suptitle(f"{plain(title.replace('_', ' '))}: time to the target", fontsize=10.5, y=1 - 0.1 / height, va="top")
    figure.text(0.5, 0.06 / height, text, ha="center", va="bottom", fontsize=8, color="0.35", linespacing=1.2)
    handles = [Line2D([], [], color=COLOURS[k % 7], marker=MARKERS[k % 8], linestyle="none") for k in range(len(series))]
    legend(figure, handles, series, loc="lower center", ncol=min(columns, len(series)), frameon=False, borderaxespad=0,
           columnspacing=1.4, handletextpad=0.3, bbox_to_anchor=(0.5, 0.42 / height))
    return figure


def _series(runs: list[results.Run], others: list[str]) -> list[str]:
    """Of each run the choice of rates, where it is not the same for all, and whatever else is swept."""
    rates = [results.rates_of(run) for run in runs]
    if not others:
        return rates
    rest = [results.label(run, others) for run in runs]
    return rest if len(set(rates)) == 1 else [f"{rate}, {other}" for rate, other in zip(rates, rest)]


def _targets(runs: list[results.Run]) -> str:
    return " or ".join(dict.fromkeys(f"{run.target['below']:g}" for run in runs))


def _repeats(runs: list[results.Run]) -> str:
    return " or ".join(map(str, sorted({run.repeats for run in runs})))


def _draw_algorithm(panel, runs, graphs, series, names) -> list[float]:
    """Returns the times that it has drawn."""
    step = 0.76 / max(1, len(series))
    values = []
    for row, graph in enumerate(graphs):
        reference = None
        for k, name in enumerate(series):
            found = [run for run in runs if run.topology["name"] == graph and names[id(run)] == name]
            if not found:
                continue
            place = row + step * (k - (len(series) - 1) / 2)
            interval, missed = mean_time(found[0])
            if missed:
                panel.annotate(f"{missed} of {found[0].repeats} did not arrive", (0.02, place), fontsize=7,
                               xycoords=("axes fraction", "data"), va="center", color=COLOURS[k % 7])
                continue
            constant = results.rate_constant(found[0])
            if reference and constant and constant != reference[1]:
                panel.plot(reference[0] * constant / reference[1], place, marker=MARKERS[k % 8], markersize=8.5,
                           markerfacecolor="none", markeredgecolor=COLOURS[k % 7], markeredgewidth=0.9, zorder=2)
                values.append(reference[0] * constant / reference[1])
            low, high = (max(interval.low, 0.0), interval.high) if np.isfinite(interval.low) else (interval.value,) * 2
            panel.errorbar(interval.value, place, xerr=[[interval.value - low], [high - interval.value]], capsize=2.5,
                           color=COLOURS[k % 7], marker=MARKERS[k % 8], markersize=4.5, elinewidth=1.2, zorder=3)
            values += [interval.value, high]
            if k == 0 and constant:
                reference = interval.value, constant
        if row:
            panel.axhline(row - 0.5, color="0.85", linewidth=0.6)
    panel.grid(False, axis="y")
    panel.tick_params(axis="y", length=0)
    return values


def _scale(panel, values: list[float]) -> str:
    """One scale for all panels. Returns what their axis is called."""
    if values and max(values) > 4 * min(values):
        panel.set_xscale("log")
        ratio = max(values) / min(values)
        panel.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 3, 5) if ratio < 10 else (1, 2, 5) if ratio < 100 else (1,)))
        panel.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
        panel.xaxis.set_minor_locator(ticker.NullLocator())
        return "simulated time (log)"
    if values:
        panel.set_xlim(0, 1.1 * max(values))
    return "simulated time"


def mean_time(run: results.Run) -> tuple[Interval, int]:
    """Mean time to the target with its interval, and how many repeats did not reach it (with any, no mean is known)."""
    times = run.times_to_target()
    missed = int(np.sum(np.isnan(times)))
    return (Interval(np.nan, np.nan, np.nan) if missed else t_interval(times)), missed
