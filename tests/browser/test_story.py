"""The story on the page: stepped through by button, key and link, on a desk and on a phone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo.load import load_series
from geo.page import page_html

TINY = Path(__file__).parents[1] / "data" / "tiny.geojson"
STORY = load_series().story


def text(page, selector: str) -> str:
    return page.locator(selector).inner_text()


def spoken(day) -> str:
    return f"{day.day} {day:%B %Y}"


def test_the_button_opens_it_and_next_leads_to_the_end(pages, bundled):
    page = pages.open(bundled)
    page.get_by_role("button", name="Story", exact=True).click()
    for number, step in enumerate(STORY, 1):
        assert text(page, ".card-story .card-title") == step.title
        assert text(page, ".story-words") == step.text
        assert text(page, ".story-count") == f"{number} of {len(STORY)}"
        assert text(page, ".summary-date") == spoken(step.day)
        assert text(page, ".segment[aria-pressed=true]").lower() == step.definition
        assert page.locator(".summary-sentence").is_visible() == (step.compare is not None)
        links = {link.get_attribute("href") for link in page.locator(".story-sources a").all()}
        assert len(links) == len({source.url for source in step.sources})
        if number < len(STORY):
            page.get_by_role("button", name="Next", exact=True).click()
    assert page.get_by_role("button", name="Next", exact=True).get_attribute("aria-disabled") == "true"
    page.get_by_role("button", name="Back", exact=True).click()
    assert text(page, ".summary-date") == spoken(STORY[-2].day)


def test_keys_step_and_escape_closes(pages, bundled):
    page = pages.open(bundled)
    page.get_by_role("button", name="Story", exact=True).focus()
    page.keyboard.press("Enter")
    for key, number in (
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("Enter", 2),
        ("ArrowLeft", 1),
        ("ArrowLeft", 0),
        ("ArrowLeft", 0),
    ):
        page.keyboard.press(key)
        assert text(page, ".card-story .card-title") == STORY[number].title, key
    page.keyboard.press("Escape")
    assert not page.locator(".card-story").is_visible()
    assert page.evaluate("() => document.activeElement.textContent") == "Story"
    page.wait_for_function("() => location.hash.includes('datetime=') && !location.hash.includes('story')")


def test_a_link_opens_a_step_and_is_kept(pages, bundled):
    page = pages.open(bundled, "#story=3")
    assert text(page, ".card-story .card-title") == STORY[2].title
    assert text(page, ".summary-date") == spoken(STORY[2].day)
    page.get_by_role("button", name="Next", exact=True).click()
    page.wait_for_function("() => location.hash.includes('story=4')")
    again = pages.open(bundled, page.evaluate("() => location.hash"))
    for selector in (".summary-date", ".summary-area", ".story-words"):
        assert text(again, selector) == text(page, selector)
    other = pages.open(bundled, "#story=3&datetime=2016-01-01&view=7/35/40")
    assert text(other, ".summary-date") == "1 January 2016"
    assert text(other, ".card-story .card-title") == STORY[2].title
    assert other.evaluate("() => [map_page.getZoom(), map_page.getCenter().lat]") == [7, 35]


@pytest.mark.parametrize("link", ["#story=0", "#story=99", "#story=-1", "#story=two", "#story=1.5", "#story=", "#story=toString"])
def test_a_step_that_is_not_there_opens_nothing(pages, bundled, link):
    page = pages.open(bundled, link)
    assert not page.locator(".card-story").is_visible()
    assert text(page, ".summary-date") == "30 June 2014"


def test_stepping_stops_playing(pages, bundled):
    page = pages.open(bundled, "#story=1")
    page.locator(".button-play").click()
    page.get_by_role("button", name="Next", exact=True).click()
    assert page.locator(".button-play").get_attribute("aria-label") == "Play"


@pytest.mark.parametrize(("name", "width", "height"), [("desktop", 1280, 800), ("phone", 390, 844), ("narrow", 360, 740)])
def test_every_step_leaves_room_for_the_map(pages, bundled, artefacts, name, width, height):
    page = pages.open(bundled, "#story=1", width=width, height=height)
    for number in range(1, len(STORY) + 1):
        if number in (3, 5, 11, 12):
            page.screenshot(path=artefacts / f"story-{name}-{number}.png")
        card, summary, panel = (page.locator(selector).bounding_box() for selector in (".card-story", ".summary", ".panel"))
        assert card["x"] >= 0
        assert card["x"] + card["width"] <= width
        assert card["y"] + card["height"] <= panel["y"] + 1, number
        beside = card["x"] >= summary["x"] + summary["width"] + 250
        below = card["y"] >= summary["y"] + summary["height"] + 90
        assert beside or below, number
        page.locator(".story-step").last.press("ArrowRight")


def test_the_land_of_a_step_is_in_sight(pages, bundled):
    """The middle of the step's extent is on the map, not under a card."""
    for width, height in ((1280, 800), (390, 844)):
        page = pages.open(bundled, "#story=1", width=width, height=height)
        for step in STORY:
            west, south, east, north = step.bbox
            under = page.evaluate(
                "([lat, lon]) => { const p = map_page.latLngToContainerPoint([lat, lon]);"
                " return Boolean(document.elementFromPoint(p.x, p.y).closest('.summary, .cards, .panel')) }",
                [(south + north) / 2, (west + east) / 2],
            )
            assert not under, step.title
            page.locator(".story-step").last.press("ArrowRight")


def test_a_series_of_ones_own_tells_its_own(pages, tmp_path):
    collection = json.loads(TINY.read_text(encoding="utf-8"))
    steps = [
        {"date": "2015-02-01", "title": "<b>Three</b>", "text": "Squares & a hole.", "compare": "2015-01-10", "bbox": [0, 0, 4, 1]},
        {"date": "2015-03-01", "text": "Fewer.", "sources": [{"publisher": "A paper"}, {"url": "javascript:alert(1)", "publisher": "Bad"}]},
    ]
    path = tmp_path / "told.geojson"
    path.write_text(json.dumps({**collection, "story": steps}), encoding="utf-8")
    html = tmp_path / "told.html"
    html.write_text(page_html(load_series(path)), encoding="utf-8")
    page = pages.open(html, "#story=1")
    assert text(page, ".card-story .card-title") == "<b>Three</b>"
    assert text(page, ".story-words") == "Squares & a hole."
    assert page.locator(".gained").get_attribute("d") != ""
    page.get_by_role("button", name="Next", exact=True).click()
    assert text(page, ".story-sources") == "A paper; Bad"
    assert page.locator(".story-sources a").count() == 0
    assert text(page, ".summary-date") == "1 March 2015"
