"""How cost grows with dates, vertices and series, as a plot with the exponent of each curve.

python -m tests.benchmarks.scaling [--quick]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from geo.dataset import write_dataset
from geo.measure import area_km2
from geo.model import Series
from geo.overlay import faces, matrix
from geo.page import page_html
from geo.scale import Query, scaled_tables
from tests.benchmarks.series import FIRST, daily_series

PLOT = Path(__file__).parents[1] / "data" / "scaling.svg"
INK, RED, BLUE, GREEN = "#1d1b18", "#b3202c", "#14538a", "#4d7d2d"

Curve = tuple[str, list[int], list[float]]


def timed(run: Callable[[], object], rounds: int = 3) -> float:
    """Median seconds of a few runs, of one if it is long."""
    times: list[float] = []
    while len(times) < rounds and sum(times) < 20:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def copy(one: Series, number: int = 0) -> Series:
    """The same series under another name, of which nothing is remembered."""
    return Series(f"{one.id}-{number}", one.title, one.definition, one.geometry, one.records, one.first, one.last, one.baseline)


def against_dates(dates: list[int]) -> list[Curve]:
    """1,000 vertices a day."""
    areas, cut, pairs, page = [], [], [], []
    for count in dates:
        one = daily_series(count, 1000)
        days = [FIRST + timedelta(days=number) for number in range(min(count, 2000))]
        areas.append(timed(lambda one=one: area_km2(one.geometry)))
        cut.append(timed(lambda one=one: faces(one)))
        known = copy(one)
        matrix(known, days[:2])
        pairs.append(timed(lambda known=known, days=days: matrix(known, days)))
        page.append(timed(lambda one=one: page_html(copy(one)), rounds=1))
        print(f"{count} dates: {areas[-1]:.3f} {cut[-1]:.3f} {pairs[-1]:.3f} {page[-1]:.3f} s", file=sys.stderr)
    few = [count for count in dates if count <= 2000]
    return [("areas", dates, areas), ("noding", dates, cut), ("all pairs, noded", few, pairs[: len(few)]), ("page", dates, page)]


def against_vertices(vertices: list[int]) -> list[Curve]:
    """30 days."""
    areas, cut, page = [], [], []
    for count in vertices:
        one = daily_series(30, count)
        areas.append(timed(lambda one=one: area_km2(one.geometry)))
        cut.append(timed(lambda one=one: faces(one)))
        page.append(timed(lambda one=one: page_html(copy(one)), rounds=1))
        print(f"{count} vertices: {areas[-1]:.3f} {cut[-1]:.3f} {page[-1]:.3f} s", file=sys.stderr)
    return [("areas", vertices, areas), ("noding", vertices, cut), ("page", vertices, page)]


def against_series(counts: list[int]) -> list[Curve]:
    """30 days of 500 vertices each, areas and all pairs from a GeoParquet data set on one processor."""
    one = daily_series(30, 500)
    found: dict[str, list[float]] = {"areas": [], "matrix": []}
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            write_dataset([copy(one, number) for number in range(count)], folder)
            for kind, times in found.items():
                times.append(timed(lambda kind=kind, folder=folder: list(scaled_tables(folder, Query(kind), workers=1)), rounds=1))
        print(f"{count} series: {found['areas'][-1]:.2f} {found['matrix'][-1]:.2f} s", file=sys.stderr)
    return [(kind, counts, times) for kind, times in found.items()]


def exponent(curve: Curve) -> float:
    """Slope of the upper half of a curve in logarithms."""
    _, sizes, times = curve
    half = len(sizes) // 2
    return float(np.polyfit(np.log(sizes[half:]), np.log(times[half:]), 1)[0]) if len(sizes) - half > 1 else float("nan")


def plot(panels: list[tuple[str, list[Curve]]], target: Path) -> None:
    """One panel per axis, logarithmic, with the exponent beside each curve."""
    plt.rcParams.update({"svg.hashsalt": "scaling", "font.size": 9, "text.color": INK, "axes.edgecolor": "#8f8676"})
    figure, axes = plt.subplots(1, len(panels), figsize=(11, 3.6), layout="constrained")
    for axis, (title, curves) in zip(axes, panels, strict=True):
        for curve, colour in zip(curves, (INK, RED, BLUE, GREEN), strict=False):
            axis.loglog(curve[1], curve[2], "o-", color=colour, markersize=3.5, label=f"{curve[0]}: exponent {exponent(curve):.2f}")
        axis.set_title(title, fontsize=9, loc="left")
        axis.set_ylabel("seconds")
        axis.grid(alpha=0.25)
        axis.legend(frameon=False, fontsize=8)
    figure.savefig(target, metadata={"Date": None})


def main(quick: bool) -> None:
    """Measure, plot, and print the exponents."""
    panels = [
        ("dates, 1,000 vertices each", against_dates([10, 30, 100] if quick else [10, 30, 100, 300, 1000, 3000, 10000])),
        ("vertices a date, 30 dates", against_vertices([500, 2000] if quick else [500, 1500, 5000, 15000, 50000])),
        ("series of 30 dates, 500 vertices each", against_series([1, 4] if quick else [1, 10, 100, 1000])),
    ]
    plot(panels, PLOT)
    print("| against | cost of | largest | seconds | exponent |\n|---|---|---|---|---|")
    for title, curves in panels:
        for curve in curves:
            print(f"| {title} | {curve[0]} | {curve[1][-1]:,} | {curve[2][-1]:.3g} | {exponent(curve):.2f} |")


if __name__ == "__main__":
    main("--quick" in sys.argv)
