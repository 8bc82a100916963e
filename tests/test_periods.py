"""Days, periods and what an imprecise date may mean."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import DateError
from geo.periods import (
    BEGINNING,
    FOREVER,
    Step,
    change_days,
    days_between,
    parse_date,
    parse_day,
    parse_interval,
    parse_step,
    readings,
)


def ordinals(*days: str) -> tuple[int, ...]:
    return tuple(date.fromisoformat(day).toordinal() for day in days)


# --- reading dates


@pytest.mark.parametrize(
    ("text", "first", "last", "precision"),
    [
        ("2015-05-21", "2015-05-21", "2015-05-21", "day"),
        (" 2015-05-21 ", "2015-05-21", "2015-05-21", "day"),
        ("2016-02", "2016-02-01", "2016-02-29", "month"),
        ("2015", "2015-01-01", "2015-12-31", "year"),
    ],
)
def test_a_date_keeps_its_precision(text, first, last, precision):
    found = parse_date(text)
    assert (found.first.isoformat(), found.last.isoformat(), found.precision) == (first, last, precision)


NOT_DATES = [
    "",
    "03/04/2015",
    "21.05.2015",
    "2015-5-21",
    "20150521",
    "2015-05-21T00:00",
    "15-05-21",
    "May 2015",
    "2015-",
    "-2015",
    "٢٠١٥-٠٥-٢١",
]
NOT_IN_THE_CALENDAR = ["2015-13", "2015-00", "2015-02-29", "2015-04-31", "0000", "0000-01-01"]


@pytest.mark.parametrize("text", NOT_DATES)
def test_other_forms_are_refused_and_the_right_one_is_said(text):
    with pytest.raises(DateError, match="Expected YYYY-MM-DD"):
        parse_date(text)


@pytest.mark.parametrize("text", NOT_IN_THE_CALENDAR)
def test_days_that_do_not_exist_are_refused(text):
    with pytest.raises(DateError, match="not a date in the calendar"):
        parse_date(text)


def test_a_day_may_be_text_date_or_datetime():
    assert parse_day("2015-05-21") == parse_day(date(2015, 5, 21)) == parse_day(datetime(2015, 5, 21, 23, 59)) == date(2015, 5, 21)
    assert type(parse_day(datetime(2015, 5, 21, 23, 59))) is date


@pytest.mark.parametrize("text", ["2015", "2015-05"])
def test_a_month_or_year_is_no_day(text):
    with pytest.raises(DateError, match=r"not a day\. Expected YYYY-MM-DD, such as 2015-0[15]-01"):
        parse_day(text)


@given(st.dates())
def test_every_day_is_read_as_written(day):
    assert parse_day(day.isoformat()) == day


# --- intervals


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2014-06-10/2017-10-17", date(2014, 6, 10), date(2017, 10, 17)),
        ("2014-06-10/..", date(2014, 6, 10), None),
        ("../2015", None, date(2015, 12, 31)),
        ("/2015-02", None, date(2015, 2, 28)),
        ("2015/", date(2015, 1, 1), None),
        ("../..", None, None),
        ("2015/2016-06", date(2015, 1, 1), date(2016, 6, 30)),
        ("2015-05-21", date(2015, 5, 21), date(2015, 5, 21)),
        ("2015-05-21/2015-05-21", date(2015, 5, 21), date(2015, 5, 21)),
        ("2015/2015", date(2015, 1, 1), date(2015, 12, 31)),
    ],
)
def test_both_ends_belong_to_an_interval(text, first, last):
    assert parse_interval(text) == (first, last)


@pytest.mark.parametrize("text", ["", "..", "2015/2016/2017", "03/04/2015", "2015-01-01/tomorrow", "03/04"])
def test_what_is_no_interval_is_refused(text):
    with pytest.raises(DateError, match="Expected"):
        parse_interval(text)


def test_an_interval_that_ends_before_it_starts_is_turned_round_in_the_message():
    with pytest.raises(DateError, match="Expected the earlier date first: 2015-01-01/2016-01-01"):
        parse_interval("2016-01-01/2015-01-01")


# --- steps


@pytest.mark.parametrize(
    ("text", "step"),
    [("P1D", Step(1, 0)), ("P10D", Step(10, 0)), ("P2W", Step(14, 0)), ("P1M", Step(0, 1)), ("P3Y", Step(0, 36))],
)
def test_a_step_is_a_number_of_one_unit(text, step):
    assert parse_step(text) == step


@pytest.mark.parametrize("text", ["", "P0D", "P00M", "1M", "P1", "PT1H", "P1M2D", "P-1D", "P1.5M", "p1m", "P٣M"])
def test_other_steps_are_refused(text):
    with pytest.raises(DateError, match="Expected a whole number of one unit"):
        parse_step(text)


def test_the_end_of_a_short_month_stands_for_its_missing_days():
    days = days_between(date(2016, 1, 31), date(2016, 5, 31), parse_step("P1M"))
    assert [day.isoformat() for day in days] == ["2016-01-31", "2016-02-29", "2016-03-31", "2016-04-30", "2016-05-31"]
    assert parse_step("P1Y").after(date(2016, 2, 29), 1) == date(2017, 2, 28)


def test_a_step_may_miss_the_last_day_and_a_year_may_end():
    assert days_between(date(2015, 1, 1), date(2015, 1, 20), parse_step("P1W"))[-1] == date(2015, 1, 15)
    assert days_between(date(2015, 1, 2), date(2015, 1, 1), parse_step("P1D")) == []
    assert days_between(date(2015, 11, 30), date(2016, 1, 1), parse_step("P1M")) == [date(2015, 11, 30), date(2015, 12, 30)]


def test_steps_stop_at_the_end_of_the_calendar():
    assert days_between(date(9999, 12, 30), date.max, parse_step("P1D")) == [date(9999, 12, 30), date.max]
    assert days_between(date(9998, 6, 1), date.max, parse_step("P1Y")) == [date(9998, 6, 1), date(9999, 6, 1)]


# --- what a spell may mean


def test_dates_known_to_the_day_leave_no_range():
    found = readings(date(2015, 1, 10), "day", date(2015, 3, 1), "day")
    assert set(found.values()) == {ordinals("2015-01-10", "2015-03-01")}


def test_open_ends_stay_open():
    assert set(readings(None, "day", None, "day").values()) == {(BEGINNING, FOREVER)}


def test_a_month_may_be_any_of_its_days():
    found = readings(date(2015, 1, 10), "month", date(2015, 3, 1), "month")
    assert found["recorded"] == ordinals("2015-01-10", "2015-03-01")
    assert found["certain"] == ordinals("2015-01-31", "2015-03-01")
    assert found["possible"] == ordinals("2015-01-01", "2015-03-31")


def test_before_reaches_back_for_ever_and_only_possibly():
    found = readings(date(2015, 1, 10), "before", date(2015, 3, 1), "day")
    assert found["certain"] == found["recorded"] == ordinals("2015-01-10", "2015-03-01")
    assert found["possible"] == (BEGINNING, *ordinals("2015-03-01"))


def test_a_spell_within_one_month_is_certain_on_no_day():
    start, end = readings(date(2015, 2, 1), "month", date(2015, 2, 20), "month")["certain"]
    assert start == end


PRECISE = st.sampled_from(["day", "month", "year"])
DAYS = st.dates(date(2013, 1, 1), date(2019, 12, 31))


def days_meant(day: date, precision: str) -> list[date]:
    """Every day that a date may be, by looking at each one near it."""
    near = [day + timedelta(days=shift) for shift in range(-366, 367)]
    return [other for other in near if other.isoformat()[: {"day": 10, "month": 7, "year": 4}[precision]] in day.isoformat()]


@given(DAYS, PRECISE, st.integers(1, 800), PRECISE)
def test_certain_is_every_meaning_and_possible_is_any(held_from, from_precision, length, to_precision):
    held_to = held_from + timedelta(days=length)
    starts = [day.toordinal() for day in days_meant(held_from, from_precision)]
    ends = [day.toordinal() for day in days_meant(held_to, to_precision)]
    found = readings(held_from, from_precision, held_to, to_precision)
    certain, recorded, possible = (set(range(*found[name])) for name in ("certain", "recorded", "possible"))
    for day in range(min(starts) - 1, max(ends) + 1):
        assert (day in certain) == (max(starts) <= day < min(ends))
        assert (day in possible) == (min(starts) <= day < max(ends))
    assert certain <= recorded <= possible


# --- change days


def test_touching_periods_change_once_and_open_ends_never():
    a, b, c = ordinals("2015-01-01", "2015-02-01", "2015-03-01")
    days = [date(2015, 1, 1), date(2015, 2, 1), date(2015, 3, 1)]
    assert change_days([(a, b), (b, c)]) == days
    assert change_days([(BEGINNING, a), (b, c), (c, FOREVER)]) == days


def test_a_single_day_changes_twice_and_a_period_without_days_never():
    a, b = ordinals("2015-01-01", "2015-01-02")
    assert change_days([(a, b)]) == [date(2015, 1, 1), date(2015, 1, 2)]
    assert change_days([(a, a)]) == change_days([]) == []
