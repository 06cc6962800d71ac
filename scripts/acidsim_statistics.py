"""Statistics of repeats: estimates with 95 % intervals, comparisons, times to a target. Nothing here reads files.

Repeats are independent samples. Bootstraps are drawn from a fixed seed, so that the same data give the same interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.95
SEED = 1
RESAMPLES = 2000
FEWEST_RESAMPLED = 5  # values; of fewer there are too few distinct resamples, and Student's interval is taken
HOLDS, FAILS, UNDECIDED = "holds", "does not hold", "undecided"


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
    """Mean of independent values with Student's 95 % interval; without limits where they cannot be known."""
    values = np.asarray(values, float)
    if len(values) < 2 or not np.all(np.isfinite(values)):
        return Interval(float(np.mean(values)) if len(values) else np.nan, -np.inf, np.inf)
    half = stats.t.ppf(0.5 + LEVEL / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return Interval(float(values.mean()), float(values.mean() - half), float(values.mean() + half))


def ratio_interval(above: np.ndarray, below: np.ndarray) -> Interval:
    """Ratio of the means of two independent samples with its 95 % interval, by Welch's t on the logarithms."""
    if min(len(above), len(below)) < 2 or not np.all(np.isfinite([*above, *below])):
        return Interval(float(np.mean(above) / np.mean(below)), 0.0, np.inf)
    errors = [np.std(values, ddof=1) / np.mean(values) / np.sqrt(len(values)) for values in (above, below)]
    sigma = float(np.hypot(*errors))
    freedom = sigma**4 / sum(e**4 / (len(v) - 1) for e, v in zip(errors, (above, below))) if sigma else np.inf
    half = stats.t.ppf(0.5 + LEVEL / 2, freedom) * sigma
    value = float(np.mean(above) / np.mean(below))
    return Interval(value, value * np.exp(-half), value * np.exp(half))


def _weights(repeats: int, resamples: int = RESAMPLES) -> np.ndarray:
    """How often each resample holds each repeat; shape (resamples, repeats), rows sum to `repeats`."""
    return np.random.default_rng(SEED).multinomial(repeats, np.full(repeats, 1 / repeats), resamples)


def _bca_limits(estimate, resampled: np.ndarray, left_out: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Efron's bias-corrected and accelerated limits (1987). Last axis: resamples, and the repeat that is left out."""
    ordered, estimate = np.sort(resampled, axis=-1), np.asarray(estimate)[..., None]
    count = ordered.shape[-1]
    below = ((ordered < estimate).sum(axis=-1) + (ordered <= estimate).sum(axis=-1)) / (2 * count)
    bias = stats.norm.ppf(np.clip(below, 1 / count, 1 - 1 / count))
    influence = left_out.mean(axis=-1, keepdims=True) - left_out
    squares = (influence**2).sum(axis=-1)
    acceleration = (influence**3).sum(axis=-1) / np.where(squares > 0, 6 * squares**1.5, 1)
    limits = []
    for quantile in stats.norm.ppf([0.5 - LEVEL / 2, 0.5 + LEVEL / 2]):
        share = stats.norm.cdf(bias + (bias + quantile) / (1 - acceleration * (bias + quantile)))
        place = np.rint(share * (count - 1)).astype(int)
        limits.append(np.take_along_axis(ordered, place[..., None], axis=-1)[..., 0])
    return limits[0], limits[1]


def mean_bands(table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, low and high at every point; table: (repeats, points), all finite. Student's interval of fewer than
    FEWEST_RESAMPLED repeats (no limits of one), else BCa, which covers somewhat less than 95 % where repeats are few: about
    90 % of ten normal values."""
    repeats, points = table.shape
    mean = table.mean(axis=0)
    if repeats < 2:
        return mean, np.full(points, np.nan), np.full(points, np.nan)
    if repeats < FEWEST_RESAMPLED:
        half = stats.t.ppf(0.5 + LEVEL / 2, repeats - 1) * table.std(axis=0, ddof=1) / np.sqrt(repeats)
        return mean, mean - half, mean + half
    weights = _weights(repeats).T / repeats
    low, high = np.empty(points), np.empty(points)
    for start in range(0, points, 500):  # so many that the resamples stay small in memory
        part = slice(start, start + 500)
        left_out = (repeats * mean[part] - table[:, part]) / (repeats - 1)
        low[part], high[part] = _bca_limits(mean[part], table[:, part].T @ weights, left_out.T)
    constant = np.ptp(table, axis=0) == 0  # else rounding would show
    return mean, np.where(constant, mean, low), np.where(constant, mean, high)


def mean_interval(values: np.ndarray) -> Interval:
    """Mean with its 95 % interval, by the method that `interval_name` says."""
    values = np.asarray(values, float)
    if len(values) < FEWEST_RESAMPLED or not np.all(np.isfinite(values)):
        return t_interval(values)
    mean, low, high = mean_bands(values[:, None])
    return Interval(float(mean[0]), float(low[0]), float(high[0]))


def interval_name(repeats: int) -> str:
    if repeats < 2:
        return "one repeat: no interval"
    return "95 % interval of the mean (" + ("Student's t)" if repeats < FEWEST_RESAMPLED else "BCa bootstrap)")


def median_interval(values: np.ndarray) -> Interval:
    """Median with the interval between two order statistics, which covers at least 95 % whatever the distribution; of
    fewer than six values there is none."""
    ordered = np.sort(np.asarray(values, float))
    rank = int(stats.binom.ppf(0.5 - LEVEL / 2, len(ordered), 0.5))
    while rank > 0 and stats.binom.cdf(rank - 1, len(ordered), 0.5) > 0.5 - LEVEL / 2:
        rank -= 1
    if len(ordered) == 0 or rank == 0:
        return Interval(float(np.median(ordered)) if len(ordered) else np.nan, -np.inf, np.inf)
    return Interval(float(np.median(ordered)), float(ordered[rank - 1]), float(ordered[-rank]))


def paired_difference(first: np.ndarray, second: np.ndarray) -> Interval:
    """Mean of first − second over repeats that share their random numbers."""
    return mean_interval(np.asarray(first, float) - np.asarray(second, float))


def difference_p_value(first: np.ndarray, second: np.ndarray, paired: bool) -> float:
    """Of Student's (paired) or Welch's t-test that the two means are equal, two-sided; 1 where it cannot be told."""
    first, second = np.asarray(first, float), np.asarray(second, float)
    if min(len(first), len(second)) < 2 or not np.all(np.isfinite([*first, *second])):
        return 1.0
    if paired and np.ptp(first - second) == 0 or not paired and np.ptp(first) == np.ptp(second) == 0:
        return 1.0 if first.mean() == second.mean() else 0.0
    test = stats.ttest_rel(first, second) if paired else stats.ttest_ind(first, second, equal_var=False)
    return float(test.pvalue)


def holm(p_values: np.ndarray) -> np.ndarray:
    """Holm's adjusted p-values (1979): below 0.05 where the whole family errs with probability at most 5 %."""
    p_values = np.asarray(p_values, float)
    order = np.argsort(p_values, kind="stable")
    factors = len(p_values) - np.arange(len(p_values))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(p_values[order] * factors))
    return adjusted


def _decay(times: np.ndarray, means: np.ndarray) -> np.ndarray | float:
    return -np.polyfit(times, np.log(means), 1)[0]


def decay_rate(times: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """−slope of log(mean over repeats) with its bootstrap standard error; values: (times, repeats), positive."""
    repeats = values.shape[1]
    resampled = _decay(times, values @ _weights(repeats, 1000).T / repeats)
    return float(_decay(times, values.mean(axis=1))), float(resampled.std(ddof=1))


def decay_interval(times: np.ndarray, values: np.ndarray) -> Interval:
    """The decay rate with its BCa interval over repeats; without limits of fewer than FEWEST_RESAMPLED repeats."""
    repeats = values.shape[1]
    estimate = _decay(times, values.mean(axis=1))
    if repeats < FEWEST_RESAMPLED:
        return Interval(float(estimate), -np.inf, np.inf)
    resampled = _decay(times, values @ _weights(repeats).T / repeats)
    left_out = _decay(times, (values.sum(axis=1, keepdims=True) - values) / (repeats - 1))
    low, high = _bca_limits(estimate, resampled, left_out)
    return Interval(float(estimate), float(low), float(high))


BATCHES = 20


def floor(values: np.ndarray) -> Interval:
    """The stationary value: mean over time and repeats of values (times, repeats) that have settled and are evenly
    spaced in time. Many repeats: Student's interval of their means. Few: of the means of batches, which are taken to be
    independent, so that a batch must be long beside the correlation time."""
    times, repeats = values.shape
    if repeats >= FEWEST_RESAMPLED:
        return t_interval(values.mean(axis=0))
    batches = min(BATCHES, times)
    length = times // batches
    means = values[times - batches * length:].reshape(batches, length, repeats).mean(axis=1)
    return t_interval(means.ravel())


@dataclass(frozen=True)
class Arrivals:
    """Times to a target, some of which are not known because the repeat ended first."""

    reached: int
    repeats: int
    median: Interval  # infinite where the data do not reach so far

    def text(self, digits: int = 3) -> str:
        return f"{self.reached} of {self.repeats} reached, median {self.median.text(digits=digits)}"


def arrivals(times: np.ndarray, ends: np.ndarray) -> Arrivals:
    """The median by Kaplan and Meier (1958) with its interval by Brookmeyer and Crowley (1982) on the log(−log) scale.
    times: not a number where a repeat did not arrive; ends: when each repeat ended."""
    times, ends = np.asarray(times, float), np.asarray(ends, float)
    arrived = ~np.isnan(times)
    last = np.where(arrived, times, ends)
    steps = np.unique(times[arrived])
    at_risk = np.array([(last >= step).sum() for step in steps], float)
    events = np.array([(times == step).sum() for step in steps], float)
    surviving = np.cumprod(1 - events / at_risk)
    median = _first(steps, surviving <= 0.5 + 1e-12)
    if exact := np.isclose(surviving, 0.5).nonzero()[0][:1].tolist():  # S stays at one half until the next arrival
        median = (median + steps[exact[0] + 1]) / 2 if exact[0] + 1 < len(steps) else median
    low, high = _survival_limits(surviving, at_risk, events)
    limits = Interval(median, _first(steps, low <= 0.5), _first(steps, high <= 0.5))
    return Arrivals(int(arrived.sum()), len(times), limits)


def _first(steps: np.ndarray, where: np.ndarray) -> float:
    return float(steps[where.argmax()]) if where.any() else np.inf


def _survival_limits(surviving: np.ndarray, at_risk: np.ndarray, events: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pointwise, by Greenwood's variance of log S."""
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(events / (at_risk * (at_risk - events)))
        half = stats.norm.ppf(0.5 + LEVEL / 2) * np.sqrt(variance) / np.abs(np.log(surviving))
        low, high = surviving ** np.exp(half), surviving ** np.exp(-half)
    gone = surviving <= 0
    return np.where(gone, 0, low), np.where(gone, np.where(len(surviving) > 1, np.roll(high, 1), 1), high)
