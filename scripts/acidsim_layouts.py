"""A place in the plane for every worker of a graph. The same graph always gets the same places.

Stored coordinates where there are any; else stress majorization, which makes distances in the plane follow distances
in the graph: its energy is that of Kamada and Kawai (1989), minimised as by Gansner, Koren and North (2004), with the
sparse terms of Ortmann, Klimenta and Brandes (2016) where all pairs are too many, from the start of Brandes and Pich
(2007). Lengths are in edges: a stress layout draws an edge about 1 long.
"""

from __future__ import annotations

import re

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph
from scipy.spatial import cKDTree

MOST_ALL_PAIRS = 400  # workers up to which every pair has its term
PIVOTS = 200  # workers whose distances to all others count, beyond that
STEPS = 120
LONGEST_PAGE = 3.0  # ratio of the sides beyond which a stored layout is stretched
TREE_PAGE = 1.6  # width of a tree over its height
SETTLED = 1e-3  # a step that moves no worker farther (in edges) is the last


def places(workers: int, ends: np.ndarray, coordinates: np.ndarray | None = None, name: str = "",
           geographic: bool = False) -> np.ndarray:
    """Shape (workers, 2), all finite and distinct. `ends`: (edges, 2); `name`: of the graph; `geographic`: the
    coordinates are degrees of longitude and latitude."""
    if coordinates is None:
        return separated(_upright(stress(workers, ends)))
    found = np.array(coordinates, float)
    if len(sides := torus_sides(name)) == 3:
        return _oblique_torus(sides)
    if is_long_line(found, ends):
        return folded(workers)
    if geographic:  # a degree of longitude is shorter by the cosine of the latitude
        found[:, 0] *= np.cos(np.radians(np.clip(found[:, 1].mean(), -80, 80)))
    else:
        found = _stretched(found, tree=name.startswith("binary_tree"))
    return separated(found)


def _stretched(points: np.ndarray, tree: bool) -> np.ndarray:
    """A layout that is very long gets higher, or wider; that of a tree as wide as its leaves need."""
    spread = np.ptp(points, axis=0)
    if min(spread) == 0:
        return points
    wanted = TREE_PAGE if tree else np.clip(spread[0] / spread[1], 1 / LONGEST_PAGE, LONGEST_PAGE)
    now = spread[0] / spread[1]
    return points * [max(1.0, wanted / now), max(1.0, now / wanted)]


def is_long_line(points: np.ndarray, ends: np.ndarray) -> bool:
    """A path of more than 12 workers stored as a straight line, in order."""
    return (len(points) > 12 and np.ptp(points[:, 1]) == 0 and bool(np.all(np.diff(points[:, 0]) > 0))
            and bool(np.all(np.abs(ends[:, 0] - ends[:, 1]) == 1)))


def folded(workers: int) -> np.ndarray:
    """A path to and fro, so that a long one fits the page: consecutive workers stay neighbours."""
    columns = int(np.ceil(np.sqrt(1.4 * workers)))
    row, place = np.divmod(np.arange(workers), columns)
    return np.column_stack([np.where(row % 2 == 0, place, columns - 1 - place), -row]).astype(float)


def stress(workers: int, ends: np.ndarray) -> np.ndarray:
    """Stress majorization; shape (workers, 2)."""
    ones = np.ones(len(ends))
    adjacency = sparse.coo_matrix((ones, ends.T), (workers, workers))
    adjacency = ((adjacency + adjacency.T) > 0).astype(float).tocsr()
    if workers <= MOST_ALL_PAIRS:
        pivots, distances = np.arange(workers), _distances(adjacency, np.arange(workers))
    else:
        pivots, distances = _spread_pivots(adjacency, PIVOTS)
    points = _pivot_start(distances)
    weights = _pivot_weights(distances, pivots)
    # The neighbours' terms: with all pairs they are there already.
    row, column = adjacency.nonzero() if workers > MOST_ALL_PAIRS else (np.empty(0, int), np.empty(0, int))
    total = weights.sum(axis=1) + np.bincount(row, minlength=workers)
    total[total == 0] = 1.0  # a single worker
    for _ in range(STEPS):
        moved = _pulls(points, points[pivots], distances.T, weights)
        apart = points[row] - points[column]
        target = points[column] + apart / np.maximum(np.hypot(*apart.T), 1e-12)[:, None]
        moved += np.column_stack([np.bincount(row, target[:, k], minlength=workers) for k in (0, 1)])
        moved /= total[:, None]
        largest = np.abs(moved - points).max()
        points = moved
        if largest < SETTLED:
            break
    return points


