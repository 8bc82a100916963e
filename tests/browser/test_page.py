"""The page in a real browser: offline, scrubbed, played, linked to, on a phone."""

from __future__ import annotations

import json
import re
import statistics
from datetime import date
from pathlib import Path

import folium
import pytest

from geo.compare import change_between
from geo.load import load_definitions, load_series
from geo.page import page_html
from geo.tables import area_table
from geo.timeline import TerritoryTimeline

DATA = Path(__file__).parents[1] / "data"


def text(page, selector: str) -> str:
    return page.locator(selector).inner_text()


def path_of(page, selector: str) -> str:
    return page.locator(selector).first.get_attribute("d")


def km2(words: str) -> float:
    return float(words.replace(",", "").split(" ")[0])


def to_day(page, day: str) -> None:
    page.evaluate("day => { location.hash = 'datetime=' + day }", day)
    spoken = f"{int(day[8:])} "
    page.wait_for_function("start => document.querySelector('.summary-date').textContent.startsWith(start)", arg=spoken)


def test_file_is_small(bundled):
    assert bundled.stat().st_size < 900_000


def test_same_input_same_page(bundled):
    assert page_html(load_definitions(), definition="control") == bundled.read_text(encoding="utf-8")


def test_opens_on_the_baseline_without_the_network(pages, bundled):
    page = pages.open(bundled)
    assert text(page, ".summary-date") == "30 June 2014"
    assert len(path_of(page, ".held")) > 1000
    assert page.title() == "Territory of the Islamic State in Syria and Iraq"


DAYS = ["2014-06-30", "2015-11-02", "2017-07-13", "2019-02-07"]


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize(("name", "width", "height"), [("desktop", 1280, 800), ("phone", 390, 844)])
def test_screenshots(pages, bundled, artefacts, regenerate, day, name, width, height):
    page = pages.open(bundled, f"#datetime={day}", width=width, height=height)
    picture = page.screenshot(path=artefacts / f"{name}-{day}.png")
    if regenerate and day == "2015-11-02":
        (DATA / f"page-{name}.png").write_bytes(picture)
    assert len(picture) > 50_000
    covered = page.evaluate(
        "() => { const top = document.querySelector('.summary').getBoundingClientRect();"
        " const low = document.querySelector('.panel').getBoundingClientRect(); return [top.bottom, low.top, innerHeight] }"
    )
    assert covered[0] < covered[1] <= covered[2]


@pytest.mark.parametrize("definition", ["towns", "belts", "control", "land"])
def test_figures_are_those_of_python(pages, bundled, definition):
    page = pages.open(bundled, f"#definition={definition}")
    days = ["2014-06-30", "2015-12-14", "2017-06-26", "2018-12-15", "2019-02-07"]
    table = area_table([load_series(definition=definition)], [date.fromisoformat(day) for day in days])
    for day, expected in zip(days, table["area_km2"], strict=True):
        to_day(page, day)
        assert km2(text(page, ".summary-area")) == pytest.approx(expected, rel=6e-3)


def test_dragging_the_chart_moves_the_date_and_keeps_the_map(pages, bundled):
    page = pages.open(bundled)
    view = page.evaluate("() => [map_page.getZoom(), map_page.getCenter().lat, map_page.getCenter().lng]")
    box = page.locator(".chart-slider").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 40)
    page.mouse.down()
    seen = set()
    for x in range(300, 1000, 50):
        page.mouse.move(box["x"] + x, box["y"] + 40)
        seen.add(text(page, ".summary-date"))
    page.mouse.up()
    assert len(seen) == 14
    assert page.evaluate("() => [map_page.getZoom(), map_page.getCenter().lat, map_page.getCenter().lng]") == view
    before = text(page, ".summary-date")
    page.mouse.move(box["x"] + 200, box["y"] + 40)
    assert text(page, ".summary-date") == before


def test_touch_on_the_chart_moves_the_date(pages, bundled):
    page = pages.open(bundled, width=390, height=844, has_touch=True, is_mobile=True)
    box = page.locator(".chart-slider").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] * 0.7, box["y"] + 40)
    assert "2017" in text(page, ".summary-date")


