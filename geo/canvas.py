"""A blank picture to draw on with matplotlib: measured in CSS pixels, with text that keeps to its column.

Every canvas is laid out as if its shorter side had a set number of CSS pixels, and as many dots fill a pixel as the size asks
for: a larger picture shows the same, finer. Nothing comes from the clock, the user's settings or a random source.
"""

from __future__ import annotations

import io
import unicodedata
import warnings
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from numpy.typing import NDArray

from geo.errors import OutputError
from geo.style import POINTS, colour, family, stack

PictureFormat = Literal["png", "svg"]
Layer = Literal["land", "over", "words"]

_SMALLEST, _LARGEST = 240, 4096
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
STRIPES: Mapping[str, Any] = {"hatch": "////", "hatch_linewidth": 1.6, "edgecolor": (1, 1, 1, 0.75), "facecolor": "none", "linewidth": 0}
"""White stripes over what is uncertain, as keywords of a matplotlib patch."""

LEADING = 1.36
"""Distance between lines, in font sizes."""
_ASCENT = 0.8
"""Where a line's baseline lies, in font sizes below its top."""


class Canvas:
    """A figure of `size` dots, its shorter side `side` CSS pixels; x runs right and y down from the top left corner.

    Raises
    ------
    OutputError
        A side is smaller than 240 or larger than 4096 dots.
    """

    def __init__(self, size: tuple[int, int], *, side: float = 720) -> None:
        if not all(_SMALLEST <= length <= _LARGEST for length in size):
            raise OutputError(f"cannot draw {size[0]}x{size[1]}: expected sides from {_SMALLEST} to {_LARGEST} pixels, such as 1280x720.")
        self.dots = min(size) / side
        self.width, self.height = size[0] / self.dots, size[1] / self.dots
        dpi = 100 * self.dots
        self.figure = Figure(figsize=((size[0] + 0.01) / dpi, (size[1] + 0.01) / dpi), dpi=dpi, facecolor=colour("paper"))
        self.agg = FigureCanvasAgg(self.figure)
        self._layers: dict[Layer, list[Artist]] = {"land": [], "over": [], "words": []}
        self._still: tuple[Any, NDArray[np.uint8]] | None = None
        self.axes = self.inset(0, 0, self.width, self.height)
        self.axes.set(zorder=2, xlim=(0, self.width), ylim=(self.height, 0))

    def inset(self, x: float, y: float, width: float, height: float) -> Axes:
        """Axes without marks in a box of the canvas."""
        box = (x / self.width, 1 - (y + height) / self.height, width / self.width, height / self.height)
        axes = self.figure.add_axes(box, xticks=[], yticks=[])
        axes.patch.set_visible(False)
        for side in axes.spines.values():
            side.set_visible(False)
        return axes

    def text(self, x: float, y: float, text: str, *, px: float, **style: Any) -> Text:
        """One line of text whose top is at y; `px` is its size."""
        style = {"color": colour("ink"), "fontfamily": family("sans"), "fontsize": px * POINTS, "va": "baseline", **style}
        return self.axes.text(x, y + _ASCENT * px, printable(text), **style)

    def column(self, x: float, y: float, text: str, *, px: float, width: float, lines: int, **style: Any) -> float:
        """Text wrapped as `wrapped` does; returns where it ends."""
        for row in self.wrapped(text, px=px, width=width, lines=lines, **style):
            self.text(x, y, row, px=px, **style)
            y += LEADING * px
        return y

    def wrapped(self, text: str, *, px: float, width: float, lines: int, **style: Any) -> list[str]:
        """The lines into which a text of a size falls within a width; what does not fit in the last ends in an ellipsis."""
        probe = self.text(0, 0, "", px=px, **style)

        def long(row: str) -> float:
            probe.set_text(row)
            return self.extent(probe)[0]

        rows: list[str] = []
        words = printable(text).split()
        while words and len(rows) < lines:
            taken = bisect_right(range(1, len(words) + 1), width, key=lambda count: long(" ".join(words[:count])))
            row, words = " ".join(words[: max(taken, 1)]), words[max(taken, 1) :]
            if not taken or (words and len(rows) == lines - 1):
                row = row[: bisect_right(range(1, len(row) + 1), width, key=lambda count: long(row[:count] + " …"))] + " …"
            rows.append(row)
        probe.remove()
        return rows

    def fit(self, line: Text, widest: str, width: float) -> None:
        """Makes a line smaller until the widest it will ever say keeps to a width."""
        shown = line.get_text()
        line.set_text(widest)
        line.set_fontsize(float(line.get_fontsize()) * min(1.0, width / max(self.extent(line)[0], 1)))
        line.set_text(shown)

    def extent(self, line: Text) -> tuple[float, float]:
        """Width and height of a line."""
        box = line.get_window_extent(self.agg.get_renderer())
        return box.width / self.dots, box.height / self.dots

    def box(self, x: float, y: float, width: float, height: float, **style: Any) -> Rectangle:
        """A rectangle; `style` as `geo.style.paint` gives it."""
        made = Rectangle((x, y), width, height, **style)
        self.axes.add_artist(made)
        return made

    def swatch(self, x: float, y: float, style: Mapping[str, Any], *, striped: bool = False) -> None:
        """A sample of a colour for a key, as high as a line of text beside it."""
        self.box(x, y + 1, 16, 11, **style)
        if striped:
            self.box(x, y + 1, 16, 11, **STRIPES)

    def line(self, x: Sequence[float], y: Sequence[float], **style: Any) -> Line2D:
        """A line through points."""
        made = Line2D(x, y, **style)
        self.axes.add_artist(made)
        return made

    def place(self, layer: Layer, *artists: Artist) -> None:
        """Say where artists stand in a film: ``"land"`` and ``"words"`` change, and between them ``"over"`` does not."""
        self._layers[layer] += artists
        for artist in artists:
            artist.set_animated(True)

    def pixels(self) -> NDArray[np.uint8]:
        """Rows of dots from the top, each red, green, blue and opacity; a view that the next call overwrites.

        What does not change is drawn once: everything without a layer, and the layer between those that do.
        """
        dots = self.agg.get_renderer()
        if self._still is None:
            over = RendererAgg(dots.width, dots.height, dots.dpi)
            for artist in self._layers["over"]:
                artist.draw(over)
            self.agg.draw()
            self._still = self.agg.copy_from_bbox(self.figure.bbox), np.asarray(over.buffer_rgba())[::-1]
        below, above = self._still
        self.agg.restore_region(below)
        for artist in self._layers["land"]:
            artist.draw(dots)
        dots.draw_image(dots.new_gc(), 0, 0, above)
        for artist in self._layers["words"]:
            artist.draw(dots)
        return np.asarray(self.agg.buffer_rgba())

    def picture(self, form: PictureFormat, *, about: Mapping[str, str]) -> bytes:
        """The canvas as a PNG or SVG file; same canvas, same bytes.

        Parameters
        ----------
        form
            ``"png"`` or ``"svg"``; text in an SVG stays text.
        about
            Title, source and rights, for the file's metadata.
        """
        named = {"png": {"Title": "Title", "Source": "Source", "Rights": "Copyright", "Software": "Software"}, "svg": {}}[form]
        nothing: dict[str, str | None] = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}[form]  # type: ignore[assignment]
        file = io.BytesIO()
        self.figure.savefig(file, format=form, metadata=nothing | {named.get(name, name): text for name, text in about.items() if text})
        return file.getvalue()


@contextmanager
def house_style() -> Iterator[None]:
    """matplotlib without the user's settings; a canvas is made, drawn on and saved inside."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({"svg.hashsalt": "territory", "svg.fonttype": "none", "text.parse_math": False})
        matplotlib.rcParams.update({"font.serif": list(stack("serif")), "font.sans-serif": list(stack("sans"))})
        warnings.filterwarnings("ignore", message="Glyph")
        yield


def printable(text: str) -> str:
    """Text without what no file takes or what could disguise it: control characters, overrides of the writing direction."""
    return "".join(" " if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in text if sign not in _OVERRIDES)
