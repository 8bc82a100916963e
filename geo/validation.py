"""What is wrong with a series: every finding at once, each with its file, feature, place and severity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.measure import area_km2
from geo.model import SEVERITIES, Issue, Series, Severity
from geo.neighbours import LEAST_KM2, SLIVER_DEG, contacts
from geo.periods import BEGINNING, FOREVER
from geo.rings import are_valid, is_on_globe, ring_issues, row_issue

if TYPE_CHECKING:
    import pandas as pd

ISSUE_COLUMNS = ("severity", "check", "file", "feature", "row", "name", "message", "lon", "lat")

_JUMP_SHARE, _JUMP_STEPS = 0.25, 20
"""A change of area from one date to the next is a jump if it is a quarter of the area and as much as 20 usual (median) ones."""
_FEWEST_STEPS = 5
_FAR_YEARS = 50


def validate(series: Series) -> list[Issue]:
    """Check a series.

    Parameters
    ----------
    series
        As `load_series` gives it, or as `geo.load.import_series` does, with the polygons that cannot be used.

    Returns
    -------
    list of Issue
        Errors first. Checked are: polygons one by one (see `geo.rings`), a polygon that lies where the others do only with its
        axes swapped, rows that are there twice, land that two rows cover on the same day, slivers of it and slivers that are left
        between two rows (see `geo.neighbours`), dates far from all others, jumps of the area, and rows without any source in a
        series that has sources.
    """
    usable = np.flatnonzero(are_valid(series.geometry) & is_on_globe(series.geometry))
    issues = [
        *ring_issues(series),
        *_astray(series, usable),
        *_twice(series),
        *_between_rows(series, usable),
        *_far_dates(series),
        *_jumps(series, usable),
        *_without_source(series),
    ]
    return sorted(issues, key=lambda issue: (SEVERITIES.index(issue.severity), issue.row))


def issue_table(issues: Sequence[Issue]) -> pd.DataFrame:
    """Findings as a table with `ISSUE_COLUMNS`; longitude and latitude in degrees, missing where a finding has no place."""
    import pandas as pd

    return pd.DataFrame([[getattr(issue, name) for name in ISSUE_COLUMNS] for issue in issues], columns=list(ISSUE_COLUMNS))


def same_rows(series: Series) -> dict[int, int]:
    """Rows that repeat an earlier one: actor, period and polygon are the same. By row, the first of its kind."""
    first: dict[tuple[object, ...], int] = {}
    found = {}
    for row, (record, shape) in enumerate(zip(series.records, shapely.to_wkb(series.geometry), strict=True)):
        key = (record.actor, record.valid_from, record.valid_to, shape)
        if first.setdefault(key, row) != row:
            found[row] = first[key]
    return found


def _twice(series: Series) -> list[Issue]:
    return [
        row_issue(series, row, "error", "duplicate", f"the same polygon and period as {series.where(first)}")
        for row, first in same_rows(series).items()
    ]


def _astray(series: Series, usable: NDArray[np.int64]) -> list[Issue]:
    """Rows outside the box around all others, and inside it with their axes swapped."""
    if len(usable) < 3:
        return []
    west, south, east, north = shapely.bounds(series.geometry[usable]).T
    issues = []
    for at in {int(side) for values in (west, south, east, north) for side in (np.argmin(values), np.argmax(values))}:
        rest = np.arange(len(usable)) != at
        around = shapely.box(west[rest].min(), south[rest].min(), east[rest].max(), north[rest].max())
        box, swapped = shapely.box(*(corners := (west[at], south[at], east[at], north[at]))), shapely.box(*np.take(corners, [1, 0, 3, 2]))
        if not around.intersects(box) and around.contains(swapped):
            message = "lies apart from all other polygons, but among them with its axes swapped; expected longitude before latitude"
            issues.append(row_issue(series, int(usable[at]), "warning", "swapped", message))
    return issues


def _between_rows(series: Series, rows: NDArray[np.int64]) -> list[Issue]:
    """Land that two rows cover on the same day, and slivers of land between two that nobody does."""
    met = list(contacts(series, rows))
    overlaps, gaps = (area_km2([getattr(contact, name) for contact in met]) for name in ("common", "gap"))
    issues = []
    for contact, overlap_km2, gap_km2 in zip(met, overlaps.tolist(), gaps.tolist(), strict=True):
        other = series.where(contact.one), series.records[contact.one].actor
        if overlap_km2 > LEAST_KM2:
            thin = contact.is_thin
            check = "sliver" if thin else "overlap" if other[1] == series.records[contact.other].actor else "contested"
            strip = f", in a strip less than {SLIVER_DEG} degrees wide" if thin else ""
            message = f"{overlap_km2:.3f} km² are held by {other[0]} ({other[1]}) too on the same days{strip}"
            severity: Severity = "error" if check == "overlap" else "warning"
            issues.append(row_issue(series, contact.other, severity, check, message, contact.common))
        if gap_km2 > LEAST_KM2:
            message = (
                f"{gap_km2:.3f} km² between it and {other[0]} ({other[1]}) are held by nobody, in a gap less than {SLIVER_DEG} degrees wide"
            )
            issues.append(row_issue(series, contact.other, "warning", "sliver", message, contact.gap))
    return issues


def _far_dates(series: Series) -> list[Issue]:
    """The first or last date of the whole, where decades lie between it and all others, as in 2202 for 2022."""
    days = np.unique(series.spans("recorded"))
    days = days[(days > BEGINNING) & (days < FOREVER)]
    if len(days) < 4:
        return []
    steps = np.diff(days)
    limit = max(_FAR_YEARS * 365.25, 10 * float(np.median(steps)))
    far = {int(days[at]) for at in (0, -1) if steps[at] > limit}
    spans = series.spans("recorded")
    issues = []
    for row in np.flatnonzero(np.isin(spans, list(far)).any(axis=1)).tolist():
        record = series.records[row]
        day = record.valid_from if record.valid_from and record.valid_from.toordinal() in far else record.valid_to
        issues.append(row_issue(series, row, "warning", "date", f"{day} lies more than {limit / 365.25:.0f} years from all other dates"))
    return issues


def _jumps(series: Series, usable: NDArray[np.int64]) -> list[Issue]:
    """Days on which no polygon stays as it was, and the area of the whole changes as it never usually does."""
    spans, areas = series.spans("recorded")[usable], area_km2(series.geometry[usable])
    days, at = np.unique(spans, return_inverse=True)
    at = at.reshape(spans.shape)
    total = np.cumsum(np.bincount(at[:, 0], areas, len(days)) - np.bincount(at[:, 1], areas, len(days)))
    starts, ends = (np.bincount(at[:, side], minlength=len(days)) for side in (0, 1))
    stay = np.cumsum(starts) - starts - np.cumsum(ends)
    known = np.flatnonzero((days > BEGINNING) & (days < FOREVER))
    steps = [(after, total[after] - total[before]) for before, after in pairwise(known.tolist())]
    sizes = [abs(size) for _, size in steps if abs(size) > LEAST_KM2]
    if len(sizes) < _FEWEST_STEPS:
        return []
    usual = median(sizes)
    issues = []
    for index, size in steps:
        before, after = total[index] - size, total[index]
        if (
            stay[index] == 0
            and abs(size) > _JUMP_SHARE * max(before, after)
            and abs(size) > _JUMP_STEPS * usual
            and min(before, after) > LEAST_KM2
        ):
            rows = usable[(spans[:, 0] == days[index]) | (spans[:, 1] == days[index])]
            day = date.fromordinal(int(days[index]))
            message = (
                f"on {day} the area goes from {before:,.0f} to {after:,.0f} km², where {usual:,.0f} km² are usual; did the source change?"
            )
            issues.append(row_issue(series, int(rows[0]), "warning", "jump", message))
    return issues


def _without_source(series: Series) -> list[Issue]:
    if not any(record.sources for record in series.records):
        return []
    missing = [row for row, record in enumerate(series.records) if not record.sources]
    return [row_issue(series, row, "warning", "source", "has no source, though other rows have") for row in missing]
