"""Writes a report: one HTML page that holds its data, its style and its programs, and asks no network for anything."""

from __future__ import annotations

import json
import re
import shlex
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd

import acidsim_report as gather
import acidsim_results as results
import acidsim_statistics as statistics
import acidsim_theory as theory

ROOT = Path(__file__).resolve().parent.parent
OWN = ROOT / "scripts/report_assets"
UPLOT = ROOT / "build/report_assets/node_modules/uplot"  # put there by scripts/setup report
SCRIPTS = ("basics.js", "choices.js", "chart.js", "legend.js", "graph.js", "timeline.js", "main.js")
AXIS_NAMES = {"gradients": "gradients, all workers", "communications": "communications, all pairs", "rounds": "rounds",
              "vectors": "vectors sent, all workers", "bytes": "bytes sent, all workers"}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:"


def missing_library() -> str | None:
    """What to do where the plotting library is not there."""
    needed = (UPLOT / "dist/uPlot.iife.min.js", UPLOT / "dist/uPlot.min.css", UPLOT / "LICENSE")
    if all(path.exists() for path in needed):
        return None
    return "the plotting library uPlot is missing — run scripts/setup report"


def _number(value: float) -> str:
    return f"{value:.4g}" if np.isfinite(value) else "–"


def _axis_name(axis: str, runs: list[results.Run]) -> str:
    if axis != "time":
        return AXIS_NAMES[axis]
    live = {results.is_live(run) for run in runs}
    return " or ".join("wall-clock time (s)" if one else "simulated time (gradients per worker)" for one in sorted(live))


def _data(runs, metrics, folders, expected) -> dict:
    pool = gather.Pool()
    made = gather.cells(runs, metrics, pool, expected)
    positive = {metric: not metric.endswith("accuracy") and all((run.table[metric].dropna() >= 0).all() and
                (run.table[metric] > 0).any() for run in runs if metric in run.metrics) for metric in metrics}
    fields = results.varying(runs)
    graphs, left_out = gather.graphs(runs, made, pool)
    return {"folders": [str(folder) for folder in folders], "cells": made,
            "fields": [{"id": name, "short": results.field_name(name)} for name in fields],
            "metrics": [{"id": metric, "name": metric.replace("_", " "), "log": bool(positive[metric])} for metric in metrics],
            "axes": [{"id": axis, "name": _axis_name(axis, runs)} for axis in gather.moving_axes(made, runs)],
            "graphs": graphs, "graphsLeftOut": left_out, "timelines": gather.timelines(runs, made), "arrays": pool.texts}


def _results_table(runs: list[results.Run], metrics: list[str]) -> str:
    fields = results.varying(runs)
    arriving = [gather.arrivals(run) for run in runs]
    heads = [*map(results.field_name, fields)] or ["run"]
    heads += ["repeats", "diverged", *(f"{metric.replace('_', ' ')}" for metric in metrics)]
    heads += ["time to the target"] if any(arriving) else []
    lines = []
    for k, (run, row) in enumerate(zip(runs, gather.final_table(runs, metrics))):
        cells = [f"<td>{escape(gather.text_of(run.values.get(name)))}</td>" for name in fields] or [f"<td>{escape(run.name)}</td>"]
        cells += [f"<td>{run.repeats}</td>", f'<td{" class=lost" if run.diverged else ""}>{run.diverged}</td>']
        for metric in metrics:
            interval, deviation = row.get(metric, (None, np.nan))
            cells.append(_value_cell(interval, deviation))
        cells += [f"<td>{escape(arriving[k])}</td>"] if any(arriving) else []
        lines.append(f'<tr data-cell="{k}">{"".join(cells)}</tr>')
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    methods = "; ".join(dict.fromkeys(statistics.interval_name(len(run.kept)) for run in runs))
    return (f'<div class="scroll"><table id="results" class="sortable"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}'
            f'</tbody></table></div><p class="note">Last record: mean ± standard deviation over the repeats that did not diverge '
            f'(over all where all did), [low, high]: {escape(methods)}. The filter above narrows this table too.</p>')


def _value_cell(interval: statistics.Interval | None, deviation: float) -> str:
    if interval is None:
        return "<td></td>"
    spread = f" ± {deviation:.2g}" if np.isfinite(deviation) else ""
    limits = f" [{_number(interval.low)}, {_number(interval.high)}]" if np.isfinite(interval.low) else ""
    return f'<td class="number" data-value="{interval.value:.17g}">{_number(interval.value)}{spread}{limits}</td>'


