"""Claims about time: pairs that wait for each other, rounds that wait for stragglers, workers that leave."""

from __future__ import annotations

import numpy as np

from acidsim_findings import FAILS, HOLDS, UNDECIDED, Finding, Interval, cell, field_of, ratio_interval, t_interval
from acidsim_results import Run

LAST = 0.5  # of the time: what settled values are means over


def settled(run: Run, metric: str) -> np.ndarray:
    """The mean over the last half of the time, by repeat."""
    series = run.series(metric)
    return series[series.index >= (1 - LAST) * series.index.max()].mean().to_numpy()


def duration_of(run: Run) -> str:
    return field_of(run, "timing.gradient_duration")["distribution"]


def judge_pairing(runs: list[Run]) -> list[Finding]:
    """A²CiD² at 1 over gossip at 2, on the ring, for every way in which workers meet and every law of durations."""
    findings = []
    ring = [run for run in runs if field_of(run, "topology.family") == "cycle"]
    for pairing in ("edge_clocks", "fifo", "call"):
        for law in ("constant", "gamma", "exponential"):
            at = {(field_of(run, "algorithm.name"), field_of(run, "timing.communication_rate")): run for run in ring
                  if field_of(run, "timing.pairing") == pairing and duration_of(run) == law}
            acid, gossip = settled(at["a2cid2", 1], "consensus_distance"), settled(at["async_gossip", 2], "consensus_distance")
            ratio = ratio_interval(acid, gossip)
            findings.append(Finding(
                f"ring of 64, {pairing}, {law} gradients: consensus distance of A²CiD² at 1 over that of gossip at 2 "
                "(criterion: at most 1)",
                f"{ratio.text()} (means {acid.mean():.3g} and {gossip.mean():.3g})", ratio.within(0, 1)))
    return findings


def judge_pairing_workers(runs: list[Run]) -> list[Finding]:
    """The same ratio on the ring, by the number of workers."""
    findings = []
    for n in (8, 32, 128, 256):
        for pairing in ("edge_clocks", "fifo", "call"):
            of = lambda name, rate: settled(cell(runs, topology__family="cycle", topology__workers=n,  # noqa: E731
                                                 timing__pairing=pairing, algorithm__name=name,
                                                 timing__communication_rate=rate), "consensus_distance")
            ratio = ratio_interval(of("a2cid2", 1), of("async_gossip", 2))
            findings.append(Finding(f"ring of {n}, {pairing}: consensus distance of A²CiD² at 1 over that of gossip at 2 "
                                    "(criterion: at most 1)", ratio.text(), ratio.within(0, 1)))
    return findings


WORKERS = 32
SLOWEST = float(np.sum(1 / np.arange(1, WORKERS + 1)))  # H_n: the mean of the largest of n exponential times of mean 1
LOCAL = 2.37  # a round with local barriers on a long ring, exponential gradients; exact values for short rings are lower
NEAR = 0.03


def round_time(run: Run) -> np.ndarray:
    """Time per round, by repeat."""
    times = run.table.groupby("repeat")["time"].nth(-1).to_numpy()
    return times / run.final("rounds")


def judge_stragglers(runs: list[Run]) -> list[Finding]:
    def of(algorithm: str, barrier: str | None, law: str) -> Run:
        return next(run for run in runs if field_of(run, "algorithm.name") == algorithm
                    and field_of(run, "timing.barrier") == barrier and duration_of(run) == law
                    and field_of(run, "timing.gradient_rate") == 1)

    findings = []
    for name, barrier, exact in (("all_reduce_sgd", "global", SLOWEST), ("d_psgd", "global", SLOWEST),
                                 ("d_psgd", "local", LOCAL)):
        measured = t_interval(round_time(of(name, barrier, "exponential")))
        findings.append(Finding(
            f"{name}, {barrier} barrier, exponential gradients: time of a round (criterion: within {100 * NEAR:g} % of "
            f"{exact:.4g})", measured.text(), measured.within((1 - NEAR) * exact, (1 + NEAR) * exact)))
    for law in ("exponential", "gamma", "constant"):
        rounds, pairs = of("all_reduce_sgd", "global", law), of("a2cid2", None, law)
        gain = ratio_interval(rounds.times_to_target(), pairs.times_to_target())
        findings.append(Finding(
            f"{law} gradients: time of all-reduce to the target over that of A²CiD² (criterion: at least 1)", gain.text(),
            gain.at_least(1)))
    return findings