def _pulls(points: np.ndarray, anchors: np.ndarray, distances: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Σ over anchors of weight × (the place at the wanted distance from the anchor, on the present side of it)."""
    x, y = (points[:, k, None] - anchors[None, :, k] for k in (0, 1))
    scale = weights * distances / np.maximum(np.sqrt(x * x + y * y), 1e-12)
    return weights @ anchors + np.column_stack([(scale * x).sum(axis=1), (scale * y).sum(axis=1)])


def _distances(adjacency: sparse.csr_matrix, sources: np.ndarray) -> np.ndarray:
    """Hops from the sources to all workers, shape (sources, workers)."""
    hops = csgraph.shortest_path(adjacency, unweighted=True, indices=sources)
    return np.where(np.isfinite(hops), hops, hops[np.isfinite(hops)].max() + 1)  # other components stand aside


def _spread_pivots(adjacency: sparse.csr_matrix, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Pivots, each farthest from those before, and the hops from them to all workers."""
    pivots, distances = [0], [_distances(adjacency, np.array([0]))[0]]
    nearest = distances[0]
    while len(pivots) < count:
        pivots.append(int(np.argmax(nearest)))
        distances.append(_distances(adjacency, np.array([pivots[-1]]))[0])
        nearest = np.minimum(nearest, distances[-1])
    return np.array(pivots), np.array(distances)


def _pivot_start(distances: np.ndarray) -> np.ndarray:
    """Classical scaling of the distances to the pivots (Brandes and Pich 2007), and a little noise, which tells workers
    in symmetric positions apart."""
    squared = distances.T**2
    centred = squared - squared.mean(axis=0) - squared.mean(axis=1, keepdims=True) + squared.mean()
    _, vectors = np.linalg.eigh(centred.T @ centred)
    start = -0.5 * centred @ vectors[:, -2:][:, ::-1]
    if start.shape[1] < 2:
        start = np.column_stack([start, np.zeros(len(start))])
    spread = np.sqrt((start**2).sum(axis=1).mean())
    start *= np.sqrt((distances**2).mean() / 2) / (spread if spread > 0 else 1.0)
    return start + np.random.default_rng(1).normal(0, 0.05, start.shape)


def _pivot_weights(distances: np.ndarray, pivots: np.ndarray) -> np.ndarray:
    """Weight of each worker's term with each pivot, shape (workers, pivots): s/d², where the pivot stands for the s
    workers of its region that are at most half as far from it as the worker is (Ortmann et al., section 3)."""
    count, workers = distances.shape
    weights = 1.0 / np.maximum(distances.T, 1.0) ** 2
    if count < workers:
        region = np.argmin(distances, axis=0)
        for p in range(count):
            within = np.sort(distances[p, region == p])
            weights[:, p] *= np.searchsorted(within, distances[p] / 2, side="right")
    weights[pivots, np.arange(count)] = 0.0
    return weights


def _upright(points: np.ndarray) -> np.ndarray:
    """Centred and turned to the smallest bounding box, its long side level; the first worker is at the upper left."""
    points = points - points.mean(axis=0)
    angles = np.radians(np.arange(0, 90, 1.0))
    turns = np.array([[np.cos(angles), -np.sin(angles)], [np.sin(angles), np.cos(angles)]])
    sides = np.ptp(np.tensordot(points, turns, axes=(1, 1)), axis=0)  # (2, angles)
    best = int(np.argmin(sides.prod(axis=0)))
    points = points @ turns[:, :, best].T
    if np.ptp(points[:, 1]) > np.ptp(points[:, 0]):
        points = points[:, ::-1]
    return points * np.where(points[0] > 0, -1.0, 1.0) * [1.0, -1.0]


def separated(points: np.ndarray) -> np.ndarray:
    """Workers that stand (nearly) on each other are moved apart; the others stay where they are."""
    if len(points) < 2:
        return points
    nearest = nearest_distances(points)
    extent = np.ptp(points, axis=0).max() or 1.0
    typical = np.median(nearest)
    least = min(0.5 * typical if typical > 0 else np.inf, 0.7 * extent / np.sqrt(len(points)), 0.03 * extent)
    if nearest.min() >= least:
        return points
    points = points + np.random.default_rng(1).normal(0, 1e-3 * least, points.shape)
    for _ in range(100):
        pairs = cKDTree(points).query_pairs(0.999 * least, output_type="ndarray")
        if len(pairs) == 0:
            break
        apart = points[pairs[:, 0]] - points[pairs[:, 1]]
        length = np.maximum(np.hypot(*apart.T), 1e-12)
        push = apart * (0.5 * (1.02 * least - length) / length)[:, None]
        for k in (0, 1):
            points[:, k] += np.bincount(pairs[:, 0], push[:, k], len(points))
            points[:, k] -= np.bincount(pairs[:, 1], push[:, k], len(points))
    return points


def nearest_distances(points: np.ndarray) -> np.ndarray:
    """From each of at least two points to the nearest other one, shape (points,)."""
    return cKDTree(points).query(points, k=2)[0][:, 1]


def torus_sides(name: str) -> list[int]:
    """`torus_4x4x4` → [4, 4, 4]; empty for other graphs."""
    found = re.fullmatch(r"torus(?:2d)?_(\d+(?:x\d+)+)", name)
    return [int(side) for side in found[1].split("x")] if found else []


def _torus_strides(sides: list[int]) -> np.ndarray:
    """By how much a worker's number grows along each side: row-major, the last side moves fastest."""
    return np.append(np.cumprod(sides[:0:-1])[::-1], 1)


def _oblique_torus(sides: list[int]) -> np.ndarray:
    """A torus of three sides, its layers behind each other, slantwise."""
    steps = [np.array([0.8, 0.6]) / sides[0], [0, -1], [1, 0]]
    positions = np.arange(np.prod(sides))[:, None] // _torus_strides(sides) % sides
    return positions @ np.array(steps)


def _wraps(name: str, places: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """By what an edge's second worker must be moved to stand beside the first, where the drawing of a graph on a torus
    repeats; shape (edges, 2), zero for all others."""
    if name.startswith("random_geometric_walk"):  # on the unit torus
        return -np.rint(places[ends[:, 1]] - places[ends[:, 0]])
    sides = torus_sides(name)
    if len(sides) not in (2, 3):
        return np.zeros(ends.shape)
    strides = _torus_strides(sides)
    steps = np.array([places[stride if side > 1 else 0] - places[0] for side, stride in zip(sides, strides)])
    apart = np.diff(ends[..., None] // strides % sides, axis=1)[:, 0]
    return -np.where(np.abs(apart) > 1, np.sign(apart) * sides, 0) @ steps


def edge_paths(name: str, places: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Straight lines, shape (lines, 2, 2), and the edge of each. On a torus an edge that goes the other way round is
    two stubs, which leave its workers that way."""
    first, second = places[ends[:, 0]], places[ends[:, 1]]
    moved = _wraps(name, places, ends)
    wraps, every = np.any(moved != 0, axis=1), np.arange(len(ends))
    short = (second + moved - first)[wraps]
    longest = 0.06 * np.ptp(places, axis=0).max()
    short *= np.minimum(0.5, longest / np.maximum(np.hypot(*short.T), 1e-12))[:, None]
    straight = np.stack([first, second], axis=1)[~wraps]
    out = np.stack([first[wraps], first[wraps] + short], axis=1)
    back = np.stack([second[wraps], second[wraps] - short], axis=1)
    return np.concatenate([straight, out, back]), np.concatenate([every[~wraps], every[wraps], every[wraps]])
