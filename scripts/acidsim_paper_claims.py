"""Claims of the paper about rates and time that have an experiment of their own in experiments/paper/. Those that are held against
exact theory are in acidsim_theory_claims.py."""

from __future__ import annotations

import numpy as np
import pandas as pd

from acidsim_findings import FAILS, HOLDS, UNDECIDED, Finding, Interval, cell, field_of, ratio_interval, t_interval
from acidsim_results import Run
from acidsim_timing_claims import settled


def family_of(run: Run) -> str:
    return field_of(run, "topology.family") or field_of(run, "topology")["family"]


def workers_of(run: Run) -> int:
    return run.topology["workers"]


# timelines

CAUSES = ("waiting_at_barrier", "waiting_for_partner", "transferring")


def time_share(run: Run, *names: str) -> np.ndarray:
    """The share of all workers' time that these take, by repeat."""
    return np.array([sum(repeat["time_shares"][name] for name in names) for repeat in run.info["repeats"]])


def judge_timelines(runs: list[Run]) -> list[Finding]:
    pairs = cell(runs, algorithm__name="a2cid2")
    findings = []
    for name, words in (("all_reduce_sgd", "all-reduce"), ("d_psgd", "D-PSGD with local barriers")):
        rounds = cell(runs, algorithm__name=name)
        for what, causes in (("idle share", CAUSES), ("idle share without transfers", CAUSES[:2])):
            less = t_interval(100 * (time_share(rounds, *causes) - time_share(pairs, *causes)))
            findings.append(Finding(
                f"{what} of {words} above that of A²CiD² (criterion: more than 0)",
                f"{less.text(' %')} of the time (means {100 * time_share(rounds, *causes).mean():.3g} and "
                f"{100 * time_share(pairs, *causes).mean():.3g} %)", less.at_least(0)))
    return findings


# rates_table: communications per unit time, all workers together, that make the graph factor O(1)

SYNCHRONOUS, GOSSIP, ACID = "chebyshev_gossip", "async_gossip", "a2cid2"
EXPONENTS = {  # of n, by method and graph: the paper's tables; of gossip without momentum n χ1
    SYNCHRONOUS: {"star": 1.5, "cycle": 2, "complete": 2},
    ACID: {"star": 1, "cycle": 2, "complete": 1},
    GOSSIP: {"star": 1, "cycle": 3, "complete": 1},
}
NAMES = {SYNCHRONOUS: "accelerated rounds", ACID: "A²CiD²", GOSSIP: "gossip"}
AGREED_WITHIN = 20  # gradient times: workers keep up that agree to a millionth within them
COMPUTED_FROM, MEASURED_FROM = 64, 16  # workers: smaller graphs are left out of the fits
COMPUTED_WITHIN, MEASURED_WITHIN = 0.05, 0.15  # of the exponents


