"""Tidy tables with fixed columns and units in their names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, cast

import numpy as np

from geo import geojson
from geo.compare import PART_COLUMNS, PARTS, Land, changes
from geo.load import load_base
from geo.measure import area_km2
from geo.model import CRS, Series
from geo.overlay import SNAP_DEG, cached_faces, faces_on_days, matrix
from geo.periods import READINGS

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

CHANGE_COLUMNS = (
    "definition",
    "actor",
    "date_a",
    "date_b",
    "days",
    *PART_COLUMNS,
    "net_km2",
    "net_km2_per_day",
    "share_gained",
    "share_lost",
    "net_share",
)

CHANGE_FEATURE_COLUMNS = ("definition", "actor", "date_a", "date_b", "part", "area_km2", "area_certain_km2", "area_possible_km2")

MATRIX_COLUMNS = ("definition", "actor", "date_a", "date_b", "before_km2", "after_km2", "gained_km2", "lost_km2", "held_km2")

TERRITORY_COLUMNS = ("definition", "actor", "date", "rows", "area_km2", "area_certain_km2", "area_possible_km2", "sources")

SOURCE_COLUMNS = ("publisher", "title", "url", "places", "place_names")


@lru_cache(maxsize=2)
def country_area_km2(name: str) -> float:
    """Area in km² of ``"great_britain"`` (the main island) or ``"united_kingdom"``, measured like the series.

    The outlines are those of Natural Earth 1:10m (public domain).
    """
    return float(sum(area_km2([geojson.geometry(item) for item in load_base(name)["features"]])))


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
        A ratio to nothing is missing (NaN). Where an actor never holds two rows on one day, its area is that of the row; else
        rows are overlaid, for which vertices less than 8 cm from each other count as one (see `geo.faces`).

    Raises
    ------
    DateError
        A day or the baseline lies outside the series.
    GeometryError
        The series has a polygon that is not valid.
    """
    import pandas as pd

    found = []
    for one in series:
        asked, reference = [one.day(day) for day in days], one.day(baseline or one.baseline)
        sums = pd.concat([area_sums([one], [*asked, reference]), _changing_areas(one)]).drop_duplicates(["actor", "date"])
        found.append(with_area_ratios(sums.sort_values(["actor", "date"]), asked, baseline=reference))
    return pd.concat(found, ignore_index=True)


def _changing_areas(series: Series) -> pd.DataFrame:
    """`area_sums` on every day of change, remembered with the series."""
    if area_sums not in series.remembered:
        series.remembered[area_sums] = area_sums([series], [series.first, *series.dates])
    return cast("pd.DataFrame", series.remembered[area_sums])


def area_sums(series: Sequence[Series], days: Sequence[date]) -> pd.DataFrame:
    """The first six of `AREA_COLUMNS`, those that add up over parts of the land; a row per definition, actor and day."""
    import pandas as pd

    ordered = sorted(set(days))
    rows = []
    for one in series:
        for actor in one.actors:
            areas = [faces_on_days(one, actor).areas(ordered, reading) for reading in READINGS]
            rows += [(one.definition.id, actor, day.isoformat(), *found) for day, *found in zip(ordered, *areas, strict=True)]
    return pd.DataFrame(rows, columns=list(AREA_COLUMNS[:6]))


def with_area_ratios(sums: pd.DataFrame, days: Sequence[date], *, baseline: date) -> pd.DataFrame:
    """The days asked about of a table of `area_sums` that has every day of change too, with the ratios of `area_table`."""
    area, hands = sums["area_km2"], [sums["definition"], sums["actor"]]
    peak = area.groupby(hands).transform("max")
    base = area.where(sums["date"] == baseline.isoformat()).groupby(hands).transform("max")
    table = sums.assign(
        share_of_peak=area / peak.where(peak > 0),
        ratio_to_baseline=area / base.where(base > 0),
        ratio_to_great_britain=area / country_area_km2("great_britain"),
    )
    return table[table["date"].isin([day.isoformat() for day in days])].reset_index(drop=True)


def change_table(series: Sequence[Series], pairs: Sequence[tuple[date, date]], *, tolerance_deg: float = SNAP_DEG) -> pd.DataFrame:
    """What was gained, lost and held between two days, for any number of pairs of days.

    Parameters
    ----------
    series
        One series, or one per definition.
    pairs
        Pairs of days.
    tolerance_deg
        How close vertices are moved to each other where borders were redrawn or rounded; see `geo.faces`.

    Returns
    -------
    pandas.DataFrame
        `CHANGE_COLUMNS`, one row per definition, actor and pair: the figures of `Change`, each area with its certain and possible
        range. `share_gained`, `share_lost` and `net_share` are over `before_km2`, and missing (NaN) where that is 0.

    Raises
    ------
    DateError
        A day lies outside the series.
    GeometryError
        The series has a polygon that is not valid.
    """
    return with_change_figures(change_sums(series, pairs, tolerance_deg=tolerance_deg))


