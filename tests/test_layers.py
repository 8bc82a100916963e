"""Every data file: what a GIS and a reader may rely on, and what the bundled series says."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo import geojson
from geo.load import LAYERS, catalog, load_base, load_definitions, load_series
from geo.measure import area_km2
from geo.prepare.build import SEEDS
from geo.queries import query_days
from geo.tables import area_table

DEFINITIONS = ["towns", "belts", "control", "land"]
SNAPSHOTS = sorted((LAYERS / "islamic-state" / "snapshots").glob("*.geojson"))
GRID_DEG = 1e-6


def data_files(*suffixes: str) -> list[Path]:
    return sorted(path for folder in (LAYERS, SEEDS) for path in folder.rglob("*") if path.suffix in suffixes)


def named(path: Path) -> str:
    return path.relative_to(LAYERS.parent).as_posix()


def features(path: Path) -> list[dict]:
    return geojson.read(path)["features"]


def lines(geometry: dict) -> list[list]:
    """The lists of positions of a geometry as written: rings, lines, or a point by itself."""
    match geometry:
        case {"type": "GeometryCollection", "geometries": parts}:
            return [line for part in parts for line in lines(part)]
        case {"type": "Point", "coordinates": position}:
            return [[position]]
        case {"type": "LineString", "coordinates": line}:
            return [line]
        case {"type": "Polygon", "coordinates": rings}:
            return rings
        case {"type": "MultiPolygon", "coordinates": polygons}:
            return [ring for polygon in polygons for ring in polygon]
    raise AssertionError(f"unexpected geometry {geometry}")


# --- every file


def test_there_is_no_kind_of_file_without_a_test():
    kinds = {path.suffix for folder in (LAYERS, SEEDS) for path in folder.rglob("*") if path.is_file()}
    assert kinds <= {".geojson", ".json", ".csv", ".md"}


@pytest.mark.parametrize("path", data_files(".geojson"), ids=named)
def test_geojson_is_rfc_7946(path):
    collection = json.loads(path.read_bytes().decode("utf-8"))
    assert collection["type"] == "FeatureCollection"
    assert "crs" not in collection
    assert collection["features"]
    for item in collection["features"]:
        assert item.keys() == {"type", "properties", "geometry"}
        assert item["type"] == "Feature"
        assert isinstance(item["properties"], dict)
        for line in lines(item["geometry"]):
            positions = np.array(line)
            assert positions.shape[1] == 2
            assert (np.abs(positions) <= (180, 90)).all()
            assert (positions == positions.round(6)).all()
            assert "Polygon" not in item["geometry"]["type"] or (len(line) >= 4 and line[0] == line[-1])


@pytest.mark.parametrize("path", data_files(".geojson"), ids=named)
def test_shapes_are_valid_and_not_empty(path):
    shapes = np.array([geojson.geometry(item) for item in features(path)], dtype=object)
    assert not shapely.is_empty(shapes).any()
    assert set(shapely.is_valid_reason(shapes)) == {"Valid Geometry"}


@pytest.mark.parametrize("path", [path for path in data_files(".geojson") if LAYERS in path.parents], ids=named)
def test_layers_are_written_our_way(path):
    """Outer rings counter-clockwise, holes clockwise, no mixed collections, one feature per line; seeds stay as received."""
    lines = path.read_text(encoding="utf-8").splitlines()
    start = lines.index('"features":[')
    assert [json.loads(line.removesuffix(",")) for line in lines[start + 1 : -1]] == features(path)
    shapes = [geojson.geometry(item) for item in features(path)]
    assert "GeometryCollection" not in {shape.geom_type for shape in shapes}
    polygons = [part for part in shapely.get_parts(shapes) if part.geom_type == "Polygon"]
    assert all(shapely.is_ccw(shapely.get_exterior_ring(polygons)))
    assert not any(shapely.is_ccw(hole) for polygon in polygons for hole in polygon.interiors)


@pytest.mark.parametrize("path", data_files(".csv"), ids=named)
def test_tables_are_rectangular_utf8(path):
    with open(path, encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file, strict=True)
    assert len(set(head)) == len(head)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in head)
    assert rows
    assert {len(row) for row in rows} == {len(head)}


@pytest.mark.parametrize("path", data_files(".json"), ids=named)
def test_json_parses(path):
    assert json.loads(path.read_bytes().decode("utf-8"))


# --- the layers of a definition


@pytest.fixture(scope="module")
def land():
    """Syria and Iraq, a hair wider than drawn: the grid may round a border outwards."""
    countries = [geojson.geometry(item) for item in load_base("countries")["features"] if item["properties"]["name"] in ("Syria", "Iraq")]
    assert len(countries) == 2
    return shapely.buffer(shapely.union_all(countries), 2 * GRID_DEG)


def test_the_catalog_lists_what_is_there():
    entry = catalog()
    listed = [
        *(entry[name] for name in ("events", "sources", "places", "published", "claims", "story")),
        *(item["file"] for item in entry["definitions"]),
    ]
    present = {path.relative_to(LAYERS).as_posix() for path in (LAYERS / entry["id"]).glob("*.*")}
    assert present == set(listed)


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_land_lies_within_syria_and_iraq(definition, land):
    shapely.prepare(land)
    assert shapely.covers(land, load_series(definition=definition).geometry).all()


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_rows_rest_on_known_sources_and_those_without_any_are_of_low_confidence(definition):
    series = load_series(definition=definition)
    named_sources = {source for record in series.records for source in record.sources}
    assert named_sources <= set(series.sources)
    unsourced = [record for record in series.records if not record.sources]
    assert {record.properties["confidence"] for record in unsourced} == {"low"}
    assert len(unsourced) < 0.03 * len(series)


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_recorded_areas_are_the_measured_ones(definition):
    series = load_series(definition=definition)
    recorded = np.array([record.properties["area_km2"] for record in series.records])
    assert recorded == pytest.approx(area_km2(series.geometry), abs=6e-7)


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_the_rows_of_any_day_are_a_coverage(definition):
    """Neighbours share every vertex of their border, so parts add up to the whole."""
    places = {record.properties["place_id"]: shape for record, shape in zip(*_rows(definition), strict=True)}
    shapes = np.array([*places.values()], dtype=object)
    assert shapely.coverage_is_valid(shapes)
    assert area_km2(shapes).sum() == pytest.approx(area_km2([shapely.union_all(shapes)])[0], rel=1e-12)


@pytest.mark.parametrize(("narrow", "wide"), [("towns", "belts"), ("belts", "control"), ("control", "land")])
def test_a_place_never_has_less_land_under_a_wider_definition(narrow, wide):
    """Up to 2,000 m² of rounding: tens of kilometres of border on a grid of 0.1 m."""
    inner, outer = ({record.properties["place_id"]: shape for record, shape in zip(*_rows(name), strict=True)} for name in (narrow, wide))
    assert inner.keys() <= outer.keys()
    beyond = area_km2(shapely.difference([*inner.values()], [outer[place] for place in inner]))
    assert beyond.max() < 0.002


def _rows(definition: str):
    series = load_series(definition=definition)
    return series.records, series.geometry


def test_events_happened_within_syria_and_iraq_and_have_a_source(land):
    series = load_series()
    assert all(shapely.contains_xy(land, event.lon, event.lat) for event in series.events)
    assert {event.source for event in series.events} <= set(series.sources)
    assert all(event.title and event.kind for event in series.events)


# --- snapshots


@pytest.mark.parametrize("path", SNAPSHOTS, ids=lambda path: path.stem)
def test_a_snapshot_is_the_series_of_its_day_dissolved(path):
    items = features(path)
    assert [item["properties"]["definition"] for item in items] == DEFINITIONS
    assert {item["properties"]["date"] for item in items} == {path.name[:10]}
    for item, series in zip(items, load_definitions(), strict=True):
        found = item["properties"]
        snapshot = series.at(found["date"])
        assert shapely.equals(geojson.geometry(item), snapshot.territory())
        assert found["places"] == len({record.properties["place_id"] for record in snapshot.records})
        (row,) = area_table([series], [snapshot.date]).to_dict("records")
        for name in ("area_km2", "area_certain_km2", "area_possible_km2"):
            assert found[name] == pytest.approx(row[name], abs=1e-5)


# --- what the bundled series says


@pytest.fixture(scope="module")
def daily():
    """Areas on every day of the series under every definition."""
    series = load_definitions()
    table = area_table(series, query_days(series, "../..", step="P1D"))
    return table.assign(date=[date.fromisoformat(text) for text in table["date"]]).set_index("date")


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_the_last_pocket_is_below_one_percent_of_the_peak_and_then_nothing(definition, daily):
    table = daily[daily["definition"] == definition]
    assert 0 < table.loc[date(2019, 2, 7), "share_of_peak"] < 0.01
    assert table.loc[date(2019, 3, 22), "area_km2"] > 0
    after = table.loc[date(2019, 3, 23) :]
    assert len(after) == 9
    assert not after[["area_km2", "area_certain_km2", "area_possible_km2"]].any(axis=None)


def test_the_peak_of_all_land_has_about_the_size_of_great_britain(daily):
    table = daily[daily["definition"] == "land"]
    assert 0.9 < table["ratio_to_great_britain"].max() < 1.1
    assert table["area_km2"].idxmax().year == 2015


@pytest.mark.parametrize(
    ("definition", "day", "published_km2"),
    [("towns", date(2014, 8, 31), 31_000), ("belts", date(2014, 10, 15), 60_000), ("control", date(2015, 1, 1), 90_800)],
)
def test_each_reach_meets_the_figure_it_was_fitted_to(definition, day, published_km2, daily):
    """To a tenth: the fitted reach was rounded."""
    area = daily.loc[daily["definition"] == definition, "area_km2"][day]
    assert area == pytest.approx(published_km2, rel=0.1)


def test_control_meets_the_later_figures_of_the_publisher_it_was_fitted_to(daily):
    """Figures dated to the day, June 2015 to June 2017, to 15 %. That of January 2018, 6,759 km², it does not meet: 3,800."""
    with open(SEEDS / "published_areas.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["publisher"].startswith("IHS") and row["metric"] == "area_km2"]
    published = {date.fromisoformat(row["date"]): float(row["value"]) for row in rows if row["date_precision"] == "day"}
    later = {day: value for day, value in published.items() if day > date(2015, 1, 1)}
    assert len(later) == 6
    areas = daily.loc[daily["definition"] == "control", "area_km2"]
    assert areas[[*later]].to_numpy() == pytest.approx([*later.values()], rel=0.15)
