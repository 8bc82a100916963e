"""A hostile series, a hostile address and a policy that forbids the network: everything stays inert text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import date
from html.parser import HTMLParser
from types import MappingProxyType

import pytest
import shapely

from geo.model import Definition, Event, Record, Series, Source
from geo.page import page_html

SCRIPT = "</title></script><script>window.hit = 1</script><img src=x onerror='window.hit = 1'>"
NASTY = {
    "script": SCRIPT,
    "attribute": "\" onmouseover=window.hit=1 x='",
    "link": "javascript:window.hit=1",
    "template": "{{ 7 * 7 }} ${window.hit = 1} {day}",
    "override": "safe\u202egnissel\u202c \u2067 left \u2069\u2069\u202e open",
    "null": "nu\0ll \x1b[31m \u0085",
    "emoji": "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁷󠁬󠁳󠁿 Z̸̡͓̈́ȁ̷l̴g̶o̷",
    "long": "Llanfair" * 400,
    "comment": "<!-- <script> --> ]]> <style>* { display: none }</style>",
}


def nasty_series() -> Series:
    """Every text of it hostile, each kind once as the name of a place."""
    everything = " ".join(NASTY.values())
    sources = {f"s{n}": Source(f"s{n}", text, text, text, text, text) for n, text in enumerate(NASTY.values())}
    sources["web"] = Source("web", 'https://example.org/"><script>window.hit=1</script>', "web", "web", "", "")
    records = []
    for n, text in enumerate(NASTY.values()):
        properties = {"name_ar": text, "confidence": text, "taken_from": text, "lost_to": text, "source_from": f"s{n}", "source_to": "web"}
        span = (date(2015, 1, 1 + n), date(2015, 3, 1))
        records.append(Record(f"actor {SCRIPT}", text, *span, properties=MappingProxyType({**properties, "kind": text})))
    return Series(
        id=SCRIPT,
        title=everything,
        definition=Definition(f"{SCRIPT}&lang=ar", everything, everything, everything, None, everything),
        geometry=shapely.box(*zip(*[(40 + n, 33, 41 + n, 34) for n in range(len(NASTY))], strict=True)),
        records=tuple(records),
        first=date(2015, 1, 1),
        last=date(2015, 3, 1),
        baseline=date(2015, 1, 1),
        events=tuple(Event(date(2015, 1, 2 + n), text, SCRIPT, 40.5 + n, 33.5, f"s{n}") for n, text in enumerate(NASTY.values())),
        sources=MappingProxyType(sources),
        version=everything,
        issued=NASTY["null"],
        licence=everything,
        attribution=everything,
        language=SCRIPT,
        translations=MappingProxyType({"fr": {NASTY["link"]: SCRIPT, "__proto__": SCRIPT}}),
    )


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    path = tmp_path_factory.mktemp("hostile") / "hostile.html"
    path.write_text(
        page_html(nasty_series(), moment="compare=</script><script>window.hit=1</script>{{ 7 * 7 }}{% if %}{# {"), encoding="utf-8"
    )
    return path


class Elements(HTMLParser):
    """Names and attributes of the elements of a document, as its text says before any script runs."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def elements(markup: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed(markup)
    return parser.found


def test_the_file_has_the_same_elements_whatever_the_data_say(hostile, bundled):
    assert [tag for tag, _ in elements(hostile.read_text())] == [tag for tag, _ in elements(bundled.read_text())]


@pytest.mark.parametrize("language", ["en", "ar", "fr"])
def test_everything_opened_and_nothing_runs(pages, hostile, language):
    page = pages.open(hostile, f"#lang={language}&datetime=2015-01-20")
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
    for name in ("about", "share", "table"):
        page.locator(f".{name}-open").click()
        page.evaluate("() => document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        page.keyboard.press("Escape")
    for n in range(len(NASTY)):
        page.evaluate("lon => map_page.fire('click', { latlng: L.latLng(33.5, lon) })", 40.5 + n)
        assert page.locator(".place").is_visible()
    page.get_by_role("button").and_(page.locator(".controls-buttons > :last-child")).click()
    strip = page.locator(".chart-events").bounding_box()
    page.mouse.move(strip["x"] + 200, strip["y"] + 10)
    assert page.locator(".chart-note").is_visible()
    page.wait_for_timeout(700)
    assert page.evaluate("() => window.hit") is None
    assert page.locator("img, style:not(head *), script:not(head *, main > script, body > script)").count() == 0
    links = page.evaluate("() => [...document.links].map((link) => link.href)")
    assert links
    assert all(re.match(r"https://example\.org/|file:///.*#(close)?$", link) for link in links)


def test_what_is_text_is_shown_as_text_and_what_is_none_is_dropped(pages, hostile):
    page = pages.open(hostile, "#datetime=2015-01-20")
    page.locator(".table-open").click()
    page.evaluate("() => document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    names = page.locator(".table-places li").all_text_contents()
    for kind in ("script", "attribute", "link", "template", "emoji", "long", "comment"):
        assert NASTY[kind] in names, kind
    assert "safegnissel  left  open" in names
    assert "null [31m " in names
    words = page.evaluate("() => document.documentElement.textContent + document.title")
    assert not re.search("[\u202a-\u202e\u2067\0\x1b\x85]", words)


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740)])
def test_endless_names_stay_in_their_boxes(pages, hostile, width, height):
    page = pages.open(hostile, "#datetime=2015-01-20", width=width, height=height)
    page.evaluate("lon => map_page.fire('click', { latlng: L.latLng(33.5, lon) })", 40.5 + list(NASTY).index("long"))
    assert page.evaluate("() => document.documentElement.scrollWidth") == width
    for selector in (".summary", ".panel", ".place"):
        assert page.locator(selector).evaluate("(part) => part.scrollWidth <= part.clientWidth + 1"), selector
    covered = page.evaluate(
        "() => [document.querySelector('.summary').getBoundingClientRect().bottom, document.querySelector('.panel').getBoundingClientRect().top]"
    )
    assert covered[0] < covered[1]


