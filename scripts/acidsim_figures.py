"""Draws results of acidsim: curves, final values against a swept field, topologies, communication heat-maps.

Every function returns a matplotlib figure; `save` writes it as PDF and PNG, whole or not at all.
"""

from __future__ import annotations

import os
import sys
import textwrap
import warnings
from collections.abc import Iterable
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import ticker
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

import acidsim_layouts as layouts
import acidsim_results as results
import acidsim_theory as theory
from acidsim_looks import CHOSEN, NARROWEST_PANEL, SIZES, add_fonts, smoothed, use_style

plt.rcParams.update({
    "pdf.fonttype": 42,  # TrueType: text stays text, as journals ask
    "font.size": 9, "axes.labelsize": 9, "axes.titlesize": 9.5, "legend.fontsize": 9,
    "xtick.labelsize": 8, "ytick.labelsize": 8, "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.alpha": 0.25, "grid.linewidth": 0.5, "lines.linewidth": 1.6, "savefig.dpi": 160,
})
add_fonts()

# Okabe and Ito (2008), told apart by colour-blind readers; yellow is left out (too pale for lines on white).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES = ("-", "--", ":", "-.")

METRIC_NAMES = {
    "consensus_distance": r"consensus distance  $\Sigma_i\,\Vert x_i-\bar x\Vert^2/n$",
    "loss": r"training loss  $f(\bar x)$",
    "suboptimality": r"suboptimality  $f(\bar x)-f^*$",
    "distance_to_optimum": r"distance to the optimum  $\Vert\bar x-x^*\Vert^2$",
    "mean_distance_to_optimum": r"mean distance to the optimum  $\Sigma_i\,\Vert x_i-x^*\Vert^2/n$",
    "gradient_norm": r"gradient norm  $\Vert\nabla f(\bar x)\Vert^2$",
    "worst_worker_loss": r"loss of the worst worker  $\max_i f(x_i)$",
    "test_loss": r"test loss of $\bar x$",
    "test_accuracy": r"test accuracy of $\bar x$",
    "mean_worker_accuracy": "test accuracy, mean over workers",
    "staleness_mean": "staleness of gradients, mean",
    "staleness_max": "staleness of gradients, largest",
    "minibatch_loss": "loss of minibatches, mean since the last record",
    "mean_drift": r"$\Vert\bar x-\bar x_0\Vert^2$",
    "idle_share": "share of time in which no gradient is computed",
    "messages_in_flight": "messages on their way",
}
AXIS_NAMES = {"time": "simulated time (gradients per worker)", "gradients": "gradients, all workers",
              "communications": "communications, all pairs", "rounds": "rounds", "vectors": "vectors sent, all workers",
              "bytes": "bytes sent, all workers"}

TIMES = {True: "wall-clock time (s)", False: AXIS_NAMES["time"]}  # by results.is_live

MOST_EDGES_DRAWN = 20_000  # beyond, a drawing of the graph is a blot
MOST_WORKERS_MAPPED = 2_048  # beyond, a cell of the heat-map is less than a pixel


def save(figure: plt.Figure, stem: Path) -> None:
    """Writes stem.pdf and stem.png, each to a temporary file that is then renamed."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    for kind in ("pdf", "png"):
        partial = stem.parent / f".{stem.name}.{kind}.part"
        metadata = {"CreationDate": None} if kind == "pdf" else None  # the same figure gives the same file
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                figure.savefig(partial, format=kind, metadata=metadata)
            _pass_on(caught)
            os.replace(partial, stem.parent / f"{stem.name}.{kind}")
        finally:
            partial.unlink(missing_ok=True)
    plt.close(figure)


def choose(size: str | None, scale: str | None, smooth: int, style: Path | None) -> None:
    """What the user wants of all figures. Raises ResultError. Before the other modules of figures take COLOURS from here."""
    global COLOURS
    CHOSEN.size, CHOSEN.scale, CHOSEN.smooth = SIZES.get(size), scale, smooth
    if size == "slide":
        plt.rcParams["savefig.dpi"] = 288  # 1920 × 1080 pixels
    if style:
        COLOURS = use_style(style) or COLOURS
        add_fonts()


_said: set[str] = set()


def _pass_on(caught: list[warnings.WarningMessage]) -> None:
    """What matplotlib warns of, each once; of characters without a picture, what to do."""
    for warning in caught:
        text = f"{warning.category.__name__}: {warning.message}"
        if "missing from" in text and "Glyph" in text:
            text = "characters that no installed font has are drawn as boxes — scripts/setup fonts"
        if text not in _said:
            print(f"plot: {text}", file=sys.stderr)
            _said.add(text)


def plain(text: str) -> str:
    """Text of a user as it is: a dollar is a dollar and begins no formula."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("$", r"\$")


