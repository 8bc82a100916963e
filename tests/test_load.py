"""Files to series: the bundled one, and GeoJSON with a period per feature."""

from __future__ import annotations

import json
from datetime import date

import pytest
import shapely
from shapes import BOW_TIE, EAST, EMPTY, HOLED, PATH, POINT, WEST

from geo import geojson
from geo.errors import GeometryError, SeriesError
from geo.load import catalog, definitions, load_base, load_definitions, load_series
from geo.overlay import faces
from geo.tables import area_table


@pytest.fixture
def written(tmp_path):
    """Writes features, each a geometry and its properties, and gives the file."""

    def write(*rows, **members):
        path = tmp_path / "red.geojson"
        geojson.write(path, [geojson.feature(shape, properties) for shape, properties in rows], **members)
        return path

    return write


# --- the bundled series


def test_the_bundled_series_comes_under_four_definitions_narrowest_first():
    assert [item.id for item in definitions()] == ["towns", "belts", "control", "land"]
    assert [series.definition for series in load_definitions()] == list(definitions())
    reaches = [item.reach_km for item in definitions()]
    assert reaches[-1] is None
    assert reaches[:-1] == sorted(reaches[:-1])
    assert load_series().definition.id == catalog()["default_definition"]


@pytest.mark.parametrize("definition", ["towns", "belts", "control", "land"])
def test_the_bundled_series_has_all_it_promises(definition):
    series = load_series(definition=definition)
    assert (series.id, series.actors) == ("islamic-state", ("Islamic State",))
    assert series.first <= series.baseline <= series.last
    assert series.first <= series.dates[0] < series.dates[-1] <= series.last
    assert list(series.events) == sorted(series.events, key=lambda event: event.date)
    assert all(series.first <= event.date <= series.last for event in series.events)
    assert all(record.name and record.valid_from for record in series.records)
    assert series.version
    assert series.licence
    assert series.attribution


def test_the_bundled_series_is_read_once():
    assert load_series(definition="land") is load_series(definition="land")


@pytest.mark.parametrize("definition", ["desert", "../control", "as-given"])
def test_an_unknown_definition_is_refused_with_the_known_ones(definition):
    with pytest.raises(SeriesError, match=r"unknown definition .* Expected one of towns, belts, control, land"):
        load_series(definition=definition)


def test_a_missing_base_layer_is_refused():
    with pytest.raises(SeriesError, match=r"cannot read .*moon\.geojson"):
        load_base("moon")


# --- a file


def test_a_file_is_a_series(written):
    path = written(
        (WEST, {"name": "West", "valid_from": "2015-01-01", "valid_to": "2015-03-01", "taken_from": "Blue"}),
        (EAST, {"actor": "Green", "valid_from": "2015-02-01", "valid_to": "2015-04-01"}),
        title="Unit squares",
        actor="Red",
        licence="CC0",
    )
    series = load_series(path)
    assert (series.id, series.title, series.licence, series.actors) == ("red", "Unit squares", "CC0", ("Green", "Red"))
    assert (series.first, series.last, series.baseline) == (date(2015, 1, 1), date(2015, 4, 1), date(2015, 1, 1))
    assert series.records[0].properties["taken_from"] == "Blue"
    assert series.at("2015-02-01").geometry.equals(shapely.union(WEST, EAST))
    assert [one.records for one in load_definitions(path)] == [series.records]
    assert load_series(str(path), definition="as-given").records == series.records


def test_a_row_without_an_end_leaves_the_series_open(written):
    closed = {"valid_from": "2015-01-01", "valid_to": "2015-03-01"}
    for still_held in (
        {"valid_from": "2015-02-01"},
        {"valid_from": "2015-02-01", "valid_to": None},
        {"valid_from": "2015-02-01", "valid_to": ""},
    ):
        series = load_series(written((WEST, closed), (EAST, still_held)))
        assert series.last is None
        assert series.at("2100-01-01").rows == (1,)


def test_a_row_without_a_start_was_held_from_the_beginning(written):
    series = load_series(written((WEST, {"valid_to": "2015-03-01"}), (EAST, {"valid_from": "2015-02-01", "valid_to": "2015-03-01"})))
    assert series.first == date(2015, 2, 1)
    assert series.at("2015-02-01").rows == (0, 1)


def test_a_month_stands_for_its_first_day_and_keeps_its_precision(written):
    series = load_series(written((WEST, {"valid_from": "2015-02", "valid_to": "2016"})))
    (record,) = series.records
    assert (record.valid_from, record.valid_from_precision) == (date(2015, 2, 1), "month")
    assert (record.valid_to, record.valid_to_precision) == (date(2016, 1, 1), "year")


