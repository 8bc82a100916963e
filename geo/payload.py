"""What the page reads: faces and arcs, periods, precomputed numbers, sources and base map in one compressed string.

The string is base64 of gzip of: the length of a JSON header (4 bytes, little endian), the header (UTF-8), and the
coordinates, all of them varints (LEB128, signed ones zigzag). The header says how the bytes divide; `decode` in
`geo/viewer/payload.js` is the other half of this contract, and `tests/data/payload.json` the example both are tested on.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.arcs import Arc, arcs
from geo.basemap import base_shapes
from geo.generalize import generalize
from geo.load import load_base
from geo.model import Record, Series, StoryStep
from geo.outlines import GRID_M, outlines
from geo.overlay import Faces, faces
from geo.periods import BEGINNING, FOREVER, READINGS, Reading, readings
from geo.tables import country_area_km2

FORMAT = "territory-timeline/1"
GRID_DEG = 1e-5
"""Coordinates in the payload are multiples of this: about a metre."""

_NO_TEXT = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]) | dict.fromkeys(b"\t\n\r", " ")


def payload(series: tuple[Series, ...], *, base_map: bool = True) -> str:
    """Encode series for the page.

    Parameters
    ----------
    series
        One series, or the same under several definitions.
    base_map
        Whether to send land, borders, rivers and towns of Syria and Iraq along, and outlines to compare sizes with.

    Returns
    -------
    str
        Base64 text; same input, same text.
    """
    header, coordinates = contents(series, base_map=base_map)
    head = json.dumps(header, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
    packed = gzip.compress(len(head).to_bytes(4, "little") + head + coordinates, compresslevel=9, mtime=0)
    return base64.b64encode(packed).decode("ascii")


def contents(series: Sequence[Series], *, base_map: bool = True) -> tuple[dict[str, Any], bytes]:
    """The header and the coordinates that `payload` compresses; parameters as there."""
    lead = series[0]
    first, last = lead.first, lead.last or max(lead.dates)
    writer = _Varints()
    records = _Records(first, last)
    definitions: list[dict[str, Any]] = []
    for one in series:
        layers = [_layer(one, actor, first, last, records, writer) for actor in one.actors]
        definitions.append(
            {
                "id": one.definition.id,
                "title": one.definition.title,
                "counts": one.definition.counts,
                "stands_for": one.definition.stands_for,
                "how": one.definition.how_the_reach_was_chosen,
                "layers": layers,
            }
        )
    sources = sorted(lead.sources)
    used = {name: number for number, name in enumerate(sources)}
    header = {
        "format": FORMAT,
        "grid": GRID_DEG,
        "id": lead.id,
        "title": lead.title,
        "version": lead.version,
        "issued": lead.issued,
        "licence": lead.licence,
        "attribution": lead.attribution,
        "language": lead.language,
        "translations": {language: dict(texts) for language, texts in lead.translations.items()},
        "first": first.isoformat(),
        "days": (last - first).days,
        "baseline": (lead.baseline - first).days,
        "start": _start_day(lead, definitions[0]["layers"], first, last),
        "definitions": definitions,
        "records": records.columns(used),
        "events": [
            [(event.date - first).days, event.title, event.kind, event.lon, event.lat, used.get(event.source)] for event in lead.events
        ],
        "story": [_step(step, first) for step in lead.story],
        "sources": [[lead.sources[name].publisher, lead.sources[name].title, lead.sources[name].url] for name in sources],
        "compare_km2": {name: round(country_area_km2(name), 1) for name in ("great_britain", "united_kingdom")},
        "base": _base_map(writer) if base_map else None,
        "extent": [round(float(value), 4) for value in shapely.total_bounds(np.concatenate([one.geometry for one in series]))],
    }
    return legible(header), writer.bytes()


def legible(value: Any) -> Any:
    """A text, or a value of lists and dictionaries, without what is no text: controls, and what turns the reading direction."""
    if isinstance(value, str):
        return value.translate(_NO_TEXT)
    if isinstance(value, dict):
        return {name: legible(item) for name, item in value.items()}
    return [legible(item) for item in value] if isinstance(value, list | tuple) else value


def _step(step: StoryStep, first: date) -> dict[str, Any]:
    return {
        "day": (step.day - first).days,
        "title": step.title,
        "text": step.text,
        "sources": [[source.publisher, source.url] for source in step.sources],
        "definition": step.definition,
        "compare": (step.compare - first).days if step.compare else None,
        "bbox": step.bbox,
    }


def _start_day(series: Series, layers: Sequence[Mapping[str, Any]], first: date, last: date) -> int:
    """The day the page opens on: the baseline where it lies inside, else the first day of the greatest area."""
    if first < series.baseline <= last:
        return (series.baseline - first).days
    curve = max((layer["curve"] for layer in layers), key=lambda curve: max(curve["recorded"]))
    return int(np.cumsum(curve["days"])[np.argmax(curve["recorded"])])


def _layer(series: Series, actor: str, first: date, last: date, records: _Records, writer: _Varints) -> dict[str, Any]:
    cut = faces(series, actor)
    of_face: list[list[int]] = [[] for _ in cut.polygon]
    for face, row in zip(cut.face.tolist(), cut.row.tolist(), strict=True):
        of_face[face].append(records.number(series.records[row]))
    found = arcs(list(generalize(cut.polygon)), GRID_DEG)
    writer.arcs(found)
    return {
        "actor": actor,
        "arcs": len(found),
        "face_records": of_face,
        "face_km2": [round(area, 6) for area in cut.area_km2.tolist()],
        "curve": _curve(cut, first, last),
    }


def _curve(cut: Faces, first: date, last: date) -> dict[str, list[float]]:
    """Area on every day on which a reading changes: days since `first` (as steps), and km² under each reading."""
    ordinals = {int(day) for reading in READINGS for day in cut.series.spans(reading)[cut.row].ravel()} - {BEGINNING, FOREVER}
    days = sorted({first.toordinal()} | {day for day in ordinals if first.toordinal() <= day <= last.toordinal()})
    table = {reading: cut.areas([date.fromordinal(day) for day in days], reading) for reading in READINGS}
    changes = np.diff([first.toordinal(), *days])
    return {"days": changes.tolist(), **{reading: [round(area, 3) for area in values.tolist()] for reading, values in table.items()}}


class _Records:
    """Rows of the series, each once, as columns."""

    def __init__(self, first: date, last: date) -> None:
        self._first, self._last = first.toordinal(), last.toordinal() + 1
        self._rows: dict[tuple[Any, ...], int] = {}
        self._records: list[Record] = []

    def number(self, record: Record) -> int:
        """Index of a record; the same row under another definition has the same."""
        key = (record.actor, record.name, record.properties.get("place_id"), record.valid_from, record.valid_to, record.sources)
        if key not in self._rows:
            self._rows[key] = len(self._records)
            self._records.append(record)
        return self._rows[key]

    def columns(self, sources: Mapping[str, int]) -> dict[str, Any]:
        rows = self._records
        optional = ("name_ar", "kind", "confidence", "taken_from", "lost_to")
        spans = [self._spans(record) for record in rows]
        return {
            "name": [record.name for record in rows],
            **{name: [record.properties.get(name) for record in rows] for name in optional},
            **{reading: [span[reading] for span in spans] for reading in READINGS},
            "open": [[record.valid_from is None, record.valid_to is None] for record in rows],
            "precision": [[record.valid_from_precision, record.valid_to_precision] for record in rows],
            "sources": [[self._source(record.properties.get(end), sources) for end in ("source_from", "source_to")] for record in rows],
        }

    def _spans(self, record: Record) -> dict[Reading, list[int]]:
        spans = readings(record.valid_from, record.valid_from_precision, record.valid_to, record.valid_to_precision)
        return {name: [min(max(day, self._first), self._last) - self._first for day in span] for name, span in spans.items()}

    @staticmethod
    def _source(name: Any, sources: Mapping[str, int]) -> int | None:
        return sources.get(name) if isinstance(name, str) else None


class _Varints:
    """Integers of any size as bytes, small ones in one."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._at = (0, 0)

    def bytes(self) -> bytes:
        return bytes(self._bytes)

    def arcs(self, found: Iterable[Arc]) -> None:
        """Left and right face plus one, number of points, points as steps from the last point written."""
        for arc in found:
            self._put(arc.left + 1)
            self._put(arc.right + 1)
            self.line(arc.points)

    def line(self, points: NDArray[np.int64]) -> None:
        self._put(len(points))
        for x, y in points.tolist():
            for step in (x - self._at[0], y - self._at[1]):
                self._put(step * 2 if step >= 0 else -step * 2 - 1)
            self._at = (x, y)

    def _put(self, value: int) -> None:
        while value > 127:
            self._bytes.append(value & 127 | 128)
            value >>= 7
        self._bytes.append(value)


def _base_map(writer: _Varints) -> dict[str, Any]:
    """Land and lakes as rings, borders and rivers as lines, outlines as rings: how many follow in the coordinates, in this order."""
    shapes = base_shapes()
    for lines in shapes.values():
        for line in lines:
            writer.line(np.rint(shapely.get_coordinates(line) / GRID_DEG).astype(np.int64))
    labels = [_label(item["geometry"]["coordinates"], item["properties"]) for item in load_base("labels")["features"]]
    for outline in outlines():
        for ring in outline.rings:
            writer.line(ring)
    return {
        "counts": {name: len(lines) for name, lines in shapes.items()},
        "labels": labels,
        "outline_grid_m": GRID_M,
        "outlines": [[outline.id, round(outline.area_km2, 1), len(outline.rings)] for outline in outlines()],
    }


def _label(point: Sequence[float], properties: Mapping[str, Any]) -> list[Any]:
    """Position, name, rank, kind, and the name in other languages."""
    names = {key.removeprefix("name_"): name for key, name in properties.items() if key.startswith("name_")}
    return [*point, properties["name"], properties["rank"], properties["kind"], names]
