"""The exported page on a slow machine: Chromium with its processor slowed four times, on a desktop and on a phone's screen.

On a busy machine the frame rate says little; processor time per frame, which waiting does not lengthen, stands beside it.

    python -m tests.benchmarks.slow_machine [FILE.html]
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import astuple, dataclass
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from geo.load import load_definitions
from geo.page import page_html
from tests.benchmarks.harness import machine
from tests.browser.conftest import CHROMIUM

SLOWER = 4
SCREENS = {"desktop 1280 x 800": (1280, 800), "phone 390 x 844": (390, 844)}
PLAY_S = 5
FROM = "#datetime=2014-06-10"

WATCH = """new MutationObserver((_, observer) => {
  if (!document.querySelector('[data-ready]')) return;
  observer.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => { window.firstPicture = performance.now(); }));
}).observe(document, { subtree: true, childList: true, attributes: true });"""
PLAY = """async (seconds) => {
  const play = document.querySelector('.button-play');
  play.click();
  const times = [];
  const start = performance.now();
  await new Promise((done) => {
    const frame = (now) => { times.push(now); now - start < seconds * 1000 ? requestAnimationFrame(frame) : done(); };
    requestAnimationFrame(frame);
  });
  play.click();
  return times;
}"""


@dataclass
class Run:
    """One screen: milliseconds, frames a second, megabytes, and processor milliseconds per frame when not slowed."""

    screen: str
    first_picture_ms: float
    frames_per_s: float
    slowest_frame_ms: float
    heap_mb: float
    main_thread_ms: float
    raster_ms: float

    def row(self) -> str:
        """A row of the table."""
        return "| " + " | ".join(value if isinstance(value, str) else f"{value:,.1f}" for value in astuple(self)) + " |"


HEAD = (
    "| screen | first picture ms | frames/s playing | slowest frame of 20, ms | heap MB | main thread ms a frame | drawing ms a frame |\n"
    "|---|---|---|---|---|---|---|"
)


def measure(browser: Browser, path: Path, screen: str, folder: Path) -> Run:
    """Opens, plays and weighs the page once."""
    width, height = SCREENS[screen]
    page = browser.new_page(viewport={"width": width, "height": height})
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(WATCH)
    page.goto(path.as_uri() + FROM)
    page.wait_for_function("() => window.firstPicture", timeout=60_000)
    first_picture_ms = page.evaluate("() => window.firstPicture")
    page.wait_for_timeout(500)
    times = page.evaluate(PLAY, PLAY_S)
    steps = sorted(later - earlier for earlier, later in pairwise(times))
    page.evaluate("() => gc()")
    heap_mb = page.evaluate("() => performance.memory.usedJSHeapSize / 1e6")
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    page.evaluate("hash => { location.hash = hash }", FROM)
    trace = folder / "trace.json"
    browser.start_tracing(page=page, path=trace, categories=["devtools.timeline", "cc", "toplevel"])
    frames = len(page.evaluate(PLAY, PLAY_S))
    browser.stop_tracing()
    main_ms, raster_ms = (processor_ms(trace, task) / frames for task in ("ProxyMain::BeginMainFrame", "RasterTask"))
    page.close()
    return Run(screen, first_picture_ms, 1000 * len(steps) / sum(steps), steps[int(len(steps) * 0.95)], heap_mb, main_ms, raster_ms)


def processor_ms(trace: Path, task: str) -> float:
    """Processor time that the tasks of a name took, all together."""
    return sum(event.get("tdur", 0) for event in json.loads(trace.read_text())["traceEvents"] if event["name"] == task) / 1e3


def main(path: str | None) -> None:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        file = Path(path).resolve() if path else folder / "page.html"
        if path is None:
            file.write_text(page_html(load_definitions(), definition="control"), encoding="utf-8")
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        arguments += ["--enable-precise-memory-info", "--js-flags=--expose-gc"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        print(f"{machine()}; {file.stat().st_size / 1e3:,.0f} kB; slowed {SLOWER} times\n\n{HEAD}")
        for screen in SCREENS:
            print(measure(browser, file, screen, folder).row(), flush=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
