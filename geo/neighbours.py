"""Rows held on the same day whose polygons overlap, or leave a sliver between them.

The days are gone through one after another, and the polygons held together are checked as a coverage (`shapely.coverage_invalid_edges`),
which is quick where borders are shared; only pairs with an edge that is not are looked at one by one, each pair of polygons once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.model import Series
from geo.progress import track

SLIVER_DEG = 0.001
"""Land that is held twice, or by nobody, between two rows and nowhere wider than this, some 100 m, is a sliver: two drawings of one border."""
LEAST_KM2 = 1e-3
"""Land that is held twice, or by nobody between two, counts from a thousandth of a km² on."""
_TOUCHING_DEG = 1e-9
_NOTHING = shapely.MultiPolygon()

Rows = NDArray[np.int64]
Geometries = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Contact:
    """Two rows that do not meet as neighbours do.

    Attributes
    ----------
    one, other
        Their indices; `one` is the smaller.
    common
        The land of both, as polygons; may be empty.
    gap
        The land of nobody between two actors, nowhere wider than `SLIVER_DEG`; may be empty.
    """

    one: int
    other: int
    common: shapely.Geometry = field(repr=False)
    gap: shapely.Geometry = field(repr=False)

    @property
    def is_thin(self) -> bool:
        """Whether the land of both is nowhere wider than `SLIVER_DEG`."""
        return bool(shapely.buffer(self.common, -SLIVER_DEG / 2).is_empty)


def contacts(series: Series, rows: Rows) -> Iterator[Contact]:
    """Go through the pairs of rows, as recorded, that have a day in common and land in common or a sliver between them.

    Parameters
    ----------
    series
        The series.
    rows
        Indices of rows with valid polygons, in ascending order; others are left out.
    """
    shapes = series.geometry
    content = dict(zip(rows.tolist(), shapely.to_wkb(shapes[rows]), strict=True))
    known: dict[tuple[bytes, bytes, bool], tuple[shapely.Geometry, shapely.Geometry]] = {}
    start, end = series.spans("recorded")[rows].T
    for day in track(np.unique(start[start < end]).tolist(), "Comparing neighbours"):
        held, new = rows[(start <= day) & (day < end)], rows[(start == day) & (day < end)]
        for one, other, edges, around in _suspects(shapes, held, new):
            differ = series.records[one].actor != series.records[other].actor
            key = content[one], content[other], differ
            if key not in known:
                common = _polygons(shapely.intersection(shapes[one], shapes[other]))
                known[key] = common, _gap(edges, shapes[[one, other]], around) if differ else _NOTHING
            yield Contact(one, other, *known[key])


def _suspects(geometry: Geometries, held: Rows, new: Rows) -> Iterator[tuple[int, int, Geometries, Geometries]]:
    """Pairs with a new row that are near each other and no coverage: the rows, their faulty edges, and all polygons around them."""
    left, right = shapely.STRtree(geometry[held]).query(geometry[new], predicate="dwithin", distance=SLIVER_DEG)
    near = np.unique(np.concatenate([new[left], held[right]]))
    if len(near) < 2:
        return
    edges = dict(zip(near.tolist(), shapely.coverage_invalid_edges(geometry[near], gap_width=SLIVER_DEG), strict=True))
    pairs = {(min(pair), max(pair)) for pair in zip(new[left].tolist(), held[right].tolist(), strict=True) if pair[0] != pair[1]}
    for one, other in sorted(pairs):
        both = np.array([edges[one], edges[other]], dtype=object)
        if not shapely.is_empty(both).all():
            yield one, other, both, geometry[near]


def _gap(edges: Geometries, pair: Geometries, around: Geometries) -> shapely.Geometry:
    """What lies between two polygons along their faulty edges and in no polygon, and is nowhere wider than a sliver.

    Gaps up to twice as wide are closed, and those kept that are slivers all along: where borders part at a corner, the gap
    between them is as wide as one looks for.
    """
    near = shapely.intersection(*shapely.buffer(edges, SLIVER_DEG, quad_segs=2))
    if near.is_empty:
        return _NOTHING
    west, south, east, north = near.bounds
    reach = east - west + north - south + 4 * SLIVER_DEG
    land = shapely.union_all(shapely.intersection(around, shapely.box(west - reach, south - reach, east + reach, north + reach)))
    grown = shapely.buffer(land, SLIVER_DEG, join_style="mitre")
    gaps = shapely.get_parts(shapely.difference(shapely.buffer(grown, -SLIVER_DEG, join_style="mitre"), land))
    sides = np.array([near, *pair], dtype=object)
    shapely.prepare(sides)
    between = shapely.dwithin(sides, gaps[:, None], _TOUCHING_DEG).all(axis=1)
    thin = shapely.is_empty(shapely.buffer(gaps[between], -SLIVER_DEG / 2))
    return _polygons(shapely.intersection(shapely.union_all(gaps[between][thin]), near))


def _polygons(geometry: shapely.Geometry) -> shapely.Geometry:
    """The polygons of what may be a collection."""
    parts = shapely.get_parts(geometry)
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])
