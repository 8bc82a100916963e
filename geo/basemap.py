"""The vector base map of Syria and Iraq, simplified for drawing: what the page, pictures and films lie on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import shapely

from geo import geojson
from geo.generalize import generalize_lines
from geo.load import load_base

_BASE_LINES = {"surroundings": 0.01, "countries": 0.004, "governorates": 0.008, "rivers": 0.004, "lakes": 0.004}
_SMALLEST_LAKE_KM2 = 20
_SHORTEST_RIVER_KM = 12


@lru_cache(maxsize=1)
def base_shapes() -> Mapping[str, list[shapely.Geometry]]:
    """Rings of surroundings, land, focus (Syria and Iraq), lakes and governorates, lines of rivers; longitude/latitude."""
    countries = load_base("countries")["features"]
    return {
        "surroundings": _parts(load_base("surroundings")["features"], "surroundings", 3),
        "land": _parts(countries, "countries", 3),
        "focus": _parts([item for item in countries if item["properties"]["name"] in ("Syria", "Iraq")], "countries", 3),
        "lakes": _parts([i for i in load_base("lakes")["features"] if i["properties"]["area_km2"] >= _SMALLEST_LAKE_KM2], "lakes", 3),
        "governorates": _parts(load_base("governorates")["features"], "governorates", 3),
        "rivers": _parts([i for i in load_base("rivers")["features"] if i["properties"]["length_km"] >= _SHORTEST_RIVER_KM], "rivers", 1),
    }


def _parts(features: Sequence[Mapping[str, Any]], name: str, dimension: int) -> list[shapely.Geometry]:
    """The rings of polygons (type 3) or the lines (type 1) of features, simplified for drawing."""
    parts = shapely.get_parts([geojson.geometry(item) for item in features])
    parts = parts[shapely.get_type_id(parts) == dimension]
    lines = list(shapely.get_rings(parts)) if dimension == 3 else list(parts)
    return generalize_lines(lines, _BASE_LINES[name])
