"""Claims about networks: models that learn as well as they are known to, and the paper's figures with a network."""

from __future__ import annotations

from acidsim_findings import UNDECIDED, Finding, cell, field_of, ratio_interval, t_interval
from acidsim_results import Run

# Test accuracy of one worker, in per cent, by model and epochs: measured with PyTorch and the same recipes over several seeds
# (softmax regression, mlp), and the least that the convolutional network should reach.
BANDS = {
    ("softmax_regression", 20): (83.8, 84.8),
    ("mlp", 20): (87.4, 89.0),
    ("lenet", 6): (88.5, 100.0),
    ("lenet", 8): (90.3, 100.0),
}


def judge_single_worker(runs: list[Run]) -> list[Finding]:
    findings = []
    for run in runs:
        name, epochs = field_of(run, "objective.name"), field_of(run, "stop.epochs")
        low, high = BANDS[name, epochs]
        accuracy = t_interval(100 * run.final("test_accuracy"))
        within = f"{low:g} to {high:g} %" if high < 100 else f"at least {low:g} %"
        findings.append(Finding(f"{name}, {epochs} epochs: test accuracy (criterion: {within})", accuracy.text(" %"),
                                accuracy.within(low, high)))
    return findings


def judge_ring64_network(runs: list[Run]) -> list[Finding]:
    """A²CiD² at rate 1 over gossip at rate 2, by repeat."""
    gossip, doubled = (cell(runs, algorithm__name="async_gossip", timing__communication_rate=rate) for rate in (1, 2))
    acid = cell(runs, algorithm__name="a2cid2", timing__communication_rate=1)
    findings = []
    for metric in ("loss", "test_loss", "consensus_distance"):
        g1, g2, a1 = (run.final(metric) for run in (gossip, doubled, acid))
        ratio = ratio_interval(a1, g2)
        effect = t_interval(g1 - g2)
        findings.append(Finding(
            f"{metric.replace('_', ' ')}: A²CiD² at rate 1 over gossip at rate 2 (criterion: at most 1)",
            f"{ratio.text()} (means: gossip@1 {g1.mean():.4g}, gossip@2 {g2.mean():.4g}, A²CiD²@1 {a1.mean():.4g})",
            ratio.within(0, 1) if effect.low > 0 else UNDECIDED))
    return findings


NEGLIGIBLE = 0.5  # per cent of the test rows


def judge_accuracy(runs: list[Run]) -> list[Finding]:
    """Differences of test accuracies in per cent, by repeat."""
    findings = []
    for scheme in ("shared", "dirichlet"):
        def accuracy(family: str, name: str, rate: float) -> object:
            run = cell([run for run in runs if field_of(run, "objective.partition")["scheme"] == scheme],
                       topology__family=family, topology__workers=64, algorithm__name=name,
                       timing__communication_rate=rate)
            return 100 * run.final("test_accuracy")

        data = "equal data" if scheme == "shared" else "unequal data"
        acid, gossip, doubled = (accuracy("cycle", *case) for case in (("a2cid2", 1), ("async_gossip", 1), ("async_gossip", 2)))
        gain = t_interval(acid - gossip)
        findings.append(Finding(f"ring of 64, {data}: A²CiD² over gossip at rate 1 (criterion: more accurate)",
                                f"{gain.text(' %')} (means {acid.mean():.2f} and {gossip.mean():.2f} %)", gain.at_least(0)))
        near = t_interval(acid - doubled)
        findings.append(Finding(
            f"ring of 64, {data}: A²CiD² at rate 1 over gossip at rate 2 (criterion: at most {NEGLIGIBLE:g} % less accurate)",
            near.text(" %"), near.at_least(-NEGLIGIBLE)))
        none = t_interval(accuracy("complete", "a2cid2", 1) - accuracy("complete", "async_gossip", 1))
        findings.append(Finding(
            f"complete graph of 64, {data}: A²CiD² over gossip at rate 1 (criterion: no difference, within ±{NEGLIGIBLE:g} %)",
            none.text(" %"), none.within(-NEGLIGIBLE, NEGLIGIBLE)))
    return findings


def judge_accuracy_cnn(runs: list[Run]) -> list[Finding]:
    """On the ring of 64; the ring of 16 is there for comparison, in the figures."""
    findings = []
    gossip, acid = (cell(runs, topology__workers=64, algorithm__name=name) for name in ("async_gossip", "a2cid2"))
    for metric, whose in (("test_accuracy", "the average model"), ("mean_worker_accuracy", "the workers' models")):
        before, after = 100 * gossip.final(metric), 100 * acid.final(metric)
        gain = t_interval(after - before)
        findings.append(Finding(f"ring of 64, {whose}: A²CiD² over gossip at rate 1 (criterion: more accurate)",
                                f"{gain.text(' %')} (means {after.mean():.2f} and {before.mean():.2f} %)",
                                gain.at_least(0)))
    return findings
