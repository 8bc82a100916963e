"""`layers/` from `seeds/`: every byte follows from the recorded facts."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geo import geojson
from geo.files import write_text
from geo.measure import area_km2
from geo.periods import READINGS, Reading, parse_day, readings
from geo.prepare.facts import LAND, DefinitionFact, Facts, Spell, read_facts
from geo.prepare.reach import reach_layer
from geo.prepare.tessellate import Tessellation

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "seeds"
LAYERS = ROOT / "layers"


def build(target: Path = LAYERS, *, seeds: Path = SEEDS) -> list[Path]:
    """Write every layer.

    Parameters
    ----------
    target
        Folder to write into; made where it does not exist. Files that are already there are replaced one by one.
    seeds
        Folder of the recorded facts.

    Returns
    -------
    list of pathlib.Path
        The files written, relative to `target`.

    Raises
    ------
    FactsError
        Faults in the facts, all of them; nothing is written.
    OutputError
        A file that cannot be written.
    """
    files = dict(_layers(read_facts(seeds)))
    for name, text in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    return [Path(name) for name in files]


def check(target: Path = LAYERS, *, seeds: Path = SEEDS) -> list[str]:
    """Build again beside `target` and say what differs, a line per file; empty if every byte is the same."""
    with tempfile.TemporaryDirectory() as folder:
        built = set(build(Path(folder), seeds=seeds))
        present = {path.relative_to(target) for path in target.rglob("*") if path.suffix in (".json", ".geojson")}
        differences = [f"{name}: missing" for name in sorted(built - present)]
        differences += [f"{name}: not built from seeds" for name in sorted(present - built)]
        for name in sorted(built & present):
            ours, fresh = (path.read_bytes().split(b"\n") for path in (target / name, Path(folder) / name))
            if ours != fresh:
                changed = [line for line, pair in enumerate(zip_longest(ours, fresh), 1) if pair[0] != pair[1]]
                differences.append(f"{name}: {len(changed)} lines differ, the first is line {changed[0]}")
    return differences


def _layers(facts: Facts) -> Iterator[tuple[str, str]]:
    """Every file as its path under `layers/` and its text."""
    series = facts.series
    folder = series["id"]
    land = shapely.union_all([facts.country(name) for name in LAND])
    tessellation = Tessellation(facts.places, land)
    index = {place.place_id: number for number, place in enumerate(facts.places)}
    contributions: dict[str, dict[str, shapely.Geometry]] = {}
    for definition in facts.definitions:
        held = sorted({s.place_id for s in facts.spells if facts.places[index[s.place_id]].kind not in definition.kinds_excluded})
        pieces = tessellation.contributions([index[place_id] for place_id in held], definition.reach_km)
        contributions[definition.id] = {place_id: piece for place_id, piece in zip(held, pieces, strict=True) if not piece.is_empty}
        yield f"{folder}/{definition.id}.geojson", _definition_layer(facts, definition, contributions[definition.id])
    unlimited = next(definition.id for definition in facts.definitions if definition.reach_km is None)
    yield f"{folder}/places.json", reach_layer(facts, tessellation, contributions[unlimited])
    yield f"{folder}/published.json", _json(facts.figures)
    yield f"{folder}/claims.json", _json(facts.claims)
    for row in facts.snapshots:
        text = _snapshot_layer(facts, parse_day(row["date"]), row["title"], contributions)
        yield f"{folder}/snapshots/{row['date']}_{row['slug']}.geojson", text
    yield f"{folder}/events.geojson", geojson.dumps(_event_features(facts), title="Headline events", licence=series["licence"])
    yield f"{folder}/sources.json", _json([{**row} for row in facts.sources])
    yield f"{folder}/story.json", _json(facts.story)
    for name, features in facts.base.items():
        yield f"base/{name}.geojson", geojson.dumps(geojson.feature(_plain(item), item["properties"]) for item in features)
    yield "base/labels.geojson", geojson.dumps(_label_features(facts))
    definitions = [
        {
            "id": definition.id,
            "title": definition.title,
            "reach_km": definition.reach_km,
            "counts": definition.counts,
            "stands_for": definition.stands_for,
            "how_the_reach_was_chosen": definition.how_the_reach_was_chosen,
            "file": f"{folder}/{definition.id}.geojson",
        }
        for definition in facts.definitions
    ]
    files = {name: f"{folder}/{name}.json" for name in ("sources", "places", "published", "claims", "story")}
    entry = {
        **series,
        "definitions": definitions,
        "events": f"{folder}/events.geojson",
        **files,
        "translations": _translations(facts),
    }
    yield "catalog.json", _json({"series": [entry]})


def _definition_layer(facts: Facts, definition: DefinitionFact, pieces: Mapping[str, shapely.Geometry]) -> str:
    places = {place.place_id: place for place in facts.places}
    areas = dict(zip(pieces, area_km2(np.array([*pieces.values()], dtype=object)), strict=True))
    features = []
    for spell in facts.spells:
        if spell.place_id not in pieces:
            continue
        place = places[spell.place_id]
        properties = {
            "place_id": place.place_id,
            "name": place.name,
            "name_ar": place.name_ar or None,
            "kind": place.kind,
            "valid_from": spell.held_from.isoformat(),
            "valid_to": spell.held_to.isoformat() if spell.held_to else None,
            "valid_from_precision": spell.held_from_precision,
            "valid_to_precision": spell.held_to_precision,
            "confidence": spell.confidence,
            "taken_from": spell.taken_from,
            "lost_to": spell.lost_to,
            "source_from": spell.source_from,
            "source_to": spell.source_to,
            "area_km2": round(float(areas[place.place_id]), 6),
        }
        features.append(geojson.feature(pieces[spell.place_id], properties))
    return geojson.dumps(
        features,
        title=f"{facts.series['title']}: {definition.title}",
        definition=definition.id,
        actor=facts.series["actor"],
        version=facts.series["version"],
        licence=facts.series["licence"],
        attribution=facts.series["attribution"],
    )


def _snapshot_layer(facts: Facts, day: date, title: str, contributions: Mapping[str, Mapping[str, shapely.Geometry]]) -> str:
    features = []
    for definition in facts.definitions:
        pieces = contributions[definition.id]
        held = {reading: _held(facts.spells, pieces, reading, day) for reading in READINGS}
        area = {reading: round(float(area_km2([pieces[place_id] for place_id in held[reading]]).sum()), 6) for reading in READINGS}
        properties = {
            "date": day.isoformat(),
            "actor": facts.series["actor"],
            "definition": definition.id,
            "places": len(held["recorded"]),
            "area_km2": area["recorded"],
            "area_certain_km2": area["certain"],
            "area_possible_km2": area["possible"],
        }
        territory = shapely.coverage_union_all([pieces[place_id] for place_id in held["recorded"]])
        features.append(geojson.feature(shapely.normalize(territory), properties))
    return geojson.dumps(
        features,
        title=title,
        version=facts.series["version"],
        licence=facts.series["licence"],
        attribution=facts.series["attribution"],
    )


def _held(spells: Iterable[Spell], pieces: Mapping[str, shapely.Geometry], reading: Reading, day: date) -> list[str]:
    """Places with land that are held on a day, in order."""
    held = set()
    for spell in spells:
        start, end = readings(spell.held_from, spell.held_from_precision, spell.held_to, spell.held_to_precision)[reading]
        if spell.place_id in pieces and start <= day.toordinal() < end:
            held.add(spell.place_id)
    return sorted(held)


def _plain(item: Mapping[str, Any]) -> shapely.Geometry | None:
    """The geometry of a feature; of a mixed collection its polygons, for many programs cannot draw one."""
    shape = geojson.geometry(item)
    if shape is None or shape.geom_type != "GeometryCollection":
        return shape
    return shapely.MultiPolygon([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])


def _event_features(facts: Facts) -> list[dict[str, Any]]:
    events = sorted(facts.events, key=lambda row: row["date"])
    return [
        geojson.feature(
            shapely.Point(float(row["lon"]), float(row["lat"])),
            {"date": row["date"], "title": row["title"], "kind": row["kind"], "place_id": row["place_id"], "source": row["source_id"]},
        )
        for row in events
    ]


def _label_features(facts: Facts) -> list[dict[str, Any]]:
    names = ("name", "name_ar", "name_fr", "kind")
    return [
        geojson.feature(
            shapely.Point(float(row["lon"]), float(row["lat"])), {**{key: row[key] for key in names}, "rank": int(float(row["rank"]))}
        )
        for row in facts.labels
    ]


def _translations(facts: Facts) -> dict[str, dict[str, str]]:
    """What texts of the series are in other languages: text by text, by language; a language is a column of the table."""
    languages = sorted({name for row in facts.translations for name in row} - {"text"})
    return {name: {row["text"]: row[name] for row in facts.translations if row[name]} for name in languages}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
