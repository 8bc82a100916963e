"""Land by region sums to the whole, in the bundled regions and in anyone's."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapes import BIG, BOW_TIE, EAST, PAIR, PATH, WEST, series_of, tiny_series

from geo.cli import main
from geo.errors import SeriesError
from geo.load import load_definitions, load_series
from geo.measure import area_km2
from geo.regions import OUTSIDE, REGION_CHANGE_COLUMNS, REGION_COLUMNS, load_regions, make_regions, region_change_table, region_table
from geo.tables import area_table, change_table

SQUARE_KM2 = area_km2([WEST])[0]


@pytest.mark.parametrize("by", ["governorates", "countries"])
def test_regions_sum_to_the_whole(by):
    series, days = load_definitions(), [date(2014, 6, 30), date(2015, 5, 21), date(2017, 6, 26), date(2019, 2, 7)]
    parts = region_table(series, days, regions=load_regions(by)).groupby(["definition", "date"])["area_km2"].sum()
    whole = area_table(series, days).set_index(["definition", "date"])["area_km2"]
    assert parts.to_dict() == pytest.approx(whole.to_dict(), rel=1e-9)


def test_changes_by_region_sum_to_the_change():
    series, pair = load_definitions(), [(date(2015, 5, 21), date(2017, 10, 17))]
    regions, whole = region_change_table(series, pair), change_table(series, pair)
    assert tuple(regions.columns) == REGION_CHANGE_COLUMNS
    for column in ("before_km2", "gained_km2", "lost_possible_km2", "held_certain_km2", "net_km2"):
        assert regions.groupby("definition", sort=False)[column].sum().tolist() == pytest.approx(whole[column].tolist(), rel=1e-9)


def test_by_hand():
    regions = make_regions(["west", "east"], [shapely.box(0, 0, 1.5, 1), shapely.box(1.5, 0, 5, 1)])
    table = region_table([tiny_series()], [date(2015, 2, 15)], regions=regions)
    assert tuple(table.columns) == REGION_COLUMNS
    red = table[table["actor"] == "Red"].set_index("region")
    assert (red["area_km2"] / SQUARE_KM2).round(9).to_dict() == {"west": 1.5, "east": 0.5, OUTSIDE: 0}
    assert red.loc["west", "share_of_region"] == pytest.approx(1)
    assert np.isnan(red.loc[OUTSIDE, "share_of_region"])


def test_land_in_overlapping_regions_counts_for_the_first():
    regions = make_regions(["one", "two"], [PAIR, BIG])
    table = region_table([series_of([(BIG, "2015-01-01", "", "Red")])], [date(2015, 1, 1)], regions=regions).set_index("region")
    assert table["area_km2"].sum() == pytest.approx(area_km2([BIG])[0], rel=1e-9)
    assert table.loc["one", "area_km2"] == pytest.approx(area_km2([PAIR])[0], rel=1e-9)


def test_parts_of_one_name_are_one_region():
    regions = make_regions(["a", "b", "a"], [WEST, EAST, shapely.box(5, 5, 6, 6)])
    assert regions.name == ("a", "b")
    assert regions.area_km2[0] == pytest.approx(SQUARE_KM2 + area_km2([shapely.box(5, 5, 6, 6)])[0])


def test_what_is_no_region_is_refused_by_name():
    with pytest.raises(SeriesError, match=r"tie.*Self-intersection"):
        make_regions(["fine", "tie"], [WEST, BOW_TIE])
    with pytest.raises(SeriesError, match=r"(?s)'way' is a LineString.*'gap' is without geometry"):
        make_regions(["way", "gap"], [PATH, None])
    with pytest.raises(SeriesError, match="there are none"):
        make_regions([], [])


def test_a_region_without_a_name_is_refused(tmp_path):
    path = tmp_path / "regions.geojson"
    gpd.GeoDataFrame({"half": ["west", None]}, geometry=[WEST, EAST], crs=4326).to_file(path)
    with pytest.raises(SeriesError, match=r"feature 2 has no 'half'"):
        load_regions(path, name="half")


def test_a_projected_file_gives_what_its_degrees_give(tmp_path):
    shapes = [shapely.box(38, 29, 46, 35), shapely.box(38, 35, 46, 38)]
    fine = [shapely.segmentize(shape, 0.01) for shape in shapes]
    gpd.GeoDataFrame({"half": ["south", "north"]}, geometry=fine, crs=4326).to_crs(32637).to_file(tmp_path / "utm.gpkg")
    series, days = [load_series(definition="towns")], [date(2015, 5, 21)]
    projected = region_table(series, days, regions=load_regions(tmp_path / "utm.gpkg", name="half"))
    plain = region_table(series, days, regions=make_regions(["south", "north"], shapes))
    assert projected["region"].tolist() == plain["region"].tolist() == ["south", "north", OUTSIDE]
    assert projected["area_km2"].tolist() == pytest.approx(plain["area_km2"].tolist(), abs=1e-3)


def test_anyones_regions_in_any_crs(tmp_path, capsys):
    path = tmp_path / "halves.gpkg"
    halves = gpd.GeoDataFrame({"half": ["north", "south"]}, geometry=[shapely.box(38, 35, 46, 38), shapely.box(38, 29, 46, 35)], crs=4326)
    halves.to_crs(3857).to_file(path)
    assert (
        main(["regions", "--definition", "land", "--datetime", "2015-05-21", "--by", str(path), "--name", "half", "--format", "json"]) == 0
    )
    out = capsys.readouterr().out
    assert '"region": "north"' in out
    assert OUTSIDE in out
    assert main(["regions", "--by", str(path), "--name", "title"]) == 2
    assert "It has: half" in capsys.readouterr().err
    assert main(["regions", "--by", str(tmp_path / "none.gpkg")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_in_iraq_and_syria_only_what_was_recorded_there():
    series = load_series(definition="towns")
    table = region_table([series], [date(2019, 2, 7)], regions=load_regions("countries")).set_index("region")
    assert table.loc["Syria", "area_km2"] == pytest.approx(2.579, abs=0.01)
    assert table.loc["Iraq", "area_km2"] == 0
