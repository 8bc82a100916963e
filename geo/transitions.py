"""From whose hands into whose hands land passed between two dates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np

from geo.overlay import SNAP_DEG, Faces, cached_faces
from geo.periods import BEGINNING, FOREVER

if TYPE_CHECKING:
    import pandas as pd

    from geo.model import Series

TRANSITION_COLUMNS = ("definition", "date_a", "date_b", "taken_from", "lost_to", "area_km2")

UNKNOWN = "unknown"
"""Stands for the actor where neither the rows nor their `taken_from` and `lost_to` name one."""


def transition_table(series: Sequence[Series], pairs: Sequence[tuple[date, date]], *, tolerance_deg: float = SNAP_DEG) -> pd.DataFrame:
    """Area by who held it on the first day and who on the second.

    On each day land is in the hands of the actors of the rows that cover it; several are joined by ``and``. Land that no row
    covers on the first day was taken from the `taken_from` of the row that covers it next; land that no row covers on the second
    day went to the `lost_to` of the row that covered it last. Who held it in between, or took it over later from an actor
    without rows, does not show.

    Parameters
    ----------
    series
        One series, or one per definition.
    pairs
        Pairs of days, each in either order; told forward in time.
    tolerance_deg
        How close vertices are moved to each other where borders were redrawn or rounded; see `geo.faces`.

    Returns
    -------
    pandas.DataFrame
        `TRANSITION_COLUMNS`, one row per definition, pair and pair of hands, the largest area first. `taken_from` held the land on
        `date_a`, `lost_to` on `date_b`; where both are the same, it stayed in the same hands. So the rows taken from an actor sum to
        the area it started with, and those lost to it to the area it ended with. As recorded, km² on the WGS 84 ellipsoid.

    Raises
    ------
    DateError
        A day lies outside the series.
    GeometryError
        The series has a polygon that is not valid.
    """
    import pandas as pd

    rows: list[tuple[str | float, ...]] = []
    for one in series:
        cut = cached_faces(one, None, tolerance_deg)
        for pair in pairs:
            a, b = sorted(one.day(day) for day in pair)
            about = one.definition.id, a.isoformat(), b.isoformat()
            found = sorted(_areas(cut, a, b).items(), key=lambda item: (-item[1], item[0]))
            rows.extend((*about, *hands, area) for hands, area in found)
    return pd.DataFrame(rows, columns=list(TRANSITION_COLUMNS))


def _areas(cut: Faces, a: date, b: date) -> dict[tuple[str, str], float]:
    before, after = _hands(cut, a), _hands(cut, b)
    taken_from, lost_to = _others(cut, a, b, "taken_from"), _others(cut, a, b, "lost_to")
    areas: dict[tuple[str, str], float] = defaultdict(float)
    for face in sorted(before.keys() | after.keys()):
        hands = before.get(face) or taken_from[face], after.get(face) or lost_to[face]
        areas[hands] += float(cut.area_km2[face])
    return areas


def _hands(cut: Faces, day: date) -> dict[int, str]:
    """By face, the actors whose rows cover it on a day."""
    names: dict[int, set[str]] = defaultdict(set)
    row, face = cut.row, cut.face
    start, end = cut.series.spans("recorded")[row].T
    for pair in np.flatnonzero((start <= day.toordinal()) & (day.toordinal() < end)):
        names[int(face[pair])].add(cut.series.records[row[pair]].actor)
    return {number: _joined(held) for number, held in names.items()}


def _others(cut: Faces, a: date, b: date, end: Literal["taken_from", "lost_to"]) -> dict[int, str]:
    """By face, `taken_from` of its first row to begin after `a`, or `lost_to` of its last row to cease by `b`."""
    row, face = cut.row, cut.face
    starts, ends = cut.series.spans("recorded")[row].T
    if end == "taken_from":
        within, nearness = (starts > a.toordinal()) & (starts < FOREVER), -starts
    else:
        within, nearness = (ends <= b.toordinal()) & (ends > BEGINNING), ends
    pairs = np.flatnonzero(within)
    nearest_last = pairs[np.argsort(nearness[pairs], kind="stable")]
    named = [(int(face[pair]), cut.series.records[row[pair]].properties.get(end)) for pair in nearest_last]
    return {number: _joined(str(actor).split(" and ")) if actor else UNKNOWN for number, actor in named}


def _joined(names: Iterable[str]) -> str:
    return " and ".join(sorted(names))
