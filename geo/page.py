"""The page: a folium map with everything inside, one HTML file that works without a network."""

from __future__ import annotations

from collections.abc import Sequence

import folium
from branca.element import Element, Figure

from geo.errors import SeriesError
from geo.model import Series
from geo.timeline import VIEWER, TerritoryTimeline


class OfflineMap(folium.Map):
    """A folium map whose only asset is the vendored Leaflet, inlined; no tiles, no remote files."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012
    default_css: list[tuple[str, str]] = []  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__(
            tiles=None,
            min_zoom=4,
            max_zoom=14,
            zoom_snap=0.25,
            zoom_delta=0.5,
            wheel_px_per_zoom_level=110,
            zoom_control="topright",
        )
        self._id = "page"

    def render(self, **kwargs: object) -> None:
        """Add the map to its figure, with Leaflet in the head."""
        figure = self.get_root()
        assert isinstance(figure, Figure)
        style = (VIEWER / "vendor" / "leaflet.css").read_text(encoding="utf-8")
        script = (VIEWER / "vendor" / "leaflet.js").read_text(encoding="utf-8")
        figure.header.add_child(Element(f"<style>\n{style}</style>\n<script>\n{script}</script>"), name="leaflet")
        super().render(**kwargs)


def page_html(series: Series | Sequence[Series], *, definition: str | None = None, moment: str = "") -> str:
    """The page as one HTML text with every asset inside; not one network request.

    Parameters
    ----------
    series
        One series, or the same under several definitions of control.
    definition
        Identifier of the definition to show first; None for the first given.
    moment
        What to show first besides, in the words of the page's address: ``datetime``, ``compare``, ``baseline``, ``view``.

    Returns
    -------
    str
        HTML; same input, same text.

    Raises
    ------
    SeriesError
        `definition` is none of the series'.
    """
    several = (series,) if isinstance(series, Series) else tuple(series)
    known = [one.definition.id for one in several]
    if definition is not None and definition not in known:
        raise SeriesError(f"unknown definition {definition!r}. Expected one of {', '.join(known)}.")
    page = OfflineMap()
    timeline = TerritoryTimeline(several, definition=definition, base_map=True, moment=moment)
    timeline._id = "page"
    timeline.add_to(page)
    figure = page.get_root()
    assert isinstance(figure, Figure)
    figure._id = "page"
    figure.title = several[0].title
    return str(figure.render())
