"""GeoJSON: deterministic, RFC 7946, and what is no GeoJSON is refused with its place."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapes import EMPTY, HOLED, PATH, POINT, WEST

from geo import geojson
from geo.errors import SeriesError

HEAD = '{"type":"FeatureCollection","features":'


# --- writing


def test_one_feature_per_line_after_the_members_of_the_collection():
    text = geojson.dumps([geojson.feature(POINT, {"name": "كوباني"}), geojson.feature(None, {})], title="Two", licence="CC BY 4.0")
    assert text.splitlines() == [
        '{"type":"FeatureCollection",',
        '"title":"Two",',
        '"licence":"CC BY 4.0",',
        '"features":[',
        '{"type":"Feature","properties":{"name":"كوباني"},"geometry":{"type":"Point","coordinates":[0,0]}},',
        '{"type":"Feature","properties":{},"geometry":null}',
        "]}",
    ]


def test_a_collection_without_features_is_a_collection():
    assert json.loads(geojson.dumps([])) == {"type": "FeatureCollection", "features": []}


@pytest.mark.parametrize("direction", [shapely.normalize, shapely.reverse, lambda shape: shapely.orient_polygons(shape, exterior_cw=True)])
def test_outer_rings_run_counter_clockwise_and_holes_clockwise(direction):
    (outer, hole) = geojson.feature(direction(HOLED), {})["geometry"]["coordinates"]
    assert shapely.is_ccw(shapely.LinearRing(outer))
    assert not shapely.is_ccw(shapely.LinearRing(hole))


def test_coordinates_keep_six_decimals_and_no_minus_nought():
    found = geojson.feature(shapely.LineString([(1 / 3, -1e-9), (40, 33.1234567)]), {})
    assert json.dumps(found["geometry"]["coordinates"]) == "[[0.333333, 0], [40, 33.123457]]"


@pytest.mark.parametrize("nothing", [None, EMPTY, shapely.MultiPolygon(), shapely.GeometryCollection()])
def test_nothing_is_null(nothing):
    assert geojson.feature(nothing, {})["geometry"] is None


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_cannot_hold_is_not_written(tmp_path, value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        geojson.write(tmp_path / "out.geojson", [geojson.feature(POINT, {"area_km2": value})])
    assert list(tmp_path.iterdir()) == []


DEGREES = st.integers(-180_000_000, 180_000_000).map(lambda value: value / 1e6)
SHAPES = st.lists(st.tuples(DEGREES, DEGREES.map(lambda value: value / 2)), min_size=1, max_size=8, unique=True).map(
    lambda points: shapely.convex_hull(shapely.MultiPoint(np.round(points, 6)))
)
PROPERTIES = st.dictionaries(
    st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)


@given(st.lists(st.tuples(SHAPES, PROPERTIES), max_size=4))
def test_what_was_written_is_read_again(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("geojson") / "written.geojson"
    geojson.write(path, [geojson.feature(shape, properties) for shape, properties in rows])
    read = geojson.read(path)["features"]
    assert [item["properties"] for item in read] == [properties for _, properties in rows]
    for (shape, _), item in zip(rows, read, strict=True):
        assert geojson.geometry(item).normalize() == shape.normalize()
    assert geojson.dumps([geojson.feature(geojson.geometry(item), item["properties"]) for item in read]) == path.read_text(encoding="utf-8")


# --- reading


def test_a_byte_order_mark_and_foreign_members_are_let_pass(tmp_path):
    path = tmp_path / "from-windows.geojson"
    path.write_bytes(b'\xef\xbb\xbf{"type":"FeatureCollection","crs":null,"features":[],"title":"x"}')
    assert geojson.read(path)["title"] == "x"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", r"is not JSON: Expecting value at line 1, column 1"),
        (b'{"type":\n "FeatureCollection",}', r"at line 2, column 2\d"),
        (b"name,lon\nMosul,43", r"is not JSON"),
        (b"PK\x03\x04\xff\xfe", r"is not UTF-8 text \(byte 4\)"),
        (b'{"type":"FeatureCollection","features":[NaN]}', r"NaN is not a JSON number"),
        (b"[" * 200_000, r"is not JSON: .*recursion"),
        (b"[]", r"holds 'list', not a GeoJSON FeatureCollection"),
        (b"null", r"holds 'NoneType', not a GeoJSON FeatureCollection"),
        (b'{"type":"Feature","geometry":null}', r"holds 'Feature', not a GeoJSON FeatureCollection"),
        (b'{"type":"FeatureCollection"}', r"Expected an object with a list of features"),
        (b'{"type":"FeatureCollection","features":{}}', r"Expected an object with a list of features"),
    ],
)
def test_what_is_no_feature_collection_is_refused_with_the_file_and_the_place(tmp_path, content, reason):
    path = tmp_path / "broken.geojson"
    path.write_bytes(content)
    with pytest.raises(SeriesError, match=rf"broken\.geojson .*{reason}"):
        geojson.read(path)


@pytest.mark.parametrize("name", ["missing.geojson", ""])
def test_a_file_that_is_not_there_is_refused(tmp_path, name):
    with pytest.raises(SeriesError, match=r"cannot read .* Name an existing GeoJSON file"):
        geojson.read(tmp_path / name)


@pytest.mark.parametrize(
    "found",
    [
        {"type": "Circle", "coordinates": [0, 0]},
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": 5},
        {"type": "Polygon", "coordinates": "here"},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, "north"], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, None], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1e999], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[0], [1], [1], [0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1], [1, 1], [0, 0]]]},
        {},
        5,
        "POINT (0 0)",
        [[0, 0]],
    ],
)
def test_a_geometry_that_does_not_parse_is_a_value_error(found):
    with pytest.raises(ValueError, match=r"."):
        geojson.geometry({"geometry": found})


def test_missing_geometry_is_none_and_heights_are_dropped():
    assert geojson.geometry({"geometry": None}) is geojson.geometry({}) is None
    assert geojson.geometry({"geometry": {"type": "Polygon", "coordinates": []}}).is_empty
    assert geojson.geometry({"geometry": {"type": "Point", "coordinates": [1, 2, 300]}}).wkt == "POINT (1 2)"
    assert geojson.geometry({"geometry": shapely.geometry.mapping(PATH)}) == PATH
    assert geojson.geometry({"geometry": shapely.geometry.mapping(WEST)}) == WEST
