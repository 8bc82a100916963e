"""The page in English, Arabic and French: words, direction, place names, digits, and how a language is chosen."""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from pathlib import Path

import pytest

from geo import timeline
from geo.load import load_series
from geo.page import page_html

TINY = Path(__file__).parents[1] / "data" / "tiny.geojson"
LANGUAGES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((timeline.VIEWER / "text").glob("*.json"))}
MOMENT = "#datetime=2015-05-21&definition=control"

WORDS = """() => {
  const texts = [];
  for (const part of document.querySelectorAll('.summary, .panel, dialog')) {
    const copy = part.cloneNode(true);
    for (const other of copy.querySelectorAll('select option:not([selected]), .language, .about-sources, textarea, .table-places')) other.remove();
    const walker = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) texts.push(walker.currentNode.textContent);
    for (const named of [copy, ...copy.querySelectorAll('[title], [aria-label]')]) texts.push(named.title, named.ariaLabel ?? '');
  }
  return texts.filter((text) => text.trim());
}"""


def shown(page, selector: str) -> str:
    return page.locator(selector).inner_text()


def western(text: str) -> str:
    """The text with digits of any script as 0-9."""
    return "".join(str(unicodedata.digit(char)) if char.isdigit() and char not in "²" else char for char in text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("screen", "width", "height"), [("desktop", 1280, 800), ("phone", 390, 844)])
def test_screenshots(pages, bundled, artefacts, language, screen, width, height):
    page = pages.open(bundled, f"{MOMENT}&lang={language}", width=width, height=height)
    page.screenshot(path=artefacts / f"{screen}-{language}.png")
    inside = page.evaluate(
        """() => [...document.querySelectorAll('.summary :is(p, dd, dt, button, select), .controls :is(button, select)')]
          .filter((part) => part.checkVisibility())
          .map((part) => part.getBoundingClientRect())
          .every((box) => box.left >= 0 && box.right <= innerWidth)"""
    )
    assert inside
    assert page.evaluate("() => document.documentElement.scrollWidth") == width


def test_arabic_has_no_english_left(pages, bundled):
    """Letters that remain are names and units that Arabic writes so too."""
    page = pages.open(bundled, f"{MOMENT}&lang=ar&compare=2014-06-30")
    for name in ("about", "share", "table"):
        page.locator(f".{name}-open").click()
        page.keyboard.press("Escape")
    latin = {word for text in page.evaluate(WORDS) for word in re.findall(r"[A-Za-z][\w.]*", text)}
    allowed = {"WGS", "IHS", "RAND", "CC", "BY", "LGPL", "Natural", "Earth", "GeoNames", "UCDP", "GED", "GSHHG", "YBS", "embed.js", "Enter"}
    build = page.evaluate("() => JSON.parse(document.querySelector('[id$=_settings]').textContent).build")
    assert {word for word in latin if word not in allowed and word not in build} == set()


def test_arabic_runs_from_right_to_left_and_time_does_not(pages, bundled):
    page = pages.open(bundled, f"{MOMENT}&lang=ar")
    assert page.evaluate("() => [document.documentElement.lang, map_page.getContainer().dir]") == ["ar-SY", "rtl"]
    assert page.title() == "أراضي تنظيم الدولة الإسلامية في سوريا والعراق"
    assert page.locator(".summary").bounding_box()["x"] > 900
    before = page.locator(".chart-dot").get_attribute("cx")
    page.locator(".chart-slider").focus()
    page.keyboard.press("PageUp")
    assert float(page.locator(".chart-dot").get_attribute("cx")) > float(before)
    assert western(shown(page, ".summary-date")) == "21 حزيران 2015"


@pytest.mark.parametrize(
    ("tag", "date", "area"),
    [
        ("en", "21 May 2015", "90,500 km²"),
        ("en-US", "May 21, 2015", "90,500 km²"),
        ("fr", "21 mai 2015", "90\u202f500 km²"),
        ("ar", "٢١ أيار ٢٠١٥", "٩٠٬٥٠٠ كم²"),
        ("ar-IQ", "٢١ أيار ٢٠١٥", "٩٠٬٥٠٠ كم²"),
        ("ar-MA", "21 ماي 2015", "90.500 كم²"),
    ],
)
def test_dates_and_digits_follow_the_region(pages, bundled, tag, date, area):
    page = pages.open(bundled, f"{MOMENT}&lang={tag}")
    assert (shown(page, ".summary-date"), shown(page, ".summary-area")) == (date, area)


