"""Draws one graph: edges by rate, effective resistance or leverage, the edge that sets χ2 marked.

Sizes are in points and follow from the room that a worker has, so that a graph reads well from a few to some thousands
of workers.
"""

from __future__ import annotations

import textwrap

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import ticker
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap, LogNorm, Normalize
from matplotlib.lines import Line2D

import acidsim_labels as labels
import acidsim_layouts as layouts
from acidsim_figures import COLOURS, legend, plain
from acidsim_graphs import DrawnGraph
from acidsim_results import ResultError

EDGE_VALUES = {"rate": "rate $\\lambda_{ij}$", "resistance": "effective resistance $R_{ij}$",
               "leverage": "leverage $\\lambda_{ij} R_{ij}$  (1: a bridge)"}
MOST_WORKERS_DRAWN = 20_000
MOST_EDGES_DRAWN = 200_000  # beyond, a drawing is a blot and takes minutes
MARKED = COLOURS[1]
# Light to dark: on white paper a high value then stands out. The palest part of viridis is left out.
SHADES = ListedColormap(plt.get_cmap("viridis_r")(np.linspace(0.1, 1, 256)), "viridis_on_white")

WIDTH = 6.4  # inches, the page's
EQUAL = 1e-9  # values that differ by no more, relatively, are told as one


def edge_values(graph: DrawnGraph, kind: str | None) -> tuple[str, np.ndarray]:
    """What colours the edges; by default the resistance where it is known."""
    kind = kind or ("rate" if graph.resistance is None else "resistance")
    if kind == "rate":
        return kind, graph.rate
    if graph.resistance is None:
        raise ResultError(f"--edges-by: this graph's resistances are not known ({kind}) — use rate")
    return kind, graph.resistance if kind == "resistance" else graph.rate * graph.resistance


def is_geographic(graph: DrawnGraph) -> bool:
    """Named workers at places that can be longitudes and latitudes: a network on the map."""
    if graph.coordinates is None or graph.names is None:
        return False
    longitude, latitude = np.abs(graph.coordinates).max(axis=0)
    return longitude <= 180 and latitude <= 90


def draw(graph: DrawnGraph, by: str | None = None) -> plt.Figure:
    """The figure of one graph; `by`: rate, resistance or leverage. Raises ResultError where it is too large."""
    if graph.workers > MOST_WORKERS_DRAWN or len(graph.ends) > MOST_EDGES_DRAWN:
        raise ResultError(f"--topology: too large to draw ({graph.workers} workers, {len(graph.ends)} edges) — at most "
                          f"{MOST_WORKERS_DRAWN} workers and {MOST_EDGES_DRAWN} edges")
    kind, values = edge_values(graph, by)
    name = graph.facts["name"]
    places = layouts.places(graph.workers, graph.ends, graph.coordinates, name, is_geographic(graph))
    note = ""
    drawn = values[graph.rate > 0]
    uniform = len(drawn) == 0 or np.ptp(drawn) <= EQUAL * np.abs(drawn).max()
    if uniform and len(drawn):
        note = f"all edges alike: {EDGE_VALUES[kind].split('  ')[0]} = {drawn[0]:.6g}"
    paths, owner = layouts.edge_paths(name, places, graph.ends)
    beside = labels.beside(graph)
    figure, panel, bar_place = _page(np.vstack([places, *paths]), name, caption(graph, note), bar=not uniform,
                                     names=beside)
    size = node_size(panel, places)
    lines = _draw_edges(panel, graph, paths, owner, values, uniform)
    if kind == "rate" and not uniform:  # the busiest ones wider, too
        lines.set_linewidths(np.clip(lines.get_linewidths() * np.sqrt(lines.get_array() / drawn.mean()), 0.25, 4))
    entries = _mark_chi_2(panel, graph, paths[owner == _chi_2_row(graph)])
    if len(paths) > len(graph.ends):
        entries.append(Line2D([], [], color="0.55", linewidth=1.5, label="stubs wrap around"))
    if np.any(graph.rate == 0):
        entries.append(Line2D([], [], color="0.75", linewidth=1, linestyle=":", label="rate 0"))
    panel.scatter(*places.T, s=size**2, facecolor="white" if size >= 5 else "0.25", edgecolor="0.2",
                  linewidth=min(0.9, size / 6) if size >= 5 else 0, zorder=4)
    if not uniform:
        _colour_bar(figure, lines, bar_place, EDGE_VALUES[kind])
    legend(figure, entries, [entry.get_label() for entry in entries], loc="upper center",
           bbox_to_anchor=(0.5, 1 - 0.33 / figure.get_figheight()), ncol=len(entries), frameon=False, borderaxespad=0,
           fontsize=8.5, columnspacing=1.6)
    labels.write(figure, panel, graph, places, size)
    return figure


