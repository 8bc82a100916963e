"""Several actors, and series of many dates, on the page: colours, who holds what, what passed, what overlaps, other regions."""

from __future__ import annotations

import json
from datetime import date

import pytest
from benchmarks.archive import series as front_line

from geo.compare import change_between
from geo.load import load_series
from geo.page import page_html
from geo.tables import area_table


def row(actor, west, south, east, north, valid_from, valid_to):
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {"actor": actor, "valid_from": valid_from, "valid_to": valid_to},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


ROWS = [
    row("Ash", 70, 0, 72, 2, "2015-01-01", "2015-06-01"),
    row("Ash", 70, 0, 71, 2, "2015-06-01", "2016-01-01"),
    row("Birch", 72, 0, 74, 2, "2015-01-01", "2015-06-01"),
    row("Birch", 71, 0, 74, 2, "2015-06-01", "2016-01-01"),
    row("Cedar", 71, 1.5, 73, 3, "2015-03-01", "2016-01-01"),
]
"""Birch takes a quarter of the land of Ash in June; Cedar overlaps both from March on."""


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    folder = tmp_path_factory.mktemp("actors")
    (folder / "three.geojson").write_text(json.dumps({"type": "FeatureCollection", "title": "Three sides", "features": ROWS}))
    series = load_series(folder / "three.geojson")
    (folder / "three.html").write_text(page_html(series), encoding="utf-8")
    return series, folder / "three.html"


@pytest.fixture(scope="module")
def front(tmp_path_factory):
    series = front_line(30)
    path = tmp_path_factory.mktemp("front") / "front.html"
    path.write_text(page_html(series), encoding="utf-8")
    return series, path


def text(page, selector):
    return page.locator(selector).inner_text()


def km2(words):
    return float(words.replace(",", "").split(" ")[0])


def legend(page):
    """km² by actor, as the read-out lists them."""
    return {item.locator(".actor-name").inner_text(): km2(item.locator("b").inner_text()) for item in page.locator(".actor").all()}


def test_legend_has_the_areas_of_the_date(pages, three):
    series, path = three
    page = pages.open(path, "#datetime=2015-07-01")
    table = area_table([series], [date(2015, 7, 1)])
    expected = dict(zip(table["actor"], table["area_km2"], strict=True))
    found = legend(page)
    assert list(found) == ["Birch", "Cedar", "Ash"]
    assert found == pytest.approx(expected, rel=6e-3)


def test_every_actor_has_a_colour_of_its_own_on_map_and_legend(pages, three):
    page = pages.open(three[1], "#datetime=2015-07-01")
    fills = page.evaluate("() => [...document.querySelectorAll('path.held')].map((path) => getComputedStyle(path).fill)")
    assert len(set(fills)) == 3
    classes = page.evaluate("() => [...document.querySelectorAll('.actor')].map((item) => item.className.split(' ')[1])")
    assert len(set(classes)) == 3


def test_compare_tells_what_passed_to_whom(pages, three, artefacts):
    page = pages.open(three[1], "#datetime=2015-07-01&compare=2015-02-01")
    passed = {item.locator("span").inner_text(): km2(item.locator("b").inner_text()) for item in page.locator(".summary-passed li").all()}
    quarter = change_between(three[0], "2015-02-01", "2015-07-01", actor="Ash").lost.area_km2 * 3 / 4
    assert passed["Ash to Birch"] == pytest.approx(quarter, rel=6e-3)
    assert set(passed) == {"Ash to Birch", "Ash to Birch + Cedar", "Birch to Birch + Cedar"}
    assert page.locator(".taken").count() == 3
    page.screenshot(path=artefacts / "actors-compare.png")


def test_overlap_is_hatched_and_measured(pages, three):
    page = pages.open(three[1], "#datetime=2015-02-01")
    assert page.locator(".contested").count() == 0
    page.evaluate("() => { location.hash = 'datetime=2015-04-01' }")
    page.wait_for_function("() => document.querySelectorAll('path.contested').length === 2")
    assert "held by more than one" in text(page, ".summary-key")


