"""The figures of the items of acidsim_paper_claims.py: each shows what its claim is about, and what would refute it."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import ticker

import acidsim_paper_claims as claims
import acidsim_theory_claims as theory
from acidsim_figures import COLOURS, MARKERS
from acidsim_findings import field_of, t_interval
from acidsim_results import PRETTY_VALUES, Run
from acidsim_timeline_figures import LOOKS
from acidsim_timing_claims import settled

METHOD_COLOURS = {claims.GOSSIP: COLOURS[0], claims.ACID: COLOURS[1], claims.SYNCHRONOUS: COLOURS[2], "all_reduce_sgd": COLOURS[2]}
ROUNDS = {"all_reduce_sgd": "all-reduce", "d_psgd": "D-PSGD, local barriers"}


def method_name(name: str) -> str:
    return ROUNDS.get(name) or claims.NAMES.get(name) or PRETTY_VALUES.get(name, name.replace("_", " "))


def _panels(count: int, title: str, height: float = 3.2, share_y: bool = True) -> tuple[plt.Figure, np.ndarray]:
    figure, panels = plt.subplots(1, count, figsize=(max(3.0 * count + 0.6, 5.2), height), sharey=share_y, squeeze=False,
                                  layout="constrained")
    figure.suptitle(title)
    return figure, panels[0]


def _legend(figure: plt.Figure, panel: plt.Axes, columns: int = 3) -> None:
    """Below the panels, which make room for it."""
    handles, labels = panel.get_legend_handles_labels()
    height = 0.21 * -(-len(labels) // columns) / figure.get_figheight()
    figure.get_layout_engine().set(rect=(0, height, 1, 1 - height))
    figure.legend(handles, labels, loc="lower center", ncols=columns, frameon=False, borderaxespad=0.1)


def _workers_axis(panel: plt.Axes, sizes: list[int]) -> None:
    panel.set_xscale("log")
    panel.xaxis.set_major_locator(ticker.FixedLocator(sizes))
    panel.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    panel.xaxis.set_minor_locator(ticker.NullLocator())
    panel.set_xlabel("workers n")


def _marks(panel: plt.Axes, x, samples: list[np.ndarray], **style) -> None:
    """Means over repeats with Student's 95 % intervals."""
    intervals = [t_interval(values) for values in samples]
    errors = [[i.value - i.low if np.isfinite(i.low) else 0 for i in intervals],
              [i.high - i.value if np.isfinite(i.high) else 0 for i in intervals]]
    panel.errorbar(x, [i.value for i in intervals], yerr=errors, capsize=2.5, markersize=5, **style)


def timelines(runs: list[Run]) -> plt.Figure:
    """Of each method how all workers' time is spent, as means over repeats."""
    figure, (panel,) = _panels(1, "What workers do with their time", 2.6)
    names = [field_of(run, "algorithm.name") for run in runs]
    left = np.zeros(len(runs))
    for what, (colour, words) in LOOKS.items():
        shares = np.array([100 * claims.time_share(run, what).mean() for run in runs])
        if shares.max() < 0.05:
            continue
        panel.barh(range(len(runs)), shares, left=left, color=colour, label=words)
        for row, (share, start) in enumerate(zip(shares, left)):
            if share > 4:
                panel.text(start + share / 2, row, f"{share:.0f}", ha="center", va="center", fontsize=8, color="white")
        left += shares
    panel.set_yticks(range(len(runs)), [method_name(name) for name in names])
    panel.invert_yaxis()
    panel.set_xlim(0, 100)
    panel.set_xlabel("% of the time of all workers")
    panel.grid(False)
    _legend(figure, panel, 2)
    return figure


