"""Statements about the territory, each decided by a check on the data under every definition of control.

A check gives a value and the range that uncertain dates leave; the claim bounds the value::

    area_ratio           area on a day (or the greatest on any day) over a yardstick: Great Britain, the area on another day, the peak
    days_to_loss         days from a day to the first on which a place was no longer held
    places_held          places held on a day that meet a condition, such as kind=town
    places_held_outside  places held on a day that do not meet it

Where the whole range lies within the bounds, the claim is supported; where none of it does, it is not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from geo.compare import ratio
from geo.errors import SeriesError
from geo.load import LAYERS, catalog
from geo.model import Series
from geo.overlay import cached_faces
from geo.periods import FOREVER, READINGS, Reading
from geo.reach import Place, load_place_areas
from geo.tables import country_area_km2

if TYPE_CHECKING:
    import pandas as pd

SUPPORTED = "supported"
NOT_SUPPORTED = "not supported"
DATES = "depends on the dates"
DEFINITION = "depends on the definition"
NO_CHECK = "cannot be checked"

CLAIM_COLUMNS = (
    "claim",
    "statement",
    "definition",
    "measure",
    "value",
    "value_low",
    "value_high",
    "at_least",
    "at_most",
    "finding",
    "verdict",
    "overall",
    "note",
    "source",
)

_MOST_NAMES = 5


@dataclass(frozen=True)
class Claim:
    """A statement in our own words and the check that decides it.

    Attributes
    ----------
    id, statement, source, note
        Short name, what is claimed, identifier of the source, what to bear in mind.
    check
        One of the checks of the module's docstring, or ``"none"`` for what the data cannot decide.
    when, of
        The day (``"peak"`` for that of the greatest area) and, for a ratio, the yardstick: a day, ``"peak"``, or a country.
    place_id, where
        Which place, or which values the attributes of a place may take.
    at_least, at_most
        Bounds of the value; None for none.
    """

    id: str
    statement: str
    source: str
    check: str
    when: str
    of: str
    place_id: str
    where: Mapping[str, Sequence[str]]
    at_least: float | None
    at_most: float | None
    note: str

    def verdict(self, low: float, high: float) -> str:
        """What a range of values says about the claim."""
        least = -float("inf") if self.at_least is None else self.at_least
        most = float("inf") if self.at_most is None else self.at_most
        if least <= low and high <= most:
            return SUPPORTED
        return NOT_SUPPORTED if high < least or most < low else DATES


@dataclass(frozen=True)
class Finding:
    """What the data say: a value as recorded, its range, and the same in words."""

    measure: str
    value: float
    low: float
    high: float
    words: str


@lru_cache(maxsize=1)
def load_claims() -> tuple[Claim, ...]:
    """The recorded claims.

    Raises
    ------
    SeriesError
        The layer is missing or broken.
    """
    path = LAYERS / catalog()["claims"]
    try:
        return tuple(Claim(**row) for row in json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise SeriesError(f"cannot read {path} ({error}). Run `python -m geo build` to make it.") from error


def check_claim(claim: Claim, series: Series) -> Finding | None:
    """What a bundled series says about a claim; None for a claim that the data cannot decide."""
    return CHECKS[claim.check](claim, series) if claim.check in CHECKS else None


def claim_table(series: Sequence[Series], claims: Sequence[Claim] | None = None) -> pd.DataFrame:
    """What the data say about each claim under each definition.

    Parameters
    ----------
    series
        The bundled series under the definitions that are to be asked.
    claims
        All or some of `load_claims`; None for all.

    Returns
    -------
    pandas.DataFrame
        `CLAIM_COLUMNS`, one row per claim and definition. `value` is as recorded, `value_low` to `value_high` the range that
        uncertain dates leave, in what `measure` names; `finding` says it in words. `verdict` is that under the row's
        definition, `overall` that of all: where they differ, it depends on the definition. A claim that cannot be checked has
        neither values (NaN) nor a finding.

    Raises
    ------
    DateError
        A claim names a day outside the series.
    SeriesError
        A layer is missing or broken, or a series is not the bundled one.
    """
    import pandas as pd

    for one in series:
        if one.id != catalog()["id"]:
            raise SeriesError(f"the claims are about {catalog()['id']!r}, not {one.id!r}. Expected the bundled series.")
    rows = []
    for claim in load_claims() if claims is None else claims:
        found = [check_claim(claim, one) for one in series]
        verdicts = [claim.verdict(one.low, one.high) if one else NO_CHECK for one in found]
        overall = verdicts[0] if len(set(verdicts)) == 1 else DEFINITION
        for one, finding, verdict in zip(series, found, verdicts, strict=True):
            values = (finding.measure, finding.value, finding.low, finding.high) if finding else ("", *[float("nan")] * 3)
            bounds = [float("nan") if bound is None else bound for bound in (claim.at_least, claim.at_most)]
            words = finding.words if finding else ""
            rows.append((claim.id, claim.statement, one.definition.id, *values, *bounds, words, verdict, overall, claim.note, claim.source))
    return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS))


def _area_ratio(claim: Claim, series: Series) -> Finding:
    cut = cached_faces(series)
    areas = cut.areas(series.dates)
    peak = series.dates[int(areas.argmax())]
    when = peak if claim.when == "peak" else series.day(claim.when)
    if claim.of in ("great_britain", "united_kingdom"):
        whole = country_area_km2(claim.of)
    else:
        whole = float(cut.areas([peak if claim.of == "peak" else series.day(claim.of)])[0])
    area, low, high = (float(cut.areas([when], reading)[0]) for reading in READINGS)
    words = f"{_km2(area)} of {_km2(whole)} km² on {when}: {100 * ratio(area, whole):.3g} %"
    return Finding("area ratio", ratio(area, whole), ratio(low, whole), ratio(high, whole), words)


def _days_to_loss(claim: Claim, series: Series) -> Finding | None:
    """Days to the end of the place's spell that ran on the day; None where none did."""
    start = series.day(claim.when)
    rows = [row for row in series.at(start).rows if series.records[row].properties["place_id"] == claim.place_id]
    if not rows:
        return None
    ends = [int(series.spans(reading)[rows[0], 1]) for reading in READINGS]
    days, low, high = (float("inf") if end == FOREVER else float(end - start.toordinal()) for end in ends)
    words = "still held" if ends[0] == FOREVER else f"lost on {date.fromordinal(ends[0])}, {days:.0f} days later"
    return Finding("days to loss", days, low, high, words)


def _places_held(claim: Claim, series: Series) -> Finding:
    def found(reading: Reading) -> list[str]:
        held = {record.properties["place_id"] for record in series.at(claim.when, reading=reading).records}
        places = [place for place in load_place_areas().places if place.place_id in held]
        return [place.name for place in places if _meets(place, claim.where) == (claim.check == "places_held")]

    recorded, certain, possible = (found(reading) for reading in READINGS)
    more = f" and {len(recorded) - _MOST_NAMES} more" if len(recorded) > _MOST_NAMES else ""
    words = f"{len(recorded)}: {', '.join(recorded[:_MOST_NAMES])}{more}" if recorded else "none"
    return Finding("places", float(len(recorded)), float(len(certain)), float(len(possible)), words)


def _meets(place: Place, where: Mapping[str, Sequence[str]]) -> bool:
    return all(getattr(place, attribute) in values for attribute, values in where.items())


def _km2(area: float) -> str:
    return f"{area:,.0f}" if area >= 100 else f"{area:.3g}"


CHECKS: Mapping[str, Callable[[Claim, Series], Finding | None]] = {
    "area_ratio": _area_ratio,
    "days_to_loss": _days_to_loss,
    "places_held": _places_held,
    "places_held_outside": _places_held,
}
