"""χ1, χ2 and √(χ1χ2) against the number of workers: measured values on closed forms, one panel per family."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.lines import Line2D

from acidsim_closed_forms import CLOSED_FORMS, ClosedForm
from acidsim_figures import COLOURS, plain
from acidsim_results import ResultError

SERIES = {"chi_1": ("χ₁", COLOURS[0], "o"), "sqrt": ("√(χ₁χ₂)", COLOURS[2], "s"), "chi_2": ("χ₂", COLOURS[1], "^")}
TITLES = {"torus": "torus, 3-d", "circulant": "circulant ±1, ±2", "named": "graphs with names"}
COLUMNS = 5
PANEL = (1.62, 1.35)  # inches
POINTS = 60  # of a line


def against_workers(table: pd.DataFrame) -> plt.Figure:
    """`table`: as acidsim_graphs.chi_table gives it. The lines are for equal edges at rate 1: others are refused."""
    if (table["rate"] != 1).any() or (table["rates"] != "uniform_edge").any():
        raise ResultError('--chi: rates other than rate 1 spread as "uniform_edge" — the closed forms are for those')
    families = list(dict.fromkeys(table["family"]))
    table = table.assign(sqrt=np.sqrt(table["chi_1"] * table["chi_2"]))
    columns = min(COLUMNS, len(families))
    rows = -(-len(families) // columns)
    left, right, above, below = 0.55, 0.12, 0.62, 1.06
    width, height = left + right + columns * (PANEL[0] + 0.08), above + below + rows * (PANEL[1] + 0.24)
    width = max(width, 6.0)
    figure, grid = plt.subplots(rows, columns, figsize=(width, height), sharex=True, sharey="row", squeeze=False)
    figure.subplots_adjust(left=left / width, right=1 - right / width, top=1 - above / height, bottom=below / height,
                           wspace=0.05, hspace=0.2)
    for panel, family in zip(grid.flat, families):
        _draw_family(panel, family, table[table["family"] == family].sort_values("workers"))
    _dress(figure, grid, len(families), table)
    text = ("dots: measured; full lines: closed forms; thin lines join the dots where there is none\n"
            f"rate 1, all edges alike; grey: (n − 1)/n, below which no χ lies; {_deviation(table)}")
    figure.suptitle("χ₁, √(χ₁χ₂) and χ₂ against the number of workers n", fontsize=10.5, y=1 - 0.1 / height, va="top")
    figure.text(0.5, 0.06 / height, text, ha="center", va="bottom", fontsize=8, color="0.35", linespacing=1.2)
    handles = [Line2D([], [], color=colour, marker=marker, markersize=4, linewidth=1.2, label=label)
               for label, colour, marker in SERIES.values()]
    figure.legend(handles=handles, loc="lower center", ncol=3, frameon=False, borderaxespad=0,
                  bbox_to_anchor=(0.5, 0.4 / height))
    return figure


def _draw_family(panel, family: str, rows: pd.DataFrame) -> None:
    form = CLOSED_FORMS.get(family, ClosedForm(None, None, ""))
    workers = rows["workers"].to_numpy(float)
    for name, (_, colour, marker) in SERIES.items():
        n, line = line_of(form, name, workers.min(), workers.max())
        panel.plot(n, line, color=colour, linewidth=1.2, zorder=2)
        if len(n) == 0 and family != "named":  # graphs of one kind each: nothing lies between them
            panel.plot(workers, rows[name], color=colour, linewidth=0.5, alpha=0.6, zorder=2)
        panel.plot(workers, rows[name], color=colour, marker=marker, markersize=3.4, linestyle="none",
                   markeredgecolor="white", markeredgewidth=0.4, zorder=3)
    growth = f":  χ₁ ~ {form.growth}" if form.growth else ""
    title = TITLES.get(family, family.replace("_", " "))
    panel.set_title(plain(title) + growth, fontsize=8, pad=3)


def line_of(form: ClosedForm, name: str, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Sizes and values of a closed form between two sizes; empty where it has no such formula."""
    formulas = {"chi_1": [form.chi_1], "chi_2": [form.chi_2], "sqrt": [form.chi_1, form.chi_2]}[name]
    if None in formulas:
        return np.empty(0), np.empty(0)
    if form.powers_of_two:
        n = 2.0 ** np.arange(np.ceil(np.log2(low)), np.log2(high) + 1e-9)
    else:
        n = np.geomspace(low, high, POINTS)
    values = np.array([[formula(size) for size in n] for formula in formulas])
    return n, values[0] if len(formulas) == 1 else np.sqrt(values.prod(axis=0))


def _dress(figure, grid, used: int, table: pd.DataFrame) -> None:
    """Scales, ticks and the common bound; panels without a family go."""
    low, high = table["workers"].min() / 1.5, table["workers"].max() * 1.5
    n = np.geomspace(max(low, 2), high, POINTS)
    for k, panel in enumerate(grid.flat):
        if k >= used:
            panel.set_visible(False)
            grid.flat[k - grid.shape[1]].xaxis.set_tick_params(labelbottom=True)
            continue
        panel.plot(n, (n - 1) / n, color="0.6", linewidth=0.7, linestyle="--", zorder=1)
    grid.flat[0].set(xscale="log", xlim=(low, high))
    for row in grid:  # one range of χ per row: families that mix alike stand side by side
        shown = [line.get_ydata() for panel in row for line in panel.get_lines() if panel.get_visible()]
        top = 1.6 * max(np.max(values) for values in shown if len(values))
        row[0].set(yscale="log", ylim=(0.5, top))
        row[0].yaxis.set_major_locator(ticker.LogLocator(base=10, subs=(1,) if top > 300 else (1, 2, 5), numticks=7))
        plain = ticker.FormatStrFormatter("%g")
        row[0].yaxis.set_major_formatter(ticker.LogFormatterMathtext() if top > 1e3 else plain)
    for panel in grid.flat:
        panel.xaxis.set_major_locator(ticker.LogLocator(base=10, numticks=6))
        for axis in (panel.xaxis, panel.yaxis):
            axis.set_minor_locator(ticker.NullLocator())
        panel.tick_params(labelsize=7.5)
    figure.supxlabel("workers n", fontsize=9, y=0.66 / figure.get_figheight(), va="bottom")


def formula_of(family: str, chi: str, workers: float) -> float:
    """The closed form of chi_1 or chi_2 at this size; not a number where there is none."""
    form = CLOSED_FORMS.get(family)
    formula = getattr(form, chi) if form else None
    return formula(workers) if formula and not (form.powers_of_two and np.log2(workers) % 1) else np.nan


def _deviation(table: pd.DataFrame) -> str:
    """The largest relative difference of what was measured from the formulas, those here and the program's own."""
    differences = []
    for chi in ("chi_1", "chi_2"):
        here = [formula_of(family, chi, n) for family, n in zip(table["family"], table["workers"])]
        differences += [table[chi] / here - 1, table[chi] / table[f"closed_{chi}"].astype(float) - 1]
    differences = np.abs(differences)
    known = int(np.isfinite(differences).any(axis=0).sum())
    if not known:
        return "no closed forms"
    return f"{known} of {len(table)} graphs lie on closed forms, the farthest {np.nanmax(differences):.1g} (relative) off"
