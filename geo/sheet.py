"""A sheet to print: a grid of dated maps at equal scale, the area curve, a table, sources and licence."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import shapely

from geo.canvas import LEADING, Canvas, PictureFormat, house_style
from geo.drawable import Drawable
from geo.drawing import Box, Curve, Map, km_per_degree
from geo.errors import OutputError
from geo.model import Series
from geo.picture import about, credit
from geo.style import colour, family, paint, words
from geo.wording import day_text, km2_text, percent_text

SIZE = (1654, 2339)
"""A4 at 200 dots per inch."""

_SIDE = 840
_DAYS, _MOST_DAYS = 12, 24
_MOST_ACTORS = 4
_GAP, _LABEL, _ROW = 14.0, 21.0, 16.5


def sheet_days(series: Series) -> list[date]:
    """Twelve days, evenly spaced from the first to the last of a series; fewer where it has no twelve."""
    drawable = Drawable(series)
    span = (drawable.last - series.first).days
    return [series.first + timedelta(days=round(span * share)) for share in np.linspace(0, 1, min(_DAYS, span + 1))]


def sheet(series: Series, days: Sequence[date], *, size: tuple[int, int] = SIZE, form: PictureFormat = "png") -> bytes:
    """Draw a sheet.

    Parameters
    ----------
    series
        Any series; see `geo.picture.picture`.
    days
        The days of the maps, 1 to 24, in the order shown.
    size
        Width and height in dots, 240 to 4096. Curve, table and sources stand below the maps, on a wide sheet beside them.
    form
        ``"png"`` or ``"svg"``.

    Returns
    -------
    bytes
        The file; same input, same bytes.

    Raises
    ------
    DateError
        A day outside the series.
    OutputError
        More than 24 days, none, or a size out of range.
    """
    if not 0 < len(days) <= _MOST_DAYS:
        raise OutputError(
            f"a sheet has room for 1 to {_MOST_DAYS} maps, and {len(days)} days were asked for. Choose a longer step, or name the days: A,B,C."
        )
    days = [series.day(day) for day in days]
    with house_style():
        made = _Sheet(Drawable(series), days, Canvas(size, side=_SIDE))
        return made.canvas.picture(form, about=about(series, f"{day_text(days[0])} to {day_text(days[-1])}"))


class _Sheet:
    def __init__(self, drawable: Drawable, days: Sequence[date], canvas: Canvas) -> None:
        self.drawable, self.series, self.days, self.canvas = drawable, drawable.series, days, canvas
        edge, width = 36.0, canvas.width
        top, foot = self._head(edge, width - 2 * edge), self._foot(edge, width - 2 * edge)
        table = (len(days) + 1) * _ROW + 8
        if width > canvas.height:
            split = edge + 0.62 * (width - 2 * edge)
            aside = width - edge - split - 26
            self._maps((edge, top, split - edge, foot - top))
            self._curve((split + 26, top, aside, 150))
            self._table((split + 26, top + 172, aside, table))
            self._sources((split + 26, top + 184 + table, aside, foot - top - 184 - table))
            return
        inner, below = width - 2 * edge, 150 + table + 34
        self._maps((edge, top, inner, foot - below - top))
        self._curve((edge, foot - below, inner, 150))
        self._table((edge, foot - table - 12, 0.56 * inner, table))
        self._sources((edge + 0.6 * inner, foot - table - 12, 0.4 * inner, table))

    def _head(self, x: float, width: float) -> float:
        canvas, definition = self.canvas, self.series.definition
        canvas.box(0, 0, canvas.width, 6, facecolor=colour("held"), linewidth=0)
        y = canvas.column(x, 30, self.series.title, px=27, width=width, lines=2, fontfamily=family("serif"), fontweight=700)
        text = f"{definition.title}. {definition.counts} All maps at the same scale."
        y = canvas.column(x, y + 4, text, px=13, width=width, lines=2, color=colour("ink-soft"))
        return self._key(x, y + 6) + 14

    def _key(self, x: float, y: float) -> float:
        actors = self.series.actors
        named = [
            (f"actor-{actor}", words()["held"] if len(actors) == 1 else name, False) for actor, name in enumerate(actors[:_MOST_ACTORS])
        ]
        if not np.array_equal(self.drawable.curve("certain"), self.drawable.curve("possible")):
            named.append(("actor-0", words()["uncertain"], True))
        for actor, name, striped in named:
            self.canvas.swatch(x, y, paint("held", actor), striped=striped)
            x += 46 + self.canvas.extent(self.canvas.text(x + 23, y, name, px=13))[0]
        return y + 13 * LEADING

    def _foot(self, x: float, width: float) -> float:
        """The credit at the foot; returns where it begins."""
        rows = self.canvas.wrapped(credit(self.series), px=10, width=width, lines=4)
        y = self.canvas.height - 26 - len(rows) * LEADING * 10
        self.canvas.line((x, x + width), (y - 9, y - 9), color=colour("rule"), linewidth=0.72)
        self.canvas.column(x, y, credit(self.series), px=10, width=width, lines=4, color=colour("ink-soft"))
        return y - 9

    def _maps(self, box: Box) -> None:
        """A grid of maps, as large as the box allows."""
        left, top, width, height = box
        west, south, east, north = shapely.total_bounds(self.series.geometry)
        km_east, km_north = km_per_degree((south + north) / 2)
        shape = min(max((east - west) * km_east / ((north - south) * km_north), 0.6), 2.0)

        def map_width(columns: int) -> float:
            rows = math.ceil(len(self.days) / columns)
            return float(min((width - (columns - 1) * _GAP) / columns, (height / rows - _GAP - _LABEL) * shape))

        columns = max(range(1, len(self.days) + 1), key=map_width)
        wide, high = map_width(columns), map_width(columns) / shape
        step_x = wide + ((width - columns * wide) / (columns - 1) if columns > 1 else 0)
        for number, day in enumerate(self.days):
            x, y = left + number % columns * step_x, top + number // columns * (high + _LABEL + _GAP)
            self.canvas.text(x, y, day_text(day), px=13, fontweight=700)
            self.canvas.text(
                x + wide, y, f"{km2_text(self.drawable.area_on(day).recorded)} km²", px=13, ha="right", fontweight=700, color=colour("held")
            )
            drawn = Map(self.canvas, (x, y + _LABEL, wide, high), self.drawable, names=number == 0)
            drawn.show(day)
            if number == 0:
                drawn.scale_and_north()
            self.canvas.box(x, y + _LABEL, wide, high, facecolor="none", edgecolor=colour("edge"), linewidth=0.5)

    def _curve(self, box: Box) -> None:
        x, y, width, height = box
        curve = Curve(self.canvas, (x, y + 8, width, height - 30), self.drawable)
        for day in self.days:
            self.canvas.line(
                (curve.x(day), curve.x(day)), (y + 8, y + height - 22), color=colour("ink"), linewidth=0.5, linestyle=(0, (2, 3))
            )

    def _table(self, box: Box) -> None:
        """Figures by day: with one actor the range and the share of the peak, with several the area of each."""
        x, y, width, _ = box
        actors = self.series.actors
        largest = np.argsort(-self.drawable.curve().max(axis=1), kind="stable")[:_MOST_ACTORS].tolist()
        heads = ["Date", "km²", *([actors[actor] for actor in largest] if len(actors) > 1 else ["from", "to", "of peak"])]
        rows = [[day_text(day), *self._figures(day, largest)] for day in self.days]
        ends = [x + width * share for share in np.linspace(0.42, 1, len(heads) - 1)]
        for number, row in enumerate([heads, *rows]):
            top = y + number * _ROW
            style: dict[str, Any] = {
                "px": 12,
                "fontweight": 700 if number == 0 else 400,
                "color": colour("ink-soft" if number == 0 else "ink"),
            }
            self.canvas.text(x, top, row[0], **style)
            for end, cell in zip(ends, row[1:], strict=True):
                self.canvas.text(end, top, self.canvas.wrapped(cell, width=width / len(heads), lines=1, **style)[0], ha="right", **style)
            self.canvas.line((x, x + width), (top + _ROW - 2, top + _ROW - 2), color=colour("rule"), linewidth=0.5)

    def _figures(self, day: date, actors: Sequence[int]) -> list[str]:
        area = self.drawable.area_on(day)
        if len(self.series.actors) > 1:
            return [km2_text(area.recorded), *(km2_text(self.drawable.area_on(day, actor).recorded) for actor in actors)]
        peak = self.drawable.peak[0]
        low, high = min(area.certain, area.recorded), max(area.possible, area.recorded)
        return [km2_text(area.recorded), km2_text(low), km2_text(high), percent_text(area.recorded / peak) if peak else "–"]

    def _sources(self, box: Box) -> None:
        """Who published the evidence for the days shown, most places first."""
        x, y, width, height = box
        cited: Counter[str] = Counter()
        found = set()
        for day in self.days:
            for record in self.series.at(day).records:
                found |= set(record.sources)
                cited.update({self.series.sources[one].publisher if one in self.series.sources else one for one in record.sources})
        if not cited:
            return
        y = self.canvas.column(
            x, y, f"{words()['sources_title']}: {len(found)} behind these maps", px=12, width=width, lines=1, fontweight=700
        )
        names = "; ".join(name for name, _ in sorted(cited.items(), key=lambda item: (-item[1], item[0])))
        self.canvas.column(x, y, names, px=10, width=width, lines=int((height - 17) / (10 * LEADING)), color=colour("ink-soft"))
