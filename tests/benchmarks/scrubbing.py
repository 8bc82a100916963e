"""Scrubbing in real Chromium: our page against folium's plugins and against a Streamlit rerun with st_folium.

All pages of a size are open at once and stepped in turn, so that noise of the machine falls on all of them.

    python -m tests.benchmarks.scrubbing [DATES ...]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import shapely
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, sync_playwright

from geo.model import Series
from geo.page import page_html
from tests.benchmarks.archive import series as archive
from tests.benchmarks.peers import answering, assets, timeline_page, timestamped_page
from tests.browser.conftest import CHROMIUM

ROUNDS, STEPS = 5, 6

READY = {
    "ours": "() => document.querySelector('[data-ready]')",
    "Timeline": "() => document.querySelector('.leaflet-overlay-pane path, .leaflet-interactive')",
    "TimestampedGeoJson": "() => document.querySelector('.leaflet-overlay-pane path, .leaflet-interactive')",
}
PRESS = {
    "ours": "() => document.querySelector('.chart-slider').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }))",
    "Timeline": """() => { const slider = document.querySelector('.time-slider'); slider.value = +slider.value + 86400000;
        slider.dispatchEvent(new Event('input', { bubbles: true })); }""",
    "TimestampedGeoJson": "() => Object.values(window).find((value) => value instanceof L.Map).timeDimension.nextTime(1)",
}
MEASURE = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  await frame(); await frame();
  const step = PRESS;
  const before = performance.now();
  step();
  const script = performance.now() - before;
  await frame();
  await new Promise((done) => { const channel = new MessageChannel(); channel.port1.onmessage = done; channel.port2.postMessage(0); });
  return [script, performance.now() - before];
}"""

RERUN_APP = """
import json, pickle, sys
import folium, streamlit as st
from streamlit_folium import st_folium
shapes = pickle.load(open(sys.argv[1], "rb"))
day = st.slider("day", 0, len(shapes) - 1, 0)
map_ = folium.Map([47.5, 37], zoom_start=7, tiles=None)
folium.GeoJson(shapes[day], style_function=lambda _: {"color": f"#{day:06x}"}).add_to(map_)
st_folium(map_, returned_objects=[], height=500)
"""


@dataclass
class Run:
    """What was measured of one page."""

    name: str
    size_kb: float = float("nan")
    ready_ms: float = float("nan")
    heap_mb: float = float("nan")
    script_ms: list[float] = field(default_factory=list)
    paint_ms: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def scrub(dates: int, folder: Path) -> list[Run]:
    """Steps through the same series on every page."""
    data = archive(dates)
    makers: dict[str, Callable[[Series], str]] = {"ours": page_html, "Timeline": timeline_page, "TimestampedGeoJson": timestamped_page}
    scripts = assets()
    runs = []
    with sync_playwright() as playwright:
        arguments = [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--enable-precise-memory-info",
            "--js-flags=--expose-gc",
        ]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        pages = []
        for name, make in makers.items():
            path = folder / f"{name}-{dates}.html"
            path.write_text(make(data), encoding="utf-8")
            run = Run(name, path.stat().st_size / 1e3)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.on("pageerror", partial(_fail, run))
            page.route("**/*", answering(path.as_uri(), scripts))
            before = time.perf_counter()
            page.goto(path.as_uri(), timeout=180_000)
            page.wait_for_function(READY[name], timeout=180_000)
            run.ready_ms = (time.perf_counter() - before) * 1e3
            run.heap_mb = page.evaluate("() => { gc(); return performance.memory.usedJSHeapSize / 1e6; }")
            runs.append(run)
            pages.append(page)
        for _ in range(ROUNDS):
            for run, page in zip(runs, pages, strict=True):
                page.bring_to_front()
                for _ in range(STEPS):
                    script, paint = page.evaluate(MEASURE.replace("PRESS", PRESS[run.name]))
                    run.script_ms.append(script)
                    run.paint_ms.append(paint)
        runs.append(_rerun(browser, data, folder))
        browser.close()
    return runs


def _fail(run: Run, error: object) -> None:
    run.failures.append(str(error).splitlines()[0])


def _rerun(browser, data: Series, folder: Path) -> Run:
    """A slider in a Streamlit app that draws the map anew with st_folium at each step."""
    import json
    import pickle

    (folder / "app.py").write_text(RERUN_APP, encoding="utf-8")
    with open(folder / "shapes.pickle", "wb") as file:
        pickle.dump([json.loads(text) for text in shapely.to_geojson(data.geometry)], file)
    run = Run("st_folium rerun")
    with _served(folder) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.route("**/*", answering(address, assets()))
        before = time.perf_counter()
        page.goto(address)
        page.wait_for_selector("iframe", state="attached")
        _drawn(page, "")
        run.ready_ms = (time.perf_counter() - before) * 1e3
        page.locator("[data-testid=stSlider] [role=slider], [data-testid=stSlider] input").first.focus()
        for _ in range(ROUNDS * 2):
            seen = _drawn(page, "")
            before = time.perf_counter()
            page.keyboard.press("ArrowRight")
            _drawn(page, seen)
            run.paint_ms.append((time.perf_counter() - before) * 1e3)
            page.wait_for_timeout(500)
        page.close()
    return run


def _drawn(page: Page, other_than: str) -> str:
    """The colour of the newest map of the app, another for each day, as soon as it is not the one seen before; waits ten seconds."""
    until = time.perf_counter() + 10
    while time.perf_counter() < until:
        for frame in reversed([frame for frame in page.frames if "streamlit_folium" in frame.url]):
            try:
                found = frame.evaluate("() => document.querySelector('.leaflet-overlay-pane path')?.getAttribute('stroke') ?? ''")
            except PlaywrightError:
                continue
            if found and found != other_than:
                return found
        page.wait_for_timeout(5)
    return other_than


@contextmanager
def _served(folder: Path):
    port = 8737
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.headless", "true"]
    server = subprocess.Popen([*command, "--", "shapes.pickle"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(4)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait()


def table(sizes: list[int]) -> str:
    """A markdown table of every size."""
    lines = [
        "| dates | page | file kB | ready ms | heap MB | script ms (median) | input to paint ms (median) | against ours | failures |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for dates in sizes:
        with tempfile.TemporaryDirectory() as folder:
            runs = scrub(dates, Path(folder))
        ours = statistics.median(runs[0].paint_ms)
        for run in runs:
            script = f"{statistics.median(run.script_ms):.1f}" if run.script_ms else "-"
            paint = statistics.median(run.paint_ms)
            cells = [dates, run.name, *(f"{value:,.0f}" for value in (run.size_kb, run.ready_ms, run.heap_mb)), script, f"{paint:.1f}"]
            lines.append("| " + " | ".join(map(str, [*cells, f"{paint / ours:.1f}", len(run.failures)])) + " |")
    lines += [
        "",
        "Our page draws in the frame after the key, so its script time is that of the key alone; the table of exports has that of the step.",
    ]
    return "\n".join(lines).replace("nan", "-")


if __name__ == "__main__":
    print(table([int(argument) for argument in sys.argv[1:]] or [60, 300, 1700]))
