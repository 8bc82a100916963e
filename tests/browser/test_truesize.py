"""Outlines at true size: dragged by mouse, touch and keys, and measured where they land."""

from __future__ import annotations

import json
from pathlib import Path

import pyproj
import pytest
import shapely

from geo.load import load_series
from geo.measure import area_km2
from geo.outlines import outlines
from geo.page import page_html
from geo.tables import area_table

KM2 = {outline.id: outline.area_km2 for outline in outlines()}

DRAWN = """() => {
  let rings = null;
  map_page.eachLayer((layer) => { if (layer.options.className === "truesize-shape") rings = layer.getLatLngs(); });
  return rings.map(([ring]) => ring.map(({ lat, lng }) => [lng, lat]));
}"""


@pytest.fixture
def tool(pages, bundled):
    """Opens the page with the tool open and the map where there is room from the equator to 60° N."""

    def opened(hash_="#datetime=2015-11-02", view=None, **options):
        page = pages.open(bundled, hash_, **options)
        page.get_by_role("button", name="Compare sizes", exact=True).click()
        if view:
            page.evaluate("([lat, lon, zoom]) => map_page.setView([lat, lon], zoom, { animate: false })", view)
        return page

    return opened


def drawn(page) -> list[shapely.Polygon]:
    return [shapely.Polygon(ring) for ring in page.evaluate(DRAWN)]


def area(page) -> float:
    return float(area_km2(drawn(page)).sum())


def centre(page) -> tuple[float, float]:
    west, south, east, north = shapely.total_bounds(drawn(page))
    return (west + east) / 2, (south + north) / 2


def middle(page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def at(page, lat: float, lon: float) -> tuple[float, float]:
    point = page.evaluate("([lat, lon]) => { const p = map_page.latLngToContainerPoint([lat, lon]); return [p.x, p.y] }", [lat, lon])
    return point[0], point[1]


def drag(page, start, end):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*((a + b) / 2 for a, b in zip(start, end, strict=True)))
    page.mouse.move(*end)
    page.mouse.up()


def longest(polygons: list[shapely.Polygon]) -> float:
    """Distance in km between the northern and the southern tip of an outline."""
    points = shapely.get_coordinates(max(polygons, key=shapely.area))
    (a, b), (c, d) = points[points[:, 1].argmax()], points[points[:, 1].argmin()]
    return pyproj.Geod(ellps="WGS84").inv(a, b, c, d)[2] / 1000


@pytest.mark.parametrize("name", sorted(KM2))
def test_area_is_true_from_the_equator_to_60_north(tool, artefacts, name):
    page = tool(view=(32, 41, 4), height=1500)
    page.locator(".truesize-chosen select").select_option(name)
    errors, lengths = {}, []
    for lat in (0, 30, 60):
        drag(page, middle(page, ".truesize-grip"), at(page, lat, 41))
        errors[lat] = area(page) / KM2[name] - 1
        lengths.append(longest(drawn(page)))
    (artefacts / f"truesize-{name}.json").write_text(json.dumps(errors) + "\n")
    assert all(abs(error) < 0.005 for error in errors.values()), errors
    assert max(lengths) / min(lengths) - 1 < 0.005
    page.screenshot(path=artefacts / f"truesize-60-{name}.png")


def test_turning_keeps_area_and_place(tool):
    page = tool()
    before, place = area(page), middle(page, ".truesize-grip")
    knob = middle(page, ".truesize-knob")
    drag(page, knob, (place[0] + 80, place[1]))
    assert page.locator(".truesize-knob").get_attribute("aria-valuenow") == "90"
    assert middle(page, ".truesize-grip") == place
    west, south, east, north = shapely.total_bounds(drawn(page))
    assert east - west > north - south
    assert area(page) == pytest.approx(before, rel=2e-3)


def test_the_outline_itself_can_be_dragged_and_the_map_stays(tool):
    page = tool()
    view = page.evaluate("() => [map_page.getZoom(), map_page.getCenter().lat, map_page.getCenter().lng]")
    lon, lat = centre(page)
    start = at(page, lat - 1.2, lon + 0.8)
    drag(page, start, (start[0] + 100, start[1] - 60))
    after = centre(page)
    assert after[0] > lon + 1
    assert after[1] > lat + 0.5
    assert page.evaluate("() => [map_page.getZoom(), map_page.getCenter().lat, map_page.getCenter().lng]") == view


