"""Rows with recognised fields to dated records: periods made half-open, states held until the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from types import MappingProxyType
from typing import Any, cast

import shapely

from geo.errors import DateError
from geo.fields import Recognised, date_in_name, following, interval, is_missing, when
from geo.model import Record, unique_text
from geo.periods import PartialDate, Precision, parse_date
from geo.rows import Geometries, Rows

_ACTOR, _UNNAMED = "territory", "unnamed"
"""Whose land it is where the data name nobody, and where they name others."""

_GAP = 1.9
"""A step between states is a gap if it is longer than this many usual (median) ones."""


@dataclass(frozen=True, eq=False)
class Assembled:
    """Records with their polygons, and what is known of the whole.

    Attributes
    ----------
    records, geometry
        n each, in the order of the rows. Where a state repeats a polygon of the state before, they are one record.
    first, last
        First and last day the data speak of; None for an open end.
    recognised
        How the rows were understood, in a sentence.
    """

    records: tuple[Record, ...]
    geometry: Geometries = field(repr=False)
    first: date
    last: date | None
    recognised: str


def assemble(rows: Rows, geometry: Geometries, found: Recognised) -> Assembled:
    """Turn rows into records.

    Parameters
    ----------
    rows
        At least one; faults are added to its issues, and rows with faulty dates are left out.
    geometry
        A polygon per row.
    found
        Which properties say when and who.

    Returns
    -------
    Assembled
        Without records where no row has a date that can be read.
    """
    records: dict[int, Record] = {}
    states: dict[date, list[int]] = {}
    until = date.min
    for row in range(len(rows)):
        try:
            dated = _dates(rows, row, found)
            if isinstance(dated, PartialDate):
                states.setdefault(dated.first, []).append(row)
                until = max(until, dated.last)
            else:
                records[row] = _record(rows, row, found, dated)
        except DateError as error:
            place = shapely.get_coordinates(geometry[row])[0]
            rows.issue("error", "date", rows.files[row], rows.features[row], str(error), place)
    last = until if states else _last(rows, list(records.values()), found)
    records |= _held(rows, geometry, states, found)
    _note_gaps(rows, states)
    starts = [record.valid_from for record in records.values() if record.valid_from]
    if records and not starts:
        rows.issue("error", "date", rows.files[0], 0, "has no feature with a first date; expected one such as 2015-05-21")
        records = {}
    chosen = sorted(records)
    kept = tuple(records[row] for row in chosen)
    return Assembled(kept, geometry[chosen], min(starts, default=date.min), last, _sentence(rows, found, kept, sorted(states)))


def _record(rows: Rows, row: int, found: Recognised, period: Mapping[str, Any]) -> Record:
    """A record with a period, which is given as fields of it."""
    properties = rows.properties[row]
    actor = properties.get(found.actor)
    sources = properties.get("sources") or properties.get("source") or ()
    if not isinstance(sources, (list, tuple)):
        sources = (sources,)
    return Record(
        actor=_text(actor) or rows.said("actor") or (_UNNAMED if found.actor else _ACTOR),
        name=_text(properties.get("name")) if found.actor != "name" else "",
        sources=unique_text([_text(source) for source in (properties.get("source_from"), properties.get("source_to"), *sources)]),
        properties=MappingProxyType({key: value for key, value in properties.items() if key not in found.used and not is_missing(value)}),
        file=rows.files[row],
        feature=rows.features[row],
        **period,
    )


def _dates(rows: Rows, row: int, found: Recognised) -> PartialDate | dict[str, Any]:
    """The date of a state, or the fields of a record that make its period."""
    properties = rows.properties[row]
    if found.start or found.end:
        return _period(properties.get(found.start), properties.get(found.end), properties, found)
    value = properties.get(found.date)
    ends = interval(value)
    if ends is not None:
        return _period(*ends, properties, found)
    try:
        dated = when(value) if found.date else date_in_name(rows.files[row])
    except DateError as error:
        raise DateError(f"{found.date or 'file name'}: {error}") from error
    if dated is None:
        raise DateError(f"has no {found.date}" if found.date else "has no date in the name of its file")
    return dated


def _period(first: Any, last: Any, properties: Mapping[str, Any], found: Recognised) -> dict[str, Any]:
    """The half-open period from `first` to `last` as fields of a record.

    A month or a year begins on its first day and, where the end is included, lasts to its last. In the project's own fields
    it is a day that is not known better.
    """
    start, start_precision = _end_of_period(first, found.start or "start", properties, found)
    end, end_precision = _end_of_period(last, found.end or "end", properties, found)
    valid_from = start.first if start else None
    valid_to = None if end is None else following(end.last) if found.closed else end.first
    if valid_from and valid_to and valid_to <= valid_from:
        if found.closed:
            raise DateError(f"{found.end or 'end'} {last} lies before {found.start or 'start'} {first}")
        raise DateError(
            f"{found.end or 'end'} {last} is not after {found.start or 'start'} {first}; the period is half-open, a single day ends on the next"
        )
    return {
        "valid_from": valid_from,
        "valid_to": valid_to,
        "valid_from_precision": start_precision,
        "valid_to_precision": "day" if found.closed else end_precision,
    }


def _end_of_period(value: Any, name: str, properties: Mapping[str, Any], found: Recognised) -> tuple[PartialDate | None, Precision]:
    try:
        dated = when(value)
    except DateError as error:
        raise DateError(f"{name}: {error}") from error
    if dated is None or not found.own:
        return dated, "day"
    precision = properties.get(f"{name}_precision") or dated.precision
    if precision not in ("day", "month", "year", "before"):
        raise DateError(f"{name}_precision is {precision!r}; expected day, month, year or before")
    return dated, cast(Precision, precision)


def _held(rows: Rows, geometry: Geometries, states: Mapping[date, Sequence[int]], found: Recognised) -> dict[int, Record]:
    """Records of states, each held until the next one, the last without end; a polygon that stays is one record."""
    records: dict[int, Record] = {}
    before: dict[tuple[Any, ...], int] = {}
    days = sorted(states)
    looks = list(zip(*shapely.bounds(geometry).T.tolist(), shapely.get_num_coordinates(geometry).tolist(), strict=True))
    for day, end in zip(days, [*days, None][1:], strict=True):
        now: dict[tuple[Any, ...], int] = {}
        repeated: dict[tuple[str, str], int] = {}
        for row in states[day]:
            record = _record(rows, row, found, {"valid_from": day, "valid_to": end})
            key = (record.actor, record.name, *looks[row], tuple(record.properties), str(list(record.properties.values())))
            same = now.get(key, before.get(key))
            if same is not None and shapely.equals_identical(geometry[row], geometry[same]):
                if key not in now:
                    now[key] = same
                    records[same] = replace(records[same], valid_to=end)
                    continue
                first = records[same].file
                if first != record.file:
                    repeated[record.file, first] = repeated.get((record.file, first), 0) + 1
                    continue
            now[key] = row
            records[row] = record
        for (file, first), count in repeated.items():
            rows.issue(
                "warning",
                "day",
                file,
                0,
                f"is a second file for {day}; {count:,} of its polygons are the same as in {first} and were left out",
            )
        if not repeated and len(files := dict.fromkeys(rows.files[row] for row in states[day])) > 1:
            rows.issue("warning", "day", list(files)[1], 0, f"is a second file for {day} besides {next(iter(files))}; both count")
        before = now
    return records


def _note_gaps(rows: Rows, states: Mapping[date, Sequence[int]]) -> None:
    days = sorted(states)
    steps = [(after - before).days for before, after in pairwise(days)]
    usual = median(steps) if len(steps) > 1 else float("inf")
    for before, after, step in zip(days, days[1:], steps, strict=False):
        if step > _GAP * usual:
            file = rows.files[states[before][0]]
            message = f"no state for {step - 1:,} days after {before}, where {usual:g} days are usual; it holds until {after}"
            rows.issue("warning", "gap", file, 0, message)


def _last(rows: Rows, records: Sequence[Record], found: Recognised) -> date | None:
    """The last day that periods speak of: what the file says, else the last end, which counts where ends are included."""
    if said := rows.said("last"):
        try:
            return parse_date(said).last
        except DateError as error:
            rows.issue("warning", "date", rows.files[0], 0, f"last: {error}")
    ends = [record.valid_to for record in records]
    closed = [end for end in ends if end]
    if not ends or len(closed) < len(ends):
        return None
    return max(closed) - timedelta(days=1) if found.closed else max(closed)


def _sentence(rows: Rows, found: Recognised, records: Sequence[Record], days: Sequence[date]) -> str:
    files = len(set(rows.files))
    what = f"{len(rows):,} feature{'s' if len(rows) != 1 else ''}" + (f" in {files:,} files" if files > 1 else "")
    if found.start or found.end:
        included = "included" if found.closed else "not included"
        reason = f" ({found.why})" if not found.own else ""
        dated = f"periods from {found.start or 'ever'} to {found.end or 'open ends'}, ends {included}{reason}"
    else:
        where = f"dates from {found.date}" if found.date else "dates in the names of the files"
        dated = f"{where}, {len(days):,} states" + (f" from {days[0]} to {days[-1]}, each held until the next" if days else "")
    actors = {record.actor for record in records}
    who = f"actors from {found.actor} ({len(actors):,})" if found.actor else f"one actor, {next(iter(actors), _ACTOR)!r}"
    projected = " projected to longitude/latitude" if any(rows.crs) else ""
    return f"{what}{projected}; {dated}; {who}."


def _text(value: Any) -> str:
    """A value as text; empty for what is missing."""
    return "" if is_missing(value) else str(value)