def rates_table(runs: list[Run]) -> plt.Figure:
    """Communications per unit time against n: lines as χ1 and χ2 say, marks as measured, scaled together at the smallest graph."""
    families = ("star", "cycle", "complete")
    figure, panels = _panels(3, "Communications per unit time with which consensus keeps up", 3.5)
    for panel, family in zip(panels, families):
        graphs = claims.by_size(runs, family, claims.ACID, 1)
        for k, method in enumerate((claims.GOSSIP, claims.ACID, claims.SYNCHRONOUS)):
            found = claims.measured_runs(runs, family, method)
            measured = [claims.measured_communications(run) for run in found]
            sizes = [claims.workers_of(run) for run in found]
            line = np.array([claims.communications_needed(run, method) for run in graphs])
            scale = measured[0].mean() / claims.communications_needed(found[0], method)
            exponent = claims.EXPONENTS[method][family]
            panel.plot([claims.workers_of(run) for run in graphs], scale * line, color=METHOD_COLOURS[method], linewidth=1,
                       label=f"{claims.NAMES[method]}: line from χ₁, χ₂, marks measured")
            _marks(panel, sizes, measured, color=METHOD_COLOURS[method], marker=MARKERS[k], linestyle="none")
            panel.annotate(f"$n^{{{exponent:g}}}$", (claims.workers_of(graphs[-1]), scale * line[-1]), color=METHOD_COLOURS[method],
                           xytext=(4, (-4, -4, 4)[k]), textcoords="offset points", fontsize=8)
        panel.set_yscale("log")
        _workers_axis(panel, [8, 64, 512, 4096])
        panel.set_title(family)
    panels[0].set_ylabel("communications per unit time")
    _legend(figure, panels[0], 1)
    return figure


def acceleration(runs: list[Run]) -> plt.Figure:
    """Communications until single runs agree, and how much faster the mean over runs decays, exactly."""
    figure, panels = _panels(len(theory.GROWTH) + 1, "Communications until workers agree to a millionth", 3.4, share_y=False)
    for panel, (family, exponents) in zip(panels, theory.GROWTH.items()):
        for k, (method, exponent) in enumerate(zip((claims.GOSSIP, claims.ACID), exponents)):
            found = claims.by_size(runs, family, method, 1)
            sizes = np.array([claims.workers_of(run) for run in found])
            spent = [run.spent_at_target("communications") for run in found]
            _marks(panel, sizes, spent, color=METHOD_COLOURS[method], marker=MARKERS[k], linestyle="none", label=claims.NAMES[method])
            panel.plot(sizes, spent[-1].mean() * (sizes / sizes[-1]) ** exponent, color=METHOD_COLOURS[method], linewidth=1,
                       label=f"{claims.NAMES[method]}: the claimed power of n")
            panel.annotate(f"$n^{{{exponent:g}}}$", (sizes[-1], spent[-1].mean()), color=METHOD_COLOURS[method], xytext=(5, -3),
                           textcoords="offset points", fontsize=8)
        panel.set_yscale("log")
        _workers_axis(panel, list(sizes))
        panel.set_title(family)
    panels[0].set_ylabel("communications")
    last = panels[-1]
    for k, (family, sizes) in enumerate(theory.EXACT_SIZES.items()):
        last.plot([theory.predicted_gain(family, n) for n in sizes], [theory.exact_gain(family, n) for n in sizes], marker=MARKERS[k],
                  color=COLOURS[k + 3], linestyle="none", markersize=5, label=family)
    last.plot([1, 16], [1, 16], color="black", linewidth=0.8)
    last.set(xscale="log", yscale="log", xlabel=r"$\sqrt{\chi_1/\chi_2}$", ylabel="gain of the exact decay rate", title="exact, 8 to 1024 workers")
    last.legend(frameon=False, fontsize=8)
    _legend(figure, panels[0], 2)
    return figure


