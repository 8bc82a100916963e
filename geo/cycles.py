"""Disjoint faces from the borders of overlapping polygons, and which polygons cover each.

Going along the borders and turning right wherever they meet gives cycles of edges, with one face to the left of each. What covers
the land on one side of an edge is what covers the other, except for the polygons whose border the edge is; so one walk from
cycle to cycle, beginning outside, tells what covers each face.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from geo.measure import edge_areas_km2
from geo.noding import Edges, Geometries, Indices, NodedEdges, Points, lonlat, number_pairs, number_points

_WORK = 8_000_000
"""Cycles times polygons that are unpacked at once, so that memory stays below about 100 MB."""


@dataclass(frozen=True, eq=False)
class Cut:
    """Disjoint faces of n polygons.

    Attributes
    ----------
    area_km2
        f areas. A face is all the land that lies in the same polygons, in one piece or several.
    covers
        An (n, f) sparse table: True where the polygon covers the face.
    start, end
        The ends of each of m edges between two faces.
    left, right
        The face on either side of each edge; -1 where no polygon covers the land.
    """

    area_km2: NDArray[np.float64]
    covers: csr_array
    start: Points
    end: Points
    left: Indices
    right: Indices


def cut_plane(borders: Edges, pieces: NodedEdges) -> Cut:
    """Cut the plane along all borders.

    Parameters
    ----------
    borders, pieces
        As `geo.noding.edges` and `geo.noding.node` make them.

    Returns
    -------
    Cut
        The faces that lie in at least one polygon.
    """
    start, end = pieces.points[pieces.ends].T
    beside = edge_areas_km2(lonlat(start), lonlat(end))
    cycle = _cycles(pieces)
    area = np.bincount(cycle.ravel(), np.column_stack([beside, -beside]).ravel()).astype(np.float64)
    covered = _covered(borders, pieces, cycle, area)
    signature = covered.view(np.dtype((np.void, covered.shape[1]))).ravel()
    _, first, face = np.unique(signature, return_index=True, return_inverse=True)
    face -= 1
    presence = np.unpackbits(covered[first[1:]], axis=1, count=borders.along.shape[0])
    areas = np.maximum(np.bincount(face + 1, np.append(area, 0)), 0)[1:]
    left, right = face[cycle].T
    between = left != right
    return Cut(areas, _sparse(np.ascontiguousarray(presence.T)), start[between], end[between], left[between], right[between])


def polygons(cut: Cut) -> Geometries:
    """Each face as a polygon, or as a multipolygon where it has several pieces; longitude/latitude.

    A face too thin to be drawn in the digits of its coordinates is an empty polygon.
    """
    pieces = shapely.get_parts(shapely.polygonize(shapely.linestrings(np.stack([lonlat(cut.start), lonlat(cut.end)], axis=1))))
    rings = shapely.get_exterior_ring(pieces)
    begin, follow = (shapely.get_coordinates(shapely.get_point(rings, at)).view(np.complex128).ravel() for at in (0, 1))
    vertex, points = number_points(np.concatenate([cut.start, begin, cut.end, follow]))
    pair, distinct = number_pairs(vertex[: len(vertex) // 2], vertex[len(vertex) // 2 :], len(points))
    edge_of = np.empty(len(distinct), dtype=np.int64)
    edge_of[pair[: len(cut.start)]] = np.arange(len(cut.start))
    edge = edge_of[pair[len(cut.start) :]]
    face = np.where(shapely.is_ccw(rings) == (cut.start[edge] == begin), cut.left[edge], cut.right[edge])
    order = np.argsort(face, kind="stable")[np.count_nonzero(face < 0) :]
    shapes = np.full(len(cut.area_km2), shapely.Polygon(), dtype=object)
    shapely.multipolygons(pieces[order], indices=face[order], out=shapes)
    alone = np.bincount(face[order], minlength=len(shapes)) == 1
    shapes[alone] = shapely.get_geometry(shapes[alone], 0)
    return cast(Geometries, shapes)


def _sparse(table: NDArray[np.uint8]) -> csr_array:
    """A table of zeros and ones, made row by row, for which scipy would take three times the memory."""
    held = [np.flatnonzero(row).astype(np.int32) for row in table]
    stops = np.cumsum([0, *map(len, held)])
    return csr_array((np.ones(stops[-1], dtype=bool), np.concatenate([np.empty(0, dtype=np.int32), *held]), stops), shape=table.shape)


def _cycles(pieces: NodedEdges) -> Indices:
    """The cycle to the left of each piece going forward, and of each going back: (m, 2).

    Pieces going forward and back alternate, so that of number k the other way is k xor 1.
    """
    origin = pieces.ends.ravel()
    angle = np.angle(pieces.points[pieces.ends[:, ::-1]] - pieces.points[pieces.ends]).ravel()
    around = np.lexsort((angle, origin))
    begins = np.flatnonzero(np.diff(origin[around], prepend=-1))
    before = np.roll(around, 1)
    before[begins] = around[np.roll(begins, -1) - 1]
    clockwise = np.empty_like(around)
    clockwise[around] = before
    following = clockwise[np.arange(len(origin)) ^ 1]
    return _connected(np.arange(len(origin)), following, len(origin)).reshape(-1, 2)


def _connected(one: Indices, other: Indices, count: int) -> Indices:
    """Number the connected parts of a graph, by node."""
    graph = csr_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _covered(borders: Edges, pieces: NodedEdges, cycle: Indices, area: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Which polygons cover the land to the left of each cycle, a bit each; the last row, the land outside, has none.

    Each cycle is told from the next on the way out by the border between them, and so by way of twice, four times as many.
    """
    outside = len(area)
    low, high = np.sort(np.concatenate([cycle, _islands(pieces, cycle, area)]), axis=1).T
    sides, first = np.unique(low * (outside + 1) + high, return_index=True)
    graph = csr_array((np.ones(len(sides), dtype=np.int8), np.divmod(sides, outside + 1)), shape=(outside + 1, outside + 1))
    out = np.append(breadth_first_order(graph, outside, directed=False)[1][:-1], outside)
    here = np.arange(outside)
    step = first[np.searchsorted(sides, np.minimum(here, out[:-1]) * (outside + 1) + np.maximum(here, out[:-1]))]

    border = borders.along.T.tocsr()
    covered = np.zeros((outside + 1, border.shape[1] // 8 + 1), dtype=np.uint8)
    crossing = np.flatnonzero(step < len(pieces.ends))
    for some in np.array_split(crossing, 1 + len(crossing) * border.shape[1] // _WORK):
        bits = np.packbits((pieces.parts[step[some]] @ border).toarray().astype(np.uint8) & 1, axis=1)
        covered[some, : bits.shape[1]] = bits
    while (out != outside).any():
        covered ^= covered[out]
        out = out[out]
    return covered


def _islands(pieces: NodedEdges, cycle: Indices, area: NDArray[np.float64]) -> Indices:
    """For each connected part of the borders the cycle around it, and the cycle in which it lies or, last, the land outside."""
    island = _connected(pieces.ends[:, 0], pieces.ends[:, 1], len(pieces.points))
    of_cycle = np.empty(len(area), dtype=np.int64)
    of_cycle[cycle] = island[pieces.ends]
    around = _firsts(of_cycle, area)
    used = np.unique(pieces.ends)
    tip = used[_firsts(island[used], pieces.points[used].real)]
    edge = _west_of(pieces, tip, island)
    start, end = pieces.points[pieces.ends[edge]].T
    within = np.where(edge < 0, len(area), cycle[edge, (start.imag < end.imag).astype(np.int64)])
    return np.column_stack([around, within])


def _firsts(group: Indices, value: NDArray[np.float64]) -> Indices:
    """Index of the least value of each group, by group."""
    order = np.lexsort((value, group))
    return np.asarray(order[np.diff(group[order], prepend=-1) != 0])


def _west_of(pieces: NodedEdges, tip: Indices, island: Indices) -> Indices:
    """The nearest piece west of each vertex, the first reached a hair north of it, of other islands than its own; -1 where none.

    Where a piece has the vertex's latitude is told from its nearer end, so that pieces from one vertex keep their order.
    """
    start, end = pieces.points[pieces.ends].T
    low, high = np.where(start.imag < end.imag, [start, end], [end, start])
    north = np.argsort(pieces.points[tip].imag, kind="stable")
    begin, stop = np.searchsorted(pieces.points[tip[north]].imag, [low.imag, high.imag])
    edge = np.repeat(np.arange(len(low)), stop - begin)
    ray = north[np.arange(len(edge)) + np.repeat(stop - np.cumsum(stop - begin), stop - begin)]
    other = island[tip[ray]] != island[pieces.ends[edge, 0]]
    edge, ray = edge[other], ray[other]

    at, along = pieces.points[tip[ray]], high[edge] - low[edge]
    slope = along.real / along.imag
    above, below = (at - low[edge]).imag, (at - high[edge]).imag
    lower = above < -below
    place = np.where(lower, low[edge].real + above * slope, high[edge].real + below * slope)
    west = np.flatnonzero(place < at.real)
    order = west[np.lexsort((np.where(lower, slope, -slope)[west], place[west], ray[west]))]
    nearest = order[np.diff(ray[order], append=-1) != 0]
    found = np.full(len(tip), -1)
    found[ray[nearest]] = edge[nearest]
    return found
