"""`TerritoryTimeline`, a folium plugin: a territory, a scrubber and a read-out on any folium map."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from branca.element import Element, Figure, MacroElement
from jinja2 import Environment, FileSystemLoader

from geo.model import Series
from geo.payload import payload

VIEWER = Path(__file__).parent / "viewer"

_AS_IT_IS = " !\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"
"""What may stand in a data address besides letters and digits; modules in base64 would be a quarter longer."""

TEMPLATES = Environment(loader=FileSystemLoader(VIEWER), autoescape=False)


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

    _template = TEMPLATES.get_template("timeline.html.jinja")

    def __init__(
        self, series: Series | Sequence[Series], *, definition: str | None = None, base_map: bool = False, moment: str = ""
    ) -> None:
        super().__init__()
        self._name = "TerritoryTimeline"
        several = (series,) if isinstance(series, Series) else tuple(series)
        self.payload = _payload(several, base_map=base_map)
        moment = f"{moment}&definition={quote(definition or several[0].definition.id)}"
        self.assets = _assets()
        words = languages()
        build = hashlib.sha256("\n".join([self.assets, _json(words), self.payload]).encode("utf-8")).hexdigest()[:12]
        self.settings = _json({"languages": words, "moment": moment, "build": build})

    def render(self, **kwargs: object) -> None:
        """Add the plugin to its map's figure; style sheet and scripts once per figure."""
        figure = self.get_root()
        assert isinstance(figure, Figure), "a TerritoryTimeline can only be rendered on a folium map"
        figure.header.add_child(Element(self.assets), name="territory_assets")
        super().render(**kwargs)


def languages() -> dict[str, dict[str, str]]:
    """Words of the interface by language, one file of `viewer/text/` each; what a language lacks is said in English."""
    words = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((VIEWER / "text").glob("*.json"))}
    return {language: {**words["en"], **texts} for language, texts in words.items()}


def _payload(series: tuple[Series, ...], *, base_map: bool) -> str:
    """What `payload` gives, remembered with the first of the series."""
    remembered, key = series[0].remembered, (payload, series[1:], base_map)
    if key not in remembered:
        remembered[key] = payload(series, base_map=base_map)
    return str(remembered[key])


def _json(value: object) -> str:
    """JSON that may stand inside a script element and, as branca takes every text for one, inside a template."""
    return re.sub(r"<|\{(?=[{%#])", lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def _assets() -> str:
    """Style sheet, and the viewer's modules as data addresses, so that they can import each other inside one file."""
    modules = {
        f"#viewer/{path.name}": "data:text/javascript," + quote(path.read_text(encoding="utf-8"), safe=_AS_IT_IS)
        for path in sorted(VIEWER.glob("*.js"))
    }
    style = "\n".join(path.read_text(encoding="utf-8") for path in sorted(VIEWER.glob("*.css")))
    return f'<style>\n{style}</style>\n<script type="importmap">{_json({"imports": modules})}</script>'
