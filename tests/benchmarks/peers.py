"""Peers' pages of the same series: folium's Timeline and TimestampedGeoJson, with their assets served from disk.

The assets are npm packages, unpacked once into ``artefacts/peers/``; what a page asks for besides them is answered with nothing.
"""

from __future__ import annotations

import re
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import folium
import shapely
from folium.plugins import Timeline, TimelineSlider, TimestampedGeoJson
from playwright.sync_api import Route

from geo.model import Series

CACHE = Path(__file__).parents[2] / "artefacts" / "peers"
PACKAGES = {
    "leaflet.timeline@1.6.0": "dist/leaflet.timeline.js",
    "moment@2.18.1": "min/moment.min.js",
    "jquery@3.7.1": "dist/jquery.min.js",
    "iso8601-js-period@0.2.1": "iso8601.js",
    "leaflet-timedimension@1.1.1": "dist/leaflet.timedimension.min.js",
    "leaflet@1.9.4": "dist/leaflet.js",
}


def assets() -> dict[str, str]:
    """The peers' scripts by package."""
    CACHE.mkdir(parents=True, exist_ok=True)
    found = {}
    for package, name in PACKAGES.items():
        folder = CACHE / package
        if not folder.exists():
            made = subprocess.run(["npm", "pack", "--silent", package], cwd=CACHE, check=True, capture_output=True, text=True)
            with tarfile.open(CACHE / made.stdout.strip()) as packed:
                packed.extractall(folder, filter="data")
        found[package.partition("@")[0]] = (folder / "package" / name).read_text(encoding="utf-8")
    return found


def answering(page_address: str, scripts: dict[str, str]) -> Callable[[Route], None]:
    """Serves a page and the peers' scripts; everything else is empty."""

    def answer(route: Route) -> None:
        url = route.request.url
        file = url.rsplit("/", 1)[-1]
        if url.startswith(page_address):
            route.continue_()
        elif file.endswith(".js"):
            name = re.split(r"(?:-[\d.]+)?(?:\.min)?\.js$", file)[0]
            package = {"iso8601": "iso8601-js-period", "leaflet.timedimension": "leaflet-timedimension"}.get(name, name)
            route.fulfill(body=scripts.get(package, ""), content_type="text/javascript")
        else:
            route.fulfill(body="", content_type="text/css")

    return answer


def timeline_page(series: Series) -> str:
    """folium's Timeline with a TimelineSlider."""
    map_ = _map(series)
    features = [_feature(shape, {"start": _iso(record.valid_from), "end": _iso(record.valid_to)}) for shape, record in _rows(series)]
    timeline = Timeline({"type": "FeatureCollection", "features": features}).add_to(map_)
    TimelineSlider(auto_play=False, show_ticks=False, enable_keyboard_controls=True).add_timelines(timeline).add_to(map_)
    return map_.get_root().render()


def timestamped_page(series: Series) -> str:
    """folium's TimestampedGeoJson; it draws only the first part of a MultiPolygon unless each part has its time."""
    map_ = _map(series)
    features = []
    for shape, record in _rows(series):
        for part in shapely.get_parts(shape):
            features.append(_feature(part, {"times": [_iso(record.valid_from)] * len(part.exterior.coords)}))
    TimestampedGeoJson({"type": "FeatureCollection", "features": features}, period="P1D", duration="PT23H", auto_play=False).add_to(map_)
    return map_.get_root().render()


def _map(series: Series) -> folium.Map:
    west, south, east, north = shapely.total_bounds(series.geometry)
    map_ = folium.Map(tiles=None)
    map_.fit_bounds([[south, west], [north, east]])
    return map_


def _rows(series: Series):
    return zip(series.geometry, series.records, strict=True)


def _feature(shape: shapely.Geometry, properties: dict) -> dict:
    return {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(shape)}


def _iso(day) -> str:
    return f"{day.isoformat()}T00:00:00"
