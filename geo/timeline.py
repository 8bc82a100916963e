"""`TerritoryTimeline`, a folium plugin: a territory, a scrubber and a read-out on any folium map."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path

from branca.element import Element, Figure, MacroElement
from jinja2 import Environment, FileSystemLoader

from geo.model import Series
from geo.payload import payload

VIEWER = Path(__file__).parent / "viewer"

_TEMPLATES = Environment(loader=FileSystemLoader(VIEWER), autoescape=False)


class TerritoryTimeline(MacroElement):
    """A territory over time on a folium map.

    ``TerritoryTimeline(series).add_to(folium.Map())`` works on any folium map, in a notebook too. It brings its own
    style sheet, scripts and data with it and asks nothing of the network.

    Parameters
    ----------
    series
        One series, or the same under several definitions of control to choose from.
    definition
        Identifier of the definition to show first; None for the first given.
    base_map
        Draw the vector base map of Syria and Iraq below the territory; for maps without tiles.
    moment
        What to show first, in the words of the page's address, such as ``"datetime=2015-05-21&compare=2014-06-30"``. What
        the address itself says counts more.
    """

    _template = _TEMPLATES.get_template("timeline.html.jinja")

    def __init__(
        self, series: Series | Sequence[Series], *, definition: str | None = None, base_map: bool = False, moment: str = ""
    ) -> None:
        super().__init__()
        self._name = "TerritoryTimeline"
        several = (series,) if isinstance(series, Series) else tuple(series)
        self.payload = payload(several, base_map=base_map)
        moment = f"{moment}&definition={definition or several[0].definition.id}"
        self.settings = _json({"words": json.loads((VIEWER / "text" / "en.json").read_text(encoding="utf-8")), "moment": moment})

    def render(self, **kwargs: object) -> None:
        """Add the plugin to its map's figure; style sheet and scripts once per figure."""
        figure = self.get_root()
        assert isinstance(figure, Figure), "a TerritoryTimeline can only be rendered on a folium map"
        style = "\n".join(path.read_text(encoding="utf-8") for path in sorted(VIEWER.glob("*.css")))
        figure.header.add_child(Element(f"<style>\n{style}</style>"), name="territory_style")
        figure.header.add_child(Element(_import_map()), name="territory_scripts")
        super().render(**kwargs)


def _json(value: object) -> str:
    """JSON that may stand inside a script element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _import_map() -> str:
    """The viewer's modules as data addresses, so that they can import each other inside one file."""
    modules = {
        f"#viewer/{path.name}": "data:text/javascript;base64," + base64.b64encode(path.read_bytes()).decode("ascii")
        for path in sorted(VIEWER.glob("*.js"))
    }
    return f'<script type="importmap">{json.dumps({"imports": modules})}</script>'
