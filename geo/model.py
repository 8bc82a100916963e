"""The values that the rest of the package passes around; all immutable."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, get_args

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import DateError, GeometryError, SeriesError
from geo.periods import READINGS, Precision, Reading, change_days, parse_day, readings

CRS = "OGC:CRS84"
"""Longitude, latitude in degrees on WGS 84; the order of axes that GeoJSON uses."""

Severity = Literal["error", "warning"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""The worst first."""


_NAMED = 20


@dataclass(frozen=True)
class Definition:
    """What counts as control.

    Attributes
    ----------
    id, title
        Short name for commands, name for people.
    counts
        One plain sentence: what the figure counts.
    stands_for
        Which published reading it stands for.
    reach_km
        How far from a held place its land counts; None for no limit.
    how_the_reach_was_chosen
        Where the number comes from.
    """

    id: str
    title: str
    counts: str
    stands_for: str = ""
    reach_km: float | None = None
    how_the_reach_was_chosen: str = ""


AS_GIVEN = Definition("as-given", "As given", "Counts the polygons of the data as they were given.")
"""The definition of a series that brings its own polygons."""


@dataclass(frozen=True)
class Source:
    """A published page or data set that evidence comes from."""

    id: str
    url: str
    publisher: str
    title: str = ""
    published: str = ""
    licence: str = ""


@dataclass(frozen=True)
class Event:
    """Something that happened on a day at a point (degrees)."""

    date: date
    title: str
    kind: str
    lon: float
    lat: float
    source: str


