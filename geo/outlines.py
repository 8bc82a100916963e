"""Outlines of familiar countries, laid flat at true size, for comparing on the map."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache, partial

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import geojson
from geo.generalize import generalize_lines
from geo.load import load_base
from geo.measure import area_km2

GRID_M = 100
"""Coordinates of an outline are multiples of this."""

_SMALLEST_PART = 1 / 5_000
"""Islands below this share of the whole are not drawn."""

_TOLERANCE = 1 / 400
"""How far a simplified border may stray, as a share of the side of a square of the same area."""


@dataclass(frozen=True, eq=False)
class Outline:
    """A country on a plane of its own.

    Attributes
    ----------
    id
        Such as ``"great_britain"``; the page has the words for it.
    area_km2
        Measured like the series, on the whole outline.
    rings
        Closed rings, east and north of the centre in units of `GRID_M`. They are simplified and enclose `area_km2`.
    """

    id: str
    area_km2: float
    rings: tuple[NDArray[np.int64], ...] = field(repr=False)


@lru_cache(maxsize=1)
def outlines() -> tuple[Outline, ...]:
    """Every outline of the base map, from Natural Earth 1:10m (public domain), the largest last."""
    found = {item["properties"]["name"]: geojson.geometry(item) for item in load_base("outlines")["features"]}
    for name in ("great_britain", "united_kingdom"):
        found[name] = geojson.geometry(load_base(name)["features"][0])
    flat = [_flat(name.lower().replace(" ", "_"), country) for name, country in found.items()]
    return tuple(sorted(flat, key=lambda outline: outline.area_km2))


def _flat(name: str, country: shapely.Geometry) -> Outline:
    """Lay a country on the ellipsoidal azimuthal equal-area plane around its centre.

    What simplifying and leaving out islands take away is given back by widening, at most 0.4 % in area, so that the
    shape drawn has the area said.
    """
    import pyproj

    centre = shapely.centroid(country)
    laea = pyproj.Transformer.from_crs("OGC:CRS84", f"+proj=laea +lat_0={centre.y} +lon_0={centre.x} +datum=WGS84", always_xy=True)
    parts = shapely.get_parts(country)
    areas = area_km2(parts)
    drawn = shapely.get_exterior_ring(parts[areas > areas.sum() * _SMALLEST_PART])
    flat = [shapely.transform(ring, laea.transform, interleaved=False) for ring in drawn]
    rings = generalize_lines(flat, np.sqrt(areas.sum()) * 1000 * _TOLERANCE)
    simple = [shapely.transform(shapely.Polygon(ring), partial(laea.transform, direction="INVERSE"), interleaved=False) for ring in rings]
    widen = np.sqrt(areas.sum() / area_km2(simple).sum()) / GRID_M
    return Outline(name, float(areas.sum()), tuple(np.rint(shapely.get_coordinates(ring) * widen).astype(np.int64) for ring in rings))
