"""Writes the workers' names into a drawing of a graph so that nothing lies on anything else."""

from __future__ import annotations

import numpy as np

MOST_NAMED = 64  # workers; of more, no name could be read
SMALLEST_NUMBERED = 8  # points: diameter of a worker that its number fits into
LONGEST = 18  # characters
SPOTS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))  # beside the worker, best first


def _short(names: list[str]) -> bool:
    return max(map(len, names)) <= 3


def beside(graph) -> bool:
    """Are the names few and short enough to be written, but too long to stand in the workers?"""
    return (graph.workers <= MOST_NAMED and graph.names is not None and not _short(graph.names)
            and max(map(len, graph.names)) <= LONGEST)


def write(figure, panel, graph, places: np.ndarray, size: float) -> int:
    """Numbers (or names as short) go into the workers where they fit, names beside them; a name without a free spot is
    left out. `size`: a worker's diameter in points. Returns how many were written."""
    if beside(graph):
        names = [name.replace("_", " ") for name in graph.names]
        return _write_beside(figure, panel, names, graph.ends, places, size)
    names = graph.names or [str(i) for i in range(graph.workers)]
    if graph.workers > MOST_NAMED or size < SMALLEST_NUMBERED or not _short(names):
        return 0
    for name, place in zip(names, places):
        panel.text(*place, name, ha="center", parse_math=False, va="center_baseline", fontsize=size * 0.52, zorder=6)
    return len(names)


def _write_beside(figure, panel, names: list[str], ends: np.ndarray, places: np.ndarray, size: float) -> int:
    """Each name at the spot beside its worker where it crosses the fewest edges and covers no worker and no name."""
    renderer = figure.canvas.get_renderer()
    pixel = figure.dpi / 72
    at = panel.transData.transform(places)
    page = panel.get_window_extent(renderer)
    workers = np.column_stack([at - size / 2 * pixel, at + size / 2 * pixel])  # boxes: left, bottom, right, top
    segments = np.linspace(at[ends[:, 0]], at[ends[:, 1]], 40, axis=1).reshape(-1, 2)
    taken = workers
    written = 0
    for k in np.argsort(at[:, 0], kind="stable"):
        text = panel.text(*places[k], names[k], fontsize=7.5, zorder=6, parse_math=False)
        box = text.get_window_extent(renderer)
        best = None
        for rank, (right, up) in enumerate(SPOTS):
            reach = size / 2 * pixel * (0.75 if right and up else 1) + 2 * pixel
            left = at[k, 0] + (right * reach if right > 0 else right * reach - box.width if right else -box.width / 2)
            low = at[k, 1] + (up * reach if up > 0 else up * reach - box.height if up else -box.height / 2)
            spot = np.array([left, low, left + box.width, low + box.height])
            outside = spot[0] < page.x0 or spot[2] > page.x1 or spot[1] < page.y0 or spot[3] > page.y1
            if outside or _overlaps(spot, taken, 1.5 * pixel):
                continue
            inside = np.all((segments > spot[:2]) & (segments < spot[2:]), axis=1)
            cost = int(inside.sum()) + 0.1 * rank
            if best is None or cost < best[0]:
                best = cost, spot
        if best is None:
            text.remove()
            continue
        text.set_position(panel.transData.inverted().transform(best[1][:2]))
        text.set(ha="left", va="bottom")
        taken = np.vstack([taken, best[1]])
        written += 1
    return written


def _overlaps(box: np.ndarray, others: np.ndarray, gap: float) -> bool:
    """Does the box come closer than `gap` to any of the others? Boxes: left, bottom, right, top."""
    return bool(np.any((box[0] < others[:, 2] + gap) & (box[2] > others[:, 0] - gap)
                       & (box[1] < others[:, 3] + gap) & (box[3] > others[:, 1] - gap)))
