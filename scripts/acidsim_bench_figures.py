"""Draws the main figure of scripts/bench: events per second against the dimension, beside hand-written loops."""

from __future__ import annotations

import matplotlib.pyplot as plt
from matplotlib import ticker
from matplotlib.lines import Line2D

import acidsim_figures as figures
from acidsim_bench_peers import PEER_NAMES, PROBLEM_NAMES, YARDSTICK, Race


def against_dimension(races: list[Race], caption: str) -> plt.Figure:
    """A panel per problem. The numbers: how many times as fast as the plain Numba loop acidsim is."""
    problems = {problem: [race for race in races if race.problem == problem] for problem in PROBLEM_NAMES}
    problems = {problem: sorted(points, key=lambda race: race.d) for problem, points in problems.items() if points}
    looks = {name: {"color": figures.COLOURS[k], "marker": figures.MARKERS[k], "linestyle": figures.DASHES[k],
                    "markersize": 4.5} for k, name in enumerate(PEER_NAMES)}
    shown = [name for name in PEER_NAMES if name in races[0].best]
    figure, panels = figures._page(len(problems), [Line2D([], [], **looks[name]) for name in shown],
                                   [PEER_NAMES[name] for name in shown], "A²CiD² on a ring of 64 workers, one thread",
                                   caption, above=0.62)
    for panel, (problem, points) in zip(panels, problems.items()):
        for name in reversed(shown):
            panel.plot([race.d for race in points], [race.best[name] for race in points], **looks[name])
        for race in points:
            panel.annotate(f"×{race.over(YARDSTICK):.2g}", (race.d, max(race.best.values())), (2, 5),
                           textcoords="offset points", ha="left", fontsize=8, color=looks["acidsim"]["color"])
        panel.set_title(PROBLEM_NAMES[problem])
        panel.set_xscale("log")
        panel.set_yscale("log")
        panel.margins(0.12, 0.1)
        panel.set_xlabel("dimension d")
        panel.yaxis.set_major_formatter(ticker.EngFormatter(sep=""))
        panel.minorticks_off()
    panels[0].set_ylabel("events per second")
    return figure
