"""The page's style sheet and words, read for pictures that are made without a browser.

Colours, line widths and sizes live in ``geo/viewer/viewer.css`` alone. An artist asks for them by the classes that the page
gives the same thing: ``paint("held", "actor-1")``. Lengths in the sheet are CSS pixels; `POINTS` of a figure make one.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

VIEWER = Path(__file__).parent / "viewer"

POINTS = 0.72
"""Points per CSS pixel in a figure of 100 dots per inch."""

Face = Literal["serif", "sans"]
Colour = tuple[float, float, float, float]

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})")
_RGB = re.compile(r"rgb\((\d+) (\d+) (\d+)(?: / ([\d.]+)%)?\)")
_FONT = re.compile(r"(?P<style>italic )?(?P<weight>\d{3} )?(?P<size>[\d.]+)px(?:/[\d.]+)? (?P<family>.+)")


@lru_cache(maxsize=1)
def _rules() -> dict[str, dict[str, str]]:
    """Declarations by selector; of several rules for a selector the first, so that media queries change nothing."""
    sheet = re.sub(r"/\*.*?\*/", "", (VIEWER / "viewer.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    rules: dict[str, dict[str, str]] = {}
    for selectors, body in _RULE.findall(sheet):
        found = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in body.split(";")) if value}
        for selector in selectors.split(","):
            rules.setdefault(selector.strip(), found)
    return rules


def declared(*classes: str) -> dict[str, str]:
    """What the style sheet declares for an element of the map with these classes, variables replaced by their values.

    A class without a rule adds nothing; of two declarations the later class's counts.
    """
    merged = dict(_rules()[".timeline-map"])
    own: dict[str, str] = {}
    for name in classes:
        found = _rules().get(f".timeline-map .{name}", {}) | _rules().get(f".{name}", {})
        merged |= found
        own |= found

    def value(text: str) -> str:
        while (match := re.search(r"var\((--[\w-]+)\)", text)) is not None:
            text = text.replace(match[0], merged[match[1]])
        return text

    return {name: value(text) for name, text in own.items() if not name.startswith("--")}


def colour(name: str) -> Colour:
    """A colour of the page by the name of its variable, such as ``"ink"``."""
    return _colour(_rules()[".timeline-map"][f"--{name}"])


def paint(*classes: str) -> dict[str, Any]:
    """Fill and stroke of a class, as keywords of a matplotlib patch; widths in points."""
    found = declared(*classes)
    opacity = float(found.get("opacity", 1))
    width = float(found.get("stroke-width", "1").removesuffix("px")) if _is_drawn(found, "stroke") else 0.0
    dashes = [float(length) / width for length in found.get("stroke-dasharray", "").split() if width]
    return {
        "facecolor": _colour(found["fill"], opacity * float(found.get("fill-opacity", 1))) if _is_drawn(found, "fill") else "none",
        "edgecolor": _colour(found["stroke"], opacity * float(found.get("stroke-opacity", 1))) if width else "none",
        "linewidth": width * POINTS,
        "linestyle": (0, dashes) if dashes else "solid",
        "joinstyle": found.get("stroke-linejoin", "miter"),
    }


def type_of(*classes: str) -> dict[str, Any]:
    """Typeface and colour of a class, as keywords of a matplotlib text; sizes in points."""
    found = declared(*classes)
    made: dict[str, Any] = {"color": _colour(found.get("color") or found.get("fill") or declared("timeline-map")["color"])}
    if match := _FONT.fullmatch(found.get("font", "")):
        made |= {
            "fontsize": float(match["size"]) * POINTS,
            "fontfamily": family("serif" if match["family"] == _rules()[".timeline-map"]["--serif"] else "sans"),
        }
        made["fontstyle"] = "italic" if match["style"] else "normal"
    weight = int(found.get("font-weight") or (match and match["weight"]) or 400)
    return made | {"fontweight": 700 if weight >= 600 else 400}


def family(name: Face) -> list[str]:
    """A typeface of the page for a matplotlib text: the generic name, then the installed families, for glyphs that one lacks."""
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    return [{"serif": "serif", "sans": "sans-serif"}[name], *(one for one in stack(name) if one in installed)]


@lru_cache(maxsize=2)
def stack(name: Face) -> tuple[str, ...]:
    """The families of the page's ``"serif"`` or ``"sans"`` typeface in order of preference, last the one that comes with matplotlib."""
    named = [one.strip().strip('"') for one in _rules()[".timeline-map"][f"--{name}"].split(",")]
    return (*named[:-1], {"serif": "DejaVu Serif", "sans": "DejaVu Sans"}[name])


@lru_cache(maxsize=1)
def words() -> dict[str, str]:
    """The page's words in English, by key."""
    return dict(json.loads((VIEWER / "text" / "en.json").read_text(encoding="utf-8")))


def _is_drawn(found: dict[str, str], what: str) -> bool:
    return found.get(what, "none") != "none" and not found[what].startswith("url(")


def _colour(text: str, opacity: float = 1.0) -> Colour:
    if match := _HEX.fullmatch(text):
        digits = match[1] if len(match[1]) == 6 else "".join(2 * digit for digit in match[1])
        red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
        return red, green, blue, opacity
    if match := _RGB.fullmatch(text):
        red, green, blue = (int(match[part]) / 255 for part in (1, 2, 3))
        return red, green, blue, opacity * float(match[4] or 100) / 100
    raise ValueError(f"{text!r} in viewer.css is not a colour that pictures can read. Expected #rgb, #rrggbb or rgb(r g b / a%).")