def _theory_table(runs: list[results.Run], expected: dict[int, pd.DataFrame]) -> str:
    fields, lines = results.varying(runs), []
    for run in runs:
        if id(run) not in expected:
            continue
        for row in theory.summary(run, expected[id(run)]).itertuples():
            words = (results.label(run, fields), row.metric, row.records, f"{row.largest_z:.2f}", f"{row.root_mean_square_z:.2f}",
                     f"{100 * row.share_beyond_2:.0f} %")
            lines.append("<tr>" + "".join(f"<td>{escape(str(word))}</td>" for word in words) + "</tr>")
    if not lines:
        return ""
    heads = ("cell", "metric", "records", "largest |z|", "root mean square", "share of |z| > 2")
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    return (f'<section id="theory-section"><h2>Theory</h2><div class="scroll"><table class="sortable"><thead><tr>{head}</tr></thead><tbody>'
            f'{"".join(lines)}</tbody></table></div><p class="note">z: (mean over repeats − expected) / standard error, at every record. '
            "Records of one run are correlated; where theory holds and repeats are many about 5 % lie beyond 2.</p></section>")


def markdown(text: str) -> str:
    """The Markdown that `reproduce` writes: headings, tables, paragraphs, code. No mark-up of the text survives as HTML."""
    blocks = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = block.splitlines()
        if heading := re.match(r"(#+) (.*)", lines[0]):
            blocks.append(f"<h3>{_inline(heading[2])}</h3>")
            lines = lines[1:]
        if len(lines) > 1 and lines[0].startswith("|") and set(lines[1]) <= set("|-: "):
            rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))] for line in lines if line.startswith("|")]
            head = "".join(f"<th>{_inline(cell)}</th>" for cell in rows[0])
            body = "".join("<tr>" + "".join(f"<td>{_inline(cell)}</td>" for cell in row) + "</tr>" for row in rows[2:])
            blocks.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
        elif lines:
            blocks.append(f"<p>{_inline(' '.join(lines))}</p>")
    return "\n".join(blocks)


def _inline(text: str) -> str:
    text = re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text.replace(r"\|", "|"), quote=False))
    text = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", text)
    return {"holds": '<span class="holds">holds</span>', "does not hold": '<span class="fails">does not hold</span>'}.get(text, text)


def _verdicts(folders: list[Path]) -> str:
    found = [folder / "report.md" for folder in folders if (folder / "report.md").exists()]
    if not found:
        return ""
    return '<section id="verdicts"><h2>Verdicts</h2>' + "\n".join(markdown(path.read_text(encoding="utf-8")) for path in found) + "</section>"


def _command(name: str, words: str, what: str) -> str:
    return (f'<div class="command"><code id="{name}">{escape(words)}</code>'
            f'<button type="button" data-copies="{name}" aria-label="copy the command that {escape(what)}">copy</button></div>')


def _check(name: str, text: str) -> str:
    return f'<label><input type="checkbox" id="{name}"> {text}</label>'


def _curves(has_theory: bool) -> str:
    theory_check = _check("theory", "theory (dashed, against time)") if has_theory else ""
    return f"""<section id="curves"><h2>Curves</h2>
<div class="controls">
<label>metric <select id="metric"></select></label> <label>against <select id="axis"></select></label>
{_check("log-y", "log values")}{_check("log-x", "log axis")}{_check("bands", "95 % bands")}{theory_check}{_check("markers", "markers")}
<button type="button" id="reset">whole range</button> <button type="button" id="csv">data shown as CSV</button>
</div>
<div class="curves"><div id="chart" tabindex="0" role="group" aria-label="Curves. Plus and minus zoom, arrows move, 0 shows all.">
<div id="tip" hidden></div></div>
<div><div class="controls buttons"><label style="width: 100%">cells <input type="search" id="filter" placeholder="rate=1 gossip …" style="width: 100%"
title="words that the label holds, and field=value; values of one field are alternatives; quotes hold spaces"></label>
<button type="button" id="every">all on</button><button type="button" id="none">all off</button>{_check("all", "draw more than 16")}</div>
<p id="count" aria-live="polite"></p><ul id="cells"></ul></div></div>
<p class="note">Lines: mean over the repeats that did not diverge, to the time when the first of them ended; bands: 95 % interval of the mean
(Student's t below five repeats, BCa bootstrap from five on). Counts on the axis: their mean over the repeats at the same time. Drag
over the chart to zoom, double-click for the whole range; on the keyboard + − ← → 0.</p>
{_command("command", "", "draws this figure")}</section>"""


def _graph_section(folders: list[Path]) -> str:
    command = _command("graph-command", "", "draws the graph")
    counts = _command("map-command", "scripts/plot " + shlex.join(map(str, folders)), "draws all figures, the heat-map among them")
    return f"""<section id="graph"><h2>Graph and communications</h2>
<div class="controls"><label>graph <select id="graph-which"></select></label> <label>edges by <select id="graph-by"></select></label></div>
<p class="note" id="graph-facts"></p><div class="pair"><div id="graph-drawing"></div><div id="heat-map"></div></div>
{command}{counts}</section>"""


