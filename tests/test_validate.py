"""What is wrong with a series: each kind of finding, and none where nothing is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import shapely
from shapes import BOW_TIE, EAST, EMPTY, FAR_EAST, PAIR, WEST, series_of, square, tiny_series

from geo.load import load_series
from geo.measure import area_km2
from geo.validation import ISSUE_COLUMNS, issue_table, validate

YEAR = ("2015-01-01", "2016-01-01")


def found(*rows):
    """(severity, check, row) of every finding in rows of (geometry, valid_from, valid_to, actor)."""
    return [(issue.severity, issue.check, issue.row) for issue in validate(series_of(rows))]


def test_a_sound_series_has_no_findings():
    assert validate(tiny_series()) == []
    assert validate(series_of([])) == []


def test_neighbours_and_successors_do_not_overlap():
    assert found((WEST, *YEAR, "Red"), (EAST, *YEAR, "Red"), (PAIR, "2016-01-01", "", "Red"), (square(0, 1), *YEAR, "Blue")) == []


def test_land_that_one_actor_holds_twice_is_an_error_with_its_size_and_place():
    (issue,) = validate(series_of([(PAIR, *YEAR, "Red"), (shapely.box(1, 0, 3, 1), "2015-12-31", "", "Red")]))
    assert (issue.severity, issue.check, issue.row) == ("error", "overlap", 1)
    assert issue.message.startswith(f"{area_km2([EAST])[0]:.3f} km² are held by row 0 (Red) too")
    assert shapely.contains_xy(EAST, issue.lon, issue.lat)


def test_land_that_two_actors_hold_is_contested():
    assert found((PAIR, *YEAR, "Red"), (WEST, *YEAR, "Blue")) == [("warning", "contested", 1)]


def test_an_overlap_needs_a_common_day_and_more_than_a_sliver():
    assert found((WEST, *YEAR, "Red"), (WEST, "2016-01-01", "2017-01-01", "Red")) == []
    assert found((WEST, *YEAR, "Red"), (shapely.box(1 - 1e-9, 0, 2, 1), *YEAR, "Red")) == []


def test_a_row_that_is_there_twice_is_a_duplicate():
    assert ("error", "duplicate", 1) in found((WEST, *YEAR, "Red"), (WEST, *YEAR, "Red"))


@pytest.mark.parametrize(
    ("shape", "severity", "check"),
    [
        (BOW_TIE, "error", "geometry"),
        (shapely.box(179, 5, 181, 6), "warning", "antimeridian"),
        (shapely.box(-179, 5, 179, 6), "error", "antimeridian"),
        (shapely.box(30, 89, 31, 91), "error", "swapped"),
        (shapely.box(170, 89, 181, 91), "error", "coordinates"),
    ],
)
def test_a_polygon_that_cannot_be_is_a_finding(shape, severity, check):
    assert found((FAR_EAST, *YEAR, "Red"), (shape, *YEAR, "Blue")) == [(severity, check, 1)]


def test_a_finding_about_an_empty_polygon_has_no_place():
    rows = [(EMPTY, *YEAR, "Red"), (EMPTY, *YEAR, "Red")]
    (issue,) = validate(series_of(rows))
    assert issue.check == "duplicate"
    assert (issue.lon, issue.lat) == (pytest.approx(float("nan"), nan_ok=True),) * 2


def test_a_row_without_source_is_a_warning_where_others_have_one():
    series = tiny_series()
    unsourced = replace(series.records[1], sources=())
    some = replace(series, records=(series.records[0], unsourced, series.records[2]))
    assert [(issue.severity, issue.check, issue.row) for issue in validate(some)] == [("warning", "source", 1)]
    none = replace(series, records=tuple(replace(record, sources=()) for record in series.records))
    assert validate(none) == []


def test_errors_come_first_and_the_table_has_them_all():
    issues = validate(series_of([(PAIR, *YEAR, "Red"), (WEST, *YEAR, "Blue"), (EAST, *YEAR, "Red")]))
    assert [(issue.severity, issue.row) for issue in issues] == [("error", 2), ("warning", 1)]
    table = issue_table(issues)
    assert tuple(table.columns) == ISSUE_COLUMNS
    assert table["row"].tolist() == [2, 1]
    assert tuple(issue_table([]).columns) == ISSUE_COLUMNS


@pytest.mark.parametrize("definition", ["towns", "belts", "control", "land"])
def test_the_bundled_series_has_no_errors(definition):
    issues = validate(load_series(definition=definition))
    assert {(issue.severity, issue.check) for issue in issues} == {("warning", "source")}
    assert all(load_series().first > date(2013, 1, 1) and issue.name for issue in issues)