def test_choosing_an_actor_shows_its_figures_and_stays_in_the_link(pages, three):
    series, path = three
    page = pages.open(path, "#datetime=2015-07-01&compare=2015-02-01")
    assert not page.locator(".summary-area").is_visible()
    page.locator(".actor", has_text="Ash").click()
    lost = change_between(series, "2015-02-01", "2015-07-01", actor="Ash").lost.area_km2
    assert f"lost {round(lost, -2):,.0f} km²" in text(page, ".summary-sentence")
    assert "lost to Birch" in text(page, ".summary-passed")
    page.wait_for_function("() => location.hash.includes('actor=Ash')")
    again = pages.open(path, page.evaluate("() => location.hash"))
    assert text(again, ".summary-sentence") == text(page, ".summary-sentence")
    again.locator(".actor[aria-pressed=true]").click()
    assert not again.locator(".summary-area").is_visible()


def test_land_is_named_below_the_pointer_and_by_a_click(pages, three):
    page = pages.open(three[1], "#datetime=2015-07-01&view=7/1/72")
    x, y = page.evaluate("() => { const { x, y } = map_page.latLngToContainerPoint([0.5, 70.5]); return [x, y] }")
    page.mouse.move(x, y)
    page.wait_for_selector(".leaflet-tooltip.actor-name")
    assert text(page, ".leaflet-tooltip.actor-name") == "Ash"
    page.mouse.click(x, y)
    assert text(page, ".place-name") == "Ash"
    assert "Held from 1 January 2015 to 1 January 2016" in text(page, ".place")


def test_every_actor_is_in_the_text_and_on_paper(pages, three):
    series, path = three
    page = pages.open(path, "#datetime=2015-07-01&compare=2015-02-01")
    days = [date(2015, 1, 1), date(2015, 2, 1), date(2015, 7, 1), series.last]
    areas = area_table([series], days).pivot(index="actor", columns="date", values="area_km2")
    page.get_by_role("button", name="Data as text").click()
    table = page.locator("dialog[open] .table-areas").first
    assert table.locator("thead th").count() == 1 + len(days)
    found = {
        row.locator("th").inner_text().strip(): [km2(cell) for cell in row.locator("td").all_inner_texts()]
        for row in table.locator("tbody tr").all()
    }
    assert list(found) == ["Birch", "Cedar", "Ash"]
    for actor, cells in found.items():
        assert cells == pytest.approx(areas.loc[actor].tolist(), rel=6e-3)
    page.keyboard.press("Escape")
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert [name.strip() for name in page.locator(".sheet .table-areas tbody th").all_inner_texts()] == list(found)


def test_elsewhere_the_map_has_no_land_of_syria_but_a_net(pages, front):
    page = pages.open(front[1])
    assert page.locator(".base-graticule").count() == 1
    assert page.locator(".base-focus").count() == 0
    assert page.locator(".map-label").count() == 0


def test_a_front_line_day_by_day(pages, front, artefacts):
    """The figures of the page are those of Python on any two of its days; what is drawn is one polygon a day."""
    series, path = front
    page = pages.open(path)
    for a, b in [(0, 1), (4, 29), (11, 12)]:
        days = [series.records[number].valid_from.isoformat() for number in (a, b)]
        page.evaluate("([a, b]) => { location.hash = `datetime=${b}&compare=${a}` }", days)
        page.wait_for_function(
            "([a, b]) => location.hash.includes(b) && document.querySelector('.summary-sentence').checkVisibility()", arg=days
        )
        change = change_between(series, *days)
        ledger = page.evaluate(
            """async ([a, b]) => {
              const { decode } = await import("#viewer/payload.js");
              const { Ledger } = await import("#viewer/ledger.js");
              const model = await decode(document.querySelector("[id$=_payload]").textContent);
              const day = (text) => (Date.parse(text) - Date.parse(model.first)) / 86400000;
              return new Ledger(model.definitions[0].pieces, model.records).compare(null, day(a), day(b));
            }""",
            days,
        )
        for part in ("gained", "lost"):
            assert ledger[part]["recorded"] == pytest.approx(getattr(change, part).area_km2, abs=0.01)
    assert page.locator("path.held").count() == 1
    page.screenshot(path=artefacts / "front-line.png")
