"""Disjoint polygons as arcs: every stretch of border once, with the face on either side.

The border of any union of faces is the arcs with exactly one side in it, so a page that has the arcs can draw the
territory of any date, or the difference of any two, without computing geometry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

OUTSIDE = -1


@dataclass(frozen=True, eq=False)
class Arc:
    """A stretch of border.

    Attributes
    ----------
    left, right
        Index of the face on that side as one walks along the points, or `OUTSIDE`.
    points
        (n, 2) integer grid coordinates, n >= 2; first and last are the same for a closed ring.
    """

    left: int
    right: int
    points: NDArray[np.int64]


def arcs(polygons: Sequence[shapely.Geometry], grid_deg: float) -> list[Arc]:
    """Cut the borders of disjoint polygons into arcs.

    Parameters
    ----------
    polygons
        A coverage: interiors disjoint, shared vertices on shared borders. Longitude/latitude, degrees.
    grid_deg
        Coordinates are rounded to multiples of this. What collapses on the grid leaves no arc.

    Returns
    -------
    list of Arc
        In the order of the faces. Empty for no polygons.
    """
    edges = _edges(polygons, grid_deg)
    at_vertex: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, (start, end, _, _) in enumerate(edges):
        at_vertex[start].append(number)
        at_vertex[end].append(number)

    def continues(vertex: tuple[int, int], edge: int) -> int | None:
        """The one edge that goes on from `vertex` between the same two faces, if nothing else meets there."""
        around = at_vertex[vertex]
        if len(around) != 2:
            return None
        other = around[0] if around[1] == edge else around[1]
        same_sides = edges[other][2:] == edges[edge][2:]
        follows = (edges[other][0] == vertex) != (edges[edge][0] == vertex)
        return other if other != edge and same_sides and follows else None

    done = [False] * len(edges)

    def walk(edge: int, end: Literal[0, 1]) -> list[int]:
        """Edges that follow on `edge`, from its start (0) or its end (1), until a node."""
        path = []
        step = continues(edges[edge][end], edge)
        while step is not None and not done[step]:
            done[step] = True
            path.append(step)
            step = continues(edges[step][end], step)
        return path

    found = []
    for first in range(len(edges)):
        if done[first]:
            continue
        done[first] = True
        after, before = walk(first, 1), walk(first, 0)
        chain = [*reversed(before), first, *after]
        points = [edges[chain[0]][0], *(edges[number][1] for number in chain)]
        found.append(Arc(edges[first][2], edges[first][3], np.array(points, dtype=np.int64)))
    return found


def _edges(polygons: Sequence[shapely.Geometry], grid_deg: float) -> list[tuple[tuple[int, int], tuple[int, int], int, int]]:
    """Directed edges (start, end, left face, right face), each stretch between two grid points once.

    Rounding can lay several faces' edges upon each other: left and right sides are paired off, what is left over
    has the outside on its other side, and a face on both sides of an edge has no border there.
    """
    sides: dict[tuple[tuple[int, int], tuple[int, int]], tuple[list[int], list[int]]] = {}
    for face, polygon in enumerate(polygons):
        for ring in shapely.get_rings(shapely.get_parts(shapely.orient_polygons(polygon))):
            grid = np.rint(shapely.get_coordinates(ring) / grid_deg).astype(np.int64)
            points = [(int(x), int(y)) for x, y in grid]
            for start, end in pairwise(points):
                if start < end:
                    sides.setdefault((start, end), ([], []))[0].append(face)
                elif end < start:
                    sides.setdefault((end, start), ([], []))[1].append(face)
    edges = []
    for (start, end), (left, right) in sides.items():
        for one, other in zip_longest(left, right, fillvalue=OUTSIDE):
            if one == OUTSIDE:
                edges.append((end, start, other, one))
            elif one != other:
                edges.append((start, end, one, other) if one < other or other == OUTSIDE else (end, start, other, one))
    return edges
