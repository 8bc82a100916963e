"""Borders of polygons as edges: each once, with the polygons whose border it is, and cut where it meets another.

Polygons of one front line on many dates share most of their edges. Places are complex numbers, longitude + latitude i, in degrees:
with a and b as vectors, the parts of conj(a) b are their dot product and their cross product.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array
from scipy.spatial import cKDTree

from geo.measure import edge_areas_km2

Geometries = NDArray[np.object_]
Indices = NDArray[np.int64]
Points = NDArray[np.complex128]

TOUCH_DEG = 1e-12
"""Closer than this (0.1 µm) a vertex lies on an edge: some hundred times the rounding of a coordinate."""

_APART_DEG = 4 * TOUCH_DEG
"""Vertices closer than this are one. Then an edge cut at a vertex that lies on it is cut into shorter ones, and cutting ends."""

_WORK = 100_000
"""Edges of which the neighbours are looked at at once, so that memory stays below about 200 MB."""

_FEW = 1 << 16
"""Distinct vertices or edges expected. Their table grows as it must; one sized for all that are given leaves the cache."""


@dataclass(frozen=True, eq=False)
class Edges:
    """The borders of polygons, each edge once.

    Attributes
    ----------
    number
        Which of n distinct polygons each of the polygons given is, numbered as first seen.
    points, ends
        v vertices, and the two that each of e edges joins, (e, 2). Not every vertex has an edge.
    along
        An (n, e) sparse table: how often the border of the polygon runs along the edge with the land to the left, less how often
        it runs against it. The table may list an entry in parts, which add up.
    area_km2
        n areas: outer rings less holes.
    snapped
        How many distinct vertices were moved to another one.
    """

    number: Indices
    points: Points
    ends: Indices
    along: csr_array
    area_km2: NDArray[np.float64]
    snapped: int


@dataclass(frozen=True, eq=False)
class NodedEdges:
    """Edges cut where they meet, each piece once.

    Attributes
    ----------
    points, ends
        v vertices, and the two that each of m pieces joins, (m, 2). Pieces meet at vertices only; not every vertex has a piece.
    parts
        An (m, e) sparse table: one where the piece is part of the edge.
    """

    points: Points
    ends: Indices
    parts: csr_array


def edges(polygons: Geometries, *, tolerance_deg: float) -> Edges:
    """Take polygons apart into distinct edges.

    Parameters
    ----------
    polygons
        Polygons or multipolygons, longitude/latitude, finite degrees.
    tolerance_deg
        Vertices closer than this to one that stands for them, as a rule the first seen, are moved to it; 0 moves none
        by more than 4e-12 degrees.
    """
    parts, owner = shapely.get_parts(polygons, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    hole = np.diff(part, prepend=-1) == 0
    vertex, points = number_points((coordinates + 0.0).view(np.complex128).ravel())

    stops = np.cumsum(np.bincount(owner[part], shapely.get_num_coordinates(rings), len(polygons)).astype(np.int64))
    numbers: dict[bytes, int] = {}
    shapes = np.split(2 * vertex + hole[ring], stops[:-1]) if len(polygons) else []
    number = np.array([numbers.setdefault(shape.tobytes(), len(numbers)) for shape in shapes], dtype=np.int64)
    distinct = np.unique(number, return_index=True)[1]

    anchor = snap(points, max(tolerance_deg, _APART_DEG))
    vertex = anchor[vertex]
    real = np.flatnonzero((ring[1:] == ring[:-1]) & (vertex[1:] != vertex[:-1]))
    begin, finish, ring = vertex[real], vertex[real + 1], ring[real]
    edge, ends = number_pairs(begin, finish, len(points))
    areas = edge_areas_km2(lonlat(points[ends[:, 0]]), lonlat(points[ends[:, 1]]))
    forward = np.where(begin < finish, 1, -1).astype(np.int8)
    inside = np.bincount(ring, forward * areas[edge], len(rings))
    land_left = np.where((inside > 0) != hole, 1, -1).astype(np.int8)
    begins = np.searchsorted(real, np.r_[0, stops])
    along = csr_array((forward * land_left[ring], edge, begins), shape=(len(polygons), len(ends)))[distinct]
    return Edges(number, points, ends, along, along @ areas, int(np.count_nonzero(anchor != np.arange(len(anchor)))))


def node(borders: Edges) -> NodedEdges:
    """Cut edges where they cross, where a vertex lies on them, and where they run along one another.

    Where the cuts lie apart, no edge moves by more than the rounding of a coordinate, and one round is enough. Where an edge bends
    to a vertex on it, or cuts crowd and are made one, its pieces may meet others and are looked at again. No piece is farther
    from its edge than a few times `TOUCH_DEG`.
    """
    points, ends = borders.points, borders.ends
    parts = eye_array(len(ends), dtype=np.int8, format="csr")
    settled = 0
    while settled < len(ends):
        points, cut, at, slant = _cuts(points, ends, settled)
        crowded = _crowded(points, ends, cut, at, slant)
        if crowded:
            at = snap(points, _APART_DEG)[at]
            inner = (ends[cut] != at[:, None]).all(axis=1)
            cut, at = np.unique(np.column_stack([cut, at])[inner], axis=0).T
        pieces, whole_of, whole = _insert(points, ends, cut, at)
        number, ends = number_pairs(pieces[:, 0], pieces[:, 1], len(points))
        parts = csr_array((np.ones(len(number), dtype=np.int8), (number, whole_of)), shape=(len(ends), parts.shape[0])) @ parts
        settled = whole if crowded else len(ends)
    return NodedEdges(points, ends, parts)


def lonlat(points: Points) -> NDArray[np.float64]:
    """Longitude and latitude of n points, (n, 2)."""
    return np.ascontiguousarray(points).view(np.float64).reshape(-1, 2)


def number_points(points: Points) -> tuple[Indices, Points]:
    """Number points in the order in which they are first seen: the number of each, and the distinct points.

    They are told apart by a hash; where two different points share one, another hash is tried.
    """
    bits = lonlat(points).view(np.uint64)
    for seed in count():
        factors = np.random.default_rng(seed).integers(1, 2**63, 2, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        mixed = bits[:, 0] * factors[0]
        number, codes = pd.factorize(((mixed ^ (mixed >> np.uint64(29))) + bits[:, 1]) * factors[1], size_hint=_FEW)
        distinct = np.empty(len(codes), dtype=np.complex128)
        distinct[number] = points
        if np.array_equal(distinct[number], points):
            break
    return number, distinct


def number_pairs(one: Indices, other: Indices, most: int) -> tuple[Indices, Indices]:
    """Number pairs of indices below `most`, in either order: the number of each pair, and the distinct pairs, lower first."""
    number, distinct = pd.factorize(np.minimum(one, other) * most + np.maximum(one, other), size_hint=_FEW)
    return number, np.column_stack(np.divmod(distinct, max(most, 1)))


def snap(points: Points, tolerance_deg: float) -> Indices:
    """Index of the point that each point moves to: itself, or one less than the tolerance away.

    In each round the first waiting point of each square of the grid (whose diagonal is the tolerance) stands; it becomes
    an anchor if no earlier one that stands is within the tolerance; and points near an anchor move to the nearest.
    """
    places = lonlat(points)
    anchor = np.full(len(points), -1)
    waiting = np.arange(len(points))
    while len(waiting):
        square, squares = number_points(np.floor(places[waiting] / (tolerance_deg / np.sqrt(2))).view(np.complex128).ravel())
        first = np.empty(len(squares), dtype=np.int64)
        first[square[::-1]] = np.arange(len(square))[::-1]
        standing = waiting[first]
        pairs = cKDTree(places[standing]).query_pairs(tolerance_deg, output_type="ndarray")
        anchors = np.delete(standing, pairs.max(axis=1))
        distance, nearest = cKDTree(places[anchors]).query(places[waiting], distance_upper_bound=tolerance_deg)
        near = np.isfinite(distance)
        anchor[waiting[near]] = anchors[nearest[near]]
        waiting = waiting[~near]
    return anchor


def _cuts(points: Points, ends: Indices, settled: int) -> tuple[Points, Indices, Indices, NDArray[np.float64]]:
    """Where edges meet others, unless both are among the first `settled`.

    Returns
    -------
    points
        The vertices, and after them the places where edges cross.
    cut, at, slant
        The edges to be cut, the vertices at which, and the sine of the angle between the two edges; 0 where a vertex lies on an edge.
    """
    corners = lonlat(points)[ends]
    boxes = shapely.box(*(corners.min(axis=1) - TOUCH_DEG).T, *(corners.max(axis=1) + TOUCH_DEG).T)
    tree = shapely.STRtree(boxes)
    found = []
    for some in np.array_split(np.arange(settled, len(ends)), 1 + (len(ends) - settled) // _WORK):
        query, other = tree.query(boxes[some])
        one = some[query]
        found.append(_meetings(points, ends, one[other < one], other[other < one]))
    touched, vertex, one, other, place, sine = (np.concatenate(parts) for parts in zip(*found, strict=True))
    new = len(points) + np.arange(len(place))
    cut, at = np.concatenate([touched, one, other]), np.concatenate([vertex, new, new])
    return np.append(points, place), cut, at, np.concatenate([np.zeros(len(touched)), sine, sine])


def _meetings(points: Points, ends: Indices, one: Indices, other: Indices) -> tuple[NDArray[np.generic], ...]:
    """How the edges of each pair meet.

    Returns
    -------
    tuple
        Edges on which an end of the other lies, and that end; and pairs of edges that cross, one and the other, the place, and the
        sine of their angle.
    """
    base, tip = np.concatenate([one, other]), np.concatenate([other, one])
    start = points[ends[base, 0]]
    along = points[ends[base, 1]] - start
    length = np.abs(along)
    place = np.conj(along / length)[:, None] * (points[ends[tip]] - start[:, None])
    (side, far_side), ahead = place.imag.T, place.real
    on = (np.abs(place.imag) <= TOUCH_DEG) & (ahead > 0) & (ahead < length[:, None])
    on &= (ends[tip] != ends[base, :1]) & (ends[tip] != ends[base, 1:])
    touched, end = np.nonzero(on)
    astride = (np.minimum(side, far_side) < -TOUCH_DEG) & (np.maximum(side, far_side) > TOUCH_DEG)
    crossed = np.flatnonzero(astride[: len(one)] & astride[len(one) :])
    begin, finish = points[ends[other[crossed]]].T
    height = (side - far_side)[crossed]
    crossing = begin + (finish - begin) * (side[crossed] / height)
    return base[touched], ends[tip[touched], end], one[crossed], other[crossed], crossing, np.abs(height / (finish - begin))


def _position(points: Points, ends: Indices, cut: Indices, at: Indices) -> NDArray[np.float64]:
    """How far along its edge each cut lies, in degrees."""
    start, end = points[ends[cut]].T
    return np.asarray(((points[at] - start) * np.conj(end - start)).real / np.abs(end - start))


def _crowded(points: Points, ends: Indices, cut: Indices, at: Indices, slant: NDArray[np.float64]) -> bool:
    """Whether an edge has a vertex on it, or two cuts on an edge are so near that the edge crossed at one touches the other."""
    position = _position(points, ends, cut, at)
    order = np.lexsort((position, cut))
    apart = np.diff(position[order]) * np.minimum(slant[order][1:], slant[order][:-1])
    return bool((slant == 0).any() or (apart[np.diff(cut[order]) == 0] <= TOUCH_DEG).any())


def _insert(points: Points, ends: Indices, cut: Indices, at: Indices) -> tuple[Indices, Indices, int]:
    """Cut edges at vertices: the ends of the pieces, the edge each is a piece of, and how many, which come first, stay whole."""
    order = np.lexsort((_position(points, ends, cut, at), cut))
    cut, at = cut[order], at[order]
    first = np.diff(cut, prepend=-1) != 0
    last = np.diff(cut, append=-1) != 0
    before = np.where(first, ends[cut, 0], np.roll(at, 1))
    whole = np.flatnonzero(np.bincount(cut, minlength=len(ends)) == 0)
    pieces = np.column_stack([np.append(before, at[last]), np.append(at, ends[cut[last], 1])])
    return np.concatenate([ends[whole], pieces]), np.concatenate([whole, cut, cut[last]]), len(whole)
