"""A whole series as disjoint faces, so that the land on any date is a set of faces and its area a sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.errors import GeometryError
from geo.measure import area_km2
from geo.model import Record, Series
from geo.noding import edges, node
from geo.periods import Reading

SNAP_DEG = 0.75e-6
"""Vertices closer than this are one. Rounding to six decimals moves a vertex by less, and no two with six decimals are closer."""

_SAME = 1e-9
"""Relative difference between a polygon's area and the sum of its faces from which on the polygon is looked at again."""


@dataclass(frozen=True, eq=False)
class Faces:
    """Disjoint pieces of land, and which rows of the series cover each.

    Attributes
    ----------
    polygon
        f polygons or multipolygons, longitude/latitude; their interiors do not meet. Where borders nearly coincide some
        are slivers: harmless in a sum, not worth drawing one by one.
    area_km2
        f areas on the ellipsoid.
    face, row
        p pairs: row `row[i]` of the series covers face `face[i]`.
    tolerance_deg, snapped
        The tolerance within which vertices counted as one, and how many distinct ones were moved for it.
    """

    series: Series = field(repr=False)
    polygon: NDArray[np.object_] = field(repr=False)
    area_km2: NDArray[np.float64] = field(repr=False)
    face: NDArray[np.int64] = field(repr=False)
    row: NDArray[np.int64] = field(repr=False)
    tolerance_deg: float = 0.0
    snapped: int = 0

    def held(self, days: Sequence[date], reading: Reading = "recorded") -> NDArray[np.bool_]:
        """Which faces are held on which day: a (days, faces) table, for days in ascending order."""
        ordinals = np.array([day.toordinal() for day in days])
        first, end = np.searchsorted(ordinals, self.series.spans(reading), side="left").T
        count = len(self.polygon)
        begins = np.bincount(first[self.row] * count + self.face, minlength=(len(days) + 1) * count)
        ceases = np.bincount(end[self.row] * count + self.face, minlength=(len(days) + 1) * count)
        return np.cumsum((begins - ceases).reshape(-1, count), axis=0)[:-1] > 0

    def areas(self, days: Sequence[date], reading: Reading = "recorded") -> NDArray[np.float64]:
        """Area held on each day in km², for days in ascending order."""
        return self.held(days, reading) @ self.area_km2


def faces(series: Series, actor: str | None = None, *, tolerance_deg: float = SNAP_DEG) -> Faces:
    """Cut a series into disjoint faces.

    Rows with the same polygon share a face. Where the polygons are a coverage already (no two overlap, neighbours
    share their vertices), they are the faces as they stand; else all their borders are noded and polygonized, after
    vertices that were redrawn or rounded have been moved to the first one seen within the tolerance.

    Parameters
    ----------
    series
        The series; its polygons must be valid.
    actor
        Keep the rows of this actor only; None for all.
    tolerance_deg
        How close vertices are moved to each other, in degrees (0.75e-6 is 8 cm); 0 for none. A polygon's area changes by
        less than its perimeter times the tolerance.

    Returns
    -------
    Faces
        Without any face where there is no land.

    Raises
    ------
    GeometryError
        A row is no polygon, has a coordinate that is not finite, or a border that crosses itself. Rings that touch
        themselves at a point enclose the same land either way and are let pass.
    """
    rows = np.array([n for n, record in enumerate(series.records) if actor is None or record.actor == actor], dtype=np.int64)
    rows = rows[np.argsort(series.spans("recorded")[rows, 0], kind="stable")]
    same, _ = pd.factorize(shapely.to_wkb(series.geometry[rows]))
    first = np.unique(same, return_index=True)[1]
    polygons = series.geometry[rows][first]
    _refuse(series, rows[first], ~np.isin(shapely.get_type_id(polygons), (3, 6)) | ~_finite(polygons))
    areas = area_km2(polygons)
    borders = edges(polygons, tolerance_deg=tolerance_deg)
    if _may_be_coverage(borders.border.sum(axis=1), polygons, areas):
        _refuse(series, rows[first], ~shapely.is_valid(polygons))
        if shapely.coverage_is_valid(polygons):
            return Faces(series, polygons, areas, same.astype(np.int64), rows)
    cut = node(borders)
    face_areas = area_km2(cut.polygon)
    sums = np.bincount(cut.member, weights=face_areas[cut.face], minlength=len(polygons))
    doubtful = np.flatnonzero(np.abs(sums - areas) > _SAME * areas)
    _refuse(series, rows[first][doubtful], ~shapely.is_valid(polygons[doubtful]))
    pairs = pd.DataFrame({"polygon": cut.member, "face": cut.face}).merge(pd.DataFrame({"polygon": same, "row": rows}))
    face, row = pairs["face"].to_numpy(), pairs["row"].to_numpy()
    return Faces(series, cut.polygon, face_areas, face, row, tolerance_deg, cut.snapped)


@lru_cache(maxsize=16)
def cached_faces(series: Series, actor: str | None = None) -> Faces:
    """`faces` at its own tolerance, remembered for the last 16 series and actors asked about."""
    return faces(series, actor)


