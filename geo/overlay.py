"""A whole series as disjoint faces, so that the land on any date is a set of faces and its area a sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.measure import area_km2
from geo.model import Series
from geo.periods import Reading


@dataclass(frozen=True, eq=False)
class Faces:
    """Disjoint pieces of land, and which rows of the series cover each.

    Attributes
    ----------
    polygon
        f polygons or multipolygons, longitude/latitude; their interiors do not meet.
    area_km2
        f areas on the ellipsoid.
    face, row
        p pairs: row `row[i]` of the series covers face `face[i]`.
    """

    series: Series = field(repr=False)
    polygon: NDArray[np.object_] = field(repr=False)
    area_km2: NDArray[np.float64] = field(repr=False)
    face: NDArray[np.int64] = field(repr=False)
    row: NDArray[np.int64] = field(repr=False)

    def held(self, days: Sequence[date], reading: Reading = "recorded") -> NDArray[np.bool_]:
        """Which faces are held on which day: a (days, faces) table, for days in ascending order."""
        ordinals = np.array([day.toordinal() for day in days])
        spans = np.searchsorted(ordinals, self.series.spans(reading)[self.row], side="left")
        steps = np.zeros((len(days) + 1, len(self.polygon)), dtype=np.int32)
        np.add.at(steps, (spans[:, 0], self.face), 1)
        np.add.at(steps, (spans[:, 1], self.face), -1)
        return np.cumsum(steps, axis=0)[:-1] > 0

    def areas(self, days: Sequence[date], reading: Reading = "recorded") -> NDArray[np.float64]:
        """Area held on each day in km², for days in ascending order."""
        return self.held(days, reading) @ self.area_km2


def faces(series: Series, actor: str | None = None) -> Faces:
    """Cut a series into disjoint faces.

    Rows with the same polygon share a face. Where the polygons are a coverage already (no two overlap, neighbours
    share their vertices), they are the faces as they stand; else all their borders are noded and polygonized.

    Parameters
    ----------
    series
        The series; its polygons must be valid.
    actor
        Keep the rows of this actor only; None for all.
    """
    rows = np.array([n for n, record in enumerate(series.records) if actor is None or record.actor == actor], dtype=np.int64)
    _, first, same = np.unique(shapely.to_wkb(shapely.normalize(series.geometry[rows])), return_index=True, return_inverse=True)
    polygons = series.geometry[rows][first]
    if shapely.coverage_is_valid(polygons):
        return Faces(series, polygons, area_km2(polygons), same.astype(np.int64), rows)
    pieces = shapely.get_parts(shapely.polygonize([shapely.union_all(shapely.boundary(polygons))]))
    piece, polygon = shapely.STRtree(polygons).query(shapely.point_on_surface(pieces), predicate="within")
    used, piece = np.unique(piece, return_inverse=True)
    pairs = [(face, row) for face, whole in zip(piece, polygon, strict=True) for row in np.flatnonzero(same == whole)]
    face, row = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return Faces(series, pieces[used], area_km2(pieces[used]), face, rows[row])
