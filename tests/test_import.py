"""Anyone's dated polygons to a series: every form of dates, names of files, kinds of files and coordinate systems."""

from __future__ import annotations

import json
import zipfile
from datetime import date

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapes import EAST, FAR_EAST, PAIR, WEST

from geo import geojson
from geo.cli import main
from geo.errors import DateError, SeriesError
from geo.fields import date_in_name, when
from geo.load import import_series, load_series
from geo.measure import area_km2


@pytest.fixture
def write(tmp_path):
    """Writes features, each a geometry and its properties, to a file of a name, and gives the file."""

    def write(name, *rows, **members):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        geojson.write(path, [geojson.feature(shape, properties) for shape, properties in rows], **members)
        return path

    return write


def periods(series):
    """(first day held, first day no longer held) of every row."""
    return [(record.valid_from, record.valid_to) for record in series.records]


# --- periods

HALF_OPEN = [
    ("valid_from", "valid_to"),
    ("start_date", "end_date"),
    ("from", "to"),
    ("begin", "end"),
]
CLOSED = [("start", "end"), ("gwsdate", "gwedate"), ("start_datetime", "end_datetime"), ("FromYear", "ToYear")]


@pytest.mark.parametrize(("start", "end"), HALF_OPEN)
def test_an_end_that_is_excluded_is_the_first_day_no_longer_held(write, start, end):
    series = load_series(write("a.geojson", (WEST, {start: "2015-01-01", end: "2015-03-01"})))
    assert periods(series) == [(date(2015, 1, 1), date(2015, 3, 1))]


@pytest.mark.parametrize(("start", "end"), CLOSED)
def test_an_end_that_is_included_is_followed_by_the_first_day_no_longer_held(write, start, end):
    series = load_series(write("a.geojson", (WEST, {start: "2015-01-01", end: "2015-02-28"})))
    assert periods(series) == [(date(2015, 1, 1), date(2015, 3, 1))]
    assert series.last == date(2015, 2, 28)
    assert "ends included" in series.recognised


def test_a_year_as_an_included_end_lasts_to_its_last_day(write):
    series = load_series(write("a.geojson", (WEST, {"FromYear": 1914, "ToYear": 1918, "Name": "A"})))
    assert periods(series) == [(date(1914, 1, 1), date(1919, 1, 1))]


@pytest.mark.parametrize(
    ("end", "next_start", "expected"), [("2015-02-28", "2015-03-01", "2015-03-01"), ("2015-03-01", "2015-03-01", "2015-03-01")]
)
def test_the_data_decide_whether_ends_are_included(write, end, next_start, expected):
    rows = (WEST, {"from": "2015-01-01", "to": end, "actor": "A"}), (PAIR, {"from": next_start, "to": "2016-06-01", "actor": "A"})
    assert load_series(write("a.geojson", *rows)).records[0].valid_to == date.fromisoformat(expected)


@pytest.mark.parametrize(("closed", "day"), [(True, 2), (False, 1)])
def test_what_is_said_goes_before_convention(write, closed, day):
    path = write("a.geojson", (WEST, {"since": "2015-01-01", "till": "2015-03-01", "whose": "A"}))
    series = load_series(path, start="since", end="till", actor="whose", closed=closed)
    assert periods(series) == [(date(2015, 1, 1), date(2015, 3, day))]
    assert series.actors == ("A",)


def test_the_command_line_takes_the_same_names(write, capsys):
    path = write("a.geojson", (WEST, {"since": "2015-01-01", "till": "2015-03-01", "whose": "A"}))
    assert main(["areas", str(path), "--from", "since", "--to", "till", "--actor", "whose", "--closed", "--datetime", "2015-03-01"]) == 0
    out, err = capsys.readouterr()
    assert "as-given,A,2015-03-01" in out
    assert err.startswith(f"{path}: 1 feature; periods from since to till, ends included (as said)")
    assert len(err.splitlines()) == 1
    assert main(["areas", str(path), "--date", "when"]) == 2
    assert "no feature has a property 'when'. Found: since, till, whose" in capsys.readouterr().err


def test_a_json_fg_interval_includes_its_end(tmp_path):
    item = {
        "type": "Feature",
        "properties": {},
        "time": {"interval": ["2015-01-01", "2015-01-31"]},
        "geometry": shapely.geometry.mapping(WEST),
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [item]}))
    assert periods(load_series(path)) == [(date(2015, 1, 1), date(2015, 2, 1))]


def test_reversed_dates_are_a_fault(write):
    with pytest.raises(SeriesError, match="end 2014-01-01 lies before start 2015-01-01"):
        load_series(write("a.geojson", (WEST, {"start": "2015-01-01", "end": "2014-01-01"})))


# --- dated states


