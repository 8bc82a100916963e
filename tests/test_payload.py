"""The payload: the contract between Python and the page, and what it must carry."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely
from benchmarks.archive import archive
from benchmarks.archive import series as front_line
from hypothesis import given
from hypothesis import strategies as st

from geo.arcs import OUTSIDE, arcs
from geo.columns import Columns
from geo.compare import change_between
from geo.drawable import Drawable
from geo.generalize import generalize, generalize_arcs
from geo.load import load_definitions, load_series
from geo.measure import area_km2
from geo.model import AS_GIVEN, Record, Series
from geo.overlay import SNAP_DEG, faces
from geo.palette import COLOURS, actor_colours, colours
from geo.payload import contents, payload
from geo.pieces import drawn, pieces, spells

DATA = Path(__file__).parent / "data"
GOLDEN = DATA / "payload.json"


@pytest.fixture(scope="module")
def tiny():
    return load_series(DATA / "tiny.geojson")


@pytest.fixture(scope="module")
def front():
    return front_line(40)


def made(*rows):
    """A series of (actor, geometry, first day, day after the last) with days from 2020-01-01."""
    day = date(2020, 1, 1)
    records = tuple(Record(actor, "", day + timedelta(a), day + timedelta(b)) for actor, _, a, b in rows)
    last = max(record.valid_to for record in records)
    return Series("made", "Made", AS_GIVEN, np.array([row[1] for row in rows], dtype=object), records, day, last, day)


def test_contract_is_the_golden_file(tiny, regenerate):
    header, columns = contents([tiny], base_map=False)
    found = {"header": header, "columns": columns.hex()}
    if regenerate:
        GOLDEN.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_packing_is_length_header_columns(tiny):
    raw = gzip.decompress(base64.b64decode(payload((tiny,), base_map=False)))
    header, columns = contents([tiny], base_map=False)
    length = int.from_bytes(raw[:4], "little")
    assert json.loads(raw[4 : 4 + length]) == header
    assert raw[4 + length :] == columns


def test_same_input_same_text(tiny, front):
    assert contents((tiny,)) == contents((tiny,))
    assert contents((front,)) == contents((front_line(40),))


def test_curve_is_the_series_measured(tiny):
    layer = contents([tiny], base_map=False)[0]["definitions"][0]["layers"][0]
    days = np.cumsum(layer["curve"]["days"])
    for reading in ("recorded", "certain", "possible"):
        dates = [date.fromordinal(tiny.first.toordinal() + int(day)) for day in days]
        areas = area_km2([tiny.at(day, reading=reading).geometry for day in dates])
        assert layer["curve"][reading] == pytest.approx(areas, abs=6e-4)
    assert layer["curve"]["certain"] != layer["curve"]["possible"]


def test_opens_on_the_peak_of_one_actor_and_on_the_last_day_of_several():
    rows = [("Red", shapely.box(0, 0, 1, 1), 0, 5), ("Red", shapely.box(0, 0, 3, 1), 5, 9), ("Red", shapely.box(0, 0, 2, 1), 9, 20)]
    for one, day in ((made(*rows), 5), (made(*rows, ("Blue", shapely.box(5, 0, 6, 1), 3, 20)), 20)):
        assert contents((one,))[0]["start"] == day
        assert Drawable(one).opening_day == one.first + timedelta(day)


def test_bundled_payload_stays_small():
    assert len(payload(load_definitions())) < 620_000


def test_archive_grows_with_its_changes_not_with_its_dates(front):
    """A day costs what it changed: some kilobytes for 40 days of 3,000 vertices (GeoJSON: 2.5 MB)."""
    assert len(payload((front,))) < 40_000
    still = made(*(("Red", front.geometry[0], day, day + 1) for day in range(40)))
    once = made(("Red", front.geometry[0], 0, 40))
    assert len(contents((still,))[1]) == len(contents((once,))[1])


def test_base_map_only_where_it_shows_the_land(tiny, front):
    around, elsewhere = (contents((one,))[0] for one in (load_series(), front))
    assert around["base"]["counts"]["focus"]
    assert not around["graticule"]
    assert elsewhere["base"] is None
    assert elsewhere["graticule"]
    assert not contents((front,), base_map=False)[0]["graticule"]


# --- pieces


def held_on_both(land, series, a, b):
    """km² of one actor's land held on two days, from the pieces."""
    spans = series.spans("recorded")
    held = land.spells
    on = [(spans[held.first, 0] <= day.toordinal()) & (day.toordinal() < spans[held.last, 1]) for day in (a, b)]
    both = [np.bincount(held.piece, weights=covers, minlength=len(land.area_km2)) > 0 for covers in on]
    return float(land.area_km2[both[0] & both[1]].sum())


def test_amounts_give_the_land_held_on_any_two_days(front):
    """Amounts against intersections by GEOS. Rounding moves a border of 1,000 km by up to 8 cm: 0.08 km²."""
    land = pieces(front)
    days = [record.valid_from for record in front.records]
    for a, b in [(0, 1), (3, 4), (0, 39), (7, 30), (12, 12), (20, 21)]:
        both = area_km2([shapely.intersection(front.geometry[a], front.geometry[b])])[0]
        assert held_on_both(land, front, days[a], days[b]) == pytest.approx(both, abs=0.08)


