"""Two visitors of the real app, each with an upload of its own, in real Chromium."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from shapes import BOW_TIE, EAST, WEST

from geo import geojson

pytest.importorskip("streamlit")
PlaywrightTimeoutError = pytest.importorskip("playwright.sync_api").TimeoutError


@pytest.fixture(scope="module")
def app():
    from tests.browser.conftest import ROOT, served

    with served(ROOT / "app.py") as (address, _):
        yield address


def visitor(chromium, app: str, *, width: int = 1280, height: int = 800):
    """A visitor who has chosen to bring files; what it asks of other hosts is refused and counted."""
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="en-GB")
    page = context.new_page()
    page.foreign = []
    page.failed = []
    page.on("pageerror", lambda error: page.failed.append(str(error)))

    def refuse(route):
        if route.request.url.startswith((app, "data:", "blob:")):
            route.continue_()
        else:
            page.foreign.append(route.request.url)
            route.abort()

    page.route("**/*", refuse)
    page.goto(app)
    page.locator("iframe").wait_for()
    choice = page.get_by_role("button", name="Your own files").or_(page.get_by_role("radio", name="Your own files"))
    choice.click()
    with suppress(PlaywrightTimeoutError):  # the app may draw the choice anew just as it is clicked
        page.locator("input[type=file]").wait_for(state="attached", timeout=10_000)
        return page
    choice.click()
    return page


def upload(page, name: str, *features, **members) -> None:
    content = geojson.dumps([geojson.feature(shape, properties) for shape, properties in features], **members)
    page.locator("input[type=file]").set_input_files([{"name": name, "mimeType": "application/json", "buffer": content.encode()}])


def title(page) -> str:
    frame = page.frame_locator("iframe")
    frame.locator("[data-ready]").wait_for(timeout=60_000)
    return frame.locator(".summary-title, h1").first.inner_text()


def test_two_visitors_see_their_own_land_and_nobody_elses(chromium, app, artefacts):
    pages = [visitor(chromium, app), visitor(chromium, app, width=390, height=844)]
    for name, page in zip("AB", pages, strict=True):
        upload(page, "same.geojson", (WEST, {"date": "2015-01-01"}), (EAST, {"date": "2016-01-01"}), title=f"Land of {name}")
    for name, other, page in zip("AB", "BA", pages, strict=True):
        assert title(page) == f"Land of {name}"
        page.screenshot(path=artefacts / f"upload-{name}.png")
        assert f"Land of {other}" not in page.content()
        assert page.url.partition("?")[2] == ""
        assert (page.foreign, page.failed) == ([], [])
        page.context.close()


def test_hostile_text_of_a_file_asks_nothing_of_the_network(chromium, app):
    page = visitor(chromium, app)
    text = "![x](https://tracker.example/x.png) <img src=https://tracker.example/y.png> [a](javascript:alert(1)) $x$"
    land = [(shape, {"date": "2015-01-01", "actor": text, "source": "javascript:alert(1)"}) for shape in (BOW_TIE, EAST)]
    upload(page, "![z](tracker.example).geojson", *land, title=text)
    page.get_by_text(re.compile("Findings")).first.wait_for()
    assert "tracker.example" in title(page)
    for tab in ("Compare", "Sources", "Export"):
        page.get_by_role("tab", name=tab).click()
    page.wait_for_timeout(500)
    assert page.locator("img[src*=tracker], a[href*=javascript]").count() == 0
    assert (page.foreign, page.failed) == ([], [])
    page.context.close()


def test_a_zip_bomb_is_refused_and_the_bundled_series_comes_back(chromium, app, tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.geojson", b" " * 20_000_000)
    page = visitor(chromium, app)
    page.locator("input[type=file]").set_input_files(tmp_path / "bomb.zip")
    page.get_by_test_id("stAlert").get_by_text("200 times").wait_for()
    assert page.locator("iframe").count() == 0
    page.get_by_text("Islamic State, 2013–2019").click()
    assert "Islamic State" in title(page)
    assert "definition=control" in page.url
    assert (page.foreign, page.failed) == ([], [])
    page.context.close()
