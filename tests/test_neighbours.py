"""Rows held on the same day that overlap or leave a sliver, against all pairs one by one and by hand."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapes import BIG, EAST, FAR_EAST, HOLE, PAIR, WEST, series_of, square

from geo.measure import area_km2
from geo.neighbours import contacts
from geo.validation import validate

HELD = ("2015-01-01", "2016-01-01")
CRACKED = shapely.box(1.0005, 0, 2, 1)
"""EAST, but for a strip of some 50 m beside WEST."""
STRIP_KM2 = float(area_km2([shapely.box(1, 0, 1.0005, 1)])[0])


def found(*rows):
    """Contacts of rows of (geometry, valid_from, valid_to, actor)."""
    return list(contacts(series_of(rows), np.arange(len(rows))))


def slivers(*shapes, actors="ABCD"):
    """(row, message) of the slivers that `validate` finds among shapes held on the same days."""
    issues = validate(series_of([(shape, *HELD, actor) for shape, actor in zip(shapes, actors, strict=False)]))
    return [(issue.row, issue.message) for issue in issues if issue.check == "sliver"]


boxes = st.builds(
    lambda west, south, width, height: shapely.box(west, south, west + width, south + height),
    *[st.integers(0, 4)] * 2,
    *[st.integers(1, 3)] * 2,
)
spans = st.tuples(st.integers(1, 12), st.integers(1, 6)).map(lambda at: (f"2015-01-{at[0]:02}", f"2015-01-{at[0] + at[1]:02}"))


@given(st.lists(st.tuples(boxes, spans, st.sampled_from(["Red", "Blue"])), max_size=9))
def test_the_pairs_with_land_in_common_are_those_found_one_by_one(rows):
    series = series_of([(shape, *span, actor) for shape, span, actor in rows])
    start, end = series.spans("recorded").T
    naive = {
        (one, other): shapely.intersection(series.geometry[one], series.geometry[other]).area
        for one, other in combinations(range(len(rows)), 2)
        if max(start[one], start[other]) < min(end[one], end[other])
    }
    pairs = list(contacts(series, np.arange(len(rows))))
    assert len({(pair.one, pair.other) for pair in pairs}) == len(pairs)
    assert {(pair.one, pair.other): pair.common.area for pair in pairs if pair.common.area} == pytest.approx(
        {pair: area for pair, area in naive.items() if area}
    )


def test_each_day_is_looked_at_by_itself_and_the_same_pair_of_polygons_once(monkeypatch):
    looked_at, intersected = [], []
    edges, intersection = shapely.coverage_invalid_edges, shapely.intersection
    monkeypatch.setattr(shapely, "coverage_invalid_edges", lambda shapes, **by: looked_at.append(len(shapes)) or edges(shapes, **by))
    monkeypatch.setattr(shapely, "intersection", lambda one, other: intersected.append(one) or intersection(one, other))
    days = [f"2015-{month:02}-01" for month in range(1, 13)]
    for land, checks, pairs in (((WEST, EAST), [2] * 11, 0), ((PAIR, shapely.box(1, 0, 3, 1)), [2] * 11, 1)):
        looked_at.clear()
        intersected.clear()
        rows = [(shape, start, end, "Red") for start, end in pairwise(days) for shape in land]
        assert len(found(*rows)) == 11 * pairs
        assert (looked_at, len(intersected)) == (checks, pairs)


def test_a_gap_less_than_a_hundred_metres_wide_between_two_actors_is_a_sliver():
    ((row, message),) = slivers(WEST, CRACKED)
    assert row == 1
    assert message.startswith(f"{STRIP_KM2:.3f} km² between it and row 0 (A) are held by nobody, in a gap less than 0.001 degrees wide")


@pytest.mark.parametrize(
    "shapes",
    [
        (WEST, EAST),
        (WEST, FAR_EAST),
        (WEST, shapely.box(1.0015, 0, 2, 1)),
        (BIG.difference(HOLE), HOLE),
        (WEST, shapely.Polygon([(1, 0), (2, 0), (2, 1)])),
        (shapely.Point(0, 0).buffer(1, 64), shapely.Point(2, 0).buffer(1, 64)),
        (WEST, square(1, 1)),
        (WEST, CRACKED, shapely.box(1, 0, 1.0005, 1)),
    ],
    ids=["neighbours", "apart", "wider", "hole", "wedge", "discs that touch", "corner", "held by a third"],
)
def test_other_gaps_are_none(shapes):
    assert slivers(*shapes) == []


def test_a_gap_within_one_actor_or_between_days_is_none():
    assert slivers(WEST, CRACKED, actors="AA") == []
    assert found((WEST, "2015-01-01", "2015-02-01", "A"), (CRACKED, "2015-02-01", "2015-03-01", "B")) == []


def test_a_border_drawn_twice_gives_strips_and_gaps():
    wavy = shapely.Polygon([(1, 0), (2, 0), (2, 1), (1, 1), (1.0008, 0.7), (0.9998, 0.5), (1.0008, 0.3)])
    kinds = [message.split(" km² ")[1].split()[0] for _, message in slivers(WEST, wavy)]
    assert kinds == ["are", "between"]