def test_touch_drags_it(tool):
    page = tool(width=390, height=844, has_touch=True, is_mobile=True)
    lon, _ = centre(page)
    x, y = middle(page, ".truesize-grip")
    session = page.context.new_cdp_session(page)
    for kind, dx in (("touchStart", 0), ("touchMove", 20), ("touchMove", 60), ("touchEnd", None)):
        points = [] if dx is None else [{"x": x + dx, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert centre(page)[0] > lon + 1


def test_keys_and_buttons_move_and_turn_it(tool):
    page = tool()
    page.locator(".truesize-grip").focus()
    lon, lat = centre(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    moved = centre(page)
    assert moved[0] > lon
    assert moved[1] > lat
    page.keyboard.press("Shift+ArrowRight")
    assert 0 < centre(page)[0] - moved[0] < moved[0] - lon
    page.locator(".truesize-knob").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowLeft")
    assert page.locator(".truesize-knob").get_attribute("aria-valuetext") == "4°"
    page.get_by_role("button", name="Turn left").click()
    assert page.locator(".truesize-knob").get_attribute("aria-valuenow") == "359"
    before = centre(page)
    page.get_by_role("button", name="Move left").click()
    assert centre(page)[0] < before[0]


def test_it_says_how_many_times_it_fits_with_the_range(tool):
    page = tool("#datetime=2017-10-17&definition=control")
    fits = page.locator(".truesize-fits")
    row = area_table([load_series(definition="control")], [load_series().day("2017-10-17")]).iloc[0]
    page.locator(".truesize-chosen select").select_option("wales")
    said = fits.inner_text()
    times, low, high = (f"{row[name] / KM2['wales']:.2g}" for name in ("area_km2", "area_certain_km2", "area_possible_km2"))
    assert said == f"Wales fits {times} times into the land held on 17 Oct 2017. Given uncertain dates, {low} to {high}."
    page.evaluate("() => { location.hash = 'datetime=2018-01-15' }")
    page.wait_for_function("() => document.querySelector('.truesize-fits').textContent.includes('15 Jan 2018')")
    assert "uncertain" not in fits.inner_text()
    page.evaluate("() => { location.hash = 'datetime=2019-02-07' }")
    page.wait_for_function("() => document.querySelector('.truesize-fits').textContent.includes('7 Feb 2019')")
    assert "The land held on 7 Feb 2019 is 1/8," in fits.inner_text()


@pytest.mark.parametrize(("name", "width", "height"), [("desktop", 1280, 800), ("phone", 390, 844), ("narrow", 360, 740)])
def test_everything_is_in_sight(tool, artefacts, name, width, height):
    page = tool(width=width, height=height)
    page.screenshot(path=artefacts / f"truesize-{name}.png")
    card = page.locator(".card-truesize").bounding_box()
    panel, summary = page.locator(".panel").bounding_box(), page.locator(".summary").bounding_box()
    assert card["x"] >= 0
    assert card["x"] + card["width"] <= width
    assert card["y"] + card["height"] <= panel["y"] + 1
    assert card["y"] >= summary["y"] + summary["height"] or card["x"] >= summary["x"] + summary["width"]
    x, y = middle(page, ".truesize-grip")
    assert page.evaluate("([x, y]) => document.elementFromPoint(x, y).className", [x, y]).startswith("truesize-handle")


def test_it_closes_and_keeps_its_place(tool):
    page = tool()
    page.get_by_role("button", name="Move left").click()
    place = centre(page)
    page.keyboard.press("Escape")
    opener = page.get_by_role("button", name="Compare sizes", exact=True)
    assert opener.evaluate("button => button === document.activeElement")
    assert opener.get_attribute("aria-expanded") == "false"
    assert page.locator(".truesize-shape, .truesize-handle").count() == 0
    opener.click()
    assert centre(page) == pytest.approx(place)


def test_a_series_of_ones_own_has_it_too(pages, tmp_path):
    path = tmp_path / "tiny.html"
    path.write_text(page_html(load_series(Path(__file__).parents[1] / "data" / "tiny.geojson")), encoding="utf-8")
    page = pages.open(path)
    page.get_by_role("button", name="Compare sizes", exact=True).click()
    assert area(page) == pytest.approx(KM2["great_britain"], rel=2e-3)
    assert page.get_by_role("button", name="Story").count() == 0