@pytest.mark.parametrize("name", ["date", "time", "times", "datetime", "Timestamp"])
def test_a_state_holds_until_the_next(write, name):
    series = load_series(write("a.geojson", (WEST, {name: "2015-01-01"}), (PAIR, {name: "2015-01-11"})))
    assert periods(series) == [(date(2015, 1, 1), date(2015, 1, 11)), (date(2015, 1, 11), None)]
    assert (series.first, series.last) == (date(2015, 1, 1), date(2015, 1, 11))


@pytest.mark.parametrize("pattern", ["front_{0:%Y%m%d}.geojson", "{0:%Y-%m-%d}.json", "deep/{0:%Y}/x_{0:%Y_%m_%d}_v.geojson"])
def test_files_with_a_date_in_their_names_are_states(write, tmp_path, pattern):
    for day, shape in [(date(2024, 7, 8), WEST), (date(2024, 7, 9), PAIR), (date(2024, 7, 10), PAIR)]:
        write(pattern.format(day), (shape, {}))
    series = load_series(tmp_path)
    assert periods(series) == [(date(2024, 7, 8), date(2024, 7, 9)), (date(2024, 7, 9), None)]
    assert "dates in the names of the files, 3 states from 2024-07-08 to 2024-07-10" in series.recognised


def test_a_pattern_names_files(write, tmp_path):
    for year in (1914, 1945, 1994):
        write(f"world_{year}.geojson", (WEST, {"NAME": str(year)}))
    assert load_series(str(tmp_path / "world_19[14]*.geojson")).actors == ("1914", "1945")


def test_a_gap_holds_the_last_state_and_is_reported(write, tmp_path):
    days = [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3), date(2024, 1, 7), date(2024, 1, 8)]
    for number, day in enumerate(days):
        write(f"{day}.geojson", (shapely.box(0, 0, 1 + number, 1), {}))
    (issue,) = import_series(tmp_path).issues
    assert (issue.severity, issue.check) == ("warning", "gap")
    assert issue.message.startswith("no state for 3 days after 2024-01-03")
    assert load_series(tmp_path).at("2024-01-06").rows == (2,)


def test_a_second_file_for_a_day_is_reported(write, tmp_path):
    write("a_2024-01-01.geojson", (WEST, {}))
    write("b_2024-01-01.geojson", (WEST, {}))
    assert [issue.check for issue in import_series(tmp_path).issues] == ["day"]
    assert len(load_series(tmp_path)) == 1


def test_nothing_that_says_when_is_refused_with_what_was_found(write):
    with pytest.raises(SeriesError, match=r"nothing says when.*Found properties: colour.*--from and --to or with --date"):
        load_series(write("land.geojson", (WEST, {"colour": "red"})))


# --- values


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2015-05-21", "2015-05-21", "2015-05-21"),
        ("20150521", "2015-05-21", "2015-05-21"),
        ("2015/05/21", "2015-05-21", "2015-05-21"),
        ("2015-05-21T23:30:00+02:00", "2015-05-21", "2015-05-21"),
        (20150521, "2015-05-21", "2015-05-21"),
        (1432166400000, "2015-05-21", "2015-05-21"),
        (2015, "2015-01-01", "2015-12-31"),
        (2015.0, "2015-01-01", "2015-12-31"),
        ("2015-05", "2015-05-01", "2015-05-31"),
        (["2015-05-21", "2015-05-21"], "2015-05-21", "2015-05-21"),
        ({"date": "2015-05-21"}, "2015-05-21", "2015-05-21"),
    ],
)
def test_a_value_is_read_as_a_day(value, first, last):
    found = when(value)
    assert (found.first, found.last) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("value", ["03/04/2015", "21.05.2015", "soon", True, 20151521, -5, 1.5, 1e300, float("inf"), ["2015", "2016"]])
def test_what_is_no_day_is_not_guessed(value):
    with pytest.raises(DateError):
        when(value)


@pytest.mark.parametrize("value", [None, "", "..", "null", float("nan"), "NaT", "9999-12-31"])
def test_what_stands_for_an_open_end_is_none(value):
    assert when(value) is None


@given(st.dates())
def test_a_day_is_found_in_a_name_whatever_is_around_it(day):
    for name in (f"front_{day.isoformat().replace('-', '')}", f"x-{day.isoformat()}-v2"):
        assert date_in_name(f"folder/{name}.geojson").first == day


# --- kinds of files and coordinate systems


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".fgb", ".parquet", ".kml", ".gml"])
def test_other_kinds_of_files_give_the_same_land(tmp_path, suffix):
    frame = gpd.GeoDataFrame({"start": ["2015-01-01"], "end": ["2015-02-28"], "side": ["Red"]}, geometry=[PAIR], crs="OGC:CRS84")
    path = tmp_path / f"land{suffix}"
    if suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path, **({"driver": "KML"} if suffix == ".kml" else {}))
    series = load_series(path)
    assert series.actors == ("Red",)
    assert series.geometry[0].normalize().equals_exact(PAIR.normalize(), 1e-9)


