"""What is mended, by how much, and what is left alone."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapes import BOW_TIE, EAST, PAIR, WEST, series_of, square, tiny_series

from geo import geojson
from geo.cli import main
from geo.errors import OutputError, SeriesError
from geo.load import import_series, load_series
from geo.measure import area_km2
from geo.repair import repair, repair_file
from geo.validation import validate

YEAR = ("2015-01-01", "2016-01-01", "Red")


def mended(shape):
    """The one polygon that a row becomes, and what was done."""
    series, repairs = repair(series_of([(shape, *YEAR)]))
    return series.geometry[0], repairs


def test_a_sound_series_stays_as_it_is():
    series, repairs = repair(tiny_series())
    assert repairs == []
    assert series.records == tiny_series().records
    assert shapely.equals(series.geometry, tiny_series().geometry).all()


def test_a_ring_that_crosses_itself_becomes_its_two_triangles():
    shape, (done,) = mended(BOW_TIE)
    halves = shapely.union_all([shapely.Polygon([(0, 0), (0.5, 0.5), (0, 1)]), shapely.Polygon([(1, 0), (1, 1), (0.5, 0.5)])])
    assert shape.is_valid
    assert shape.equals(halves)
    assert done.what == "rings mended"
    assert done.after_km2 == pytest.approx(area_km2([halves])[0])


@pytest.mark.parametrize(
    "shape", [shapely.box(179, 0, 181, 1), shapely.box(-181, 0, -179, 1), shapely.Polygon([(179, 0), (-179, 0), (-179, 1), (179, 1)])]
)
def test_land_across_the_antimeridian_is_cut_there(shape):
    found, (done,) = mended(shape)
    assert found.equals(shapely.MultiPolygon([square(179), square(-180)]))
    assert done.what == "cut at the antimeridian"
    assert done.after_km2 == pytest.approx(2 * area_km2([square(0)])[0])


def test_axes_that_can_only_be_swapped_are():
    found, (done,) = mended(shapely.box(10, 100, 11, 101))
    assert found.equals(shapely.box(100, 10, 101, 11))
    assert done.what == "axes swapped"


def test_what_is_no_place_on_earth_is_left_out():
    series, (done,) = repair(series_of([(WEST, *YEAR), (shapely.box(5e5, 4e6, 6e5, 5e6), *YEAR)]))
    assert len(series) == 1
    assert done.what == "left out: positions that are no longitude/latitude"


def test_a_row_that_is_there_twice_is_there_once():
    series, (done,) = repair(series_of([(WEST, *YEAR), (WEST, *YEAR)]))
    assert len(series) == 1
    assert done.before_km2 == pytest.approx(area_km2([WEST])[0])
    assert done.after_km2 == 0


def test_contested_land_is_not_decided():
    series, repairs = repair(series_of([(PAIR, *YEAR), (WEST, "2015-01-01", "", "Blue")]))
    assert (len(series), repairs) == (2, [])


@pytest.mark.parametrize(
    ("west", "moved"),
    [(1.0005, shapely.box(1, 0, 1.0005, 1)), (0.9995, shapely.box(0.9995, 0, 1, 1))],
    ids=["gap", "overlap"],
)
def test_a_border_drawn_twice_becomes_that_of_the_earlier_row(west, moved):
    series, (done,) = repair(series_of([(WEST, *YEAR), (shapely.box(west, 0, 2, 1), "2015-01-01", "", "Blue")]))
    assert series.geometry[0].equals(WEST)
    assert series.geometry[1].equals(EAST)
    assert done.what == "border moved to a neighbour's, less than 0.001 degrees away"
    assert done.moved_km2 == pytest.approx(area_km2([moved])[0])
    assert done.after_km2 == pytest.approx(area_km2([EAST])[0])
    assert validate(series) == []


def test_a_gap_between_three_is_given_once():
    rows = [(WEST, *YEAR), (shapely.box(1.0005, 0, 2, 1), "2015-01-01", "", "Blue"), (shapely.box(0, 1.0005, 2, 2), *YEAR[:2], "Green")]
    series, _ = repair(series_of(rows))
    assert validate(series) == []
    assert shapely.union_all(series.geometry).equals(shapely.box(0, 0, 2, 2))


def test_wide_gaps_and_wide_overlaps_are_not_decided():
    for west in (1.0015, 0.9985):
        assert repair(series_of([(WEST, *YEAR), (shapely.box(west, 0, 2, 1), "2015-01-01", "", "Blue")]))[1] == []


rings = st.lists(st.tuples(st.floats(-200, 200), st.floats(-90, 90)), min_size=3, max_size=9)


@given(rings)
def test_whatever_comes_out_is_sound(points):
    series, repairs = repair(series_of([(shapely.Polygon(points), *YEAR)]))
    assert [issue for issue in validate(series) if issue.severity == "error"] == []
    assert len(series) == 1 or "left out" in repairs[0].what


def write(path):
    geojson.write(
        path,
        [
            geojson.feature(BOW_TIE, {"start": "2015-01-01", "end": "2015-12-31", "actor": "Red", "kind": "town"}),
            geojson.feature(square(3), {"start": "2015-01-01", "end": "2014-01-01", "actor": "Red"}),
            geojson.feature(square(5), {"start": "2015-01-01", "end": "2015-12-31", "actor": "Red"}),
        ],
        title="Land",
    )
    return path


def test_the_repaired_file_loads_and_the_input_is_untouched(tmp_path, capsys):
    path, out = write(tmp_path / "in.geojson"), tmp_path / "out.geojson"
    before = path.read_bytes()
    with pytest.raises(SeriesError, match="2 of 3 features cannot be read"):
        load_series(path)
    assert main(["validate", str(path), "--repair", str(out)]) == 1
    err = capsys.readouterr().err
    assert "in.geojson, feature 1: rings mended (0.000 km² before, 6,1" in err
    assert "1 features are not in it" in err
    assert path.read_bytes() == before
    series = load_series(out)
    assert (len(series), series.title, series.records[0].properties["kind"]) == (2, "Land", "town")
    assert [record.valid_to.isoformat() for record in series.records] == ["2016-01-01"] * 2
    assert validate(series) == []


def test_what_a_collection_says_of_itself_is_kept(tmp_path):
    members = {
        "title": "Land",
        "license": "CC0-1.0",
        "story": [{"date": "2015-02-01", "text": "Held."}],
        "events": [{"date": "2015-03-01", "target": None, "places": [1, 2.5]}],
        "sources": {"a": {"url": "https://example.org"}},
        "target": "all of it",
    }
    path, out = tmp_path / "in.geojson", tmp_path / "out.geojson"
    geojson.write(path, [geojson.feature(BOW_TIE, {"start": "2015-01-01", "end": "2015-12-31"})], **members)
    repair_file(path, out)
    written = geojson.read(out)
    assert {name: written[name] for name in members} == members
    assert written["last"] == "2015-12-31"
    assert load_series(out).story == import_series(path).series.story != ()


def test_values_that_json_has_no_word_for_become_text(tmp_path):
    frame = gpd.GeoDataFrame({"date": ["2015-01-01"], "seen": [pd.Timestamp("2015-01-02")], "kind": ["town"]}, geometry=[BOW_TIE], crs=4326)
    frame.to_parquet(tmp_path / "in.parquet")
    repair_file(tmp_path / "in.parquet", tmp_path / "out.geojson")
    (item,) = geojson.read(tmp_path / "out.geojson")["features"]
    assert (item["properties"]["seen"], item["properties"]["kind"]) == ("2015-01-02T00:00:00", "town")


def test_the_input_is_never_the_target(tmp_path):
    path = write(tmp_path / "in.geojson")
    for source, target in ((path, path), (tmp_path, tmp_path / "new.geojson")):
        with pytest.raises(OutputError, match="which stays as it is"):
            repair_file(source, target)
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_mended_polygon_keeps_its_area_where_a_later_step_cuts_its_edges():
    thin = shapely.Polygon([(0.142857, 1), (0.428571, 0.857143), (0, 1.285714), (1, 0.571429)])
    shape, _ = mended(thin)
    assert shapely.get_precision(shape) == 0
    assert area_km2([shape, shapely.box(5, 0, 7, 2)])[0] == pytest.approx(area_km2([shape])[0], rel=1e-12)
