"""WCAG 2.2 AA: axe-core on every view of the page, and by hand what it cannot see."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from geo.load import load_series
from geo.tables import area_table

axe = pytest.importorskip("axe_playwright_python", reason="axe is not installed: run `make test`")
AXE = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

PALMYRA = "#datetime=2015-06-01&definition=land&view=9/34.562/38.284"


def contrast(one: str, other: str) -> float:
    """Ratio of two opaque colours, #rrggbb, as WCAG defines it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted([luminance(one), luminance(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def blend(over: str, under: str, opacity: float) -> str:
    """What a translucent colour looks like above another."""
    parts = [round(opacity * int(over[i : i + 2], 16) + (1 - opacity) * int(under[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{part:02x}" for part in parts)


def findings(page) -> list[str]:
    page.evaluate(AXE)
    result = page.evaluate("tags => axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] })", TAGS)
    assert len(result["passes"]) > 15
    return [f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in result["violations"] for node in rule["nodes"]]


def open_dialog(page, name: str) -> None:
    page.locator(f".{name}-open").click()
    page.evaluate("() => document.querySelectorAll('details').forEach((part) => { part.open = true; })")


VIEWS = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
    "forced dark": {"forced_colors": "active", "color_scheme": "dark"},
    "phone": {"width": 360, "height": 740},
    "zoomed": {"width": 640, "height": 400},
}


@pytest.mark.parametrize(
    ("view", "hash_"),
    [
        *((view, "#datetime=2015-06-01&lang=en") for view in VIEWS),
        *((view, "#datetime=2016-06-01&compare=2014-06-30&lang=ar") for view in ("light", "dark", "phone")),
        *((view, "#controls=min&lang=fr") for view in ("light", "dark")),
    ],
)
def test_axe_finds_nothing_on_the_page(pages, bundled, view, hash_):
    assert findings(pages.open(bundled, hash_, **VIEWS[view])) == []


@pytest.mark.parametrize("view", ["light", "dark"])
@pytest.mark.parametrize(("name", "language"), [("about", "en"), ("share", "fr"), ("table", "ar")])
def test_axe_finds_nothing_in_dialogs(pages, bundled, view, name, language):
    page = pages.open(bundled, f"#datetime=2015-06-01&lang={language}", **VIEWS[view])
    open_dialog(page, name)
    assert findings(page) == []


@pytest.mark.parametrize("view", ["light", "dark"])
def test_axe_finds_nothing_on_the_card_of_a_place(pages, bundled, view):
    page = pages.open(bundled, PALMYRA, reduced_motion="reduce", **VIEWS[view])
    page.mouse.click(640, 400)
    assert findings(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_where_axe_cannot_tell(pages, bundled, scheme):
    """Text on translucent panels and over the map 4.5, marks and edges of controls 3."""
    page = pages.open(bundled, color_scheme=scheme)
    names = [
        "ink",
        "ink-soft",
        "paper",
        "accent",
        "held",
        "held-text",
        "sea",
        "land",
        "focus-land",
        "label",
        "edge",
        "tick",
        "future",
        "mark",
        "held-line",
        "border-line",
    ]
    colour = page.evaluate(
        "names => { const style = getComputedStyle(map_page.getContainer());"
        " return Object.fromEntries(names.map((name) => [name, style.getPropertyValue('--' + name).trim()])); }",
        names,
    )
    colour = {name: value if len(value) == 7 else "#" + "".join(2 * digit for digit in value[1:]) for name, value in colour.items()}
    held = blend(colour["held"], colour["focus-land"], 0.58)
    veils = [blend(colour["paper"], below, 0.93) for below in (colour["sea"], colour["land"], held, colour["border-line"])]
    for text in ("ink", "ink-soft", "accent", "held-text"):
        for ground in (colour["paper"], *veils):
            assert contrast(colour[text], ground) >= 4.5, (text, ground)
    for ground in (colour["land"], colour["focus-land"], held):
        assert contrast(colour["label"], ground) >= 4.5, ground
    assert contrast("#ffffff", colour["held"]) >= 4.5
    assert contrast(colour["paper"], colour["ink"]) >= 4.5
    for mark, ground in [
        ("edge", "paper"),
        ("tick", "paper"),
        ("held", "paper"),
        ("mark", "focus-land"),
        ("held-line", "focus-land"),
        ("accent", "land"),
    ]:
        assert contrast(colour[mark], colour[ground]) >= 3, mark


def test_the_slider_says_its_value_in_words(pages, bundled):
    page = pages.open(bundled, "#datetime=2015-12-14&definition=control")
    slider = page.get_by_role("slider", name="Date")
    page.wait_for_function("() => document.querySelector('.chart-slider').ariaValueText")
    (area_km2,) = area_table([load_series(definition="control")], [date(2015, 12, 14)])["area_km2"]
    spoken = rf"14 December 2015, {area_km2 / 1000:.1f} thousand square kilometres, \d\d per cent of peak"
    assert re.fullmatch(spoken, slider.get_attribute("aria-valuetext"))
    number = int(slider.get_attribute("aria-valuenow"))
    assert (int(slider.get_attribute("aria-valuemin")), number) == (0, (date(2015, 12, 14) - date(2013, 7, 1)).days)
    assert int(slider.get_attribute("aria-valuemax")) == (date(2019, 3, 31) - date(2013, 7, 1)).days


def test_nothing_is_announced_while_it_plays_and_once_when_it_rests(pages, bundled):
    page = pages.open(bundled, "#datetime=2014-06-01")
    page.evaluate(
        """() => {
          window.heard = [];
          const listen = new MutationObserver((changes) => changes.forEach(({ target, attributeName }) => heard.push(attributeName ?? target.textContent)));
          listen.observe(document.querySelector('.chart-slider'), { attributeFilter: ['aria-valuetext'] });
          listen.observe(document.querySelector('[role=status].unseen'), { childList: true });
        }"""
    )
    page.locator(".button-play").click()
    page.wait_for_function("() => document.querySelector('.summary-date').textContent.match(/August|September|October/)")
    assert page.evaluate("() => heard") == []
    page.locator(".button-play").click()
    page.wait_for_function("() => document.querySelector('[role=status].unseen').textContent")
    assert page.evaluate("() => heard") == ["aria-valuetext", page.locator(".chart-slider").get_attribute("aria-valuetext")]


def test_the_slider_is_not_doubled_by_the_live_region(pages, bundled):
    page = pages.open(bundled, "#datetime=2014-06-01")
    page.locator(".chart-slider").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(900)
    assert page.locator("[role=status].unseen").inner_text() == ""


def test_land_is_told_by_keyboard(pages, bundled):
    page = pages.open(bundled, PALMYRA)
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement === map_page.getContainer()")
    assert page.evaluate("() => getComputedStyle(map_page.getContainer(), '::after').borderRadius") == "50%"
    before = page.evaluate("() => map_page.getCenter().lng")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("before => map_page.getCenter().lng > before", arg=before)
    page.wait_for_timeout(500)
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(500)
    assert page.evaluate("() => map_page.getCenter().lng") == pytest.approx(before)
    page.keyboard.press("Enter")
    assert "Palmyra" in page.evaluate("() => document.activeElement.innerText")
    page.keyboard.press("Escape")
    assert page.evaluate("() => document.activeElement === map_page.getContainer()")
    page.locator(".place").wait_for(state="detached")


@pytest.mark.parametrize("name", ["about", "share", "table"])
def test_dialogs_by_keyboard(pages, bundled, name):
    page = pages.open(bundled)
    button = page.locator(f".{name}-open")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=button.inner_text())
    assert dialog.is_visible()
    assert page.evaluate("() => document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert button.evaluate("(button) => button === document.activeElement")


def test_the_table_says_what_the_chart_shows(pages, bundled):
    page = pages.open(bundled, "#datetime=2015-05-21&definition=belts")
    page.locator(".table-open").click()
    rows = [[cell.strip() for cell in row.split("\t")] for row in page.locator(".table-areas tbody").inner_text().split("\n")]
    assert rows[0][0] == "1 July 2013"
    assert [row[0] for row in rows if row[0].endswith("2015")] == [f"1 {date(2015, month, 1):%B} 2015" for month in range(1, 13)]
    days = [date(2013 + (6 + n) // 12, (6 + n) % 12 + 1, 1) for n in range(len(rows))]
    table = area_table([load_series(definition="belts")], days)
    for (_, area, range_, _), expected in zip(rows, table.to_dict("records"), strict=True):
        assert float(area.replace(",", "")) == pytest.approx(expected["area_km2"], rel=6e-3, abs=0.01)
        if range_ != "–":
            low, high = (float(part.replace(",", "")) for part in range_.split(" to "))
            assert low <= expected["area_km2"] * 1.006
            assert high >= expected["area_km2"] * 0.994
    assert "Fallujah falls to IS" in page.locator(".table-events").text_content()


def test_the_list_of_places_says_what_the_map_shows(pages, bundled):
    series = load_series(definition="belts")
    held = {record.name for record in series.at("2015-05-21").records}
    page = pages.open(bundled, "#datetime=2015-05-21&definition=belts")
    page.locator(".table-open").click()
    assert set(page.locator(".table-places li").all_text_contents()) == held


@pytest.mark.parametrize("view", ["light", "phone", "zoomed"])
def test_targets_are_large_enough_to_hit(pages, bundled, view):
    page = pages.open(bundled, **VIEWS[view])
    for name in (None, "share", "table", "about"):
        if name:
            open_dialog(page, name)
        small = page.evaluate(
            """() => [...document.querySelectorAll('button, select, summary, textarea, [role=slider], .leaflet-bar a, label:has(input)')]
              .filter((part) => part.checkVisibility() && (!document.querySelector('dialog[open]') || part.closest('dialog')))
              .map((part) => [part.className || part.textContent, part.getBoundingClientRect()])
              .filter(([, box]) => box.width < 24 || box.height < 24)
              .map(([name, box]) => `${name} ${box.width} x ${box.height}`)"""
        )
        assert small == [], name
        page.keyboard.press("Escape")


@pytest.mark.parametrize(("width", "height"), [(640, 400), (320, 256)])
def test_everything_is_reached_when_zoomed(pages, bundled, artefacts, width, height):
    """A window of 1280 x 800 or 1024 at 200 % and 400 %: nothing lies beyond the edge, what does not fit scrolls inside."""
    page = pages.open(bundled, "#datetime=2015-05-21", width=width, height=height)
    page.screenshot(path=artefacts / f"zoomed-{width}.png")
    assert page.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [width, height]
    for part in page.locator(".summary :is(button, select), .controls :is(button, select), .chart-slider").all():
        part.scroll_into_view_if_needed()
        part.focus()
        box = part.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert 0 <= box["y"] <= height - 10
        hit = part.evaluate(
            "(part) => { const box = part.getBoundingClientRect();"
            " return part.contains(document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(10, box.height / 2))); }"
        )
        assert hit, part.get_attribute("class")


def test_the_reader_may_zoom(bundled):
    viewports = re.findall(r'<meta name="viewport" content="([^"]*)"', bundled.read_text())
    assert viewports == ["width=device-width, initial-scale=1"]


def test_less_motion(pages, bundled):
    page = pages.open(bundled, "#datetime=2014-06-01&play=1", reduced_motion="reduce")
    page.wait_for_timeout(400)
    assert page.locator(".summary-date").inner_text() == "1 June 2014"
    moving = page.evaluate(
        "() => [...document.querySelectorAll('.timeline-map *')].filter((part) => {"
        " const style = getComputedStyle(part); return style.transitionDuration !== '0s' || style.animationName !== 'none'; }).length"
    )
    assert moving == 0


def test_forced_colours_keep_what_is_pressed_and_what_is_held_apart(pages, bundled, artefacts):
    page = pages.open(bundled, "#datetime=2015-05-21", forced_colors="active")
    page.screenshot(path=artefacts / "desktop-forced-colours.png")
    fill = "(part) => getComputedStyle(part).backgroundColor"
    pressed, other = (page.locator(f".segment[aria-pressed={state}]").first.evaluate(fill) for state in ("true", "false"))
    assert pressed != other
    land, held = (page.locator(selector).first.evaluate("(part) => getComputedStyle(part).fill") for selector in (".base-focus", ".held"))
    assert land != held


def test_dark_and_light_are_different_pictures_of_the_same(pages, bundled, artefacts):
    texts = set()
    for scheme in ("light", "dark"):
        page = pages.open(bundled, "#datetime=2015-05-21", color_scheme=scheme)
        page.screenshot(path=artefacts / f"desktop-{scheme}.png")
        ground = page.locator(".panel").evaluate("(panel) => getComputedStyle(panel).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", ground))) < 200) == (scheme == "dark")
        texts.add(page.locator(".summary").inner_text())
    assert len(texts) == 1
