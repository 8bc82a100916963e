"""The page inside other pages: by address, by message, as a file, as `srcdoc`, from another origin."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

NEWS, CHARTS, OTHERS = "https://news.example", "https://charts.example", "https://others.example"

FOLLOW = """() => {
  window.heard = [];
  addEventListener('message', (event) => heard.push({ origin: event.origin, ...event.data }));
}"""
SEND = "([message, origin]) => document.querySelector('iframe').contentWindow.postMessage(message, origin)"
SET = "territory-timeline:set"
STATE = "territory-timeline:state"


def shown(frame, selector: str = ".summary-date") -> str:
    return frame.locator(selector).inner_text()


@pytest.fixture
def site(chromium, bundled):
    """Serves pages of three origins from memory; the map is that of CHARTS. Opens a page of NEWS with given markup."""
    contexts, errors = [], []

    def open_page(markup: str, **options):
        context = chromium.new_context(viewport={"width": 1000, "height": 700}, locale="en-GB", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))

        def answer(route):
            url = route.request.url.partition("#")[0]
            body = {
                f"{CHARTS}/map.html": bundled.read_text(encoding="utf-8"),
                f"{NEWS}/": markup,
                f"{OTHERS}/": "<title>other</title>",
            }.get(url)
            if body is None:
                route.abort()
            else:
                route.fulfill(body=body, content_type="text/html; charset=utf-8")

        page.route("**/*", answer)
        page.goto(f"{NEWS}/")
        page.evaluate(FOLLOW)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def frame_of(page, selector: str = "iframe"):
    frame = page.frame_locator(selector)
    frame.locator("[data-ready]").wait_for()
    return frame


def embedded(hash_: str = "") -> str:
    return f'<!DOCTYPE html><title>news</title><iframe title="map" src="{CHARTS}/map.html{hash_}" width="900" height="600"></iframe>'


def wait_for_state(page, **fields) -> dict:
    page.wait_for_function(
        "wanted => { const last = heard.filter(({ type }) => type === 'territory-timeline:state').at(-1);"
        " return last && Object.entries(wanted).every(([name, value]) => last[name] === value); }",
        arg=fields,
    )
    return page.evaluate("() => heard.at(-1)")


# --- by address


def test_few_controls(pages, bundled, artefacts):
    page = pages.open(bundled, "#datetime=2015-05-21&controls=min", width=640, height=480)
    page.screenshot(path=artefacts / "frame-few-controls.png")
    for selector in (".summary-date", ".summary-area", ".button-play", ".chart-slider", ".about-open"):
        assert page.locator(selector).is_visible(), selector
    for selector in (".controls-choices", ".segments", ".share-open", ".table-open", ".language"):
        assert not page.locator(selector).is_visible(), selector
    page.locator(".chart-slider").focus()
    page.keyboard.press("End")
    page.wait_for_function("() => location.hash.includes('datetime=2019-03-31')")
    assert "controls=min" in page.evaluate("() => location.hash")


def test_plays_from_the_address_and_the_link_does_not_keep_it(pages, bundled):
    page = pages.open(bundled, "#datetime=2014-06-01&play=1")
    page.wait_for_function("() => document.querySelector('.summary-date').textContent.match(/July|August|September/)")
    page.evaluate("() => { location.hash = 'play=0' }")
    page.wait_for_function("() => document.querySelector('.button-play').ariaLabel === 'Play'")
    page.wait_for_function("() => location.hash.includes('datetime=')")
    assert "play" not in page.evaluate("() => location.hash")


# --- share and cite


class Frames(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict] = []

    def handle_starttag(self, tag, attrs):
        if tag == "iframe":
            self.found.append(dict(attrs))


def test_link_frame_and_citation(site):
    page = site(embedded("#datetime=2015-05-21&definition=land&view=7.5/34.9/40.9"))
    frame = frame_of(page)
    frame.locator(".share-open").click()
    link, markup, citation = (frame.locator(".share-field textarea").nth(n).input_value() for n in range(3))
    assert link == f"{CHARTS}/map.html#datetime=2015-05-21&definition=land&view=7.5/34.900/40.900"
    parser = Frames()
    parser.feed(markup)
    (attributes,) = parser.found
    assert attributes["src"] == link
    assert attributes["title"] == "Territory of the Islamic State in Syria and Iraq"
    frame.get_by_label("with few controls").check()
    again = site(f"<!DOCTYPE html><title>again</title>{frame.locator('.share-field textarea').nth(1).input_value()}")
    smaller = frame_of(again)
    assert shown(smaller) == "21 May 2015"
    assert not smaller.locator(".segments").is_visible()
    build = json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page.frames[1].content(), re.DOTALL)[1])["build"]
    start = "Territory of the Islamic State in Syria and Iraq: All land between, 21 May 2015 (data version "
    assert citation.startswith(start)
    assert f"build {build}; CC BY 4.0). {link} (seen on " in citation


def test_copying(site):
    page = site(embedded(), permissions=[])
    frame = frame_of(page)
    frame.locator(".share-open").click()
    frame.get_by_role("button", name="Copy: Citation").click()
    frame.locator(".share-status", has_text=re.compile("Copied|Selected")).wait_for()
    selected = (
        frame.locator(".share-field textarea").nth(2).evaluate("(area) => area.selectionEnd - area.selectionStart === area.value.length")
    )
    assert selected


def test_a_file_is_named_where_its_address_means_nothing_elsewhere(pages, bundled):
    page = pages.open(bundled)
    page.locator(".share-open").click()
    _, markup, citation = (page.locator(".share-field textarea").nth(n).input_value() for n in range(3))
    assert 'src="islamic-state.html#datetime=' in markup
    assert "file:" not in markup + citation


# --- by message


def test_the_parent_sets_and_follows(site):
    page = site(embedded("#definition=control"))
    frame = frame_of(page)
    page.evaluate(SEND, [{"type": SET, "datetime": "2015-05-21", "compare": "2014-06-30", "definition": "land", "view": "8/35/40"}, CHARTS])
    state = wait_for_state(page, datetime="2015-05-21")
    assert state["origin"] == CHARTS
    area = float(
        frame.locator(".table-open").evaluate("() => document.querySelector('.summary-area').textContent").replace(",", "").split()[0]
    )
    assert state.pop("area_km2") == pytest.approx(area, rel=6e-3)
    expected = {"type": STATE, "datetime": "2015-05-21", "definition": "land", "compare": "2014-06-30", "view": "8/35.000/40.000"}
    assert state == {**expected, "origin": CHARTS, "baseline": "2014-06-30", "playing": False}
    frame.locator(".chart-slider").focus()
    page.keyboard.press("Home")
    wait_for_state(page, datetime="2013-07-01")
    page.evaluate(SEND, [{"type": SET, "compare": None, "play": True}, "*"])
    wait_for_state(page, compare=None, playing=True)
    page.evaluate(SEND, [{"type": SET, "play": False}, CHARTS])
    wait_for_state(page, playing=False)
    assert not frame.locator(".summary-sentence").is_visible()


def test_playing_is_reported_ten_times_a_second_at_most(site):
    page = site(embedded("#datetime=2014-06-01"))
    frame_of(page)
    page.evaluate(SEND, [{"type": SET, "play": True}, CHARTS])
    wait_for_state(page, playing=True)
    count = page.evaluate(
        "async () => { const before = heard.length; await new Promise((done) => setTimeout(done, 1500)); return heard.length - before; }"
    )
    assert 2 <= count <= 16
    page.evaluate(SEND, [{"type": SET, "play": False}, CHARTS])
    last = wait_for_state(page, playing=False)
    frame = page.frames[1]
    assert last["datetime"] == frame.evaluate(
        "async () => { await new Promise((done) => setTimeout(done, 400)); return location.hash.match(/datetime=([^&]*)/)[1]; }"
    )


def test_a_message_that_comes_before_the_page_is_ready_is_kept(site):
    loader = f"""<script>addEventListener('load', () => document.querySelector('iframe').contentWindow.postMessage(
      {{ type: '{SET}', datetime: '2017-07-13' }}, '{CHARTS}'))</script>"""
    page = site(embedded() + loader)
    frame = frame_of(page)
    frame.locator(".summary-date", has_text="13 July 2017").wait_for()


def test_nobody_who_did_not_ask_is_told(site):
    page = site(embedded())
    frame = frame_of(page)
    frame.locator(".chart-slider").focus()
    page.keyboard.press("Home")
    frame.locator(".summary-date", has_text="1 July 2013").wait_for()
    page.wait_for_timeout(400)
    assert page.evaluate("() => heard") == []


def test_a_neighbouring_frame_is_not_listened_to(site):
    """A frame of another origin beside the map can reach it, but is not its parent."""
    page = site(embedded("#datetime=2015-05-21") + f'<iframe title="other" src="{OTHERS}/"></iframe>')
    frame = frame_of(page, "iframe[title=map]")
    other = next(one for one in page.frames if one.url == f"{OTHERS}/")
    other.evaluate("message => parent.frames[0].postMessage(message, '*')", {"type": SET, "datetime": "2017-07-13"})
    page.wait_for_timeout(300)
    assert shown(frame) == "21 May 2015"
    assert other.evaluate("() => window.heard ?? []") == []


@pytest.mark.parametrize(
    "message",
    [
        None,
        "territory-timeline:set",
        7,
        [],
        {"datetime": "2017-07-13"},
        {"type": "other", "datetime": "2017-07-13"},
        {"type": SET, "datetime": 20170713},
        {"type": SET, "datetime": "2017-02-30"},
        {"type": SET, "datetime": ["2017-07-13"], "definition": {"id": "land"}, "play": "1", "view": 8},
        {"type": SET, "view": "<img src=x onerror=alert(1)>", "definition": "__proto__", "lang": "ar", "controls": "min"},
    ],
)
def test_what_a_message_says_wrongly_is_passed_over(site, message):
    page = site(embedded("#datetime=2015-05-21&definition=control&view=7/34/40"))
    frame = frame_of(page)
    page.evaluate(SEND, [message, "*"])
    page.wait_for_timeout(200)
    assert shown(frame) == "21 May 2015"
    assert frame.locator(".segment[aria-pressed=true]").inner_text().lower() == "control"
    assert frame.locator(".segments").is_visible()
    assert page.frames[1].evaluate("() => map_page.getZoom()") == 7


# --- as a file and as srcdoc


def test_as_a_frame_of_a_file(chromium, bundled, tmp_path):
    """Two files in a folder on a stick: their origins are opaque, so reports can only go to '*'."""
    (tmp_path / "map.html").write_text(bundled.read_text(encoding="utf-8"), encoding="utf-8")
    lesson = tmp_path / "lesson.html"
    lesson.write_text(
        '<!DOCTYPE html><title>lesson</title><iframe title="map" src="map.html#datetime=2015-05-21" width="900" height="600"></iframe>'
    )
    page = chromium.new_page(viewport={"width": 1000, "height": 700}, locale="en-GB")
    page.goto(lesson.as_uri())
    page.evaluate(FOLLOW)
    frame = frame_of(page)
    assert shown(frame) == "21 May 2015"
    page.evaluate(SEND, [{"type": SET, "datetime": "2017-07-13"}, "*"])
    assert wait_for_state(page, datetime="2017-07-13")["origin"] == "null"
    page.close()


@pytest.mark.parametrize("sandbox", [None, "allow-scripts"])
def test_as_srcdoc(site, bundled, sandbox):
    page = site("<!DOCTYPE html><title>notebook</title>")
    page.evaluate(
        """([html, sandbox]) => {
          const frame = Object.assign(document.createElement('iframe'), { srcdoc: html, title: 'map', width: 900, height: 600 });
          if (sandbox) frame.sandbox = sandbox;
          document.body.append(frame);
        }""",
        [bundled.read_text(encoding="utf-8"), sandbox],
    )
    frame = frame_of(page)
    page.evaluate(SEND, [{"type": SET, "datetime": "2015-05-21"}, "*"])
    assert wait_for_state(page, datetime="2015-05-21")["origin"] == ("null" if sandbox else NEWS)
    frame.locator(".share-open").click()
    assert frame.locator(".share-field textarea").first.input_value().startswith("islamic-state.html#datetime=2015-05-21")
    page.keyboard.press("Escape")
    frame.locator(".language select").select_option("ar")
    frame.locator(".summary-date", has_text="٢١ أيار ٢٠١٥").wait_for()