def _timeline_section(folders: list[Path], runs: list[results.Run]) -> str:
    recorded = any((run.folder / "timeline.csv").exists() for run in runs)
    words = ("scripts/plot " + shlex.join(map(str, folders)) if recorded else
             f"acidsim schedule {shlex.quote(str(runs[0].folder / 'run.json'))} --until {gather.FIRST_EVENTS:g}")
    return f"""<section id="timeline"><h2>First events</h2>
<div class="controls"><label>run <select id="timeline-which"></select></label></div>
<div id="timeline-drawing"></div>{_command("timeline-command", words, "draws or lists these events")}</section>"""


def _configuration(runs: list[results.Run]) -> str:
    first, parts = runs[0], []
    fields = results.varying(runs)
    if fields:
        parts.append("<p>Swept: " + "; ".join(f"<code>{escape(name)}</code>: " + escape(", ".join(dict.fromkeys(
            gather.text_of(run.values.get(name)) for run in runs))) for name in fields) + ". Below: the first cell.</p>")
    if explained := gather.explanation(first):
        parts.append(f'<pre id="explanation">{escape(explained)}</pre>')
    resolved = escape(json.dumps(first.info.get("config", {}), indent=1, ensure_ascii=False))
    is_open = "" if explained else " open"
    parts.append(f"<details{is_open}><summary>resolved configuration (JSON)</summary><pre>{resolved}</pre></details>")
    return f'<section id="configuration"><h2>Configuration</h2>{"".join(parts)}</section>'


def _provenance(runs: list[results.Run], folders: list[Path]) -> str:
    facts = [f"acidsim {run.info.get('version', '?')}, {run.info.get('build', '')}, {run.info.get('compiler', '')}, backend {run.info.get('backend', '?')}"
             for run in runs]
    diverged = sum(run.diverged for run in runs)
    words = [f"{len(runs)} {'run' if len(runs) == 1 else 'runs'}, {sum(run.repeats for run in runs)} repeats",
             f'<span class="{"lost" if diverged else ""}">{diverged} diverged</span>', *map(escape, dict.fromkeys(facts)),
             ", ".join(f"<code>{escape(str(folder))}</code>" for folder in folders)]
    return f'<p class="note">{" · ".join(words)}</p>'


def _inlined(data: dict) -> str:
    """The programs; a text of a user cannot end them."""
    licence = re.sub(r"\*/", "* /", (UPLOT / "LICENSE").read_text(encoding="utf-8"))
    library = (UPLOT / "dist/uPlot.iife.min.js").read_text(encoding="utf-8")
    own = "\n".join((OWN / name).read_text(encoding="utf-8") for name in SCRIPTS)
    values = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", r"\u003c")
    values = values.replace("\u2028", r"\u2028").replace("\u2029", r"\u2029")
    return (f"<script>\n/* uPlot\n{licence}*/\n{library}\n</script>\n<script>\n\"use strict\";\n(() => {{\nconst DATA = {values};\n{own}\n}})();\n</script>")


def page(folders: list[Path], runs: list[results.Run]) -> str:
    """The report of these runs as HTML. Raises ResultError; UPLOT must be there."""
    metrics = list(dict.fromkeys(metric for run in runs for metric in run.metrics if metric not in results.COUNTERS))
    expected = theory.of_all(runs)
    data = _data(runs, metrics, folders, expected)
    name = runs[0].info.get("name") or folders[0].resolve().name
    title = name if len(folders) == 1 else "comparison of " + ", ".join(folder.resolve().name for folder in folders)
    sections = [_verdicts(folders), _curves(bool(expected)) if metrics and data["axes"] else "",
                '<section id="finals"><h2>Results</h2>' + _results_table(runs, metrics) + "</section>", _theory_table(runs, expected),
                _graph_section(folders) if data["graphs"] else "", _timeline_section(folders, runs) if data["timelines"] else "",
                _configuration(runs)]
    links = "".join(f'<a href="#{name}">{text}</a>' for name, text in re.findall(r'<section id="([\w-]+)"><h2>([^<]*)</h2>', "".join(sections)))
    style = (UPLOT / "dist/uPlot.min.css").read_text(encoding="utf-8") + (OWN / "report.css").read_text(encoding="utf-8")
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<title>{escape(title)}: acidsim report</title><style>{style}</style></head><body>
<header><h1>{escape(title)}</h1>{_provenance(runs, folders)}<nav>{links}</nav></header>
<main>{"".join(sections)}</main>
<p id="said" role="status" class="note"></p>
<noscript><p>Curves and graphs need JavaScript; the tables do not.</p></noscript>
{_inlined(data)}
</body></html>
"""
