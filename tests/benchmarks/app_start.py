"""From `streamlit run` to the first map in Chromium, and from a second visitor's opening of the address to the map.

Ours with all its definitions, tables and tabs, against a minimal app that shows one day of the same series with `st_folium`.
Every round starts both apps anew, one after the other. Nothing is fetched from a network: Leaflet, which the peer asks another
host for, is given to it at once, and so is nothing for the rest that it asks for.

    python -m tests.benchmarks.app_start [ROUNDS]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.benchmarks.harness import HEAD, Result, machine
from tests.benchmarks.load_test import resident_mb
from tests.benchmarks.peers import answering
from tests.browser.conftest import CHROMIUM, ROOT, served

PEER_APP = """
import json, sys
import folium, streamlit as st
from streamlit_folium import st_folium

st.set_page_config(layout="wide")
map_ = folium.Map([34.5, 41], zoom_start=7, tiles=None)
folium.GeoJson(json.load(open(sys.argv[1]))).add_to(map_)
st_folium(map_, returned_objects=[], height=700, use_container_width=True)
"""
DRAWN = """() => {
  if (!document.querySelector('[data-ready] path, .leaflet-overlay-pane path')) return false;
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))));
}"""
"""Whether a frame has land on a map; answers once that is painted."""
LEAFLET = {"leaflet": (ROOT / "geo" / "viewer" / "vendor" / "leaflet.js").read_text(encoding="utf-8")}
LONGEST_S = 120


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    snapshot = sorted((ROOT / "layers" / "islamic-state" / "snapshots").glob("2015-*.geojson"))[0]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        peer = Path(folder) / "peer.py"
        peer.write_text(PEER_APP, encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        runs = [(_run(browser, ROOT / "app.py"), _run(browser, peer, str(snapshot))) for _ in range(rounds)]
        browser.close()
    print(f"{machine()}, medians of {rounds}.\n\n{HEAD}")
    for number, what in enumerate(("app: start to first map", "app: a second visitor's opening to the map")):
        ours, its = (statistics.median(run[side][number] for run in runs) for side in (0, 1))
        memory = [statistics.median(run[side][2] for run in runs) for side in (0, 1)]
        note = "the peer shows one day and no table; memory of the server"
        print(Result(what, "the bundled series", "`st_folium` of one snapshot", ours, its, memory[0], memory[1], note).row())


def _run(browser: Browser, script: Path, *arguments: str) -> tuple[float, float, float]:
    """Seconds to the first visitor's map, from the start, and to a second one's; megabytes that the server holds then."""
    start = time.perf_counter()
    with served(script, *arguments) as (address, process):
        first = _opened(browser, address, start)
        time.sleep(1)
        second = _opened(browser, address, time.perf_counter())
        return first, second, resident_mb(process)


def _opened(browser: Browser, address: str, start: float) -> float:
    """Seconds from `start` until a new visitor sees land."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.route("**/*", answering(address, LEAFLET))
    page.goto(address)
    while time.perf_counter() - start < LONGEST_S:
        for frame in page.frames[1:]:
            try:
                if frame.evaluate(DRAWN):
                    context.close()
                    return time.perf_counter() - start
            except PlaywrightError:
                continue
        page.wait_for_timeout(10)
    raise TimeoutError(f"no map at {address} in {LONGEST_S} s")


if __name__ == "__main__":
    main()