def share_there(run: Run) -> float:
    churn = field_of(run, "timing.churn")
    return churn["mean_present"] / (churn["mean_present"] + churn["mean_away"]) if churn else 1.0


def judge_churn(runs: list[Run]) -> list[Finding]:
    """Against the run without churn of the same method: the predicted slowdown, and what a loss of state leaves."""
    def method(run: Run) -> str:
        chi = field_of(run, "algorithm.chi")
        return field_of(run, "algorithm.name") + (f", chi {chi}" if chi not in (None, "mean") else "")

    findings = []
    for name in dict.fromkeys(method(run) for run in runs):
        own = [run for run in runs if method(run) == name]
        calm = next(run for run in own if field_of(run, "timing.churn") is None)
        for run in own:
            churn = field_of(run, "timing.churn")
            if churn is None:
                continue
            away = 100 * (1 - share_there(run))
            ratio = ratio_interval(settled(run, "consensus_distance"), settled(calm, "consensus_distance"))
            if churn["on_return"] == "kept":
                low, high = 1, share_there(run) ** -2
                criterion, verdict = f"between 1 and {high:.3g}", _within_noise(ratio, low, high)
            else:
                criterion, verdict = "above 1", ratio.at_least(1)
            findings.append(Finding(
                f"{name}, {away:.0f} % away, state {churn['on_return']}: settled consensus distance over that of workers that "
                f"never leave (criterion: {criterion})", ratio.text(), verdict))
    return findings


def _within_noise(ratio: Interval, low: float, high: float) -> str:
    """Bounds that lie closer together than the interval is wide are met where the interval holds some value between them."""
    if ratio.high < low or ratio.low > high:
        return FAILS
    return HOLDS if low <= ratio.low and ratio.high <= high else UNDECIDED


# Ten workers in the regions of aws_regions.network, gradients of a gamma law of shape 20 and mean 1 = 0.1 s, messages of 248 bytes.
# A round takes the slowest of ten gradients, or sums of 20, and then its messages: 18 ring steps over the longest delay, 265 ms,
# or the mean over all 945 perfect matchings of the longest delay in one. Bytes are those of a round.
REGIONS = {
    "all_reduce_sgd": (1.3708133660 + 47.7001095, 18 * 248),
    "diloco": (21.5669033479 + 47.7001095, 18 * 248),
    "noloco": (21.5669033479 + 2.2260851919, 10 * 2 * 248),
}
AS_IN_THEORY = 0.01
MUCH_SOONER = 3  # times


def judge_regions(runs: list[Run]) -> list[Finding]:
    def times(run: Run) -> np.ndarray:
        return np.array([repeat["time"] for repeat in run.info["repeats"]])

    findings = []
    for algorithm, (exact, bytes_of_round) in REGIONS.items():
        run = cell(runs, algorithm__name=algorithm)
        rounds = [-(-repeat["bytes_sent"] // bytes_of_round) for repeat in run.info["repeats"]]
        duration = t_interval(times(run) / rounds)
        findings.append(Finding(
            f"{algorithm}: duration of a round (criterion: within {100 * AS_IN_THEORY:g} % of the exact {exact:.5g})",
            duration.text(digits=5), duration.within((1 - AS_IN_THEORY) * exact, (1 + AS_IN_THEORY) * exact)))
    pairs = cell(runs, algorithm__name="async_gossip", topology__family="complete", timing__communication_rate=0.1)
    gain = ratio_interval(times(cell(runs, algorithm__name="diloco")), times(pairs))
    findings.append(Finding(
        "pairs that average after each tenth gradient: how many times sooner than DiLoCo they have sent the bytes (criterion: "
        f"at least {MUCH_SOONER})", gain.text(), gain.at_least(MUCH_SOONER)))
    return findings
