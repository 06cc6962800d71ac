"""What workers do at the start of a run, a panel for each run: gradients as boxes, waiting and transfers between them,
communications as lines between two workers."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.patches import Patch

import acidsim_results as results
from acidsim_figures import AXIS_NAMES, COLOURS, plain

FILE = "timeline.csv"
MOST_WORKERS = 64  # beyond, a worker's line is too thin to see
LOOKS = {"computing": (COLOURS[0], "computes"), "waiting_for_partner": (COLOURS[4], "waits for a partner"),
         "waiting_at_barrier": (COLOURS[1], "waits at a barrier"), "transferring": (COLOURS[2], "waits for messages"),
         "away": ("0.6", "is away")}


def table_of(run: results.Run) -> pd.DataFrame | None:
    """begin, end, worker, what, partner; None where the run has recorded none."""
    file = run.folder / FILE
    return pd.read_csv(file) if file.exists() else None


def figure(runs: list[results.Run], title: str) -> plt.Figure | None:
    """The runs that have recorded a timeline of few enough workers; None where there is none."""
    tables = [(run, table) for run in runs
              if run.topology["workers"] <= MOST_WORKERS and (table := table_of(run)) is not None]
    if not tables:
        return None
    fields = results.varying([run for run, _ in tables])
    heights = [0.7 + 0.16 * run.topology["workers"] for run, _ in tables]
    drawn, panels = plt.subplots(len(tables), figsize=(7, sum(heights) + 1.3), sharex=True, squeeze=False,
                                 gridspec_kw={"height_ratios": heights}, layout="constrained")
    seen = []
    for panel, (run, table) in zip(panels[:, 0], tables):
        _draw(panel, table, seen)
        panel.set_title(plain(results.label(run, fields) or run.name), loc="left")
        panel.set_yticks(range(0, run.topology["workers"], max(1, run.topology["workers"] // 8)))
        panel.set_ylim(run.topology["workers"] - 0.4, -0.6)
        panel.set_ylabel("worker")
        panel.grid(False)
    panels[-1, 0].set_xlabel(AXIS_NAMES["time"])
    legend = [Patch(color=LOOKS[what][0], label=LOOKS[what][1]) for what in LOOKS if what in seen]
    legend.append(plt.Line2D([], [], color="black", linewidth=0.8, marker=".", label="communication"))
    panels[-1, 0].legend(handles=legend, loc="upper center", bbox_to_anchor=(0.5, -0.9 / heights[-1]), ncols=3, frameon=False)
    drawn.suptitle(plain(title.replace("_", " ")))
    return drawn


def _draw(panel: plt.Axes, table: pd.DataFrame, seen: list[str]) -> None:
    meetings = table[table["what"] == "communication"]
    for what, bars in table[table["what"] != "communication"].groupby("what"):
        seen.append(what)
        panel.barh(bars["worker"], bars["end"] - bars["begin"], left=bars["begin"], height=0.72,
                   color=LOOKS[what][0], edgecolor="white", linewidth=0.5)
    if meetings["partner"].notna().any():
        panel.vlines(meetings["begin"], meetings["worker"], meetings["partner"], color="black", linewidth=0.8)
        for end in ("worker", "partner"):
            panel.plot(meetings["begin"], meetings[end], ".", color="black", markersize=3)
