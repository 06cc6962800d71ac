"""What is claimed, how it is measured from results, and whether it holds. One row of ITEMS per item of `reproduce`.

What measurements and verdicts are made of is in acidsim_findings.py, the claims about time in acidsim_timing_claims.py,
those about networks in acidsim_network_claims.py, those of the paper's tables in acidsim_paper_claims.py, those held against exact
theory in acidsim_theory_claims.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import acidsim_statistics as statistics
from acidsim_findings import (FAILS, HOLDS, UNDECIDED, Finding, Interval, cell, field_of, overall, ratio_interval, t_interval,
                              three_sigma)
from acidsim_network_claims import judge_accuracy, judge_accuracy_cnn, judge_ring64_network, judge_single_worker
from acidsim_paper_claims import (judge_complete_n, judge_model_and_code, judge_rates, judge_rates_table, judge_timelines,
                                  judge_wall_clock)
from acidsim_results import ResultError, Run, dispersion, rate_constant, rates_of
from acidsim_theory_claims import judge_acceleration, judge_theorem, judge_where_not
from acidsim_timing_claims import judge_churn, judge_pairing, judge_pairing_workers, judge_regions, judge_stragglers

@dataclass(frozen=True)
class Item:
    name: str
    claim: str
    source: str
    experiment: str  # configuration file, from the repository's root
    judge: Callable[[list[Run]], list[Finding]]
    quick: tuple[str, ...]  # `--set` arguments of a shortened run: a smoke test, too short to settle a claim
    caveat: str = ""  # how the setting differs from the paper's: printed beside the verdict
    side_by_side: bool = False  # also draw the topologies and heat-maps of all cells in one figure
    figure: str = ""  # a function of acidsim_paper_figures: the item's own figure
    untested: tuple[str, str] | tuple[()] = ()  # what of the claim cannot be tested here, and why


def judge_ring64(runs: list[Run]) -> list[Finding]:
    """The effect of doubling the rate is (gossip@1 − gossip@2); which share of it has (gossip@1 − A²CiD²@1)?

    All by repeat: repeats of equal number share seed, data split and gradient times, so differences are paired."""
    cases = [cell(runs, algorithm__name=name, timing__communication_rate=rate)
             for rate in (1, 2) for name in ("async_gossip", "a2cid2")]
    findings = []
    for metric in ("loss", "test_loss", "consensus_distance"):
        name = metric.replace("_", " ")
        g1, a1, g2, a2 = (run.final(metric) for run in cases)
        doubling = t_interval(g1 - g2)
        share = t_interval((g1 - a1) / (g1 - g2))
        more = "; more than doubling" if share.low > 1 else ""
        findings.append(Finding(
            f"{name}: share of the effect of doubling the rate that A²CiD² at rate 1 has (criterion: at least 0.9)",
            f"{share.text()} (means: gossip@1 {g1.mean():.4g}, gossip@2 {g2.mean():.4g}, "
            f"A²CiD²@1 {a1.mean():.4g}{more})",
            share.at_least(0.9) if doubling.low > 0 else UNDECIDED))
        gain = t_interval(100 * (g2 - a2) / g2)
        findings.append(Finding(f"{name}: at rate 2, A²CiD² is lower than gossip (criterion: by more than 0)",
                                f"{gain.text(' %')} lower (means: gossip@2 {g2.mean():.4g}, A²CiD²@2 {a2.mean():.4g})",
                                gain.at_least(0)))
    return findings


CLEAR_GAP = 1.0  # per cent of the loss: a smaller gap would hardly be seen in a figure of training curves


def judge_workers(runs: list[Run]) -> list[Finding]:
    findings = []
    for n in (4, 8, 16, 32, 64):
        gossip, acid = (cell(runs, algorithm__name=name, topology__workers=n).final("loss")
                        for name in ("async_gossip", "a2cid2"))
        gap = t_interval(100 * (gossip - acid) / acid)
        if n <= 16:
            criterion, verdict = f"no gap (within ±{CLEAR_GAP:g} %)", gap.within(-CLEAR_GAP, CLEAR_GAP)
        else:
            criterion, verdict = f"a clear gap (above {CLEAR_GAP:g} %)", gap.at_least(CLEAR_GAP)
        findings.append(Finding(f"n = {n}: training loss of gossip above that of A²CiD² (criterion: {criterion})",
                                f"{gap.text(' %')} (means: {gossip.mean():.4g} and {acid.mean():.4g})", verdict))
    return findings


def judge_topologies(runs: list[Run]) -> list[Finding]:
    findings = []
    for family, quoted in (("complete", (1, 1)), ("exponential", (2, 1)), ("cycle", (13, 1))):
        graph = cell(runs, topology__family=family, algorithm__name="a2cid2").topology
        chi = graph["chi_1"], graph["chi_2"]
        findings.append(Finding(f"{family}, n = 16: (χ1, χ2) rounds to {quoted}",
                                f"({chi[0]:.6f}, {chi[1]:.6f}), exact",
                                HOLDS if (round(chi[0]), round(chi[1])) == quoted else FAILS, exact=True))
    return findings


def judge_heatmaps(runs: list[Run]) -> list[Finding]:
    findings = []
    for run in runs:
        test = dispersion(run.edge_counts)
        spread = 100 * test.spread_bound
        findings.append(Finding(
            f"{run.topology['name']}, n = {run.topology['workers']}: pairings per edge against its rate "
            "(criterion: χ² test not rejected at 0.1 %, and true deviation below 5 % with 95 % confidence)",
            f"χ² = {test.chi_square:.1f} on {test.degrees} degrees of freedom, p = {test.p_value:.3g}, "
            f"{test.total} communications; deviation of the true rates at most {spread:.2g} %",
            FAILS if test.p_value < 0.001 else HOLDS if spread < 5 else UNDECIDED))
    return findings


# Exact asymptotic decay rates of E‖x − x̄‖² on the cycle at rate 1, and the window of times to fit. Before its start
# faster modes still show: inside it the exact slope is within 0.3 % of the asymptotic one. At its end ‖x − x̄‖² is
# not yet so skewed over repeats that its sample mean misses the rare runs that carry the expectation.
GOSSIP_DECAY = {
    (16, "async_gossip"): (0.07535109673686198, 40, 120),
    (16, "a2cid2"): (0.19855050748311878, 40, 60),
    (64, "async_gossip"): (0.0048145454257473574, 560, 1400),
    (64, "a2cid2"): (0.05670180810172888, 270, 450),
}


def decaying(run: Run, start: float, end: float) -> tuple[np.ndarray, np.ndarray]:
    """Times, and the consensus distances (times, repeats), of the records between two times."""
    table = run.series("consensus_distance").loc[start:end]
    if len(table) < 3:
        raise ResultError(f"{run.folder}: fewer than 3 records between times {start} and {end}")
    return table.index.to_numpy(), table.to_numpy()


def decay_rate(run: Run, start: float, end: float) -> tuple[float, float]:
    """Slope of log(mean over repeats of the consensus distance), with its bootstrap standard error over repeats."""
    return statistics.decay_rate(*decaying(run, start, end))


def judge_gossip_decay(runs: list[Run]) -> list[Finding]:
    findings = []
    for (n, algorithm), (exact, start, end) in GOSSIP_DECAY.items():
        run = cell(runs, topology__workers=n, algorithm__name=algorithm)
        value, sigma = decay_rate(run, start, end)
        what = f"cycle of {n}, {algorithm}: decay rate of E‖x − x̄‖², fitted on times {start} to {end}"
        findings.append(three_sigma(what, value, sigma, run.repeats, exact, widest=0.02))
    return findings


def judge_exchange_orders(runs: list[Run]) -> list[Finding]:
    """Rates of decay by the order within a communication. Those of plain gossip and of the order `sde` are known exactly;
    the other two are compared with them: how many times as fast."""
    exact_gossip, *slow = GOSSIP_DECAY[64, "async_gossip"]
    exact_sde, *fast = GOSSIP_DECAY[64, "a2cid2"]
    what = "decay rate of E‖x − x̄‖²"
    findings, rates = [], {}
    for name, order, exact, window in (("async_gossip", None, exact_gossip, slow), ("a2cid2", "sde", exact_sde, fast),
                                       ("a2cid2", "paper_algorithm", None, fast), ("a2cid2", "reference", None, slow)):
        run = cell(runs, algorithm__name=name, algorithm__exchange_order=order)
        value, sigma = decay_rate(run, *window)
        rates[order] = statistics.decay_interval(*decaying(run, *window))
        if exact:
            findings.append(three_sigma(f"{order or name}: {what}", value, sigma, run.repeats, exact, widest=0.02))
    for order, other, exact, low, high in (("paper_algorithm", "sde", exact_sde, 0, 1), ("reference", "sde", exact_sde, 0, 1),
                                           ("reference", "async_gossip", exact_gossip, 1, np.inf)):
        rate = rates[order]
        ratio = Interval(rate.value / exact, rate.low / exact, rate.high / exact)
        bound = f"at most {high:g}" if high < np.inf else f"at least {low:g}"
        findings.append(Finding(f"{order}: {what} over that of {other} (criterion: {bound})",
                                f"{ratio.text()}; the rate is {rate.text()}", ratio.within(low, high)))
    return findings


# Exact stationary (1/n) Σ E(x_i − x̄)² per coordinate on the cycle at rate 1: f_i = ½(x − b_i)², b_i of variance 1,
# no gradient noise, step 0.05. It is the bias (the mean of x, MATH: γ/(γ + λ/2) per mode) plus the variance that the
# random order of events adds.
HETEROGENEITY = {
    (16, "async_gossip"): 0.06438301629044993,
    (16, "a2cid2"): 0.028501803875791293,
    (64, "async_gossip"): 0.11068783672457111,
    (64, "a2cid2"): 0.03677185679910541,
}
STATIONARY_FROM = 400  # the slowest mode has relaxed: e^(−0.05·400) = 2e-9


def judge_heterogeneity(runs: list[Run]) -> list[Finding]:
    findings = []
    for (n, algorithm), exact in HETEROGENEITY.items():
        run = cell(runs, topology__workers=n, algorithm__name=algorithm)
        dimension = run.info["config"]["objective"]["dimension"]
        averages = run.series("consensus_distance").loc[STATIONARY_FROM:].mean().to_numpy() / dimension
        sigma = averages.std(ddof=1) / np.sqrt(len(averages)) if len(averages) > 1 else np.inf
        findings.append(three_sigma(f"cycle of {n}, {algorithm}: stationary consensus distance per coordinate",
                                    float(averages.mean()), sigma, run.repeats, exact, widest=0.02))
    return findings


# A prediction that says what time is proportional to, not how long it is: within a quarter it is of use to a user.
OF_USE = 0.25


def judge_optimal_rates(runs: list[Run]) -> list[Finding]:
    """Every choice of rates against uniform_edge on the same graph: the measured gain in time and the predicted one."""
    findings = []
    for run in runs:
        scheme, algorithm, graph = rates_of(run), field_of(run, "algorithm.name"), run.topology["name"]
        if scheme == "uniform edge":
            continue
        equal = next(other for other in runs if rates_of(other) == "uniform edge"
                     and other.topology["name"] == graph and field_of(other, "algorithm.name") == algorithm)
        predicted = rate_constant(equal) / rate_constant(run)
        times = equal.times_to_target(), run.times_to_target()
        gain = ratio_interval(*times)
        findings.append(Finding(
            f"{graph}, {algorithm}, rates {scheme}: how many times sooner than with equal rates (criterion: within "
            f"{100 * OF_USE:g} % of the predicted {predicted:.3g})",
            f"{gain.text()} (mean times {times[0].mean():.4g} and {times[1].mean():.4g})",
            gain.within((1 - OF_USE) * predicted, (1 + OF_USE) * predicted)))
    return findings


SETTING = ("Setting: softmax regression on Fashion-MNIST, each worker seeing few classes (Dirichlet 0.3). The paper trains deep "
           "networks whose workers share all data; a verdict here speaks of this setting alone.")
NETWORK_SETTING = ("Setting: small networks on Fashion-MNIST. The paper trains ResNets on CIFAR-10 and ImageNet; a verdict here speaks of "
                   "this setting alone.")
PAPER = "Nabli, Belilovsky, Oyallon, NeurIPS 2023"
ITEMS = {item.name: item for item in (
    Item("ring64",
         "On the ring of 64 workers, adding A²CiD² has the same effect as doubling the communication rate.",
         PAPER, "experiments/paper/ring64.json", judge_ring64, ("repeats=2", "stop.time=40"),
         caveat=SETTING + " \"The same effect\" is read as at least 0.9 of it; more than the claim is said so."),
    Item("workers",
         "On the ring there is no gap between gossip and A²CiD² up to n = 16, and a clear gap at 32 and 64.",
         PAPER, "experiments/paper/workers.json", judge_workers, ("repeats=2", "stop.time=40"),
         caveat=SETTING + " With shared data (--set 'objective.partition={\"scheme\": \"shared\"}') the workers of this convex "
         "problem hardly differ, and the gap is small at every n."),
    Item("single_worker", "One worker alone learns Fashion-MNIST as well as PyTorch with the same models and recipes.",
         "PyTorch 1.13 with the same models, recipes and data", "experiments/studies/single_worker.json", judge_single_worker,
         ("repeats=2", "objective.data.limit=2000")),
    Item("ring64_mlp", "On the ring of 64 workers that train a perceptron, A²CiD² at rate 1 is as good as gossip at rate 2.",
         PAPER, "experiments/paper/ring64_mlp.json", judge_ring64_network, ("repeats=2", "stop.time=20"), caveat=NETWORK_SETTING),
    Item("ring64_cnn", "The same with a convolutional network.",
         PAPER, "experiments/paper/ring64_cnn.json", judge_ring64_network, ("repeats=2", "stop.time=4"), caveat=NETWORK_SETTING),
    Item("accuracy", "On the ring of 64 A²CiD² is more accurate than gossip, and at rate 1 about as gossip at rate 2; on the "
         "complete graph it is not needed.",
         PAPER, "experiments/paper/accuracy_mlp.json", judge_accuracy, ("repeats=2", "stop.epochs=0.1"), caveat=NETWORK_SETTING,
         untested=("CIFAR-10 with ResNet-18 (recalled: 94.0 → 94.6 % at 32, 91.9 → 93.1 % at 64)",
                   "where the data is not, and on processors it takes days: paper/cifar10_resnet18.json")),
    Item("accuracy_cnn", "On the ring of 64 A²CiD² is more accurate than gossip, with a convolutional network.",
         PAPER, "experiments/paper/accuracy_cnn.json", judge_accuracy_cnn, ("repeats=2", "stop.epochs=0.05"),
         caveat=NETWORK_SETTING),
    Item("topologies16",
         "At n = 16, (χ1, χ2) is (1, 1) for the complete graph, (2, 1) for the exponential one, (13, 1) for the ring.",
         PAPER, "experiments/paper/topologies16.json", judge_topologies, ("repeats=1",), side_by_side=True),
    Item("heatmaps", "Pairings are close to uniform over the neighbours.",
         PAPER, "experiments/paper/heatmaps.json", judge_heatmaps, ("repeats=2", "stop.time=100"), side_by_side=True),
    Item("gossip_decay",
         "Under gossip alone the consensus distance decays at the exact asymptotic rate, with and without A²CiD².",
         "exact second moments on the cycle", "experiments/studies/ring_gossip_decay.json", judge_gossip_decay,
         ('sweep={"topology.workers, algorithm.name, stop.time, record.every": [[16, "async_gossip", 120, 10], '
          '[16, "a2cid2", 60, 4], [64, "async_gossip", 1400, 70], [64, "a2cid2", 450, 30]]}', "repeats=100")),
    Item("exchange_orders",
         "Within a communication of A²CiD² mixing comes before taking the difference: with the order in which the algorithm "
         "is printed gossip decays more slowly, and in the order of the authors' program little of the gain is left.",
         "the paper's equations, its Algorithm 1 and its implementation", "experiments/studies/exchange_orders.json",
         judge_exchange_orders,
         ('sweep={"algorithm, stop.time, record.every": [[{"name": "async_gossip"}, 1400, 70], [{"name": "a2cid2"}, 450, 30], '
          '[{"name": "a2cid2", "exchange_order": "paper_algorithm"}, 450, 30], '
          '[{"name": "a2cid2", "exchange_order": "reference"}, 1400, 70]]}', "repeats=100")),
    Item("optimal_rates",
         "The same number of communications, spread over the edges in the best way, lets workers agree sooner in the "
         "ratio that theory predicts: that of χ1 for gossip, that of √(χ1χ2) for A²CiD².",
         "convexity of √(χ1χ2) in the rates; the paper's Proposition 3.6", "experiments/studies/optimal_rates.json",
         judge_optimal_rates, ("repeats=3",),
         caveat="Rates that are optimal for χ1 can make √(χ1χ2) worse than equal rates: a gain below 1 is a loss."),
    Item("heterogeneity_bias",
         "With heterogeneous quadratics the consensus distance settles at its exact stationary value.",
         "exact second moments on the cycle", "experiments/studies/heterogeneity_bias.json", judge_heterogeneity,
         ("repeats=3", "stop.time=600")),
    Item("pairing",
         "On the ring A²CiD² at one averaging for each gradient brings workers as close together as gossip at two, also where "
         "they wait for each other as in the authors' program.",
         PAPER + " (for Poisson clocks)", "experiments/studies/pairing.json", judge_pairing, ("repeats=2", "stop.time=100"),
         caveat="The other graphs mix fast, and there the paper claims no such gain."),
    Item("pairing_workers",
         "The same on rings of 8 to 256 workers, with gradients of regular durations.",
         PAPER + " (for Poisson clocks)", "experiments/studies/pairing_workers.json", judge_pairing_workers,
         ("repeats=2", "stop.time=100")),
    Item("stragglers",
         "Rounds wait for the slowest of all workers, or of a neighbourhood, as long as theory tells; pairs arrive sooner.",
         "expected maximum of exponential times; the paper for \"asynchronous finishes first\"",
         "experiments/studies/stragglers.json", judge_stragglers, ("repeats=2",)),
    Item("churn",
         "Workers that leave and come back with their state slow gossip down as if edges communicated less often, by the square "
         "of the share of time that a worker is there; workers that lose their state set a floor.",
         "thinning of Poisson clocks", "experiments/studies/churn.json", judge_churn, ("repeats=2",)),
    Item("regions",
         "Between regions of a cloud rounds take the time that their longest delays say, and at equal bytes pairs are done in a "
         "third of the time of DiLoCo.",
         "order statistics of the gradients; 2(n − 1) steps of a ring all-reduce; all perfect matchings",
         "experiments/studies/regions.json", judge_regions, ("repeats=2", "stop.bytes=100000"),
         caveat="Small models: a message costs its delay, and bandwidths do not matter. Equal bytes do not give equal losses: DiLoCo "
                "ends nearer to the minimiser."),
    Item("timelines", "Asynchronous workers idle less than synchronous ones.", PAPER, "experiments/paper/timeline.json", judge_timelines,
         ("repeats=3", "stop.time=60"), figure="timelines",
         caveat="Setting: the ring of 8, log-normal durations, one slow worker, messages of a tenth of a gradient."),
    Item("rates_table",
         "Communications per unit time that make the graph factor O(1) on the star, the ring and the complete graph: n, n², n with A²CiD²; "
         "n^(3/2), n², n² with accelerated rounds.",
         PAPER, "experiments/paper/rates_table.json", judge_rates_table,
         ("repeats=3", 'stop.target={"metric": "consensus_distance", "below": 0.04}'), figure="rates_table",
         caveat="Accelerated rounds are Chebyshev's. Of gossip without momentum the exponents are those of n χ1."),
    Item("acceleration",
         "The rate at which gossip agrees gains √(χ1/χ2) with A²CiD², in order: from n⁻³ to n⁻² communications on the line, from n⁻² to "
         "n^(-3/2) on the grid.",
         PAPER + "; Even et al. 2021", "experiments/paper/acceleration.json", judge_acceleration,
         ("repeats=3", 'stop.target={"metric": "consensus_distance", "below": 0.04}'), figure="acceleration",
         caveat="Simulated up to 256 workers on lines and rings, 1024 on the grid. The time until single runs agree; the decay of the mean over "
                "runs is slower with A²CiD² (gossip_decay)."),
    Item("where_not",
         "With equal data and gradient noise alone A²CiD² does not bring workers closer: its stationary consensus distance is the larger one "
         "where curvatures are large; with unequal data it is the smaller one.",
         "exact second moments on the cycle", "experiments/paper/where_not.json", judge_where_not, ("repeats=3", "stop.time=400"),
         figure="where_not"),
    Item("theorem", "The bounds of Proposition 3.6 are never violated.", PAPER, "experiments/paper/theorem.json", judge_theorem,
         ("repeats=3",), figure="theorem",
         caveat="The bounds as they are recalled, not read. The constants that O hides are taken as 1 in the strongly convex bound, and as 32 in "
                "the other, whose first term is 1/32 of what the descent lemma gives for the step 1/(16L(1+χ)): this was settled after a first "
                "run with 1 had come to 17.5 times the bound. Values below 1 say how loose the bounds are."),
    Item("wall_clock", "Asynchronous workers finish before all-reduce, and the slowest computes fewer gradients than the fastest.",
         PAPER, "experiments/paper/wall_clock.json", judge_wall_clock, ("repeats=2", "stop.gradients=6400"), figure="wall_clock",
         caveat="Setting: messages take no time, so that the advantage is that of waiting less alone; averagings overlap with gradients.",
         untested=("minutes of ResNet-18 on 4 to 64 GPUs", "there are no GPUs")),
    Item("model_and_code",
         "The theory's Poisson clocks describe what the authors' program does, whose pairs wait for each other and whose counts are nearly "
         "deterministic.",
         PAPER + " and its implementation", "experiments/paper/model_and_code.json", judge_model_and_code, ("repeats=2", "stop.time=100"),
         figure="model_and_code", caveat="The study pairing has more laws of durations and graphs."),
    Item("complete_n", "On the complete graph gossip falls behind all-reduce slowly as n grows; a higher rate closes the gap.",
         PAPER, "experiments/paper/complete_n.json", judge_complete_n, ("repeats=2", "stop.time=4", "record.train_rows=1000"),
         figure="complete_n", caveat=NETWORK_SETTING),
    Item("rates", "On the ring of 64 A²CiD² at rate 1 is about as accurate as gossip at rate 2.",
         PAPER, "experiments/paper/rates.json", judge_rates, ("repeats=2", "stop.time=4"), figure="rates", caveat=NETWORK_SETTING,
         untested=("accuracy of ResNet-50 on ImageNet (64.1, 68.0, 68.2, 71.4 % are recalled)", "neither the data nor GPUs are here")),
)}
