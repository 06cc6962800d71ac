"""Configurations: dictionaries as in the JSON files, checked and explained by the program's own code."""

from __future__ import annotations

import functools
import itertools
import json
import os
from pathlib import Path

from acidsim import _acidsim
from acidsim.errors import InputError

_labels = itertools.count(1)


def _plain(value):
    """What JSON does not know of a value: NumPy's numbers and arrays, paths, tuples of them."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "_section"):
        return value._section()
    raise TypeError(f"a configuration cannot hold a {type(value).__name__}")


def to_json(value) -> str:
    return json.dumps(value, default=_plain, allow_nan=False, ensure_ascii=False)


def settings_of(overrides: dict) -> list[str]:
    """`{"topology.workers": 32}` and `topology__workers=32` alike, as the program's --set takes them."""
    settings = []
    for name, value in overrides.items():
        field = name.replace("__", ".")
        settings.append(f"{field}={to_json(value)}")
    return settings


def _with_own(source: dict, overrides: dict) -> tuple[dict, dict]:
    """The configuration with topologies, objectives and dynamics of Python in the form that JSON has for them."""
    source, overrides = dict(source), dict(overrides)
    for section in ("topology", "objective", "algorithm"):
        own = overrides.get(section, source.get(section))
        if not hasattr(own, "_section"):
            continue
        overrides.pop(section, None)
        source[section] = own._section()
        if section == "objective" and "metrics" not in source.get("record", {}):
            source["record"] = {**source.get("record", {}), "metrics": own.default_metrics()}
    return source, overrides


def configuration_of(config, overrides: dict | None = None, *, name: str = "experiment") -> "_acidsim.Configuration":
    """Reads a dictionary, an Experiment, or a file; raises InputError."""
    overrides = dict(overrides or {})
    if isinstance(config, Experiment):
        config = config.to_dict()
    if isinstance(config, (str, os.PathLike)):
        if not any(hasattr(value, "_section") for value in overrides.values()):
            return _acidsim.Configuration.read(os.fspath(config), settings_of(overrides))
        directory, name = str(Path(config).parent), str(config)
        config = json.loads(_acidsim.Configuration.read(os.fspath(config), []).source)
    elif isinstance(config, dict):
        directory = ""
    else:
        raise InputError("config", "is no configuration", type(config).__name__, "a dictionary, an Experiment, or the path of a JSON file")
    config, overrides = _with_own(config, overrides)
    return _acidsim.Configuration(to_json(config), name, directory, settings_of(overrides))


def label_of(thing) -> str:
    """A name under which a run's configuration refers to an object of Python: its `label`, or that of its class."""
    return getattr(thing, "label", None) or type(thing).__name__


def validate(config, **overrides) -> list[str]:
    """Checks a configuration as `acidsim validate` does; raises InputError. Returns notices worth reading."""
    return configuration_of(config, overrides).validate()


def explain(config, **overrides) -> str:
    """What the experiment will do, before anything runs: equations, constants, rates, cost (`acidsim explain`)."""
    return configuration_of(config, overrides).explain()


def theory(config, **overrides):
    """What is expected exactly, of linear methods on quadratics (`acidsim theory`): a DataFrame of `time`, `metric`,
    `expected`, and the swept fields of a sweep. `time` is infinite in the rows of limits. `attrs["rate"]` has, by metric,
    the rate per unit time at which the limit is reached (of the last cell).

    Raises InputError where no exact theory is known, with the reason.
    """
    import pandas as pd

    configuration = configuration_of(config, overrides)
    rows, rates = [], {}
    for number, (_, values, _) in enumerate(configuration.cells):
        metrics, times, expected, limit, rate = configuration.theory(number)
        rates = dict(zip(metrics, rate))
        for m, metric in enumerate(metrics):
            for time, row in zip([*times, float("inf")], [*expected, limit]):
                rows.append({"time": time, "metric": metric, "expected": row[m], **json.loads(values)})
    table = pd.DataFrame(rows)
    table.attrs["rate"] = rates
    return table


@functools.lru_cache(maxsize=1)
def _registry() -> dict:
    return json.loads(_acidsim.registry())


def list_choices(kind: str | None = None):
    """All that can be chosen in a configuration (`acidsim list`): of one kind ("topologies", "algorithms", "objectives", …)
    a DataFrame of names, summaries, sources and parameters; without a kind the kinds and where they go."""
    import pandas as pd

    categories = _registry()["categories"]
    if kind is None:
        return pd.DataFrame([{"kind": name, "where": found["where"], "summary": found["summary"]} for name, found in categories.items()])
    if kind not in categories:
        raise InputError("list", "unknown kind", kind, "known: " + ", ".join(categories))
    return pd.DataFrame([{"name": name, "summary": row["summary"], "source": row["source"],
                          "parameters": {p["name"]: p.get("default") for p in row["parameters"]}}
                         for name, row in categories[kind]["rows"].items()])


