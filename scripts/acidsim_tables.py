"""Tables of runs: mean ± standard deviation over repeats, and which run is the best where the data support that.

Best is what is better than every other run of its group with Holm-corrected p < 0.05 over all comparisons of the table:
Student's t-test of paired differences where two runs share their seeds, else Welch's. Runs with diverged repeats are never
best.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from dataclasses import dataclass

import numpy as np

import acidsim_results as results
import acidsim_statistics as statistics

METHOD = ("algorithm", "optimizer", "timing.communication_rate")  # fields that begin so tell methods apart, the others settings
SIGNIFICANT = 0.05


@dataclass
class Entry:
    """One run and one metric. `values`: by repeat that did not diverge; at a target not a number where it was not reached."""

    run: results.Run
    metric: str
    values: np.ndarray
    bounds: np.ndarray  # the values; where a target was not reached what was spent by then
    settled: np.ndarray | None = None  # (records, repeats) that `values` are the means of
    best: bool = False
    p_value: float = math.nan  # the largest of its comparisons, corrected, for the leader of a group
    difference: statistics.Interval | None = None  # to the leader of its group, where their seeds are shared

    @property
    def missed(self) -> int:
        return int(np.isnan(self.values).sum())

    @property
    def interval(self) -> statistics.Interval:
        return statistics.mean_interval(self.values) if self.settled is None else statistics.floor(self.settled)

    @property
    def deviation(self) -> float:
        return float(np.std(self.values, ddof=1)) if len(self.values) > 1 else math.nan


def _at_time(run: results.Run, metric: str, time: float) -> np.ndarray:
    """The last record of every repeat kept that is not after `time`."""
    run.series(metric)
    if time > (end := run.end_times().min()) * (1 + 1e-12):
        raise results.ResultError(f"--at: after the end of {run.folder} (time={time:g}) — it ends at {end:g}")
    rows = run.table[(run.table["time"] <= time * (1 + 1e-12)) & run.table["repeat"].isin(run.kept)]
    if rows["repeat"].nunique() < len(run.kept):
        raise results.ResultError(f"--at: before the first record of {run.folder} (time={time:g})")
    return rows.groupby("repeat")[metric].nth(-1).to_numpy(float)


def _settled(run: results.Run, metric: str) -> np.ndarray:
    """The records of the last half of the time, (records, repeats kept)."""
    table = run.series(metric)[run.kept].dropna()
    return table[table.index >= run.table["time"].max() / 2].to_numpy(float)


def _at_target(run: results.Run, axis: str) -> tuple[np.ndarray, np.ndarray]:
    if not run.target:
        raise results.ResultError(f"--at: {run.folder} has no target — give it \"stop\": {{\"target\": …}}")
    if axis not in results.AXES:
        raise results.ResultError(f"--metric: at a target what was spent is shown ({axis}) — known: {', '.join(results.AXES)}")
    kept = np.isin(sorted(run.table["repeat"].unique()), run.kept)
    spent = run.spent_at_target(axis)[kept]
    if (column := results.AXES[axis]) not in run.table.columns:
        raise results.ResultError(f"--metric: {run.folder} has not recorded it ({axis}) — name {column} in record.metrics")
    ends = run.table.groupby("repeat")[column].nth(-1).to_numpy(float)[kept]
    return spent, np.where(np.isnan(spent), ends, spent)


def entries(runs: list[results.Run], metrics: list[str], at: str) -> list[Entry]:
    """Run by run every metric that it has. at: `final`, `settled`, `target` or `time=T`. Raises ResultError."""
    made = []
    for run in runs:
        for metric in metrics:
            if at == "target":
                made.append(Entry(run, metric, *_at_target(run, metric)))
            elif metric in run.metrics and at == "settled":
                if not len(records := _settled(run, metric)):
                    raise results.ResultError(f"--at: {run.folder} has no records of all repeats in the last half of the time")
                made.append(Entry(run, metric, records.mean(axis=0), records.mean(axis=0), records))
            elif metric in run.metrics:
                values = run.final_kept(metric) if at == "final" else _at_time(run, metric, float(at.removeprefix("time=")))
                made.append(Entry(run, metric, values, values))
    return made


def find_best(groups: list[list[Entry]], largest: set[str]) -> int:
    """Marks the best of every group (entries of one metric). `largest`: metrics of which more is better. Returns how many
    comparisons were made, over which Holm's correction is."""
    comparisons: list[tuple[Entry, float]] = []
    leaders = []
    for group in groups:
        sound = [entry for entry in group if not entry.run.diverged and not entry.missed and np.all(np.isfinite(entry.values))]
        if not sound or len(group) < 2:
            continue
        sign = -1 if group[0].metric in largest else 1
        leader = min(sound, key=lambda entry: sign * entry.values.mean())
        leaders.append(leader)
        others = [other for other in group if other is not leader and not other.run.diverged]
        comparisons += [(leader, _p_value(leader, other, sign)) for other in others]
        for other in others:
            if _paired(leader, other) and not other.missed:
                other.difference = statistics.paired_difference(other.values, leader.values)
    corrected = statistics.holm(np.array([p_value for _, p_value in comparisons])) if comparisons else np.array([])
    for leader in leaders:
        leader.p_value = max((value for (of, _), value in zip(comparisons, corrected) if of is leader), default=math.nan)
        leader.best = leader.p_value < SIGNIFICANT
    return len(comparisons)


