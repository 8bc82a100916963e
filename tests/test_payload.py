"""The payload: the contract between Python and the page, and what it must carry."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.arcs import OUTSIDE, arcs
from geo.generalize import generalize
from geo.load import load_definitions, load_series
from geo.overlay import faces
from geo.payload import contents, payload

DATA = Path(__file__).parent / "data"
GOLDEN = DATA / "payload.json"


@pytest.fixture(scope="module")
def tiny():
    return load_series(DATA / "tiny.geojson")


def test_contract_is_the_golden_file(tiny, regenerate):
    header, coordinates = contents([tiny], base_map=False)
    found = {"header": header, "coordinates": coordinates.hex()}
    if regenerate:
        GOLDEN.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_packing_is_length_header_coordinates(tiny):
    raw = gzip.decompress(base64.b64decode(payload((tiny,), base_map=False)))
    header, coordinates = contents([tiny], base_map=False)
    length = int.from_bytes(raw[:4], "little")
    assert json.loads(raw[4 : 4 + length]) == header
    assert raw[4 + length :] == coordinates


def test_same_input_same_text(tiny):
    assert payload((tiny,)) == payload((tiny,))


def test_curve_is_the_series_measured(tiny):
    layer = contents([tiny], base_map=False)[0]["definitions"][0]["layers"][0]
    days = np.cumsum(layer["curve"]["days"])
    cut = faces(tiny, "Red")
    for reading in ("recorded", "certain", "possible"):
        dates = [date.fromordinal(tiny.first.toordinal() + int(day)) for day in days]
        assert layer["curve"][reading] == pytest.approx(cut.areas(dates, reading), abs=6e-4)
    assert layer["curve"]["certain"] != layer["curve"]["possible"]


def test_bundled_payload_stays_small():
    assert len(payload(load_definitions())) < 620_000


def test_bundled_faces_agree_with_the_series():
    series = load_definitions()
    header, _ = contents(series)
    for one, definition in zip(series, header["definitions"], strict=True):
        (layer,) = definition["layers"]
        cut = faces(one, "Islamic State")
        assert layer["face_km2"] == pytest.approx(cut.area_km2, abs=1e-6)
        assert sorted(row for rows in layer["face_records"] for row in rows) == sorted(
            {row for rows in layer["face_records"] for row in rows}
        )


# --- arcs


def rebuilt(found, count):
    """Area of each face on the grid, from the signed areas under the arcs beside it."""
    areas = [0.0] * count
    for arc in found:
        x, y = arc.points[:, 0].astype(float), arc.points[:, 1].astype(float)
        under = float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)
        if arc.left != OUTSIDE:
            areas[arc.left] += under
        if arc.right != OUTSIDE:
            areas[arc.right] -= under
    return areas


def test_two_squares_share_one_arc():
    found = arcs([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], 1)
    assert sorted((arc.left, arc.right) for arc in found) == [(0, OUTSIDE), (0, 1), (1, OUTSIDE)]


def test_a_ring_and_what_fills_it():
    hole = shapely.box(1, 1, 2, 2)
    found = arcs([shapely.box(0, 0, 3, 3).difference(hole), hole], 1)
    assert sorted((arc.left, arc.right) for arc in found) == [(0, OUTSIDE), (0, 1)]
    assert rebuilt(found, 2) == [8, 1]


def test_nothing_gives_nothing():
    assert arcs([], 1) == []


def test_what_collapses_on_the_grid_leaves_no_arc():
    assert arcs([shapely.box(0, 0, 0.2, 0.2)], 1) == []


def test_squares_that_touch_at_a_corner_stay_apart():
    found = arcs([shapely.box(0, 0, 1, 1), shapely.box(1, 1, 2, 2)], 1)
    assert rebuilt(found, 2) == [1, 1]


@pytest.mark.parametrize("definition", ["towns", "belts", "control", "land"])
def test_arcs_enclose_the_generalized_faces(definition):
    polygons = generalize(faces(load_series(definition=definition)).polygon)
    found = arcs(list(polygons), 1e-5)
    expected = shapely.area(polygons) * 1e10
    assert rebuilt(found, len(polygons)) == pytest.approx(expected, rel=2e-2, abs=4e3)


# --- generalize


@pytest.mark.parametrize(("definition", "kept"), [("towns", 0.9), ("land", 0.97)])
def test_generalizing_keeps_every_face_and_the_joins(definition, kept):
    polygons = faces(load_series(definition=definition)).polygon
    simple = generalize(polygons)
    assert not shapely.is_empty(simple).any()
    assert shapely.coverage_is_valid(simple)
    assert shapely.get_num_coordinates(simple).sum() < kept * shapely.get_num_coordinates(polygons).sum()
    assert shapely.area(simple).sum() == pytest.approx(shapely.area(polygons).sum(), rel=5e-3)
