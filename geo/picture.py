"""One picture of a day: map, date, area with its range, definition, area curve, scale, north, attribution."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from typing import Any

import numpy as np
from matplotlib.text import Text

from geo.canvas import LEADING, Canvas, PictureFormat, house_style, printable
from geo.drawable import Drawable
from geo.drawing import Curve, Map
from geo.model import Event, Series
from geo.style import colour, family, paint, words
from geo.wording import day_text, km2_text, percent_text

SIZE = (1280, 720)
"""Width and height in dots unless another size is asked for."""

_TOP = 5
_EVENT_DAYS = 21
_MOST_ACTORS = 8
_WIDEST_DAY = date(2000, 9, 30)


def picture(series: Series, when: str | date | None = None, *, size: tuple[int, int] = SIZE, form: PictureFormat = "png") -> bytes:
    """Draw a day.

    Parameters
    ----------
    series
        Any series; the base map is drawn where it lies on the land around Syria and Iraq.
    when
        The day; None for the one on which the page opens.
    size
        Width and height in dots, 240 to 4096. The column of figures stands beside a wide map and above a tall one.
    form
        ``"png"`` or ``"svg"``.

    Returns
    -------
    bytes
        The file; same input, same bytes.

    Raises
    ------
    DateError
        Not a day, or outside the series.
    OutputError
        A size out of range.
    """
    drawable = Drawable(series)
    day = drawable.opening_day if when is None else series.day(when)
    with house_style():
        made = Picture(drawable, size=size)
        made.show(day)
        return made.canvas.picture(form, about=about(series, day_text(day)))


def about(series: Series, day: str) -> dict[str, str]:
    """What a file's metadata say of it."""
    return {"Title": f"{series.title}, {day}", "Source": series.attribution, "Rights": series.licence}


def credit(series: Series) -> str:
    """Whom to name, under which licence, and how areas were measured; stands on every picture."""
    version = f"Data version {series.version}." if series.version else ""
    licence = f"{series.licence}." if series.licence else ""
    return " ".join(filter(None, [series.attribution, version, licence, "Areas on the WGS 84 ellipsoid."]))