def legend(figure: plt.Figure, handles: list, labels: list[str], **options) -> None:
    """A legend of any labels; matplotlib leaves out those that begin with `_`."""
    made = figure.legend(handles, ["label"] * len(labels), **options)
    for text, label in zip(made.get_texts(), labels):
        text.set_text(plain(label))


def metric_name(metric: str) -> str:
    return METRIC_NAMES.get(metric, plain(metric.replace("_", " ")))


def styles(runs: list[results.Run], fields: list[str]) -> list[dict]:
    """Colour, marker and dashes per run. Few runs: one colour each. Many: the colour tells the field with most values
    (dark to light where it is a number), marker and dashes tell the rest."""
    if len(runs) <= len(COLOURS) or len(fields) < 2:
        return [{"color": COLOURS[k % 7], "marker": MARKERS[k % 8], "linestyle": DASHES[k // 7 % 4]}
                for k in range(len(runs))]
    levels = {name: list(dict.fromkeys(str(run.values.get(name)) for run in runs)) for name in fields}
    main = max(fields, key=lambda name: len(levels[name]))
    rest = [results.label(run, [name for name in fields if name != main]) for run in runs]
    order = list(dict.fromkeys(rest))
    count = len(levels[main])
    colours = COLOURS if count <= len(COLOURS) else plt.cm.turbo(np.linspace(0.03, 0.97, count))
    return [{"color": colours[levels[main].index(str(run.values.get(main)))],
             "marker": MARKERS[order.index(other) % 8], "linestyle": DASHES[order.index(other) % 4]}
            for run, other in zip(runs, rest)]


def _log_axis(axis) -> None:
    """Log scale with enough labelled ticks, however short the range."""
    axis.axes.set_yscale("log")
    low, high = axis.get_view_interval()
    decades = np.log10(high / low)
    axis.set_minor_formatter(ticker.NullFormatter())
    if decades >= 3.5:
        return
    if decades < 0.8:
        axis.set_major_locator(ticker.MaxNLocator(6))
        axis.set_minor_locator(ticker.NullLocator())
        axis.set_major_formatter(ticker.ScalarFormatter(useOffset=False))
    else:
        axis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5), numticks=20))
        axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:.3g}"))


def _scale(axes, metric: str, positive: list[bool]) -> None:
    if metric.endswith("accuracy"):
        axes.yaxis.set_major_formatter(ticker.PercentFormatter(1.0, decimals=None))
    if _is_log(metric, positive):
        _log_axis(axes.yaxis)


def _is_log(metric: str, positive: list[bool]) -> bool:
    """What was chosen, else log where all values are positive; accuracies stay linear."""
    if CHOSEN.scale:
        return CHOSEN.scale == "log" and any(positive)
    return not metric.endswith("accuracy") and bool(positive) and all(positive)


def _large_numbers(axis) -> None:
    axis.set_major_locator(ticker.MaxNLocator(5))
    if axis.get_view_interval()[1] >= 1000:
        axis.set_major_formatter(ticker.EngFormatter(sep=""))


