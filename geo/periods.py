"""Days, periods and the precision with which they are known.

A day is a `datetime.date`, or in arrays its proleptic Gregorian ordinal (`date.toordinal`).
A period is half-open: the first day belongs to it, the end day does not.
A query names days the way OGC API Features does (``datetime=a/b``, both days included).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from geo.errors import DateError

Precision = Literal["day", "month", "year", "before"]
Reading = Literal["recorded", "certain", "possible"]
READINGS: tuple[Reading, ...] = ("recorded", "certain", "possible")

BEGINNING = 1
"""Ordinal that stands for an open start (0001-01-01)."""
FOREVER = date.max.toordinal()
"""Ordinal that stands for an open end (9999-12-31)."""

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_STEP = re.compile(r"P(\d{1,4})([DWMY])", re.ASCII)


@dataclass(frozen=True)
class PartialDate:
    """A date known to the day, the month or the year.

    Attributes
    ----------
    first, last
        The earliest and the latest day it can mean; the same for a day.
    precision
        ``"day"``, ``"month"`` or ``"year"``.
    """

    first: date
    last: date
    precision: Precision


def parse_date(text: str) -> PartialDate:
    """Read ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; nothing else, and no guessing.

    Raises
    ------
    DateError
        Not one of the three forms, or no such day.
    """
    match = _DATE.fullmatch(text.strip())
    if not match:
        raise DateError(
            f"{text!r} is not a date. Expected YYYY-MM-DD, such as 2015-05-21 (or YYYY-MM, YYYY); other orders are not guessed."
        )
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        if month is None:
            return PartialDate(date(year or 0, 1, 1), date(year or 0, 12, 31), "year")
        if day is None:
            return PartialDate(date(year or 0, month, 1), _last_of_month(year or 0, month), "month")
        whole = date(year or 0, month, day)
        return PartialDate(whole, whole, "day")
    except (ValueError, calendar.IllegalMonthError) as error:
        raise DateError(f"{text!r} is not a date in the calendar. Expected an existing day, such as 2015-05-21.") from error


def parse_day(text: str | date) -> date:
    """Read one day, given as text or as a date.

    Raises
    ------
    DateError
        Not a date, or known to the month or year only.
    """
    if isinstance(text, date):
        return date(text.year, text.month, text.day)
    found = parse_date(text)
    if found.precision != "day":
        raise DateError(f"{text!r} names a {found.precision}, not a day. Expected YYYY-MM-DD, such as {found.first}.")
    return found.first


def parse_interval(text: str) -> tuple[date | None, date | None]:
    """Read ``a/b``, ``a/..``, ``../b`` or one date; both ends belong to the interval.

    A date known to the month or year means all of its days: ``2015/2016-06`` runs from 2015-01-01 to 2016-06-30.

    Returns
    -------
    tuple
        First and last day, None for an open end.

    Raises
    ------
    DateError
        Not in the grammar, or the end lies before the start.
    """
    parts = text.strip().split("/")
    if len(parts) > 2 or (len(parts) == 1 and parts[0] in ("", "..")):
        raise DateError(
            f"{text!r} is neither a date (YYYY-MM-DD; other orders are not guessed) nor an interval. Expected A/B, A/.. or ../B, such as 2014-06-10/2017-10-17."
        )
    first = None if parts[0] in ("", "..") else parse_date(parts[0]).first
    last = None if parts[-1] in ("", "..") else parse_date(parts[-1]).last
    if first and last and last < first:
        raise DateError(f"{text!r} ends before it starts. Expected the earlier date first: {last}/{first}.")
    return first, last


@dataclass(frozen=True)
class Step:
    """A calendar step such as a month (``P1M``) or ten days (``P10D``)."""

    days: int
    months: int

    def after(self, start: date, count: int) -> date:
        """The day `count` steps after `start`; the end of a short month stands for its missing days.

        Raises
        ------
        OverflowError
            The day lies after the year 9999.
        """
        total = start.month - 1 + self.months * count
        year, month = start.year + total // 12, total % 12 + 1
        if year > date.max.year:
            raise OverflowError(year)
        return date(year, month, min(start.day, _last_of_month(year, month).day)) + timedelta(days=self.days * count)


def parse_step(text: str) -> Step:
    """Read an ISO 8601 duration of one unit: ``P1D``, ``P2W``, ``P1M``, ``P1Y``.

    Raises
    ------
    DateError
        Anything else, or a step of zero.
    """
    match = _STEP.fullmatch(text.strip())
    if not match or int(match[1]) == 0:
        raise DateError(f"{text!r} is not a step. Expected a whole number of one unit: P1D, P1W, P1M or P1Y.")
    count, unit = int(match[1]), match[2]
    return Step(days=count * {"D": 1, "W": 7}.get(unit, 0), months=count * {"M": 1, "Y": 12}.get(unit, 0))


def days_between(first: date, last: date, step: Step) -> list[date]:
    """Every step from `first` on that is not after `last`."""
    days: list[date] = []
    try:
        while (day := step.after(first, len(days))) <= last:
            days.append(day)
    except OverflowError:
        pass
    return days


def readings(
    held_from: date | None, from_precision: Precision, held_to: date | None, to_precision: Precision
) -> dict[Reading, tuple[int, int]]:
    """What a spell may mean, given how well its ends are known.

    A date known to the month may be any day of that month. ``before`` says that the start lies earlier than
    known data: held from `held_from` for certain, and possibly since ever.

    Parameters
    ----------
    held_from
        First day held; None if open.
    held_to
        First day no longer held; None if open.
    from_precision, to_precision
        How well each end is known.

    Returns
    -------
    dict
        Half-open periods as ordinals: ``recorded`` as written, ``certain`` (held under every reading of the
        dates; end equals start where there is no such day) and ``possible`` (held under some reading).
    """
    start = _window(held_from, from_precision, BEGINNING)
    end = _window(held_to, to_precision, FOREVER)
    recorded = (held_from.toordinal() if held_from else BEGINNING, held_to.toordinal() if held_to else FOREVER)
    return {
        "recorded": recorded,
        "certain": (start[1], max(start[1], end[0])),
        "possible": (start[0], end[1]),
    }


def _window(day: date | None, precision: Precision, when_open: int) -> tuple[int, int]:
    if day is None:
        return when_open, when_open
    if precision == "before":
        return BEGINNING, day.toordinal()
    if precision == "month":
        return day.replace(day=1).toordinal(), _last_of_month(day.year, day.month).toordinal()
    if precision == "year":
        return date(day.year, 1, 1).toordinal(), date(day.year, 12, 31).toordinal()
    return day.toordinal(), day.toordinal()


def change_days(periods: Sequence[tuple[int, int]]) -> list[date]:
    """Every day on which one of the half-open `periods` begins or ends, in order, open ends left out."""
    days = {day for start, end in periods if start < end for day in (start, end)}
    return [date.fromordinal(day) for day in sorted(days - {BEGINNING, FOREVER})]


def _last_of_month(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])
