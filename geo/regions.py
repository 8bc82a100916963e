"""Land by region: per governorate, per country, or in anyone's polygons.

Every face of a series is cut by the regions once; after that the area of any region on any date is a sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import geojson
from geo.compare import ratio
from geo.errors import SeriesError
from geo.load import load_base
from geo.measure import area_km2
from geo.model import Series
from geo.overlay import Faces, cached_faces
from geo.periods import READINGS

if TYPE_CHECKING:
    import pandas as pd

OUTSIDE = "(in no region)"
"""Name of the row for land that lies in none of the regions."""

REGION_COLUMNS = (
    "definition",
    "actor",
    "date",
    "region",
    "area_km2",
    "area_certain_km2",
    "area_possible_km2",
    "region_km2",
    "share_of_region",
)

REGION_CHANGE_COLUMNS = (
    "definition",
    "actor",
    "date_a",
    "date_b",
    "region",
    "before_km2",
    "after_km2",
    "gained_km2",
    "lost_km2",
    "held_km2",
    "net_km2",
    "region_km2",
    "net_share_of_region",
)


@dataclass(frozen=True, eq=False)
class Regions:
    """Named regions whose interiors do not meet.

    Attributes
    ----------
    name
        r names.
    polygon
        r polygons or multipolygons, longitude/latitude, WGS 84.
    area_km2
        r areas on the ellipsoid.
    """

    name: tuple[str, ...]
    polygon: NDArray[np.object_] = field(repr=False)
    area_km2: NDArray[np.float64] = field(repr=False)


def make_regions(names: Sequence[str], polygons: Sequence[shapely.Geometry]) -> Regions:
    """Regions from names and polygons; those with the same name are one.

    Where regions overlap, the land counts for the one that comes first, so that regions always sum to the whole.

    Parameters
    ----------
    names
        n names.
    polygons
        n polygons or multipolygons, longitude/latitude, WGS 84.

    Raises
    ------
    SeriesError
        There are none, or one is no valid polygon; all such are named.
    """
    faults = [
        f"{name!r}: {shapely.is_valid_reason(polygon) if polygon is not None else 'no geometry'}"
        for name, polygon in zip(names, polygons, strict=True)
        if polygon is None or polygon.geom_type not in ("Polygon", "MultiPolygon") or not polygon.is_valid
    ]
    if faults or not len(names):
        listed = "\n  ".join(faults) or "no features"
        raise SeriesError(f"regions cannot be used:\n  {listed}\nExpected valid polygons in longitude/latitude, with a name each.")
    distinct = list(dict.fromkeys(names))
    merged = np.empty(len(distinct), dtype=object)
    for number, name in enumerate(distinct):
        same = [polygon for other, polygon in zip(names, polygons, strict=True) if other == name]
        merged[number] = same[0] if len(same) == 1 else shapely.union_all(same)
    if not shapely.coverage_is_valid(merged):
        tree = shapely.STRtree(merged)
        for number in range(1, len(merged)):
            earlier = np.sort(tree.query(merged[number], predicate="intersects"))
            merged[number] = shapely.difference(merged[number], shapely.union_all(merged[earlier[earlier < number]]))
    return Regions(tuple(distinct), merged, area_km2(merged))


@lru_cache(maxsize=8)
def load_regions(by: str | Path = "governorates", *, name: str = "name") -> Regions:
    """Read regions.

    Parameters
    ----------
    by
        ``"governorates"`` or ``"countries"`` of the bundled base map (Natural Earth 1:10m), or a GeoJSON file of polygons.
    name
        The property that names a region; only files have a choice.

    Raises
    ------
    SeriesError
        No such file, a feature without the property, or no valid polygons.
    """
    if by in ("governorates", "countries"):
        features, name = load_base(str(by))["features"], "name"
    else:
        features = geojson.read(by)["features"]
    names, polygons = [], []
    for number, item in enumerate(features, 1):
        properties = item.get("properties") or {}
        if properties.get(name) in (None, ""):
            known = ", ".join(sorted(properties)) or "none"
            raise SeriesError(f"{by}: feature {number} has no property {name!r} to name it. It has {known}; choose one with --name.")
        names.append(str(properties[name]))
        try:
            polygons.append(geojson.geometry(item))
        except ValueError as error:
            raise SeriesError(f"{by}: feature {number}: {error}.") from error
    return make_regions(names, polygons)


def face_areas(cut: Faces, regions: Regions) -> NDArray[np.float64]:
    """How much of each face lies in each region.

    Parameters
    ----------
    cut
        f faces of a series.
    regions
        r regions.

    Returns
    -------
    numpy.ndarray
        (f, r + 1) areas in km²; the last column is what lies in no region, so that rows sum to the area of the face.
    """
    pieces, face = shapely.get_parts(cut.polygon, return_index=True)
    areas = np.zeros((len(cut.polygon), len(regions.name) + 1))
    if len(pieces):
        tree = shapely.STRtree(pieces)
        region, piece = tree.query(regions.polygon, predicate="intersects")
        whole = np.zeros((len(regions.name), len(pieces)), dtype=bool)
        whole[tuple(tree.query(regions.polygon, predicate="contains"))] = True
        inside = whole[region, piece]
        measured = np.empty(len(piece))
        measured[inside] = area_km2(pieces[piece[inside]])
        measured[~inside] = area_km2(shapely.intersection(pieces[piece[~inside]], regions.polygon[region[~inside]]))
        np.add.at(areas, (face[piece], region), measured)
    areas[:, -1] = np.maximum(cut.area_km2 - areas.sum(axis=1), 0)
    return areas


@lru_cache(maxsize=32)
def cached_face_areas(cut: Faces, regions: Regions) -> NDArray[np.float64]:
    """`face_areas`, remembered for the last 32 pairs asked about; read-only."""
    areas = face_areas(cut, regions)
    areas.flags.writeable = False
    return areas


def region_table(series: Sequence[Series], days: Sequence[date], *, regions: Regions | None = None) -> pd.DataFrame:
    """Area held in each region on each day.

    Parameters
    ----------
    series
        One series, or one per definition.
    days
        The days asked about.
    regions
        The regions; None for the governorates of Syria and Iraq.

    Returns
    -------
    pandas.DataFrame
        `REGION_COLUMNS`, one row per definition, actor, day and region that the series ever touches, and a row `OUTSIDE`
        for what lies in no region; the rows of a day sum to the whole. `share_of_region` is `area_km2` over
        `region_km2`; both are missing (NaN) for `OUTSIDE`.

    Raises
    ------
    DateError
        A day lies outside the series.
    GeometryError
        The series has a polygon that is not valid.
    """
    import pandas as pd

    found = regions or load_regions()
    rows = []
    ordered = sorted(set(days))
    for one in series:
        dates = [one.day(day) for day in ordered]
        for actor in one.actors:
            cut = cached_faces(one, actor)
            parts = cached_face_areas(cut, found)
            recorded, certain, possible = (cut.held(dates, reading).astype(float) @ parts for reading in READINGS)
            for number, day in enumerate(dates):
                for name, region, whole in _touched(parts, found):
                    area = float(recorded[number, region])
                    known = float(certain[number, region]), float(possible[number, region])
                    rows.append((one.definition.id, actor, day.isoformat(), name, area, *known, whole, ratio(area, whole)))
    return pd.DataFrame(rows, columns=list(REGION_COLUMNS))


def region_change_table(series: Sequence[Series], pairs: Sequence[tuple[date, date]], *, regions: Regions | None = None) -> pd.DataFrame:
    """What was gained, lost and held in each region between two days.

    Parameters
    ----------
    series, regions
        As for `region_table`.
    pairs
        Pairs of days.

    Returns
    -------
    pandas.DataFrame
        `REGION_CHANGE_COLUMNS`, one row per definition, actor, pair and region that the series ever touches, and a row
        `OUTSIDE`; areas as recorded. `net_share_of_region` is `net_km2` over `region_km2`.

    Raises
    ------
    DateError
        A day lies outside the series.
    GeometryError
        The series has a polygon that is not valid.
    """
    import pandas as pd

    found = regions or load_regions()
    rows = []
    for one in series:
        for actor in one.actors:
            cut = cached_faces(one, actor)
            parts = cached_face_areas(cut, found)
            for a, b in ((one.day(a), one.day(b)) for a, b in pairs):
                before, after = cut.held([a])[0], cut.held([b])[0]
                masks = np.array([before, after, after & ~before, before & ~after, before & after], dtype=float)
                sums = masks @ parts
                for name, region, whole in _touched(parts, found):
                    areas = cast(list[float], sums[:, region].tolist())
                    net = areas[1] - areas[0]
                    rows.append((one.definition.id, actor, a.isoformat(), b.isoformat(), name, *areas, net, whole, ratio(net, whole)))
    return pd.DataFrame(rows, columns=list(REGION_CHANGE_COLUMNS))


def _touched(parts: NDArray[np.float64], regions: Regions) -> list[tuple[str, int, float]]:
    """Name, column and area of the regions that any face touches, and of what lies in none."""
    named = [(regions.name[region], int(region), float(regions.area_km2[region])) for region in np.flatnonzero(parts[:, :-1].any(axis=0))]
    return [*named, (OUTSIDE, len(regions.name), float(np.nan))]
