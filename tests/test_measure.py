"""Areas on the ellipsoid: by hand, for degenerate shapes, as properties, and by two methods that share nothing with ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import (
    BIG,
    BOW_TIE,
    DATELINE,
    EARTH_KM2,
    EAST,
    EMPTY,
    HOLE,
    HOLED,
    LINE,
    PAIR,
    PATH,
    POINT,
    SLIVER,
    TRIANGLE,
    WEST,
    square,
)

from geo import geojson
from geo.errors import GeometryError
from geo.measure import area_km2

LAYERS = Path(__file__).parents[1] / "layers"
GEOD = pyproj.Geod(ellps="WGS84")
EQUAL_AREA = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:6933", always_xy=True)
UNIT_KM2 = 110.574_389 * 111.319_491
"""A square degree at the equator as a rectangle: half a degree of meridian each way times a degree of the equator."""


def area(shape: shapely.Geometry | None) -> float:
    return float(area_km2([shape])[0])


# --- by hand


@pytest.mark.parametrize(
    ("west", "south", "east", "north", "share"),
    [(-180, -90, 180, 90, 1), (0, -90, 360, 90, 1), (-180, 0, 180, 90, 1 / 2), (0, 0, 90, 90, 1 / 8), (10, -90, 46, 90, 1 / 10)],
)
def test_shares_of_the_earth(west, south, east, north, share):
    assert area(shapely.box(west, south, east, north)) == pytest.approx(EARTH_KM2 * share, rel=1e-11)


def test_a_square_degree_at_the_equator_is_nearly_a_rectangle():
    assert area(WEST) == pytest.approx(UNIT_KM2, rel=1e-4)
    assert area(TRIANGLE) == pytest.approx(UNIT_KM2 / 2, rel=1e-4)


def test_squares_shrink_towards_the_pole_as_their_parallel_does():
    assert area(square(0, 59.5)) == pytest.approx(UNIT_KM2 / 2, rel=0.02)
    assert area(square(0, 30)) == pytest.approx(area(square(0, -31)), rel=1e-12)


def test_a_hole_is_taken_off():
    assert area(HOLED) == pytest.approx(area(BIG) - area(HOLE), rel=1e-12)


def test_two_squares_are_twice_one():
    assert area_km2([WEST, EAST, PAIR]) / area(WEST) == pytest.approx([1, 1, 2], rel=1e-12)


def test_a_straight_edge_is_no_geodesic():
    """A geodesic between two points on a parallel bends towards the pole and takes tan(latitude) / radius * length³ / 12 along."""
    shape = shapely.Polygon([(43.2, 33), (40, 33), *((lon, 32) for lon in np.linspace(40, 43.2, 401))])
    length = 3.2 * 111.319_491 * np.cos(np.radians(33))
    extra = abs(GEOD.geometry_area_perimeter(shape)[0]) / 1e6 - area(shape)
    assert extra == pytest.approx(np.tan(np.radians(33)) / 6378 * length**3 / 12, rel=0.01)


# --- degenerate


@pytest.mark.parametrize(
    "nothing", [None, EMPTY, shapely.MultiPolygon(), shapely.GeometryCollection(), shapely.GeometryCollection([EMPTY]), POINT, PATH, LINE]
)
def test_what_has_no_inside_has_no_area(nothing):
    assert area(nothing) < 1e-9
    assert area_km2([nothing, WEST, nothing, EAST]) == pytest.approx([0, area(WEST), 0, area(WEST)], rel=1e-12, abs=1e-9)


def test_no_geometries_have_no_areas():
    assert area_km2([]).shape == (0,)


def test_a_sliver_keeps_its_digits():
    assert area(SLIVER) == pytest.approx(UNIT_KM2 / 2 * 1e-9, rel=1e-2)


def test_the_lobes_of_a_bow_tie_cancel_so_it_must_be_mended_first():
    assert area(BOW_TIE) == pytest.approx(0, abs=1e-6)
    assert area(shapely.make_valid(BOW_TIE)) == pytest.approx(UNIT_KM2 / 2, rel=1e-4)


def test_the_antimeridian_is_a_meridian_like_any_other():
    assert area(DATELINE) == pytest.approx(2 * area(WEST), rel=1e-12)
    assert area(shapely.box(179, 0, 181, 1)) == pytest.approx(2 * area(WEST), rel=1e-12)


def test_a_collection_is_the_sum_of_its_polygons():
    nested = shapely.GeometryCollection([WEST, POINT, PATH, shapely.GeometryCollection([shapely.MultiPolygon([EAST, square(5)]), EMPTY])])
    assert area_km2([nested, WEST]) == pytest.approx([3 * area(WEST), area(WEST)], rel=1e-12)


def test_heights_do_not_count():
    assert area(shapely.force_3d(TRIANGLE, 8000)) == area(TRIANGLE)


def test_many_vertices_are_measured_in_chunks_that_leave_nothing_out():
    """About 200,000 vertices: one ring larger than a chunk, and rings whose chunks begin anywhere."""
    disks = [shapely.Point(x, 0).buffer(1, quad_segs=segments) for x, segments in enumerate([7000, 20_000, 5000, 1, 9000, 8000])]
    shapes = [WEST, *disks, HOLED]
    assert area_km2(shapes) == pytest.approx([area(shape) for shape in shapes], rel=1e-12)
    assert area_km2(disks[:3]) == pytest.approx([np.pi * area(WEST)] * 3, rel=1e-3)


@pytest.mark.parametrize(
    "coordinate", [(0, 90.1), (0, -91), (361, 0), (-400, 0), (float("nan"), 0), (0, float("nan")), (float("inf"), 0), (500_000, 3_700_000)]
)
def test_what_is_no_longitude_and_latitude_is_refused(coordinate):
    with np.errstate(invalid="ignore"), pytest.raises(GeometryError, match="not a longitude/latitude: expected finite degrees"):
        area_km2([WEST, shapely.Polygon([(0, 0), (1, 0), coordinate])])


# --- properties


@st.composite
def polygons(draw):
    """Star-shaped polygons of a few degrees anywhere on the globe, with a hole or without."""
    lon, lat = draw(st.floats(-170, 170)), draw(st.floats(-80, 80))
    radii = np.array(draw(st.lists(st.floats(1, 5), min_size=3, max_size=12)))
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * radii[:, None]
    holes = [np.add(ring * 0.3, (lon, lat))] if draw(st.booleans()) else []
    return shapely.Polygon(np.add(ring, (lon, lat)), holes)


@given(polygons())
def test_the_direction_and_the_first_vertex_of_a_ring_change_nothing(polygon):
    turned = [shapely.reverse(polygon), shapely.normalize(polygon), shapely.orient_polygons(polygon, exterior_cw=True)]
    assert area_km2(turned) == pytest.approx([area(polygon)] * 3, rel=1e-12)


@given(st.lists(polygons(), max_size=6), st.randoms())
def test_the_order_of_geometries_changes_nothing(shapes, random):
    order = random.sample(range(len(shapes)), len(shapes))
    assert area_km2([shapes[n] for n in order]) == pytest.approx(area_km2(shapes)[order], rel=1e-12)
    assert area(shapely.MultiPolygon([shapes[n] for n in order])) == pytest.approx(area_km2(shapes).sum(), rel=1e-12)


@given(polygons(), st.floats(-180, 180))
def test_moving_along_the_parallel_or_to_the_other_hemisphere_changes_nothing(polygon, shift):
    moved = shapely.transform(polygon, lambda xy: np.add(xy, (shift, 0)))
    mirrored = shapely.transform(polygon, lambda xy: xy * (1, -1))
    assert area_km2([moved, mirrored]) == pytest.approx([area(polygon)] * 2, rel=1e-11)


@given(polygons(), st.sampled_from([0.003, 0.1, 0.7, 2]))
def test_vertices_put_on_an_edge_change_nothing(polygon, step):
    assert area(shapely.segmentize(polygon, step)) == pytest.approx(area(polygon), rel=1e-12)


@given(polygons(), st.floats(0.3, 3))
def test_parts_add_up_to_the_whole(polygon, cell):
    west, south, east, north = polygon.bounds
    cells = [shapely.box(x, y, x + cell, y + cell) for x in np.arange(west, east, cell) for y in np.arange(south, north, cell)]
    assert area_km2(shapely.intersection(polygon, cells)).sum() == pytest.approx(area(polygon), rel=1e-12)


@settings(max_examples=25)
@given(polygons())
def test_a_geodesic_library_finds_the_same_anywhere(polygon):
    assert geodesic_km2(shapely.segmentize([polygon], 0.001)) == pytest.approx(area_km2([polygon]), rel=1e-8)


# --- every layer, by independent methods


def geodesic_km2(densified: np.ndarray) -> np.ndarray:
    """Karney's geodesic areas; on short enough edges a geodesic is as good as straight."""
    return np.array([abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(shape))[0]) for shape in densified]) / 1e6


