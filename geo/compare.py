"""Two dates compared: what one actor gained, lost and held, as land and in km², and into whose hands land passed.

On the faces of a series (`geo.overlay`) land is a set of faces. With P(d) the faces held on day d as recorded, C(d) those held
for certain and Q(d) those possibly held (C in P in Q), between days a and b::

    gained  P(b) - P(a)      certain  C(b) - Q(a)      possible  Q(b) - C(a)
    lost    P(a) - P(b)      certain  C(a) - Q(b)      possible  Q(a) - C(b)
    held    P(a) & P(b)      certain  C(a) & C(b)      possible  Q(a) & Q(b)

so that held + lost = before and held + gained = after, and swapping the days swaps gained and lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import DateError
from geo.model import Series
from geo.overlay import Faces, cached_faces
from geo.periods import BEGINNING, FOREVER, Reading
from geo.wording import day_text, km2_text, percent_text

UNKNOWN = "unknown"
"""Stands for the actor where neither the rows nor their `taken_from` and `lost_to` name one."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Land:
    """Some land and its area.

    Attributes
    ----------
    area_km2, area_certain_km2, area_possible_km2
        As recorded; under every reading of uncertain dates; under some reading.
    pieces
        Disjoint polygons that make up the land as recorded, longitude/latitude.
    """

    area_km2: float
    area_certain_km2: float
    area_possible_km2: float
    pieces: NDArray[np.object_] = field(repr=False)

    @cached_property
    def geometry(self) -> shapely.Geometry:
        """The land as recorded, dissolved; longitude/latitude, empty where there is none."""
        return shapely.normalize(shapely.coverage_union_all(self.pieces))


@dataclass(frozen=True, eq=False)
class Change:
    """What changed between two days.

    Attributes
    ----------
    series, actor
        Whose land; an actor of None means the land of all.
    a, b
        The two days; `b` may be the earlier one.
    before, after
        The land held on `a` and on `b`.
    gained, lost, held
        Held on `b` only, on `a` only, and on both.
    """

    series: Series = field(repr=False)
    actor: str | None
    a: date
    b: date
    before: Land
    after: Land
    gained: Land
    lost: Land
    held: Land

    @property
    def days(self) -> int:
        """Days from `a` to `b`; negative where `b` is the earlier one."""
        return (self.b - self.a).days

    @property
    def net_km2(self) -> float:
        """Area after less area before."""
        return self.after.area_km2 - self.before.area_km2

    @property
    def net_km2_per_day(self) -> float:
        """Net change per day; NaN between a day and itself."""
        return ratio(self.net_km2, self.days)

    @property
    def share_lost(self) -> float:
        """Share of the area before that was lost; NaN where there was none."""
        return ratio(self.lost.area_km2, self.before.area_km2)

    @property
    def share_gained(self) -> float:
        """Gains over the area before; NaN where there was none."""
        return ratio(self.gained.area_km2, self.before.area_km2)

    @property
    def net_share(self) -> float:
        """Net change over the area before; NaN where there was none."""
        return ratio(self.net_km2, self.before.area_km2)

    def sentence(self) -> str:
        """The change in a sentence, in three digits, told forward in time.

        Such as "Between 21 May 2015 and 17 Oct 2017 it lost 165,000 of 190,000 km², 87 %, and gained 1,200 km².", with
        the actor's name in place of "it" where the series has several.
        """
        first, last = sorted((self.a, self.b))
        before, lost, gained = (self.before, self.lost, self.gained) if self.a <= self.b else (self.after, self.gained, self.lost)
        who = "it" if len(self.series.actors) < 2 else self.actor or "all actors together"
        span = f"Between {day_text(first)} and {day_text(last)} {who}"
        if not before.area_km2:
            return f"{span} started from nothing and gained {km2_text(gained.area_km2)} km²."
        share = lost.area_km2 / before.area_km2
        return (
            f"{span} lost {km2_text(lost.area_km2)} of {km2_text(before.area_km2)} km², {percent_text(share)}, and gained {km2_text(gained.area_km2)} km²."
        )


@dataclass(frozen=True)
class Transition:
    """Land that passed from one actor's hands to another's, or stayed in the same hands.

    Attributes
    ----------
    taken_from, lost_to
        Who held it on the first day, and who on the second.
    area_km2
        As recorded.
    """

    taken_from: str
    lost_to: str
    area_km2: float