def test_amounts_are_fewer_than_faces(front):
    assert len(pieces(front).area_km2) < len(front) * (len(front) + 1) / 2
    assert (pieces(front).area_km2 < 0).any()


def test_land_left_and_taken_again_is_not_counted_as_kept_in_between():
    west, both = shapely.box(0, 0, 1, 1), shapely.box(0, 0, 2, 1)
    series = made(("Red", both, 0, 1), ("Red", west, 1, 2), ("Red", both, 2, 3))
    land = pieces(series)
    days = [date(2020, 1, number) for number in (1, 2, 3)]
    unit = area_km2([west])[0]
    table = [[held_on_both(land, series, a, b) / unit for b in days] for a in days]
    assert np.array(table) == pytest.approx(np.array([[2, 1, 2], [1, 1, 1], [2, 1, 2]]))


@pytest.mark.parametrize("definition", ["towns", "land"])
def test_bundled_pieces_agree_with_the_comparison(definition):
    series = load_series(definition=definition)
    land = pieces(series)
    for a, b in [("2014-06-30", "2015-05-21"), ("2015-05-21", "2017-10-17")]:
        expected = change_between(series, a, b).held.area_km2
        assert held_on_both(land, series, date.fromisoformat(a), date.fromisoformat(b)) == pytest.approx(expected, abs=1e-6)


def test_spells_join_rows_that_follow_one_another():
    box = shapely.box(0, 0, 1, 1)
    series = made(("Red", box, 0, 1), ("Red", box, 1, 2), ("Red", box, 3, 4), ("Blue", box, 4, 5))
    joined = spells(series, np.zeros(4, dtype=np.int64), np.arange(4))
    assert list(zip(joined.first.tolist(), joined.last.tolist(), strict=True)) == [(0, 1), (2, 2), (3, 3)]


def test_polygons_are_cut_only_where_one_actor_overlaps_itself_on_a_day():
    one, other = shapely.box(0, 0, 2, 1), shapely.box(1, 0, 3, 1)
    assert len(drawn(made(("Red", one, 0, 1), ("Red", other, 1, 2))).polygon) == 2
    assert len(drawn(made(("Red", one, 0, 1), ("Blue", other, 0, 1))).polygon) == 2
    assert len(drawn(made(("Red", one, 0, 2), ("Red", other, 1, 2))).polygon) == 3


# --- arcs


def drawn_area(found, chosen):
    """Area on the grid of polygons that do not overlap each other, from the arcs with exactly one side among them."""
    inside = {side for side, polygon in zip(found.side.tolist(), found.polygon.tolist(), strict=True) if polygon in chosen}
    area = 0.0
    for left, right, points in zip(found.left.tolist(), found.right.tolist(), found.points, strict=True):
        x, y = points[:, 0].astype(float), points[:, 1].astype(float)
        under = float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)
        area += under * ((left in inside) - (right in inside))
    return area


def sides(found):
    """The polygons left and right of each arc."""
    of = {OUTSIDE: ()}
    for side, polygon in zip(found.side.tolist(), found.polygon.tolist(), strict=True):
        of[side] = (*of.get(side, ()), polygon)
    return sorted((of[left], of[right]) for left, right in zip(found.left.tolist(), found.right.tolist(), strict=True))


def test_two_squares_share_one_arc():
    found = arcs(np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]), grid_deg=1)
    assert len(found.points) == 3
    assert {frozenset(pair) for pair in sides(found)} == {frozenset({(0,), ()}), frozenset({(1,), ()}), frozenset({(0,), (1,)})}


def test_a_ring_and_what_fills_it():
    hole = shapely.box(1, 1, 2, 2)
    found = arcs(np.array([shapely.box(0, 0, 3, 3).difference(hole), hole]), grid_deg=1)
    assert len(found.points) == 2
    assert [drawn_area(found, chosen) for chosen in ({0}, {1}, {0, 1})] == [8, 1, 9]


def test_a_border_that_stays_is_one_arc_for_all_dates():
    """Two dates that share three edges of a square: those once, the edge that moved twice."""
    found = arcs(np.array([shapely.box(0, 0, 1, 1), shapely.Polygon([(0, 0), (2, 0), (2, 1), (0, 1)])]), grid_deg=1)
    assert sides(found) == [((0,), ()), ((0, 1), ()), ((1,), ())]
    assert [drawn_area(found, chosen) for chosen in ({0}, {1})] == [1, 2]


def test_nothing_gives_nothing():
    found = arcs(np.empty(0, dtype=object), grid_deg=1)
    assert (len(found.points), len(found.left), len(found.side)) == (0, 0, 0)


def test_what_collapses_on_the_grid_leaves_no_arc():
    assert arcs(np.array([shapely.box(0, 0, 0.2, 0.2)]), grid_deg=1).points == ()


