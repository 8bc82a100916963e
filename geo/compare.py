"""Two dates compared: what one actor gained, lost and held, as land and in km².

On the faces of a series (`geo.overlay`) land is a set of faces. With P(d) the faces held on day d as recorded, C(d) those held
for certain and Q(d) those possibly held (C in P in Q), between a day a and a later day b::

    gained  P(b) - P(a)      certain  C(b) - Q(a)      possible  G - C(a)
    lost    P(a) - P(b)      certain  C(a) - Q(b)      possible  L - C(b)
    held    P(a) & P(b)      certain  C(a) & C(b)      possible  Q(a) & Q(b)

G are the faces of the rows that may have begun after a and be held on b; L those of the rows that may be held on a and have ended
by b. (Q(b) - C(a) would be too much: land that was certainly held before both days, in a month in which it may have been lost on
any day, cannot have been gained between them.) The ranges are exact where the dates of rows are uncertain independently of each
other. So held + lost = before and held + gained = after, and swapping the days swaps gained and lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.model import Series
from geo.overlay import SNAP_DEG, Faces, cached_faces
from geo.periods import READINGS, Reading, readings
from geo.wording import day_text, km2_text, percent_text

PARTS = ("before", "after", "gained", "lost", "held")

PART_COLUMNS = tuple(f"{part}_{name}" for part in PARTS for name in ("km2", "certain_km2", "possible_km2"))

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Land:
    """Some land and its area.

    Attributes
    ----------
    area_km2, area_certain_km2, area_possible_km2
        As recorded; under every reading of uncertain dates; under some reading.
    faces, inside
        The series as faces, and which of them make up the land as recorded.
    """

    area_km2: float
    area_certain_km2: float
    area_possible_km2: float
    faces: Faces = field(repr=False)
    inside: Mask = field(repr=False)

    @property
    def areas(self) -> tuple[float, float, float]:
        """The area as recorded, certain and possible."""
        return self.area_km2, self.area_certain_km2, self.area_possible_km2

    @cached_property
    def geometry(self) -> shapely.Geometry:
        """The land as recorded, dissolved; longitude/latitude, empty where there is none."""
        return shapely.normalize(shapely.coverage_union_all(self.faces.polygon[self.inside]))


@dataclass(frozen=True, eq=False)
class Change:
    """What changed between two days.

    Attributes
    ----------
    faces
        The series as faces; says whether vertices were moved (`snapped`) and how far at most (`tolerance_deg`).
    actor
        Whose land; None for the land of all.
    a, b
        The two days; `b` may be the earlier one.
    before, after
        The land held on `a` and on `b`.
    gained, lost, held
        Held on `b` only, on `a` only, and on both.
    """

    faces: Faces = field(repr=False)
    actor: str | None
    a: date
    b: date
    before: Land
    after: Land
    gained: Land
    lost: Land
    held: Land

    @property
    def series(self) -> Series:
        """The series."""
        return self.faces.series

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
    def share_gained(self) -> float:
        """Gains over the area before; NaN where there was none."""
        return ratio(self.gained.area_km2, self.before.area_km2)

    @property
    def share_lost(self) -> float:
        """Share of the area before that was lost; NaN where there was none."""
        return ratio(self.lost.area_km2, self.before.area_km2)

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
        return f"{span} lost {km2_text(lost.area_km2)} of {km2_text(before.area_km2)} km², {percent_text(share)}, and gained {km2_text(gained.area_km2)} km²."


def change_between(series: Series, a: str | date, b: str | date, *, actor: str | None = None, tolerance_deg: float = SNAP_DEG) -> Change:
    """Compare two days.

    Parameters
    ----------
    series
        The series.
    a, b
        The two days, in either order.
    actor
        Whose land; None for the land of all.
    tolerance_deg
        How close vertices are moved to each other where borders were redrawn or rounded; see `geo.faces`.

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
    return changes(cached_faces(series, actor, tolerance_deg), [(series.day(a), series.day(b))], actor=actor)[0]


def changes(cut: Faces, pairs: Sequence[tuple[date, date]], *, actor: str | None = None) -> list[Change]:
    """Compare the days of each pair, all in one go; parameters as for `part_masks` and `change_between`."""
    masks = part_masks(cut, pairs)
    areas = {name: (mask @ cut.area_km2).tolist() for name, mask in masks.items()}

    def land(part: str, number: int) -> Land:
        recorded, certain, possible = (areas[f"{part}_{name}"][number] for name in ("km2", "certain_km2", "possible_km2"))
        return Land(recorded, certain, possible, cut, masks[f"{part}_km2"][number])

    return [Change(cut, actor, a, b, *(land(part, number) for part in PARTS)) for number, (a, b) in enumerate(pairs)]


def part_masks(cut: Faces, pairs: Sequence[tuple[date, date]]) -> dict[str, Mask]:
    """The faces of every part of a change, under every reading.

    Parameters
    ----------
    cut
        f faces of a series.
    pairs
        n pairs of days in the series, each in either order.

    Returns
    -------
    dict
        (n, f) tables, one per name of `PART_COLUMNS`, in that order.
    """
    a, b = (np.array([pair[end].toordinal() for pair in pairs], dtype=np.int64)[:, None] for end in (0, 1))
    early, late = np.minimum(a, b), np.maximum(a, b)
    first_start, last_end = cut.series.spans("possible").T
    last_start = cut.series.spans("certain")[:, 0]
    first_end = np.array([_first_end(cut.series, row) for row in range(len(cut.series))], dtype=np.int64)
    begun = (first_start <= late) & (late < last_end) & (np.minimum(last_start, late) > early)
    ended = (first_start <= early) & (early < last_end) & (np.maximum(first_end, early + 1) <= late)

    before: dict[Reading, Mask] = {reading: cut.held([day for day, _ in pairs], reading) for reading in READINGS}
    after: dict[Reading, Mask] = {reading: cut.held([day for _, day in pairs], reading) for reading in READINGS}
    gained_possible = cut.covered(np.where(a <= b, begun, ended)) & ~before["certain"]
    lost_possible = cut.covered(np.where(a <= b, ended, begun)) & ~after["certain"]
    parts = (
        *before.values(),
        *after.values(),
        *(after["recorded"] & ~before["recorded"], after["certain"] & ~before["possible"], gained_possible),
        *(before["recorded"] & ~after["recorded"], before["certain"] & ~after["possible"], lost_possible),
        *(before[reading] & after[reading] for reading in READINGS),
    )
    return dict(zip(PART_COLUMNS, parts, strict=True))


def _first_end(series: Series, row: int) -> int:
    """The first day on which a row may be no longer held."""
    record = series.records[row]
    return readings(None, "day", record.valid_to, record.valid_to_precision)["certain"][1]


def ratio(value: float, whole: float) -> float:
    """`value` over `whole`, NaN over nothing."""
    return value / whole if whole else float(np.nan)
