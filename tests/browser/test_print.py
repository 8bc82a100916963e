"""The printed sheet: what is on it, that it fits the paper, and that it leaves the page as it was."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from geo.load import load_series
from geo.page import page_html
from geo.tables import area_table

STORY = load_series().story


def sheet(page, question: str):
    """Makes the sheet as printing does, and asks it something."""
    answer = page.evaluate(f"() => {{ dispatchEvent(new Event('beforeprint')); return ({question})(document.querySelector('.sheet')) }}")
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert page.locator(".sheet").count() == 0
    return answer


def paper(page, path: Path, **options) -> int:
    """Prints to a file, and to pictures where poppler is installed; returns the number of pages."""
    page.pdf(path=path, **options)
    if shutil.which("pdftoppm"):
        subprocess.run(["pdftoppm", "-r", "80", "-png", path, path.with_suffix("")], check=True)
    return len(re.findall(rb"/Type /Page\b", path.read_bytes()))


def km2(words: str) -> float:
    return float(words.replace(",", "").split(" ")[0])


def test_maps_and_table_show_the_figures_of_python(pages, bundled):
    page = pages.open(bundled, "#definition=land&datetime=2014-06-30")
    maps, rows = sheet(
        page,
        "(sheet) => [[...sheet.querySelectorAll('figcaption')].map((one) => one.textContent),"
        " [...sheet.querySelectorAll('tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))]",
    )
    table = area_table([load_series(definition="land")], [step.day for step in STORY])
    assert len(maps) == len(rows) == len(table) == 12
    for step, caption, cells, row in zip(STORY, maps, rows, table.itertuples(), strict=True):
        assert caption.startswith(f"{step.day.day} {step.day:%b}")
        assert cells[:2] == [f"{step.day.day} {step.day:%B %Y}", step.title]
        for words in (re.sub(r"^.* \d{4} ", "", caption), cells[2]):
            assert km2(words) == pytest.approx(row.area_km2, rel=6e-3)
        assert km2(cells[3].split(" to ")[-1]) == pytest.approx(row.area_possible_km2, rel=6e-3)


def test_the_day_shown_is_among_the_maps(pages, bundled):
    page = pages.open(bundled, "#datetime=2015-11-02")
    captions = sheet(page, "(sheet) => [...sheet.querySelectorAll('figcaption b')].map((one) => one.textContent)")
    assert len(captions) == 13
    assert captions[6] == "2 Nov 2015"


def test_maps_are_at_equal_scale_and_one_has_the_bar(pages, bundled):
    page = pages.open(bundled)
    boxes, widths, shifts, bars = sheet(
        page,
        "(sheet) => { const maps = [...sheet.querySelectorAll('.sheet-map svg')]; return ["
        "maps.map((map) => map.getAttribute('viewBox')), maps.map((map) => map.getBoundingClientRect().width),"
        "[...sheet.querySelectorAll('.sheet-map svg > g')].map((one) => one.getAttribute('transform')),"
        "[...sheet.querySelectorAll('.sheet-scale-label')].map((one) => one.textContent)] }",
    )
    assert len(set(boxes)) == len(set(shifts)) == 1
    assert max(widths) - min(widths) < 0.1
    assert bars == ["200 km"]


def test_title_definition_curve_sources_and_licence(pages, bundled):
    page = pages.open(bundled)
    words, curve = sheet(page, "(sheet) => [sheet.innerText, sheet.querySelector('.chart-past').getAttribute('d').length]")
    for wanted in (
        "Territory of the Islamic State",
        "Territorial control",
        "How we know this",
        "Long War Journal",
        "CC BY 4.0",
        "Natural Earth",
    ):
        assert wanted in words
    assert curve > 1000


@pytest.mark.parametrize(
    ("name", "most", "options"), [("a4", 2, {"format": "A4"}), ("letter-landscape", 4, {"format": "Letter", "landscape": True})]
)
def test_it_fits_the_paper(pages, bundled, artefacts, name, most, options):
    page = pages.open(bundled)
    assert 1 <= paper(page, artefacts / f"print-{name}.pdf", **options) <= most
    assert page.locator(".sheet").count() == 0
    assert page.locator(".summary").is_visible()
    page.locator(".chart-slider").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".summary-date").inner_text() == "1 July 2014"


def test_a_series_without_a_story_prints_even_dates(pages, tmp_path, artefacts):
    path = tmp_path / "tiny.html"
    path.write_text(page_html(load_series(Path(__file__).parents[1] / "data" / "tiny.geojson")), encoding="utf-8")
    page = pages.open(path)
    heads, maps = sheet(page, "(sheet) => [sheet.querySelectorAll('th').length, sheet.querySelectorAll('.sheet-map').length]")
    assert heads == 5
    assert 12 <= maps <= 13
    assert paper(page, artefacts / "print-tiny.pdf", format="A4") <= 2
