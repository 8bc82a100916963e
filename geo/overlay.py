"""A whole series as disjoint faces, so that the land on any date is a set of faces and its area a sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array

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
        f areas on the ellipsoid, in digits of which any sum is exact; see `addable`.
    covers
        An (n, f) sparse table for the n rows of the series: True where the row covers the face.
    tolerance_deg, snapped
        The tolerance within which vertices counted as one, and how many distinct ones were moved for it.
    """

    series: Series = field(repr=False)
    polygon: NDArray[np.object_] = field(repr=False)
    area_km2: NDArray[np.float64] = field(repr=False)
    covers: csr_array = field(repr=False)
    tolerance_deg: float = 0.0
    snapped: int = 0

    @property
    def row(self) -> NDArray[np.int64]:
        """With `face`, the p pairs of a row and a face that it covers, by row."""
        return np.repeat(np.arange(self.covers.shape[0]), np.diff(self.covers.indptr))

    @property
    def face(self) -> NDArray[np.int32]:
        """See `row`."""
        return np.asarray(self.covers.indices)

    def covered(self, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which faces at least one row of a set covers: a (k, f) table for k sets of rows, a (k, n) table."""
        return np.asarray((csr_array(rows) @ self.covers).toarray())

    def held(self, days: Sequence[date], reading: Reading = "recorded") -> NDArray[np.bool_]:
        """Which faces are held on which of d days: a (d, f) table."""
        day = np.array([day.toordinal() for day in days], dtype=np.int64)[:, None]
        start, end = self.series.spans(reading).T
        return self.covered((start <= day) & (day < end))

    def areas(self, days: Sequence[date], reading: Reading = "recorded") -> NDArray[np.float64]:
        """Area held on each day in km²."""
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
    numbers: dict[bytes, int] = {}
    same = np.array([numbers.setdefault(shape, len(numbers)) for shape in shapely.to_wkb(series.geometry[rows])], dtype=np.int64)
    first = np.unique(same, return_index=True)[1]
    polygons = series.geometry[rows][first]
    covers = csr_array((np.ones(len(rows), dtype=bool), (rows, same)), shape=(len(series), len(polygons)))
    _refuse(series, rows[first], ~np.isin(shapely.get_type_id(polygons), (3, 6)) | ~_finite(polygons))
    areas = area_km2(polygons)
    borders = edges(polygons, tolerance_deg=tolerance_deg)
    if _may_be_coverage(borders.border.sum(axis=1), polygons, areas):
        _refuse(series, rows[first], ~shapely.is_valid(polygons))
        if shapely.coverage_is_valid(polygons):
            return Faces(series, polygons, addable(areas), covers)
    cut = node(borders)
    face_areas = area_km2(cut.polygon)
    doubtful = np.flatnonzero(np.abs(cut.covers @ face_areas - areas) > _SAME * areas)
    _refuse(series, rows[first][doubtful], ~shapely.is_valid(polygons[doubtful]))
    return Faces(series, cut.polygon, addable(face_areas), covers @ cut.covers, tolerance_deg, cut.snapped)


_NOTHING_KM2 = 1e-200
"""Less than this has no digits to round to."""


def addable(areas: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round areas to multiples of the last binary digit of their total, so that any sum of them is exact, in any order.

    Then what is held and what is lost add up to what was there to the last bit, and a sum is the same on any number of threads,
    processes or machines. The rounding is 1.1e-16 of the total at most.
    """
    total = areas.sum()
    if total < _NOTHING_KM2:
        return areas
    digit = 2.0 ** (np.ceil(np.log2(total)) - 52)
    return np.asarray(np.round(areas / digit) * digit)


def cached_faces(series: Series, actor: str | None = None, tolerance_deg: float = SNAP_DEG) -> Faces:
    """`faces`, remembered with the series."""
    key = faces, actor, tolerance_deg
    if key not in series.remembered:
        series.remembered[key] = faces(series, actor, tolerance_deg=tolerance_deg)
    return cast(Faces, series.remembered[key])


@dataclass(frozen=True, eq=False)
class Matrix:
    """Every day compared with every other.

    Attributes
    ----------
    faces
        The series as faces; says whether vertices were moved (`snapped`) and how far at most (`tolerance_deg`).
    actor, days
        Whose land (None for the land of all), on n days in ascending order.
    held_km2
        (n, n) areas, symmetric: land held on day i and on day j; the diagonal is the area on each day.
    """

    faces: Faces = field(repr=False)
    actor: str | None
    days: tuple[date, ...] = field(repr=False)
    held_km2: NDArray[np.float64] = field(repr=False)

    @property
    def lost_km2(self) -> NDArray[np.float64]:
        """(n, n) areas: land held on day i and not on day j; exact, as sums of the faces' areas are."""
        return np.diag(self.held_km2)[:, None] - self.held_km2

    @property
    def gained_km2(self) -> NDArray[np.float64]:
        """(n, n) areas: land held on day j and not on day i; `lost_km2` transposed."""
        return self.lost_km2.T


def matrix(series: Series, days: Sequence[date], *, actor: str | None = None, tolerance_deg: float = SNAP_DEG) -> Matrix:
    """Compare every day with every other, as recorded.

    With H the table of faces held by day and A the areas of the faces, what is held on both days is ``H diag(A) H'``: one matrix
    product, whatever the number of pairs. It takes 17 bytes per day and face and 8 per pair of days: 300 days of a front line
    with 5,000 faces, 26 MB.

    Parameters
    ----------
    series
        The series.
    days
        n days, in any order; each counts once.
    actor
        Whose land; None for the land of all.
    tolerance_deg
        As for `faces`.

    Raises
    ------
    DateError
        A day lies outside the series.
    GeometryError
        See `faces`.
    """
    ordered = tuple(sorted({series.day(day) for day in days}))
    cut = cached_faces(series, actor, tolerance_deg)
    held = cut.held(ordered).astype(np.float64)
    return Matrix(cut, actor, ordered, (held * cut.area_km2) @ held.T)


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
