"""Land by region: per governorate, per country, or in anyone's polygons.

Every face of a series is cut by the regions once; after that the area of any region on any date is a sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from geo import geojson
from geo.compare import PART_COLUMNS, part_masks
from geo.errors import SeriesError
from geo.load import load_base
from geo.measure import area_km2
from geo.model import CRS, Series
from geo.overlay import Faces, cached_faces
from geo.periods import READINGS

if TYPE_CHECKING:
    import pandas as pd

OUTSIDE = "(in no region)"
"""Name of the row for land that lies in none of the regions."""

_TOUCHED = 1e-7
"""Share of a region below which it counts as not touched: borders rounded to six decimals overlap by so much."""

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
    *PART_COLUMNS,
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
    faults = [f"{name!r} is {fault}" for name, shape in zip(names, polygons, strict=True) if (fault := _fault(shape))]
    if faults or not len(names):
        listed = "\n  ".join(faults) or "there are none"
        raise SeriesError(f"regions cannot be used:\n  {listed}\nExpected valid polygons in longitude/latitude, with a name each.")
    named: dict[str, list[shapely.Geometry]] = {}
    for name, shape in zip(names, polygons, strict=True):
        named.setdefault(name, []).append(shape)
    merged = np.empty(len(named), dtype=object)
    merged[:] = [shapes[0] if len(shapes) == 1 else shapely.union_all(shapes) for shapes in named.values()]
    if not shapely.coverage_is_valid(merged):
        tree = shapely.STRtree(merged)
        for number in range(1, len(merged)):
            earlier = np.sort(tree.query(merged[number], predicate="intersects"))
            merged[number] = shapely.difference(merged[number], shapely.union_all(merged[earlier[earlier < number]]))
    return Regions(tuple(named), merged, area_km2(merged))


def load_regions(by: str | Path = "governorates", *, name: str = "name") -> Regions:
    """Read regions.

    Parameters
    ----------
    by
        ``"governorates"`` or ``"countries"`` of the bundled base map (Natural Earth 1:10m), or a file of polygons that GDAL reads,
        such as GeoJSON, GeoPackage or a shapefile; a file that names no CRS is taken as longitude/latitude.
    name
        The property that names a region; only files have a choice.

    Raises
    ------
    SeriesError
        No such file, a feature without the property, or no valid polygons.
    """
    if by in ("governorates", "countries"):
        return _bundled(str(by))
    import geopandas as gpd
    import pyogrio

    try:
        features = gpd.read_file(by)
    except pyogrio.errors.DataSourceError as error:
        raise SeriesError(f"cannot read {by}: {error}. Expected governorates, countries, or a file of polygons.") from error
    if not isinstance(features, gpd.GeoDataFrame) or name not in features:
        known = ", ".join(features.columns.drop("geometry", errors="ignore")) or "none"
        raise SeriesError(f"{by} has no property {name!r} to name its regions. It has: {known}; choose one with --name.")
    nameless = np.flatnonzero(features[name].isna())
    if len(nameless):
        raise SeriesError(f"{by}: feature {nameless[0] + 1} has no {name!r} to name it. Expected one for every feature.")
    shapes = features.geometry.to_crs(CRS) if features.crs else features.geometry
    return make_regions(features[name].astype(str).tolist(), shapely.force_2d(shapes.to_numpy()))


def face_areas(cut: Faces, regions: Regions) -> csr_array:
    """How much of each face lies in each region.

    Parameters
    ----------
    cut
        f faces of a series.
    regions
        r regions.

    Returns
    -------
    scipy.sparse.csr_array
        (f, r + 1) areas in km²; the last column is what lies in no region, so that rows sum to the area of the face. A region of
        which the faces together hold less than a ten-millionth is none of theirs.
    """
    pieces, face = shapely.get_parts(cut.polygon, return_index=True)
    tree = shapely.STRtree(pieces)
    region, piece = tree.query(regions.polygon, predicate="intersects")
    whole = np.zeros((len(regions.name), len(pieces)), dtype=bool)
    whole[tuple(tree.query(regions.polygon, predicate="contains"))] = True
    shared = pieces[piece]
    cut_through = ~whole[region, piece]
    shared[cut_through] = shapely.intersection(shared[cut_through], regions.polygon[region[cut_through]])
    shape = len(cut.polygon), len(regions.name) + 1
    areas = area_km2(shared)
    touched = np.bincount(region, weights=areas, minlength=len(regions.name)) > _TOUCHED * regions.area_km2
    inside = coo_array((areas * touched[region], (face[piece], region)), shape=shape).tocsr()
    outside = np.maximum(cut.area_km2 - inside.sum(axis=1), 0)
    last = np.full(shape[0], shape[1] - 1)
    return inside + coo_array((outside, (np.arange(shape[0]), last)), shape=shape).tocsr()


def cached_face_areas(cut: Faces, regions: Regions) -> csr_array:
    """`face_areas`, remembered with the series."""
    remembered, key = cut.series.remembered, (face_areas, cut, regions)
    if key not in remembered:
        remembered[key] = face_areas(cut, regions)
    return remembered[key]


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
    return with_region_shares(region_sums(series, days, regions=regions))


def region_sums(series: Sequence[Series], days: Sequence[date], *, regions: Regions | None = None) -> pd.DataFrame:
    """All but the last of `REGION_COLUMNS`, whose areas add up over parts of the land; parameters as for `region_table`."""
    import pandas as pd

    found = []
    for one, actor, cut in _each(series):
        dates = [one.day(day) for day in sorted(set(days))]
        held = dict(zip(REGION_COLUMNS[4:7], (cut.held(dates, reading) for reading in READINGS), strict=True))
        rows = {"definition": one.definition.id, "actor": actor, "date": [day.isoformat() for day in dates]}
        found.append(_by_region(rows, held, cut, regions or load_regions()))
    return pd.concat(found, ignore_index=True)[list(REGION_COLUMNS[:-1])]


def with_region_shares(sums: pd.DataFrame) -> pd.DataFrame:
    """A table of `region_sums` with the share of each region."""
    return sums.assign(share_of_region=sums["area_km2"] / sums["region_km2"])


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
        `OUTSIDE`; each area with its certain and possible range. `net_share_of_region` is `net_km2` over `region_km2`.

    Raises
    ------
    DateError
        A day lies outside the series.
    GeometryError
        The series has a polygon that is not valid.
    """
    import pandas as pd

    found = []
    for one, actor, cut in _each(series):
        dates = [(one.day(a), one.day(b)) for a, b in pairs]
        ends = {f"date_{end}": [pair[number].isoformat() for pair in dates] for number, end in enumerate("ab")}
        rows = {"definition": one.definition.id, "actor": actor, **ends}
        table = _by_region(rows, part_masks(cut, dates), cut, regions or load_regions())
        net = table["after_km2"] - table["before_km2"]
        found.append(table.assign(net_km2=net, net_share_of_region=net / table["region_km2"]))
    return pd.concat(found, ignore_index=True)[list(REGION_CHANGE_COLUMNS)]


