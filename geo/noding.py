"""Overlapping polygons to disjoint faces: every border noded once, and every face told which polygons cover it.

Polygons of one front line on many dates share most of their edges. Each edge is kept once, with the polygons whose border
it is; the edges are noded and polygonized together; and a polygon covers a face if a ray from a point inside the face
crosses the polygon's border an odd number of times, for all polygons at once (a sparse product, modulo 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import cast

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.spatial import cKDTree

Geometries = NDArray[np.object_]
Indices = NDArray[np.int64]
Points = NDArray[np.float64]

_WORK = 8_000_000
"""Faces times polygons, or rays times edges, that are worked on at once, so that memory stays below about 400 MB."""


@dataclass(frozen=True, eq=False)
class Noded:
    """Disjoint faces of n polygons.

    Attributes
    ----------
    polygon
        f faces, longitude/latitude: a polygon each, or a multipolygon where several pieces lie in the same polygons.
    covers
        An (n, f) sparse table: True where the polygon covers the face.
    snapped
        How many distinct vertices were moved to another one.
    """

    polygon: Geometries
    covers: csr_array
    snapped: int


@dataclass(frozen=True, eq=False)
class Edges:
    """The borders of n polygons, each edge once.

    Attributes
    ----------
    start, end
        Longitude and latitude of the ends of each of e edges, (e, 2) each.
    border
        An (e, n) sparse table: one where the edge is part of the border of the polygon.
    snapped
        How many distinct vertices were moved to another one.
    """

    start: Points
    end: Points
    border: csr_array
    snapped: int


def edges(polygons: Geometries, *, tolerance_deg: float) -> Edges:
    """Take polygons apart into distinct edges.

    Parameters
    ----------
    polygons
        n polygons or multipolygons, longitude/latitude, degrees.
    tolerance_deg
        Vertices closer than this to one that stands for them, as a rule the first seen, are moved to it; 0 moves none.

    Returns
    -------
    Edges
        In the order in which they are first seen. Edges of length zero, and edges that are twice in one polygon and so
        are no border, are left out.
    """
    parts, member = shapely.get_parts(polygons, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    along = ring[1:] == ring[:-1]
    both = np.concatenate([coordinates[:-1], coordinates[1:]], axis=1)[along] + 0.0
    eastward = (both[:, 0] < both[:, 2]) | ((both[:, 0] == both[:, 2]) & (both[:, 1] <= both[:, 3]))
    number, first = number_rows(np.where(eastward[:, None], both, both[:, [2, 3, 0, 1]]))
    vertex, seen = number_rows(both[first].reshape(-1, 2))
    points = both[first].reshape(-1, 2)[seen]
    anchor = snap(points, tolerance_deg) if tolerance_deg else np.arange(len(points))
    ends = anchor[vertex].reshape(-1, 2)
    same, kept = number_rows(np.sort(ends, axis=1).astype(np.float64))
    owner = member[part[ring[:-1][along]]]
    border = coo_array((np.ones(len(owner), dtype=np.int32), (same[number], owner)), shape=(len(kept), len(polygons))).tocsr()
    border.data &= 1
    border.eliminate_zeros()
    ends = ends[kept]
    used = (ends[:, 0] != ends[:, 1]) & (np.diff(border.indptr) > 0)
    start, end = points[ends[used]].transpose(1, 0, 2)
    return Edges(start, end, border[np.flatnonzero(used)], int(np.count_nonzero(anchor != np.arange(len(anchor)))))


def node(borders: Edges) -> Noded:
    """Cut the plane along all borders.

    Parameters
    ----------
    borders
        As `edges` makes them.

    Returns
    -------
    Noded
        The faces that lie in at least one polygon; pieces that lie in the same polygons are one face. Exact up to the
        rounding of the points where borders cross (1e-14 degrees).
    """
    pieces = shapely.get_parts(shapely.polygonize([shapely.union_all(_lines(borders))]))
    if not len(pieces):
        return Noded(pieces, csr_array((borders.border.shape[1], 0), dtype=bool), borders.snapped)
    covered = _covered(shapely.get_coordinates(shapely.point_on_surface(pieces)), borders)
    inside = covered.any(axis=1)
    pieces, covered = pieces[inside], covered[inside]
    signature = np.ascontiguousarray(covered).view(np.dtype((np.void, covered.shape[1]))).ravel()
    _, first, face = np.unique(signature, return_index=True, return_inverse=True)
    order = np.argsort(face, kind="stable")
    merged = shapely.multipolygons(pieces[order], indices=face[order])
    alone = np.bincount(face) == 1
    merged[alone] = pieces[first[alone]]
    presence = np.unpackbits(covered[first], axis=1, count=borders.border.shape[1])
    return Noded(merged, csr_array(presence.T, dtype=bool), borders.snapped)


def number_rows(rows: Points) -> tuple[Indices, Indices]:
    """Number rows in the order in which they are first seen: the number of each row, and where each number is first seen.

    Rows are told apart by a hash; where two different rows share one, another hash is tried.
    """
    bits = rows.view(np.uint64)
    for seed in count():
        factors = np.bitwise_or(np.random.default_rng(seed).integers(1, 2**64, (rows.shape[1],), dtype=np.uint64), np.uint64(1))
        mixed = bits[:, 0] * factors[0]
        for column, factor in zip(bits.T[1:], factors[1:], strict=True):
            mixed = ((mixed ^ (mixed >> np.uint64(29))) + column) * factor
        number, distinct = pd.factorize(mixed)
        first = np.empty(len(distinct), dtype=np.int64)
        first[number[::-1]] = np.arange(len(number))[::-1]
        if np.array_equal(rows[first][number], rows):
            break
    return number, first


def snap(points: Points, tolerance_deg: float) -> Indices:
    """Index of the point that each point moves to: itself, or one less than the tolerance away.

    In each round the first waiting point of each square of the grid (whose diagonal is the tolerance) stands; it becomes
    an anchor if no earlier one that stands is within the tolerance; and points near an anchor move to the nearest.
    """
    anchor = np.full(len(points), -1)
    waiting = np.arange(len(points))
    while len(waiting):
        square = np.floor(points[waiting] / (tolerance_deg / np.sqrt(2)))
        _, first = number_rows(square)
        standing = waiting[first]
        pairs = cKDTree(points[standing]).query_pairs(tolerance_deg, output_type="ndarray")
        anchors = np.delete(standing, pairs.max(axis=1))
        distance, nearest = cKDTree(points[anchors]).query(points[waiting], distance_upper_bound=tolerance_deg)
        near = np.isfinite(distance)
        anchor[waiting[near]] = anchors[nearest[near]]
        waiting = waiting[~near]
    return anchor


def _lines(borders: Edges) -> Geometries:
    """The edges as lines, those that follow one another joined, which is quicker to node."""
    line = np.cumsum(np.r_[True, (borders.start[1:] != borders.end[:-1]).any(axis=1)]) - 1
    begins = np.flatnonzero(np.diff(line, prepend=-1))
    points = np.insert(borders.end, begins, borders.start[begins], axis=0)
    return cast(Geometries, shapely.linestrings(points, indices=np.insert(line, begins, line[begins])))


def _covered(points: Points, borders: Edges) -> NDArray[np.uint8]:
    """Which polygons cover which points: a bit each, packed along the polygons.

    Neighbouring polygons share most edges, so the sums are over the polygons at which an edge begins or ceases to be border.
    """
    toggles = _toggles(borders.border)
    order = np.argsort(points[:, 1], kind="stable")
    south, north = np.searchsorted(points[order, 1], np.sort([borders.start[:, 1], borders.end[:, 1]], axis=0))
    work = max(int((north - south).sum()), len(points) * toggles.shape[1])
    covered = np.empty((len(points), (toggles.shape[1] + 7) // 8), dtype=np.uint8)
    for some in np.array_split(order, 1 + work // _WORK):
        parity = ((_crossings(points[some], borders) @ toggles).toarray() & 1).astype(np.uint8)
        covered[some] = np.packbits(np.bitwise_xor.accumulate(parity, axis=1), axis=1)
    return covered


def _crossings(points: Points, borders: Edges) -> csr_array:
    """One where the ray from a point, by ascending latitude, to the west crosses an edge: a sparse (points, edges) table."""
    (x, y), (to_x, to_y) = borders.start.T, borders.end.T
    begin, stop = np.searchsorted(points[:, 1], np.sort([y, to_y], axis=0))
    counts = stop - begin
    edge = np.repeat(np.arange(len(counts)), counts)
    point = np.arange(len(edge)) + np.repeat(begin - np.cumsum(counts) + counts, counts)
    slope = (to_x - x) / np.where(counts, to_y - y, 1)
    crossed = x[edge] + (points[point, 1] - y[edge]) * slope[edge] < points[point, 0]
    hits = np.ones(np.count_nonzero(crossed), dtype=np.int32)
    return coo_array((hits, (point[crossed], edge[crossed])), shape=(len(points), len(counts))).tocsr()


def _toggles(border: csr_array) -> csr_array:
    """One at each polygon at which an edge begins to be border, or ceases to be, going through the polygons in order."""
    edge = np.repeat(np.arange(border.shape[0]), np.diff(border.indptr))
    before = coo_array((border.data, (edge, border.indices + 1)), shape=(border.shape[0], border.shape[1] + 1)).tocsr()
    after = coo_array((border.data, (edge, border.indices)), shape=before.shape).tocsr()
    toggles = abs(after - before)[:, : border.shape[1]]
    toggles.eliminate_zeros()
    return toggles
