"""Area as a function of reach: how the figure for a day grows with the distance from a held place at which land still counts.

The definitions of control are four points of one curve. With a(p, r) the area of the land that place p stands for within the reach r,
and H(d) the places held on day d::

    A(d, r) = sum of a(p, r) over p in H(d)

Within a reach, places in open desert do not count; without a limit they do, as under the definition without a reach. Between two reaches
of the grid, a is linear in r², as it is for a whole disk: between grid points the sum is at most 0.2 % low, 0.5 % where only pockets are left.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from geo.errors import SeriesError
from geo.load import LAYERS, catalog, definitions, load_series
from geo.model import Series
from geo.periods import Reading

Areas = NDArray[np.float64]
Held = NDArray[np.bool_]


@dataclass(frozen=True)
class Place:
    """A place that was ever held: names of its country and governorate, and its bank of the Euphrates or Tigris within 8 km."""

    place_id: str
    name: str
    kind: str
    country: str
    governorate: str
    bank: str


@dataclass(frozen=True, eq=False)
class PlaceAreas:
    """The land of every place that was ever held, by country and within each reach of a grid.

    Attributes
    ----------
    series
        The bundled series without a limit: its rows say when a place was held.
    places
        p places.
    reach_km
        r reaches in ascending order, from 0; the last is infinite and stands for no limit.
    area_km2
        (p, r) areas by name of the country.
    """

    series: Series = field(repr=False)
    places: tuple[Place, ...] = field(repr=False)
    reach_km: Areas = field(repr=False)
    area_km2: Mapping[str, Areas] = field(repr=False)

    def held(self, days: Sequence[date], reading: Reading = "recorded") -> Held:
        """Which places are held on which day: a (days, p) table."""
        column = {place.place_id: number for number, place in enumerate(self.places)}
        place = np.array([column[record.properties["place_id"]] for record in self.series.records])
        start, end = self.series.spans(reading).T
        found = np.zeros((len(days), len(self.places)), dtype=bool)
        for number, day in enumerate(days):
            found[number, place[(start <= day.toordinal()) & (day.toordinal() < end)]] = True
        return found

    def areas(self, held: Held, country: str | None = None) -> Areas:
        """Area within each reach of the places held: (days, r) in km², in one country or in all of them."""
        parts = self.area_km2.values() if country is None else [self.area_km2[country]]
        return np.asarray(held @ sum(parts), dtype=np.float64)

    def at(self, values: Areas, reach_km: float) -> float:
        """A value given per reach of the grid, at any reach; infinite for no limit."""
        if np.isinf(reach_km):
            return float(values[-1])
        return float(np.interp(reach_km**2, self.reach_km[:-1] ** 2, values[:-1]))

    def reaching(self, values: Areas, wanted: float) -> list[float]:
        """The finite reaches, in ascending order, at which a value given per reach of the grid is the one wanted."""
        squares = self.reach_km[:-1] ** 2
        before, after = values[:-2] - wanted, values[1:-1] - wanted
        crossing = np.flatnonzero((before * after <= 0) & (before != after))
        share = before[crossing] / (before - after)[crossing]
        return list(dict.fromkeys(np.sqrt(squares[crossing] + share * np.diff(squares)[crossing]).tolist()))


@lru_cache(maxsize=1)
def load_place_areas() -> PlaceAreas:
    """Read the land of every place within each reach, for the bundled series.

    Raises
    ------
    SeriesError
        The layer is missing or broken.
    """
    path = LAYERS / catalog()["places"]
    try:
        layer = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SeriesError(f"cannot read {path} ({error}). Run `python -m geo build` to make it.") from error
    rows, grid = layer["places"], layer["reach_km"]
    area = {country: np.zeros((len(rows), len(grid) + 1)) for country in sorted({name for row in rows for name in row["unlimited_km2"]})}
    for number, row in enumerate(rows):
        for country, curve in row["area_km2"].items():
            area[country][number, :-1] = curve + [curve[-1]] * (len(grid) - len(curve))
        for country, whole in row["unlimited_km2"].items():
            area[country][number, -1] = whole
    places = tuple(Place(**{name: row[name] for name in Place.__dataclass_fields__}) for row in rows)
    unlimited = next(definition.id for definition in definitions() if definition.reach_km is None)
    return PlaceAreas(load_series(definition=unlimited), places, np.array([*grid, np.inf]), area)
