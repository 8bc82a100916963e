"""Tables: fixed columns, figures that can be checked by hand, and the ranges and ratios beside them."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import pytest
import shapely
from shapes import EAST, FAR_EAST, HOLED, PAIR, WEST, series_of, tiny_series

from geo import geojson
from geo.errors import DateError
from geo.load import load_base, load_definitions, load_series
from geo.measure import area_km2
from geo.model import Source
from geo.queries import query_days
from geo.tables import (
    AREA_COLUMNS,
    SOURCE_COLUMNS,
    TERRITORY_COLUMNS,
    area_table,
    country_area_km2,
    source_table,
    territory_table,
)

UNIT = float(area_km2([WEST])[0])
DEFINITIONS = ["towns", "belts", "control", "land"]


def days(*texts: str) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


# --- Great Britain


def test_great_britain_is_the_main_island_of_the_united_kingdom():
    (kingdom,) = (geojson.geometry(item) for item in load_base("united_kingdom")["features"])
    islands = shapely.get_parts(kingdom)
    assert country_area_km2("great_britain") == pytest.approx(area_km2(islands).max(), rel=1e-12)
    assert country_area_km2("united_kingdom") == pytest.approx(area_km2(islands).sum(), rel=1e-12)


def test_the_united_kingdom_has_about_its_official_size():
    """243,610 km² with inland water, as the CIA World Factbook gives it."""
    assert country_area_km2("united_kingdom") == pytest.approx(243_610, rel=0.005)


# --- query_days


@pytest.mark.parametrize(
    ("query", "step", "expected"),
    [
        ("2015-01-15", None, ["2015-01-15"]),
        ("2015-03-01, 2015-01-15,2015-03-01", None, ["2015-01-15", "2015-03-01"]),
        ("2015-01-15/2015-03-01", None, ["2015-01-15", "2015-02-01", "2015-03-01"]),
        ("2015-01-15/2015-02-27", None, ["2015-01-15", "2015-02-01", "2015-02-27"]),
        ("2015-02-01/2015-02-01", None, ["2015-02-01"]),
        ("2015-01-31/2015-04", "P1M", ["2015-01-31", "2015-02-28", "2015-03-31", "2015-04-30"]),
        ("../2015-01-20", "P1W", ["2015-01-01", "2015-01-08", "2015-01-15"]),
        ("../..", None, ["2015-01-01", "2015-02-01", "2015-03-01"]),
        ("2015-02-10/..", None, ["2015-02-10", "2015-03-01"]),
        ("2016-01-01/..", None, ["2016-01-01"]),
        ("2016-01-01/..", "P1D", ["2016-01-01"]),
    ],
)
def test_a_query_names_days(query, step, expected):
    assert query_days(tiny_series(), query, step=step) == days(*expected)


def test_several_definitions_change_on_the_days_of_each():
    narrow = series_of([(WEST, "2015-01-01", "2015-01-10", "Red")], last=date(2015, 1, 31))
    wide = series_of([(WEST, "2015-01-05", "2015-01-10", "Red")], first=date(2015, 1, 1), last=date(2015, 1, 31))
    expected = days("2015-01-01", "2015-01-05", "2015-01-10", "2015-01-31")
    assert query_days([narrow, wide], "../..") == expected


@pytest.mark.parametrize(
    ("query", "step"),
    [
        ("2014-12-31", None),
        ("2014-12-31/2015-02-01", None),
        ("2014/2015", None),
        ("2015", None),
        ("03/04/2015", None),
        ("2015-03-01/2015-01-01", None),
        ("2015-01-01,", None),
        ("", None),
        ("2015-01-01", "P1M"),
        ("2015-01-01/..", "monthly"),
    ],
)
def test_a_query_outside_the_grammar_or_the_series_is_refused(query, step):
    with pytest.raises(DateError, match="Expected"):
        query_days(tiny_series(), query, step=step)


# --- area_table


def test_areas_by_hand():
    table = area_table([tiny_series()], days("2015-03-01", "2015-01-01", "2015-02-01", "2015-02-01"))
    assert tuple(table.columns) == AREA_COLUMNS
    assert table[["actor", "date"]].to_numpy().tolist() == [
        ["Blue", "2015-01-01"],
        ["Blue", "2015-02-01"],
        ["Blue", "2015-03-01"],
        ["Red", "2015-01-01"],
        ["Red", "2015-02-01"],
        ["Red", "2015-03-01"],
    ]
    assert (table["definition"] == "as-given").all()
    assert (table["area_km2"] / UNIT).tolist() == pytest.approx([0, 0, 1, 1, 2, 1])
    assert table["share_of_peak"].tolist() == pytest.approx([0, 0, 1, 0.5, 1, 0.5])
    assert table["ratio_to_baseline"].tolist() == pytest.approx([np.nan] * 3 + [1, 2, 1], nan_ok=True)
    assert (table["ratio_to_great_britain"] * country_area_km2("great_britain") / UNIT).tolist() == pytest.approx([0, 0, 1, 1, 2, 1])
    assert (table["area_km2"] == table["area_certain_km2"]).all()
    assert (table["area_km2"] == table["area_possible_km2"]).all()


def test_another_baseline_can_be_chosen():
    table = area_table([tiny_series()], days("2015-01-01", "2015-02-01"), baseline=date(2015, 2, 1))
    assert table.loc[table["actor"] == "Red", "ratio_to_baseline"].tolist() == pytest.approx([0.5, 1])


def test_the_range_is_what_uncertain_dates_leave():
    series = series_of([(WEST, "2015-01-01", "", "Red"), (EAST, "2015-02", "", "Red"), (FAR_EAST, "2015-01-01", "2015-02", "Red")])
    table = area_table([series], days("2015-01-31", "2015-02-01", "2015-02-27", "2015-02-28"))
    assert (table["area_certain_km2"] / UNIT).tolist() == pytest.approx([2, 1, 1, 2])
    assert (table["area_km2"] / UNIT).tolist() == pytest.approx([2, 2, 2, 2])
    assert (table["area_possible_km2"] / UNIT).tolist() == pytest.approx([2, 3, 3, 2])


def test_land_that_two_rows_cover_counts_once():
    series = series_of([(WEST, "2015-01-01", "", "Red"), (PAIR, "2015-02-01", "", "Red"), (PAIR, "2015-02-01", "", "Blue")])
    table = area_table([series], days("2015-02-01"))
    assert (table["area_km2"] / UNIT).tolist() == pytest.approx([2, 2])


def test_a_series_without_rows_has_a_table_without_rows():
    table = area_table([series_of([])], days("2015-01-01"))
    assert tuple(table.columns) == AREA_COLUMNS
    assert table.empty


@pytest.mark.parametrize("found", [{"baseline": date(2014, 1, 1)}, {"days": [date(2014, 1, 1)]}])
def test_days_outside_the_series_are_refused(found):
    with pytest.raises(DateError, match="lies outside the series"):
        area_table([tiny_series()], **{"days": days("2015-01-01"), **found})


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_certain_is_at_most_recorded_and_recorded_at_most_possible_on_every_day(definition):
    series = load_series(definition=definition)
    table = area_table([series], query_days(series, "../..", step="P1D"))
    assert (table["area_certain_km2"] <= table["area_km2"] * (1 + 1e-12)).all()
    assert (table["area_km2"] <= table["area_possible_km2"] * (1 + 1e-12)).all()
    assert (table["area_certain_km2"] < table["area_possible_km2"] * 0.99).any()
    assert table["share_of_peak"].max() == 1


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_areas_are_those_of_the_dissolved_territory(definition):
    """By another way: GEOS dissolves the polygons of the day, instead of faces being picked."""
    series = load_series(definition=definition)
    some = list(series.dates[::60])
    table = area_table([series], some)
    assert table["area_km2"].to_numpy() == pytest.approx(area_km2([series.at(day).territory() for day in some]), rel=1e-11)


def test_a_wider_definition_never_holds_less():
    series = load_definitions()
    table = area_table(series, series[0].dates).pivot_table(index="date", columns="definition", values="area_km2")
    for narrow, wide in pairwise(DEFINITIONS):
        assert (table[narrow] <= table[wide] + 0.01).all(), (narrow, wide)


# --- territory_table


def test_territory_is_one_row_per_actor_with_land():
    table = territory_table(tiny_series(), "2015-03-01")
    assert tuple(table.columns) == (*TERRITORY_COLUMNS, "geometry")
    assert table.drop(columns=["geometry"]).to_numpy().tolist() == [
        ["as-given", "Blue", "2015-03-01", 1, pytest.approx(UNIT), pytest.approx(UNIT), pytest.approx(UNIT), ["s2"]],
        ["as-given", "Red", "2015-03-01", 1, pytest.approx(UNIT), pytest.approx(UNIT), pytest.approx(UNIT), ["s1"]],
    ]
    assert [shape.equals(expected) for shape, expected in zip(table.geometry, (WEST, EAST), strict=True)] == [True, True]
    assert table.crs.to_authority() == ("OGC", "CRS84")


def test_territory_is_dissolved_and_lists_its_sources_once():
    table = territory_table(tiny_series(), date(2015, 2, 1))
    assert table["sources"].tolist() == [["s0", "s1"]]
    assert table["rows"].tolist() == [2]
    assert table.geometry.iloc[0].equals(PAIR)


def test_nothing_held_is_a_table_without_rows():
    series = series_of([(HOLED, "2015-01-01", "2015-02-01", "Red")])
    table = territory_table(series, "2015-02-01")
    assert tuple(table.columns) == (*TERRITORY_COLUMNS, "geometry")
    assert table.empty


# --- source_table


def test_sources_stand_with_what_rests_on_them():
    known = MappingProxyType({"s1": Source("s1", "https://example.org/east", "A newspaper", "East falls", "2015-02-02", "")})
    table = source_table(series_of([(WEST, "2015-01-01", "", "Red"), (EAST, "2015-01-01", "", "Red")], sources=known), "2015-01-01")
    assert tuple(table.columns) == SOURCE_COLUMNS
    assert table.to_numpy().tolist() == [["", "s0", "s0", 1, ""], ["A newspaper", "East falls", "https://example.org/east", 1, ""]]


def test_a_day_without_land_needs_no_sources():
    table = source_table(series_of([(WEST, "2015-01-01", "2015-02-01", "Red")]), "2015-02-01")
    assert tuple(table.columns) == SOURCE_COLUMNS
    assert table.empty


def test_bundled_sources_are_known_and_the_weightiest_comes_first():
    series = load_series()
    table = source_table(series, "2015-05-21")
    assert table["places"].is_monotonic_decreasing
    assert table["places"].sum() == sum(len(record.sources) for record in series.at("2015-05-21").records)
    assert set(table["url"]) <= {source.url for source in series.sources.values()}
