"""The page: a folium map with everything inside, one HTML file that works without a network and may not ask for one."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from html.parser import HTMLParser

import folium
from branca.element import Element, Figure

from geo.errors import SeriesError
from geo.model import Series
from geo.payload import legible
from geo.timeline import TEMPLATES, VIEWER, TerritoryTimeline


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
        """Add the map to its figure; Leaflet stands in the head, in place of folium's lines, which forbid zooming."""
        super().render(**kwargs)
        figure = self.get_root()
        assert isinstance(figure, Figure)
        style = (VIEWER / "vendor" / "leaflet.css").read_text(encoding="utf-8")
        script = (VIEWER / "vendor" / "leaflet.js").read_text(encoding="utf-8")
        figure.header.add_child(Element(f"<style>\n{style}</style>\n<script>\n{script}</script>"), name=self.get_name())


class Page(Figure):
    """A document with a title, a language and a policy that forbids every network source and every script but its own."""

    def __init__(self, title: str) -> None:
        super().__init__(title=title)
        self._id = "page"

    def render(self, **kwargs: object) -> str:
        """The whole document."""
        for child in self._children.values():
            child.render(**kwargs)
        head, body = self.header.render(**kwargs), self.html.render(**kwargs)
        script = f"<script>{self.script.render(**kwargs)}</script>"
        return str(
            TEMPLATES.get_template("page.html.jinja").render(
                policy=_policy(head + body + script), title=legible(self.title), head=head, body=body, script=script
            )
        )


class _Scripts(HTMLParser):
    """Texts of the scripts that a document runs: all but those that only carry data."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script" and not (dict(attrs).get("type") or "").startswith("application/")
        if self._inside:
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


def _policy(document: str) -> str:
    """Content-Security-Policy: scripts by their SHA-256, modules and pictures from data addresses, all else forbidden.

    The viewer's modules stand in the import map, whose hash is among these. ``'strict-dynamic'`` would do without
    ``data:``, but browsers do not agree on what it means for modules.
    """
    scripts = _Scripts()
    scripts.feed(document)
    scripts.close()
    hashes = [base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii") for text in scripts.texts]
    allowed = " ".join(f"'sha256-{one}'" for one in dict.fromkeys(hashes))
    return f"default-src 'none'; script-src {allowed} data:; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def page_html(series: Series | Sequence[Series], *, definition: str | None = None, moment: str = "") -> str:
    """The page as one HTML text with every asset inside; not one network request.

    Parameters
    ----------
    series
        One series, or the same under several definitions of control.
    definition
        Identifier of the definition to show first; None for the first given.
    moment
        What to show first besides, in the words of the page's address: ``datetime``, ``compare``, ``baseline``, ``view``,
        ``play``, ``controls``, ``lang``.

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
    page = Page(several[0].title)
    map_ = OfflineMap()
    timeline = TerritoryTimeline(several, definition=definition, base_map=True, moment=moment)
    timeline._id = "page"
    timeline.add_to(map_)
    page.add_child(map_)
    return page.render()