def where_not(runs: list[Run]) -> plt.Figure:
    """Left: consensus distances, exact and measured. Right: on which side of the border A²CiD² brings workers closer."""
    figure, (left, right) = _panels(2, "Ring of 64: where A²CiD² brings workers closer, and where not", 3.6, share_y=False)
    curvatures = theory.CURVATURES
    exact = {(source, name): np.array([theory.stationary(source, name, h) for h in curvatures])
             for source in ("noise", "heterogeneity") for name in (claims.GOSSIP, claims.ACID)}
    for source, line in (("noise", "-"), ("heterogeneity", "--")):
        for k, name in enumerate((claims.GOSSIP, claims.ACID)):
            words = "noise alone" if source == "noise" else "unequal data alone"
            left.plot(curvatures, exact[source, name], line, color=METHOD_COLOURS[name], linewidth=1, label=f"{claims.NAMES[name]}, {words}")
            found = [run for run in runs if theory.source_of(run) == source and field_of(run, "algorithm.name") == name]
            _marks(left, [field_of(run, "objective.curvature_max") for run in found],
                   [theory.stationary_distance(run) for run in found], color=METHOD_COLOURS[name], marker=MARKERS[k], linestyle="none")
    left.set(xscale="log", yscale="log", xlabel="curvature h", ylabel="consensus distance per coordinate")
    left.set_title("lines: exact, marks: measured")
    loss = exact["noise", claims.ACID] - exact["noise", claims.GOSSIP]
    gain = exact["heterogeneity", claims.GOSSIP] - exact["heterogeneity", claims.ACID]
    border = np.sqrt(np.maximum(loss, 0) / gain) * curvatures
    step = theory.STEP * curvatures
    right.plot(step, border, color="black")
    right.fill_between(step, border, 1.05 * border.max(), color=METHOD_COLOURS[claims.ACID], alpha=0.15, linewidth=0)
    right.fill_between(step, 0, border, color=METHOD_COLOURS[claims.GOSSIP], alpha=0.15, linewidth=0)
    right.text(0.06, 0.6, "A²CiD² closer", transform=right.transAxes, color=METHOD_COLOURS[claims.ACID])
    right.text(0.97, 0.05, "gossip closer", transform=right.transAxes, color=METHOD_COLOURS[claims.GOSSIP], ha="right")
    right.set(xscale="log", xlabel="γ h", ylabel="ζ/σ: spread of gradients over noise", ylim=(0, 1.05 * border.max()))
    right.set_title("border, exact")
    _legend(figure, left, 2)
    return figure


def theorem(runs: list[Run]) -> plt.Figure:
    """Measured over bound for every graph, below 1 where the bound is kept."""
    kinds = list(dict.fromkeys(map(theory.kind_of, runs)))
    figure, panels = _panels(len(kinds), "Measured values over the bounds of Proposition 3.6", 3.8)
    graphs = list(dict.fromkeys(f"{claims.family_of(run)} of {claims.workers_of(run)}" for run in runs))
    for panel, kind in zip(panels, kinds):
        for method, shift in ((claims.GOSSIP, -0.12), (claims.ACID, 0.12)):
            for measure, marker, words in ((theory.worst_convex_ratio, "o", "strongly convex, the largest over time"),
                                           (theory.non_convex_ratio, "^", "non-convex, at the end")):
                own = {f"{claims.family_of(run)} of {claims.workers_of(run)}": measure(run) for run in runs
                       if theory.kind_of(run) == kind and field_of(run, "algorithm.name") == method}
                panel.plot([own[name].value for name in graphs], np.arange(len(graphs)) + shift, marker, linestyle="none",
                           color=METHOD_COLOURS[method], markersize=4.5, label=f"{claims.NAMES[method]}, {words}")
        panel.axvline(1, color="black", linewidth=1)
        panel.set(xscale="log", title=kind, xlabel="measured / bound")
        panel.set_xlim(left=10 ** np.floor(np.log10(panel.get_xlim()[0])))  # a decade at least, whose ends have the labels
        panel.xaxis.set_minor_formatter(ticker.NullFormatter())
    panels[0].set_yticks(range(len(graphs)), graphs)
    panels[0].invert_yaxis()
    _legend(figure, panels[0], 2)
    return figure


def wall_clock(runs: list[Run]) -> plt.Figure:
    """Left: the advantage by spread and n. Right: beside the paper's, against n."""
    figure, (left, right) = _panels(2, "All-reduce over A²CiD²: time for the same gradients", 3.6, share_y=False)
    sizes = sorted({claims.workers_of(run) for run in runs})
    spreads = sorted({claims.spread_of(run) for run in runs})
    for k, n in enumerate(sizes):
        gains = [claims.advantage(runs, n, spread) for spread in spreads]
        left.plot(spreads, [gain.value for gain in gains], marker=MARKERS[k], markersize=4, color=COLOURS[k], label=f"n = {n}")
    left.set_xscale("symlog", linthresh=0.02, linscale=0.4)
    left.set_xticks([0, 0.02, 0.1, 1], ["0", "0.02", "0.1", "1"])
    left.set(yscale="log", xlabel="spread of durations (deviation of the logarithm)", ylabel="times as long")
    left.set_yticks([1, 2, 4, 7], ["1", "2", "4", "7"])
    left.yaxis.set_minor_locator(ticker.NullLocator())
    left.legend(frameon=False, fontsize=8)
    for k, spread in enumerate(spread for spread in spreads if 0 < spread <= 0.2):
        gains = [claims.advantage(runs, n, spread) for n in sizes]
        right.errorbar(sizes, [gain.value for gain in gains], capsize=2, color=COLOURS[k], marker=MARKERS[k], markersize=4, label=f"spread {spread:g}",
                       yerr=[[gain.value - max(gain.low, 0) for gain in gains], [min(gain.high, 9) - gain.value for gain in gains]])
    paper = claims.PAPERS_ADVANTAGE
    right.plot(list(paper), list(paper.values()), "*", color="black", markersize=9, linestyle="none", label="the paper's (recalled)")
    _workers_axis(right, sizes)
    right.axhline(1, color="black", linewidth=0.8)
    right.legend(frameon=False, fontsize=8)
    return figure


