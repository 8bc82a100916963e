"""Measuring, comparing and reading long series against the usual ways.

python -m tests.benchmarks.measuring [--quick]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

import geopandas as gpd
import numpy as np
import shapely
from pyproj import Geod

from geo.compare import change_between
from geo.load import load_series
from geo.measure import area_km2
from geo.model import Series
from geo.overlay import faces, matrix
from geo.regions import face_areas, make_regions
from geo.tables import change_table
from tests.benchmarks.archive import FIRST, archive, series
from tests.benchmarks.harness import HEAD, Result, machine, measure, peak_mb

GEOD = Geod(ellps="WGS84")


def fresh(one: Series) -> Series:
    """The same series, of which nothing is remembered."""
    return Series(one.id, one.title, one.definition, one.geometry, one.records, one.first, one.last, one.baseline)


def areas(dates: int) -> list[Result]:
    """Areas of a long series against projecting, and against geodesic areas one by one."""
    land = series(dates).geometry
    frame = gpd.GeoSeries(land, crs=4326)
    vertices = int(shapely.get_num_coordinates(land).sum())
    right = area_km2(shapely.segmentize(land, 0.01))

    def ppm(found: np.ndarray) -> str:
        return f"{np.abs(found / right - 1).max() * 1e6:.1e}"

    def projected() -> np.ndarray:
        return frame.to_crs(6933).area.to_numpy() / 1e6

    def geodesic() -> np.ndarray:
        return np.array([abs(GEOD.geometry_area_perimeter(shape)[0]) / 1e6 for shape in land])

    data = f"{dates} dates, {vertices:,} vertices"
    note = "largest error, ppm: ours {}, its {}"
    ours = ppm(area_km2(land))
    return [
        measure("areas", data, lambda: area_km2(land), "`to_crs(6933).area`", projected, note=note.format(ours, ppm(projected()))),
        measure(
            "areas", data, lambda: area_km2(land), "`pyproj.Geod` one by one", geodesic, rounds=3, note=note.format(ours, ppm(geodesic()))
        ),
    ]


def pairs(dates: int) -> list[Result]:
    """All pairs of dates, consecutive dates and the land of one pair against shapely."""
    data = series(dates)
    land, days = data.geometry, [FIRST + timedelta(days=number) for number in range(dates)]
    size = f"{dates} dates x 3,000 vertices"

    def ours() -> np.ndarray:
        return matrix(fresh(data), days).held_km2

    def with_all_from(row: int) -> np.ndarray:
        return area_km2(shapely.intersection(land[row], land[row:]))

    held, ours_s, peer_s = np.zeros((dates, dates)), [], []
    for row in range(dates):
        start = time.perf_counter()
        held[row, row:] = with_all_from(row)
        peer_s.append(time.perf_counter() - start)
        if row % (dates // 10) == 0:
            start = time.perf_counter()
            found = ours()
            ours_s.append(time.perf_counter() - start)
    note = f"largest difference {np.abs(np.triu(found) - held).max() * 1e6:,.0f} m², from snapping; its side run in full, once; its memory for one date"
    memory = peak_mb(ours), peak_mb(lambda: with_all_from(0))
    every = Result("all pairs of dates", size, "one shapely intersection a pair", median(ours_s), sum(peer_s), *memory, note)
    print(every.row(), file=sys.stderr, flush=True)
    results = [every]

    def differences() -> list[float]:
        before, after = land[:-1], land[1:]
        return [area_km2(shapely.difference(after, before)), area_km2(shapely.difference(before, after))]

    consecutive = list(pairwise(days))
    results.append(
        measure(
            "consecutive dates",
            size,
            lambda: change_table([fresh(data)], consecutive),
            "two shapely differences a day",
            differences,
            rounds=3,
        )
    )
    cut = fresh(data)
    change_between(cut, days[0], days[-1])

    def geometry() -> object:
        change = change_between(cut, days[3], days[-3])
        return change.gained.geometry, change.lost.geometry

    def shapely_geometry() -> object:
        return shapely.difference(land[-3], land[3]), shapely.difference(land[3], land[-3])

    results.append(
        measure("the land of one pair", size, geometry, "two shapely differences", shapely_geometry, rounds=15, note="series noded before")
    )
    return results


def regions(dates: int, count: int) -> list[Result]:
    """Regions x dates against an STRtree and intersections per date, and against geopandas.overlay."""
    data = series(dates)
    side = int(np.sqrt(count))
    west, south, east, north = shapely.total_bounds(data.geometry)
    xs, ys = np.linspace(west, east, side + 1), np.linspace(south, north, side + 1)
    boxes = np.array([shapely.box(a, c, b, d) for a, b in pairwise(xs) for c, d in pairwise(ys)], dtype=object)
    named = make_regions([str(number) for number in range(len(boxes))], list(boxes))
    days = [FIRST + timedelta(days=number) for number in range(dates)]
    frame = gpd.GeoDataFrame(geometry=boxes, crs=4326)

    def ours() -> np.ndarray:
        cut = faces(data)
        return cut.held(days).astype(float) @ face_areas(cut, named)

    def strtree() -> np.ndarray:
        table = np.zeros((dates, len(boxes)))
        tree = shapely.STRtree(boxes)
        for row, shape in enumerate(data.geometry):
            hit = tree.query(shape, predicate="intersects")
            table[row, hit] = area_km2(shapely.intersection(boxes[hit], shape))
        return table

    few = min(dates, 20)

    def overlay() -> None:
        for shape in data.geometry[:few]:
            gpd.overlay(frame, gpd.GeoDataFrame(geometry=[shape], crs=4326), how="intersection")

    off = np.abs(ours()[:, :-1] - strtree()).max() * 1e6
    size = f"{len(boxes)} regions x {dates} dates"
    first = measure(
        "regions",
        size,
        ours,
        "STRtree and intersection a date",
        strtree,
        rounds=1,
        note=f"largest difference {off:,.0f} m², from snapping; noding included",
    )
    second = measure("regions", size, ours, "`geopandas.overlay` a date", overlay, rounds=1)
    scaled = Result(
        second.what,
        second.data,
        second.peer,
        second.ours_s,
        second.peer_s * dates / few,
        second.ours_mb,
        second.peer_mb,
        f"its time from {few} dates",
    )
    return [first, scaled]


def reading(files: int) -> list[Result]:
    """Dated GeoJSON files against a geopandas.read_file loop."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, shape in enumerate(archive(files)):
            day = (FIRST + timedelta(days=number)).isoformat()
            feature = {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(shape))}
            (folder / f"front_{day}.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
        paths = sorted(folder.glob("*.geojson"))
        size = f"{files} files, {sum(path.stat().st_size for path in paths) / 1e6:,.0f} MB"
        return [
            measure(
                "reading dated files",
                size,
                lambda: load_series(folder),
                "`geopandas.read_file` loop",
                lambda: [gpd.read_file(path) for path in paths],
                rounds=5,
            )
        ]


def cold() -> list[Result]:
    """A new process, until names of ours can be used, against one that imports geopandas."""

    def start(code: str) -> float:
        code += "; print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
        return int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout) / 1e3

    found, peer = [], "import geopandas"
    for code in ("import geo", "import geo; geo.area_table"):
        one = measure(f"`{code}`", "a new process", lambda code=code: start(code), f"`{peer}`", lambda: start(peer), rounds=9)
        found.append(replace(one, ours_mb=start(code), peer_mb=start(peer)))
    return found


def main(quick: bool) -> None:
    """Print the table."""
    results = [
        *cold(),
        *areas(60 if quick else 769),
        *pairs(30 if quick else 300),
        *regions(40 if quick else 300, 100 if quick else 400),
        *reading(60 if quick else 2000),
    ]
    print("\n".join([f"On {machine()}.", "", HEAD, *(result.row() for result in results)]))


if __name__ == "__main__":
    main("--quick" in sys.argv)