def caption(graph: DrawnGraph, note: str = "") -> str:
    """n, m, the χ's and how they were found; what else the reader must know of this drawing."""
    facts = graph.facts
    lines = [f"n = {facts['workers']}, m = {facts['edges']},  χ₁ = {_bounded(facts, 'chi_1')},  χ₂ = "
             f"{_bounded(facts, 'chi_2')},  √(χ₁χ₂) = {facts['sqrt_chi1_chi2']:.6g}",
             f"rates: {facts['rates']}, {facts['rate_total']:.6g} communications per unit time; χ: {facts['method']}"]
    if phases := facts.get("phases"):
        lines.append(f"changes over time: drawn is the union of its {phases} phases with mean rates; χ: of the mean "
                     "Laplacian")
    return "\n".join(wrapped for line in [*lines, note] if line for wrapped in textwrap.wrap(line, 100))


def _bounded(facts: dict, name: str) -> str:
    low, high = facts.get(f"{name}_bounds") or (facts[name], facts[name])
    if facts.get("exact", True) or high - low <= 1e-6 * high:
        return f"{facts[name]:.6g}"
    return f"{facts[name]:.6g} in [{low:.6g}, {high:.6g}]"


def _page(points: np.ndarray, title: str, text: str, bar: bool, names: bool):
    """A page as high as the graph needs: title, legend, the graph, a colour bar and the caption below. `names`: leaves
    room beside the outer workers."""
    spread = np.maximum(np.ptp(points, axis=0), 1e-9)
    panel_height = float(np.clip(WIDTH * spread[1] / spread[0], 0.25 * WIDTH, 0.95 * WIDTH))
    below = 0.15 + 0.17 * (text.count("\n") + 1) + (0.55 if bar else 0.0)
    above = 0.6
    height = panel_height + below + above
    figure = plt.figure(figsize=(WIDTH, height))
    panel = figure.add_axes([0.02, below / height, 0.96, panel_height / height])
    margin = (0.12, 0.09) if names else (0.06, 0.06)
    sizes = np.array([0.96 * WIDTH, panel_height]) * (1 - 2 * np.array(margin))
    scale = max(spread / sizes)  # units per inch, the same both ways
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    half = scale * np.array([0.96 * WIDTH, panel_height]) / 2
    panel.set(xlim=(middle[0] - half[0], middle[0] + half[0]), ylim=(middle[1] - half[1], middle[1] + half[1]))
    panel.axis("off")
    figure.suptitle(plain(title.replace("_", " ")), fontsize=10.5, y=1 - 0.08 / height, va="top")
    figure.text(0.5, 0.06 / height, text, ha="center", va="bottom", fontsize=8, color="0.35", linespacing=1.2)
    return figure, panel, [0.25, (below - 0.12) / height, 0.5, 0.09 / height]


def points_of(panel, places: np.ndarray) -> np.ndarray:
    """Places on the page, in points (1/72 inch)."""
    return panel.transData.transform(places) * 72 / panel.figure.dpi


def node_size(panel, places: np.ndarray) -> float:
    """Diameter of a worker in points: what the room allows, but no two touch much."""
    on_page = points_of(panel, places)
    area = np.prod(np.maximum(np.ptp(on_page, axis=0), 30))
    room = np.sqrt(area / len(places))
    nearest = layouts.nearest_distances(on_page) if len(places) > 1 else np.array([room])
    return float(np.clip(min(0.35 * room, 0.62 * np.percentile(nearest, 5)), 1.2, 15))


