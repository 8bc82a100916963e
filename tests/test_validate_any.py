"""What `validate` says of anyone's files: each fault with its file, feature, place and severity."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from itertools import pairwise

import geopandas as gpd
import pytest
import shapely
from shapes import BOW_TIE, EAST, EMPTY, POINT, WEST, series_of, square

from geo import geojson
from geo.cli import main
from geo.load import import_series, load_series
from geo.validation import validate

HELD = {"valid_from": "2015-01-01", "valid_to": "2016-01-01"}


def write(path, *rows):
    geojson.write(path, [geojson.feature(shape, properties) for shape, properties in rows])
    return path


def found(path):
    """(severity, check, file, feature) of all that `validate` reports."""
    imported = import_series(path)
    issues = [*imported.issues, *(validate(imported.series) if imported.series else [])]
    return [(issue.severity, issue.check, issue.file, issue.feature) for issue in issues]


@pytest.mark.parametrize(
    ("shape", "properties", "severity", "check"),
    [
        (None, HELD, "error", "geometry"),
        (EMPTY, HELD, "error", "geometry"),
        (POINT, HELD, "error", "geometry"),
        (BOW_TIE, HELD, "error", "geometry"),
        (WEST, {"valid_from": "2015-13-01"}, "error", "date"),
        (WEST, {"valid_from": "2015-03-01", "valid_to": "2015-02-01"}, "error", "date"),
        (shapely.box(30, 95, 31, 96), HELD, "error", "swapped"),
        (shapely.box(500000, 4000000, 501000, 4001000), HELD, "error", "coordinates"),
        (shapely.Polygon([(179, 0), (-179, 0), (-179, 1), (179, 1)]), HELD, "error", "antimeridian"),
        (shapely.box(179, 0, 181, 1), HELD, "warning", "antimeridian"),
    ],
)
def test_a_fault_is_reported_with_its_file_and_feature(tmp_path, shape, properties, severity, check):
    path = write(tmp_path / "a.geojson", (square(20, 20), HELD), (shape, properties))
    assert found(path) == [(severity, check, "a.geojson", 2)]


@pytest.mark.parametrize(
    ("shape", "lon", "lat"),
    [(BOW_TIE, 0.5, 0.5), (shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(3, 3), (5, 3), (5, 5), (3, 5)]]), None, None)],
)
def test_a_crossing_is_reported_where_it_is(tmp_path, shape, lon, lat):
    (issue,) = validate(import_series(write(tmp_path / "a.geojson", (shape, HELD))).series)
    assert "Self-intersection" in issue.message
    assert shapely.distance(shapely.Point(issue.lon, issue.lat), shape.boundary) < 1e-9
    assert lon is None or (issue.lon, issue.lat) == (lon, lat)


def test_a_ring_that_is_not_closed_is_closed_and_reported(tmp_path):
    ring = [[0, 0], [1, 0], [1, 1], [0, 1]]
    item = {"type": "Feature", "properties": HELD, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [item]}))
    assert found(path) == [("warning", "ring", "a.geojson", 1)]
    assert load_series(path).geometry[0].equals(WEST)


def test_one_broken_file_of_a_folder_does_not_hide_the_others(tmp_path):
    write(tmp_path / "2015-01-01.geojson", (WEST, {}))
    (tmp_path / "2015-01-02.geojson").write_text('{"type": "FeatureCollection", "features": [')
    write(tmp_path / "2015-01-03.geojson", (BOW_TIE, {}))
    assert set(found(tmp_path)) == {("error", "file", "2015-01-02.geojson", 0), ("error", "geometry", "2015-01-03.geojson", 1)}


def test_a_file_without_a_coordinate_system_is_a_warning(tmp_path):
    path = tmp_path / "a.shp"
    with pytest.warns(UserWarning, match="crs"):
        gpd.GeoDataFrame({"date": ["2015-01-01"]}, geometry=[WEST]).to_file(path)
    assert found(path) == [("warning", "crs", "a.shp", 0)]


def test_a_strip_that_two_actors_hold_is_a_sliver_and_more_is_contested():
    strip, wide = shapely.box(0.9995, 0, 2, 1), shapely.box(0.5, 0, 2, 1)
    for shape, check in ((strip, "sliver"), (wide, "contested")):
        (issue,) = validate(series_of([(WEST, "2015-01-01", "", "Red"), (shape, "2015-01-01", "", "Blue")]))
        assert (issue.severity, issue.check) == ("warning", check)
        assert shapely.intersects_xy(shapely.intersection(WEST, shape), issue.lon, issue.lat)


def test_a_polygon_whose_axes_are_swapped_is_found_among_the_others():
    land = [shapely.box(36 + x, 33, 37 + x, 34) for x in range(4)]
    swapped = shapely.transform(land[1], lambda points: points[:, ::-1])
    rows = [(shape, "2015-01-01", "2016-01-01", "Red") for shape in (land[0], swapped, land[2], land[3])]
    assert [(issue.check, issue.row) for issue in validate(series_of(rows))] == [("swapped", 1)]
    island = [*rows[::2], (square(120, -40), "2015-01-01", "", "Red")]
    assert validate(series_of(island)) == []


def test_a_year_that_is_far_from_all_others_is_a_warning():
    days = [f"2022-02-{day:02}" for day in (1, 2, 4, 5)]
    rows = [(square(index), day, "2022-03-01", "Red") for index, day in enumerate([*days, "1022-02-03"])]
    assert [(issue.check, issue.row) for issue in validate(series_of(rows))] == [("date", 4)]


def test_a_jump_of_the_whole_is_a_warning_and_a_steady_advance_is_none():
    def daily(sizes):
        days = [date(2015, 1, 1) + timedelta(days=number) for number in range(len(sizes) + 1)]
        spans = pairwise(days)
        return series_of((shapely.box(0, 0, size, 1), str(start), str(end), "Red") for size, (start, end) in zip(sizes, spans, strict=True))

    steady = [10 + number / 100 for number in range(10)]
    assert validate(daily(steady)) == []
    (issue,) = validate(daily([*steady[:5], *[size / 2 for size in steady[5:]]]))
    assert (issue.check, issue.severity, issue.row) == ("jump", "warning", 4)
    assert issue.message.startswith("on 2015-01-06 the area goes from")


def test_the_command_lists_findings_and_exits_with_one(tmp_path, capsys):
    path = write(tmp_path / "a.geojson", (BOW_TIE, HELD), (EAST, HELD))
    assert main(["validate", str(path)]) == 1
    out, err = capsys.readouterr()
    (row,) = csv.DictReader(io.StringIO(out))
    assert (row["severity"], row["file"], row["feature"], row["lon"], row["lat"]) == ("error", "a.geojson", "1", "0.5", "0.5")
    assert err.endswith("2 rows checked, 1 finding (1 error).\n")
    assert main(["validate", str(path), "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)[0]["check"] == "geometry"


def test_the_command_says_so_where_nothing_can_be_read(tmp_path, capsys):
    path = tmp_path / "a.geojson"
    path.write_text("{")
    assert main(["validate", str(path)]) == 1
    assert "is not JSON" in capsys.readouterr().out
