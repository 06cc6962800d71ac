"""Reads result folders of acidsim into tables and curves. Nothing here draws.

A run folder holds run.json and metrics.csv; a sweep folder holds sweep.json and one run folder per cell.
"""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special

COLUMNS = ("time", "gradients", "communications")  # of every metrics.csv
# What curves are drawn against, by column; the last three are there where record.metrics names them.
AXES = {**{name: name for name in COLUMNS}, "rounds": "rounds", "vectors": "vectors_sent", "bytes": "bytes_sent"}
COUNTERS = tuple(column for column in AXES.values() if column not in COLUMNS)
NOT_METRICS = {"run", "repeat", *COLUMNS}


class ResultError(Exception):
    """Bad input from the user; the message is one line: place: problem (value) — hint."""


@dataclass
class Run:
    """One configuration with all its repeats. `values`: the swept fields of a sweep's cell, by dotted name."""

    folder: Path
    info: dict
    values: dict = field(default_factory=dict)
    names: dict = field(default_factory=dict)  # given by the user: fields that tell it apart, as a tuple → its label

    @property
    def name(self) -> str:
        return self.info.get("name") or self.folder.name

    @cached_property
    def table(self) -> pd.DataFrame:
        """metrics.csv: one row per repeat and record, in order of time within a repeat."""
        table = _read_csv(self.folder / "metrics.csv", {"repeat", *COLUMNS})
        return table.sort_values(["repeat", "time"], kind="stable")

    @property
    def metrics(self) -> list[str]:
        return [name for name in self.table.columns if name not in NOT_METRICS and "." not in name]

    @property
    def repeats(self) -> int:
        return self.table["repeat"].nunique()

    @property
    def diverged(self) -> int:
        return sum(repeat.get("stop_reason") == "diverged" for repeat in self.info.get("repeats", []))

    @cached_property
    def kept(self) -> list[int]:
        """The numbers of the repeats that did not diverge; of all where all did."""
        numbers = sorted(self.table["repeat"].unique())
        ended = [repeat.get("stop_reason") for repeat in self.info.get("repeats", [])]
        kept = [number for number in numbers if number >= len(ended) or ended[number] != "diverged"]
        return kept or numbers

    def final_kept(self, metric: str) -> np.ndarray:
        """The metric at the last record of the repeats `kept`."""
        self.series(metric)
        last = self.table[self.table["repeat"].isin(self.kept)].groupby("repeat")[metric].nth(-1)
        return last.to_numpy(float)

    @property
    def seeds(self) -> list:
        return [repeat.get("seed") for repeat in self.info.get("repeats", [])]

    @property
    def target(self) -> dict | None:
        """The rule {"metric", "below"} that ends the repeats, where there is one."""
        return self.info.get("config", {}).get("stop", {}).get("target")

    def times_to_target(self) -> np.ndarray:
        """When each repeat reached its target, in order of repeat; not a number where it did not.

        Between the last record above the target and the first below it the metric is taken to fall exponentially."""
        metric, below = self.target["metric"], float(self.target["below"])
        times = []
        for _, column in self.series(metric).items():
            column = column.dropna()
            reached = np.flatnonzero(column.to_numpy() < below)
            times.append(_crossing(column, reached[0], below) if len(reached) else np.nan)
        return np.array(times)

    def end_times(self) -> np.ndarray:
        """The time of the last record of every repeat."""
        return self.table.groupby("repeat")["time"].max().to_numpy(float)

    def spent_at_target(self, axis: str) -> np.ndarray:
        """What each repeat had spent of one of AXES when it reached its target; not a number where it did not, or where
        the axis was not recorded. Counts are taken to grow evenly between two records."""
        times, column = self.times_to_target(), AXES[axis]
        if axis == "time":
            return times
        if column not in self.table.columns:
            return np.full(len(times), np.nan)
        counts = self.series_of_column(column)
        return np.array([np.nan if np.isnan(time) else np.interp(time, one.dropna().index, one.dropna())
                         for time, (_, one) in zip(times, counts.items())])

    @property
    def topology(self) -> dict:
        return self.info.get("topology", {})

    @cached_property
    def edge_counts(self) -> pd.DataFrame | None:
        """Communications per edge, summed over the repeats: i, j, rate, count; None where they were not recorded."""
        path = self.folder / "communication_counts.csv"
        if not path.exists():
            return None
        table = _read_csv(path, {"repeat", "i", "j", "rate", "count"})
        return table.groupby(["i", "j"], as_index=False).agg(rate=("rate", "first"), count=("count", "sum"))

    def series(self, metric: str) -> pd.DataFrame:
        """The metric by record time (rows) and repeat (columns); empty where a repeat has no such record."""
        if metric not in self.metrics:
            raise ResultError(f"{self.folder}: no such metric ({metric}) — known: {', '.join(self.metrics)}")
        return self.series_of_column(metric)

    def series_of_column(self, column: str) -> pd.DataFrame:
        return self.table.pivot_table(index="time", columns="repeat", values=column, aggfunc="last")

    def final(self, metric: str) -> np.ndarray:
        """The metric at the last record of every repeat, in order of repeat."""
        self.series(metric)
        return self.table.groupby("repeat")[metric].nth(-1).to_numpy()


