"""Borders as arcs: every stretch of border once, with the polygons that end there on either side.

The polygons may overlap, as those of one front line on many dates do: nothing is cut where borders cross. The border of
any polygons that do not overlap each other is the arcs with exactly one side among them, so a page that has the arcs can
draw the territory of any date without computing geometry.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.generalize import generalize_arcs
from geo.noding import number_rows, snap

Geometries = NDArray[np.object_]
Indices = NDArray[np.int64]

OUTSIDE = -1


@dataclass(frozen=True, eq=False)
class Arcs:
    """Stretches of border.

    Attributes
    ----------
    left, right
        k sides, as one walks along the points: `OUTSIDE` where no polygon ends at the arc on that side.
    points
        k times (n, 2) integer grid coordinates, n >= 2; first and last are the same for a closed ring.
    side, polygon
        p pairs, ascending: at side `side[i]` polygon `polygon[i]` ends. Where the same polygons end is the same side.
    """

    left: Indices
    right: Indices
    points: tuple[Indices, ...]
    side: Indices
    polygon: Indices


@dataclass(frozen=True, eq=False)
class _Edges:
    """Directed edges between grid points, and the sides left and right of them."""

    start: Indices
    end: Indices
    left: Indices
    right: Indices


def arcs(polygons: Geometries, *, grid_deg: float, snap_deg: float = 0.0, simplify_deg: float = 0.0) -> Arcs:
    """Take polygons apart into arcs.

    Parameters
    ----------
    polygons
        n valid polygons or multipolygons. Longitude/latitude, degrees.
    grid_deg
        Coordinates are rounded to multiples of this. What collapses on the grid leaves no arc.
    snap_deg
        A vertex closer than this to an earlier one is the same; 0 for none.
    simplify_deg
        How far an arc may be from the border that it stands for. Its ends stay, so that arcs stay joined.

    Returns
    -------
    Arcs
        In the order in which the polygons first have them; empty for no polygons.
    """
    grid, vertex, owner = _vertices(polygons, grid_deg, snap_deg)
    edges, side, polygon = _edges(vertex, owner, len(polygons))
    chains = _chains(edges)
    if not chains:
        return Arcs(edges.left, edges.right, (), side, polygon)
    sizes = np.array([len(chain) + 1 for chain in chains])
    first = np.array([chain[0] for chain in chains])
    nodes = np.insert(edges.end[np.concatenate(chains)], np.cumsum(sizes - 1) - (sizes - 1), edges.start[first])
    lines = shapely.linestrings(grid[nodes], indices=np.repeat(np.arange(len(chains)), sizes))
    coordinates, line = shapely.get_coordinates(generalize_arcs(lines, simplify_deg / grid_deg), return_index=True)
    points = np.split(np.rint(coordinates).astype(np.int64), np.flatnonzero(np.diff(line)) + 1)
    return Arcs(edges.left[first], edges.right[first], tuple(points), side, polygon)


def _vertices(polygons: Geometries, grid_deg: float, snap_deg: float) -> tuple[NDArray[np.float64], Indices, Indices]:
    """Distinct grid points; the point of every vertex; and the polygon whose ring goes on from it, -1 at the end of a ring.

    Rings have the land on their left.
    """
    parts, polygon = shapely.get_parts(shapely.orient_polygons(polygons), return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    exact, first = number_rows(coordinates + 0.0)
    points = coordinates[first]
    if snap_deg:
        points = points[snap(points, snap_deg)]
    rounded, first = number_rows(np.rint(points / grid_deg) + 0.0)
    ends = np.append(ring[1:] != ring[:-1], True)[: len(ring)]
    return np.rint(points[first] / grid_deg), rounded[exact], np.where(ends, -1, polygon[part[ring]])


def _edges(vertex: Indices, owner: Indices, polygons: int) -> tuple[_Edges, Indices, Indices]:
    """Every stretch between two grid points once, and which polygons end at each side.

    A polygon on both sides of an edge has no border there: rounding can lay its edges upon each other. Sets of polygons are
    told apart by the sum of a random number for each.
    """
    along = np.flatnonzero((owner[:-1] >= 0) & (vertex[1:] != vertex[:-1]))
    a, b, owner = vertex[along], vertex[along + 1], owner[along]
    count = vertex.max(initial=0) + 1
    number, distinct = pd.factorize(np.minimum(a, b) * count + np.maximum(a, b))
    border = np.sort((number * polygons + owner) * 2 + (a > b))
    border = border[np.diff(border, prepend=-1) > 0]
    twice = np.flatnonzero(border[1:] // 2 == border[:-1] // 2)
    border = np.delete(border, np.r_[twice, twice + 1])
    polygon, flank = border // 2 % max(polygons, 1), border // 2 // max(polygons, 1) * 2 + border % 2
    sums = np.zeros(2 * len(distinct), dtype=np.uint64)
    np.add.at(sums, flank, np.random.default_rng(0).integers(1, 2**63, polygons, dtype=np.uint64)[polygon])
    side = pd.factorize(np.append(np.uint64(0), sums))[0][1:] - 1
    first = np.flatnonzero(np.diff(np.maximum.accumulate(side), prepend=OUTSIDE))
    naming = np.isin(flank, first)
    order = np.lexsort([polygon[naming], side[flank[naming]]])
    flanks = side.reshape(-1, 2)
    turned = flanks[:, 0] < flanks[:, 1]
    low, high = np.divmod(distinct, count)
    edges = np.column_stack([np.where(turned, high, low), np.where(turned, low, high), flanks.max(axis=1), flanks.min(axis=1)])
    return _Edges(*edges[flanks.max(axis=1) != OUTSIDE].T), side[flank[naming]][order], polygon[naming][order]


def _chains(edges: _Edges) -> list[list[int]]:
    """Edges that follow one another between the same two sides, as far as no other such edge begins or ends there."""
    sides = edges.left * (edges.left.max(initial=0) + 2) + edges.right + 1
    count = max(edges.start.max(initial=0), edges.end.max(initial=0)) + 1
    node, _ = pd.factorize(np.append(sides * count + edges.start, sides * count + edges.end))
    begins, ceases = node.reshape(2, -1)
    passed = (np.bincount(begins, minlength=len(node)) == 1) & (np.bincount(ceases, minlength=len(node)) == 1)
    at = np.empty(len(node), dtype=np.int64)
    at[begins] = np.arange(len(begins))
    after = np.where(passed[ceases], at[ceases], -1).tolist()
    at[ceases] = np.arange(len(ceases))
    before = np.where(passed[begins], at[begins], -1).tolist()
    done = [False] * len(before)
    chains = []
    for edge in range(len(before)):
        if done[edge]:
            continue
        at_edge = edge
        while before[at_edge] not in (-1, edge):
            at_edge = before[at_edge]
        chain = []
        while at_edge != -1 and not done[at_edge]:
            done[at_edge] = True
            chain.append(at_edge)
            at_edge = after[at_edge]
        chains.append(chain)
    return chains
