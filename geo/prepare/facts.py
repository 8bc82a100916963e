"""The recorded facts: read from `seeds/` and linted, every fault listed at once."""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, cast

import shapely

from geo import geojson
from geo.errors import FactsError
from geo.periods import Precision
from geo.prepare.lint import Lint, Row
from geo.prepare.published import ATTRIBUTES, read_claims, read_figures
from geo.prepare.steps import read_steps

COUNTRIES = {"SY": "Syria", "IQ": "Iraq", "LB": "Lebanon"}
LAND = ("Syria", "Iraq")
"""The countries whose land is reconstructed."""
KINDS = {"town", "village", "desert", "base", "oilfield", "hill", "crossing", "quarter", "district", "camp"}
PRECISIONS = {"day", "month", "year", "before"}
CONFIDENCES = {"high", "medium", "low"}
VERIFICATIONS = {"day", "loose", "no"}
SERIES = (
    "id",
    "title",
    "actor",
    "first",
    "last",
    "baseline",
    "default_definition",
    "version",
    "issued",
    "language",
    "licence",
    "attribution",
)


@dataclass(frozen=True)
class Place:
    """A point with a name; `radius_cap_km` limits the land it can stand for, None where nothing does.

    `bank` is ``left`` or ``right`` of the Euphrates or the Tigris within 8 km of it, else empty.
    """

    place_id: str
    name: str
    name_ar: str
    country: str
    kind: str
    lon: float
    lat: float
    radius_cap_km: float | None
    governorate: str = ""
    bank: str = ""


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

    series: Mapping[str, str]
    places: tuple[Place, ...]
    spells: tuple[Spell, ...]
    definitions: tuple[DefinitionFact, ...]
    events: tuple[Row, ...]
    sources: tuple[Row, ...]
    snapshots: tuple[Row, ...]
    labels: tuple[Row, ...]
    translations: tuple[Row, ...]
    figures: tuple[Mapping[str, Any], ...]
    claims: tuple[Mapping[str, Any], ...]
    story: tuple[Mapping[str, Any], ...]
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
        overlapping, a place outside its country, two places on one point. All of them are listed, up to a table
        that cannot be read.
    SeriesError
        A base file that is no GeoJSON.
    """
    lint = Lint(folder)
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
        lint.point(f"events.csv:{line}", row)
        lint.known(f"events.csv:{line}", "place", row["place_id"], known_places, optional=True)
        lint.known(f"events.csv:{line}", "source", row["source_id"], known_sources)
    snapshots = lint.table("snapshots.csv", {"date", "slug", "title"})
    for line, row in enumerate(snapshots, 2):
        lint.day(f"snapshots.csv:{line}", row["date"])
    labels = lint.table("labels.csv", {"name", "name_ar", "name_fr", "lon", "lat", "rank", "kind"})
    for line, row in enumerate(labels, 2):
        lint.point(f"labels.csv:{line}", row)
        lint.number(f"labels.csv:{line}", row["rank"], float.is_integer)
    translations = lint.table("translations.csv", {"text"})
    lint.unique("translations.csv", translations, "text")
    definitions = _definitions(lint)
    series = _series(lint, [definition.id for definition in definitions])
    known_definitions = {definition.id for definition in definitions}
    figures = read_figures(lint, places=known_places, definitions=known_definitions)
    known = {name: {_attribute(place, name) for place in places} for name in ATTRIBUTES}
    claims = read_claims(lint, places=known_places, sources=known_sources, known=known)
    facts = Facts(
        series=series,
        places=places,
        spells=spells,
        definitions=definitions,
        events=events,
        sources=sources,
        snapshots=snapshots,
        labels=labels,
        translations=translations,
        figures=figures,
        claims=claims,
        story=read_steps(lint, series, definitions=known_definitions, sources=sources, figures=figures),
        base=base,
    )
    lint.finish()
    return facts


def _series(lint: Lint, definitions: Sequence[str]) -> dict[str, str]:
    """What `series.json` says of the series as a whole."""
    try:
        found = json.loads((lint.folder / "series.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FactsError([*lint.faults, f"series.json: cannot be read ({error}). Expected JSON in UTF-8."]) from error
    missing = [key for key in SERIES if not isinstance(found, dict) or not isinstance(found.get(key), str)]
    if missing:
        raise FactsError([*lint.faults, f"series.json: no text under {', '.join(missing)}."])
    for key in ("first", "last", "baseline", "issued"):
        lint.day(f"series.json ({key})", found[key])
    lint.known("series.json (default_definition)", "definition", found["default_definition"], definitions)
    return cast(dict[str, str], found)


def _places(lint: Lint, base: Mapping[str, tuple[dict[str, Any], ...]]) -> tuple[Place, ...]:
    outlines = {item["properties"]["name"]: geojson.geometry(item) for item in base.get("countries", ())}
    for name in sorted({"Syria", "Iraq"} - outlines.keys()):
        lint.fault("base/countries.geojson", f"no outline of {name}.")
    rows = lint.table(
        "places.csv", {"place_id", "name", "name_ar", "country", "kind", "lat", "lon", "radius_cap_km", "governorate", "bank"}
    )
    lint.unique("places.csv", rows, "place_id")
    at_point: dict[tuple[float, float], str] = {}
    places = []
    for line, row in enumerate(rows, 2):
        where = f"places.csv:{line} ({row['place_id']})"
        lint.known(where, "country", row["country"], COUNTRIES)
        lint.known(where, "kind", row["kind"], KINDS)
        lon, lat = lint.point(where, row)
        cap = lint.number(where, row["radius_cap_km"], lambda value: value > 0) if row["radius_cap_km"] else None
        outline = outlines.get(COUNTRIES.get(row["country"], ""))
        if outline is not None and not shapely.intersects_xy(outline, lon, lat):
            lint.fault(where, f"({lon}, {lat}) lies outside {COUNTRIES[row['country']]}.")
        if (lon, lat) in at_point:
            lint.fault(where, f"({lon}, {lat}) is the point of {at_point[lon, lat]!r} too. Two places need two points.")
        at_point[lon, lat] = row["place_id"]
        names = (row["place_id"], row["name"], row["name_ar"], row["country"], row["kind"])
        places.append(Place(*names, lon, lat, cap, row["governorate"], row["bank"]))
    return tuple(places)


def _spells(lint: Lint, places: set[str], sources: set[str], actors: Mapping[str, str]) -> tuple[Spell, ...]:
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


def _actor_names(lint: Lint, where: str, codes: str, actors: Mapping[str, str]) -> str:
    """Public names of the actors in ``ISF and PMF``, each once, joined by ``and``."""
    found = [code.strip() for code in codes.split(" and ")]
    for code in found:
        lint.known(where, "actor", code, actors)
    return " and ".join(dict.fromkeys(actors.get(code, code) for code in found))


def _definitions(lint: Lint) -> tuple[DefinitionFact, ...]:
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
    limited = [definition for definition in definitions if definition.reach_km is not None]
    if len(definitions) != len(limited) + 1 or len({definition.kinds_excluded for definition in limited}) > 1:
        lint.fault("definitions.csv", "expected one definition without a reach, and the others to exclude the same kinds of place.")
    return tuple(definitions)


def _attribute(place: Place, name: str) -> str:
    """An attribute of a place as `layers/` has it: countries by name."""
    return COUNTRIES.get(place.country, "") if name == "country" else str(getattr(place, name))