def _each(series: Sequence[Series]) -> Iterator[tuple[Series, str, Faces]]:
    return ((one, actor, cached_faces(one, actor)) for one in series for actor in one.actors)


def _by_region(rows: Mapping[str, object], land: Mapping[str, NDArray[np.bool_]], cut: Faces, regions: Regions) -> pd.DataFrame:
    """For k rows and, by column, their (k, f) tables of faces: a row per row and region that any face touches, with its areas."""
    import pandas as pd

    parts = cached_face_areas(cut, regions)
    touched = np.append(np.unique(parts[:, :-1].nonzero()[1]), len(regions.name))
    names, whole = np.array([*regions.name, OUTSIDE], dtype=object), np.append(regions.area_km2, np.nan)
    table = pd.DataFrame(rows).loc[lambda found: np.repeat(found.index, len(touched))].reset_index(drop=True)
    count = len(table) // len(touched)
    areas = {name: (held @ parts[:, touched]).ravel() for name, held in land.items()}
    return table.assign(region=np.tile(names[touched], count), **areas, region_km2=np.tile(whole[touched], count))


def _fault(shape: shapely.Geometry | None) -> str:
    if shape is None or shape.geom_type not in ("Polygon", "MultiPolygon"):
        return f"a {shape.geom_type}" if shape is not None else "without geometry"
    return "" if shape.is_valid else f"not valid: {shapely.is_valid_reason(shape)}"


@lru_cache(maxsize=2)
def _bundled(name: str) -> Regions:
    features = load_base(name)["features"]
    return make_regions([item["properties"]["name"] for item in features], [geojson.geometry(item) for item in features])
