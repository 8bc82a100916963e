"""How cost grows with dates, vertices and series, as a plot with the exponent of each curve.

python -m tests.benchmarks.scaling [--quick]

Seconds are of processor time, which other work on the machine hardly changes. An exponent is the slope of a straight line through
the upper half of a curve's points in logarithms. A curve ends before a point that would take more than `LIMIT_S`.
"""

from __future__ import annotations

import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
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
from tests.benchmarks.harness import machine
from tests.benchmarks.series import FIRST, daily_series

PLOT = Path(__file__).parents[1] / "data" / "scaling.svg"
LIMIT_S = 20.0
DAYS_AT_ONCE = 100
INK, FAINT = "#1d1b18", "#8f8676"
COLOURS = {
    "areas": "#6d6558",
    "noding": "#b3202c",
    "all pairs, noded before": "#14538a",
    "page": "#4d7d2d",
    f"changes, {DAYS_AT_ONCE} days at once": "#7a4b9c",
    "all pairs": "#14538a",
}

WHY = {
    "noding against dates": f"where k days draw a stretch of the front anew it crosses itself about k² times; {DAYS_AT_ONCE} days at once do not",
    "all pairs, noded before against dates": "n dates have n (n + 1) / 2 pairs, each a sum over faces, which grow in number too",
    "page against dates": "it needs the faces of the whole series, and they grow faster than dates, as in noding",
    "noding against vertices": "faces stay as many; coordinates and tables of edges outgrow the processor's cache",
}


@dataclass
class Curve:
    """Seconds of processor time by size."""

    name: str
    sizes: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def goes_on(self, size: int) -> bool:
        """Whether a run of a size is likely to end within the limit, going by the two before it."""
        if len(self.sizes) < 2:
            return not self.sizes or self.seconds[-1] < LIMIT_S
        (a, b), (s, t) = self.sizes[-2:], self.seconds[-2:]
        return t * (size / b) ** max(1.0, math.log(t / s) / math.log(b / a)) < LIMIT_S or t < 1

    def add(self, size: int, run: Callable[[], object]) -> None:
        """Measure a run: the median of three, or one that takes more than two seconds."""
        times: list[float] = []
        while len(times) < 3 and sum(times) < 2:
            start = time.process_time()
            run()
            times.append(time.process_time() - start)
        self.sizes.append(size)
        self.seconds.append(statistics.median(times))
        print(f"{self.name}, {size:,}: {self.seconds[-1]:.3g} s", file=sys.stderr, flush=True)

    @property
    def exponent(self) -> float:
        """Slope of the upper half in logarithms."""
        half = len(self.sizes) // 2
        return float(np.polyfit(np.log(self.sizes[half:]), np.log(self.seconds[half:]), 1)[0])


def copy(one: Series, number: int = 0) -> Series:
    """The same series under another name, of which nothing is remembered."""
    return replace(one, id=f"{one.id}-{number:05}")


@contextmanager
def stored(series: Iterator[Series]) -> Iterator[str]:
    """A data set of series, for the time of the block."""
    with tempfile.TemporaryDirectory() as folder:
        write_dataset(series, folder)
        yield folder


def tables(dataset: str, query: Query) -> None:
    """Make the tables of a data set in this process."""
    for _ in scaled_tables(dataset, query, workers=1):
        pass


def against_dates(dates: list[int], vertices: int) -> list[Curve]:
    """Longer and longer series."""
    areas, cut, pairs, page = (Curve(name) for name in ("areas", "noding", "all pairs, noded before", "page"))
    chunks = Curve(f"changes, {DAYS_AT_ONCE} days at once")
    for count in dates:
        one = daily_series(count, vertices)
        areas.add(count, lambda one=one: area_km2(one.geometry))
        with stored(iter([one])) as dataset:
            chunks.add(count, lambda dataset=dataset: tables(dataset, Query("changes", days_at_once=DAYS_AT_ONCE)))
        if cut.goes_on(count):
            cut.add(count, lambda one=one: faces(one))
            days = [FIRST + timedelta(days=number) for number in range(count)]
            matrix(one, days[:2])
            pairs.add(count, lambda one=one, days=days: matrix(one, days))
        if page.goes_on(count):
            page.add(count, lambda one=one: page_html(copy(one)))
    return [areas, chunks, cut, pairs, page]


def against_vertices(vertices: list[int], dates: int) -> list[Curve]:
    """Finer and finer borders."""
    areas, cut, page = (Curve(name) for name in ("areas", "noding", "page"))
    for count in vertices:
        one = daily_series(dates, count)
        areas.add(count, lambda one=one: area_km2(one.geometry))
        cut.add(count, lambda one=one: faces(one))
        if page.goes_on(count):
            page.add(count, lambda one=one: page_html(copy(one)))
    return [areas, cut, page]