@dataclass(frozen=True)
class StoryStep:
    """A moment of a series to look at, and what to say about it.

    Attributes
    ----------
    day
        The day to show.
    title, text
        A few words; a sentence or two.
    sources
        Evidence; of each at least `publisher` or `url`.
    definition
        Identifier of the definition of control; None for the one that is shown.
    compare
        The day to compare with, if any.
    bbox
        West, south, east and north of the view in degrees; None for all land held that day.
    """

    day: date
    title: str
    text: str
    sources: tuple[Source, ...] = ()
    definition: str | None = None
    compare: date | None = None
    bbox: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Record:
    """What is known of one row: one polygon during one half-open period.

    Attributes
    ----------
    actor
        Who held it.
    name
        Name of the place, empty where the data give none.
    valid_from, valid_to
        First day held, first day no longer held; None for an open end.
    valid_from_precision, valid_to_precision
        ``"day"``, ``"month"``, ``"year"`` or ``"before"``.
    sources
        Identifiers or addresses of the evidence.
    properties
        Everything else that the row carries, such as `place_id`, `taken_from` or `lost_to`.
    file, feature
        Where the row was read: the file's name, and the number of its feature, from 1.
    """

    actor: str
    name: str
    valid_from: date | None
    valid_to: date | None
    valid_from_precision: Precision = "day"
    valid_to_precision: Precision = "day"
    sources: tuple[str, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    file: str = ""
    feature: int = 0


@dataclass(frozen=True)
class Issue:
    """Something wrong with a series, or with a file on its way to one.

    Attributes
    ----------
    severity
        ``"error"`` for what must be mended before anything is measured, or ``"warning"``.
    check
        What was checked, in a word.
    file, feature
        Name of the file, and number of the feature in it, from 1; 0 for the file as a whole.
    row
        Index of the row of the series, from 0; -1 where it did not become one.
    name
        Name of the row's place or else its actor, empty where it has neither.
    message
        What was found.
    lon, lat
        A point at which to look, in degrees; NaN where there is none.
    """

    severity: Severity
    check: str
    file: str
    feature: int
    row: int
    name: str
    message: str
    lon: float = math.nan
    lat: float = math.nan


@dataclass(frozen=True, eq=False)
class Series:
    """Territory over time under one definition: n polygons, each during a period.

    Attributes
    ----------
    id, title
        Name for commands, name for people.
    definition
        What counts as control.
    geometry
        n polygons or multipolygons, longitude/latitude, WGS 84; a read-only array.
    records
        n records, one per geometry.
    first, last
        First and last day that the data speak of; `last` is None where the data are still open.
    baseline
        The day that ratios compare with unless another is chosen.
    events, sources
        Headline events; evidence by identifier.
    story
        Steps of the guided tour, in order.
    version, issued, licence, attribution
        Of the data.
    recognised
        How the files were understood, in a sentence; empty for the bundled series.
    language, translations
        Language of the texts of the data (BCP 47; empty if unknown), and what some of them are in other languages:
        text by text, by language.
    """

    id: str
    title: str
    definition: Definition
    geometry: NDArray[np.object_] = field(repr=False)
    records: tuple[Record, ...] = field(repr=False)
    first: date
    last: date | None
    baseline: date
    events: tuple[Event, ...] = field(default=(), repr=False)
    sources: Mapping[str, Source] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    story: tuple[StoryStep, ...] = field(default=(), repr=False)
    version: str = ""
    issued: str = ""
    licence: str = ""
    attribution: str = ""
    recognised: str = ""
    language: str = ""
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    def __post_init__(self) -> None:
        if len(self.geometry) != len(self.records):
            raise SeriesError(f"{len(self.geometry)} geometries for {len(self.records)} records. Expected one each.")
        frozen = np.array(self.geometry, dtype=object)
        frozen.flags.writeable = False
        object.__setattr__(self, "geometry", frozen)

    def __len__(self) -> int:
        return len(self.records)

    @cached_property
    def actors(self) -> tuple[str, ...]:
        """Actors in alphabetical order."""
        return tuple(sorted({record.actor for record in self.records}))

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """Every day on which anything recorded changed, in order."""
        return tuple(change_days([tuple(span) for span in self.spans("recorded").tolist()]))

    @cached_property
    def remembered(self) -> dict[Hashable, Any]:
        """What was worked out from the series and may be asked for again; it is forgotten with the series."""
        return {}

    def spans(self, reading: Reading) -> NDArray[np.int64]:
        """Periods of the rows under a reading of their dates: (n, 2) ordinals, half-open, read-only."""
        return self._spans[reading]

    @cached_property
    def _spans(self) -> Mapping[Reading, NDArray[np.int64]]:
        rows = [readings(r.valid_from, r.valid_from_precision, r.valid_to, r.valid_to_precision) for r in self.records]
        spans = {}
        for reading in READINGS:
            spans[reading] = np.array([row[reading] for row in rows], dtype=np.int64).reshape(-1, 2)
            spans[reading].flags.writeable = False
        return MappingProxyType(spans)

    def day(self, when: str | date) -> date:
        """Read a day and refuse one that the data do not speak of.

        Raises
        ------
        DateError
            Not a day, or outside `first` to `last`.
        """
        day = parse_day(when)
        if day < self.first or (self.last is not None and day > self.last):
            raise DateError(f"{day} lies outside the series {self.id!r}. Expected a day from {self.first} to {self.last or 'now'}.")
        return day

    def where(self, row: int) -> str:
        """Where a row can be found: its file and feature, or its number in a series that was not read from a file."""
        record = self.records[row]
        return f"feature {record.feature} of {record.file}" if record.file else f"row {row}"

    def refuse(self, rows: Sequence[int], reason: str = "") -> None:
        """Refuse rows whose polygons are not valid, if there are any; for a reason, or for the one that GEOS gives.

        Raises
        ------
        GeometryError
            Names the first twenty.
        """
        if not len(rows):
            return
        faults = []
        for row in rows[:_NAMED]:
            record, shape = self.records[row], self.geometry[row]
            who = ", ".join(str(part) for part in (record.name, record.actor, record.valid_from or "open") if part)
            found = f"{shape.geom_type}, {reason or shapely.is_valid_reason(shape)}" if shape is not None else "no geometry"
            faults.append(f"{self.where(row)} ({who}): {found}")
        more = [f"... and {len(rows) - _NAMED:,} more"] if len(rows) > _NAMED else []
        raise GeometryError(
            "\n  ".join([f"{len(rows):,} of {len(self):,} rows of {self.id!r} are no valid polygons:", *faults, *more])
            + "\nExpected polygons in finite degrees whose borders do not cross; `python -m geo validate` with --repair OUT may mend them."
        )

    def at(self, when: str | date, *, reading: Reading = "recorded") -> Snapshot:
        """The territory on a day.

        Parameters
        ----------
        when
            A day, as a date or as ``YYYY-MM-DD``.
        reading
            ``"recorded"``, ``"certain"`` (held under every reading of uncertain dates) or ``"possible"``.

        Returns
        -------
        Snapshot
            With an empty geometry where nothing was held.

        Raises
        ------
        DateError
            Not a day, or outside the series.
        """
        day = self.day(when)
        span = self.spans(reading)
        rows = np.flatnonzero((span[:, 0] <= day.toordinal()) & (day.toordinal() < span[:, 1]))
        return Snapshot(self, day, reading, tuple(rows.tolist()))


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Territory on one date.

    Attributes
    ----------
    series
        Where it comes from.
    date, reading
        The day, and the reading of uncertain dates.
    rows
        Indices of the series' rows that are held that day.
    """

    series: Series = field(repr=False)
    date: date
    reading: Reading
    rows: tuple[int, ...] = field(repr=False)

    @property
    def records(self) -> tuple[Record, ...]:
        """Records of the rows held."""
        return tuple(self.series.records[row] for row in self.rows)

    def territory(self, actor: str | None = None) -> shapely.Geometry:
        """The land of one actor, or of all, dissolved; longitude/latitude, empty where nothing is held.

        Raises
        ------
        GeometryError
            A polygon is not valid.
        """
        rows = [row for row in self.rows if actor is None or self.series.records[row].actor == actor]
        shapes = self.series.geometry[rows]
        self.series.refuse(np.asarray(rows, dtype=int)[~shapely.is_valid(shapes)].tolist())
        return shapely.normalize(shapely.union_all(shapes))

    @property
    def geometry(self) -> shapely.Geometry:
        """The land of all actors, dissolved."""
        return self.territory()


def unique_text(values: Sequence[str | None]) -> tuple[str, ...]:
    """The values that are not empty, each once, in order."""
    return tuple(dict.fromkeys(value for value in values if value))
