"""How much land each place stands for within any reach, by country: what the definitions have in four reaches, on a fine grid."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.measure import area_km2
from geo.prepare.facts import COUNTRIES, LAND, Facts
from geo.prepare.tessellate import Tessellation

STEP_KM = 0.5
"""Step of the grid of reaches, and half of it up to `FINE_KM`; the reaches of the definitions are on it besides."""

FINE_KM = 5

DECIMALS = 4
"""Areas are kept to 100 m²."""

_FULL = 1e-6
"""Land is all within a reach where no more than this share of it lies beyond: the slivers that snapping leaves."""


def reach_layer(facts: Facts, tessellation: Tessellation, pieces: Mapping[str, shapely.Geometry]) -> str:
    """The layer as text: JSON, one place per line.

    Parameters
    ----------
    facts
        The facts.
    tessellation
        The cells of all places.
    pieces
        By place, the land it stands for without a limit, longitude/latitude.

    Returns
    -------
    str
        ``reach_km`` is the grid. Every place has its attributes, and per country ``area_km2``, its land within each
        reach of the grid (after the last figure given it is full), and ``unlimited_km2``, its land without a limit. Kinds of
        place that count without a limit only have no ``area_km2``.
    """
    excluded = frozenset.union(*(definition.kinds_excluded for definition in facts.definitions))
    number = {place.place_id: index for index, place in enumerate(facts.places)}
    parts = list(_by_country(facts, pieces))
    limited = [index for index, (place_id, _, _) in enumerate(parts) if facts.places[number[place_id]].kind not in excluded]
    land = np.array([parts[index][2] for index in limited], dtype=object)
    reaches = {definition.reach_km for definition in facts.definitions if definition.reach_km is not None}
    grid, curves = _curves(tessellation, [number[parts[index][0]] for index in limited], land, reaches)
    area: dict[str, dict[str, list[float]]] = {}
    unlimited: dict[str, dict[str, float]] = {}
    for (place_id, country, _), whole in zip(parts, area_km2([part for _, _, part in parts]), strict=True):
        unlimited.setdefault(place_id, {})[country] = round(float(whole), DECIMALS)
    for index, curve in zip(limited, curves, strict=True):
        area.setdefault(parts[index][0], {})[parts[index][1]] = [round(float(value), DECIMALS) for value in curve]
    rows = []
    for place_id in pieces:
        place = facts.places[number[place_id]]
        attributes = {"place_id": place_id, "name": place.name, "kind": place.kind, "country": COUNTRIES[place.country]}
        more = {"governorate": place.governorate, "bank": place.bank}
        rows.append({**attributes, **more, "area_km2": area.get(place_id, {}), "unlimited_km2": unlimited[place_id]})
    lines = ",\n".join(_json(row) for row in rows)
    return f'{{"reach_km":{_json(grid)},\n"places":[\n{lines}\n]}}\n'


def _by_country(facts: Facts, pieces: Mapping[str, shapely.Geometry]) -> Iterator[tuple[str, str, shapely.Geometry]]:
    """Place, country and land, cut where a piece straddles the border."""
    outlines = np.array([facts.country(name) for name in LAND], dtype=object)
    shapely.prepare(outlines)
    for place_id, piece in pieces.items():
        inside = shapely.contains(outlines, piece)
        if inside.any():
            yield place_id, LAND[int(inside.argmax())], piece
            continue
        parts = shapely.intersection(piece, outlines)
        for name, part, area in zip(LAND, parts, area_km2(parts), strict=True):
            if area >= 10**-DECIMALS:
                yield place_id, name, part


def _curves(
    tessellation: Tessellation, index: Sequence[int], land: NDArray[np.object_], reaches: set[float]
) -> tuple[list[float], list[list[float]]]:
    """The grid, up to the reach at which every piece is full, and per piece its area within each reach until it is full."""
    whole = area_km2(land)
    caps = np.array([tessellation.places[place].radius_cap_km or np.inf for place in index])
    curves: list[list[float]] = [[0.0] for _ in land]
    open_ = np.arange(len(land))
    grid = [0.0]
    while len(open_):
        step = STEP_KM / 2 if grid[-1] < FINE_KM else STEP_KM
        following = (np.floor(grid[-1] / step) + 1) * step
        grid.append(float(min({following} | {reach for reach in reaches if reach > grid[-1]})))
        disks = tessellation.disks([index[piece] for piece in open_.tolist()], grid[-1])
        areas = area_km2(shapely.intersection(land[open_], np.array(disks, dtype=object)))
        full = (areas >= whole[open_] * (1 - _FULL)) | (caps[open_] <= grid[-1])
        for piece, area in zip(open_, np.where(full, whole[open_], areas), strict=True):
            curves[piece].append(area)
        open_ = open_[~full]
    return grid, curves


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