class Picture:
    """The picture of a series, laid out once; `show` draws a day on its canvas. For use inside `geo.canvas.house_style`."""

    def __init__(self, drawable: Drawable, *, size: tuple[int, int]) -> None:
        self.drawable, self.series = drawable, drawable.series
        self.canvas = Canvas(size)
        self._lay_out_wide() if self.canvas.width > 1.2 * self.canvas.height else self._lay_out_tall()
        self.map.scale_and_north()
        self.canvas.place("words", self._date, self._area, self._range, self._share, self._caption, *self._held)

    def show(self, day: date) -> None:
        """Draw a day of the series."""
        event = self._event(day)
        recent = event is not None and (day - event.date).days <= _EVENT_DAYS
        self.map.show(day, event=(event.lon, event.lat) if event and recent else None)
        self.curve.show(day)
        self._figures(day)
        self._caption.set(text=f"{day_text(event.date)}  {event.title}" if event else "", alpha=1 if recent else 0.55)

    def _lay_out_wide(self) -> None:
        width, height = self.canvas.width, self.canvas.height
        column, strip, edge, inner = 330.0, 156.0, 24.0, 284.0
        self.map = Map(self.canvas, (column, _TOP, width - column, height - strip - _TOP), self.drawable)
        self._rules(((column, column), (0, height)), ((column, width), (height - strip, height - strip)))
        y = self._title(edge, 24, inner, px=20, lines=3) + 16
        self._date = self._line(edge, y, px=29, widest=day_text(_WIDEST_DAY, month="%B"), width=inner)
        self._area = self._line(edge, y + 39, px=44, widest="888,888 km²", width=inner, color=colour("held"))
        self._range = self._note(edge, y + 94, px=14, width=inner)
        self._share = self._note(edge, y + 114, px=14, width=inner)
        y = self._definition(edge, y + 150, inner, px=14, lines=5) + 14
        self._key(edge, y, inner, columns=1)
        self._credit(edge, inner, px=10, lines=9)
        self._chart(column + 20, height - strip + 12, width - column - 40, strip - 12)

    def _lay_out_tall(self) -> None:
        width, height = self.canvas.width, self.canvas.height
        edge, inner, strip = 28.0, width - 56.0, min(270.0, height / 4.6)
        y = self._title(edge, 26, inner, px=25, lines=2) + 12
        self._date = self._line(edge, y + 11, px=32, widest=day_text(_WIDEST_DAY, month="%B"), width=inner * 0.52)
        self._area = self._line(width - edge, y, px=46, widest="888,888 km²", width=inner * 0.45, color=colour("held"), ha="right")
        self._share = self._note(edge, y + 58, px=15, width=inner * 0.48)
        self._range = self._note(width - edge, y + 58, px=15, width=inner * 0.5, ha="right")
        y = self._definition(edge, y + 92, inner, px=15, lines=2) + 10
        top = self._key(edge, y, inner, columns=2) + 12
        foot = self._credit(edge, inner, px=11, lines=4) - 14
        self.map = Map(self.canvas, (0, top, width, foot - strip - top), self.drawable)
        self._rules(((0, width), (top, top)), ((0, width), (foot - strip, foot - strip)))
        self._chart(edge, foot - strip + 14, inner, strip - 14)

    def _rules(self, *lines: tuple[tuple[float, float], tuple[float, float]]) -> None:
        """Thin lines between the parts, and the strong one along the top."""
        for x, y in lines:
            self.canvas.line(x, y, color=colour("rule"), linewidth=0.72)
        self.canvas.box(0, 0, self.canvas.width, _TOP, facecolor=colour("held"), linewidth=0)

    def _title(self, x: float, y: float, width: float, *, px: float, lines: int) -> float:
        return self.canvas.column(x, y, self.series.title, px=px, width=width, lines=lines, fontfamily=family("serif"), fontweight=700)

    def _line(self, x: float, y: float, *, px: float, widest: str, width: float, **style: Any) -> Text:
        made = self.canvas.text(x, y, "", px=px, fontfamily=family("serif"), fontweight=700, **style)
        self.canvas.fit(made, widest, width)
        return made

    def _note(self, x: float, y: float, *, px: float, width: float, **style: Any) -> Text:
        made = self.canvas.text(x, y, "", px=px, color=colour("ink-soft"), **style)
        self.canvas.fit(made, words()["area_range"].format(low="888,000 km²", high="888,000 km²"), width)
        return made

    def _definition(self, x: float, y: float, width: float, *, px: float, lines: int) -> float:
        definition = self.series.definition
        y = self.canvas.column(x, y, definition.title, px=px, width=width, lines=1, fontweight=700)
        return self.canvas.column(x, y, definition.counts, px=px, width=width, lines=lines, color=colour("ink-soft"))

    def _key(self, x: float, y: float, width: float, *, columns: int) -> float:
        """Swatches with what they stand for, the largest actors first; returns where it ends."""
        peaks = self.drawable.curve().max(axis=1)
        self._keyed = np.argsort(-peaks, kind="stable")[:_MOST_ACTORS].tolist()
        self._held: list[Text] = []
        places = [(x + place % columns * width / columns, y + place // columns * 21) for place in range(len(self._keyed) + 1)]
        for actor, (left, top) in zip(self._keyed, places, strict=False):
            self.canvas.swatch(left, top, paint("held", f"actor-{actor}"))
            self._held.append(self.canvas.text(left + 24, top, words()["held"], px=13))
        if not np.array_equal(self.drawable.curve("certain"), self.drawable.curve("possible")):
            left, top = places[-1]
            self.canvas.swatch(left, top, paint("held", f"actor-{self._keyed[0]}"), striped=True)
            self.canvas.text(left + 24, top, words()["uncertain"], px=13)
        return places[-1][1] + 21

    def _credit(self, x: float, width: float, *, px: float, lines: int) -> float:
        """The credit at the foot; returns where it begins."""
        rows = self.canvas.wrapped(credit(self.series), px=px, width=width, lines=lines)
        y = self.canvas.height - 16 - len(rows) * LEADING * px
        for number, row in enumerate(rows):
            self.canvas.text(x, y + number * LEADING * px, row, px=px, color=colour("ink-soft"))
        return y

    def _chart(self, x: float, y: float, width: float, height: float) -> None:
        self._caption = self.canvas.text(x, y, "", px=14.5, fontfamily=family("serif"))
        longest = max((f"{day_text(event.date)}  {event.title}" for event in self.series.events), key=len, default="")
        self.canvas.fit(self._caption, longest, width)
        self.curve = Curve(self.canvas, (x, y + 28, width, height - 28 - 26), self.drawable)

    def _figures(self, day: date) -> None:
        area, (peak, peak_day) = self.drawable.area_on(day), self.drawable.peak
        low, high = (f"{km2_text(km2)} km²" for km2 in (min(area.certain, area.recorded), max(area.possible, area.recorded)))
        self._date.set_text(day_text(day, month="%B"))
        self._area.set_text(f"{km2_text(area.recorded)} km²")
        self._range.set_text(words()["area_exact"] if low == high else words()["area_range"].format(low=low, high=high))
        share = percent_text(area.recorded / peak) if peak else "–"
        self._share.set_text(f"{share} {words()['peak_day'].format(day=day_text(peak_day))}")
        if len(self.series.actors) > 1:
            for actor, text in zip(self._keyed, self._held, strict=True):
                text.set_text(f"{printable(self.series.actors[actor])}  {km2_text(self.drawable.area_on(day, actor).recorded)} km²")

    def _event(self, day: date) -> Event | None:
        """The last event that has happened by a day."""
        past = bisect_right([event.date for event in self.series.events], day)
        return self.series.events[past - 1] if past else None