def change_between(series: Series, a: str | date, b: str | date, *, actor: str | None = None) -> Change:
    """Compare two days.

    Parameters
    ----------
    series
        The series.
    a, b
        The two days, in either order.
    actor
        Whose land; None for the land of all.

    Returns
    -------
    Change
        Formulae as in the module's docstring; areas on the WGS 84 ellipsoid.

    Raises
    ------
    DateError
        A day lies outside the series.
    GeometryError
        The series has a polygon that is not valid.
    """
    start, end = series.day(a), series.day(b)
    cut = cached_faces(series, actor)
    masks: dict[Reading, tuple[Mask, Mask]] = {
        "recorded": _held(cut, start, end, "recorded"),
        "certain": _held(cut, start, end, "certain"),
        "possible": _held(cut, start, end, "possible"),
    }
    (before, after), (before_certain, after_certain), (before_possible, after_possible) = masks.values()

    def land(recorded: Mask, certain: Mask, possible: Mask) -> Land:
        areas = [float(cut.area_km2[mask].sum()) for mask in (recorded, certain, possible)]
        return Land(areas[0], areas[1], areas[2], cut.polygon[recorded])

    return Change(
        series,
        actor,
        start,
        end,
        before=land(before, before_certain, before_possible),
        after=land(after, after_certain, after_possible),
        gained=land(after & ~before, after_certain & ~before_possible, after_possible & ~before_certain),
        lost=land(before & ~after, before_certain & ~after_possible, before_possible & ~after_certain),
        held=land(before & after, before_certain & after_certain, before_possible & after_possible),
    )


def transitions(series: Series, a: str | date, b: str | date) -> tuple[Transition, ...]:
    """From whose hands into whose hands land passed.

    On each day land is in the hands of the actors of the rows that cover it; several are joined by ``and``. Land
    that no row covers on the first day was taken from the `taken_from` of the row that covers it next; land that no row
    covers on the second day went to the `lost_to` of the row that covered it last. Who held it in between, or took it
    over later from an actor without rows, does not show.

    Parameters
    ----------
    series
        The series.
    a, b
        The earlier and the later day.

    Returns
    -------
    tuple of Transition
        By name; land that stayed in the same hands is among them, so that what leaves an actor's hands and what stays
        sum to the area it started with.

    Raises
    ------
    DateError
        A day lies outside the series, or `b` before `a`.
    GeometryError
        The series has a polygon that is not valid.
    """
    start, end = series.day(a), series.day(b)
    if end < start:
        raise DateError(f"land passes from hand to hand forward in time. Expected the earlier day first: {end}/{start}.")
    cut = cached_faces(series)
    taken_from = _hands(cut, start, other=_neighbour(cut, start, end, "taken_from"))
    lost_to = _hands(cut, end, other=_neighbour(cut, start, end, "lost_to"))
    sums: dict[tuple[str, str], float] = {}
    before, after = _held(cut, start, end, "recorded")
    for face in np.flatnonzero(before | after).tolist():
        hands = taken_from[face], lost_to[face]
        sums[hands] = sums.get(hands, 0.0) + float(cut.area_km2[face])
    return tuple(Transition(*hands, area) for hands, area in sorted(sums.items()))


def ratio(value: float, whole: float) -> float:
    """`value` over `whole`, NaN over nothing."""
    return value / whole if whole else float(np.nan)


def _held(cut: Faces, a: date, b: date, reading: Reading) -> tuple[Mask, Mask]:
    return cut.held([a], reading)[0], cut.held([b], reading)[0]


def _hands(cut: Faces, day: date, *, other: dict[int, str]) -> list[str]:
    """Who holds each face on a day, and `other` where no row does."""
    spans = cut.series.spans("recorded")[cut.row]
    names: list[set[str]] = [set() for _ in cut.polygon]
    for pair in np.flatnonzero((spans[:, 0] <= day.toordinal()) & (day.toordinal() < spans[:, 1])):
        names[cut.face[pair]].add(cut.series.records[cut.row[pair]].actor)
    return [" and ".join(sorted(held)) or other.get(face, UNKNOWN) for face, held in enumerate(names)]


def _neighbour(cut: Faces, a: date, b: date, end: str) -> dict[int, str]:
    """By face, `taken_from` of its first row to begin after `a`, or `lost_to` of its last row to cease by `b`."""
    spans = cut.series.spans("recorded")[cut.row]
    days = spans[:, 0] if end == "taken_from" else -spans[:, 1]
    within = (days > a.toordinal()) & (days < FOREVER) if end == "taken_from" else (-days <= b.toordinal()) & (-days > BEGINNING)
    found: dict[int, str] = {}
    for pair in sorted(np.flatnonzero(within).tolist(), key=lambda pair: -days[pair]):
        found[int(cut.face[pair])] = str(cut.series.records[cut.row[pair]].properties.get(end) or UNKNOWN)
    return found
