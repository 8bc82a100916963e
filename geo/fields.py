"""Which properties say when and who: recognised by their names, or named by the caller; and their values as days."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypedDict

from geo.errors import DateError, SeriesError
from geo.periods import PartialDate, parse_date
from geo.rows import Rows

OWN = ("valid_from", "valid_to")
"""The project's own names: half-open, and a month or a year is a day that is not known better."""

PERIODS: tuple[tuple[str, str, bool], ...] = (
    (*OWN, False),
    ("start", "end", True),  # Leaflet.timeline; CShapes as TopoJSON
    ("gwsdate", "gwedate", True),  # CShapes
    ("cowsdate", "cowedate", True),
    ("gwsyear", "gweyear", True),
    ("fromyear", "toyear", True),  # Cliopatria
    ("from_year", "to_year", True),
    ("start_year", "end_year", True),
    ("start_datetime", "end_datetime", True),  # STAC
    ("start_date", "end_date", False),  # OpenHistoricalMap
    ("startdate", "enddate", False),
    ("date_from", "date_to", False),
    ("from_date", "to_date", False),
    ("begin", "end", False),  # KML
    ("from", "to", False),
    ("validfrom", "validto", False),
    ("valid_start", "valid_end", False),
)
"""Names of the first and the last date, in lower case, and whether the last one belongs to the period by convention."""

DATES = ("date", "time", "times", "datetime", "timestamp", "as_of", "snapshot", "snapshot_date", "year")
"""Names of a date at which a state was recorded. `time` may hold an interval (JSON-FG), which includes its end."""

ACTORS = ("actor", "controller", "controlled_by", "country_name", "cntry_name", "country", "admin", "sovereignt", "side", "party", "polity")
"""Names of who holds the land; `name` counts too, after these, where a file does not use the project's own names."""

_DAY = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?:[T ].*)?")
_IN_NAME = (
    re.compile(r"(?<!\d)(\d{4})[-_.]?(\d{2})[-_.]?(\d{2})(?!\d)"),
    re.compile(r"(?<!\d)(\d{4})[-_](\d{2})(?!\d)"),
    re.compile(r"(?<!\d)(\d{4})(?!\d)"),
)
_OPEN = frozenset({"", "..", "null", "none", "nan", "nat", "now", "present", "9999", "9999-12-31"})
_FIRST_MILLISECONDS = 10**11
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Columns(TypedDict, total=False):
    """Which properties to read, where they are not to be recognised by their names.

    Attributes
    ----------
    start, end
        First and last date of a period.
    date
        Date at which a state was recorded; it holds until the next one.
    actor
        Who holds the land.
    closed
        Whether the last date of a period belongs to it; missing or None to go by the data, then by convention.
    """

    start: str | None
    end: str | None
    date: str | None
    actor: str | None
    closed: bool | None


@dataclass(frozen=True)
class Recognised:
    """What was recognised in some rows.

    Attributes
    ----------
    start, end, date, actor
        Names of properties as the files spell them; empty where there is none. Without any of the first three the date
        is in the names of the files.
    closed
        Whether ends belong to their periods, and `why` this was decided.
    """

    start: str
    end: str
    date: str
    actor: str
    closed: bool
    why: str

    @property
    def own(self) -> bool:
        """Whether the periods have the project's own names, so that a month or a year is a day not known better."""
        return (self.start or self.end).lower() in OWN

    @property
    def used(self) -> frozenset[str]:
        """Names of the properties that say when."""
        return frozenset({self.start, self.end, self.date, "valid_from", "valid_to", "valid_from_precision", "valid_to_precision"})


def recognise(rows: Rows, columns: Columns) -> Recognised:
    """Find out which properties say when and who.

    Parameters
    ----------
    rows
        As read; at least one.
    columns
        What the caller knows; it goes before anything recognised.

    Returns
    -------
    Recognised
        One answer for all files. Where the ends of periods are compared with the starts of others of the same actor: an end
        is included if more ends fall on the day before a start than on a start itself.

    Raises
    ------
    SeriesError
        A property that was named is in no row, or nothing says when.
    """
    spelled: dict[str, str] = {}
    filled: set[str] = set()
    for properties in rows.properties:
        for name, value in properties.items():
            spelled.setdefault(name.lower(), name)
            if value not in (None, ""):
                filled.add(name.lower())
    for asked in (columns.get("start"), columns.get("end"), columns.get("date"), columns.get("actor")):
        if asked and not any(asked in properties for properties in rows.properties):
            raise SeriesError(f"no feature has a property {asked!r}. Found: {', '.join(sorted(spelled.values())[:40]) or 'none at all'}.")
    start, end, closed = _period(spelled, filled, columns)
    day = columns.get("date") or ""
    if not (start or end or day):
        day = next((spelled[name] for name in DATES if name in filled), "")
    if not (start or end or day) and not any(date_in_name(name) for name in set(rows.files)):
        raise SeriesError(
            f"nothing says when: no property such as valid_from or date, and no date in {rows.files[0]!r} or other names. "
            f"Found properties: {', '.join(sorted(spelled.values())[:40]) or 'none'}. Name them with --from and --to or with --date."
        )
    names = ACTORS if start.lower() in OWN else (*ACTORS, "name")
    actor = columns.get("actor") or next((spelled[name] for name in names if name in filled), "")
    if day:
        closed = True
    said = columns.get("closed")
    why = "by convention" if said is None else "as said"
    if said is not None:
        closed = said
    elif start and end and start.lower() not in OWN:
        closed, why = _closed_by_data(rows, start, end, actor) or (closed, why)
    return Recognised(start, end, day, actor, closed, why)


