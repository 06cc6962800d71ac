"""Picks runs by the values of their fields, as users write them: `rate=1`, `algorithm.name=a2cid2`."""

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
