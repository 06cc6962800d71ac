"""What a claim's measurement is made of: values with intervals, and what follows from them.

A verdict follows from an interval and a criterion that is stated beside it, never from the point estimate alone:
"holds" where the whole interval meets the criterion, "does not hold" where none of it does, else "undecided".
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from acidsim_results import ResultError, Run

HOLDS, FAILS, UNDECIDED, UNTESTED = "holds", "does not hold", "undecided", "cannot be tested here"


@dataclass(frozen=True)
class Finding:
    statement: str  # what is measured, and the criterion
    measured: str  # the value with its interval
    verdict: str
    exact: bool = False  # follows from computed values alone, so that a shortened run shows it too


@dataclass(frozen=True)
class Interval:
    value: float
    low: float
    high: float

    def text(self, unit: str = "", digits: int = 3) -> str:
        number = lambda x: f"{x:.{digits}g}"  # noqa: E731
        return f"{number(self.value)}{unit} [{number(self.low)}, {number(self.high)}]"

    def at_least(self, bound: float) -> str:
        return HOLDS if self.low >= bound else FAILS if self.high < bound else UNDECIDED

    def within(self, low: float, high: float) -> str:
        if low <= self.low and self.high <= high:
            return HOLDS
        return FAILS if self.high < low or self.low > high else UNDECIDED


def t_interval(values: np.ndarray) -> Interval:
    """Mean over repeats with Student's 95 % interval."""
    values = np.asarray(values, float)
    if len(values) < 2 or not np.all(np.isfinite(values)):
        return Interval(float(np.mean(values)), -np.inf, np.inf)
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return Interval(float(values.mean()), float(values.mean() - half), float(values.mean() + half))


def overall(findings: list[Finding]) -> str:
    verdicts = {finding.verdict for finding in findings} - {UNTESTED}
    return FAILS if FAILS in verdicts else UNDECIDED if UNDECIDED in verdicts or not verdicts else HOLDS


def of_shortened_run(findings: list[Finding]) -> list[Finding]:
    """A shortened run settles nothing that is measured: its verdicts are undecided, but for those that are exact."""
    return [finding if finding.exact or finding.verdict == UNTESTED else replace(finding, verdict=UNDECIDED) for finding in findings]


def cell(runs: list[Run], **wanted) -> Run:
    """The one run whose resolved configuration has these values; keys are dotted names with __ for the dot."""
    found = [run for run in runs if all(field_of(run, key.replace("__", ".")) == value for key, value in wanted.items())]
    if len(found) != 1:
        raise ResultError(f"results: {len(found)} runs where one is needed ({wanted}) — was the experiment changed?")
    return found[0]


def field_of(run: Run, dotted: str):
    if dotted in run.values:
        return run.values[dotted]
    value = run.info.get("config", {})
    for key in dotted.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def three_sigma(statement: str, value: float, sigma: float, repeats: int, exact: float, widest: float) -> Finding:
    """Against an exact value: within 3σ, where 3σ is at most `widest` of it (a wider band would show nothing).

    `sigma` is estimated from `repeats`: the multiple is Student's quantile of the same probability as 3σ, 99.73 %."""
    band = stats.t.ppf(stats.norm.cdf(3), repeats - 1) * sigma if repeats > 1 else np.inf
    inside = abs(value - exact) <= band
    verdict = FAILS if not inside else HOLDS if band <= widest * exact else UNDECIDED
    return Finding(f"{statement} (criterion: exact value inside ±3σ, 3σ at most {100 * widest:g} %)",
                   f"{value:.6g} ± {band:.2g}, exact {exact:.7g} ({100 * (value / exact - 1):+.2f} %)", verdict)


def ratio_interval(above: np.ndarray, below: np.ndarray) -> Interval:
    """Ratio of the means of two independent samples with its 95 % interval, by Welch's t on the logarithms."""
    if min(len(above), len(below)) < 2 or not np.all(np.isfinite([*above, *below])):
        return Interval(float(np.mean(above) / np.mean(below)), 0.0, np.inf)
    errors = [np.std(values, ddof=1) / np.mean(values) / np.sqrt(len(values)) for values in (above, below)]
    sigma = float(np.hypot(*errors))
    freedom = sigma**4 / sum(e**4 / (len(v) - 1) for e, v in zip(errors, (above, below))) if sigma else np.inf
    half = stats.t.ppf(0.975, freedom) * sigma
    value = float(np.mean(above) / np.mean(below))
    return Interval(value, value * np.exp(-half), value * np.exp(half))