def edge_width(on_page: np.ndarray) -> float:
    """Width of the lines (lines, 2, 2), in points: no more ink than a share of the page that they cover."""
    ends = on_page.reshape(-1, 2)
    area = np.prod(np.maximum(np.ptp(ends, axis=0), 30))
    length = np.hypot(*(on_page[:, 1] - on_page[:, 0]).T).sum()
    return float(np.clip(0.25 * area / max(length, 1e-9), 0.3, 2.2))


def _draw_edges(panel, graph: DrawnGraph, paths, owner, values, uniform: bool) -> LineCollection:
    """Edges of high value on top; an edge that never communicates is dotted."""
    silent = graph.rate[owner] <= 0
    order = np.argsort(values[owner], kind="stable")
    order = order[~silent[order]]
    width = edge_width(points_of(panel, paths.reshape(-1, 2)).reshape(-1, 2, 2))
    look = {"linewidths": width, "rasterized": len(order) > 20_000, "capstyle": "round", "zorder": 2}
    if uniform:
        look["colors"] = "0.55"
    else:
        shown = values[owner[order]]
        look |= {"array": shown, "cmap": SHADES, "norm": _norm(shown)}
    lines = LineCollection(paths[order], **look)
    panel.add_collection(lines, autolim=False)
    if silent.any():
        panel.add_collection(LineCollection(paths[silent], colors="0.75", linestyles=":", linewidths=min(width, 1.0),
                                            zorder=1), autolim=False)
    return lines


def _norm(values: np.ndarray) -> Normalize:
    """Linear, or logarithmic over a wide range: three decades at most, what is lower has the palest colour."""
    low, high = values.min(), values.max()
    return LogNorm(max(low, 1e-3 * high), high) if low > 0 and high / low > 30 else Normalize(low, high)


def _chi_2_row(graph: DrawnGraph) -> int:
    return int(np.flatnonzero((graph.ends == sorted(graph.facts["chi_2_edge"])).all(axis=1))[0])


def _mark_chi_2(panel, graph: DrawnGraph, paths: np.ndarray) -> list[Line2D]:
    """The edge that sets χ2, on top and in its own colour; where it is short, in a circle too. Returns its legend."""
    i, j = graph.facts["chi_2_edge"]
    for path in (paths := list(paths)):
        for colour, width in (("white", 5.5), (MARKED, 3.2)):
            panel.plot(*path.T, color=colour, linewidth=width, solid_capstyle="round", zorder=3)
        length = np.hypot(*np.diff(points_of(panel, path), axis=0)[0])
        if length < 30 and path is paths[0]:
            panel.plot(*path.mean(axis=0), marker="o", markersize=max(24.0, length + 14), markerfacecolor="none",
                       markeredgecolor=MARKED, markeredgewidth=1.6, zorder=5)
    equal = 0
    if graph.resistance is not None:
        communicating = graph.resistance[graph.rate > 0]
        equal = int(np.sum(communicating >= communicating.max() * (1 - EQUAL)))
    ends = f"{graph.names[i]} – {graph.names[j]}" if graph.names else f"({i}, {j})"
    text = f"edge of the largest resistance (χ₂): {ends}" + (f", one of {equal} equal" if equal > 1 else "")
    return [Line2D([], [], color=MARKED, linewidth=3.2, label=text)]


def _colour_bar(figure, lines: LineCollection, place: list[float], name: str) -> None:
    axes = figure.add_axes(place)
    axes.grid(False)
    bar = figure.colorbar(lines, cax=axes, orientation="horizontal", label=name,
                          extend="min" if lines.get_array().min() < lines.norm.vmin else "neither")
    bar.outline.set_visible(False)
    if isinstance(lines.norm, LogNorm):
        decades = np.log10(lines.norm.vmax / lines.norm.vmin)
        bar.ax.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5) if decades < 2.5 else (1,), numticks=12))
        bar.ax.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:.3g}"))
        bar.ax.xaxis.set_minor_locator(ticker.NullLocator())
    else:
        bar.ax.xaxis.set_major_locator(ticker.MaxNLocator(5))
