"""What is wrong with a series: every finding at once, each with its row, place and severity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.measure import area_km2
from geo.model import Issue, Series

if TYPE_CHECKING:
    import pandas as pd

ISSUE_COLUMNS = ("severity", "check", "row", "name", "message", "lon", "lat")

_SLIVER_KM2 = 1e-3


def validate(series: Series) -> list[Issue]:
    """Check a series.

    Parameters
    ----------
    series
        As loaded; what cannot be loaded at all is refused by `load_series`, which lists every fault.

    Returns
    -------
    list of Issue
        Errors first. Checked are: rings that are not valid, coordinates outside the globe, rows that are there twice, two rows
        of one actor that cover the same land on the same day, land of two actors on the same day, and rows without any source
        in a series that has sources.
    """
    issues = [*_geometry(series), *_twice(series), *_overlaps(series), *_without_source(series)]
    return sorted(issues, key=lambda issue: (issue.severity != "error", issue.row))


def issue_table(issues: Sequence[Issue]) -> pd.DataFrame:
    """Findings as a table with `ISSUE_COLUMNS`; longitude and latitude in degrees, missing where a finding has no place."""
    import pandas as pd

    return pd.DataFrame([[getattr(issue, name) for name in ISSUE_COLUMNS] for issue in issues], columns=list(ISSUE_COLUMNS))


def _issue(series: Series, row: int, check: str, message: str, severity: str, where: shapely.Geometry | None = None) -> Issue:
    point = shapely.point_on_surface(where if where is not None else series.geometry[row])
    lon, lat = (float(point.x), float(point.y)) if not point.is_empty else (float("nan"), float("nan"))
    return Issue(severity, check, row, series.records[row].name, message, lon, lat)


def _geometry(series: Series) -> list[Issue]:
    issues = []
    for row in np.flatnonzero(~shapely.is_valid(series.geometry)).tolist():
        issues.append(_issue(series, row, "geometry", shapely.is_valid_reason(series.geometry[row]), "error"))
    west, south, east, north = shapely.bounds(series.geometry).reshape(-1, 4).T
    for row in np.flatnonzero((west < -180) | (east > 180) | (south < -90) | (north > 90)).tolist():
        issues.append(_issue(series, row, "coordinates", "outside longitude ±180 and latitude ±90; expected degrees on WGS 84", "error"))
    return issues


def _twice(series: Series) -> list[Issue]:
    seen: dict[tuple[object, ...], int] = {}
    issues = []
    for row, (record, shape) in enumerate(zip(series.records, shapely.to_wkb(series.geometry), strict=True)):
        key = (record.actor, record.valid_from, record.valid_to, shape)
        if key in seen:
            issues.append(_issue(series, row, "duplicate", f"the same polygon and period as row {seen[key]}", "error"))
        seen.setdefault(key, row)
    return issues


def _overlaps(series: Series) -> list[Issue]:
    """Land that two rows cover on the same day, found where their polygons and their periods meet."""
    valid = np.flatnonzero(shapely.is_valid(series.geometry))
    shapes, spans = series.geometry[valid], series.spans("recorded")[valid]
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    both = (left < right) & (np.maximum(spans[left, 0], spans[right, 0]) < np.minimum(spans[left, 1], spans[right, 1]))
    left, right = left[both], right[both]
    common = shapely.intersection(shapes[left], shapes[right])
    areas = area_km2(common)
    found: dict[int, list[Issue]] = defaultdict(list)
    for pair in np.flatnonzero(areas > _SLIVER_KM2).tolist():
        one, other = int(valid[left[pair]]), int(valid[right[pair]])
        actors = series.records[one].actor, series.records[other].actor
        check, severity = ("overlap", "error") if actors[0] == actors[1] else ("contested", "warning")
        message = f"{areas[pair]:.3f} km² are held by row {one} ({actors[0]}) too on the same days"
        found[other].append(_issue(series, other, check, message, severity, common[pair]))
    return [issue for row in sorted(found) for issue in found[row]]


def _without_source(series: Series) -> list[Issue]:
    if not any(record.sources for record in series.records):
        return []
    missing = [row for row, record in enumerate(series.records) if not record.sources]
    return [_issue(series, row, "source", "has no source, though other rows have", "warning") for row in missing]
