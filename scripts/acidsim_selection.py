"""Picks runs by the values of their fields, as users write them (`rate=1`, `algorithm.name=a2cid2`), and names them anew."""

from __future__ import annotations

import json

import acidsim_results as results


def full_field(runs: list[results.Run], name: str) -> str:
    """The dotted name that a name stands for: itself, or the only swept field that ends so or is shown so (`rate`)."""
    swept = list(dict.fromkeys(field for run in runs for field in run.values))
    if name in swept:
        return name
    ending = [field for field in swept if name in (field.rsplit(".", 1)[-1], results.field_name(field))]
    if len(ending) == 1:
        return ending[0]
    if not ending and any(results.field_of(run, name) is not None for run in runs):
        return name
    problem = "no such field" if not ending else f"may be {' or '.join(ending)}"
    raise results.ResultError(f"{name}: {problem} — swept: {', '.join(swept) or 'none'}")


def has_value(value, text: str) -> bool:
    """Is the value what a user wrote: as JSON, as words, or as it is shown?"""
    try:
        if type(parsed := json.loads(text)) in (dict, list, int, float) and parsed == value and not isinstance(value, bool):
            return True
    except ValueError:
        pass
    shown = value if isinstance(value, str) else json.dumps(value)
    return text == shown or text == results.PRETTY_VALUES.get(shown)


def where(runs: list[results.Run], conditions: list[str]) -> list[results.Run]:
    """The runs that meet every condition `field=value`; values of one field are alternatives. Raises ResultError."""
    wanted: dict[str, list[str]] = {}
    for condition in conditions:
        name, equals, value = condition.partition("=")
        if not equals:
            raise results.ResultError(f"--where: not of the form field=value ({condition})")
        wanted.setdefault(full_field(runs, name), []).append(value)
    for name, values in wanted.items():
        left = [run for run in runs if any(has_value(results.field_of(run, name), value) for value in values)]
        if not left:
            known = dict.fromkeys(json.dumps(results.field_of(run, name), ensure_ascii=False) for run in runs)
            raise results.ResultError(f"--where: no run has {name} = {' or '.join(values)} — there are {', '.join(known)}")
        runs = left
    return runs


def rename(runs: list[results.Run], renamings: list[str], metric_names: dict[str, str]) -> None:
    """Every `NAME=TEXT`: NAME is a cell (its label or its folder), a field, or a metric. Raises ResultError."""
    fields = tuple(results.varying(runs))
    cells = {name: run for run in runs for name in (run.folder.name, results.label(run, list(fields)))}
    metrics = {metric for run in runs for metric in run.metrics}
    for renaming in renamings:
        cuts = [k for k, letter in enumerate(renaming) if letter == "="]  # names of cells hold the sign too
        for name, text in ((renaming[:k], renaming[k + 1:]) for k in reversed(cuts)):
            if name in cells:
                cells[name].names[fields] = text
            elif name in metrics:
                metric_names[name] = text
            elif full := _field_or_none(runs, name):
                results.SHORT_NAMES[full] = text
            else:
                continue
            break
        else:
            raise results.ResultError(f"--label: not of the form NAME=TEXT with a cell, a field or a metric as NAME ({renaming}) — "
                                      f"fields: {', '.join(fields) or 'none'}; metrics: {', '.join(sorted(metrics))}")


def _field_or_none(runs: list[results.Run], name: str) -> str | None:
    try:
        return full_field(runs, name)
    except results.ResultError:
        return None
