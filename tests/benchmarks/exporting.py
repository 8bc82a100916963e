"""Exporting a series of many dates: time, peak memory and size of the file beside its polygons as GeoJSON; then the page in Chromium: ready, step, heap.

The page is opened as it is and on a processor slowed four times; steps go from change to change until the next frame is painted.

    python -m tests.benchmarks.exporting [DATES or FILE ...]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import shapely
from playwright.sync_api import Browser, sync_playwright

from geo.export import write_page
from geo.load import load_series
from geo.model import Series
from tests.benchmarks.archive import series as archive
from tests.benchmarks.harness import machine, peak_mb
from tests.browser.conftest import CHROMIUM

DATES = ("60", "300", "769", "1700")
STEPS = 60
SLOWER = 4

HEAD = (
    "| series | dates | vertices | export | peak memory | file | as GeoJSON | ready | ready, slowed | step, median | p95 | step, slowed | heap |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
)

STEP = """async (steps) => {
  const slider = document.querySelector(".chart-slider");
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const press = (key) => slider.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  press("Home");
  await frame();
  const times = [];
  for (let step = 0; step < steps; step++) {
    const before = performance.now();
    press("ArrowRight");
    times.push(performance.now() - before);
    await frame();
  }
  return times;
}"""


def open_page(browser: Browser, path: Path, slower: int) -> dict[str, Any]:
    """Open a page on a processor slowed so many times: milliseconds until ready and of each step's script, megabytes of heap."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    session.send("Performance.enable")
    start = time.perf_counter()
    page.goto(path.as_uri())
    page.wait_for_selector("[data-ready]", timeout=120_000)
    ready_ms = (time.perf_counter() - start) * 1000
    steps_ms = sorted(page.evaluate(STEP, STEPS))
    session.send("HeapProfiler.collectGarbage")
    metrics = {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
    context.close()
    return {
        "ready_ms": ready_ms,
        "step_ms": statistics.median(steps_ms),
        "p95_ms": steps_ms[int(len(steps_ms) * 0.95)],
        "heap_mb": metrics["JSHeapUsedSize"] / 1e6,
    }


def row(series: Series, browser: Browser, folder: Path) -> str:
    """Export a series, open its page, and tell both in a row of the table."""
    path = folder / "page.html"
    peak = peak_mb(lambda: write_page(series, folder / "peak.html"))
    start = time.perf_counter()
    write_page(series, path)
    export_s = time.perf_counter() - start
    raw_kb = sum(map(len, shapely.to_geojson(series.geometry))) / 1e3
    normal, slow = (open_page(browser, path, slower) for slower in (1, SLOWER))
    return (
        f"| {series.title} | {len(series.dates):,} | {shapely.get_num_coordinates(series.geometry).sum():,} | {export_s:.1f} s | {peak:,.0f} MB "
        f"| {path.stat().st_size / 1e3:,.0f} kB | {raw_kb:,.0f} kB | {normal['ready_ms']:,.0f} ms | {slow['ready_ms']:,.0f} ms | {normal['step_ms']:.1f} ms "
        f"| {normal['p95_ms']:.1f} ms | {slow['step_ms']:.1f} ms | {normal['heap_mb']:.1f} MB |"
    )


def main(wanted: list[str]) -> None:
    """Measure what is wanted, print the table."""
    print(f"{machine()}\n\n{HEAD}")
    with sync_playwright() as run, tempfile.TemporaryDirectory() as folder:
        browser = run.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        for one in wanted or DATES:
            series = archive(int(one)) if one.isdigit() else load_series(one)
            print(row(series, browser, Path(folder)), flush=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
