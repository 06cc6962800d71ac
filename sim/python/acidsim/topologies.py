"""Graphs of workers: their rates, χ's and resistances; from families, files, NetworkX and SciPy."""

from __future__ import annotations

import json
import os
from functools import cached_property

import numpy as np

from acidsim import _acidsim
from acidsim.configuration import to_json
from acidsim.errors import InputError


class Topology:
    """A graph with the rates at which its edges communicate. `acidsim.topology` and the two `from_…` make one; run(…,
    topology=it) runs on it.

    section   the section `topology` of a configuration
    rate      averagings per worker and unit time that the rates are made for (timing.communication_rate)
    """

    def __init__(self, section: dict, rate: float = 1.0):
        self.section, self.rate = section, float(rate)
        self._configuration = _acidsim.Configuration(to_json({"name": "topology", "topology": section}), "topology", "", [])

    @classmethod
    def from_networkx(cls, graph, rate: str | None = "weight", **section) -> "Topology":
        """Of an undirected networkx.Graph. `rate` names the attribute of its edges that is λ_ij; None, or where no edge has it:
        the scheme of `rates` gives the rates. Workers are the nodes in their order, kept in `names`."""
        nodes = list(graph.nodes)
        number = {node: k for k, node in enumerate(nodes)}
        if graph.is_directed():
            raise InputError("graph", "is directed", type(graph).__name__, "an undirected one, or a file with \"directed\": true")
        rated = rate is not None and any(rate in data for *_, data in graph.edges(data=True))
        edges = [[number[a], number[b], *([float(data.get(rate, 1))] if rated else [])] for a, b, data in graph.edges(data=True) if a != b]
        return cls._of_edges(edges, len(nodes), rated, [str(node) for node in nodes], section)

    @classmethod
    def from_scipy(cls, weights, **section) -> "Topology":
        """Of a symmetric n × n matrix (scipy.sparse or dense) of rates λ_ij ≥ 0; its diagonal is left out."""
        from scipy import sparse

        matrix = sparse.coo_array(weights)
        if matrix.shape[0] != matrix.shape[1] or abs(matrix - matrix.T).max() > 1e-12 * abs(matrix).max():
            raise InputError("weights", "is not symmetric", f"{matrix.shape[0]} × {matrix.shape[1]}", "λ_ij = λ_ji")
        upper = sparse.triu(matrix, 1).tocoo()
        edges = [[int(i), int(j), float(value)] for i, j, value in zip(upper.row, upper.col, upper.data) if value]
        return cls._of_edges(edges, matrix.shape[0], True, [], section)

    @classmethod
    def _of_edges(cls, edges, workers, rated, names, section):
        touched = {end for edge in edges for end in edge[:2]}
        if len(touched) != workers:
            raise InputError("graph", "has workers without an edge", f"{workers - len(touched)} of {workers}", "a connected graph")
        rates = {"rates": "explicit"} if rated and "rates" not in section else {}
        made = cls({"edges": edges, **rates, **section})
        made.given_names = names
        return made

    given_names: list[str] = []

    def _network(self, need: int) -> dict:
        return _acidsim.network(self._configuration, self.rate, need)

    @cached_property
    def _facts(self) -> dict:
        return self._network(1)

    @property
    def name(self) -> str:
        return self._facts["name"]

    @property
    def workers(self) -> int:
        return self._facts["workers"]

    @property
    def names(self) -> list[str]:
        """Of the workers; [] where they have none."""
        return self.given_names or self._facts["names"]

    @cached_property
    def edges(self) -> np.ndarray:
        """m × 2: the workers of each edge, i < j, sorted."""
        return np.column_stack([self._facts["i"], self._facts["j"]])

    @property
    def rates(self) -> np.ndarray:
        """m: λ_ij, communications of each edge per unit time."""
        return self._facts["rates"]

    @property
    def rate_total(self) -> float:
        """Σ λ_ij: communications per unit time."""
        return self._facts["rate_total"]

    @cached_property
    def laplacian(self):
        """Λ = Σ λ_ij (e_i − e_j)(e_i − e_j)ᵀ, n × n, a scipy.sparse array."""
        from scipy import sparse

        (i, j), n = self.edges.T, self.workers
        adjacency = sparse.coo_array((self.rates, (i, j)), shape=(n, n))
        adjacency = (adjacency + adjacency.T).tocsr()
        return (sparse.diags(np.asarray(adjacency.sum(axis=1)).ravel()) - adjacency).tocsr()

    @property
    def chi_1(self) -> float:
        """χ1 = 1/λ2(Λ), in units of time."""
        return self._facts["chi_1"]

    @property
    def chi_2(self) -> float:
        """χ2: half the largest effective resistance of an edge, in units of time."""
        return self._facts["chi_2"]

    @property
    def chi_1_bounds(self) -> tuple[float, float]:
        """Certified; equal to χ1 to rounding where `exact`."""
        return self._facts["chi_1_bounds"]

    @property
    def chi_2_bounds(self) -> tuple[float, float]:
        return self._facts["chi_2_bounds"]

    @property
    def exact(self) -> bool:
        return self._facts["exact"]

    @property
    def speed_up(self) -> float:
        """√(χ1/χ2): how much faster A²CiD² mixes than gossip, up to constants."""
        return float(np.sqrt(self.chi_1 / self.chi_2))

    @property
    def a2cid2(self) -> dict[str, float]:
        """The constants of A²CiD² by theory: eta, alpha, alpha_tilde."""
        return dict(zip(("eta", "alpha", "alpha_tilde"), self._facts["a2cid2"]))

    @cached_property
    def resistances(self) -> np.ndarray:
        """m: the effective resistance of each edge. Σ λ_ij R_ij = n − 1 (Foster)."""
        return self._network(2)["resistances"]

    @property
    def certificate(self) -> dict | None:
        """Of optimised rates: value, lower_bound, uniform_value, gap. None for others."""
        return self._facts.get("certificate")

    def optimal_rates(self, objective: str = "sqrt_chi1_chi2", **parameters) -> "Topology":
        """The same graph with the rates of least "sqrt_chi1_chi2", "chi_1" or "chi_2" for the same total of communications;
        `certificate` says how far from the best they can be."""
        section = dict(self.section)
        if section.get("rates") == "explicit":  # whose total is their own, not what the communication rate asks for
            parameters = {"budget": self.rate_total, **parameters}
        if "edges" in section:
            section["edges"] = [edge[:2] for edge in section["edges"]]
        return Topology({**section, "rates": {"scheme": "optimized", "objective": objective, **parameters}}, self.rate)

    def to_networkx(self):
        """A networkx.Graph with `weight` = λ_ij."""
        import networkx

        graph = networkx.Graph()
        graph.add_nodes_from(range(self.workers))
        graph.add_weighted_edges_from((int(i), int(j), float(rate)) for (i, j), rate in zip(self.edges, self.rates))
        return graph

    def draw(self, ax=None, color: str = "rates"):
        """Draws the graph, its edges by "rates" or "resistances"; the matplotlib axes. `scripts/plot --topology` makes
        figures."""
        import matplotlib.pyplot as plt
        import networkx

        ax = ax or plt.subplots()[1]
        graph = self.to_networkx()
        coordinates = self._facts["coordinates"]
        if coordinates and not self.name.startswith("torus"):  # whose grid would hide the edges that lead around it
            places = dict(enumerate(coordinates))
        elif self.workers == len(self.edges) and all(degree == 2 for _, degree in graph.degree):
            places = networkx.circular_layout(graph)
        else:
            places = networkx.kamada_kawai_layout(graph, weight=None) if self.workers <= 300 else networkx.spring_layout(graph, seed=0)
        networkx.draw_networkx(graph, places, ax=ax, edgelist=[tuple(edge) for edge in self.edges.tolist()], node_size=40,
                               with_labels=self.workers <= 32, font_size=6, edge_color=getattr(self, color), node_color="0.3",
                               font_color="white")
        ax.set_axis_off()
        return ax

    def _section(self) -> dict:
        return self.section

    def __repr__(self):
        return f"<acidsim.Topology {self.name}: {self.workers} workers, {len(self.edges)} edges, χ1 {self.chi_1:.6g}, χ2 {self.chi_2:.6g}>"

    def _repr_html_(self):
        import html

        return html.escape(repr(self)[1:-1])


def topology(family: str | None = None, workers: int | None = None, *, file: str | os.PathLike | None = None, rate: float = 1.0,
             rates: str | dict | None = None, **parameters) -> Topology:
    """A graph by its family (`acidsim.list("topologies")`) or from a file in any of the formats that the program reads.

        ring = acidsim.topology("cycle", 64)
        ring.chi_1, ring.chi_2, ring.resistances, ring.laplacian
        acidsim.topology(family="erdos_renyi", workers=32, p=0.2, seed=3, rates="uniform_edge")

    rates: how the rate is spread over the edges (`acidsim.list("rates")`). Raises InputError, for graphs that are not
    connected, too; its place is in the section `topology` of a configuration.
    """
    section: dict = {}
    if file is not None:
        section["file"] = os.path.abspath(file)
    else:
        section["family"] = family
    if workers is not None:
        section["workers"] = workers
    if rates is not None:
        section["rates"] = rates
    return Topology(json.loads(to_json({**section, **parameters})), rate)
