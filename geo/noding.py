"""Overlapping polygons to disjoint faces: every border cut where it meets another, and every face told which polygons cover it.

Polygons of one front line on many dates share most of their edges. Each edge is kept once, with the polygons whose border it
is, and cut where it meets others. Going round, always taking the next edge to the right, gives the cycles of edges that bound
the faces. What covers the land on one side of an edge is what covers the other side, except for the polygons whose border the
edge is; so one walk over all cycles, from the land outside, tells what covers each.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components
from scipy.spatial import cKDTree

from geo.measure import edge_areas_km2

Geometries = NDArray[np.object_]
Indices = NDArray[np.int64]
Points = NDArray[np.complex128]
"""Places as complex numbers, longitude + latitude i, so that products are the products of vectors."""

TOUCH_DEG = 1e-12
"""Closer than this (0.1 µm) a vertex lies on an edge: some hundred times the rounding of a coordinate."""

_WORK = 8_000_000
"""Faces times polygons that are unpacked at once, so that memory stays below about 100 MB."""


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
class Noded:
    """Disjoint faces of n polygons.

    Attributes
    ----------
    area_km2
        f areas. A face is all the land that lies in the same polygons, in one piece or several.
    covers
        An (n, f) sparse table: True where the polygon covers the face.
    start, end
        The ends of each of m edges between two faces, (m,) each.
    left, right
        The face on either side of each edge; -1 where no polygon covers the land.
    """

    area_km2: NDArray[np.float64]
    covers: csr_array
    start: Points
    end: Points
    left: Indices
    right: Indices


def edges(polygons: Geometries, *, tolerance_deg: float) -> Edges:
    """Take polygons apart into distinct edges.

    Parameters
    ----------
    polygons
        Polygons or multipolygons, longitude/latitude, finite degrees.
    tolerance_deg
        Vertices closer than this to one that stands for them, as a rule the first seen, are moved to it; 0 moves none that are
        farther than `TOUCH_DEG`.
    """
    parts, owner = shapely.get_parts(polygons, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    hole = np.diff(part, prepend=-1) == 0
    vertex, points = _number((coordinates + 0.0).view(np.complex128).ravel())

    stops = np.cumsum(np.bincount(owner[part], shapely.get_num_coordinates(rings), len(polygons)).astype(np.int64))
    numbers: dict[bytes, int] = {}
    shapes = np.split(2 * vertex + hole[ring], stops[:-1]) if len(polygons) else []
    number = np.array([numbers.setdefault(shape.tobytes(), len(numbers)) for shape in shapes], dtype=np.int64)
    distinct = np.unique(number, return_index=True)[1]

    anchor = _snap(points, max(tolerance_deg, TOUCH_DEG))
    vertex = anchor[vertex]
    real = np.flatnonzero((ring[1:] == ring[:-1]) & (vertex[1:] != vertex[:-1]))
    begin, finish, ring = vertex[real], vertex[real + 1], ring[real]
    edge, ends = _pairs(begin, finish, len(points))
    areas = edge_areas_km2(_lonlat(points[ends[:, 0]]), _lonlat(points[ends[:, 1]]))
    forward = np.where(begin < finish, 1, -1).astype(np.int8)
    inside = np.bincount(ring, forward * areas[edge], len(rings))
    land_left = np.where((inside > 0) != hole, 1, -1).astype(np.int8)
    begins = np.searchsorted(real, np.r_[0, stops])
    along = csr_array((forward * land_left[ring], edge, begins), shape=(len(polygons), len(ends)))[distinct]
    return Edges(number, points, ends, along, along @ areas, int(np.count_nonzero(anchor != np.arange(len(anchor)))))


def node(borders: Edges) -> Noded:
    """Cut the plane along all borders.

    Parameters
    ----------
    borders
        As `edges` makes them.

    Returns
    -------
    Noded
        The faces that lie in at least one polygon. Exact up to `TOUCH_DEG`.
    """
    points, cut, edge = _split(borders.points, borders.ends)
    piece, ends = _pairs(*cut.T, len(points))
    parts = csr_array((np.ones(len(edge), dtype=np.int8), (piece, edge)), shape=(len(ends), len(borders.ends)))
    cycle = _cycles(points, ends)
    start, end = points[ends].T
    below = edge_areas_km2(_lonlat(start), _lonlat(end))
    area = np.bincount(cycle.ravel(), np.column_stack([below, -below]).ravel())
    covered = _covered(points, ends, cycle, area, parts, borders.along.T.tocsr())
    signature = covered.view(np.dtype((np.void, covered.shape[1]))).ravel()
    _, first, face = np.unique(signature, return_index=True, return_inverse=True)
    face -= 1
    presence = np.unpackbits(covered[first[1:]], axis=1, count=borders.along.shape[0])
    areas = np.maximum(np.bincount(face + 1, np.append(area, 0)), 0)[1:]
    left, right = face[cycle].T
    between = left != right
    return Noded(areas, csr_array(presence.T, dtype=bool), start[between], end[between], left[between], right[between])


def polygons(cut: Noded) -> Geometries:
    """Each face as a polygon, or as a multipolygon where it has several pieces; longitude/latitude."""
    side = np.concatenate([cut.left, cut.right])
    order = np.argsort(side, kind="stable")[np.count_nonzero(side < 0) :]
    lines = shapely.linestrings(_lonlat(np.column_stack([cut.start, cut.end]).ravel()).reshape(-1, 2, 2))
    borders = shapely.multilinestrings(np.concatenate([lines, lines])[order], indices=side[order])
    return np.asarray(shapely.build_area(borders), dtype=object)


def _lonlat(points: Points) -> NDArray[np.float64]:
    return np.ascontiguousarray(points).view(np.float64).reshape(-1, 2)


def _number(points: Points) -> tuple[Indices, Points]:
    """Number points in the order in which they are first seen: the number of each, and the distinct points.

    They are told apart by a hash; where two different points share one, another hash is tried.
    """
    bits = _lonlat(points).view(np.uint64)
    for seed in count():
        factors = np.random.default_rng(seed).integers(1, 2**63, 2, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        mixed = bits[:, 0] * factors[0]
        number, codes = pd.factorize(((mixed ^ (mixed >> np.uint64(29))) + bits[:, 1]) * factors[1])
        distinct = np.empty(len(codes), dtype=np.complex128)
        distinct[number] = points
        if np.array_equal(distinct[number], points):
            break
    return number, distinct


def _pairs(one: Indices, other: Indices, most: int) -> tuple[Indices, Indices]:
    """Number pairs of indices below `most`, in either order: the number of each pair, and the distinct pairs, lower first."""
    number, distinct = pd.factorize(np.minimum(one, other) * most + np.maximum(one, other))
    return number, np.column_stack(np.divmod(distinct, max(most, 1)))


def _snap(points: Points, tolerance_deg: float) -> Indices:
    """Index of the point that each point moves to: itself, or one less than the tolerance away.

    In each round the first waiting point of each square of the grid (whose diagonal is the tolerance) stands; it becomes
    an anchor if no earlier one that stands is within the tolerance; and points near an anchor move to the nearest.
    """
    places = _lonlat(points)
    anchor = np.full(len(points), -1)
    waiting = np.arange(len(points))
    while len(waiting):
        square, squares = _number(np.floor(places[waiting] / (tolerance_deg / np.sqrt(2))).view(np.complex128).ravel())
        first = np.full(len(squares), len(waiting))
        np.minimum.at(first, square, np.arange(len(waiting)))
        standing = waiting[first]
        pairs = cKDTree(places[standing]).query_pairs(tolerance_deg, output_type="ndarray")
        anchors = np.delete(standing, pairs.max(axis=1))
        distance, nearest = cKDTree(places[anchors]).query(places[waiting], distance_upper_bound=tolerance_deg)
        near = np.isfinite(distance)
        anchor[waiting[near]] = anchors[nearest[near]]
        waiting = waiting[~near]
    return anchor


def _split(points: Points, ends: Indices) -> tuple[Points, Indices, Indices]:
    """Cut edges where they cross, and where a vertex lies on them.

    Where the cuts lie apart, no edge moves by more than the rounding of a coordinate, and one round is enough. Where an edge bends
    to a vertex on it, or cuts crowd and are made one, the pieces may meet others and are looked at again.

    Returns
    -------
    points, ends
        The vertices, the new ones last, and the ends of the pieces. Edges along one another leave pieces with the same ends.
    edge
        The edge of which each is a piece.
    """
    edge = np.arange(len(ends))
    settled = 0
    while settled < len(ends):
        one, other = _near(points, ends, settled)
        base, tip = np.concatenate([one, other]), np.concatenate([other, one])
        start = points[ends[base, 0]]
        along = points[ends[base, 1]] - start
        length = np.abs(along)
        place = np.conj(along / length)[:, None] * (points[ends[tip]] - start[:, None])
        side = place.imag
        on = (np.abs(side) <= TOUCH_DEG) & (place.real > 0) & (place.real < length[:, None])
        on &= (ends[tip] != ends[base, :1]) & (ends[tip] != ends[base, 1:])
        touching, end = np.nonzero(on)
        opposite = (side.min(axis=1) < -TOUCH_DEG) & (side.max(axis=1) > TOUCH_DEG)
        crossing = np.flatnonzero(opposite[: len(one)] & opposite[len(one) :])

        begin, finish = points[ends[other[crossing]]].T
        height = side[crossing, 0] - side[crossing, 1]
        new = len(points) + np.arange(len(crossing))
        points = np.append(points, begin + (finish - begin) * (side[crossing, 0] / height))
        cut = np.concatenate([base[touching], one[crossing], other[crossing]])
        at = np.concatenate([ends[tip[touching], end], new, new])
        sine = np.abs(height) / np.abs(finish - begin)
        order, position = _order(points, ends, cut, at)
        slant = np.concatenate([np.zeros(len(touching)), sine, sine])[order]
        gap = np.diff(position[order]) * np.minimum(slant[1:], slant[:-1])
        crowded = len(touching) or (gap[np.diff(cut[order]) == 0] <= TOUCH_DEG).any()
        if crowded:
            at = _snap(points, TOUCH_DEG)[at]
            inner = (ends[cut] != at[:, None]).all(axis=1)
            cut, at = np.unique(np.column_stack([cut, at])[inner], axis=0).T
            order, _ = _order(points, ends, cut, at)
        cut, at = cut[order], at[order]

        first = np.diff(cut, prepend=-1) != 0
        last = np.append(first[1:], True)[: len(cut)]
        before = np.where(first, ends[cut, 0], np.roll(at, 1))
        whole = np.bincount(cut, minlength=len(ends)) == 0
        pieces = np.column_stack([np.append(before, at[last]), np.append(at, ends[cut[last], 1])])
        edge = np.concatenate([edge[whole], edge[cut], edge[cut[last]]])
        ends = np.concatenate([ends[whole], pieces])
        settled = np.count_nonzero(whole) if crowded else len(ends)
    return points, ends, edge


def _near(points: Points, ends: Indices, settled: int) -> tuple[Indices, Indices]:
    """Pairs of edges whose boxes meet, each once, that are not both among the first `settled`."""
    corners = _lonlat(points)[ends]
    west, south = (corners.min(axis=1) - TOUCH_DEG).T
    east, north = (corners.max(axis=1) + TOUCH_DEG).T
    boxes = shapely.box(west, south, east, north)
    one, other = shapely.STRtree(boxes).query(boxes[settled:])
    one += settled
    return one[other < one], other[other < one]


def _order(points: Points, ends: Indices, cut: Indices, at: Indices) -> tuple[Indices, NDArray[np.float64]]:
    """The order of cuts at vertices along each edge, and how far each lies along its edge."""
    start, end = points[ends[cut]].T
    position = ((points[at] - start) * np.conj(end - start)).real / np.abs(end - start)
    return np.lexsort((position, cut)), position


def _cycles(points: Points, ends: Indices) -> Indices:
    """The cycle to the left of each edge going forward, and that to its left going back: (e, 2)."""
    origin = ends.ravel()
    angle = np.angle(points[ends[:, ::-1]] - points[ends]).ravel()
    around = np.lexsort((angle, origin))
    begins = np.flatnonzero(np.diff(origin[around], prepend=-1))
    before = np.roll(around, 1)
    before[begins] = around[np.roll(begins, -1) - 1]
    clockwise = np.empty_like(around)
    clockwise[around] = before
    following = clockwise[np.arange(len(origin)) ^ 1]
    graph = csr_array((np.ones(len(origin), dtype=np.int8), following, np.arange(len(origin) + 1)), shape=(len(origin),) * 2)
    return np.asarray(connected_components(graph)[1], dtype=np.int64).reshape(-1, 2)


def _covered(
    points: Points, ends: Indices, cycle: Indices, area: NDArray[np.float64], parts: csr_array, border: csr_array
) -> NDArray[np.uint8]:
    """Which polygons cover the land to the left of each cycle, a bit each; the last row, the land outside, has none."""
    outside = len(area)
    islands = _islands(points, ends, cycle, area)
    low, high = np.sort(np.concatenate([cycle, islands]), axis=1).T
    key, first = np.unique(low * (outside + 1) + high, return_index=True)
    graph = csr_array((np.ones(len(key), dtype=np.int8), np.divmod(key, outside + 1)), shape=(outside + 1, outside + 1))
    _, up = breadth_first_order(graph, outside, directed=False)
    up[outside] = outside
    here = np.arange(outside)
    through = first[np.searchsorted(key, np.minimum(here, up[:-1]) * (outside + 1) + np.maximum(here, up[:-1]))]
    covered = np.zeros((outside + 1, border.shape[1] // 8 + 1), dtype=np.uint8)
    across = np.flatnonzero(through < len(ends))
    for some in np.array_split(across, 1 + len(across) * border.shape[1] // _WORK):
        bits = np.packbits(((parts[through[some]] @ border).toarray() & 1).astype(np.uint8), axis=1)
        covered[some, : bits.shape[1]] = bits
    while (up != outside).any():
        covered ^= covered[up]
        up = up[up]
    return covered


def _islands(points: Points, ends: Indices, cycle: Indices, area: NDArray[np.float64]) -> Indices:
    """The cycle around each connected part of the edges, and the cycle in which that part lies, or the land outside.

    Found by going west from the westernmost vertex of the part to the nearest edge of another.
    """
    island = connected_components(csr_array((np.ones(len(ends), dtype=np.int8), tuple(ends.T)), shape=(len(points),) * 2), directed=False)[1]
    of_cycle = np.empty(len(area), dtype=np.int64)
    of_cycle[cycle] = island[ends]
    order = np.lexsort((area, of_cycle))
    around = order[np.diff(of_cycle[order], prepend=-1) != 0]
    used = np.unique(ends)
    order = used[np.lexsort((points[used].real, island[used]))]
    tip = order[np.diff(island[order], prepend=-1) != 0]

    north = np.argsort(points[tip].imag, kind="stable")
    start, end = points[ends].T
    upward = start.imag < end.imag
    low, high = np.where(upward, start, end), np.where(upward, end, start)
    begin, stop = np.searchsorted(points[tip[north]].imag, [low.imag, high.imag])
    edge = np.repeat(np.arange(len(ends)), stop - begin)
    part = north[np.arange(len(edge)) + np.repeat(begin - np.cumsum(stop - begin) + stop - begin, stop - begin)]
    other = island[tip[part]] != island[ends[edge, 0]]
    edge, part = edge[other], part[other]
    slope = (high - low)[edge].real / (high - low)[edge].imag
    above, below = (points[tip[part]] - low[edge]).imag, (points[tip[part]] - high[edge]).imag
    nearer = above < -below
    place = np.where(nearer, low[edge].real + above * slope, high[edge].real + below * slope)
    west = place < points[tip[part]].real
    edge, part, place = edge[west], part[west], place[west]
    order = np.lexsort((np.where(nearer, slope, -slope)[west], place, part))
    nearest = order[np.diff(part[order], append=-1) != 0]
    within = np.full(len(tip), len(area))
    within[part[nearest]] = cycle[edge[nearest], upward[edge[nearest]].astype(np.int64)]
    return np.column_stack([around, within])
