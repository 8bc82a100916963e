"""The recorded facts: read from `seeds/` and linted, every fault listed at once."""

from __future__ import annotations

import csv
import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, cast

import shapely

from geo import geojson
from geo.errors import DateError, FactsError
from geo.periods import Precision, parse_day

COUNTRIES = {"SY": "Syria", "IQ": "Iraq", "LB": "Lebanon"}
KINDS = {"town", "village", "desert", "base", "oilfield", "hill", "crossing", "quarter", "district", "camp"}
PRECISIONS = {"day", "month", "year", "before"}
CONFIDENCES = {"high", "medium", "low"}
VERIFICATIONS = {"day", "loose", "no"}

Row = Mapping[str, str]


@dataclass(frozen=True)
class Place:
    """A point with a name; `radius_cap_km` limits the land it can stand for, None where nothing does."""

    place_id: str
    name: str
    name_ar: str
    country: str
    kind: str
    lon: float
    lat: float
    radius_cap_km: float | None


@dataclass(frozen=True)
class Spell:
    """A half-open period in which a place was held."""

    place_id: str
    held_from: date
    held_from_precision: Precision
    held_to: date | None
    held_to_precision: Precision
    taken_from: str
    lost_to: str
    source_from: str | None
    source_to: str | None
    confidence: str


@dataclass(frozen=True)
class DefinitionFact:
    """A definition of control as recorded; `reach_km` is None where nothing limits the land."""

    id: str
    title: str
    reach_km: float | None
    kinds_excluded: frozenset[str]
    counts: str
    stands_for: str
    how_the_reach_was_chosen: str


@dataclass(frozen=True)
class Facts:
    """Everything in `seeds/` that the layers are built from."""

    series: Mapping[str, Any]
    places: tuple[Place, ...]
    spells: tuple[Spell, ...]
    definitions: tuple[DefinitionFact, ...]
    events: tuple[Row, ...]
    sources: tuple[Row, ...]
    snapshots: tuple[Row, ...]
    labels: tuple[Row, ...]
    translations: tuple[Row, ...]
    base: Mapping[str, tuple[dict[str, Any], ...]] = field(repr=False)

    def country(self, name: str) -> shapely.Geometry:
        """Outline of a country of the base geometry."""
        for item in self.base["countries"]:
            if item["properties"]["name"] == name:
                return geojson.geometry(item)
        raise KeyError(name)


def read_facts(folder: Path) -> Facts:
    """Read and lint the facts.

    Parameters
    ----------
    folder
        The folder laid out like `seeds/`.

    Raises
    ------
    FactsError
        Any fault: unknown place, source, kind or actor, a date that does not parse, spells out of order or
        overlapping, a place outside its country, two places on one point. All of them are listed.
    SeriesError
        A base file that is no GeoJSON.
    """
    lint = _Lint(folder)
    base = {path.stem: tuple(geojson.read(path)["features"]) for path in sorted((folder / "base").glob("*.geojson"))}
    sources = lint.table("sources.csv", {"source_id", "url", "publisher", "title"})
    lint.unique("sources.csv", sources, "source_id")
    known_sources = {row["source_id"] for row in sources}
    actors = {row["code"]: row["actor"] for row in lint.table("actors.csv", {"code", "actor"})}
    places = _places(lint, base)
    known_places = {place.place_id for place in places}
    spells = _spells(lint, known_places, known_sources, actors)
    never_held = lint.table("never_held.csv", {"place_id", "source_id"})
    for line, row in enumerate(never_held, 2):
        lint.known(f"never_held.csv:{line}", "place", row["place_id"], known_places)
        lint.known(f"never_held.csv:{line}", "source", row["source_id"], known_sources, optional=True)
    for place_id in sorted({spell.place_id for spell in spells} & {row["place_id"] for row in never_held}):
        lint.fault("never_held.csv", f"{place_id!r} has a spell in control.csv. Expected one or the other.")
    events = lint.table("events.csv", {"date", "title", "place_id", "lat", "lon", "source_id", "kind"})
    for line, row in enumerate(events, 2):
        lint.day(f"events.csv:{line}", row["date"])
        lint.known(f"events.csv:{line}", "place", row["place_id"], known_places, optional=True)
        lint.known(f"events.csv:{line}", "source", row["source_id"], known_sources)
    snapshots = lint.table("snapshots.csv", {"date", "slug", "title"})
    for line, row in enumerate(snapshots, 2):
        lint.day(f"snapshots.csv:{line}", row["date"])
    for name, wanted in {
        "published_areas.csv": {"date", "metric", "value", "publisher", "source_url"},
        "pocket_sizes.csv": {"date", "size_km2", "publisher"},
    }.items():
        for line, row in enumerate(lint.table(name, wanted), 2):
            lint.day(f"{name}:{line}", row["date"])
            lint.number(f"{name}:{line}", row["value" if "value" in row else "size_km2"])
    facts = Facts(
        series=json.loads((folder / "series.json").read_text(encoding="utf-8")),
        places=places,
        spells=spells,
        definitions=_definitions(lint),
        events=events,
        sources=sources,
        snapshots=snapshots,
        labels=lint.table("labels.csv", {"name", "name_ar", "name_fr", "lon", "lat", "rank", "kind"}),
        translations=lint.table("translations.csv", {"text"}),
        base=base,
    )
    lint.finish()
    return facts


