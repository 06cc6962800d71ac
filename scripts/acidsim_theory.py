"""Expected values beside measured ones: reads theory.csv of a run or a sweep, or asks `acidsim theory`.

theory.csv has the columns time, metric, expected, and in a sweep a column for each swept field. Lines whose time is no
number (limits, rates) are no part of a curve.
"""

from __future__ import annotations

import io
import time
from pathlib import Path

import numpy as np
import pandas as pd

import acidsim_program as program
import acidsim_results as results
from acidsim_selection import has_value

FILE = "theory.csv"
COLUMNS = ("time", "metric", "expected")


def _curves(table: pd.DataFrame, place: str) -> pd.DataFrame:
    if missing := set(COLUMNS) - set(table.columns):
        raise results.ResultError(f"{place}: columns are missing ({', '.join(sorted(missing))})")
    table = table.assign(time=pd.to_numeric(table["time"], errors="coerce"),
                         expected=pd.to_numeric(table["expected"], errors="coerce"))
    return table[np.isfinite(table["time"]) & np.isfinite(table["expected"])]


def _read(path: Path) -> pd.DataFrame:
    try:
        return _curves(pd.read_csv(path), str(path))
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise results.ResultError(f"{path}: not a table ({str(error).splitlines()[0]})") from None


def of(run: results.Run) -> pd.DataFrame | None:
    """time, metric, expected of one run from the files beside it; None where there are none. Raises ResultError."""
    if (run.folder / FILE).exists():
        table = _read(run.folder / FILE)
    elif (run.folder.parent / FILE).exists() and (run.folder.parent / "sweep.json").exists():
        table = _read(run.folder.parent / FILE)
    else:
        return None
    for name in [name for name in run.values if name in table.columns]:
        table = table[[has_value(run.values[name], _text(value)) for value in table[name]]]
    return table if len(table) else None


def _text(value) -> str:
    return f"{value:.17g}" if isinstance(value, float) else str(value)


LONGEST = 60.0  # seconds that asking for all runs of a report may take


def _asked(run: results.Run) -> pd.DataFrame | None:
    """What `acidsim theory` says of the run; None where it has nothing to say."""
    answer = program.answer("theory", run.folder / "run.json", seconds=LONGEST / 2)
    try:
        return _curves(pd.read_csv(io.StringIO(answer or "")), "acidsim theory")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, results.ResultError):
        return None


_asked_before: dict[Path, pd.DataFrame | None] = {}


def of_all(runs: list[results.Run]) -> dict[int, pd.DataFrame]:
    """By id of the run; the program computes what no file holds, once. It is not asked again after it had nothing to say of
    one of the runs, or after LONGEST."""
    found, begun, ask = {}, time.monotonic(), True
    for run in runs:
        table = of(run)
        if table is None and ask:
            if run.folder not in _asked_before:
                _asked_before[run.folder] = _asked(run)
            table = _asked_before[run.folder]
            ask = table is not None and time.monotonic() - begun < LONGEST
        if table is not None and len(table):
            found[id(run)] = table
    return found


def z_scores(run: results.Run, theory: pd.DataFrame) -> pd.DataFrame:
    """time, metric, mean, expected, standard_error, z of every record that theory speaks of, over the repeats kept. Scores
    of one run at different times are correlated. z is not a number of one repeat, or where nothing scatters."""
    rows = []
    for metric, expected in theory.groupby("metric", sort=False):
        if metric not in run.metrics:
            continue
        table = run.series_of_column(metric)[run.kept].dropna()
        expected = expected.drop_duplicates("time").sort_values("time")
        known, truths = expected["time"].to_numpy(), expected["expected"].to_numpy()
        records = table.index.to_numpy(float)
        after = np.clip(np.searchsorted(known, records), 1, max(1, len(known) - 1))
        nearest = np.where(np.abs(records - known[after - 1]) <= np.abs(known[after % len(known)] - records), after - 1, after % len(known))
        for at, place, values in zip(records, nearest, table.to_numpy(float)):
            if not np.isclose(known[place], at, rtol=1e-9, atol=1e-12):
                continue
            error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
            score = (values.mean() - truths[place]) / error if error > 0 else np.nan
            rows.append((at, metric, values.mean(), truths[place], error, score))
    return pd.DataFrame(rows, columns=["time", "metric", "mean", "expected", "standard_error", "z"])


def summary(run: results.Run, theory: pd.DataFrame) -> pd.DataFrame:
    """A row per metric: records, largest |z|, root mean square of z, share of |z| > 2 (5 % in expectation)."""
    scores = z_scores(run, theory).dropna()
    rows = [(metric, len(part), part["z"].abs().max(), np.sqrt((part["z"]**2).mean()), (part["z"].abs() > 2).mean())
            for metric, part in scores.groupby("metric", sort=False)]
    return pd.DataFrame(rows, columns=["metric", "records", "largest_z", "root_mean_square_z", "share_beyond_2"])
