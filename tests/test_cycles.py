"""Faces from borders: what covers them, their areas and their polygons, by hand and against shapely."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import SLIVER, WEST
from test_overlay import block

from geo.cycles import Cut, cut_plane, polygons
from geo.measure import area_km2
from geo.noding import edges, lonlat, node


def cut(shapes) -> Cut:
    borders = edges(np.array(shapes, dtype=object), tolerance_deg=0)
    return cut_plane(borders, node(borders))


def frame(west: float, size: float, width: float) -> shapely.Geometry:
    """A square with a square hole."""
    return shapely.box(west, west, west + size, west + size).difference(
        shapely.box(west + width, west + width, west + size - width, west + size - width)
    )


def nested(count: int) -> list[shapely.Geometry]:
    """Frames in the holes of frames, none touching another."""
    return [frame(number, 2 * (count - number), 0.5) for number in range(count)]


def touching(count: int) -> list[shapely.Geometry]:
    """Squares in a row that touch at corners, in a hole that touches them too."""
    row = shapely.multipolygons([shapely.box(at, at, at + 1, at + 1) for at in range(1, count + 1)])
    return [shapely.box(0, 0, count + 2, count + 2).difference(row), row]


GROUPS = {
    "pockets in pockets": nested(4),
    "one polygon with pockets in pockets": [shapely.union_all(nested(4))],
    "rings that touch": touching(3),
    "apart, on one latitude": [shapely.box(at, 0, at + 1, 1 + at % 2) for at in range(0, 10, 2)],
    "islands level with the vertices around them": [shapely.box(0, 0, 4, 4), shapely.Polygon([(1, 2), (2, 1), (3, 2), (2, 3)])],
    "a hole and an island in it that fills half": [frame(0, 3, 1), shapely.box(1, 1, 1.5, 2)],
    "a sliver": [WEST, SLIVER],
    "a fan whose blades share a vertex": [shapely.Polygon([(0, 0), (3, at), (3, at + 1)]) for at in range(-3, 3)],
}


@pytest.mark.parametrize("shapes", GROUPS.values(), ids=GROUPS)
def test_faces_of_difficult_neighbours(shapes):
    check(shapes)


@settings(max_examples=50)
@given(st.lists(block().filter(lambda shape: not shape.is_empty), min_size=1, max_size=6))
def test_faces_of_random_blocks(shapes):
    check(shapes)


@settings(max_examples=50)
@given(st.integers(0, 2**31), st.integers(1, 6), st.booleans())
def test_faces_of_random_stars_with_pockets(seed, count, in_turn):
    rng = np.random.default_rng(seed)
    shapes = []
    for _ in range(count):
        angle = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(4, 30)))
        spread = rng.uniform(0.2, 1, len(angle)) * np.exp(1j * angle)
        star, inner = shapely.polygons(lonlat(spread + 40 + 30j)), shapely.polygons(lonlat(spread * rng.uniform(0.2, 0.9) + 40 + 30j))
        if star.is_valid and star.contains_properly(inner):
            shapes.append(star.difference(inner) if in_turn else star)
    check(shapes)


def check(shapes) -> None:
    """Faces are disjoint and sum up to every polygon, have the areas of their polygons, and lie where their edges say."""
    if not shapes:
        return
    found = cut(shapes)
    drawn = polygons(found)
    assert shapely.is_valid(drawn).all()
    assert found.area_km2 == pytest.approx(area_km2(drawn), rel=1e-9, abs=1e-9)
    assert found.area_km2.sum() == pytest.approx(area_km2([shapely.union_all(shapes)])[0], rel=1e-9)
    covers = found.covers.toarray()
    numbers = edges(np.array(shapes, dtype=object), tolerance_deg=0).number
    for number, shape in zip(numbers, shapes, strict=True):
        assert shapely.union_all(drawn[covers[number]]).symmetric_difference(shape).area < 1e-9 * shape.area
    middle = (found.start + found.end) / 2
    aside = 1e-9j * (found.end - found.start) / np.abs(found.end - found.start)
    sides = np.append(drawn, shapely.box(*shapely.total_bounds(drawn)).buffer(1).difference(shapely.union_all(drawn)))
    for face, at in ((found.left, middle + aside), (found.right, middle - aside)):
        assert (shapely.distance(sides[face], shapely.points(lonlat(at))) < 1e-9).all()


def test_rows_alike_are_one_polygon():
    assert cut([WEST, WEST]).covers.toarray().tolist() == [[True]]


def test_no_polygons_have_no_faces():
    found = cut([])
    assert found.area_km2.shape == (0,)
    assert found.covers.shape == (0, 0)
    assert polygons(found).shape == (0,)
