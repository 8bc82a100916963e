"""Borders as edges, cut where they meet: by hand, and against the exact predicates of GEOS."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import BIG, HOLED, WEST

from geo.measure import area_km2
from geo.noding import TOUCH_DEG, NodedEdges, edges, lonlat, node, number_pairs, number_points


def noded(shapes, tolerance_deg: float = 0) -> NodedEdges:
    return node(edges(np.array(shapes, dtype=object), tolerance_deg=tolerance_deg))


def lines(pieces: NodedEdges) -> np.ndarray:
    return shapely.linestrings(lonlat(pieces.points)[pieces.ends])


def segments(pieces: NodedEdges) -> set[frozenset]:
    return {frozenset(map(tuple, line.coords)) for line in lines(pieces)}


def meet_at_ends_only(pieces: NodedEdges) -> bool:
    """Pieces without an end in common do not intersect, by the exact predicates of GEOS."""
    own = lines(pieces)
    one, other = shapely.STRtree(own).query(own, predicate="intersects")
    apart = (one < other) & ~(pieces.ends[one][:, :, None] == pieces.ends[other][:, None, :]).any(axis=(1, 2))
    return not apart.any()


def test_two_squares_that_cross():
    pieces = noded([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)])
    assert len(pieces.ends) == 12
    assert frozenset({(2.0, 1.0), (2.0, 2.0)}) in segments(pieces)
    assert pieces.parts.sum(axis=1).tolist() == [1] * 12


def test_borders_along_one_another_become_one_piece_of_both():
    pieces = noded([shapely.box(0, 0, 1, 3), shapely.box(1, 1, 2, 2)])
    shared = [frozenset(map(tuple, line.coords)) for line in lines(pieces)].index(frozenset({(1.0, 1.0), (1.0, 2.0)}))
    assert pieces.parts.sum(axis=1)[shared] == 2
    assert len(pieces.ends) == 4 + 2 + 3


def test_edges_are_shared_whatever_the_direction_of_rings():
    backward = shapely.Polygon(WEST.exterior.coords[::-1])
    found = edges(np.array([WEST, backward, WEST], dtype=object), tolerance_deg=0)
    assert found.number.tolist() == [0, 1, 0]
    assert len(found.ends) == 4
    assert found.area_km2 == pytest.approx(area_km2([WEST, backward]))


@pytest.mark.parametrize("shape", [BIG, HOLED, shapely.MultiPolygon([shapely.box(20, 0, 21, 1), HOLED])])
def test_areas_are_those_of_the_polygons_whatever_the_direction_of_rings(shape):
    turned = np.array([shape, shapely.orient_polygons(shape), shapely.orient_polygons(shape, exterior_cw=True), shapely.reverse(shape)])
    found = edges(turned, tolerance_deg=0)
    assert found.area_km2[found.number] == pytest.approx(area_km2(turned), rel=1e-12)


def test_an_edge_gone_along_and_back_is_no_border():
    spike = shapely.Polygon([(0, 0), (1, 0), (2, 0), (1, 0), (1, 1)])
    found = edges(np.array([spike], dtype=object), tolerance_deg=0)
    assert sorted(np.abs(found.along.toarray()[0])) == [0, 1, 1, 1]


@settings(max_examples=60)
@given(
    st.integers(0, 2**31),
    st.integers(2, 8),
    st.sampled_from([0, 1e-14, 1e-13, 1e-12, 2e-12, 1e-11, 1e-9, 1e-6]),
    st.sampled_from([0.1, 1, 50]),
)
def test_cutting_ends_and_leaves_nothing_that_crosses(seed, count, jitter, size):
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 20))
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * rng.uniform(0.2, 1, 20)[:, None] * size + 10
    pieces = noded([shapely.polygons(ring + rng.normal(0, jitter, ring.shape) if jitter else ring) for _ in range(count)])
    assert meet_at_ends_only(pieces)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=6, max_size=24), st.floats(0, 3))
def test_collinear_borders_turned_by_an_angle(corners, turn):
    boxes = [shapely.box(*one, *other) for one, other in zip(corners[::2], corners[1::2], strict=False)]
    boxes = [box for box in boxes if box.area]
    turned = [shapely.transform(box, lambda at: lonlat(at.view(complex).ravel() * np.exp(1j * turn) / 7)) for box in boxes]
    if turned:
        assert meet_at_ends_only(noded(turned))


def test_a_vertex_on_an_edge_cuts_it():
    pieces = noded([shapely.box(0, 0, 1, 1), shapely.Polygon([(1 + TOUCH_DEG / 2, 0.5), (2, 0), (2, 1)])])
    ends = np.count_nonzero(pieces.ends == pieces.ends.ravel()[np.argmin(np.abs(pieces.points[pieces.ends.ravel()] - (1 + 0.5j)))])
    assert ends == 4


@given(st.lists(st.complex_numbers(max_magnitude=1e3), max_size=30), st.lists(st.integers(0, 5), min_size=2, max_size=30))
def test_numbers_are_those_of_first_sight(points, integers):
    given = np.array([*points, *points[::-1]], dtype=complex) + 0.0
    number, distinct = number_points(given)
    assert np.array_equal(distinct[number], given)
    assert distinct.tolist() == list(dict.fromkeys(given.tolist()))
    one, other = np.array(integers[:-1]), np.array(integers[1:])
    pair, pairs = number_pairs(one, other, 6)
    assert np.array_equal(pairs[pair], np.sort([one, other], axis=0).T)