def slope(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def graph_condition(family: str, n: float) -> float:
    """λ_max/λ_2 of the graph's Laplacian with unit weights."""
    return {"star": n, "complete": 1.0, "cycle": 4 / (2 - 2 * np.cos(2 * np.pi / n))}[family]


def communications_needed(run: Run, method: str) -> float:
    """Per unit time, by χ1 and χ2 of the run's graph at rate 1: scaling the rates by the graph factor makes it 1. Accelerated
    rounds: every edge once, √condition times [Scaman et al. 2017]."""
    chi_1, chi_2, n = run.topology["chi_1"], run.topology["chi_2"], workers_of(run)
    if method == SYNCHRONOUS:
        return run.topology["edges"] * np.sqrt(graph_condition(family_of(run), n))
    return n / 2 * (chi_1 if method == GOSSIP else np.sqrt(chi_1 * chi_2))


def measured_communications(run: Run) -> np.ndarray:
    """Per unit time, by repeat: those until the workers agreed, spread over AGREED_WITHIN gradient times. Gossip runs on its own
    clock alone, so that twice the rate takes half the time."""
    return run.spent_at_target("communications") / AGREED_WITHIN


def by_size(runs: list[Run], family: str, method: str, smallest: int) -> list[Run]:
    found = [run for run in runs if family_of(run) == family and field_of(run, "algorithm.name") == method
             and workers_of(run) >= smallest]
    return sorted(found, key=workers_of)


def measured_runs(runs: list[Run], family: str, method: str) -> list[Run]:
    """Those that were run until the workers agreed; of the largest graphs only χ1 and χ2 are wanted."""
    return [run for run in by_size(runs, family, method, MEASURED_FROM) if field_of(run, "stop.time") > 1]


def judge_rates_table(runs: list[Run]) -> list[Finding]:
    findings = []
    for method, exponents in EXPONENTS.items():
        for family, claimed in exponents.items():
            graphs = by_size(runs, family, ACID, COMPUTED_FROM)
            sizes = np.array([workers_of(run) for run in graphs])
            value = slope(sizes, np.array([communications_needed(run, method) for run in graphs]))
            findings.append(Finding(
                f"{NAMES[method]}, {family}: exponent of n of the communications that make the graph factor 1, computed from χ1 and χ2 "
                f"(criterion: within {COMPUTED_WITHIN:g} of {claimed:g})", f"{value:.4g} (n = {sizes[0]} to {sizes[-1]}), exact",
                HOLDS if abs(value - claimed) <= COMPUTED_WITHIN else FAILS, exact=True))
    for method, exponents in EXPONENTS.items():
        for family, claimed in exponents.items():
            found = measured_runs(runs, family, method)
            sizes = np.array([workers_of(run) for run in found])
            table = np.array([measured_communications(run) for run in found])
            value = t_interval(np.array([slope(sizes, column) for column in table.T]))
            findings.append(Finding(
                f"{NAMES[method]}, {family}: the same exponent, measured: communications with which workers agree to a millionth "
                f"within {AGREED_WITHIN} gradient times (criterion: within {MEASURED_WITHIN:g} of {claimed:g})",
                f"{value.text()} (n = {sizes[0]} to {sizes[-1]}; {table[0].mean():.3g} to {table[-1].mean():.3g} per unit "
                "time)",
                value.within(claimed - MEASURED_WITHIN, claimed + MEASURED_WITHIN)))
    return findings


# wall_clock

PAPERS_ADVANTAGE = {4: 21.9 / 20.9, 8: 11.1 / 10.5, 16: 6.6 / 5.2, 32: 3.2 / 2.7, 64: 1.8 / 1.5}  # recalled, for orientation


def spread_of(run: Run) -> float:
    return field_of(run, "timing.gradient_duration")["sigma"]


def durations(run: Run) -> np.ndarray:
    return np.array([repeat["time"] for repeat in run.info["repeats"]])


def advantage(runs: list[Run], n: int, spread: float) -> Interval:
    """The time of all-reduce over that of A²CiD² for the same number of gradients."""
    of = lambda name: next(run for run in runs if workers_of(run) == n and spread_of(run) == spread  # noqa: E731
                           and field_of(run, "algorithm.name") == name)
    return ratio_interval(durations(of("all_reduce_sgd")), durations(of(ACID)))


def slowest_and_fastest(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of the worker with the fewest and of that with the most, by repeat."""
    gradients = pd.read_csv(run.folder / "worker_counts.csv").groupby("repeat")["gradients"]
    return gradients.min().to_numpy(), gradients.max().to_numpy()


def judge_wall_clock(runs: list[Run]) -> list[Finding]:
    findings = []
    sizes, spreads = sorted({workers_of(run) for run in runs}), sorted({spread_of(run) for run in runs})
    for n in sizes:
        gains = [advantage(runs, n, spread) for spread in spreads]
        least = min(gains, key=lambda gain: gain.low)
        findings.append(Finding(
            f"{n} workers: time of all-reduce over that of A²CiD² for the same gradients, the least of {len(spreads)} spreads (criterion: "
            "above 1)", f"{least.text(digits=4)}; at spread 0.1 {advantage(runs, n, 0.1).text()}, the paper's about "
            f"{PAPERS_ADVANTAGE[n]:.3g}", least.at_least(1)))
        steps = [Interval(b.value - a.value, b.low - a.high, b.high - a.low) for a, b in zip(gains, gains[1:])]
        smallest = min(steps, key=lambda step: step.low)
        findings.append(Finding(
            f"{n} workers: the advantage grows with the spread: the smallest step from one spread to the next (criterion: above 0)",
            f"{smallest.text()} ({gains[0].value:.3g} at spread {spreads[0]:g}, {gains[-1].value:.3g} at {spreads[-1]:g})",
            smallest.at_least(0)))
    run = next(run for run in runs if workers_of(run) == sizes[-1] and spread_of(run) == 0.1 and field_of(run, "algorithm.name") == ACID)
    few, many = slowest_and_fastest(run)
    share = t_interval(few / many)
    findings.append(Finding(
        f"{sizes[-1]} workers, speeds within 4 %: gradients of the slowest worker over those of the fastest (criterion: below 1)",
        f"{share.text()} ({few.mean():.4g} and {many.mean():.4g}; the paper's about 13k and 14k)",
        HOLDS if share.high < 1 else FAILS if share.low >= 1 else UNDECIDED))
    return findings


# model_and_code

MODEL, CODE = ("edge_clocks", "poisson"), ("fifo", "reference")
POISSON_WITHIN, REGULAR = 0.25, 0.2  # of the variance over the mean of counts


def meeting_of(run: Run) -> tuple[str, str]:
    return field_of(run, "timing.pairing"), field_of(run, "timing.averagings")


def count_dispersion(run: Run) -> np.ndarray:
    """Variance over mean of the workers' numbers of averagings, by repeat: 1 of Poisson clocks."""
    counts = pd.read_csv(run.folder / "worker_counts.csv").groupby("repeat")["communications"]
    return (counts.var() / counts.mean()).to_numpy()


def judge_model_and_code(runs: list[Run]) -> list[Finding]:
    def of(meeting: tuple[str, str], name: str, rate: float) -> Run:
        return next(run for run in runs if meeting_of(run) == meeting and field_of(run, "algorithm.name") == name
                    and field_of(run, "timing.communication_rate") == rate)

    findings = []
    for meeting in dict.fromkeys(map(meeting_of, runs)):
        ratio = ratio_interval(*(settled(of(meeting, *case), "consensus_distance") for case in ((ACID, 1), (GOSSIP, 2))))
        findings.append(Finding(f"{', '.join(meeting)} averagings: consensus distance of A²CiD² at 1 over that of gossip at 2 "
                                "(criterion: at most 1)", ratio.text(), ratio.within(0, 1)))
    for name, rate in ((GOSSIP, 1), (GOSSIP, 2), (ACID, 1)):
        ratio = ratio_interval(*(settled(of(meeting, name, rate), "consensus_distance") for meeting in (CODE, MODEL)))
        findings.append(Finding(
            f"{NAMES[name]} at {rate}: consensus distance with the code's pairing and counts over that with the theory's clocks "
            "(criterion: at most 1, the theory promises no more than the code does)", ratio.text(), ratio.within(0, 1)))
    for meeting, low, high in ((MODEL, 1 - POISSON_WITHIN, 1 + POISSON_WITHIN), (CODE, 0.0, REGULAR)):
        value = t_interval(count_dispersion(of(meeting, ACID, 1)))
        findings.append(Finding(f"{', '.join(meeting)} averagings: variance over mean of the workers' numbers of averagings (criterion: "
                                f"between {low:g} and {high:g})", value.text(), value.within(low, high)))
    return findings


# complete_n and rates: a perceptron

def judge_complete_n(runs: list[Run]) -> list[Finding]:
    """Training losses above that of all-reduce with as many workers, in per cent of it."""
    sizes = sorted({workers_of(run) for run in runs})

    def gap(n: int, rate: float) -> np.ndarray:
        base = cell(runs, topology__workers=n, algorithm__name="all_reduce_sgd").final("loss")
        return 100 * (cell(runs, topology__workers=n, algorithm__name=GOSSIP, timing__communication_rate=rate).final("loss") - base) / base

    growth = t_interval(gap(sizes[-1], 1) - gap(sizes[0], 1))
    findings = [Finding(
        f"complete graph, gossip at rate 1: its training loss above that of all-reduce with {sizes[-1]} workers, less the same with "
        f"{sizes[0]} (criterion: grows, above 0)",
        f"{growth.text(' %')} (gaps {', '.join(f'{gap(n, 1).mean():.3g} % at {n}' for n in sizes)})", growth.at_least(0))]
    for rate in (2, 4):
        closed = t_interval(gap(sizes[-1], 1) - gap(sizes[-1], rate))
        findings.append(Finding(
            f"{sizes[-1]} workers: how much of the gap to all-reduce rate {rate} takes away from that at rate 1 (criterion: above 0)",
            f"{closed.text(' %')} (gaps {gap(sizes[-1], 1).mean():.3g} % at rate 1, {gap(sizes[-1], rate).mean():.3g} % at {rate})",
            closed.at_least(0)))
    return findings


AS_GOOD = 0.8  # of the effect of doubling the rate


def judge_rates(runs: list[Run]) -> list[Finding]:
    """The share of the effect of doubling the rate that A²CiD² has at rate 1, by repeat, and what it adds at rate 2."""
    g1, g2, a1, a2 = (100 * cell(runs, algorithm__name=name, timing__communication_rate=rate).final("test_accuracy")
                      for name in (GOSSIP, ACID) for rate in (1, 2))
    doubling, share, more = t_interval(g2 - g1), t_interval((a1 - g1) / (g2 - g1)), t_interval(a2 - g2)
    return [
        Finding(f"test accuracy: share of the effect of doubling the rate that A²CiD² at rate 1 has (criterion: at least {AS_GOOD:g})",
                f"{share.text()} (means: gossip@1 {g1.mean():.2f} %, A²CiD²@1 {a1.mean():.2f} %, gossip@2 {g2.mean():.2f} %; "
                "the paper's about 0.95)", share.at_least(AS_GOOD) if doubling.low > 0 else UNDECIDED),
        Finding("test accuracy at rate 2: A²CiD² over gossip (criterion: above 0)",
                f"{more.text(' %')} (mean of A²CiD²@2 {a2.mean():.2f} %)", more.at_least(0))]
