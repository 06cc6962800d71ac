"""Results of runs and sweeps, from their folders. Needs no C++: any folder that the program has written will do."""

from __future__ import annotations

import html
import json
import math
import shutil
import tempfile
import weakref
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from acidsim.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

NOT_METRICS = ("run", "repeat", "time", "gradients", "communications")


def load(folder, *, scratch=None) -> "Result":
    """The results in a folder that `acidsim run` or `acidsim.run(…, out=folder)` has written: a run, or a sweep, whose
    finished cells are in `.cells`. Raises InputError for a folder that holds no results, and where no cell is finished."""
    folder = Path(folder)
    if (folder / "sweep.json").exists():
        sweep = _read(folder / "sweep.json")
        cells = [Result(folder / cell["cell"], cell["values"], scratch=scratch) for cell in sweep["cells"]
                 if (folder / cell["cell"] / "run.json").exists()]
        if not cells:
            raise InputError(str(folder), "no cell of this sweep is finished", "", "see its sweep.json")
        return Result(folder, {}, cells, sweep, scratch=scratch)
    if not (folder / "run.json").exists():
        raise InputError(str(folder), "holds no results", "", "give a folder that `acidsim run` has written")
    return Result(folder, {}, scratch=scratch)


def _read(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(str(path), f"not JSON ({error})") from None


class Scratch:
    """A temporary folder that goes with the last Result that is in it."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="acidsim_"))
        self._end = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)


class Result:
    """One run with its repeats, or a sweep with its cells. Everything is read when it is first asked for.

    folder   where the results are; a temporary folder lives as long as its Result, and save() keeps it
    cells    of a sweep: a Result for each finished cell, whose `values` say what it has of the swept fields; of a run: []
    """

    def __init__(self, folder: Path, values: dict, cells=(), sweep: dict | None = None, scratch=None):
        self.folder, self.values, self.cells = Path(folder), dict(values), list(cells)
        self._sweep, self._scratch = sweep, scratch

    def __repr__(self):
        what = f"{len(self.cells)} cells" if self.is_sweep else f"{len(self.info['repeats'])} repeats"
        return f"<acidsim.Result {self.name}: {what}>"

    @property
    def is_sweep(self) -> bool:
        return self._sweep is not None

    @property
    def name(self) -> str:
        if self.is_sweep:
            return self.cells[0].info.get("name", self.folder.name)
        return self.info.get("name", self.folder.name)

    @cached_property
    def info(self) -> dict:
        """run.json: the resolved `config`, χ's and constants, and `repeats`, a list of what each repeat came to. Of a sweep
        it is sweep.json."""
        return self._sweep if self.is_sweep else _read(self.folder / "run.json")

    @property
    def config(self) -> dict:
        """The configuration, with every default and with the numbers that theory gave; run() takes it."""
        return self.cells[0].config if self.is_sweep else self.info["config"]

    @property
    def state_digest(self) -> str:
        """SHA-256 of the final states of all workers, as `run.json` has it: of the run, or of its repeats, together."""
        return self.info["state_digest"]

    @property
    def stop_reasons(self) -> list[str]:
        """Why each repeat ended: "time", "target", "diverged", …"""
        return [repeat["stop_reason"] for repeat in self.info["repeats"]]

    @cached_property
    def metrics(self) -> "pd.DataFrame":
        """metrics.csv: one row per repeat and record with repeat, time, gradients, communications and the metrics; of a
        sweep over all cells, with a column for each swept field."""
        import pandas as pd

        table = self.folder / "metrics.csv"
        if table.exists():
            return pd.read_csv(table, float_precision="round_trip")
        return pd.concat([cell.metrics.assign(**{field: [value] * len(cell.metrics) for field, value in cell.values.items()})
                          for cell in self.cells], ignore_index=True)

    @property
    def metric_names(self) -> list[str]:
        first = self.cells[0] if self.is_sweep else self
        return [name for name in first.metrics.columns if name not in NOT_METRICS]

    @cached_property
    def states(self) -> "np.ndarray":
        """The states that record.states asked for, mapped from states.npy without a copy, read-only: "final" gives
        repeats × workers × vectors × dimension, "all" has records as a second axis. Raises InputError where none were
        recorded."""
        import numpy as np

        if self.is_sweep:
            raise InputError(str(self.folder), "is a sweep", "", "its cells have states: result.cells[0].states")
        file = self.folder / "states.npy"
        if not file.exists():
            raise InputError("/record/states", "no states were recorded", "none", 'run(…, record__states="final") records them')
        return np.load(file, mmap_mode="r")

    def final(self, metric: str) -> "pd.Series":
        """The last value of a metric in every repeat (of a sweep: in every cell and repeat)."""
        if self.is_sweep:
            import pandas as pd

            return pd.concat({tuple(cell.values.values()): cell.final(metric) for cell in self.cells},
                             names=[*self.cells[0].values, "repeat"])
        return self.metrics.groupby("repeat")[metric].last()

    def cell(self, **values) -> "Result":
        """The cell of a sweep with these values: result.cell(algorithm__name="a2cid2")."""
        wanted = {name.replace("__", "."): value for name, value in values.items()}
        found = [cell for cell in self.cells if all(cell.values.get(name) == value for name, value in wanted.items())]
        if len(found) != 1:
            raise InputError("cell", f"{len(found)} cells have these values", json.dumps(wanted, default=str),
                             "known: " + "; ".join(json.dumps(cell.values) for cell in self.cells[:8]))
        return found[0]

    def save(self, folder) -> "Result":
        """Copies the results to a folder that is not there yet, and returns them from there."""
        folder = Path(folder)
        if folder.exists():
            raise InputError(str(folder), "is there already", "", "choose another folder; nothing was written")
        shutil.copytree(self.folder, folder)
        return load(folder)

    def plot(self, metric: str | None = None, axis: str = "time", ax=None):
        """Draws a metric against "time", "gradients" or "communications": the median over repeats, and all between the least
        and the largest; a curve for each cell of a sweep. Returns the matplotlib axes. `scripts/plot` makes figures of
        everything."""
        import matplotlib.pyplot as plt

        metric = metric or self.metric_names[0]
        if metric not in self.metric_names:
            raise InputError("metric", "was not recorded", metric, "known: " + ", ".join(self.metric_names))
        ax = ax or plt.subplots()[1]
        for cell in self.cells or [self]:
            rows = cell.metrics.groupby(cell.metrics.groupby("repeat").cumcount())
            places, values = rows[axis].median(), rows[metric]
            label = ", ".join(str(value) for value in cell.values.values()) or cell.name
            line, = ax.plot(places, values.median(), label=label)
            ax.fill_between(places, values.min(), values.max(), alpha=0.2, color=line.get_color(), linewidth=0)
        if (self.metrics[metric].dropna() > 0).all() and "accuracy" not in metric:
            ax.set_yscale("log")
        ax.set_xlabel("time (gradients per worker)" if axis == "time" else axis)
        ax.set_ylabel(metric.replace("_", " "))
        ax.legend(title="median, minimum to maximum", title_fontsize="small")
        return ax

    def _summary(self) -> "pd.DataFrame":
        import pandas as pd

        rows = []
        for cell in self.cells or [self]:
            last = cell.metrics.groupby("repeat").last()
            medians = {name: last[name].median() for name in ("time", "gradients", "communications", *cell.metric_names)}
            rows.append({**cell.values, "repeats": len(last), **medians})
        return pd.DataFrame(rows)

    def _repr_html_(self) -> str:
        facts = [] if self.is_sweep else [
            f"{key} {value:.6g}" for key, value in (("χ₁", self._fact("chi_1")), ("χ₂", self._fact("chi_2"))) if value is not None]
        title = html.escape(", ".join([self.name, *facts]))
        return f"<b>{title}</b> (final values, median over repeats){self._summary().to_html(index=False)}"

    def _fact(self, name: str):
        value = self.info.get("topology", {}).get(name)
        return value if isinstance(value, (int, float)) and math.isfinite(value) else None
