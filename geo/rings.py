"""Faults of a polygon by itself: rings that cross, positions off the globe, axes swapped, the antimeridian."""

from __future__ import annotations

import math
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.model import Issue, Series, Severity

Geometries = NDArray[np.object_]
Mask = NDArray[np.bool_]

_AT = re.compile(r"\[(\S+) (\S+)\]$")
_CHUNK = 256


def row_issue(series: Series, row: int, severity: Severity, check: str, message: str, where: shapely.Geometry | None = None) -> Issue:
    """A finding on a row of a series, at a point on `where`, or on the row's polygon."""
    record = series.records[row]
    shape = series.geometry[row] if where is None else where
    points = shapely.get_coordinates(shapely.point_on_surface(shape) if shapely.is_valid(shape) else shape)
    lon, lat = points[0].tolist() if len(points) else (math.nan, math.nan)
    return Issue(severity, check, record.file, record.feature, row, record.name or record.actor, message, lon, lat)


def ring_issues(series: Series) -> list[Issue]:
    """What is wrong with the polygons of a series one by one, in the order of the rows; empty where each can be measured.

    To `position_issues` come rings that are not valid, which are errors.
    """
    issues = position_issues(series)
    for row in np.flatnonzero(~are_valid(series.geometry) & is_on_globe(series.geometry)).tolist():
        reason = shapely.is_valid_reason(series.geometry[row])
        place = _AT.search(reason)
        where = shapely.Point(float(place[1]), float(place[2])) if place else None
        issues.append(row_issue(series, row, "error", "geometry", f"has an invalid polygon ({reason})", where))
    return sorted(issues, key=lambda issue: issue.row)


def position_issues(series: Series) -> list[Issue]:
    """What is wrong with the positions of the polygons, which is quick to find, in the order of the rows.

    An error is a position that is no longitude/latitude, or an edge that leaps across the antimeridian; a longitude beyond ±180
    that says clearly where it is, is a warning.
    """
    geometry = series.geometry
    on_globe = is_on_globe(geometry)
    leaps = leaps_antimeridian(geometry) & on_globe
    beyond = (np.abs(_boxes(geometry)[:, [0, 2]]) > 180).any(axis=1) & on_globe
    issues = []
    for row in np.flatnonzero(~on_globe | leaps | beyond).tolist():
        if not on_globe[row]:
            swapped = bool(is_on_globe(geometry[[row]], swap=True)[0])
            check, message = (
                ("swapped", "latitudes beyond ±90 where longitudes are not; are the axes swapped?")
                if swapped
                else ("coordinates", "outside longitude ±180 and latitude ±90; expected degrees on WGS 84")
            )
            issues.append(row_issue(series, row, "error", check, message, _farthest(geometry[row])))
        elif leaps[row]:
            message = "an edge leaps over 180 degrees of longitude; expected a cut at the antimeridian (RFC 7946, section 3.1.9)"
            issues.append(row_issue(series, row, "error", "antimeridian", message, _leap(geometry[row])))
        else:
            message = "a longitude beyond ±180; expected a cut at the antimeridian (RFC 7946, section 3.1.9)"
            issues.append(row_issue(series, row, "warning", "antimeridian", message, _farthest(geometry[row])))
    return issues


def are_valid(geometry: Geometries) -> Mask:
    """`shapely.is_valid` on two threads."""
    chunks = [geometry[first : first + _CHUNK] for first in range(0, len(geometry), _CHUNK)]
    with ThreadPoolExecutor(2) as pool:
        return np.concatenate([np.empty(0, dtype=bool), *pool.map(shapely.is_valid, chunks)])


def is_on_globe(geometry: Geometries, *, swap: bool = False) -> Mask:
    """Whether all positions are finite, within latitude ±90 and within longitude ±360; with `swap`, ±180 after the axes change places."""
    with np.errstate(over="ignore"):
        finite: Mask = np.isfinite(shapely.length(geometry))
    for row in np.flatnonzero(~finite).tolist():
        finite[row] = np.isfinite(shapely.get_coordinates(geometry[row])).all()
    west, south, east, north = np.abs(np.nan_to_num(_boxes(geometry))).T
    x, y = np.maximum(west, east), np.maximum(south, north)
    fits: Mask = (y <= 180) & (x <= 90) if swap else (y <= 90) & (x <= 360)
    return finite & fits


def leaps_antimeridian(geometry: Geometries) -> Mask:
    """Whether an edge spans more than 180 degrees of longitude; one along a parallel from -180 to 180, as at the poles, is let pass."""
    found = np.zeros(len(geometry), dtype=bool)
    west, _, east, _ = _boxes(geometry).T
    for row in np.flatnonzero(east - west > 180).tolist():
        found[row] = _leap(geometry[row]) is not None
    return found


def leaps(points: NDArray[np.float64]) -> Mask:
    """Which edges of a ring of (n, 2) positions leap: n - 1 answers."""
    across = np.abs(np.diff(points[:, 0])) > 180
    edge = (np.abs(points[:-1, 0]) == 180) & (np.abs(points[1:, 0]) == 180) & (np.diff(points[:, 1]) == 0)
    found: Mask = across & ~edge
    return found


def _leap(geometry: shapely.Geometry) -> shapely.Geometry | None:
    """A position at which an edge leaps."""
    for ring in shapely.get_rings(shapely.get_parts(geometry)):
        points = shapely.get_coordinates(ring)
        if (at := np.flatnonzero(leaps(points))).size:
            return shapely.Point(points[at[0]])
    return None


def _farthest(geometry: shapely.Geometry) -> shapely.Geometry:
    """The position that lies farthest from where longitude and latitude are zero."""
    points = shapely.get_coordinates(geometry)
    return shapely.Point(points[np.argmax(np.nan_to_num(np.abs(points), nan=np.inf).max(axis=1))])


def _boxes(geometry: Geometries) -> NDArray[np.float64]:
    return np.asarray(shapely.bounds(geometry), dtype=np.float64).reshape(-1, 4)
