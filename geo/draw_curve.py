"""The area of a series over time, drawn on a canvas as the page draws it."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
from matplotlib.patches import Polygon
from numpy.typing import NDArray

from geo.canvas import Box, Canvas
from geo.drawable import Drawable
from geo.periods import Step, days_between
from geo.style import POINTS, colour, paint, type_of
from geo.wording import km2_text


class Curve:
    """Area over time in a box, actors stacked; `show` moves the cursor to a day."""

    def __init__(self, canvas: Canvas, box: Box, drawable: Drawable) -> None:
        self.canvas, self.drawable = canvas, drawable
        self._left, self._upper, self._width, self._height = box
        self._first, self._span = drawable.series.first, max((drawable.last - drawable.series.first).days, 1)
        self._x_of_days = np.array([self.x(day) for day in drawable.days])
        tops = np.cumsum(drawable.curve(), axis=0)
        self._bands = list(zip([np.zeros(len(drawable.days)), *tops[:-1]], tops, strict=True))
        possible = drawable.curve("possible").sum(axis=0)
        self._most = 1.04 * max(possible.max(), tops[-1].max(), 1e-9)
        fills = [paint("held", drawable.colour_class(actor))["facecolor"][:3] for actor in range(len(tops))]
        self._band(possible, drawable.last, low=possible * 0, facecolor=paint("chart-possible")["facecolor"])
        for (low, high), fill in zip(self._bands, fills, strict=True):
            self._band(high, drawable.last, low=low, facecolor=(*fill, 0.25))
        self._past = [
            self._band(high, drawable.series.first, low=low, facecolor=(*fill, 0.86))
            for (low, high), fill in zip(self._bands, fills, strict=True)
        ]
        canvas.place("land", *self._past)
        self._axes()
        pen = paint("chart-cursor")
        self._cursor = canvas.line((), (), zorder=4, color=pen["edgecolor"], linewidth=pen["linewidth"])
        self._dot = canvas.line((), (), zorder=4, **_dot(radius_px=5))
        canvas.place("words", self._cursor, self._dot)

    def show(self, day: date) -> None:
        """Move the cursor to a day."""
        for patch, (low, high) in zip(self._past, self._bands, strict=True):
            patch.set_xy(self._corners(high, day, low=low))
        x = self.x(day)
        self._cursor.set(xdata=(x, x), ydata=(self._upper, self._upper + self._height))
        self._dot.set(xdata=(x,), ydata=(self._y(self.drawable.area_on(day).recorded),))

    def mark(self, days: Sequence[date]) -> None:
        """Fill the whole curve and put a dot on it at each of some days."""
        for patch, (low, high) in zip(self._past, self._bands, strict=True):
            patch.set_xy(self._corners(high, self.drawable.last, low=low))
        x, y = [self.x(day) for day in days], [self._y(self.drawable.area_on(day).recorded) for day in days]
        self.canvas.line(x, y, linestyle="none", **_dot(radius_px=3))

    def x(self, day: date) -> float:
        """Where a day lies, in CSS pixels from the left edge of the canvas."""
        return self._left + (day - self._first).days / self._span * self._width

    def _y(self, km2: Any) -> Any:
        return self._upper + self._height * (1 - km2 / self._most)

    def _band(self, high: NDArray[np.float64], until: date, *, low: NDArray[np.float64], **style: Any) -> Polygon:
        made = Polygon(self._corners(high, until, low=low), linewidth=0, **style)
        self.canvas.axes.add_artist(made)
        return made

    def _corners(self, high: NDArray[np.float64], until: date, *, low: NDArray[np.float64]) -> NDArray[np.float64]:
        """Corners between two curves that stay level between changes, up to and with a day."""
        count = bisect_right(self.drawable.days, until)
        x = np.append(np.repeat(self._x_of_days[:count], 2)[1:], self.x(until))
        upper, under = (self._y(np.repeat(values[:count], 2)) for values in (high, low))
        return np.column_stack([np.r_[x, x[::-1]], np.r_[upper, under[::-1]]])

    def _axes(self) -> None:
        canvas, right, floor = self.canvas, self._left + self._width, self._upper + self._height
        grid, axis = (
            {name: pen[name] for name in ("linewidth", "linestyle")} | {"color": pen["edgecolor"]}
            for pen in (paint("chart-grid"), paint("chart-axis"))
        )
        label = {**type_of("chart-label"), "zorder": 3}
        step = next(size for size in _steps_from(self._most / 40) if self._most / size <= 4)
        for km2 in np.arange(step, self._most, step):
            y = self._y(km2)
            canvas.line((self._left, right), (y, y), zorder=0, **grid)
            value = canvas.axes.text(right, y - 2, f"{km2_text(km2)} km²", ha="right", va="bottom", **label)
            canvas.place("over", canvas.halo(value, (*colour("paper")[:3], 0.8)), value)
        canvas.place("over", canvas.line((self._left, right), (floor, floor), zorder=3, **axis))
        for day, text in _ticks(self._first, self.drawable.last, most=int(self._width / 100)):
            x = self.x(day)
            canvas.place("over", canvas.line((x, x), (floor, floor + 5), zorder=3, **axis))
            made = canvas.axes.text(x + 3, floor + 4, text, va="top", **label)
            made.set_visible(x + 3 + canvas.extent(made)[0] <= right)


def _dot(*, radius_px: float) -> dict[str, Any]:
    pen = paint("chart-dot")
    size = {"marker": "o", "markersize": 2 * radius_px * POINTS, "markeredgewidth": pen["linewidth"] * radius_px / 5}
    return size | {"markerfacecolor": pen["facecolor"], "markeredgecolor": pen["edgecolor"]}


def _ticks(first: date, last: date, *, most: int) -> list[tuple[date, str]]:
    """At most so many days to mark between two, with their labels: years, months or days."""
    span = (last - first).days
    years = [count * 10**power for power in range(4) for count in (1, 2, 5)]
    steps = [Step(days, 0) for days in (1, 2, 7, 14)] + [Step(0, months) for months in (1, 3, 6)] + [Step(0, 12 * count) for count in years]
    step = next((step for step in steps if span / (step.days + step.months * 30.4) <= most), steps[-1])
    every = step.months // 12
    start = first if step.days else date(max(first.year // every * every, 1) if every else first.year, 1, 1)
    form = "{0.year}" if every else "{0:%b} {0.year}" if step.months else "{0.day} {0:%b}"
    return [(day, form.format(day)) for day in days_between(start, last, step) if day >= first]


def _steps_from(least: float) -> Iterator[float]:
    """Round numbers (1, 2 or 5 times a power of ten) from a number upwards."""
    power = math.floor(math.log10(least))
    while True:
        for factor in (1, 2, 5):
            if factor * 10.0**power >= least:
                yield factor * 10.0**power
        power += 1