def test_keyboard(pages, bundled):
    page = pages.open(bundled, "#datetime=2014-06-30")
    slider = page.locator(".chart-slider")
    slider.focus()
    expected = [("ArrowRight", "1 July 2014"), ("ArrowLeft", "30 June 2014"), ("PageUp", "30 July 2014"), ("PageDown", "30 June 2014")]
    for key, day in [*expected, ("End", "31 March 2019"), ("Home", "1 July 2013")]:
        page.keyboard.press(key)
        assert text(page, ".summary-date") == day, key
    page.locator(".choice select").first.select_option("day")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert text(page, ".summary-date") == "2 July 2013"
    assert slider.get_attribute("aria-valuetext") == "2 July 2013, 0 square kilometres, 0 per cent of peak"


def test_every_control_is_reached_by_tab_and_shows_focus(pages, bundled):
    page = pages.open(bundled)
    reached = []
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => [document.activeElement.className, getComputedStyle(document.activeElement).outlineStyle]"))
    names = {name.split(" ")[0] for name, _ in reached}
    assert {"segment", "menu-button", "button", "chart-slider"} <= names
    assert all(outline != "none" for name, outline in reached if name)


def test_play_runs_and_pauses(pages, bundled):
    page = pages.open(bundled, "#datetime=2014-06-01")
    page.locator(".chart-slider").focus()
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('.summary-date').textContent.match(/July|August|September/)")
    page.keyboard.press("Space")
    stopped = text(page, ".summary-date")
    page.wait_for_timeout(250)
    assert text(page, ".summary-date") == stopped
    page.locator(".button-play").click()
    page.wait_for_function("day => document.querySelector('.summary-date').textContent !== day", arg=stopped)


def test_play_stops_at_the_end(pages, bundled):
    page = pages.open(bundled, "#datetime=2019-03-20")
    page.locator(".button-play").click()
    page.wait_for_function("() => document.querySelector('.button-play').ariaLabel === 'Play'")
    assert text(page, ".summary-date") == "31 March 2019"
    assert path_of(page, ".held") == ""


def test_steps_and_events(pages, bundled):
    page = pages.open(bundled, "#datetime=2014-06-30")
    page.get_by_role("button", name="Next event").click()
    assert text(page, ".summary-date") == "3 July 2014"
    assert "Mayadin" in text(page, ".caption")
    page.get_by_role("button", name="Last event").click()
    assert text(page, ".summary-date") == "29 June 2014"
    assert page.locator(".event-ring").count() == 1
    tick = page.locator(".chart-event").nth(30)
    tick.hover()
    assert page.locator(".chart-note").is_visible()
    note = text(page, ".chart-note")
    tick.click()
    assert note.startswith(text(page, ".summary-date"))


def test_switching_definition_keeps_date_and_view(pages, bundled):
    page = pages.open(bundled, "#datetime=2015-11-02&view=7.5/34.9/40.9")
    views, areas = set(), []
    for name in ("towns", "belts", "control", "land"):
        page.get_by_role("button", name=name, exact=True).click()
        views.add(page.evaluate("() => [map_page.getZoom(), map_page.getCenter().lat, map_page.getCenter().lng].join()"))
        assert text(page, ".summary-date") == "2 November 2015"
        areas.append(km2(text(page, ".summary-area")))
    assert len(views) == 1
    assert areas == sorted(areas)
    assert "desert included" in text(page, ".summary-definition")


def test_link_reopens_the_same_moment(pages, bundled):
    page = pages.open(bundled, "#datetime=2016-08-12&definition=belts&compare=2015-05-21&view=8.25/36.1/38.2")
    page.locator(".chart-slider").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => location.hash.includes('datetime=2016-08-1') && !location.hash.includes('2016-08-12')")
    link = page.evaluate("() => location.hash")
    assert "definition=belts" in link
    assert "compare=2015-05-21" in link
    assert "view=8.25/36.100/38.200" in link
    again = pages.open(bundled, link)
    for selector in (".summary-date", ".summary-area", ".summary-sentence"):
        assert text(again, selector) == text(page, selector)
    assert path_of(again, ".lost") == path_of(page, ".lost") != ""


