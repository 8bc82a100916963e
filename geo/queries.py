"""The days of a series that a query names: one grammar for Python, the command line, the app and the page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from geo.errors import DateError
from geo.model import Series
from geo.periods import days_between, parse_interval, parse_step


def query_days(series: Series | Sequence[Series], datetime: str, *, step: str | None = None) -> list[date]:
    """The days that a query names.

    Parameters
    ----------
    series
        Where the days must lie: one series, or the same under several definitions.
    datetime
        One day, several separated by commas, or an interval ``A/B``, both days included, ``..`` for an open end.
    step
        ISO 8601 step of an interval such as ``P1M``; None for every day on which the series changes.

    Returns
    -------
    list of datetime.date
        In ascending order, each once. An interval always has its first day; a step may miss its last.

    Raises
    ------
    DateError
        Not in the grammar, or outside the series.
    """
    several = (series,) if isinstance(series, Series) else tuple(series)
    if "/" not in datetime:
        if step is not None:
            raise DateError(f"a step goes with an interval, and {datetime!r} is none. Expected A/B, such as 2014-06-10/2017-10-17.")
        return sorted({several[0].day(part.strip()) for part in datetime.split(",")})
    start, end = query_interval(several, datetime)
    if step is not None:
        return days_between(start, end, parse_step(step))
    return sorted({start, end} | {day for one in several for day in one.dates if start <= day <= end})


def query_interval(series: Series | Sequence[Series], datetime: str) -> tuple[date, date]:
    """The first and the last day of an interval ``A/B``; ``..`` is the first or the last day of the series.

    Parameters
    ----------
    series
        Where the days must lie: one series, or the same under several definitions. Where it is still open, its last day is the
        last on which anything changed.
    datetime
        Such as ``2014-06-10/2017-10-17``, ``2014/..`` or ``../2015-06``.

    Raises
    ------
    DateError
        No interval, or outside the series.
    """
    several = (series,) if isinstance(series, Series) else tuple(series)
    lead = several[0]
    if "/" not in datetime:
        raise DateError(f"{datetime!r} names no two days. Expected A/B, such as 2014-06-10/2017-10-17.")
    first, last = parse_interval(datetime)
    start = lead.day(first) if first else lead.first
    return start, lead.day(last) if last else (lead.last or max({start}.union(*(one.dates for one in several))))


def query_pairs(series: Series | Sequence[Series], datetime: str, *, step: str | None = None) -> list[tuple[date, date]]:
    """The two days of an interval ``A/B`` as a pair, or a pair for each of its steps.

    Parameters
    ----------
    series, datetime
        As for `query_interval`.
    step
        ISO 8601 step such as ``P1M``: each pair begins where the one before it ends, and the last ends with the interval.

    Raises
    ------
    DateError
        No interval, no step, or outside the series.
    """
    start, end = query_interval(series, datetime)
    days = [start] if step is None else days_between(start, end, parse_step(step))
    return list(pairwise(days if len(days) > 1 and days[-1] == end else [*days, end]))
