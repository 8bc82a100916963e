"""Series and snapshots: what is held on a day, and that nothing can be changed behind one's back."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import date

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapes import EAST, FAR_EAST, PAIR, WEST, series_of, tiny_series

from geo.errors import DateError, SeriesError
from geo.model import unique_text


def held(series, day, reading="recorded"):
    return series.at(day, reading=reading).rows


# --- days


def test_dates_are_the_days_on_which_anything_changed():
    assert [day.isoformat() for day in tiny_series().dates] == ["2015-01-01", "2015-02-01", "2015-03-01"]


@pytest.mark.parametrize(
    ("day", "rows"),
    [
        ("2015-01-01", (0,)),
        ("2015-01-31", (0,)),
        ("2015-02-01", (0, 1)),
        ("2015-02-28", (0, 1)),
        ("2015-03-01", (1, 2)),
        ("2040-01-01", (1, 2)),
    ],
)
def test_a_snapshot_holds_until_the_next_change(day, rows):
    assert held(tiny_series(), day) == rows
    assert held(tiny_series(), date.fromisoformat(day)) == rows


def test_the_first_day_belongs_to_a_period_and_the_end_does_not():
    series = series_of([(WEST, "2015-01-10", "2015-01-11", "Red")], first=date(2015, 1, 1))
    assert [held(series, f"2015-01-{day:02}") for day in (9, 10, 11)] == [(), (0,), ()]


def test_touching_periods_neither_gap_nor_overlap():
    series = series_of([(WEST, "2015-01-01", "2015-02-01", "Red"), (WEST, "2015-02-01", "2015-03-01", "Blue")])
    assert [held(series, day) for day in ("2015-01-31", "2015-02-01")] == [(0,), (1,)]


def test_open_ends_are_held_on_every_day():
    series = series_of([(WEST, "", "", "Red")], first=date(1900, 1, 1))
    assert series.dates == ()
    assert held(series, "1900-01-01") == held(series, "2999-12-31") == (0,)


def test_certain_land_is_held_in_every_case_and_possible_land_in_some():
    series = series_of([(WEST, "2015-02", "2015-04", "Red")], first=date(2015, 1, 1))
    days = ["2015-01-31", "2015-02-01", "2015-02-27", "2015-02-28", "2015-03-31", "2015-04-01", "2015-04-29", "2015-04-30"]
    assert [len(held(series, day, "certain")) for day in days] == [0, 0, 0, 1, 1, 0, 0, 0]
    assert [len(held(series, day, "recorded")) for day in days] == [0, 1, 1, 1, 1, 0, 0, 0]
    assert [len(held(series, day, "possible")) for day in days] == [0, 1, 1, 1, 1, 1, 1, 0]


@pytest.mark.parametrize("day", ["2014-12-31", "2016-01-01"])
def test_days_that_the_data_do_not_speak_of_are_refused(day):
    series = series_of([(WEST, "2015-01-01", "2016-01-01", "Red")], last=date(2015, 12, 31))
    with pytest.raises(DateError, match="Expected a day from 2015-01-01 to 2015-12-31"):
        series.at(day)


def test_an_open_series_says_so():
    with pytest.raises(DateError, match="from 2015-01-01 to now"):
        tiny_series().at("2014-12-31")


@pytest.mark.parametrize("day", ["2015", "2015-05", "03/04/2015", ""])
def test_a_snapshot_needs_a_whole_day(day):
    with pytest.raises(DateError):
        tiny_series().at(day)


# --- land


def test_territory_is_dissolved_and_can_be_asked_for_by_actor():
    snapshot = tiny_series().at("2015-03-01")
    assert tiny_series().actors == ("Blue", "Red")
    assert snapshot.territory("Blue").equals(WEST)
    assert snapshot.territory("Red").equals(EAST)
    assert snapshot.geometry.equals(PAIR)
    assert snapshot.geometry.geom_type == "Polygon"


def test_nothing_held_is_an_empty_geometry():
    series = series_of([(WEST, "2015-01-01", "2015-02-01", "Red")])
    assert series.at("2015-02-01").geometry.is_empty
    assert series.at("2015-01-01").territory("Nobody").is_empty
    assert series_of([]).at("2015-01-01").geometry.is_empty


def test_a_series_without_rows_has_no_dates_and_no_actors():
    series = series_of([])
    assert (len(series), series.dates, series.actors) == (0, (), ())
    assert series.spans("recorded").shape == (0, 2)


ROWS = st.lists(st.tuples(st.sampled_from([WEST, EAST, FAR_EAST]), st.integers(1, 27), st.integers(1, 27)), min_size=1, max_size=6)


@given(ROWS, st.integers(1, 27), st.randoms())
def test_the_order_of_rows_changes_nothing(rows, day, random):
    dated = [(shape, f"2015-01-{min(a, b):02}", f"2015-01-{max(a, b) + 1:02}", "Red") for shape, a, b in rows]
    shuffled = random.sample(dated, len(dated))
    one, other = (series_of(found, first=date(2015, 1, 1)) for found in (dated, shuffled))
    assert one.dates == other.dates
    assert one.at(date(2015, 1, day)).geometry.equals(other.at(date(2015, 1, day)).geometry)


# --- immutable


def test_nothing_of_a_series_can_be_changed():
    series = tiny_series()
    with pytest.raises(FrozenInstanceError):
        series.title = "Other"
    with pytest.raises(FrozenInstanceError):
        series.records[0].actor = "Blue"
    with pytest.raises(TypeError):
        series.records[0].properties["name"] = "Other"
    with pytest.raises(ValueError, match="read-only"):
        series.geometry[0] = EAST
    with pytest.raises(ValueError, match="read-only"):
        series.spans("recorded")[0, 0] = 1


def test_a_series_keeps_its_own_copy_of_the_geometries():
    shapes = np.array([WEST, EAST], dtype=object)
    rows = [(WEST, "2015-01-01", "", "Red"), (EAST, "2015-01-01", "", "Red")]
    series = series_of(rows, geometry=shapes)
    shapes[0] = FAR_EAST
    assert series.geometry[0] is WEST


def test_every_record_needs_its_geometry():
    with pytest.raises(SeriesError, match="1 geometries for 2 records"):
        series_of([(WEST, "2015-01-01", "", "Red")] * 2, geometry=np.array([shapely.Point()], dtype=object))


def test_unique_text_drops_what_is_empty_and_keeps_the_order():
    assert unique_text(["b", None, "a", "", "b"]) == ("b", "a")