def _period(spelled: Mapping[str, str], filled: Set[str], columns: Columns) -> tuple[str, str, bool]:
    known = {first: (last, closed) for first, last, closed in PERIODS}
    if columns.get("start") or columns.get("end"):
        start = columns.get("start") or ""
        last, closed = known.get(start.lower(), ("", False))
        return start, columns.get("end") or spelled.get(last, ""), closed
    if columns.get("date"):
        return "", "", False
    for first, last, closed in PERIODS:
        if (first in filled and (last in spelled or first in OWN)) or (last in filled and (first in spelled or last in OWN)):
            return spelled.get(first, ""), spelled.get(last, ""), closed
    return "", "", False


def _closed_by_data(rows: Rows, start: str, end: str, actor: str) -> tuple[bool, str] | None:
    """Whether ends are included, from how they meet the starts of the same actor; None where the data do not say."""
    starts: dict[Any, set[date]] = {}
    ends: list[tuple[Any, date, PartialDate]] = []
    for properties in rows.properties:
        try:
            first, last = when(properties.get(start)), when(properties.get(end))
        except DateError:
            continue
        who = str(properties.get(actor))
        if first:
            starts.setdefault(who, set()).add(first.first)
        if first and last:
            ends.append((who, first.first, last))
    before = on = 0
    for who, first_day, last in ends:
        if last.first == first_day or (following(last.last) in starts.get(who, ())):
            before += 1
        elif last.first in starts.get(who, ()):
            on += 1
    if before == on:
        return None
    return (
        (True, f"{before:,} of {len(ends):,} lie the day before the next start")
        if before > on
        else (False, f"{on:,} of {len(ends):,} are the next start")
    )


def following(day: date) -> date | None:
    """The day after; None after the last day of the calendar, which stands for an open end."""
    return day + timedelta(days=1) if day < date.max else None


def is_missing(value: Any) -> bool:
    """Whether a value stands for none, as tables write it."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def when(value: Any) -> PartialDate | None:
    """A value of a property as a date; None for what stands for an open or missing one.

    Read are ISO 8601 dates and times (the day as written, whatever the time zone), ``YYYYMMDD``, ``YYYY/MM/DD``, years and
    ``YYYYMMDD`` as numbers, milliseconds since 1970 (from 1973 on), dates of Python and pandas, the `date` or `timestamp` of a
    JSON-FG time, and a list of equal times.

    Raises
    ------
    DateError
        Anything else, and years outside 1 to 9999.
    """
    if is_missing(value):
        return None
    if isinstance(value, str):
        return _from_text(value.strip())
    if hasattr(value, "isoformat"):
        return _from_text(value.isoformat()[:10])
    if isinstance(value, Mapping):
        return when(value.get("date", value.get("timestamp")))
    if isinstance(value, (list, tuple)):
        if not value or any(item != value[0] for item in value):
            raise DateError(f"{str(value)[:80]} is a list of different times. Expected one, or a period.")
        return when(value[0])
    if isinstance(value, bool) or not hasattr(value, "__int__") or not math.isfinite(value) or value != int(value):
        raise DateError(f"{value!r} is not a date. Expected text such as 2015-05-21, or a year.")
    return _from_number(int(value))


def interval(value: Any) -> tuple[Any, Any] | None:
    """The two ends of a value that is an interval: of JSON-FG, or ISO 8601 text such as ``2014-06-10/..``; None if it is none."""
    if isinstance(value, Mapping):
        value = value.get("interval")
        return (value[0], value[1]) if isinstance(value, (list, tuple)) and len(value) == 2 else None
    if isinstance(value, str) and value.count("/") == 1:
        first, last = value.split("/")
        return first, last
    return None


def date_in_name(name: str) -> PartialDate | None:
    """The date in the name of a file, ``YYYYMMDD``, ``YYYY-MM-DD``, ``YYYY-MM`` or ``YYYY``; None where there is none.

    Raises
    ------
    DateError
        Several different dates, or no day of the calendar.
    """
    stem = name.rpartition("#")[2].rpartition("/")[2]
    stem = stem.rpartition(".")[0] or stem
    for pattern in _IN_NAME:
        found = Counter("-".join(match) if isinstance(match, tuple) else match for match in pattern.findall(stem))
        if len(found) > 1:
            raise DateError(f"{name} has several dates in its name ({', '.join(found)}). Expected one.")
        if found:
            return parse_date(next(iter(found)))
    return None


def _from_text(text: str) -> PartialDate | None:
    if text.lower() in _OPEN:
        return None
    match = _DAY.fullmatch(text)
    return parse_date("-".join(match.groups()) if match else text)


def _from_number(number: int) -> PartialDate:
    if 1 <= number <= 9999:
        return parse_date(f"{number:04}")
    if 1000_01_01 <= number <= 9999_12_31:
        return parse_date(f"{number // 10000:04}-{number // 100 % 100:02}-{number % 100:02}")
    if number >= _FIRST_MILLISECONDS:
        try:
            return parse_date((_EPOCH + timedelta(milliseconds=number)).date().isoformat())
        except OverflowError:
            pass
    raise DateError(f"{number} is not a date. Expected a year from 1 to 9999, a day such as 20150521, or milliseconds since 1970.")