@dataclass(frozen=True, eq=False)
class Matrix:
    """Land held on both of any two dates; gains and losses follow from it.

    Attributes
    ----------
    series, actor, days
        What was compared, on n days in ascending order.
    held_km2
        n x n areas, symmetric: land held on day i and on day j; the diagonal is the area on each day.
    """

    series: Series = field(repr=False)
    actor: str | None
    days: tuple[date, ...] = field(repr=False)
    held_km2: NDArray[np.float64] = field(repr=False)

    @property
    def lost_km2(self) -> NDArray[np.float64]:
        """n x n areas: land held on day i and not on day j."""
        return np.diag(self.held_km2)[:, None] - self.held_km2

    @property
    def gained_km2(self) -> NDArray[np.float64]:
        """n x n areas: land held on day j and not on day i; the transpose of `lost_km2`."""
        return self.lost_km2.T


def matrix(series: Series, days: Sequence[date], *, actor: str | None = None, reading: Reading = "recorded") -> Matrix:
    """Compare every day with every other.

    With H the table of faces held by day and A the areas of the faces, the matrix is ``H diag(A) H'``: one product, whatever
    the number of pairs. It takes 16 bytes per day and face and 8 per pair of days: 300 days of a front line with 5,000
    faces, 25 MB.

    Parameters
    ----------
    series
        The series.
    days
        n days, in any order; each counts once.
    actor
        Keep the rows of this actor only; None for the land of all.
    reading
        The reading of uncertain dates, the same on both days.

    Raises
    ------
    DateError
        A day lies outside the series.
    GeometryError
        See `faces`.
    """
    ordered = tuple(sorted({series.day(day) for day in days}))
    cut = cached_faces(series, actor)
    held = cut.held(ordered, reading).astype(np.float64)
    return Matrix(series, actor, ordered, (held * cut.area_km2) @ held.T)


@dataclass(frozen=True, eq=False)
class Persistence:
    """How long each piece of land was held.

    Attributes
    ----------
    polygon, area_km2
        f pieces of land that were held for at least a day, and their areas.
    days
        f numbers of days on which they were held in all.
    first, last
        f first and f last days on which they were held, as ordinals.
    """

    polygon: NDArray[np.object_] = field(repr=False)
    area_km2: NDArray[np.float64] = field(repr=False)
    days: NDArray[np.int64] = field(repr=False)
    first: NDArray[np.int64] = field(repr=False)
    last: NDArray[np.int64] = field(repr=False)


def persistence(series: Series, *, actor: str | None = None, reading: Reading = "recorded") -> Persistence:
    """How long each piece of land was held, between the first and the last day of the series.

    Parameters
    ----------
    series
        The series. Where it is still open it counts up to the last day on which anything changed.
    actor
        Keep the rows of this actor only; None for the land of all.
    reading
        The reading of uncertain dates.

    Returns
    -------
    Persistence
        The sum over the faces of days times area is the sum over all days of the area held.
    """
    first, end = series.first.toordinal(), (series.last or max(series.dates)).toordinal() + 1
    changes = np.unique(np.clip(series.spans(reading), first, end))
    changes = np.unique(np.r_[first, changes, end])
    cut = cached_faces(series, actor)
    held = cut.held([date.fromordinal(day) for day in changes[:-1].tolist()], reading)
    ever = held.any(axis=0)
    held = held[:, ever]
    return Persistence(
        cut.polygon[ever],
        cut.area_km2[ever],
        np.diff(changes) @ held,
        changes[:-1][held.argmax(axis=0)],
        changes[1:][::-1][held[::-1].argmax(axis=0)] - 1,
    )


def _may_be_coverage(borders: NDArray[np.int32], polygons: NDArray[np.object_], areas: NDArray[np.float64]) -> bool:
    """False where polygons overlap for certain: an edge has more than two of them, or their box is too small for all."""
    if not len(borders):
        return True
    box = area_km2([shapely.box(*shapely.total_bounds(polygons))])
    return bool(borders.max() <= 2 and areas.sum() <= box[0] * (1 + _SAME))


def _finite(polygons: NDArray[np.object_]) -> NDArray[np.bool_]:
    coordinates, polygon = shapely.get_coordinates(polygons, return_index=True)
    bad = polygon[~np.isfinite(coordinates).all(axis=1)]
    return ~np.isin(np.arange(len(polygons)), bad)


def _refuse(series: Series, rows: NDArray[np.int64], bad: NDArray[np.bool_]) -> None:
    """Name the first of the rows that are bad."""
    if bad.any():
        row = int(rows[bad][0])
        geometry = series.geometry[row]
        reason = shapely.is_valid_reason(geometry) if geometry is not None else "no geometry"
        kind = geometry.geom_type if geometry is not None else "None"
        raise GeometryError(
            f"row {row} of {series.id!r} ({_label(series.records[row])}) is no valid polygon: {kind}, {reason}. "
            "Expected a valid Polygon or MultiPolygon in finite degrees; `python -m geo validate --repair` may mend it."
        )


def _label(record: Record) -> str:
    return ", ".join(str(part) for part in (record.name, record.actor, record.valid_from or "open") if part)