class _Lint:
    """Reads tables and collects what is wrong with them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[str] = []

    def fault(self, where: str, what: str) -> None:
        self.faults.append(f"{where}: {what}")

    def finish(self) -> None:
        if self.faults:
            raise FactsError(self.faults)

    def table(self, name: str, columns: Iterable[str]) -> tuple[dict[str, str], ...]:
        try:
            with open(self.folder / name, encoding="utf-8", newline="") as file:
                reader = csv.DictReader(file, restkey="", strict=True)
                rows = tuple(reader)
                found = set(reader.fieldnames or ())
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise FactsError([*self.faults, f"{name}: cannot be read ({error}). Expected a table in UTF-8."]) from error
        missing = sorted(set(columns) - found)
        if missing:
            raise FactsError([*self.faults, f"{name}: no column {', '.join(missing)}. Found {', '.join(sorted(found))}."])
        for line, row in enumerate(rows, 2):
            if "" in row or None in row.values():
                raise FactsError(
                    [*self.faults, f"{name}:{line}: {len(row)} cells do not match the {len(found)} columns. Quote cells with commas."]
                )
        return rows

    def unique(self, name: str, rows: Iterable[Row], column: str) -> None:
        for value, count in Counter(row[column] for row in rows).items():
            if count > 1:
                self.fault(name, f"{column} {value!r} stands {count} times. Expected once.")

    def known(self, where: str, what: str, value: str, allowed: Iterable[str], *, optional: bool = False) -> None:
        if not (optional and value == "") and value not in allowed:
            self.fault(where, f"unknown {what} {value!r}.")

    def day(self, where: str, text: str) -> date | None:
        try:
            return parse_day(text)
        except DateError as error:
            self.fault(where, str(error))
            return None

    def number(self, where: str, text: str, accept: Callable[[float], bool] = lambda value: value >= 0) -> float:
        try:
            value = float(text)
        except ValueError:
            self.fault(where, f"{text!r} is not a number.")
            return 0.0
        if not accept(value):
            self.fault(where, f"{text!r} is out of range.")
        return value


def _places(lint: _Lint, base: Mapping[str, tuple[dict[str, Any], ...]]) -> tuple[Place, ...]:
    outlines = {item["properties"]["name"]: geojson.geometry(item) for item in base["countries"]}
    rows = lint.table("places.csv", {"place_id", "name", "name_ar", "country", "kind", "lat", "lon", "radius_cap_km"})
    lint.unique("places.csv", rows, "place_id")
    at_point: dict[tuple[float, float], str] = {}
    places = []
    for line, row in enumerate(rows, 2):
        where = f"places.csv:{line} ({row['place_id']})"
        lint.known(where, "country", row["country"], COUNTRIES)
        lint.known(where, "kind", row["kind"], KINDS)
        lon = lint.number(where, row["lon"], lambda value: -180 <= value <= 180)
        lat = lint.number(where, row["lat"], lambda value: -90 <= value <= 90)
        cap = lint.number(where, row["radius_cap_km"], lambda value: value > 0) if row["radius_cap_km"] else None
        outline = outlines.get(COUNTRIES.get(row["country"], ""))
        if outline is not None and not shapely.intersects_xy(outline, lon, lat):
            lint.fault(where, f"({lon}, {lat}) lies outside {COUNTRIES[row['country']]}.")
        if (lon, lat) in at_point:
            lint.fault(where, f"({lon}, {lat}) is the point of {at_point[lon, lat]!r} too. Two places need two points.")
        at_point[lon, lat] = row["place_id"]
        places.append(Place(row["place_id"], row["name"], row["name_ar"], row["country"], row["kind"], lon, lat, cap))
    return tuple(places)


def _spells(lint: _Lint, places: set[str], sources: set[str], actors: Mapping[str, str]) -> tuple[Spell, ...]:
    rows = lint.table(
        "control.csv",
        {"place_id", "held_from", "held_from_precision", "held_to", "held_to_precision", "taken_from", "lost_to"}
        | {"source_from_id", "source_to_id", "from_verified", "to_verified", "confidence"},
    )
    of_place: dict[str, list[tuple[Spell, str]]] = defaultdict(list)
    for line, row in enumerate(rows, 2):
        where = f"control.csv:{line} ({row['place_id']})"
        lint.known(where, "place", row["place_id"], places)
        for end in ("from", "to"):
            lint.known(where, f"held_{end}_precision", row[f"held_{end}_precision"], PRECISIONS)
            lint.known(where, "source", row[f"source_{end}_id"], sources, optional=True)
            lint.known(where, f"{end}_verified", row[f"{end}_verified"], VERIFICATIONS)
        lint.known(where, "confidence", row["confidence"], CONFIDENCES)
        held_from = lint.day(where, row["held_from"])
        held_to = lint.day(where, row["held_to"]) if row["held_to"] else None
        if held_from and held_to and held_to <= held_from:
            lint.fault(where, f"held_to {held_to} is not after held_from {held_from}.")
        if held_from:
            spell = Spell(
                row["place_id"],
                held_from,
                cast(Precision, row["held_from_precision"]),
                held_to,
                cast(Precision, row["held_to_precision"]),
                _actor_names(lint, where, row["taken_from"], actors),
                _actor_names(lint, where, row["lost_to"], actors),
                row["source_from_id"] or None,
                row["source_to_id"] or None,
                row["confidence"],
            )
            of_place[row["place_id"]].append((spell, where))
    ordered: list[Spell] = []
    for place_id in sorted(of_place):
        spells = sorted(of_place[place_id], key=lambda item: item[0].held_from)
        for (earlier, _), (later, where) in itertools.pairwise(spells):
            if earlier.held_to is None or earlier.held_to > later.held_from:
                lint.fault(where, f"the spell from {later.held_from} overlaps the one from {earlier.held_from} to {earlier.held_to}.")
        ordered += [spell for spell, _ in spells]
    return tuple(ordered)


def _actor_names(lint: _Lint, where: str, codes: str, actors: Mapping[str, str]) -> str:
    """Public names of the actors in ``ISF and PMF``, each once, joined by ``and``."""
    found = [code.strip() for code in codes.split(" and ")]
    for code in found:
        lint.known(where, "actor", code, actors)
    return " and ".join(dict.fromkeys(actors.get(code, code) for code in found))


def _definitions(lint: _Lint) -> tuple[DefinitionFact, ...]:
    columns = {"id", "title", "reach_km", "kinds_excluded", "counts", "stands_for", "how_the_reach_was_chosen"}
    rows = lint.table("definitions.csv", columns)
    lint.unique("definitions.csv", rows, "id")
    definitions = []
    for line, row in enumerate(rows, 2):
        where = f"definitions.csv:{line} ({row['id']})"
        excluded = frozenset(row["kinds_excluded"].split(";")) - {""}
        for kind in sorted(excluded):
            lint.known(where, "kind", kind, KINDS)
        reach = lint.number(where, row["reach_km"], lambda value: value > 0) if row["reach_km"] else None
        texts = (row["counts"], row["stands_for"], row["how_the_reach_was_chosen"])
        definitions.append(DefinitionFact(row["id"], row["title"], reach, excluded, *texts))
    return tuple(definitions)