def test_squares_that_touch_at_a_corner_stay_apart():
    found = arcs(np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 1, 2, 2)]), grid_deg=1)
    assert [drawn_area(found, chosen) for chosen in ({0}, {1}, {0, 1})] == [1, 1, 2]


def test_vertices_rounded_to_six_and_seven_decimals_are_the_same():
    exact = np.array(archive(1)[:1])
    rounded = [shapely.transform(exact, lambda points, digits=digits: np.round(points, digits))[0] for digits in (5, 6)]
    shared = [arcs(np.array(rounded), grid_deg=grid, snap_deg=snap).points for grid, snap in ((1e-5, 10 * SNAP_DEG), (1e-6, 0.0))]
    assert sum(map(len, shared[1])) > 1.9 * sum(map(len, shared[0]))


@pytest.mark.parametrize("definition", ["towns", "belts", "control", "land"])
def test_arcs_enclose_the_bundled_land(definition):
    shapes = drawn(load_series(definition=definition))
    found = arcs(shapes.polygon, grid_deg=1e-5, simplify_deg=3e-4)
    for number, polygon in enumerate(shapes.polygon):
        area = drawn_area(found, {number}) / 1e10
        assert area > 0
        assert area == pytest.approx(polygon.area, abs=polygon.length * 3e-4 / 2)


def test_arcs_enclose_every_date_of_a_front_line(front):
    found = arcs(front.geometry, grid_deg=1e-5, snap_deg=SNAP_DEG, simplify_deg=1e-4)
    for number, area in enumerate(shapely.area(front.geometry) * 1e10):
        assert drawn_area(found, {number}) == pytest.approx(area, rel=1e-4)


SQUARES = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 4), st.integers(1, 4))


@given(st.lists(SQUARES, min_size=1, max_size=6))
def test_any_rectangles_are_drawn_as_they_are(corners):
    polygons = np.array([shapely.box(x, y, x + width, y + height) for x, y, width, height in corners])
    polygons = shapely.segmentize(polygons, 1)
    found = arcs(polygons, grid_deg=1)
    for number, area in enumerate(shapely.area(polygons)):
        assert drawn_area(found, {number}) == area


# --- columns, colours, generalize


def read(data):
    """The unsigned numbers of a column."""
    numbers, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(value)
            value = shift = 0
    return numbers


@given(st.lists(st.integers(0, 2**63 - 1)))
def test_columns_of_any_numbers(numbers):
    columns = Columns()
    columns.unsigned(numbers)
    assert read(columns.bytes()) == numbers


@given(st.lists(st.integers(-(2**62) + 1, 2**62 - 1)))
def test_columns_of_signed_numbers(numbers):
    columns = Columns()
    columns.signed(numbers)
    assert [value // 2 if value % 2 == 0 else -(value + 1) // 2 for value in read(columns.bytes())] == numbers


def test_neighbours_have_different_colours():
    ring = [(actor, (actor + 1) % 40) for actor in range(40)]
    chosen = colours([float(actor % 7) for actor in range(40)], ring)
    assert all(chosen[one] != chosen[other] for one, other in ring)
    assert sorted(colours([1.0] * COLOURS, [])) == list(range(COLOURS))
    assert colours([], []) == []


def test_actors_that_meet_or_overlap_at_any_time_have_different_colours_on_the_page_and_in_pictures():
    strips = [(f"A{x:02}", shapely.box(x, 0, x + 1, 1), 0, 9) for x in range(12)]
    over = [("Later", shapely.box(0.4, 0.2, 0.6, 0.4), 9, 12), ("Apart", shapely.box(50, 50, 51, 51), 0, 9)]
    series = made(*strips, *over)
    chosen = actor_colours([series])
    assert all(chosen[f"A{x:02}"] != chosen[f"A{x + 1:02}"] for x in range(11))
    assert chosen["Later"] != chosen["A00"]
    drawable = Drawable(series)
    assert contents((series,))[0]["colours"] == list(chosen.values())
    assert [drawable.colour_class(actor) for actor in range(14)] == [f"colour-{number}" for number in chosen.values()]


@pytest.mark.parametrize(("definition", "kept"), [("towns", 0.9), ("land", 0.97)])
def test_generalizing_keeps_every_face_and_the_joins(definition, kept):
    polygons = faces(load_series(definition=definition)).polygon
    simple = generalize(polygons)
    assert not shapely.is_empty(simple).any()
    assert shapely.coverage_is_valid(simple)
    assert shapely.get_num_coordinates(simple).sum() < kept * shapely.get_num_coordinates(polygons).sum()
    assert shapely.area(simple).sum() == pytest.approx(shapely.area(polygons).sum(), rel=5e-3)


def test_generalizing_arcs_keeps_ends_and_small_lines():
    wavy = shapely.linestrings([(x / 10, 0.01 * (x % 2)) for x in range(101)])
    small = shapely.linestrings([(0, 0), (0.01, 0.01), (0.02, 0)])
    simple = generalize_arcs(np.array([wavy, small]), 0.05)
    assert shapely.get_coordinates(simple[0]).tolist() == [[0, 0], [10, 0]]
    assert simple[1].equals(small)
