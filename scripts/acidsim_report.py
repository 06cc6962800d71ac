"""Gathers what a report shows: curves with intervals, final values, graphs, timelines, as plain data for the page."""

from __future__ import annotations

import base64
import csv
import io
import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import acidsim_layouts as layouts
import acidsim_program as program
import acidsim_results as results
import acidsim_statistics as statistics

MOST_GRAPHS = 40  # drawn; of more distinct ones the first
MOST_EDGES = 5000  # of a drawing; of more the picture is a blot, and the page slow
MOST_PAIRS = 100_000  # of a heat-map
MOST_WORKERS = 64  # of a timeline
MOST_BARS = 4000  # of a timeline
FIRST_EVENTS = 12.0  # time of a timeline that the program is asked for, in gradient durations


class Pool:
    """Arrays of doubles for the page, as base64; equal ones are written once."""

    def __init__(self):
        self.texts: list[str] = []
        self._known: dict[bytes, int] = {}

    def put(self, values) -> int:
        data = np.ascontiguousarray(values, "<f8").tobytes()
        if data not in self._known:
            self._known[data] = len(self.texts)
            self.texts.append(base64.b64encode(data).decode())
        return self._known[data]


def text_of(value) -> str:
    """A swept value in words, for tables and for the filter; --where of the scripts reads it too."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def cells(runs: list[results.Run], metrics: list[str], pool: Pool, expected: dict[int, pd.DataFrame]) -> list[dict]:
    """What the page draws of every run. Means and intervals are over the repeats that did not diverge."""
    fields = results.varying(runs)
    made = []
    for run, label in zip(runs, results.told_apart([results.label(run, fields) for run in runs])):
        cell = {"label": label, "values": {name: text_of(run.values.get(name)) for name in fields},
                "repeats": run.repeats, "diverged": run.diverged, "x": {}, "y": {}, "theory": {}}
        having = [metric for metric in metrics if metric in run.metrics]
        axes = {name: column for name, column in results.AXES.items() if column in run.table.columns}
        columns = list(dict.fromkeys([*having, *(column for name, column in axes.items() if name != "time")]))
        if found := results.on_common_axis(run, columns, "time", run.kept):
            times, values = found
            cell["x"] = {"time": pool.put(times)} | {name: pool.put(values[column].mean(axis=0))
                                                     for name, column in axes.items() if name != "time"}
            for metric in having:
                mean, low, high = statistics.mean_bands(values[metric])
                cell["y"][metric] = [pool.put(mean)]
                if len(values[metric]) > 1:
                    cell["y"][metric] += [pool.put(low), pool.put(high)]
        for metric, rows in expected.get(id(run), pd.DataFrame({"metric": []})).groupby("metric", sort=False):
            cell["theory"][metric] = [pool.put(rows["time"]), pool.put(rows["expected"])]
        made.append(cell)
    return made


def moving_axes(made: list[dict], runs: list[results.Run]) -> list[str]:
    """The axes against which at least one curve moves."""
    columns = {name: column for name, column in results.AXES.items()
               if any(column in run.table.columns and run.table[column].max() > 0 for run in runs)}
    return [name for name in columns if any(name in cell["x"] for cell in made)]


def _resistances(run: results.Run) -> pd.DataFrame | None:
    """i, j, rate, resistance as the program has them."""
    with tempfile.TemporaryDirectory(prefix="acidsim-") as folder:
        edges = Path(folder) / "edges.csv"
        if program.answer("topology", run.folder / "run.json", "--edges", edges) is None or not edges.exists():
            return None
        return pd.read_csv(edges)


def _edges(run: results.Run) -> pd.DataFrame | None:
    """i, j, rate, and count and resistance where they are known."""
    counts = run.edge_counts
    number = run.topology.get("edges", 0) if counts is None else len(counts)
    if number > MOST_PAIRS:
        return None
    known = _resistances(run) if number <= MOST_EDGES else None
    if counts is None or known is None:
        return known if counts is None else counts
    return counts.merge(known[["i", "j", "resistance"]], on=["i", "j"], how="left")


def graphs(runs: list[results.Run], made: list[dict], pool: Pool) -> tuple[list[dict], int]:
    """The distinct graphs with their rates and counts, and how many are left out: those after MOST_GRAPHS, those too large.
    Cells that share topology and timing share their communications."""
    seen: dict[str, dict | None] = {}
    for k, run in enumerate(runs):
        counts = run.edge_counts
        key = counts.to_csv() if counts is not None else str(run.info.get("config", {}).get("topology"))
        if key in seen:
            if seen[key]:
                seen[key]["cells"].append(k)
            continue
        seen[key] = None
        if len(seen) > MOST_GRAPHS or (edges := _edges(run)) is None or edges.empty:
            continue
        workers = int(run.topology["workers"])
        name = run.topology.get("name", "graph")
        graph = {"label": f"{name.replace('_', ' ')}: {made[k]['label']}" if len(runs) > 1 else name, "workers": workers,
                 "cells": [k], "run": str(run.folder / "run.json"), "test": str(results.dispersion(edges) or "") if "count" in edges else "",
                 "facts": {key: run.topology.get(key) for key in ("chi_1", "chi_2", "edges", "rate_total")},
                 "i": pool.put(edges["i"]), "j": pool.put(edges["j"]),
                 "values": {key: pool.put(edges[column]) for key, column in
                            (("rate", "rate"), ("traffic", "count"), ("resistance", "resistance"))
                            if column in edges and edges[column].notna().any()}}
        if len(edges) <= MOST_EDGES:
            ends = edges[["i", "j"]].to_numpy(int)
            places = layouts.places(workers, ends, run.topology.get("coordinates"), name)
            paths, owner = layouts.edge_paths(name, places, ends)
            graph |= {"places": np.round(places, 4).tolist(), "owner": list(map(int, owner)),
                      "paths": [np.round(np.asarray(path), 4).tolist() for path in paths]}
        seen[key] = graph
    drawn = [graph for graph in seen.values() if graph]
    return drawn, len(seen) - len(drawn)


def _scheduled(run: results.Run) -> list[list]:
    """The first events as the program lists them: points in time, not durations."""
    rate = run.info.get("config", {}).get("timing", {}).get("gradient_rate")
    until = FIRST_EVENTS / rate if isinstance(rate, (int, float)) and rate > 0 else FIRST_EVENTS
    answer = program.answer("schedule", run.folder / "run.json", "--until", f"{until:g}")
    rows = []
    for row in csv.DictReader(io.StringIO(answer or "")):
        partner = int(row["j"]) if row.get("j", "") not in ("", "-1") else -1
        rows.append([float(row["time"]), float(row["time"]), int(row["i"]), row["kind"], partner])
    return rows[:MOST_BARS]


def timelines(runs: list[results.Run], made: list[dict]) -> list[dict]:
    """What the workers do first: as recorded, else of the first run as the schedule has it."""
    shown = []
    for run, cell in zip(runs, made):
        if run.topology.get("workers", 0) > MOST_WORKERS or not (run.folder / "timeline.csv").exists():
            continue
        table = pd.read_csv(run.folder / "timeline.csv")[["begin", "end", "worker", "what", "partner"]]
        rows = table.assign(partner=table["partner"].fillna(-1).astype(int)).head(MOST_BARS).values.tolist()
        shown.append({"label": cell["label"], "workers": int(run.topology["workers"]), "rows": rows})
    first = runs[0]
    if not shown and first.topology.get("workers", MOST_WORKERS + 1) <= MOST_WORKERS and (rows := _scheduled(first)):
        shown.append({"label": made[0]["label"], "workers": int(first.topology["workers"]), "rows": rows})
    return shown


def final_table(runs: list[results.Run], metrics: list[str]) -> list[dict]:
    """By run, for every metric that it has: mean, standard deviation, interval over the repeats that did not diverge."""
    rows = []
    for run in runs:
        row = {}
        for metric in (metric for metric in metrics if metric in run.metrics):
            values = run.final_kept(metric)
            row[metric] = (statistics.mean_interval(values), float(np.std(values, ddof=1)) if len(values) > 1 else np.nan)
        rows.append(row)
    return rows


def arrivals(run: results.Run) -> str:
    """When the repeats reached the target, in words; nothing where the run has none."""
    if not run.target or run.target["metric"] not in run.metrics:
        return ""
    return statistics.arrivals(run.times_to_target(), run.end_times()).text()


def explanation(run: results.Run) -> str | None:
    """What `acidsim explain` says of the resolved configuration, without the configuration itself."""
    answer = program.answer("explain", run.folder / "run.json", seconds=120)
    return answer and "\n".join(line for line in answer.splitlines() if not line.startswith("resolved "))