def _page(panels: int, handles: list, labels: list[str], title: str, caption: str, panel_size=(3.4, 2.7), above=0.4,
          below=0.52):
    """A row of panels with title above, legend and caption below: nothing overlaps, whatever the labels' length.

    panel_size, above, below: inches; the room above and below a panel is for its own title and tick labels.
    """
    beside = panels if CHOSEN.size is None else min(panels, max(1, int(CHOSEN.size.width / NARROWEST_PANEL)))
    width = CHOSEN.size.width if CHOSEN.size else max(panel_size[0] * panels, 5.0)
    longest = max((len(text) for text in labels), default=0)
    columns = max(1, min(len(labels), int((width - 0.4) / (0.65 + 0.072 * longest))))
    rows = -(-len(labels) // columns)
    columns = -(-len(labels) // rows) if rows else 1  # rows of equal length
    if CHOSEN.size:
        caption = "\n".join(line for part in caption.split("\n") for line in textwrap.wrap(part, int(17 * width)))
    caption_height = 0.17 * (caption.count("\n") + 1) + 0.08 if caption else 0.0
    between = above - 0.3 + below  # rows of panels
    below += 0.2 * rows + caption_height
    lines = -(-panels // beside)
    panel_height = panel_size[1]
    if CHOSEN.size:
        panel_height = min(panel_height, 0.8 * (width / beside - 0.45))
        if CHOSEN.size.height:
            panel_height = max(0.8, (CHOSEN.size.height - above - below - between * (lines - 1)) / lines)
    height = panel_height * lines + between * (lines - 1) + below + above
    figure, axes = plt.subplots(lines, beside, figsize=(width, height), squeeze=False)
    figure.subplots_adjust(left=0.68 / width, right=1 - 0.18 / width, bottom=below / height, top=1 - above / height,
                           wspace=0.26, hspace=between / panel_height)
    for unused in axes.ravel()[panels:]:
        unused.remove()
    figure.suptitle(plain(title), fontsize=10.5, y=1 - 0.1 / height, va="top")
    if labels:
        legend(figure, handles, labels, loc="lower center", ncol=columns, frameon=False, handlelength=2.8,
               columnspacing=1.6, borderaxespad=0, bbox_to_anchor=(0.5, (caption_height + 0.04) / height))
    figure.text(0.5, 0.06 / height, plain(caption), ha="center", va="bottom", fontsize=8, color="0.35", linespacing=1.2)
    return figure, axes.ravel()[:panels]


def axis_name(axis: str, runs: list[results.Run]) -> str:
    kinds = sorted({results.is_live(run) for run in runs})
    if axis != "time":
        return AXIS_NAMES[axis]
    return TIMES[kinds[0]] if len(kinds) == 1 else "simulated time, or seconds (live)"


def curves(runs: list[results.Run], metric: str, axes_shown: Iterable[str], title: str) -> plt.Figure | None:
    """The metric against each axis, median and band over repeats; axes on which no run moves are left out."""
    fields = results.varying(runs)
    smooth = (lambda values: smoothed(values, CHOSEN.smooth)) if CHOSEN.smooth > 1 else None
    drawn = {axis: [results.curve(run, metric, axis, smooth) for run in runs] for axis in axes_shown}
    drawn = {axis: lines for axis, lines in drawn.items() if any(lines)}
    if not drawn:
        return None
    looks = styles(runs, fields)
    handles = [Line2D([], [], markersize=4.5, **look) for look in looks]
    labels = [results.label(run, fields) for run in runs]
    labels = [f"{text} ({run.diverged} of {run.repeats} diverged)" if run.diverged else text
              for text, run in zip(labels, runs)]
    if len(runs) == 1 and not runs[0].diverged:
        handles, labels = [], []
    caption = "; ".join(dict.fromkeys(results.band_name(run.repeats) for run in runs))
    caption += f"; running mean over {CHOSEN.smooth} records" if smooth else ""
    expected = _expected(runs, metric) if "time" in drawn else []
    if expected:
        handles, labels = [*handles, Line2D([], [], **THEORY)], [*labels, "theory, expected value"]
    figure, panels = _page(len(drawn), handles, labels, title, caption)
    for panel in panels:
        if panel.get_subplotspec().is_first_col():
            panel.set_ylabel(metric_name(metric))
    for panel, (axis, lines) in zip(panels, drawn.items()):
        positive = []
        for k, (line, look) in enumerate(zip(lines, looks)):
            if line is None:
                continue
            positive.append(np.mean(line.median[1:] > 0) == 1)
            low, median = line.low, line.median
            if _is_log(metric, positive[-1:]):  # an exact 0 (all workers start equal) has no place on a log axis
                median = np.where(median > 0, median, np.nan)
                low = np.where(low > 0, low, median)
            every = max(1, len(line.x) // 8)
            panel.plot(line.x, median, markersize=4.5, markevery=(k * every // max(1, len(runs)), every), **look)
            panel.fill_between(line.x, low, line.high, where=~np.isnan(median), color=look["color"], alpha=0.2,
                               linewidth=0)
        end = max(line.x[-1] for line in lines if line)
        panel.set_xlim(-0.03 * end, 1.03 * end)
        panel.set_xlabel(axis_name(axis, [run for run, line in zip(runs, lines) if line]))
        _large_numbers(panel.xaxis)
        if axis == "time":
            for rows in expected:
                visible = rows[(rows["time"] <= end) & ((rows["expected"] > 0) | (not _is_log(metric, positive)))]
                panel.plot(visible["time"], visible["expected"], **THEORY)
        _scale(panel, metric, positive)
    return figure


THEORY = {"color": "black", "linestyle": (0, (4, 2)), "linewidth": 0.9, "zorder": 4}


def _expected(runs: list[results.Run], metric: str) -> list:
    """By run that has theory of the metric: time and expected value."""
    tables = [rows[rows["metric"] == metric] for rows in theory.of_all(runs).values()]
    return [rows.sort_values("time") for rows in tables if len(rows)]


def final_values(runs: list[results.Run], metric: str, field: str, title: str) -> plt.Figure:
    """The metric at the end against a swept number, one line per combination of the other swept fields."""
    others = [name for name in results.varying(runs) if name != field]
    groups: dict[str, list[results.Run]] = {}
    for run in runs:
        groups.setdefault(results.label(run, others) if others else "", []).append(run)
    caption = "; ".join(dict.fromkeys(results.band_name(run.repeats) for run in runs)).replace("band", "bars")
    looks = [{"color": COLOURS[k % 7], "marker": MARKERS[k % 8], "linestyle": DASHES[k // 7 % 4]}
             for k in range(len(groups))]
    labels = list(groups) if others else []
    handles = [Line2D([], [], markersize=5, **look) for look in looks] if labels else []
    figure, (panel,) = _page(1, handles, labels, title, caption, panel_size=(5.0, 3.0))
    panel.set_ylabel("final " + metric_name(metric))
    positive = []
    numbers = sorted({run.values[field] for run in runs})
    spread_out = numbers[0] > 0 and numbers[-1] / numbers[0] >= 8
    for k, (look, group) in enumerate(zip(looks, groups.values())):
        aside = k - (len(groups) - 1) / 2  # lines stand a little aside, so that bars do not hide each other
        group = sorted(group, key=lambda run: run.values[field])
        values = [run.final(metric) for run in group]
        limits = [(0, 50, 100) if len(v) < 10 else (25, 50, 75) for v in values]
        low, median, high = np.array([np.percentile(v, q) for v, q in zip(values, limits)]).T
        positive.append(bool(np.all(low > 0)))
        places = np.array([run.values[field] for run in group], float)
        places = places * 1.05**aside if spread_out else places + 0.015 * (numbers[-1] - numbers[0]) * aside
        panel.errorbar(places, median, [median - low, high - median], capsize=3,
                       markersize=5, **look)
    if spread_out:
        panel.set_xscale("log")
        panel.xaxis.set_minor_locator(ticker.NullLocator())
    panel.set_xticks(numbers, [f"{number:g}" for number in numbers])
    panel.set_xlabel(plain(field.rsplit(".", 1)[-1].replace("_", " ")))
    _scale(panel, metric, positive)
    return figure


def numeric_field(runs: list[results.Run]) -> str | None:
    """The swept field with at least three numbers as values, most values first."""
    values = {name: {json_value for run in runs if (json_value := run.values.get(name)) is not None}
              for name in results.varying(runs) if all(_is_number(run.values.get(name)) for run in runs)}
    name = max(values, key=lambda key: len(values[key]), default=None)
    return name if name and len(values[name]) >= 3 else None


def _is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def draw_topology(panel, run: results.Run) -> LineCollection:
    """The graph, edges coloured by their communications (all repeats)."""
    counts = run.edge_counts
    ends = counts[["i", "j"]].to_numpy(int)
    name = run.topology.get("name", "")
    places = layouts.places(run.topology["workers"], ends, run.topology.get("coordinates"), name)
    order = np.argsort(counts["count"].to_numpy(), kind="stable")  # busiest edges on top
    width = 2.6 if len(ends) <= 64 else 1.4 if len(ends) <= 500 else 0.6
    paths, owner = layouts.edge_paths(name, places, ends[order])
    lines = LineCollection(paths, array=counts["count"].to_numpy(float)[order[owner]], cmap="viridis", linewidths=width,
                           rasterized=len(ends) > 5000)
    panel.add_collection(lines)
    panel.scatter(*places.T, s=np.clip(1500 / len(places), 4, 60), color="white", edgecolor="0.2", linewidth=0.8,
                  zorder=3)
    panel.set_aspect("equal", adjustable="datalim")
    panel.margins(0.08)
    panel.autoscale_view()
    panel.axis("off")
    return lines


def _family(run: results.Run) -> str | None:
    """None where the graph comes from a file."""
    topology = run.info.get("config", {}).get("topology", {})
    return None if topology.get("file") else topology.get("family")


def graph_name(run: results.Run) -> str:
    graph = run.topology
    chi = f"\n(χ₁, χ₂) = ({graph['chi_1']:.4g}, {graph['chi_2']:.4g})" if graph.get("chi_1") is not None else ""
    name = _family(run) or graph.get("name", "graph")
    return f"{name}, {graph['workers']} workers{chi}"


def communications_caption(run: results.Run) -> str:
    test = results.dispersion(run.edge_counts)
    return str(test) if test else "no communications"


def _graph_page(runs: list[results.Run], title: str, below: float):
    """Panels for graphs side by side, each under its name, with their χ² tests as caption."""
    tests = [communications_caption(run) for run in runs]
    caption = tests[0] if len(runs) == 1 else "\n".join(f"{_family(run)}: {test}" for run, test in zip(runs, tests))
    above = (0.26 if title else 0.04) + 0.46
    figure, panels = _page(len(runs), [], [], title, caption, panel_size=(4.2, 3.3), above=above, below=below)
    figure.subplots_adjust(right=1 - 0.45 / figure.get_figwidth())  # room for the last colour bar's label
    for panel, run in zip(panels, runs):
        panel.set_title(plain(graph_name(run)))
    return figure, panels


def topology(runs: list[results.Run], title: str = "") -> plt.Figure:
    """Graphs side by side, edges coloured by their communications."""
    figure, panels = _graph_page(runs, title, below=0.1)
    for panel, run in zip(panels, runs):
        _colour_bar(figure, draw_topology(panel, run), panel)
    return figure


def heat_map(runs: list[results.Run], title: str = "") -> plt.Figure:
    """Communications of every pair of workers, side by side; pairs that are no edge stay white."""
    figure, panels = _graph_page(runs, title, below=0.52)
    for panel, run in zip(panels, runs):
        counts, n = run.edge_counts, run.topology["workers"]
        grid = np.full((n, n), np.nan)
        grid[counts["i"], counts["j"]] = grid[counts["j"], counts["i"]] = counts["count"]
        image = panel.imshow(grid, cmap="viridis", interpolation="nearest", origin="upper")
        panel.grid(False)
        for axis in (panel.xaxis, panel.yaxis):
            axis.set_major_locator(ticker.MaxNLocator(8, integer=True))
            axis.set_label_text("worker")
        _colour_bar(figure, image, panel)
    return figure


def _colour_bar(figure: plt.Figure, mappable, panel) -> None:
    bar = figure.colorbar(mappable, ax=panel, shrink=0.85, pad=0.03, label="communications, all repeats")
    bar.ax.yaxis.set_major_locator(ticker.MaxNLocator(5))
    bar.outline.set_visible(False)
