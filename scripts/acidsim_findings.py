"""What a claim's measurement is made of: values with intervals, and what follows from them.

A verdict follows from an interval and a criterion that is stated beside it, never from the point estimate alone:
"holds" where the whole interval meets the criterion, "does not hold" where none of it does, else "undecided".
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from acidsim_results import ResultError, Run, field_of
from acidsim_statistics import FAILS, HOLDS, UNDECIDED, Interval, ratio_interval, t_interval  # noqa: F401 (claims take them from here)

UNTESTED = "cannot be tested here"


@dataclass(frozen=True)
class Finding:
    statement: str  # what is measured, and the criterion
    measured: str  # the value with its interval
    verdict: str
    exact: bool = False  # follows from computed values alone, so that a shortened run shows it too


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


def three_sigma(statement: str, value: float, sigma: float, repeats: int, exact: float, widest: float) -> Finding:
    """Against an exact value: within 3σ, where 3σ is at most `widest` of it (a wider band would show nothing).

    `sigma` is estimated from `repeats`: the multiple is Student's quantile of the same probability as 3σ, 99.73 %."""
    band = stats.t.ppf(stats.norm.cdf(3), repeats - 1) * sigma if repeats > 1 else np.inf
    inside = abs(value - exact) <= band
    verdict = FAILS if not inside else HOLDS if band <= widest * exact else UNDECIDED
    return Finding(f"{statement} (criterion: exact value inside ±3σ, 3σ at most {100 * widest:g} %)",
                   f"{value:.6g} ± {band:.2g}, exact {exact:.7g} ({100 * (value / exact - 1):+.2f} %)", verdict)