def against_series(counts: list[int], dates: int, vertices: int) -> list[Curve]:
    """More and more series, from a data set."""
    one = daily_series(dates, vertices)
    curves = {"areas": Curve("areas"), "matrix": Curve("all pairs")}
    for count in counts:
        with stored(copy(one, number) for number in range(count)) as dataset:
            for kind, curve in curves.items():
                curve.add(count, lambda kind=kind, dataset=dataset: tables(dataset, Query(kind)))
    return list(curves.values())


def plot(panels: list[tuple[str, list[Curve]]], target: Path) -> None:
    """A panel per axis, logarithmic; every curve has its name and exponent at its end."""
    plt.rcParams.update({"svg.hashsalt": "scaling", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9, "text.color": INK})
    plt.rcParams.update({"xtick.color": FAINT, "ytick.color": FAINT, "axes.edgecolor": FAINT, "axes.linewidth": 0.6})
    figure, axes = plt.subplots(1, len(panels), figsize=(10, 3.6), sharey=True, layout="constrained", width_ratios=(1.35, 1, 1))
    for axis, (title, curves) in zip(axes, panels, strict=True):
        sizes = curves[0].sizes
        axis.set(xscale="log", yscale="log", xlim=(sizes[0] * 0.8, sizes[-1] * (sizes[-1] / sizes[0]) ** 0.75), xticks=sizes[::2])
        axis.set_xticklabels([f"{size:,}" for size in sizes[::2]])
        axis.set_title(title, fontsize=9, loc="left", color=INK)
        axis.spines[["top", "right"]].set_visible(False)
        axis.minorticks_off()
        axis.grid(axis="y", color="#e7e2d8", linewidth=0.6)
        for curve in curves:
            axis.plot(curve.sizes, curve.seconds, "o-", color=COLOURS[curve.name], markersize=2.8, linewidth=1.4, solid_capstyle="round")
    figure.suptitle(
        "Seconds of processor time. The number beside a name is the exponent: 1 where twice the size takes twice the time, 2 where it takes four times.",
        x=0.005,
        ha="left",
        fontsize=8,
        color=FAINT,
    )
    ticks = 10.0 ** np.arange(-4, 3)
    axes[0].set(yticks=ticks, ylim=(1e-4, 4e3))
    axes[0].set_yticklabels([f"{tick * 1e3:g} ms" if tick < 1 else f"{tick:g} s" for tick in ticks])
    figure.canvas.draw()
    for axis, (_, curves) in zip(axes, panels, strict=True):
        label(axis, curves)
    figure.savefig(target, metadata={"Date": None})
    plt.close(figure)


def label(axis: plt.Axes, curves: list[Curve]) -> None:
    """Name each curve beside the longest ones' ends, the names pushed apart; a thin line leads to those that end early."""
    low, high = np.log(axis.get_ylim())
    last = max(curve.sizes[-1] for curve in curves)
    place = -1.0
    for curve in sorted(curves, key=lambda curve: curve.seconds[-1]):
        name = curve.name.replace(", ", ",\n", 1)
        half = 0.034 * (1 + name.count("\n"))
        place = max((np.log(curve.seconds[-1]) - low) / (high - low), place + half)
        height = np.exp(low + place * (high - low))
        style = {"color": COLOURS[curve.name], "va": "center", "fontsize": 8, "linespacing": 1.0}
        axis.annotate(f"{name} {curve.exponent:.1f}", (last, height), xytext=(7, 0), textcoords="offset points", **style)
        if curve.sizes[-1] < last:
            axis.plot([curve.sizes[-1], last * 1.2], [curve.seconds[-1], height], color=COLOURS[curve.name], linewidth=0.4)
        place += half


def main(quick: bool) -> None:
    """Measure, plot, and print the exponents."""
    print(f"On {machine()}; load {os.getloadavg()[0]:.1f}.\n")
    panels = [
        ("Dates, 1,000 vertices each", against_dates([10, 30, 100] if quick else [10, 30, 100, 300, 1000, 3000, 10000], 1000)),
        ("Vertices of each of 30 dates", against_vertices([500, 1500, 5000] if quick else [500, 1500, 5000, 15000, 50000], 30)),
        ("Series of 30 dates, 500 vertices", against_series([1, 3, 10] if quick else [1, 3, 10, 30, 100, 300, 1000], 30, 500)),
    ]
    target = Path(tempfile.gettempdir()) / PLOT.name if quick else PLOT
    plot(panels, target)
    print("| against | cost of | measured up to | seconds | exponent |\n|---|---|---|---|---|")
    for title, curves in panels:
        for curve in curves:
            print(f"| {title} | {curve.name} | {curve.sizes[-1]:,} | {curve.seconds[-1]:.3g} | {curve.exponent:.2f} |")
    print()
    for title, curves in panels:
        for curve in curves:
            if curve.exponent > 1.15:
                what = f"{curve.name} against {title.split()[0].lower()}".removesuffix(",")
                print(f"- {what}, exponent {curve.exponent:.2f}: {WHY.get(what, 'not explained')}.")
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) / 1e6 for line in status if line.startswith("VmHWM"))
    print(f"\nAt most {peak:.1f} GB of memory. The plot is {target.name}.")


if __name__ == "__main__":
    main("--quick" in sys.argv)
