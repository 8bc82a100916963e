"""The map of a series, drawn on a canvas with the page's colours and lines.

It is plate carrée at the scale of its middle latitude, where it is true in both directions on the ellipsoid; a grid of such
maps with the same bounds and boxes has the same scale throughout.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import shapely
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Polygon
from matplotlib.path import Path
from numpy.typing import NDArray

from geo.basemap import base_shapes
from geo.canvas import STRIPES, Box, Canvas
from geo.drawable import Drawable
from geo.generalize import generalize_lines
from geo.load import load_base
from geo.measure import FLATTENING, SEMI_MAJOR_M
from geo.style import POINTS, colour, paint, type_of

_E2 = FLATTENING * (2 - FLATTENING)
_SMALL_PX = 22
_CORNER_PX = 80
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
        self._weight = min(1.0, max(0.5, min(box[2:]) / 400))
        self._frame()
        if self._has_base():
            self._base()
            if names:
                self._names()
        else:
            self._graticule()
        actors = range(len(drawable.series.actors))
        self._held = [self._patch(4, **paint("held", drawable.colour_class(actor))) for actor in actors]
        self._stripes = [self._patch(4.1, **STRIPES) for _ in actors]
        self._doubt = [self._patch(4.2, **paint("doubt", drawable.colour_class(actor))) for actor in actors]
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
        small = max((east - west) * self._km[0], (north - south) * self._km[1]) < _SMALL_PX * self._weight * self.km_per_px
        self._locator.set_data(*([(west + east) / 2], [(south + north) / 2]) if small else ([], []))
        self._event.set_data(*([event[0]], [event[1]]) if event else ([], []))

    def scale_and_north(self) -> None:
        """A scale bar and an arrow to the north in the lower left corner."""
        left, top, width, height = self.box
        size = max(self._weight, 0.8)
        x, low = left + 16 * size, top + height - 16 * size
        km = _round_below(min(110, width / 4) * self.km_per_px)
        length, middle = km / self.km_per_px, x + 6 * size
        style = {"color": colour("ink"), "linewidth": 1.2 * size * POINTS, "zorder": 3}
        head = [(middle + side * size, low - rise * size) for side, rise in ((-4, 44), (0, 58), (4, 44))]
        bar = self.canvas.line((x, x, x + length, x + length), (low - 5 * size, low, low, low - 5 * size), **style)
        arrow = self.canvas.line((middle, middle), (low - 26 * size, low - 46 * size), **style)
        tip = self.canvas.axes.add_artist(Polygon(head, color=colour("ink"), zorder=3))
        self.canvas.place("over", bar, arrow, tip)
        label: dict[str, Any] = {"px": 11.5 * size, "ha": "center", "zorder": 3}
        scale = self.canvas.text(x + length / 2, low - 18 * size, f"{km:,g} km", **label)
        north = self.canvas.text(middle, low - 74 * size, "N", fontweight="bold", **label)
        for text in (scale, north):
            self.canvas.place("over", self.canvas.halo(text, (*colour("land")[:3], 0.8)), text)

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
        land, series = (
            shapely.box(*shapely.total_bounds(shapes)) for shapes in (base_shapes()["surroundings"], self.drawable.series.geometry)
        )
        return bool(land.contains(series))

    def _base(self) -> None:
        self.axes.patch.set(visible=True, facecolor=colour("sea"))
        west, east, south, north = *self.axes.get_xlim(), *self.axes.get_ylim()
        window = shapely.box(west, south, east, north)
        fine = self.km_per_px / self._km[1] / 4
        seen = {
            name: generalize_lines([line for line in lines if window.intersects(shapely.box(*line.bounds))], fine)
            for name, lines in base_shapes().items()
        }
        for name in ("surroundings", "land", "focus"):
            self._patch(1, **paint(f"base-{name}") | {"linewidth": 0}).set_path(_path_of(seen[name]))
        frame = shapely.box(*shapely.total_bounds(base_shapes()["land"])).boundary
        coasts = shapely.get_parts([line.difference(frame.buffer(fine)) for line in seen["land"]])
        self._patch(1, **paint("base-land") | {"facecolor": "none"}).set_path(_path_of(coasts))
        for name, shape in (("governorates", "governorates"), ("rivers", "rivers"), ("lakes", "lakes"), ("borders", "focus")):
            patch = self._patch(5, **paint(f"base-{name}"))
            patch.set_path(_path_of(seen[shape]))
            self.canvas.place("over", patch)

    def _graticule(self) -> None:
        """Meridians and parallels at round degrees, where there is no base map."""
        self.axes.patch.set(visible=True, facecolor=colour("land"))
        west, east, south, north = *self.axes.get_xlim(), *self.axes.get_ylim()
        step = _round_below((north - south) / 3)
        meridians = [[(x, south), (x, north)] for x in np.arange(math.ceil(west / step) * step, east, step)]
        parallels = [[(west, y), (east, y)] for y in np.arange(math.ceil(south / step) * step, north, step)]
        lines = shapely.linestrings(meridians + parallels)
        self._patch(1, edgecolor=colour("focus-land"), facecolor="none", linewidth=POINTS).set_path(_path_of(lines))

    def _names(self) -> None:
        """Names by rank, as many as the scale has room for, none over another."""
        zoom = math.log2(self._km[0] / self.km_per_px * 360 / 256)
        most = bisect_right((5.5, 6.4, 7.6, 9.5), zoom) + 1
        left, top, _, height = self.box
        corner = _CORNER_PX * max(self._weight, 0.8)
        taken: list[Box] = [(left, top + height - corner, left + corner, top + height)]
        for item in sorted(
            load_base("labels")["features"], key=lambda item: (item["properties"]["rank"], item["properties"]["kind"] != "country")
        ):
            kind, rank = item["properties"]["kind"], item["properties"]["rank"]
            if rank <= most:
                self._name(item["geometry"]["coordinates"], item["properties"]["name"], kind, taken)

    def _name(self, at: Sequence[float], name: str, kind: str, taken: list[Box]) -> None:
        town = kind in ("town", "capital")
        if kind == "country":
            name = "\u2009".join(name)
        x, y = self.canvas.axes.transData.inverted().transform(self.axes.transData.transform(at))
        left, top, width, height = self.box
        style = {**type_of("map-label", f"map-label-{kind}"), "va": "center", "ha": "left" if town else "center"}
        style["fontsize"] *= max(self._weight, 0.8)
        label = self.canvas.axes.text(x + 6 if town else x, y, name, zorder=3, **style)
        long, tall = self.canvas.extent(label)
        if kind == "country" and top < y < top + height + 2 * tall:
            y = min(max(y, top + tall), top + height - tall)
            label.set_y(y)
        start = x - 4 if town else x - long / 2
        box = (start - 4, y - tall / 2 - 1, start + long + (14 if town else 4), y + tall / 2 + 1)
        inside = left < box[0] and box[2] < left + width and top < box[1] and box[3] < top + height
        if not inside or any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
            label.remove()
            return
        taken.append(box)
        self.canvas.place("over", self.canvas.halo(label, (*colour("focus-land")[:3], 0.8)), label)
        if town:
            dot = {"marker": "o" if kind == "town" else "s", "markersize": 4.4 * POINTS, "markeredgewidth": POINTS}
            ink = type_of("map-label")["color"]
            fill = "white" if kind == "town" else ink
            self.canvas.place("over", self.canvas.line((x,), (y,), **dot, markerfacecolor=fill, markeredgecolor=ink, zorder=3))

    def _patch(self, order: float, **style: Any) -> PathPatch:
        patch = PathPatch(_EMPTY, zorder=order, **style | {"linewidth": style["linewidth"] * self._weight})
        self.axes.add_artist(patch)
        return patch

    def _ring(self, radius_px: float, name: str) -> Line2D:
        pen = paint(name)
        ring = Line2D([], [], marker="o", markersize=2 * radius_px * self._weight * POINTS, markerfacecolor="none", zorder=4.3)
        ring.set(markeredgecolor=pen["edgecolor"], markeredgewidth=pen["linewidth"] * self._weight)
        self.axes.add_artist(ring)
        return ring


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
