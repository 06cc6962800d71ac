"""Graphs made for the tests, and a program that answers for them as `acidsim topology` does (dense algebra, no C++)."""

import json
import sys
from pathlib import Path

import networkx
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
from acidsim_graphs import DrawnGraph


def made_graph(graph: networkx.Graph, name="made", names=None, coordinates=None, rates=None, **facts) -> DrawnGraph:
    """The graph with uniform rates (or `rates`, by edge in sorted order), its resistances and its χ's."""
    ends = np.array(sorted(tuple(sorted(edge)) for edge in graph.edges))
    n = graph.number_of_nodes()
    rate = np.full(len(ends), n / 2 / len(ends)) if rates is None else np.array(rates, float)
    drops = np.zeros((len(ends), n))
    drops[np.arange(len(ends)), ends[:, 0]], drops[np.arange(len(ends)), ends[:, 1]] = 1, -1
    laplacian = drops.T @ (rate[:, None] * drops)
    inverse = np.linalg.inv(laplacian + 1 / n) - 1 / n  # the pseudo-inverse: the graph is connected
    i, j = ends.T
    resistance = inverse[i, i] + inverse[j, j] - 2 * inverse[i, j]
    largest = int(np.argmax(np.where(rate > 0, resistance, 0)))
    chi_1, chi_2 = 1 / np.linalg.eigvalsh(laplacian)[1], resistance[largest] / 2
    return DrawnGraph({
        "name": name, "workers": n, "edges": len(ends), "rates": "uniform_edge", "rate_total": rate.sum(), "chi_1": chi_1,
        "chi_2": chi_2, "sqrt_chi1_chi2": np.sqrt(chi_1 * chi_2), "chi_1_bounds": [chi_1, chi_1],
        "chi_2_bounds": [chi_2, chi_2], "exact": True, "chi_2_edge": ends[largest].tolist(), "method": "dense inverse",
        **facts}, ends, rate, resistance, names, None if coordinates is None else np.array(coordinates, float))


def write_files(graph: DrawnGraph, edges: Path, graphml: Path) -> None:
    """What `acidsim topology --edges … --export …` writes."""
    named = graph.names is not None
    rows = ["i,j,rate,resistance" + (",name_i,name_j" if named else "")]
    written = networkx.Graph()
    for i in range(graph.workers):
        data = {"label": graph.names[i]} if named else {}
        if graph.coordinates is not None:
            data |= dict(zip("xy", map(float, graph.coordinates[i])))
        written.add_node(f"n{i}", **data)
    for (i, j), rate, resistance in zip(graph.ends, graph.rate, graph.resistance):
        rows.append(f"{i},{j},{rate!r},{resistance!r}" + (f",{graph.names[i]},{graph.names[j]}" if named else ""))
        written.add_edge(f"n{i}", f"n{j}", rate=float(rate), resistance=float(resistance))
    edges.write_text("\n".join(rows) + "\n")
    networkx.write_graphml(written, graphml)


def write_program(folder: Path, graph: DrawnGraph) -> Path:
    """A program that answers any `acidsim topology` with this graph, and notes its arguments in folder/arguments."""
    write_files(graph, folder / "edges.csv", folder / "graph.graphml")
    (folder / "facts.json").write_text(json.dumps(graph.facts))
    program = folder / "acidsim"
    program.write_text(f"""#!/bin/bash
echo "$@" > {folder}/arguments
while [ $# -gt 0 ]; do
  case $1 in --edges) cp {folder}/edges.csv "$2" ;; --export) cp {folder}/graph.graphml "$2" ;; esac; shift
done
cat {folder}/facts.json
""")
    program.chmod(0o755)
    return program
