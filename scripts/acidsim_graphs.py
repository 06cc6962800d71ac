"""Asks the program about graphs: what `acidsim topology` says of one, and the graph itself for drawing."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from acidsim_program import ProgramError, topology_command
from acidsim_results import ResultError


CHI_COLUMNS = ("name", "workers", "rate", "rates", "chi_1", "chi_2", "exact")


@dataclass
class DrawnGraph:
    """A graph of n workers and m edges. `facts`: the object that `acidsim topology --json` prints."""

    facts: dict
    ends: np.ndarray  # (m, 2) workers, each edge once
    rate: np.ndarray  # (m,) communications per unit time
    resistance: np.ndarray | None = None  # (m,) effective resistances, where known
    names: list[str] | None = None  # of the workers
    coordinates: np.ndarray | None = field(default=None, repr=False)  # (n, 2), where known

    @property
    def workers(self) -> int:
        return int(self.facts["workers"])


def ask_for_graph(arguments: list[str]) -> DrawnGraph:
    """The graph that these arguments of `acidsim topology` name. Raises ProgramError, ResultError."""
    with tempfile.TemporaryDirectory(prefix="acidsim-") as folder:
        edges, graphml = Path(folder) / "edges.csv", Path(folder) / "graph.graphml"
        try:
            facts = topology_command(*arguments, "--edges", edges, "--export", graphml)
        except ProgramError as error:
            if "several topologies" in str(error):  # speaks of flags that the caller did not give
                raise ResultError("--topology: the experiment holds several topologies — give one by --family, by "
                                  "a graph's file, or by --rate where the sweep is over rates") from None
            raise
        return read_graph(facts, edges, graphml)


def read_graph(facts: dict, edges: Path, graphml: Path) -> DrawnGraph:
    """A graph from the files that `acidsim topology --edges … --export …` wrote."""
    table = pd.read_csv(edges, float_precision="round_trip")
    resistance = table["resistance"].to_numpy(float)
    names, coordinates = _names_and_places(graphml, int(facts["workers"]))
    return DrawnGraph(facts, table[["i", "j"]].to_numpy(int), table["rate"].to_numpy(float),
                      resistance if np.all(np.isfinite(resistance)) else None, names, coordinates)


def _names_and_places(graphml: Path, workers: int) -> tuple[list[str] | None, np.ndarray | None]:
    """The data `label`, `x` and `y` of the nodes, which stand in the order of the workers."""
    import networkx

    nodes = list(networkx.read_graphml(graphml).nodes(data=True))
    if len(nodes) != workers:
        raise ResultError(f"{graphml}: {len(nodes)} nodes where {workers} are expected")
    values = [data for _, data in nodes]
    names = [str(data["label"]) for data in values] if all("label" in data for data in values) else None
    if not all("x" in data and "y" in data for data in values):
        return names, None
    return names, np.array([[data["x"], data["y"]] for data in values], float)


def family_of(name: str) -> str:
    """`torus2d_8x8` → `torus2d`; a name without a size belongs to the graphs that have names."""
    found = re.match(r"(.+?)_\d", name)
    return found[1] if found else "named"


def chi_table(file: str) -> pd.DataFrame:
    """One row per topology of an experiment, in its order: family, CHI_COLUMNS, closed_chi_1 and closed_chi_2 (not a
    number where there is no closed form). Raises ProgramError."""
    answer = topology_command(file)
    rows = []
    for facts in answer.get("topologies", [answer]):
        closed = facts.get("closed_form") or {}
        rows.append({"family": family_of(facts["name"]), **{key: facts[key] for key in CHI_COLUMNS},
                     **{f"closed_{chi}": closed.get(chi, np.nan) for chi in ("chi_1", "chi_2")}})
    return pd.DataFrame(rows)
