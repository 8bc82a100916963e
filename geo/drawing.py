"""The map and the area curve, drawn on a canvas with the page's colours and lines.

The map is plate carrée at the scale of its middle latitude, where it is true in both directions on the ellipsoid; a grid of such
maps with the same bounds and boxes has the same scale throughout.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
import shapely
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Polygon
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from geo.basemap import base_shapes
from geo.canvas import STRIPES, Canvas
from geo.drawable import Drawable
from geo.load import load_base
from geo.measure import FLATTENING, SEMI_MAJOR_M
from geo.periods import Step, days_between
from geo.style import POINTS, colour, paint, type_of
from geo.wording import km2_text

Box = tuple[float, float, float, float]
"""Left, top, width and height on a canvas, in CSS pixels."""

_E2 = FLATTENING * (2 - FLATTENING)
_SMALL_PX = 22
_CORNER_PX = 90
_MARGIN = 0.06
_EMPTY = Path(np.empty((0, 2)))


def km_per_degree(latitude: float) -> tuple[float, float]:
    """Length of a degree of longitude and of a degree of latitude at a latitude on the ellipsoid, in km."""
    bulge = 1 - _E2 * math.sin(math.radians(latitude)) ** 2
    east = SEMI_MAJOR_M * math.cos(math.radians(latitude)) / math.sqrt(bulge)
    north = SEMI_MAJOR_M * (1 - _E2) / bulge**1.5
    return math.radians(east) / 1e3, math.radians(north) / 1e3


class Map:
    """A map of a series in a box; `show` draws a day on it.

    Attributes
    ----------
    km_per_px
        Scale at the middle latitude.
    """

    def __init__(self, canvas: Canvas, box: Box, drawable: Drawable, *, names: bool = True) -> None:
        self.canvas, self.box, self.drawable = canvas, box, drawable
        self.axes = canvas.inset(*box)
        self._frame()
        if self._has_base():
            self._base()
            if names:
                self._names()
        else:
            self.axes.patch.set(visible=True, facecolor=colour("focus-land"))
        actors = range(len(drawable.series.actors))
        self._held = [self._patch(4, **paint("held", f"actor-{actor}")) for actor in actors]
        self._stripes = [self._patch(4.1, **STRIPES) for _ in actors]
        self._doubt = [self._patch(4.2, **paint("doubt", f"actor-{actor}")) for actor in actors]
        self._locator, self._event = self._ring(18, "locator"), self._ring(11, "event-ring")
        canvas.place("land", *self._held, *self._stripes, *self._doubt, self._locator, self._event)

    def show(self, day: date, *, event: tuple[float, float] | None = None) -> None:
        """Draw the land of a day, a ring around it where it is too small to see, and one around an event's place (degrees)."""
        shapes = []
        for actor, held in enumerate(self._held):
            recorded, doubtful = self.drawable.outline(actor, day)
            shapes.append(recorded)
            held.set_path(_path(recorded))
            for patch in (self._stripes[actor], self._doubt[actor]):
                patch.set_path(_path(doubtful))
        west, south, east, north = shapely.total_bounds(shapes)
        small = max((east - west) * self._km[0], (north - south) * self._km[1]) < _SMALL_PX * self.km_per_px
        self._locator.set_data(*([(west + east) / 2], [(south + north) / 2]) if small else ([], []))
        self._event.set_data(*([event[0]], [event[1]]) if event else ([], []))

    def scale_and_north(self) -> None:
        """A scale bar and an arrow to the north in the lower right corner."""
        left, top, width, height = self.box
        km = _round_below(min(110, width / 3) * self.km_per_px)
        right, low, length = left + width - 18, top + height - 18, km / self.km_per_px
        ink, halo = colour("ink"), [withStroke(linewidth=2.5, foreground=colour("focus-land"))]
        style = {"color": ink, "linewidth": 1.2 * POINTS, "path_effects": halo, "zorder": 3}
        head = [(right - 10, low - 48), (right - 6, low - 61), (right - 2, low - 48)]
        self.canvas.place(
            "over",
            self.canvas.line((right - length, right - length, right, right), (low - 5, low, low, low - 5), **style),
            self.canvas.text(right - length / 2, low - 19, f"{km:,g} km", px=11.5, ha="center", path_effects=halo),
            self.canvas.line((right - 6, right - 6), (low - 30, low - 50), **style),
            self.canvas.text(right - 6, low - 77, "N", px=11.5, ha="center", fontweight=700, path_effects=halo),
            self.canvas.axes.add_artist(Polygon(head, color=ink, zorder=3)),
        )

    def _frame(self) -> None:
        west, south, east, north = shapely.total_bounds(self.drawable.series.geometry)
        middle = (south + north) / 2
        self._km = km_per_degree(middle)
        _, _, width, height = self.box
        room = 1 - 2 * _MARGIN
        self.km_per_px = max((east - west) * self._km[0] / (width * room), (north - south) * self._km[1] / (height * room), 1e-6)
        half_x, half_y = (side / 2 * self.km_per_px / km for side, km in zip((width, height), self._km, strict=True))
        self.axes.set_xlim((west + east) / 2 - half_x, (west + east) / 2 + half_x)
        self.axes.set_ylim(middle - half_y, middle + half_y)

    def _has_base(self) -> bool:
        """Whether the series lies on the land that the base map covers."""
        return bool(
            shapely.box(*shapely.total_bounds(base_shapes()["surroundings"])).contains(
                shapely.box(*shapely.total_bounds(self.drawable.series.geometry))
            )
        )

    def _base(self) -> None:
        self.axes.patch.set(visible=True, facecolor=colour("sea"))
        west, east, south, north = *self.axes.get_xlim(), *self.axes.get_ylim()
        window = shapely.box(west, south, east, north)
        seen = {name: [line for line in lines if window.intersects(shapely.box(*line.bounds))] for name, lines in base_shapes().items()}
        for name in ("surroundings", "land", "focus"):
            self._patch(1, **paint(f"base-{name}")).set_path(_path_of(seen[name]))
        for name, shape in (("governorates", "governorates"), ("rivers", "rivers"), ("lakes", "lakes"), ("borders", "focus")):
            patch = self._patch(5, **paint(f"base-{name}"))
            patch.set_path(_path_of(seen[shape]))
            self.canvas.place("over", patch)

    def _names(self) -> None:
        """Names by rank, as many as the scale has room for, none over another."""
        zoom = math.log2(self._km[0] / self.km_per_px * 360 / 256)
        most = bisect_right((5.5, 6.4, 7.6, 9.5), zoom) + 1
        left, top, width, height = self.box
        taken: list[Box] = [(left + width - _CORNER_PX, top + height - _CORNER_PX, left + width, top + height)]
        for item in sorted(load_base("labels")["features"], key=lambda item: item["properties"]["rank"]):
            kind, rank = item["properties"]["kind"], item["properties"]["rank"]
            if rank <= most:
                self._name(item["geometry"]["coordinates"], item["properties"]["name"], kind, taken)

    def _name(self, at: Sequence[float], name: str, kind: str, taken: list[Box]) -> None:
        town = kind in ("town", "capital")
        if kind == "country":
            name = "\u2009".join(name)
        x, y = self.canvas.axes.transData.inverted().transform(self.axes.transData.transform(at))
        left, top, width, height = self.box
        halo = [withStroke(linewidth=2.4, foreground=(*colour("focus-land")[:3], 0.8))]
        style = {**type_of("map-label", f"map-label-{kind}"), "va": "center", "ha": "left" if town else "center", "path_effects": halo}
        label = self.canvas.axes.text(x + 6 if town else x, y, name, zorder=3, **style)
        long, tall = self.canvas.extent(label)
        if kind == "country" and top < y < top + height:
            y = min(max(y, top + tall), top + height - tall)
            label.set_y(y)
        start = x - 4 if town else x - long / 2
        box = (start - 4, y - tall / 2 - 1, start + long + (14 if town else 4), y + tall / 2 + 1)
        inside = left < box[0] and box[2] < left + width and top < box[1] and box[3] < top + height
        if not inside or any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
            label.remove()
            return
        taken.append(box)
        self.canvas.place("over", label)
        if town:
            dot = {"marker": "o" if kind == "town" else "s", "markersize": 4.4 * POINTS, "markeredgewidth": POINTS}
            ink = type_of("map-label")["color"]
            fill = "white" if kind == "town" else ink
            self.canvas.place("over", self.canvas.line((x,), (y,), **dot, markerfacecolor=fill, markeredgecolor=ink, zorder=3))

    def _patch(self, order: float, **style: Any) -> PathPatch:
        patch = PathPatch(_EMPTY, zorder=order, **style)
        self.axes.add_artist(patch)
        return patch

    def _ring(self, radius_px: float, name: str) -> Line2D:
        pen = paint(name)
        ring = Line2D([], [], marker="o", markersize=2 * radius_px * POINTS, markerfacecolor="none", zorder=4.3)
        ring.set(markeredgecolor=pen["edgecolor"], markeredgewidth=pen["linewidth"])
        self.axes.add_artist(ring)
        return ring


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
        fills = [paint("held", f"actor-{actor}")["facecolor"][:3] for actor in range(len(tops))]
        self._band(possible, drawable.last, low=possible * 0, facecolor=paint("chart-possible")["facecolor"])
        for (low, high), fill in zip(self._bands, fills, strict=True):
            self._band(high, drawable.last, low=low, facecolor=(*fill, 0.25))
        self._past = [
            self._band(high, drawable.series.first, low=low, facecolor=(*fill, 0.86))
            for (low, high), fill in zip(self._bands, fills, strict=True)
        ]
        canvas.place("land", *self._past)
        self._axes()
        pen, dot = paint("chart-cursor"), paint("chart-dot")
        self._cursor = canvas.line((), (), color=pen["edgecolor"], linewidth=pen["linewidth"], visible=False)
        self._dot = canvas.line((), (), marker="o", markersize=10 * POINTS, markeredgewidth=dot["linewidth"])
        self._dot.set(markerfacecolor=dot["facecolor"], markeredgecolor=dot["edgecolor"], visible=False)
        canvas.place("words", self._cursor, self._dot)

    def show(self, day: date) -> None:
        """Move the cursor to a day."""
        for patch, (low, high) in zip(self._past, self._bands, strict=True):
            patch.set_xy(self._corners(high, day, low=low))
        x = self.x(day)
        self._cursor.set(xdata=(x, x), ydata=(self._upper, self._upper + self._height), visible=True)
        self._dot.set(xdata=(x,), ydata=(self._y(self.drawable.area_on(day).recorded),), visible=True)

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
            for pen in map(paint, ("chart-grid", "chart-axis"))
        )
        label = {**type_of("chart-label"), "zorder": 3}
        step = next(size for size in _steps_from(self._most / 40) if self._most / size <= 4)
        for km2 in np.arange(step, self._most, step):
            y = self._y(km2)
            canvas.line((self._left, right), (y, y), zorder=0, **grid)
            canvas.place("over", canvas.axes.text(right, y - 2, f"{km2_text(km2)} km²", ha="right", va="bottom", **label))
        canvas.place("over", canvas.line((self._left, right), (floor, floor), zorder=3, **axis))
        for day, text in _ticks(self._first, self.drawable.last, most=int(self._width / 100)):
            x = self.x(day)
            canvas.line((x, x), (floor, floor + 5), **axis)
            made = canvas.axes.text(x + 3, floor + 4, text, va="top", **label)
            made.set_visible(x + 3 + canvas.extent(made)[0] <= right)


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


def _round_below(most: float) -> float:
    """The greatest of 1, 2 or 5 times a power of ten that is not above a number."""
    power = 10.0 ** math.floor(math.log10(most))
    return max(factor * power for factor in (1, 2, 5) if factor * power <= most)


def _path(land: shapely.Geometry) -> Path:
    return _path_of(shapely.get_rings(shapely.get_parts(land)))


def _path_of(lines: Sequence[shapely.Geometry] | NDArray[np.object_]) -> Path:
    """Lines and rings as one path; rings are closed, and holes stay holes as they run the other way round."""
    points, line = shapely.get_coordinates(lines, return_index=True)
    if not len(points):
        return _EMPTY
    begins = np.r_[True, line[1:] != line[:-1]]
    ends = np.r_[begins[1:], True]
    codes = np.where(begins, Path.MOVETO, Path.LINETO).astype(Path.code_type)
    codes[ends & shapely.is_closed(lines)[line]] = Path.CLOSEPOLY
    return Path(points, codes)