def schema() -> dict:
    """The JSON Schema of configurations (`acidsim list schema`)."""
    return json.loads(_acidsim.schema())


class Section:
    """A part of an Experiment. Attributes are its fields; `dir()` and Tab show them, `help_of(field)` explains one.

        experiment.topology.family = "cycle"
        experiment.algorithm = "a2cid2"        # the same as experiment.algorithm.name = "a2cid2"
    """

    def __init__(self, fields, values: dict, path: str):
        for name, value in (("_fields", fields), ("_values", values), ("_path", path)):
            object.__setattr__(self, name, value)

    def _known(self) -> dict:
        known = {field["name"]: field for field in self._fields["fields"]}
        if category := self._fields.get("category"):
            rows = _registry()["categories"][category]["rows"]
            chosen = self._values.get(self._fields["discriminator"], known.get(self._fields["discriminator"], {}).get("default"))
            for name, row in rows.items():
                if name == chosen or chosen is None:
                    known.update({field["name"]: field for field in row["parameters"]})
        return known

    def __dir__(self):
        return sorted({*self._known(), *self._values, "help_of"})

    def help_of(self, field: str) -> str:
        """What a field is: its meaning, types, default and choices."""
        found = self._field(field)
        parts = [found["what"], found["types"]]
        if "default" in found:
            parts.append(f"default {json.dumps(found['default'])}")
        if "choices" in found:
            parts.append("one of " + ", ".join(found["choices"]))
        return f"{self._path}/{field}: " + "; ".join(parts)

    def _field(self, name: str) -> dict:
        known = self._known()
        if name not in known:
            import difflib

            near = difflib.get_close_matches(name, known, 1)
            raise InputError(f"{self._path}/{name}", "unknown key", "", f"did you mean {near[0]}?" if near else "known: " + ", ".join(known))
        return known[name]

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            field = self._field(name)
        except InputError as error:
            raise AttributeError(str(error)) from None
        if field.get("fields"):
            value = self._values.get(name)
            if not isinstance(value, dict):
                value = {} if value is None else {field.get("discriminator") or "name": value}
                return _Unset(field, value, f"{self._path}/{name}", self._values, name)
            return Section(field, value, f"{self._path}/{name}")
        return self._values.get(name, field.get("default"))

    def __setattr__(self, name, value):
        self._field(name)
        self._values[name] = value

    def __delattr__(self, name):
        self._values.pop(name, None)

    def __repr__(self):
        return f"{self._path or 'Experiment'} {json.dumps(self._values, default=repr, ensure_ascii=False)}"


class _Unset(Section):
    """A section that is not there before something is set in it."""

    def __init__(self, fields, values, path, owner, key):
        super().__init__(fields, values, path)
        object.__setattr__(self, "_place", (owner, key))

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        owner, key = self._place
        owner[key] = self._values


class Experiment(Section):
    """A configuration to build up, with completion, and the messages of the program.

        experiment = acidsim.Experiment(name="ring")
        experiment.topology.family = "cycle"
        experiment.objective = "quadratic"
        experiment.sweep = {"algorithm.name": ["async_gossip", "a2cid2"]}
        result = experiment.run()

    `Experiment(config)` begins with a dictionary or a file.
    """

    def __init__(self, config: dict | str | os.PathLike | None = None, **fields):
        if isinstance(config, (str, os.PathLike)):
            config = json.loads(configuration_of(config).source)
        values = json.loads(to_json(config)) if config else {}
        super().__init__({"fields": _registry()["configuration"]}, values, "")
        for name, value in fields.items():
            setattr(self, name, value)

    def __dir__(self):
        return sorted({*super().__dir__(), "to_dict", "to_json", "validate", "explain", "theory", "run"})

    def to_dict(self) -> dict:
        return dict(self._values)

    def to_json(self) -> str:
        """The configuration as the program reads it: `Path("ring.json").write_text(experiment.to_json())`."""
        return json.dumps(self._values, default=_plain, indent=2, ensure_ascii=False)

    def validate(self) -> list[str]:
        return validate(self)

    def explain(self) -> str:
        return explain(self)

    def theory(self):
        return theory(self)

    def run(self, **options):
        """As `acidsim.run`."""
        from acidsim.running import run

        return run(self, **options)