def model_and_code(runs: list[Run]) -> plt.Figure:
    figure, (left, right) = _panels(2, "Theory's clocks and the code's pairs on the ring of 64", 3.6, share_y=False)
    meetings = list(dict.fromkeys(map(claims.meeting_of, runs)))
    words = [f"{pairing.replace('_', ' ')},\n{averagings}" for pairing, averagings in meetings]
    for k, (name, rate) in enumerate(((claims.GOSSIP, 1), (claims.GOSSIP, 2), (claims.ACID, 1))):
        found = [next(run for run in runs if claims.meeting_of(run) == meeting and field_of(run, "algorithm.name") == name
                      and field_of(run, "timing.communication_rate") == rate) for meeting in meetings]
        style = {"color": COLOURS[(0, 5, 1)[k]], "marker": MARKERS[k], "linestyle": "none", "label": f"{claims.NAMES[name]} at rate {rate}"}
        _marks(left, range(len(meetings)), [settled(run, "consensus_distance") for run in found], **style)
        _marks(right, range(len(meetings)), [claims.count_dispersion(run) for run in found], **style)
    left.set(ylabel="consensus distance, settled", ylim=(0, None))
    right.set(ylabel="averagings of a worker: variance / mean", ylim=(0, None))
    for panel in (left, right):
        panel.set_xticks(range(len(meetings)), words, fontsize=7.5)
        panel.set_xlim(-0.5, len(meetings) - 0.5)
    _legend(figure, left, 3)
    return figure


def complete_n(runs: list[Run]) -> plt.Figure:
    figure, (panel,) = _panels(1, "Complete graph: final training loss of a perceptron", 3.6)
    cases = list(dict.fromkeys((field_of(run, "algorithm.name"), field_of(run, "timing.communication_rate")) for run in runs))
    for k, (name, rate) in enumerate(cases):
        found = sorted((run for run in runs if field_of(run, "algorithm.name") == name
                        and field_of(run, "timing.communication_rate") == rate), key=claims.workers_of)
        label = method_name(name) + (f" at rate {rate:g}" if name == claims.GOSSIP else "")
        _marks(panel, [claims.workers_of(run) for run in found], [run.final("loss") for run in found], color=COLOURS[k],
               marker=MARKERS[k], label=label, linestyle="-")
    _workers_axis(panel, sorted({claims.workers_of(run) for run in runs}))
    panel.set_ylabel(r"training loss  $f(\bar x)$")
    _legend(figure, panel, 2)
    return figure


def rates(runs: list[Run]) -> plt.Figure:
    figure, (panel,) = _panels(1, "Ring of 64: test accuracy of a perceptron", 3.2)
    for k, metric in enumerate(("test_accuracy", "mean_worker_accuracy")):
        for name in (claims.GOSSIP, claims.ACID):
            found = sorted((run for run in runs if field_of(run, "algorithm.name") == name),
                           key=lambda run: field_of(run, "timing.communication_rate"))
            _marks(panel, [field_of(run, "timing.communication_rate") for run in found], [100 * run.final(metric) for run in found],
                   color=METHOD_COLOURS[name], marker=MARKERS[k], linestyle=("-", "--")[k],
                   label=f"{claims.NAMES[name]}, {('the mean model', 'mean of the workers’ models')[k]}")
    panel.set_xticks([1, 2])
    panel.set(xlabel="averagings per gradient", ylabel="test accuracy, %")
    _legend(figure, panel, 2)
    return figure
