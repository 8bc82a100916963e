"""What the page reads: borders, land in km², periods, sources and base map in one compressed string.

The string is base64 of gzip of: the length of a JSON header (4 bytes, little endian), the header (UTF-8), and columns of
whole numbers (`geo.columns`). `parse` in `geo/viewer/payload.js` is the other half of this contract, and
`tests/data/payload.json` the example both are tested on.

What is drawn and what is added up travel apart. The arcs of `geo.arcs` draw the land of any day, and no figure is taken from
them. The pieces of `geo.pieces` are km² of land with their spells: land held on two days, by whom, is the sum of the pieces
so held.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import shapely
from scipy.sparse import csr_array

from geo.arcs import Arcs, arcs
from geo.basemap import base_shapes
from geo.columns import Columns
from geo.load import load_base
from geo.model import Record, Series, StoryStep
from geo.outlines import GRID_M, outlines
from geo.overlay import SNAP_DEG, Faces
from geo.palette import actor_colours
from geo.periods import BEGINNING, FOREVER, READINGS, Reading, readings
from geo.pieces import Spells, drawn, pieces, spells
from geo.progress import Bar
from geo.tables import country_area_km2

FORMAT = "territory-timeline/2"
PIECE_KM2 = 1e-4
"""Areas of pieces in the payload are multiples of this: a hundred square metres."""

_FINEST_GRID_DEG = 1e-5
_TOLERANCE = 1 / 40_000
"""How far a drawn border may be from the recorded one, as a share of the extent: 30 m on the bundled series."""

_BASE_EXTENT = (22.0, 18.0, 66.0, 48.0)
"""Land around Syria and Iraq that the bundled base map shows: west, south, east, north."""

_NO_TEXT = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]) | dict.fromkeys(b"\t\n\r", " ")


def payload(series: tuple[Series, ...], *, base_map: bool = True) -> str:
    """Encode series for the page.

    Parameters
    ----------
    series
        One series, or the same under several definitions.
    base_map
        Whether to send a base map along: land, borders, rivers and towns for a series around Syria and Iraq, elsewhere meridians
        and parallels; and outlines of countries to compare sizes with.

    Returns
    -------
    str
        Base64 text; same input, same text.
    """
    header, columns = contents(series, base_map=base_map)
    head = json.dumps(header, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
    packed = gzip.compress(len(head).to_bytes(4, "little") + head + columns, compresslevel=9, mtime=0)
    return base64.b64encode(packed).decode("ascii")


def contents(series: Sequence[Series], *, base_map: bool = True) -> tuple[dict[str, Any], bytes]:
    """The header and the columns that `payload` compresses; parameters as there."""
    lead = series[0]
    first, last = lead.first, lead.last or max(lead.dates)
    extent = shapely.total_bounds(np.concatenate([one.geometry for one in series])).tolist()
    tolerance = max(extent[2] - extent[0], extent[3] - extent[1]) * _TOLERANCE
    grid = max(_FINEST_GRID_DEG, 10.0 ** int(np.floor(np.log10(tolerance / 4))))
    actors = sorted({actor for one in series for actor in one.actors})
    columns, records = Columns(), _Records(first, last, actors)
    definitions: list[dict[str, Any]] = []
    bar = Bar("Packing the page")
    for number, one in enumerate(series):
        bar(2 * number, 2 * len(series))
        shapes = drawn(one)
        found = arcs(shapes.polygon, grid_deg=grid, snap_deg=SNAP_DEG, simplify_deg=tolerance)
        bar(2 * number + 1, 2 * len(series))
        numbers = [records.number(record) for record in one.records]
        definitions.append(
            {
                "id": one.definition.id,
                "title": one.definition.title,
                "counts": one.definition.counts,
                "stands_for": one.definition.stands_for,
                "how": one.definition.how_the_reach_was_chosen,
                "arcs": _put_arcs(found, columns),
                "sides": _put_spells(_sides(found, shapes), numbers, columns),
                "pieces": _put_pieces(one, numbers, columns),
                "layers": [{"actor": actors.index(actor), "curve": _curve(shapes, actor, first, last)} for actor in one.actors],
            }
        )
    bar(2 * len(series), 2 * len(series))
    sources = sorted(lead.sources)
    used = {name: number for number, name in enumerate(sources)}
    header = {
        "format": FORMAT,
        "grid": grid,
        "piece_km2": PIECE_KM2,
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
        "actors": actors,
        "colours": list(actor_colours(series).values()),
        "definitions": definitions,
        "records": records.columns(used),
        "events": [
            [(event.date - first).days, event.title, event.kind, event.lon, event.lat, used.get(event.source)] for event in lead.events
        ],
        "story": [_step(step, first) for step in lead.story],
        "sources": [[lead.sources[name].publisher, lead.sources[name].title, lead.sources[name].url] for name in sources],
        "compare_km2": {name: round(country_area_km2(name), 1) for name in ("great_britain", "united_kingdom")},
        "base": _base_map(columns, grid) if base_map and _around_syria_and_iraq(extent) else None,
        "outlines": _outlines(columns) if base_map else None,
        "graticule": base_map and not _around_syria_and_iraq(extent),
        "extent": [round(value, 4) for value in extent],
    }
    return legible(header), columns.bytes()


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
    """The day the page opens on: the baseline if it lies inside, else the first day of the greatest area, of several actors the last."""
    if first < series.baseline <= last:
        return (series.baseline - first).days
    if len(layers) > 1:
        return (last - first).days
    curve = layers[0]["curve"]
    return int(np.cumsum(curve["days"])[np.argmax(curve["recorded"])])


def _put_arcs(found: Arcs, columns: Columns) -> int:
    columns.steps(found.left)
    columns.steps(found.right)
    columns.lines(found.points)
    return len(found.points)


def _sides(found: Arcs, shapes: Faces) -> Spells:
    """When there was land at each side of the arcs."""
    there = csr_array((np.ones(len(found.side), dtype=bool), (found.side, found.polygon)), shape=(len(found.side), len(shapes.polygon)))
    side, row = (there @ shapes.covers.T).nonzero()
    return spells(shapes.series, side, row)


def _put_pieces(series: Series, numbers: Sequence[int], columns: Columns) -> int:
    land = pieces(series)
    amounts = np.rint(land.area_km2 / PIECE_KM2).astype(np.int64)
    columns.signed(amounts)
    return _put_spells(land.spells, numbers, columns)


def _put_spells(held: Spells, numbers: Sequence[int], columns: Columns) -> int:
    """How many spells each piece has, then the records they begin and end with; returns how many pieces."""
    counts = np.bincount(held.piece)
    first, last = (np.array(numbers, dtype=np.int64)[rows] for rows in (held.first, held.last))
    columns.unsigned(counts)
    columns.steps(first)
    columns.signed(last - first)
    return len(counts)


def _curve(shapes: Faces, actor: str, first: date, last: date) -> dict[str, list[float]]:
    """Area on every day on which a reading changes: days since `first` (as steps), and km² under each reading."""
    series = shapes.series
    own = np.array([record.actor == actor for record in series.records])
    land = replace(shapes, covers=csr_array(shapes.covers.multiply(own[:, None])))
    ordinals = {int(day) for reading in READINGS for day in series.spans(reading)[own].ravel()} - {BEGINNING, FOREVER}
    days = sorted({first.toordinal()} | {day for day in ordinals if first.toordinal() <= day <= last.toordinal()})
    table = {reading: land.areas([date.fromordinal(day) for day in days], reading) for reading in READINGS}
    changes = np.diff([first.toordinal(), *days])
    return {"days": changes.tolist(), **{reading: [round(area, 3) for area in values.tolist()] for reading, values in table.items()}}


class _Records:
    """Rows of the series, each once, as columns."""

    def __init__(self, first: date, last: date, actors: Sequence[str]) -> None:
        self._first, self._last = first.toordinal(), last.toordinal() + 1
        self._actors = {actor: number for number, actor in enumerate(actors)}
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
            "actor": [self._actors[record.actor] for record in rows],
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


def _around_syria_and_iraq(extent: Sequence[float]) -> bool:
    """Whether the bundled base map shows the land around the series."""
    west, south, east, north = _BASE_EXTENT
    return west <= extent[0] and south <= extent[1] and extent[2] <= east and extent[3] <= north


def _base_map(columns: Columns, grid: float) -> dict[str, Any]:
    """Land and lakes as rings, borders and rivers as lines: how many follow in the columns, in this order."""
    shapes = base_shapes()
    for lines in shapes.values():
        columns.lines([np.rint(shapely.get_coordinates(line) / grid).astype(np.int64) for line in lines])
    labels = [_label(item["geometry"]["coordinates"], item["properties"]) for item in load_base("labels")["features"]]
    return {"counts": {name: len(lines) for name, lines in shapes.items()}, "labels": labels}


def _outlines(columns: Columns) -> dict[str, Any]:
    """Outlines of countries as rings: how many of each follow in the columns."""
    for outline in outlines():
        columns.lines(outline.rings)
    return {"grid_m": GRID_M, "shapes": [[outline.id, round(outline.area_km2, 1), len(outline.rings)] for outline in outlines()]}


def _label(point: Sequence[float], properties: Mapping[str, Any]) -> list[Any]:
    """Position, name, rank, kind, and the name in other languages."""
    names = {key.removeprefix("name_"): name for key, name in properties.items() if key.startswith("name_")}
    return [*point, properties["name"], properties["rank"], properties["kind"], names]