@pytest.mark.parametrize("crs", ["EPSG:32631", "EPSG:3857", "EPSG:4326", "EPSG:3035"])
def test_any_coordinate_system_becomes_longitude_and_latitude(tmp_path, crs):
    land = shapely.box(3, 40, 4, 41).segmentize(0.01)
    gpd.GeoDataFrame({"date": ["2015-01-01"]}, geometry=[land], crs="OGC:CRS84").to_crs(crs).to_file(tmp_path / "a.gpkg")
    (found,) = load_series(tmp_path / "a.gpkg").geometry
    assert area_km2([found])[0] == pytest.approx(area_km2([land])[0], rel=1e-6)
    assert shapely.hausdorff_distance(found, land) < 1e-6


def test_topojson_is_read_with_its_shared_arcs_and_grid(tmp_path):
    topology = {
        "type": "Topology",
        "transform": {"scale": [0.5, 0.5], "translate": [0, 0]},
        "arcs": [[[2, 0], [0, 2]], [[2, 2], [-2, 0], [0, -2], [2, 0]], [[2, 0], [2, 0], [0, 2], [-2, 0]]],
        "objects": {
            "land": {
                "type": "GeometryCollection",
                "geometries": [
                    {
                        "type": "Polygon",
                        "arcs": [[0, 1]],
                        "properties": {"gwsdate": "2015-01-01", "gwedate": "2015-12-31", "cntry_name": "A"},
                    },
                    {
                        "type": "Polygon",
                        "arcs": [[2, -1]],
                        "properties": {"gwsdate": "2015-01-01", "gwedate": "2016-12-31", "cntry_name": "B"},
                    },
                ],
            }
        },
    }
    path = tmp_path / "a.topojson"
    path.write_text(json.dumps(topology))
    series = load_series(path)
    assert series.actors == ("A", "B")
    assert series.geometry[0].equals(WEST)
    assert series.geometry[1].equals(EAST)


def test_land_of_nobody_named_is_unnamed_beside_actors_and_else_the_territory(write):
    assert load_series(write("1914.geojson", (WEST, {"NAME": "A"}), (EAST, {"NAME": None}))).actors == ("A", "unnamed")
    assert load_series(write("1915.geojson", (WEST, {}))).actors == ("territory",)


def test_a_zip_is_read_as_its_folder(write, tmp_path):
    paths = [write(f"in/{day}.geojson", (shape, {})) for day, shape in [("20240708", WEST), ("20240709", FAR_EAST)]]
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in paths:
            archive.write(path, f"inner/{path.name}")
    zipped, plain = load_series(tmp_path / "all.zip"), load_series(tmp_path / "in")
    assert periods(zipped) == periods(plain)
    assert (zipped.geometry == plain.geometry).all()


def test_a_kind_that_is_not_known_is_not_opened(tmp_path):
    path = tmp_path / "remote.vrt"
    path.write_text("<OGRVRTDataSource></OGRVRTDataSource>")
    with pytest.raises(SeriesError, match=r"remote\.vrt is of a kind that is not read here"):
        load_series(path)


def test_a_byte_order_mark_and_a_third_coordinate_do_no_harm(tmp_path):
    path = tmp_path / "a.geojson"
    shape = {"type": "Polygon", "coordinates": [[[x, y, 7] for x, y in WEST.exterior.coords]]}
    item = {"type": "Feature", "properties": {"date": "2015-01-01"}, "geometry": shape}
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps({"type": "FeatureCollection", "features": [item]}).encode())
    assert load_series(path).geometry[0].equals(WEST)


def test_two_years_in_a_name_are_no_day():
    with pytest.raises(DateError, match="several dates"):
        date_in_name("1914_1918.geojson")


def test_a_topology_with_a_broken_arc_is_refused(tmp_path):
    path = tmp_path / "a.topojson"
    path.write_text('{"type":"Topology","arcs":[[[]]],"objects":{}}')
    with pytest.raises(SeriesError, match="no TopoJSON topology"):
        load_series(path)


def test_nothing_is_written_beside_a_gml_file(tmp_path):
    path = tmp_path / "a.gml"
    gpd.GeoDataFrame({"date": ["2015-05-21"]}, geometry=[WEST], crs="OGC:CRS84").to_file(path)
    for other in tmp_path.iterdir():
        if other != path:
            other.unlink()
    load_series(path)
    assert list(tmp_path.iterdir()) == [path]
