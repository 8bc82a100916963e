"""Tidy tables with fixed columns and units in their names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from geo import geojson
from geo.errors import DateError
from geo.load import load_base
from geo.measure import area_km2
from geo.model import CRS, Series
from geo.overlay import cached_faces
from geo.periods import READINGS, days_between, parse_interval, parse_step

if TYPE_CHECKING:
    import geopandas
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

TERRITORY_COLUMNS = ("definition", "actor", "date", "rows", "area_km2", "area_certain_km2", "area_possible_km2", "sources")

SOURCE_COLUMNS = ("publisher", "title", "url", "places", "place_names")


@lru_cache(maxsize=2)
def country_area_km2(name: str) -> float:
    """Area in km² of ``"great_britain"`` (the main island) or ``"united_kingdom"``, measured like the series.

    The outlines are those of Natural Earth 1:10m (public domain).
    """
    return float(sum(area_km2([geojson.geometry(item) for item in load_base(name)["features"]])))


def query_days(series: Series | Sequence[Series], datetime: str, *, step: str | None = None) -> list[date]:
    """The days that a query names.

    Parameters
    ----------
    series
        Where the days must lie: one series, or the same under several definitions.
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
    several = (series,) if isinstance(series, Series) else tuple(series)
    lead = several[0]
    if "/" not in datetime:
        if step is not None:
            raise DateError(f"a step goes with an interval, and {datetime!r} is none. Expected A/B, such as 2014-06-10/2017-10-17.")
        return sorted({lead.day(part.strip()) for part in datetime.split(",")})
    changes = {day for one in several for day in one.dates}
    first, last = parse_interval(datetime)
    start = lead.day(first) if first else lead.first
    end = lead.day(last) if last else (lead.last or max({start, *changes}))
    if step is not None:
        return days_between(start, end, parse_step(step))
    return sorted({start, end} | {day for day in changes if start <= day <= end})


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
            cut = cached_faces(one, actor)
            peak = float(cut.areas(one.dates).max(initial=0.0))
            base = float(cut.areas([reference])[0])
            columns = [cut.areas([one.day(day) for day in ordered], reading) for reading in READINGS]
            for day, area, certain, possible in zip(ordered, *columns, strict=True):
                ratios = (_ratio(area, peak), _ratio(area, base), area / country_area_km2("great_britain"))
                rows.append((one.definition.id, actor, day.isoformat(), area, certain, possible, *ratios))
    return pd.DataFrame(rows, columns=list(AREA_COLUMNS))


def territory_table(series: Series, when: str | date) -> geopandas.GeoDataFrame:
    """The territory on a day, dissolved, one row per actor with land.

    Parameters
    ----------
    series
        The series.
    when
        A day, as a date or as ``YYYY-MM-DD``.

    Returns
    -------
    geopandas.GeoDataFrame
        `TERRITORY_COLUMNS` and the geometry, longitude/latitude (OGC:CRS84). `rows` counts the rows of the series that are
        held that day, `sources` lists their evidence. Empty where nothing is held.

    Raises
    ------
    DateError
        Not a day, or outside the series.
    """
    import geopandas as gpd

    snapshot = series.at(when)
    records, shapes = [], []
    for actor in sorted({record.actor for record in snapshot.records}):
        held = [record for record in snapshot.records if record.actor == actor]
        areas = [float(cached_faces(series, actor).areas([snapshot.date], reading)[0]) for reading in READINGS]
        sources = sorted({source for record in held for source in record.sources})
        records.append((series.definition.id, actor, snapshot.date.isoformat(), len(held), *areas, sources))
        shapes.append(snapshot.territory(actor))
    return gpd.GeoDataFrame(
        dict(zip(TERRITORY_COLUMNS, zip(*records, strict=True) if records else [[]] * 8, strict=True)), geometry=shapes, crs=CRS
    )


def source_table(series: Series, when: str | date) -> pd.DataFrame:
    """The sources behind the territory on a day, with the places that rest on each; `SOURCE_COLUMNS`, most places first.

    Raises
    ------
    DateError
        Not a day, or outside the series.
    """
    import pandas as pd

    places: dict[str, list[str]] = {}
    for record in series.at(when).records:
        for source in record.sources:
            places.setdefault(source, []).append(record.name)
    rows = []
    for name, held in sorted(places.items(), key=lambda item: (-len(item[1]), item[0])):
        known = series.sources.get(name)
        publisher, title, url = (known.publisher, known.title, known.url) if known else ("", name, name)
        rows.append((publisher, title, url, len(held), ", ".join(sorted(set(held)))))
    return pd.DataFrame(rows, columns=list(SOURCE_COLUMNS))


def _ratio(value: float, whole: float) -> float:
    return value / whole if whole else float(np.nan)
