"""Published figures, what the reconstruction has for each, and the reach at which it would give the figure.

A figure is compared under the definition that counts what its publisher counts, in its own scope: both countries, one of
them, or the places of one pocket. With A(H) the area of the places H within a reach, B the places held on the day from
which the publisher's losses count and D those held on the figure's own day::

    area_km2                  A(D)
    area_lost_km2             A(B) - A(D) where losses are net of gains, A(B and not D) where they are land of that day
    share_lost_percent        100 * area_lost_km2 / A(B)
    share_of_country_percent  100 * A(D) / area of the country
    share_of_peak_percent     100 * A(D) / greatest A on any day

The range takes D as certain and as possible, and B the other way round. A figure known to the month is compared with
the mean over the days of that month; its range is that of all those days.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import numpy as np

from geo import geojson
from geo.errors import SeriesError
from geo.load import LAYERS, catalog, definitions, load_base
from geo.measure import area_km2
from geo.model import Series
from geo.periods import READINGS, days_between, parse_date, parse_step
from geo.reach import Areas, Held, PlaceAreas

COUNTRY = {"syria": "Syria", "iraq": "Iraq"}
"""Names of the countries that a scope may be."""


@dataclass(frozen=True)
class Figure:
    """A published figure and how it is to be read.

    Attributes
    ----------
    when
        The day it speaks of, or ``YYYY-MM`` for a month.
    metric, scope
        What is stated, and for which land: ``"syria"``, ``"iraq"``, ``"syria+iraq"``, ``"pocket"``, ``"world"``.
    value, low, high
        The figure and its range, in the unit that the metric names.
    as_published, counts, publisher, group, url
        The figure in the words of the publication, what it counts, who says so, whose series of figures it belongs to, where.
    definition
        Identifier of the definition of the same kind.
    base, loss
        The day that losses count from, and whether they are ``"net"`` or land ``"of_base"``; None where there are none.
    pocket, places
        Which pocket is meant, and its places; None and none in other scopes.
    """

    when: str
    metric: str
    scope: str
    value: float
    low: float
    high: float
    as_published: str
    publisher: str
    group: str
    definition: str
    base: date | None = None
    loss: str | None = None
    pocket: str | None = None
    places: tuple[str, ...] = ()
    counts: str = ""
    url: str = ""


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """A metric as the data have it, per reach of the grid: as recorded, and the ends of its range."""

    recorded: Areas = field(repr=False)
    low: Areas = field(repr=False)
    high: Areas = field(repr=False)


@lru_cache(maxsize=1)
def load_figures() -> tuple[Figure, ...]:
    """The published figures, in order of their dates.

    Raises
    ------
    SeriesError
        The layer is missing or broken.
    """
    path = LAYERS / catalog()["published"]
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SeriesError(f"cannot read {path} ({error}). Run `python -m geo build` to make it.") from error
    return tuple(
        Figure(**{**row, "base": date.fromisoformat(row["base"]) if row["base"] else None, "places": tuple(row["places"])}) for row in rows
    )


def reconstruct(figure: Figure, areas: PlaceAreas) -> Reconstruction | None:
    """What the data have for a figure, per reach of the grid; None for what they do not hold, such as population.

    NaN where a share is one of nothing.
    """
    if figure.metric == "population":
        return None
    country = COUNTRY.get(figure.scope)
    inside = np.array([figure.scope != "pocket" or place.place_id in figure.places for place in areas.places])
    days = _days(figure, areas.series)
    recorded, certain, possible = (areas.held(days, reading) & inside for reading in READINGS)
    now = [areas.areas(held, country) for held in (recorded, certain, possible)]
    if figure.metric == "area_km2":
        return _over_days(*now)
    if figure.metric == "share_of_country_percent":
        whole = country_km2(COUNTRY[figure.scope])
        return _over_days(*(100 * area / whole for area in now))
    if figure.metric == "share_of_peak_percent":
        peak = areas.areas(areas.held(areas.series.dates) & inside, country).max(axis=0)
        return _over_days(*(_percent(area, peak) for area in now))
    if figure.base is None:
        raise SeriesError(
            f"the {figure.metric} of {figure.publisher} on {figure.when} has no base. Expected the day that losses count from."
        )
    then, then_certain, then_possible = (areas.held([figure.base], reading) & inside for reading in READINGS)

    def lost(before: Held, after: Held) -> Areas:
        if figure.loss == "net":
            return areas.areas(before, country) - areas.areas(after, country)
        return areas.areas(before & ~after, country)

    losses = lost(then, recorded), lost(then_certain, possible), lost(then_possible, certain)
    if figure.metric == "area_lost_km2":
        return _over_days(*losses)
    bases = (areas.areas(held, country) for held in (then, then_possible, then_certain))
    return _over_days(*(_percent(loss, base) for loss, base in zip(losses, bases, strict=True)))


def implied_reach(figure: Figure, found: Reconstruction, areas: PlaceAreas) -> tuple[float, str]:
    """The reach in km at which the reconstruction, as recorded, would give a figure, and a remark.

    Where several reaches would, the one nearest to the reach of the figure's definition. NaN where none does; the remark
    then says why.
    """
    values = found.recorded[~np.isnan(found.recorded)]
    if figure.value == 0 and not values.any():
        return float("nan"), "any reach: nothing was held"
    reaches = areas.reaching(found.recorded, figure.value)
    if reaches:
        goal = min(limit_km(figure.definition), float(areas.reach_km[-2]))
        return min(reaches, key=lambda reach: abs(reach - goal)), "several do, this one is nearest to the definition's" if len(
            reaches
        ) > 1 else ""
    if values.max() < figure.value:
        return float("nan"), "none does: it gives less at every reach and without a limit"
    if values.min() > figure.value:
        return float("nan"), "none does: it gives more at every reach"
    return float("nan"), "none does: it takes a part of the open desert"


def limit_km(definition: str) -> float:
    """Reach of a definition of the bundled series in km, infinite for no limit."""
    reach = {known.id: known.reach_km for known in definitions()}[definition]
    return float("inf") if reach is None else reach


@lru_cache(maxsize=8)
def country_km2(name: str) -> float:
    """Area of a country of the base map in km² (Natural Earth 1:10m)."""
    outlines = [geojson.geometry(item) for item in load_base("countries")["features"] if item["properties"]["name"] == name]
    return float(area_km2(np.array(outlines, dtype=object)).sum())


def _days(figure: Figure, series: Series) -> list[date]:
    """The days that a figure may mean."""
    when = parse_date(figure.when)
    return [day for day in days_between(when.first, when.last, parse_step("P1D")) if series.first <= day <= (series.last or day)]


def _over_days(recorded: Areas, low: Areas, high: Areas) -> Reconstruction:
    return Reconstruction(recorded.mean(axis=0), low.min(axis=0), high.max(axis=0))


def _percent(part: Areas, whole: Areas) -> Areas:
    share: Areas = np.full(np.broadcast(part, whole).shape, np.nan)
    return np.divide(100 * part, whole, out=share, where=whole > 0)