def test_the_frame_for_other_pages_cannot_be_broken_out_of(pages, hostile):
    page = pages.open(hostile, "#datetime=2015-01-20")
    page.locator(".share-open").click()
    markup = page.locator(".share-field textarea").nth(1).input_value()
    ((tag, attributes),) = elements(markup)
    assert tag == "iframe"
    assert set(attributes) == {"src", "title", "width", "height", "style", "loading", "allowfullscreen"}
    assert SCRIPT in attributes["title"]


@pytest.mark.parametrize(
    "hash_",
    [
        "#lang=<script>window.hit=1</script>&definition=<img src=x onerror=window.hit=1>",
        "#datetime=javascript:window.hit=1&compare=%00&baseline=%E0%A4%A&view=1e309/NaN/-0",
        "#controls=" + "x" * 5_000 + "&play=<b>&view=7/1e400/0",
        "#lang=constructor&definition=toString&story=-1",
    ],
)
def test_a_hostile_address_opens_the_page_all_the_same(pages, bundled, hash_):
    page = pages.open(bundled, hash_)
    assert page.locator(".summary-date").inner_text() == "30 June 2014"
    assert page.evaluate("() => window.hit") is None


def policy(path) -> dict[str, list[str]]:
    content = next(attrs["content"] for tag, attrs in elements(path.read_text()) if attrs.get("http-equiv") == "Content-Security-Policy")
    return {name: values for name, *values in (part.split() for part in content.split(";"))}


def test_the_policy_names_no_network_source_and_stands_before_every_script(bundled):
    found = policy(bundled)
    assert found["default-src"] == ["'none'"]
    assert set(found) == {"default-src", "script-src", "style-src", "img-src", "base-uri", "form-action"}
    sources = [source for values in found.values() for source in values]
    assert all(source in ("'none'", "'unsafe-inline'", "data:") or source.startswith("'sha256-") for source in sources)
    assert "'unsafe-inline'" not in found["script-src"]
    text = bundled.read_text()
    assert text.index("Content-Security-Policy") < text.index("<script")


def test_the_hashes_are_those_of_the_scripts(pages, bundled):
    """Counted from the document as the browser read it, by another way than the page was written."""
    page = pages.open(bundled)
    texts = page.evaluate("() => [...document.scripts].filter((one) => !one.type.startsWith('application/')).map((one) => one.textContent)")
    hashes = {"'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'" for text in texts}
    assert hashes | {"data:"} == set(policy(bundled)["script-src"])


def test_no_request_leaves_the_page_even_when_a_script_asks(pages, bundled):
    page = pages.open(bundled)
    tried = page.evaluate(
        """async () => {
          const blocked = [];
          document.addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));
          const far = 'https://example.org/x';
          const outcome = {};
          outcome.fetch = await fetch(far).then(() => 'went', () => 'refused');
          await new Promise((done) => setTimeout(() => {
            try { eval('1'); outcome.eval = 'ran'; } catch { outcome.eval = 'refused'; }
            done();
          }));
          try { new WebSocket('wss://example.org/'); outcome.socket = 'made'; } catch { outcome.socket = 'refused'; }
          outcome.beacon = navigator.sendBeacon(far, 'x');
          for (const [tag, set] of Object.entries({
            img: { src: far }, script: { src: far }, iframe: { src: far }, link: { rel: 'stylesheet', href: far }, video: { src: far }, object: { data: far },
          })) document.body.append(Object.assign(document.createElement(tag), set));
          const inline = document.createElement('script');
          inline.textContent = 'window.hit = 1';
          document.body.append(inline);
          await new Promise((done) => setTimeout(done, 500));
          return { ...outcome, hit: window.hit ?? null, blocked: [...new Set(blocked)].sort() };
        }"""
    )
    assert (tried["fetch"], tried["eval"], tried["hit"]) == ("refused", "refused", None)
    assert {"connect-src", "frame-src", "img-src", "media-src", "object-src", "script-src-elem", "style-src-elem"} <= set(tried["blocked"])
    assert all("Content Security Policy" in error or "Refused" in error for error in pages.errors), pages.errors
    pages.errors.clear()
    assert pages.requests == []


def test_settings_can_neither_close_their_script_nor_be_a_template(hostile):
    """The data of the page are JSON in a script element; nothing in them reads as its end, nor as something to fill in."""
    text = hostile.read_text()
    settings = re.search(r'<script type="application/json" id="[^"]*">(.*?)</script>', text, re.DOTALL)
    assert "</script><script>window.hit=1</script>{{ 7 * 7 }}{% if %}{# {" in json.loads(settings[1])["moment"]
