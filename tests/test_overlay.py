"""A series as disjoint faces, and all pairs of dates, against naive shapely."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import BIG, BOW_TIE, EAST, HOLE, HOLED, PAIR, SLIVER, WEST, series_of, tiny_series

from geo.errors import GeometryError
from geo.load import load_series
from geo.measure import area_km2
from geo.overlay import SNAP_DEG, addable, cached_faces, faces, faces_on_days, matrix
from geo.periods import READINGS
from geo.persistence import PERSISTENCE_COLUMNS, persistence_table


def days_of(count: int) -> list[str]:
    return [(date(2015, 1, 1) + timedelta(days=number)).isoformat() for number in range(count)]


def daily(shapes) -> object:
    """A series in which each shape is held for a day."""
    return series_of(
        [(shape, start, end, "Red") for shape, start, end in zip(shapes, days_of(len(shapes)), days_of(len(shapes) + 1)[1:], strict=True)]
    )


def naive(shapes) -> np.ndarray:
    """Land held on both of any two days, one intersection a pair."""
    return np.array([area_km2(shapely.intersection(one, np.asarray(shapes, dtype=object))) for one in shapes])


def agrees(series, shapes) -> None:
    found = matrix(series, series.dates[: len(shapes)]).held_km2
    assert found == pytest.approx(naive(shapes), rel=1e-9, abs=1e-5)


@pytest.mark.parametrize("definition", ["towns", "land"])
def test_pairs_of_the_bundled_series(definition):
    series = load_series(definition=definition)
    days = series.dates[5::60]
    found = matrix(series, days).held_km2
    assert found == pytest.approx(naive([series.at(day).geometry for day in days]), rel=1e-9, abs=1e-6)


@settings(max_examples=40)
@given(
    st.lists(
        st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3)), min_size=3, max_size=7, unique=True).map(
            lambda points: shapely.convex_hull(shapely.multipoints([(round(x, 3), round(y, 3)) for x, y in points]))
        ),
        min_size=2,
        max_size=6,
    ).map(lambda shapes: [shape for shape in shapes if shape.geom_type == "Polygon" and shape.area > 1e-3])
)
def test_pairs_of_random_series(shapes):
    if shapes:
        agrees(daily(shapes), shapes)


grid_box = st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(1, 3), st.integers(1, 3)).map(
    lambda at: shapely.box(at[0], at[1], at[0] + at[2], at[1] + at[3])
)


@st.composite
def block(draw) -> shapely.Geometry:
    """Boxes on a grid with boxes cut out: shared borders, holes, corners that touch; moved a little, slivers against the others."""
    whole = shapely.union_all(draw(st.lists(grid_box, min_size=1, max_size=4)))
    shape = whole.difference(shapely.union_all(draw(st.lists(grid_box, max_size=2))))
    return shapely.transform(shape, lambda points: points + draw(st.sampled_from([0, 0, 1e-6, 1e-4])))


@settings(max_examples=40)
@given(st.lists(block().filter(lambda shape: not shape.is_empty), min_size=2, max_size=6))
def test_pairs_of_random_blocks(shapes):
    agrees(daily(shapes), shapes)


@pytest.mark.parametrize(
    "shapes",
    [
        [BIG, HOLED, HOLE],
        [WEST, EAST, PAIR],
        [WEST, SLIVER, WEST.union(SLIVER)],
        [shapely.MultiPolygon([WEST, shapely.box(1, 1, 2, 2)]), shapely.box(0.5, 0.5, 1.5, 1.5)],
        [shapely.box(0, 0, 1, 1), shapely.box(0, 0, 1, 1 + 2e-6)],
    ],
    ids=["hole and what fills it", "shared border", "sliver", "squares that touch at a corner", "borders that nearly coincide"],
)
def test_degenerate_neighbours(shapes):
    agrees(daily(shapes), shapes)


def test_faces_are_disjoint_and_cover_every_row():
    cut = faces(daily([BIG, shapely.box(2, 2, 5, 5), HOLED]))
    parts = shapely.get_parts(cut.polygon)
    left, right = shapely.STRtree(parts).query(parts, predicate="overlaps")
    assert not len(left)
    assert not len(right)
    for row, shape in enumerate(cut.series.geometry):
        own = cut.covers[[row]].toarray()[0]
        assert shapely.union_all(cut.polygon[own]).symmetric_difference(shape).area < 1e-12


def test_rows_that_are_never_held_on_the_same_day_are_measured_as_they_stand():
    spans = [("", "2015-01-03"), ("2015-01-03", "2015-01-04"), ("2015-02", "2015-04"), ("2015-05-01", "")]
    shapes = [BIG, shapely.box(2, 2, 5, 5), HOLED, shapely.box(1, 0, 2, 4)]
    others = [(shape, "2015-01-01", "", "Blue") for shape in shapes]
    series = series_of([*((shape, *span, "Red") for shape, span in zip(shapes, spans, strict=True)), *others], first=date(2014, 1, 1))
    days = [date(2014, 1, 1), *(date.fromisoformat(day) for day in days_of(150))]
    cut, overlaid = faces_on_days(series, "Red"), faces(series, "Red", tolerance_deg=0)
    assert cut.polygon.tolist() == shapes
    for reading in READINGS:
        assert cut.areas(days, reading) == pytest.approx(overlaid.areas(days, reading), rel=1e-12, abs=1e-9)
        land = [shapely.union_all([shapes[row] for row in series.at(day, reading=reading).rows if row < 4]) for day in days]
        assert cut.areas(days, reading) == pytest.approx(area_km2(land), rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("end", ["2015-01-02", "2015-02"])
def test_rows_that_may_be_held_on_the_same_day_are_overlaid(end):
    series = series_of([(WEST, "2015-01-01", end, "Red"), (PAIR, "2015-01-01" if end == "2015-01-02" else "2015-02-01", "", "Red")])
    assert faces_on_days(series, "Red") is cached_faces(series, "Red")


INVALID = {
    "bow tie": BOW_TIE,
    "bow tie whose loops are alike": shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]),
    "parts that overlap": shapely.MultiPolygon([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)]),
    "part within a part": shapely.MultiPolygon([BIG, HOLE]),
    "the same part twice": shapely.MultiPolygon([WEST, WEST]),
    "hole outside": shapely.Polygon(WEST.exterior, [shapely.box(2, 0, 2.5, 0.5).exterior]),
    "hole across the border": shapely.Polygon(WEST.exterior, [shapely.box(0.5, 0.2, 1.5, 0.8).exterior]),
    "holes that overlap": shapely.Polygon(BIG.exterior, [shapely.box(0.5, 0.5, 2, 2).exterior, shapely.box(1, 1, 2.5, 2.5).exterior]),
    "ring that goes round twice": shapely.Polygon([(0, 0), (3, 0), (3, 3), (0, 3), (0, 1), (2, 1), (2, 2), (1, 2), (1, 0.5), (0.5, 0.5)]),
    "latitude of a hundred": shapely.box(0, 0, 1, 100),
    "not a number": shapely.Polygon([(0, 0), (1, 0), (1, np.nan), (0, 1)]),
    "infinite": shapely.Polygon([(0, 0), (1, 0), (1, np.inf), (0, 1)]),
    "line": shapely.LineString([(0, 0), (1, 1)]),
    "nothing": None,
}


@pytest.mark.parametrize("company", [[], [shapely.box(0.3, 0.3, 1.7, 1.7)]], ids=["alone", "with a neighbour that overlaps"])
@pytest.mark.parametrize("shape", INVALID.values(), ids=INVALID)
def test_what_is_not_valid_is_refused_by_name(shape, company):
    with pytest.raises(GeometryError, match=r"(?s)1 of \d rows of 'small' are no valid polygons:\n  row 1 \(Red, 2015-01-02\): .*Expected"):
        faces(daily([WEST, shape, *company]))


def test_a_ring_that_touches_itself_encloses_the_same_land():
    pinched = shapely.Polygon([(0, 0), (4, 0), (2, 2), (4, 4), (0, 4), (2, 2)])
    assert not pinched.is_valid
    assert faces(daily([pinched])).area_km2 == pytest.approx(area_km2([shapely.make_valid(pinched)]))
    found = matrix(daily([shapely.box(0, 0, 3, 3), pinched]), [date(2015, 1, 1), date(2015, 1, 2)]).held_km2
    assert found == pytest.approx(naive([shapely.box(0, 0, 3, 3), shapely.make_valid(pinched)]), rel=1e-9)


def test_a_polygon_that_snapping_makes_cross_itself_is_no_fault():
    shape = shapely.Polygon([(0, 0), (1, 0), (1, 1), (0.5, 3e-7), (0.4, 1)])
    assert shape.is_valid
    found = matrix(daily([shape, shapely.box(-1, -1, 0.5, 0.5)]), [date(2015, 1, 1)]).held_km2
    assert found == pytest.approx(area_km2([shape])[None], abs=500 * SNAP_DEG * 111)


@settings(max_examples=40)
@given(st.lists(block().filter(lambda shape: not shape.is_empty), min_size=1, max_size=5), st.randoms())
def test_identities_hold_to_the_last_bit(shapes, random):
    series = daily([shape for shape in shapes for _ in range(2)])
    days = list(series.dates)
    random.shuffle(days)
    pairs = matrix(series, days)
    area = np.diag(pairs.held_km2)
    assert np.array_equal(area, pairs.faces.areas(pairs.days))
    assert np.array_equal(pairs.held_km2, pairs.held_km2.T)
    assert np.array_equal(pairs.held_km2 + pairs.lost_km2, np.broadcast_to(area[:, None], pairs.held_km2.shape))
    assert np.array_equal(pairs.held_km2 + pairs.gained_km2, np.broadcast_to(area, pairs.held_km2.shape))
    assert (pairs.lost_km2 >= 0).all()


def test_borders_redrawn_by_hand_are_snapped_and_the_result_says_so():
    rng = np.random.default_rng(3)
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.sin(angle)]) + np.array([40, 35])
    shapes = [shapely.polygons(circle + rng.uniform(-2e-7, 2e-7, circle.shape)) for _ in range(12)]
    series = daily(shapes)
    snapped, exact = faces(series), faces(series, tolerance_deg=0)
    assert snapped.snapped > 1000
    assert snapped.tolerance_deg == SNAP_DEG
    assert exact.snapped == 0
    assert len(snapped.polygon) < 50 < len(exact.polygon)
    days = series.dates[:12]
    perimeter_km = 2 * np.pi * 111
    bound = perimeter_km * SNAP_DEG * 111 * 1.5
    assert np.abs(matrix(series, days).held_km2 - naive(shapes)).max() < bound


@given(st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=60), st.randoms())
def test_any_sum_of_addable_areas_is_exact(areas, random):
    rounded = addable(np.array(areas))
    some = [value for value in rounded.tolist() if random.random() < 0.6]
    random.shuffle(some)
    assert Fraction(float(np.sum(some))) == sum(map(Fraction, some), Fraction(0))
    assert np.abs(rounded - areas).max() <= 2.3e-16 * max(sum(areas), 1e-300)


def test_nothing_has_no_faces():
    cut = faces(tiny_series(), "Nobody")
    assert len(cut.polygon) == 0
    assert cut.areas([date(2015, 1, 1)]).tolist() == [0]


def test_persistence_by_hand():
    table = persistence_table(tiny_series())
    assert tuple(table.columns) == (*PERSISTENCE_COLUMNS, "geometry")
    found = {(row.actor, row.geometry.centroid.x): (row.days, row.first, row.last) for row in table.itertuples()}
    assert found == {
        ("Blue", 0.5): (1, "2015-03-01", "2015-03-01"),
        ("Red", 0.5): (59, "2015-01-01", "2015-02-28"),
        ("Red", 1.5): (29, "2015-02-01", "2015-03-01"),
    }


@pytest.mark.parametrize("definition", ["towns", "land"])
def test_days_of_persistence_are_the_sum_of_areas_over_days(definition):
    series = load_series(definition=definition)
    table = persistence_table(series)
    every = [series.first + timedelta(days=number) for number in range((series.last - series.first).days + 1)]
    over_days = faces(series).areas(every).sum()
    assert (table["days"] * table["area_km2"]).sum() == pytest.approx(over_days, rel=1e-9)
    assert (table["days_certain"] <= table["days"]).all()
    assert (table["days"] <= table["days_possible"]).all()
    assert (table["first"] <= table["last"]).all()