def _crossing(values: pd.Series, first: int, level: float) -> float:
    """The time when the values, indexed by time, fall to the level: between record first − 1 and record first."""
    if first == 0:
        return float(values.index[0])
    (t0, t1), (v0, v1) = values.index[first - 1:first + 1], values.iloc[first - 1:first + 1]
    return float(t0 + (t1 - t0) * (np.log(v0 / level) / np.log(v0 / v1) if v1 > 0 else 1.0))


def _read_csv(path: Path, needed: set[str]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path)
    except FileNotFoundError:
        raise ResultError(f"{path}: no such file — is this a folder that `acidsim run` wrote?") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ResultError(f"{path}: not a table ({str(error).splitlines()[0]})") from None
    if missing := needed - set(table.columns):
        raise ResultError(f"{path}: columns are missing ({', '.join(sorted(missing))})")
    if table.empty:
        raise ResultError(f"{path}: holds no records")
    return table


def _read_json(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ResultError(f"{path}: no such file — is this a folder that `acidsim run` wrote?") from None
    except ValueError as error:
        raise ResultError(f"{path}: not JSON ({error})") from None


def load(folder: Path | str) -> list[Run]:
    """The runs of one folder: one for a run folder, the finished cells for a sweep folder. Raises ResultError."""
    folder = Path(folder)
    if not folder.is_dir():
        raise ResultError(f"{folder}: no such folder — give a folder that `acidsim run` wrote")
    if not (folder / "sweep.json").exists():
        if not (folder / "run.json").exists():
            raise ResultError(f"{folder}: neither run.json nor sweep.json is here — give a folder that `acidsim run` wrote")
        return [Run(folder, _read_json(folder / "run.json"))]
    sweep = _read_json(folder / "sweep.json")
    runs = []
    for cell in sweep.get("cells", []):
        path = folder / cell["cell"]
        if (path / "run.json").exists():
            runs.append(Run(path, _read_json(path / "run.json"), cell["values"]))
    if not runs:
        raise ResultError(f"{folder}: no cell of this sweep is finished")
    return runs


def load_all(folders: list[Path | str]) -> list[Run]:
    """The runs of several folders; with more than one folder, `values` gains the field `experiment`."""
    runs = []
    for folder in folders:
        for run in load(folder):
            if len(folders) > 1:
                own = [run.values["experiment"]] if "experiment" in run.values else []
                run.values = {"experiment": "", **run.values} | {"experiment": " ".join([Path(folder).name, *own])}
            runs.append(run)
    return runs


def varying(runs: list[Run]) -> list[str]:
    """The swept fields that tell the runs apart, in their order of appearance. A field that differs but adds nothing
    (a stop time that goes with the number of workers, say) is left out."""
    names: list[str] = []
    told_apart = 1
    for name in dict.fromkeys(name for run in runs for name in run.values):
        distinct = len({json.dumps([run.values.get(known) for known in [*names, name]]) for run in runs})
        if distinct > told_apart:
            names, told_apart = [*names, name], distinct
    return names


def field_of(run: Run, dotted: str):
    """A field of the configuration; of a cell its swept value."""
    if dotted in run.values:
        return run.values[dotted]
    value = run.info.get("config", {})
    for key in dotted.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


PRETTY_VALUES = {"a2cid2": "A²CiD²", "async_gossip": "gossip", "local_only": "no communication"}
SAYS_ITSELF = {"algorithm.name", "topology.family", "objective.name", "experiment", "timing.model"}
SHORT_NAMES = {"timing.communication_rate": "rate", "timing.gradient_rate": "gradient rate", "topology.workers": "n"}


def field_name(name: str) -> str:
    """`timing.communication_rate` → `rate`, `optimizer.learning_rate` → `learning rate`."""
    return SHORT_NAMES.get(name, name.rsplit(".", 1)[-1].replace("_", " "))


def setting_words(key: str, value) -> str:
    """A setting of an algorithm: its value, and the name of one that is on."""
    if value is True:
        return key.replace("_", " ")
    return PRETTY_VALUES.get(value, value) if isinstance(value, str) else str(value)


def label(run: Run, fields: list[str]) -> str:
    """What tells this run from the others, for a legend."""
    if (given := run.names.get(tuple(fields))) is not None:
        return given
    parts = []
    for name in fields:
        if name not in run.values:  # varied in other cells alone
            continue
        value = run.values[name]
        if name == "topology" and isinstance(value, dict):  # swept as a whole
            parts.append(f"{run.topology.get('name', 'graph').replace('_', ' ')}, {rates_of(run)}")
            continue
        if name == "algorithm" and isinstance(value, dict):
            parts.append(", ".join(setting_words(key, word) for key, word in value.items() if word is not False))
            continue
        if isinstance(value, dict):
            parts.append(f"{field_name(name)} {', '.join(map(str, value.values()))}")
            continue
        text = f"{value:g}" if isinstance(value, float) else json.dumps(value)
        text = PRETTY_VALUES.get(value, value) if isinstance(value, str) else text
        parts.append(text if name in SAYS_ITSELF else f"{field_name(name)} = {text}")
    return ", ".join(parts) or run.name


LONGEST_WORD = 80  # bytes


def file_word(text: str) -> str:
    """Any text as part of a file's name: letters of all scripts, digits and . + - stay, nothing leads out of a folder."""
    word = re.sub(r"(?:[^\w.+-]|_)+", "_", text)
    return word.encode("utf-8", "ignore")[:LONGEST_WORD].decode("utf-8", "ignore").strip("_.")


def told_apart(words: list[str]) -> list[str]:
    """The words, with a number after those that have come before (told by small letters, as some file systems do)."""
    given: set[str] = set()
    distinct = []
    for word in words:
        candidates = itertools.chain([word], (f"{word}_{k}" for k in itertools.count(2)))
        distinct.append(next(name for name in candidates if name.casefold() not in given))
        given.add(distinct[-1].casefold())
    return distinct


def slug(run: Run, fields: list[str]) -> str:
    """The label as part of a file's name: `a2cid2_rate_1`."""
    text = "_".join(label(run, [name]) if name == "topology" else
                    str(run.values.get(name)) if name in SAYS_ITSELF else f"{field_name(name)}_{run.values.get(name)}"
                    for name in fields if name in run.values)
    return file_word(text)


OBJECTIVES = {"sqrt_chi1_chi2": "√(χ₁χ₂)", "chi_1": "χ₁", "chi_2": "χ₂"}


def rates_of(run: Run) -> str:
    """How the run spreads communications over the edges, in words: `uniform edge`, `optimal for χ₁`."""
    rates = run.info.get("config", {}).get("topology", {}).get("rates", "uniform_neighbor")
    rates = rates if isinstance(rates, dict) else {"scheme": rates}
    if rates["scheme"] == "optimized":
        return f"optimal for {OBJECTIVES[rates.get('objective', 'sqrt_chi1_chi2')]}"
    return rates["scheme"].replace("_", " ")


def algorithm_of(run: Run) -> str:
    return run.info.get("config", {}).get("algorithm", {}).get("name", "")


def is_live(run: Run) -> bool:
    """Whether its times are seconds on the wall: a live run, or the replay of one."""
    return run.info.get("backend") == "live" or run.info.get("config", {}).get("timing", {}).get("model") == "live_trace"


def rate_constant(run: Run) -> float | None:
    """What the time to a given accuracy is proportional to in theory: χ1 for gossip, √(χ1χ2) for A²CiD² (the paper's
    Proposition 3.6); None where the χ's are not known or no theory is at hand."""
    chi_1, chi_2 = run.topology.get("chi_1"), run.topology.get("chi_2")
    if chi_1 is None:
        return None
    return {"async_gossip": chi_1, "a2cid2": float(np.sqrt(chi_1 * chi_2))}.get(algorithm_of(run))


@dataclass
class Curve:
    """Median and band over repeats, on a common axis; shapes: (points,)."""

    x: np.ndarray
    median: np.ndarray
    low: np.ndarray
    high: np.ndarray


def band_name(repeats: int) -> str:
    if repeats == 1:
        return "one repeat"
    band = "minimum to maximum" if repeats < 10 else "first to third quartile"
    return f"line: median over {repeats} repeats, band: {band}"


def on_common_axis(run: Run, columns: list[str], axis: str, repeats=None) -> tuple[np.ndarray, dict[str, np.ndarray]] | None:
    """Columns of metrics.csv of all repeats (or of those given) at common points of one of AXES: the points, and by column
    the values, (repeats, points); None where that axis does not move or was not recorded.

    A repeat is interpolated between its records (geometrically where it is positive), because equal records fall on
    different totals; the points end where the first repeat ends, so at every point all repeats are there.
    """
    along = AXES[axis]
    if along not in run.table.columns:
        return None
    tables = [rows.drop_duplicates(along, keep="last") for repeat, rows in run.table.groupby("repeat")
              if repeats is None or repeat in repeats]
    places = [rows[along].to_numpy(float) for rows in tables]
    start, end = max(x[0] for x in places), min(x[-1] for x in places)
    if end <= start:
        return None
    length = max(map(len, places))
    padded = np.array([np.pad(x, (0, length - len(x)), constant_values=np.nan) for x in places])
    grid = np.unique(np.clip(np.append(np.nanmedian(padded, axis=0), end), start, end))
    values = {column: np.array([_interpolate(grid, x, rows[column].replace([np.inf, -np.inf], np.nan).to_numpy(float))
                                for x, rows in zip(places, tables)]) for column in columns}
    return grid, values


def curve(run: Run, metric: str, axis: str, change=None) -> Curve | None:
    """The metric against one of AXES over all repeats; None where that axis does not move or was not recorded. `change` is
    made to the values, (repeats, points), before they are summarised."""
    run.series(metric)
    if (found := on_common_axis(run, [metric], axis)) is None:
        return None
    grid, values = found[0], found[1][metric]
    values = change(values) if change else values
    limits = (0, 100) if len(values) < 10 else (25, 75)
    low, median, high = np.percentile(values, [limits[0], 50, limits[1]], axis=0)
    return Curve(grid, median, low, high)


def _interpolate(grid: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    if np.array_equal(grid, x):
        return y
    if np.all(y > 0):
        return np.exp(np.interp(grid, x, np.log(y)))
    return np.interp(grid, x, y)


@dataclass
class Dispersion:
    """Pearson's χ² of the counts per edge against their rates (edges of rate 0 left out)."""

    chi_square: float
    degrees: int
    p_value: float
    total: int
    smallest_expected: float
    spread_bound: float  # 95 % upper bound on the relative deviation (root mean square) of the true rates

    def __str__(self) -> str:
        if self.smallest_expected < 5:
            return f"{self.total} communications: too few per edge for a χ² test"
        verdict = "agree with the rates" if self.p_value >= 0.01 else "differ from the rates"
        test = f"χ² = {self.chi_square:.1f} on {self.degrees} degrees of freedom, p = {self.p_value:.2g}"
        return f"{test}: counts {verdict}"


def dispersion(counts: pd.DataFrame) -> Dispersion | None:
    """Are the counts what the rates say? Given their total they are multinomial with probabilities rate/Σ rate."""
    counts = counts[counts["rate"] > 0]
    total = int(counts["count"].sum())
    if len(counts) < 2 or total == 0:
        return None
    expected = total * counts["rate"] / counts["rate"].sum()
    chi_square = float(((counts["count"] - expected) ** 2 / expected).sum())
    degrees = len(counts) - 1
    # If the true rates are rate·(1 + δ), χ² is noncentral with noncentrality total·mean(δ²).
    noncentrality = special.chndtrinc(chi_square, degrees, 0.05)
    return Dispersion(chi_square, degrees, float(special.chdtrc(degrees, chi_square)), total, float(expected.min()),
                      float(np.sqrt(noncentrality / total)))