def _p_value(leader: Entry, other: Entry, sign: int) -> float:
    if sign * (other.bounds.mean() - leader.bounds.mean()) <= 0:  # a bound need not be beyond the leader
        return 1.0
    return statistics.difference_p_value(leader.bounds, other.bounds, _paired(leader, other))


def _paired(one: Entry, other: Entry) -> bool:
    return one.run.seeds == other.run.seeds and len(one.values) == len(other.values)


def groups_of(made: list[Entry], fields: list[str]) -> list[list[Entry]]:
    """Entries of one metric and one setting: what is compared. Without methods among the fields: all of one metric."""
    setting = [name for name in fields if not name.startswith(METHOD)] if any(name.startswith(METHOD) for name in fields) else []
    groups: dict[tuple, list[Entry]] = {}
    for entry in made:
        key = entry.metric, *(str(entry.run.values.get(name)) for name in setting)
        groups.setdefault(key, []).append(entry)
    return list(groups.values())


@dataclass(frozen=True)
class Format:
    """How a table is written. `text`: words of users; `number`: mean and deviation to one power of ten."""

    name: str
    median: bool = False

    def text(self, words: str) -> str:
        words = re.sub(r"\s+", " ", words)
        if self.name == "markdown":
            return re.sub(r"([\\`*_{}\[\]<>|$#~&])", r"\\\1", words)
        special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
                   ">": r"\textgreater{}", "|": r"\textbar{}", "²": r"\textsuperscript{2}"}
        return "".join(special.get(letter, "\\" + letter if letter in "&%$#_{}" else letter) for letter in words)

    def number(self, mean: float, deviation: float) -> str:
        if not np.isfinite(mean):
            return "–" if self.name == "markdown" else "--"
        power = math.floor(math.log10(abs(mean))) if mean else 0
        power = 0 if -3 <= power < 6 else power
        digits, shown, spread = _rounded(mean / 10.0**power, deviation / 10.0**power)
        plus = r" \pm " if self.name == "latex" else " ± "
        both = f"{shown:.{digits}f}" + (f"{plus}{spread:.{digits}f}" if np.isfinite(spread) else "")
        if not power:
            return both
        both = f"({both})" if np.isfinite(spread) else both
        return both + (rf" \cdot 10^{{{power}}}" if self.name == "latex" else f"e{power}")

    def entry(self, entry: Entry | None, note: str = "") -> str:
        if entry is None:
            return ""
        if entry.missed:
            reached = len(entry.values) - entry.missed
            median = statistics.arrivals(entry.values, entry.bounds).median
            late = "" if not np.isfinite(median.value) else f", median {median.value:.4g}"
            return self.text(f"{reached} of {len(entry.values)} reached{late}") + self.text(note)
        if self.median:
            return self.text(statistics.median_interval(entry.values).text(digits=4) + note)
        number = self.number(float(entry.values.mean()), entry.deviation)
        if self.name == "latex":
            number = rf"$\mathbf{{{number}}}$" if entry.best else f"${number}$"
        elif entry.best:
            number = f"**{number}**"
        return number + self.text(note)

    def table(self, head: list[str], rows: list[list[str]], caption: str) -> str:
        """head and rows are written already, the caption is not."""
        if self.name == "markdown":
            lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(row) + " |" for row in rows)]
            return "\n".join([*lines, "", self.text(caption), ""])
        body = [" & ".join(row) + r" \\" for row in rows]
        return "\n".join([r"\begin{table}  % \usepackage{booktabs}", r"\centering", rf"\begin{{tabular}}{{{'l' * len(head)}}}", r"\toprule",
                          " & ".join(head) + r" \\", r"\midrule", *body, r"\bottomrule", r"\end{tabular}",
                          rf"\caption{{{self.text(caption)}}}", r"\end{table}", ""])


def _rounded(mean: float, deviation: float) -> tuple[int, float, float]:
    """Digits after the point, so many that the deviation has two figures, or the mean four where there is none."""
    leading = deviation if np.isfinite(deviation) and deviation > 0 else abs(mean) / 100 or 1
    digits = min(12, max(0, 1 - math.floor(math.log10(leading))))
    return digits, mean, deviation