def test_a_precision_that_is_given_counts(written):
    series = load_series(written((WEST, {"valid_from": "2015-02-10", "valid_from_precision": "month", "valid_to": "2015-05-01"})))
    assert series.records[0].valid_from_precision == "month"
    assert series.at("2015-02-10", reading="certain").rows == ()
    assert series.at("2015-02-28", reading="certain").rows == (0,)


@pytest.mark.parametrize(
    ("properties", "sources"),
    [
        ({"sources": ["a", "b"]}, ("a", "b")),
        ({"sources": "a"}, ("a",)),
        ({"source_from": "a", "source_to": "a"}, ("a",)),
        ({"source_from": "a", "source_to": "b", "sources": ["b", "c"]}, ("a", "b", "c")),
        ({"source_from": 7, "sources": [8, None, ""]}, ("7", "8")),
        ({"sources": 7}, ("7",)),
        ({"sources": None}, ()),
        ({}, ()),
    ],
)
def test_sources_may_be_one_or_several(written, properties, sources):
    series = load_series(written((WEST, {"valid_from": "2015-01-01", **properties})))
    assert series.records[0].sources == sources


# --- faults

HELD = {"valid_from": "2015-01-01"}


@pytest.mark.parametrize(
    ("shape", "properties", "reason"),
    [
        (None, HELD, "has no geometry"),
        (EMPTY, HELD, "has no geometry"),
        (POINT, HELD, "is a Point; expected a Polygon or MultiPolygon"),
        (PATH, HELD, "is a LineString"),
        (WEST, {"valid_from": "03/04/2015"}, "'03/04/2015' is not a date"),
        (WEST, {"valid_from": "2015-02-30"}, "not a date in the calendar"),
        (WEST, {"valid_from": 20151521}, "'2015-15-21' is not a date in the calendar"),
        (WEST, {"valid_from": ["2015-01-01", "2016-01-01"]}, "a list of different times"),
        (WEST, {"valid_from": True}, "True is not a date"),
        (WEST, HELD | {"valid_to": "2015-01-01"}, "is not after valid_from"),
        (WEST, HELD | {"valid_to": "2014-12-31"}, "is not after valid_from"),
        (WEST, HELD | {"valid_from_precision": "hour"}, "expected day, month, year or before"),
    ],
)
def test_a_fault_names_its_feature_and_what_was_expected(written, shape, properties, reason):
    with pytest.raises(SeriesError, match=rf"red\.geojson: 1 of 2 features cannot be read:\n  feature 2: .*{reason}"):
        load_series(written((HOLED, HELD), (shape, properties)))


@pytest.mark.parametrize(
    "item",
    [
        None,
        "Feature",
        {"type": "Polygon", "coordinates": []},
        {"type": "Feature", "properties": HELD, "geometry": {"type": "Circle"}},
        {"type": "Feature", "properties": HELD, "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, "x"], [0, 0]]]}},
        {"type": "Feature", "properties": HELD, "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1e308], [0, 0]]]}},
        {"type": "Feature", "properties": ["2015-01-01"], "geometry": shapely.geometry.mapping(WEST)},
        {"type": "Feature", "properties": "held", "geometry": shapely.geometry.mapping(WEST)},
    ],
)
def test_what_is_no_feature_is_a_fault_and_no_crash(tmp_path, item):
    path = tmp_path / "red.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [item]}))
    with pytest.raises(SeriesError, match="feature 1: "):
        load_series(path)


def test_rings_that_cross_are_refused_where_land_is_measured_or_united(written):
    series = load_series(written((WEST, HELD), (BOW_TIE, HELD), (BOW_TIE, HELD | {"actor": "Blue"})))
    found = r"2 of 3 rows of 'red' are no valid polygons:\n  feature 2 of red\.geojson \(.*2015-01-01\): Polygon, Self-intersection"
    with pytest.raises(GeometryError, match=found):
        series.at("2015-01-01").territory()
    for actor in series.actors:
        with pytest.raises(GeometryError, match=r"1 of 3 rows .*\n  feature [23] of"):
            faces(series, actor)
    with pytest.raises(GeometryError, match="Expected polygons"):
        area_table([series], [series.first])


def test_all_faults_are_listed_up_to_twenty(written):
    with pytest.raises(SeriesError, match="25 of 26 features cannot be read") as caught:
        load_series(written((WEST, HELD), *[(WEST, {"valid_from": "soon"})] * 25))
    assert str(caught.value).count("'soon' is not a date") == 20
    assert "... and 5 more\n  `python -m geo validate" in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "reason"), [([], "has no features"), ([(WEST, {"valid_to": "2015-01-01"})], "no feature with a first date")]
)
def test_a_file_without_rows_or_starts_is_no_series(written, rows, reason):
    with pytest.raises(SeriesError, match=reason):
        load_series(written(*rows))


def test_a_file_has_one_definition_only(written):
    with pytest.raises(SeriesError, match="has no definition 'land'"):
        load_series(written((WEST, HELD)), definition="land")
