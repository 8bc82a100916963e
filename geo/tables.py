"""Tidy tables with fixed columns and units in their names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from geo import geojson
from geo.load import load_base
from geo.measure import area_km2
from geo.model import Series
from geo.overlay import Faces, faces
from geo.periods import days_between, parse_interval, parse_step

if TYPE_CHECKING:
    import pandas as pd

AREA_COLUMNS = (
    "definition",
    "actor",
    "date",
    "area_km2",
    "area_certain_km2",
    "area_possible_km2",
    "share_of_peak",
    "ratio_to_baseline",
    "ratio_to_great_britain",
)


@lru_cache(maxsize=2)
def country_area_km2(name: str) -> float:
    """Area in km² of ``"great_britain"`` (the main island) or ``"united_kingdom"``, measured like the series.

    The outlines are those of Natural Earth 1:10m (public domain).
    """
    return float(sum(area_km2([geojson.geometry(item) for item in load_base(name)["features"]])))


def query_days(series: Series, datetime: str, *, step: str | None = None) -> list[date]:
    """The days that a query names.

    Parameters
    ----------
    series
        Where the days must lie.
    datetime
        One day, several separated by commas, or an interval ``A/B``, both days included, ``..`` for an open end.
    step
        ISO 8601 step of an interval such as ``P1M``; None for every day on which the series changes.

    Returns
    -------
    list of datetime.date
        In ascending order, each once. An interval always has its first day; a step may miss its last.

    Raises
    ------
    DateError
        Not in the grammar, or outside the series.
    """
    if "/" not in datetime:
        return sorted({series.day(part.strip()) for part in datetime.split(",")})
    first, last = parse_interval(datetime)
    start = series.day(first) if first else series.first
    end = series.day(last) if last else (series.last or max(series.dates))
    if step is not None:
        return days_between(start, end, parse_step(step))
    return sorted({start, end} | {day for day in series.dates if start <= day <= end})


def area_table(series: Sequence[Series], days: Sequence[date], *, baseline: date | None = None) -> pd.DataFrame:
    """Area held on each day, with its range and ratios.

    Parameters
    ----------
    series
        One series, or one per definition.
    days
        The days asked about.
    baseline
        The day that `ratio_to_baseline` compares with; None for the series' own.

    Returns
    -------
    pandas.DataFrame
        `AREA_COLUMNS`, one row per definition, actor and day. `area_km2` is the area as recorded, on the WGS 84
        ellipsoid; `area_certain_km2` is held under every reading of uncertain dates and `area_possible_km2` under
        some reading. `share_of_peak` is `area_km2` over the greatest recorded area on any day,
        `ratio_to_baseline` over that on the baseline date, `ratio_to_great_britain` over the main island's.
        A ratio to nothing is missing (NaN).

    Raises
    ------
    DateError
        A day or the baseline lies outside the series.
    """
    import pandas as pd

    rows = []
    ordered = sorted(set(days))
    for one in series:
        reference = one.day(baseline or one.baseline)
        for actor in one.actors:
            cut = _cached_faces(one, actor)
            peak = float(cut.areas(one.dates).max(initial=0.0))
            base = float(cut.areas([reference])[0])
            columns = [cut.areas([one.day(day) for day in ordered], reading) for reading in ("recorded", "certain", "possible")]
            for day, area, certain, possible in zip(ordered, *columns, strict=True):
                ratios = (_ratio(area, peak), _ratio(area, base), area / country_area_km2("great_britain"))
                rows.append((one.definition.id, actor, day.isoformat(), area, certain, possible, *ratios))
    return pd.DataFrame(rows, columns=list(AREA_COLUMNS))


@lru_cache(maxsize=16)
def _cached_faces(series: Series, actor: str) -> Faces:
    return faces(series, actor)


def _ratio(value: float, whole: float) -> float:
    return value / whole if whole else float(np.nan)