@pytest.mark.parametrize(
    ("browser", "hash_", "expected"),
    [
        ("ar-EG", MOMENT, "ar-EG"),
        ("fr-FR", MOMENT, "fr-FR"),
        ("de-DE", MOMENT, "en-GB"),
        ("ar-EG", MOMENT + "&lang=fr", "fr-FR"),
        ("fr-FR", MOMENT + "&lang=xx", "fr-FR"),
        ("en-GB", MOMENT + "&lang=__proto__", "en-GB"),
        ("en-GB", MOMENT + "&lang=ar_SY%3Cb%3E", "en-GB"),
    ],
)
def test_the_address_chooses_before_the_browser_and_english_comes_last(pages, bundled, browser, hash_, expected):
    page = pages.open(bundled, hash_, locale=browser)
    assert page.evaluate("() => document.documentElement.lang") == expected


@pytest.mark.parametrize(("language", "name"), [("en", "Raqqa"), ("fr", "Raqqa"), ("ar", "الرقة")])
def test_map_labels_stand_at_their_places_in_the_language(pages, bundled, language, name):
    page = pages.open(bundled, f"#datetime=2015-05-21&view=8/35.9/39&lang={language}")
    box = page.locator(".map-label", has_text=re.compile(f"^{name}$")).bounding_box()
    x, y = page.evaluate("() => { const at = map_page.latLngToContainerPoint([35.953, 39.008]); return [at.x, at.y]; }")
    dot = box["x"] + box["width"] - 4 if language == "ar" else box["x"] + 4
    assert (dot, box["y"] + box["height"] / 2) == pytest.approx((x, y), abs=3)


def test_place_card_leads_with_the_readers_name(pages, bundled):
    names = {}
    for language in ("en", "ar"):
        page = pages.open(bundled, f"#datetime=2015-06-01&definition=land&view=9/34.562/38.284&lang={language}")
        box = page.locator("#map_page").bounding_box()
        page.mouse.click(box["width"] / 2, box["height"] / 2)
        names[language] = (shown(page, ".place-name"), page.locator(".place-name-other").all_inner_texts())
        if language == "ar":
            assert "الحكومة السورية" in shown(page, ".place")
    assert names == {"en": ("Palmyra (Tadmur)", ["تدمر"]), "ar": ("تدمر", ["Palmyra (Tadmur)"])}


def test_choosing_a_language_keeps_the_moment(pages, bundled):
    page = pages.open(bundled, "#datetime=2016-08-12&definition=belts&compare=2015-05-21&view=8.25/36.1/38.2")
    area = shown(page, ".summary-area")
    page.locator(".language select").select_option("ar")
    page.wait_for_function("() => document.documentElement.lang === 'ar-SY' && document.querySelector('[data-ready]')")
    assert western(shown(page, ".summary-date")) == "12 آب 2016"
    assert re.sub(r"\D", "", western(shown(page, ".summary-area")).replace("²", "")) == re.sub(r"\D", "", area.replace("²", ""))
    for word in ("lang=ar", "definition=belts", "compare=2015-05-21", "view=8.25/36.100/38.200"):
        assert word in page.evaluate("() => location.hash")


def test_text_without_translation_says_which_language_it_is_in(pages, tmp_path):
    path = tmp_path / "tiny.html"
    path.write_text(page_html(load_series(TINY)), encoding="utf-8")
    page = pages.open(path, "#lang=ar")
    assert shown(page, ".summary-title") == "Unit squares"
    assert page.locator(".summary-title").evaluate("(title) => [title.lang, title.dir]") == ["", "auto"]


def test_a_new_file_of_words_is_a_new_language(pages, tmp_path, monkeypatch):
    """No code knows the languages; words that a file lacks are said in English."""
    viewer = tmp_path / "viewer"
    shutil.copytree(timeline.VIEWER, viewer)
    words = {"language": "Deutsch", "locale": "de-DE", "direction": "ltr", "play": "Abspielen"}
    (viewer / "text" / "de.json").write_text(json.dumps(words), encoding="utf-8")
    monkeypatch.setattr(timeline, "VIEWER", viewer)
    path = tmp_path / "tiny.html"
    path.write_text(page_html(load_series(TINY)), encoding="utf-8")
    page = pages.open(path, "#datetime=2015-01-15", locale="de-AT")
    assert page.get_by_role("button", name="Abspielen").count() == 1
    assert page.get_by_role("button", name="Step back").count() == 1
    assert shown(page, ".language select option:checked") == "Deutsch"
    assert shown(page, ".summary-date") == "15. Jänner 2015"