def change_sums(series: Sequence[Series], pairs: Sequence[tuple[date, date]], *, tolerance_deg: float = SNAP_DEG) -> pd.DataFrame:
    """All but the last five of `CHANGE_COLUMNS`, those that add up over parts of the land; parameters as for `change_table`."""
    import pandas as pd

    rows = []
    for one in series:
        dates = [(one.day(a), one.day(b)) for a, b in pairs]
        for actor in one.actors:
            for change in changes(cached_faces(one, actor, tolerance_deg), dates, actor=actor):
                areas = [area for part in PARTS for area in getattr(change, part).areas]
                rows.append((one.definition.id, actor, change.a.isoformat(), change.b.isoformat(), change.days, *areas))
    return pd.DataFrame(rows, columns=list(CHANGE_COLUMNS[:-5]))


def with_change_figures(sums: pd.DataFrame) -> pd.DataFrame:
    """A table of `change_sums` with the net change, rates and shares, as `Change` has them."""
    before, net = sums["before_km2"].where(sums["before_km2"] > 0), sums["after_km2"] - sums["before_km2"]
    return sums.assign(
        net_km2=net,
        net_km2_per_day=net / sums["days"].where(sums["days"] != 0),
        share_gained=sums["gained_km2"] / before,
        share_lost=sums["lost_km2"] / before,
        net_share=net / before,
    )


def change_features(series: Series, pairs: Sequence[tuple[date, date]], *, tolerance_deg: float = SNAP_DEG) -> geopandas.GeoDataFrame:
    """The land gained, lost and held between two days, for any number of pairs of days.

    Parameters
    ----------
    series
        The series.
    pairs, tolerance_deg
        As for `change_table`.

    Returns
    -------
    geopandas.GeoDataFrame
        `CHANGE_FEATURE_COLUMNS` and the geometry, dissolved, longitude/latitude (OGC:CRS84); three rows per actor and pair, `part`
        being ``"gained"``, ``"lost"`` and ``"held"``. The geometry is empty where `area_km2` is 0.

    Raises
    ------
    DateError
        A day lies outside the series.
    GeometryError
        The series has a polygon that is not valid.
    """
    import geopandas as gpd
    import pandas as pd

    rows, shapes = [], []
    for actor in series.actors:
        dates = [(series.day(a), series.day(b)) for a, b in pairs]
        for change in changes(cached_faces(series, actor, tolerance_deg), dates, actor=actor):
            for part in ("gained", "lost", "held"):
                land: Land = getattr(change, part)
                rows.append((series.definition.id, actor, change.a.isoformat(), change.b.isoformat(), part, *land.areas))
                shapes.append(land.geometry)
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=list(CHANGE_FEATURE_COLUMNS)), geometry=shapes, crs=CRS)


def matrix_table(series: Sequence[Series], days: Sequence[date], *, tolerance_deg: float = SNAP_DEG) -> pd.DataFrame:
    """Every day compared with itself and every later one.

    Parameters
    ----------
    series
        One series, or one per definition.
    days
        n days, in any order.
    tolerance_deg
        As for `change_table`.

    Returns
    -------
    pandas.DataFrame
        `MATRIX_COLUMNS`, n (n + 1) / 2 rows per definition and actor, as recorded. What is lost from a day to a later one is what
        is gained from the later to the earlier.

    Raises
    ------
    DateError
        A day lies outside the series.
    GeometryError
        The series has a polygon that is not valid.
    """
    import pandas as pd

    found = []
    for one in series:
        for actor in one.actors:
            pairs = matrix(one, days, actor=actor, tolerance_deg=tolerance_deg)
            a, b = np.triu_indices(len(pairs.days))
            day = np.array([day.isoformat() for day in pairs.days])
            area = np.diag(pairs.held_km2)
            columns = (one.definition.id, actor, day[a], day[b], area[a], area[b])
            parts = pairs.gained_km2[a, b], pairs.lost_km2[a, b], pairs.held_km2[a, b]
            found.append(pd.DataFrame(dict(zip(MATRIX_COLUMNS, (*columns, *parts), strict=True))))
    return pd.concat(found, ignore_index=True)


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
