"""Figures and statements that others published, read from `seeds/` and joined with how each is to be read.

A figure counts what its publisher counts: `publishers.csv` says which definition of control that is, from which day the publisher's
losses count, and whether a loss is net of gains or land of that day no longer held. `pockets.csv` says which places a
figure of a pocket means. `claims.csv` records statements, each with the check that decides it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from geo.prepare.lint import Lint, Row

METRICS = {"area_km2", "area_lost_km2", "share_lost_percent", "share_of_country_percent", "share_of_peak_percent", "population"}
SCOPES = {"syria", "iraq", "syria+iraq", "pocket", "world"}
LOSSES = {"net", "of_base"}
CHECKS = {"area_ratio", "days_to_loss", "places_held", "places_held_outside", "none"}
YARDSTICKS = {"great_britain", "united_kingdom", "peak"}
ATTRIBUTES = ("country", "governorate", "kind", "bank")


def read_figures(lint: Lint, *, places: set[str], definitions: set[str]) -> tuple[dict[str, Any], ...]:
    """Published figures with their reading, in the order of `published_areas.csv`, as `layers/` keeps them.

    Faults go to `lint`: a date or number that does not parse, an unknown metric, scope, definition or place, a
    publisher without a reading, a loss without the day that it counts from, a figure of a pocket that names none or several.
    """
    publishers = lint.table("publishers.csv", {"publisher", "group", "definition", "base", "loss"})
    lint.unique("publishers.csv", publishers, "publisher")
    readings = {row["publisher"]: row for row in publishers}
    for line, row in enumerate(publishers, 2):
        where = f"publishers.csv:{line} ({row['publisher']})"
        lint.known(where, "definition", row["definition"], definitions)
        lint.known(where, "loss", row["loss"], LOSSES, optional=not row["base"])
        if row["base"]:
            lint.day(where, row["base"])
    pockets = _pockets(lint, places)
    columns = {"date", "date_precision", "metric", "scope", "value", "value_low", "value_high", "unit_as_published", "publisher"}
    rows = lint.table("published_areas.csv", columns | {"definition_note", "source_url", "quote_date"})
    figures = []
    used: set[str] = set()
    for line, row in enumerate(rows, 2):
        where = f"published_areas.csv:{line} ({row['publisher']})"
        lint.day(where, row["date"])
        lint.known(where, "precision", row["date_precision"], {"day", "month"})
        lint.known(where, "metric", row["metric"], METRICS)
        lint.known(where, "scope", row["scope"], SCOPES)
        value = lint.number(where, row["value"])
        reading = readings.get(row["publisher"])
        if reading is None:
            lint.fault(where, "publisher has no row in publishers.csv. Expected one, with the definition it counts by.")
            continue
        if "lost" in row["metric"] and not reading["base"]:
            lint.fault(where, "a loss needs the day it counts from. Expected a base in publishers.csv.")
        meant: Sequence[Row] = ()
        if row["scope"] == "pocket":
            key = f"{row['date']}={row['value']}"
            meant = [pocket for pocket in pockets if key in pocket["figures"].split(";")]
            used.add(key)
            if len(meant) != 1:
                lint.fault(where, f"{len(meant)} pockets in pockets.csv name the figure {key}. Expected one.")
        figures.append(
            {
                "when": row["date"][:7] if row["date_precision"] == "month" else row["date"],
                "metric": row["metric"],
                "scope": row["scope"],
                "value": value,
                "low": lint.number(where, row["value_low"]) if row["value_low"] else value,
                "high": lint.number(where, row["value_high"]) if row["value_high"] else value,
                "as_published": row["unit_as_published"],
                "publisher": row["publisher"],
                "group": reading["group"],
                "definition": reading["definition"],
                "base": reading["base"] or None,
                "loss": reading["loss"] or None,
                "pocket": meant[0]["title"] if meant else None,
                "places": sorted(meant[0]["places"].split(";")) if meant else [],
                "counts": row["definition_note"],
                "url": row["source_url"],
            }
        )
    for pocket in pockets:
        for key in sorted(set(pocket["figures"].split(";")) - used):
            lint.fault(f"pockets.csv ({pocket['pocket']})", f"no published figure of a pocket is {key!r}.")
    sizes = lint.table("pocket_sizes.csv", {"date", "size_km2", "publisher"})
    for line, row in enumerate(sizes, 2):
        lint.day(f"pocket_sizes.csv:{line}", row["date"])
        lint.number(f"pocket_sizes.csv:{line}", row["size_km2"])
    return tuple(figures)


def _pockets(lint: Lint, places: set[str]) -> tuple[dict[str, str], ...]:
    pockets = lint.table("pockets.csv", {"pocket", "title", "places", "figures"})
    lint.unique("pockets.csv", pockets, "pocket")
    for line, row in enumerate(pockets, 2):
        for place in row["places"].split(";"):
            lint.known(f"pockets.csv:{line} ({row['pocket']})", "place", place, places)
    return pockets


def read_claims(lint: Lint, *, places: set[str], sources: set[str], known: Mapping[str, Iterable[str]]) -> tuple[dict[str, Any], ...]:
    """Statements and their checks, in the order of `claims.csv`, as `layers/` keeps them.

    `known` has the values that places take, by attribute (`ATTRIBUTES`). Faults go to `lint`: an unknown check,
    source, place, attribute or value, a date that does not parse, a check without what it needs.
    """
    rows = lint.table(
        "claims.csv", {"claim", "statement", "source_id", "check", "date", "of", "place_id", "where", "at_least", "at_most", "note"}
    )
    lint.unique("claims.csv", rows, "claim")
    claims = []
    for line, row in enumerate(rows, 2):
        where = f"claims.csv:{line} ({row['claim']})"
        lint.known(where, "source", row["source_id"], sources)
        lint.known(where, "check", row["check"], CHECKS)
        if row["check"] != "none" and not (row["at_least"] or row["at_most"]):
            lint.fault(where, "a check needs a bound. Expected at_least, at_most or both.")
        if row["check"] != "none" and not (row["check"] == "area_ratio" and row["date"] == "peak"):
            lint.day(where, row["date"])
        if row["check"] == "area_ratio" and row["of"] not in YARDSTICKS:
            lint.day(where, row["of"])
        if row["check"] == "days_to_loss":
            lint.known(where, "place", row["place_id"], places)
        claims.append(
            {
                "id": row["claim"],
                "statement": row["statement"],
                "source": row["source_id"],
                "check": row["check"],
                "when": row["date"],
                "of": row["of"],
                "place_id": row["place_id"],
                "where": _condition(lint, where, row["where"], known),
                "at_least": lint.number(where, row["at_least"]) if row["at_least"] else None,
                "at_most": lint.number(where, row["at_most"]) if row["at_most"] else None,
                "note": row["note"],
            }
        )
    return tuple(claims)


def _condition(lint: Lint, where: str, text: str, known: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """``kind=town;bank=left|right`` as the values that each attribute may take."""
    condition = {}
    for part in filter(None, text.split(";")):
        attribute, _, values = part.partition("=")
        lint.known(where, "attribute", attribute, known)
        condition[attribute] = values.split("|")
        for value in condition[attribute]:
            lint.known(where, attribute, value, known.get(attribute, ()))
    return condition