def caption(made: list[Entry], comparisons: int, at: str, median: bool = False) -> str:
    when = {"final": "the last record", "target": "what was spent until the target",
            "settled": "the mean over the last half of the time"}.get(at, f"the last record up to {at}")
    if median:
        return f"Median [95 % interval, between order statistics] of {when} over the repeats that did not diverge."
    words = f"Mean ± standard deviation of {when} over the repeats that did not diverge."
    if any(entry.best for entry in made):
        words += (f" Bold: better than every other of its group, Holm-corrected p < {SIGNIFICANT} over the {comparisons} comparisons "
                  "of this table (paired where seeds are shared).")
    elif comparisons:
        words += f" No best is supported by the data (Holm-corrected over {comparisons} comparisons)."
    return words


def by_cells(runs: list[results.Run], made: list[Entry], metrics: list[str], style: Format, words: str) -> str:
    """A row per run: its fields, repeats, diverged ones, and every metric."""
    fields = results.varying(runs)
    place = {(id(entry.run), entry.metric): entry for entry in made}
    head = [style.text(name) for name in (*map(results.field_name, fields), *([] if fields else ["run"]), "repeats", "diverged",
                                          *(metric.replace("_", " ") for metric in metrics))]
    rows = []
    for run in runs:
        named = [results.label(run, [name]) if isinstance(run.values.get(name), (dict, str)) else _plain_value(run.values.get(name))
                 for name in fields] or [run.name]
        rows.append([*map(style.text, named), str(run.repeats), str(run.diverged),
                     *(style.entry(place.get((id(run), metric))) for metric in metrics)])
    return style.table(head, rows, words)


def _plain_value(value) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def crossed(runs: list[results.Run], made: list[Entry], metric: str, fields: tuple[str, str], style: Format, words: str) -> str:
    """One metric: rows by one field, columns by another; what is best is best of its row. Raises ResultError."""
    def of(run, field):
        value = run.values[field] if field in run.values else results.field_of(run, field)
        return results.PRETTY_VALUES.get(value, value) if isinstance(value, str) else _plain_value(value)

    places: dict[tuple[str, str], Entry] = {}
    for entry in (entry for entry in made if entry.metric == metric):
        key = of(entry.run, fields[0]), of(entry.run, fields[1])
        if key in places:
            others = [name for name in results.varying(runs) if name not in fields]
            raise results.ResultError(f"--rows, --columns: several runs have {key[0]} and {key[1]} — choose among them with --where: "
                                      f"{', '.join(others) or 'the folders'}")
        places[key] = entry
    rows, columns = list(dict.fromkeys(row for row, _ in places)), list(dict.fromkeys(column for _, column in places))
    alike = len({(run.repeats, run.diverged) for run in runs}) == 1
    note = lambda entry: "" if alike or not entry else f" ({_repeats(entry.run)})"  # noqa: E731
    words = f"{metric.replace('_', ' ')}. {words}" + (f" In every place: {_repeats(runs[0])}." if alike else "")
    head = [style.text(f"{results.field_name(fields[0])} / {results.field_name(fields[1])}"), *map(style.text, columns)]
    return style.table(head, [[style.text(row), *(style.entry(places.get((row, column)), note(places.get((row, column)))) for column in columns)]
                              for row in rows], words)


def _repeats(run: results.Run) -> str:
    return f"{run.repeats} repeat{'s' if run.repeats != 1 else ''}, {run.diverged or 'none'} diverged"


def tidy(runs: list[results.Run], made: list[Entry]) -> str:
    """CSV: a row for every run and metric."""
    fields = results.varying(runs)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*fields, *([] if fields else ["run"]), "metric", "mean", "standard_deviation", "low", "high", "interval", "median",
                     "median_low", "median_high", "repeats", "diverged", "reached", "best", "corrected_p", "to_best", "to_best_low",
                     "to_best_high"])
    for entry in made:
        named = [_plain_value(entry.run.values.get(name)) for name in fields] or [entry.run.name]
        unknown = statistics.Interval(math.nan, math.nan, math.nan)
        mean, median = (unknown, statistics.arrivals(entry.values, entry.bounds).median) if entry.missed else (
            entry.interval, statistics.median_interval(entry.values))
        method = statistics.interval_name(len(entry.values)) if entry.settled is None else "95 % interval, Student's t of repeats or batches"
        away = entry.difference or unknown
        writer.writerow([*named, entry.metric, *map(_csv_number, (mean.value, entry.deviation, mean.low, mean.high)), method,
                         *map(_csv_number, (median.value, median.low, median.high)), entry.run.repeats, entry.run.diverged,
                         len(entry.values) - entry.missed, str(entry.best).lower(),
                         *map(_csv_number, (entry.p_value, away.value, away.low, away.high))])
    return text.getvalue()


def _csv_number(value: float) -> str:
    return f"{value:.10g}" if np.isfinite(value) else ""