@pytest.mark.parametrize("link", ["#datetime=03/04/2015", "#datetime=2015-02-30&definition=nonsense&view=a/b/c", "#compare=x", "#%"])
def test_broken_links_open_the_page_all_the_same(pages, bundled, link):
    page = pages.open(bundled, link)
    assert text(page, ".summary-date") == "30 June 2014"


def test_clicking_land_tells_its_place_and_links_its_sources(pages, bundled):
    page = pages.open(bundled, "#datetime=2015-06-01&definition=land&view=9/34.562/38.284")
    box = page.locator("#map_page").bounding_box()
    page.mouse.click(box["width"] / 2, box["height"] / 2)
    card = page.locator(".place")
    assert "Palmyra" in card.inner_text()
    assert "Held from 20 May 2015 to 27 March 2016" in card.inner_text()
    assert "Syrian government" in card.inner_text()
    links = [link.get_attribute("href") for link in card.locator("a").all()]
    assert links
    assert all(link.startswith("http") for link in links)
    assert path_of(page, ".chosen") != ""
    page.mouse.click(box["width"] / 2, 40)


def test_month_precision_is_said_not_invented(pages, bundled):
    page = pages.open(bundled)
    said = page.evaluate(
        """async () => {
          const { PlaceCard } = await import("#viewer/place.js");
          return typeof PlaceCard;
        }"""
    )
    assert said == "function"
    page = pages.open(bundled, "#datetime=2014-10-15&definition=land&view=9/36.95/40.2")
    row = next(r for r in load_series(definition="land").records if r.valid_to_precision == "month" and r.valid_from_precision == "day")
    lon, lat = next(g.representative_point().coords[0] for g, r in zip(*_rows(), strict=True) if r is row or r == row)
    page.evaluate("([lat, lon]) => map_page.fire('click', { latlng: L.latLng(lat, lon) })", [lat, lon])
    assert f"to some day in {row.valid_to:%B %Y}" in text(page, ".place")


def _rows():
    series = load_series(definition="land")
    return series.geometry, series.records


def test_uncertain_land_is_hatched(pages, bundled):
    page = pages.open(bundled, "#datetime=2017-10-17&definition=control")
    assert len(path_of(page, ".doubt")) > 100
    assert "given uncertain dates" in text(page, ".summary-range")
    to_day(page, "2018-01-15")
    assert path_of(page, ".doubt") == ""
    assert text(page, ".summary-range") == "no uncertain dates on this day"


def test_compare_says_what_changed_either_way_round(pages, bundled, artefacts):
    page = pages.open(bundled, "#datetime=2017-10-17&definition=land&compare=2015-05-21")
    sentence = text(page, ".summary-sentence")
    assert sentence.startswith("Between 21 May 2015 and 17 Oct 2017 it lost ")
    gained, lost = path_of(page, ".gained"), path_of(page, ".lost")
    assert gained != "" != lost
    page.screenshot(path=artefacts / "desktop-compare.png")
    other = pages.open(bundled, "#datetime=2015-05-21&definition=land&compare=2017-10-17")
    assert text(other, ".summary-sentence") == sentence
    assert path_of(other, ".gained") == gained
    other.get_by_role("button", name="Stop comparing").click()
    assert other.locator(".lost").count() == 0
    assert not other.locator(".summary-sentence").is_visible()


