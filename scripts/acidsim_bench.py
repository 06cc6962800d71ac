"""Runs the cases of acidsim_bench and turns what they print into rows: measured, goal, distance to the goal."""

from __future__ import annotations

import json
import re
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

# What a case may report as its measurement, best first, with its unit. Every other counter is a note.
MEASURED = {"rate": "/s", "speedup": "×", "share": "share", "events": "events/s", "bytes_per_second": "B/s",
            "items_per_second": "/s"}
SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
OF_THE_LIBRARY = {"name", "family_index", "per_family_instance_index", "run_name", "run_type", "repetitions",
                  "repetition_index", "threads", "iterations", "real_time", "cpu_time", "time_unit", "label",
                  "error_occurred", "error_message"}
LONG = 5.0  # seconds: a case that takes longer is not repeated


class BenchError(Exception):
    pass


@dataclass
class Row:
    """One line of the table. of_goal ≥ 1: met; without a goal both are None."""

    case: str
    value: float | None = None
    unit: str = ""
    goal: float | None = None
    of_goal: float | None = None
    notes: list[str] = field(default_factory=list)
    error: str = ""

    @property
    def met(self) -> str:
        return "error" if self.error else "" if self.of_goal is None else "yes" if self.of_goal >= 1 else "no"


PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))


def quantity(value: float, unit: str = "") -> str:
    """Three digits, a prefix and the unit: 10.3 M events/s, 18.4 ms. Ratios and shares: ×0.284, 3.1 %."""
    if unit == "×":
        return f"×{value:.3g}"
    if unit == "share":
        return f"{100 * value:.3g} %"
    size, prefix = next((pair for pair in PREFIXES if abs(value) >= 0.9995 * pair[0]), (1, ""))
    joint = " " if prefix and unit.startswith("events") else ""
    return f"{float(f'{value / size:.3g}'):g} {prefix}{joint}{unit}".rstrip()


def row(entry: dict) -> Row:
    """The row of one entry of Google Benchmark's JSON."""
    name = entry["name"]
    label = [entry["label"]] if entry.get("label") else []
    if entry.get("error_occurred"):
        return Row(name, error=entry.get("error_message") or "failed", notes=label)
    counters = {key: number for key, number in entry.items() if key not in OF_THE_LIBRARY}
    of_goal, goal = counters.pop("of_goal", None), counters.pop("goal", counters.get("goal_s"))
    if "goal_s" in counters:
        value, unit = counters.pop("goal_s") / of_goal, "s"
    elif fitting := [key for key in MEASURED if key in counters and is_about(key, counters[key], goal, of_goal)]:
        key = fitting[0]
        value, unit = counters.pop(key), MEASURED[key]
        if key == "rate" and counters.get("events") == value:
            del counters["events"]
            unit = MEASURED["events"]
    elif goal is not None:  # a ratio of two things that take turns within the case
        value, unit = goal * of_goal, "×"
    else:
        clock = "real_time" if name.endswith("/real_time") else "cpu_time"
        value, unit = entry[clock] * SECONDS[entry["time_unit"]], "s"
    notes = label + [f"{key} {quantity(number)}" for key, number in counters.items()]
    return Row(name, value, unit, goal, of_goal, notes)


def is_about(key: str, value: float, goal: float | None, of_goal: float | None) -> bool:
    """Whether the goal, if there is one, is about this counter. A share should be small."""
    return goal is None or key == "share" or abs(value - goal * of_goal) <= 1e-3 * abs(value)


def better(a: Row, b: Row) -> Row:
    """The better of two repetitions of a case; an error beats both."""
    if a.error or b.error:
        return a if a.error else b
    if a.of_goal is not None and b.of_goal is not None:
        return a if a.of_goal >= b.of_goal else b
    return min(a, b, key=lambda one: one.value if one.unit == "s" else -one.value)


class Binary:
    """The executable with the benchmarks. Each case gets a process of its own: so do memory peaks and failures."""

    def __init__(self, path: Path):
        self.path = path
        self.context: dict = {}  # what Google Benchmark says of the machine, from the last case

    def _call(self, *arguments: str, seconds: float | None = None) -> subprocess.CompletedProcess:
        try:
            return subprocess.run([self.path, *arguments], capture_output=True, text=True, check=False, timeout=seconds)
        except OSError as error:
            raise BenchError(f"{self.path}: cannot be run ({error.strerror})") from None

    def cases(self) -> list[str]:
        done = self._call("--benchmark_list_tests")
        if done.returncode:
            raise BenchError(f"{self.path}: cannot list its cases ({done.stderr.strip()})")
        return done.stdout.split()

    def measure(self, case: str, min_time: float, repetitions: int, limit: float) -> Row:
        """The best repetition. A case that ends badly, or takes longer than `limit` seconds, is a row that says so."""
        begin = time.monotonic()
        try:
            best = self._once(case, min_time, 1, limit)
            if repetitions > 1 and not best.error and time.monotonic() - begin < LONG:
                best = better(best, self._once(case, min_time, repetitions - 1, limit))
        except subprocess.TimeoutExpired:
            return Row(case, notes=[f"left out: longer than {limit:g} s"])
        return best

    def _once(self, case: str, min_time: float, repetitions: int, limit: float) -> Row:
        done = self._call(f"--benchmark_filter=^{re.escape(case)}$", f"--benchmark_min_time={min_time}",
                          f"--benchmark_repetitions={repetitions}", "--benchmark_format=json", seconds=limit)
        try:
            printed = json.loads(done.stdout)
        except ValueError:
            printed = {}
        entries = [entry for entry in printed.get("benchmarks", []) if entry["run_type"] == "iteration"]
        if done.returncode or not entries:
            return Row(case, error=f"no result, exit code {done.returncode}")
        self.context = printed["context"]
        best = row(entries[0])
        for entry in entries[1:]:
            best = better(best, row(entry))
        return best