def projected_km2(densified: np.ndarray) -> np.ndarray:
    """Planar areas in the cylindrical equal-area projection EPSG:6933."""
    return shapely.area(shapely.transform(densified, lambda xy: np.column_stack(EQUAL_AREA.transform(*xy.T)))) / 1e6


def features(path: Path) -> np.ndarray:
    """The different geometries of a layer."""
    found = {shapely.to_wkb(shape): shape for shape in map(geojson.geometry, geojson.read(path)["features"])}
    return np.array([*found.values()], dtype=object)


@pytest.mark.parametrize("path", sorted(LAYERS.rglob("*.geojson")), ids=lambda path: path.stem)
def test_every_feature_of_every_layer_agrees_with_two_other_methods(path):
    shapes = features(path)
    flat = np.isin(shapely.get_type_id(shapes), (0, 1, 4, 5))
    assert not area_km2(shapes[flat]).any()
    shapes = shapes[~flat]
    west, south, east, north = shapely.bounds(shapes).reshape(-1, 4).T
    densified = shapely.segmentize(shapes, np.minimum(7e-4, np.maximum(east - west, north - south) / 160))
    areas = area_km2(shapes)
    assert geodesic_km2(densified) == pytest.approx(areas, rel=1e-8)
    assert projected_km2(densified) == pytest.approx(areas, rel=1e-8)


@pytest.mark.parametrize("country", ["Syria", "Iraq", "Turkey"])
def test_a_country_cut_into_cells_adds_up(country):
    items = geojson.read(LAYERS / "base" / "countries.geojson")["features"]
    (outline,) = [geojson.geometry(item) for item in items if item["properties"]["name"] == country]
    west, south, east, north = outline.bounds
    cells = [shapely.box(x, y, x + 0.5, y + 0.5) for x in np.arange(west, east, 0.5) for y in np.arange(south, north, 0.5)]
    assert area_km2(shapely.intersection(outline, cells)).sum() == pytest.approx(area(outline), rel=1e-12)