@pytest.mark.parametrize("pair", [("2015-05-21", "2017-10-17"), ("2014-06-05", "2014-06-20"), ("2017-06-26", "2014-07-15")])
def test_compared_figures_and_their_ranges_are_those_of_python(pages, bundled, pair):
    page = pages.open(bundled, f"#datetime={pair[1]}&definition=control&compare={pair[0]}")
    change = change_between(load_series(definition="control"), *sorted(pair))
    assert re.search(r"gained ([\d,.]+) km²", text(page, ".summary-sentence"))
    said = page.locator(".summary-sentence").get_attribute("title")
    shown = [float(number.replace(",", "")) for number in re.findall(r"([\d,.]+) km²", said)]
    (_, lost_low, lost_high), (_, gained_low, gained_high) = change.lost.areas, change.gained.areas
    assert shown == pytest.approx([lost_low, lost_high, gained_low, gained_high], rel=6e-3, abs=0.006)


def test_the_last_pocket_can_be_found(pages, bundled):
    page = pages.open(bundled, "#datetime=2019-02-07")
    assert page.locator(".locator").count() == 1
    page.get_by_role("button", name="Zoom to the land held").click()
    page.wait_for_function("() => map_page.getZoom() === 12")
    assert page.locator(".locator").count() == 0


def test_phone_of_360_has_everything_inside(pages, bundled, artefacts):
    page = pages.open(bundled, width=360, height=740, has_touch=True, is_mobile=True)
    page.screenshot(path=artefacts / "phone-360.png")
    for selector in (".button", ".choice select", ".segment", ".summary-area", ".chart"):
        for box in [item.bounding_box() for item in page.locator(selector).all()]:
            assert box["x"] >= 0, selector
            assert box["x"] + box["width"] <= 360, selector
    assert page.evaluate("() => document.documentElement.scrollWidth") == 360


def test_sources_and_method(pages, bundled):
    page = pages.open(bundled)
    page.get_by_role("button", name="Sources and method").click()
    dialog = page.locator("dialog.about")
    assert "Thiessen" in dialog.inner_text() or "nearer to it than to any other place" in dialog.inner_text()
    assert dialog.locator(".about-sources a").count() > 300
    page.keyboard.press("Escape")
    assert not dialog.is_visible()


STEPS = """async () => {
  const slider = document.querySelector(".chart-slider");
  const press = (key) => slider.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const times = [];
  for (const segment of document.querySelectorAll(".segment")) {
    segment.click();
    press("Home");
    for (let last = null; last !== slider.ariaValueNow; ) {
      last = slider.ariaValueNow;
      const before = performance.now();
      press("ArrowRight");
      times.push(performance.now() - before);
      if (times.length % 8 === 0) await new Promise(requestAnimationFrame);
    }
  }
  return times;
}"""


def test_stepping_reaches_every_change(pages, bundled, artefacts):
    """Steps through all change dates of all definitions; the times are written down, not judged (machines are shared)."""
    page = pages.open(bundled)
    times = sorted(page.evaluate(STEPS))
    assert len(times) > 4 * 600
    measured = {"steps": len(times), "median_ms": statistics.median(times), "p95_ms": times[int(len(times) * 0.95)]}
    (artefacts / "step-times.json").write_text(json.dumps(measured) + "\n")
    assert text(page, ".summary-date") == "23 March 2019"


def test_plugin_works_on_any_folium_map(chromium, tmp_path):
    """A plain folium map links remote files; with those served as nothing but Leaflet, the plugin runs on it."""
    figure = folium.Map(tiles=None)
    TerritoryTimeline(load_series(DATA / "tiny.geojson")).add_to(figure)
    path = tmp_path / "map.html"
    figure.save(path)
    leaflet = (Path(__file__).parents[2] / "geo" / "viewer" / "vendor" / "leaflet.js").read_text(encoding="utf-8")
    page = chromium.new_page()

    def answer(route):
        if route.request.url == path.as_uri():
            route.continue_()
        elif route.request.url.endswith("leaflet.js"):
            route.fulfill(body=leaflet, content_type="text/javascript")
        else:
            route.abort()

    page.route("**/*", answer)
    page.goto(path.as_uri())
    page.wait_for_selector("[data-ready]")
    assert text(page, ".summary-title") == "Unit squares"
    assert text(page, ".summary-definition").startswith("As given")
    assert len(path_of(page, ".held")) > 10
    page.close()
