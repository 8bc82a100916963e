"""A whole series as disjoint faces, so that the land on any date is a set of faces and its area a sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geo.cycles import cut_plane, polygons
from geo.measure import area_km2
from geo.model import Series
from geo.noding import Edges, edges, node
from geo.periods import READINGS, Reading
from geo.rings import are_valid

SNAP_DEG = 0.75e-6
"""Vertices closer than this are one. Rounding to six decimals moves a vertex by less, and no two with six decimals are closer."""

_SAME = 1e-9
"""Relative difference between a polygon's area and the sum of its faces from which on the polygon is looked at again."""


@dataclass(frozen=True, eq=False)
class Faces:
    """Disjoint pieces of land, and which rows of the series cover each.

    Attributes
    ----------
    area_km2
        f areas on the ellipsoid, in digits of which any sum is exact; see `addable`.
    covers
        An (n, f) sparse table for the n rows of the series: True where the row covers the face.
    draw
        Makes `polygon`.
    tolerance_deg, snapped
        The tolerance within which vertices counted as one, and how many distinct ones were moved for it.
    """

    series: Series = field(repr=False)
    area_km2: NDArray[np.float64] = field(repr=False)
    covers: csr_array = field(repr=False)
    draw: Callable[[], NDArray[np.object_]] = field(repr=False)
    tolerance_deg: float = 0.0
    snapped: int = 0

    @cached_property
    def polygon(self) -> NDArray[np.object_]:
        """The f faces as polygons or multipolygons, longitude/latitude; their interiors do not meet.

        Where borders nearly coincide some are slivers: harmless in a sum, not worth drawing one by one.
        """
        return self.draw()

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
    share their vertices), they are the faces as they stand; else the plane is cut along all their borders, after
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
        A row is no polygon, has a coordinate that is no longitude/latitude, or is not valid: its area is not the sum of its faces,
        because a border crosses itself, parts overlap or a hole lies outside. Rings that touch themselves at a point enclose the
        same land either way and are let pass.
    """
    rows = np.array([n for n, record in enumerate(series.records) if actor is None or record.actor == actor], dtype=np.int64)
    rows = rows[np.argsort(series.spans("recorded")[rows, 0], kind="stable")]
    geometry = series.geometry[rows]
    _refuse(series, rows, ~np.isin(shapely.get_type_id(geometry), (3, 6)))
    _refuse(series, rows, ~_on_earth(geometry), "a coordinate is no longitude/latitude")
    borders = edges(geometry, tolerance_deg=tolerance_deg)
    first = np.unique(borders.number, return_index=True)[1]
    rows_of = csr_array((np.ones(len(rows), dtype=bool), (rows, borders.number)), shape=(len(series), len(first)))
    if _may_be_coverage(borders, geometry) and shapely.is_valid(geometry[first]).all() and shapely.coverage_is_valid(geometry[first]):
        return Faces(series, addable(area_km2(geometry[first])), rows_of, lambda: geometry[first])
    cut = cut_plane(borders, node(borders))
    doubtful = first[~(np.abs(cut.covers @ cut.area_km2 - borders.area_km2) <= _SAME * borders.area_km2)]
    _refuse(series, rows[doubtful], ~shapely.is_valid(geometry[doubtful]))
    return Faces(series, addable(cut.area_km2), rows_of @ cut.covers, partial(polygons, cut), tolerance_deg, borders.snapped)


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


def faces_on_days(series: Series, actor: str) -> Faces:
    """Faces of which the area held on a day is the sum, and which are good for nothing else; remembered with the series.

    Where no two rows of the actor may be held on the same day, as in an archive of daily states, these are the rows as they
    stand: nothing is overlaid and no vertex moved. Else they are the `faces`.

    Raises
    ------
    GeometryError
        See `faces`.
    """
    key = faces_on_days, actor
    if key not in series.remembered:
        series.remembered[key] = _faces_on_days(series, actor)
    return cast(Faces, series.remembered[key])


def _faces_on_days(series: Series, actor: str) -> Faces:
    rows = np.flatnonzero([record.actor == actor for record in series.records])
    polygons = series.geometry[rows]
    if any(_meet(series.spans(reading)[rows]) for reading in READINGS) or not are_valid(polygons).all():
        return cached_faces(series, actor)
    covers = csr_array((np.ones(len(rows), dtype=bool), (rows, np.arange(len(rows)))), shape=(len(series), len(rows)))
    return Faces(series, area_km2(polygons), covers, lambda: polygons)


def _meet(spans: NDArray[np.int64]) -> bool:
    """Whether two of the half-open (n, 2) periods have a day in common."""
    start, end = spans[spans[:, 0] < spans[:, 1]].T
    order = np.argsort(start)
    return bool((start[order[1:]] < end[order[:-1]]).any())


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
    product, whatever the number of pairs. From one day to the next few faces change hands; so with D the changes of H by day,
    it is ``D diag(A) D'``, a sparse product, summed up along both axes.

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
    changed = csr_array(np.diff(cut.held(ordered).astype(np.int8), axis=0, prepend=np.int8(0)), dtype=np.float64)
    steps = (changed * cut.area_km2) @ changed.T
    return Matrix(cut, actor, ordered, steps.toarray().cumsum(axis=0).cumsum(axis=1))


def _may_be_coverage(borders: Edges, geometry: NDArray[np.object_]) -> bool:
    """False where polygons overlap for certain: an edge has more than two of them, or all together are larger than their box."""
    if not len(borders.ends):
        return True
    box = area_km2([shapely.box(*shapely.total_bounds(geometry))])
    return bool(np.bincount(borders.along.indices).max() <= 2 and borders.area_km2.sum() <= 1.01 * box[0])


def _on_earth(polygons: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Whether all coordinates are finite, longitude within ±360 and latitude within ±90."""
    coordinates, polygon = shapely.get_coordinates(polygons, return_index=True)
    bad = polygon[~((np.abs(coordinates[:, 0]) <= 360) & (np.abs(coordinates[:, 1]) <= 90))]
    return ~np.isin(np.arange(len(polygons)), bad)


def _refuse(series: Series, rows: NDArray[np.int64], bad: NDArray[np.bool_], reason: str = "") -> None:
    series.refuse(rows[bad].tolist(), reason)
