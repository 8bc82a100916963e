"""Files to `Series`: the bundled series, or GeoJSON with a period per feature."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import numpy as np
import shapely

from geo import geojson
from geo.errors import DateError, SeriesError
from geo.model import AS_GIVEN, Definition, Event, Record, Series, Source, unique_text
from geo.periods import Precision, parse_date
from geo.story import read_story

LAYERS = Path(__file__).resolve().parent.parent / "layers"

_PERIOD = ("valid_from", "valid_to", "valid_from_precision", "valid_to_precision")
_KNOWN = frozenset({*_PERIOD, "actor", "name", "sources", "source_from", "source_to"})


@lru_cache(maxsize=1)
def catalog() -> Mapping[str, Any]:
    """What `layers/` holds: the bundled series with their definitions, as `layers/catalog.json` lists them.

    Raises
    ------
    SeriesError
        The catalog is missing or broken.
    """
    path = LAYERS / "catalog.json"
    try:
        return MappingProxyType(json.loads(path.read_text(encoding="utf-8"))["series"][0])
    except (OSError, ValueError, LookupError) as error:
        raise SeriesError(f"cannot read {path} ({error}). Run `python -m geo build` to make it.") from error


def definitions() -> tuple[Definition, ...]:
    """Definitions of control of the bundled series, narrowest first."""
    return tuple(Definition(**{key: value for key, value in entry.items() if key != "file"}) for entry in catalog()["definitions"])


def load_series(path: str | Path | None = None, *, definition: str | None = None) -> Series:
    """Read a series.

    Parameters
    ----------
    path
        A GeoJSON file whose features carry ``valid_from`` and ``valid_to`` (half-open; null or missing for an open
        end). A member ``story`` is read as `geo.story` says. None for the bundled series.
    definition
        Identifier of the definition of control; only the bundled series has several. None for its default.

    Returns
    -------
    Series
        Longitude/latitude, WGS 84.

    Raises
    ------
    SeriesError
        No such file or definition, no GeoJSON, no features, or faults in features (all of them are listed).
    """
    if path is not None:
        if definition not in (None, AS_GIVEN.id):
            raise SeriesError(f"{path} has no definition {definition!r}. Expected {AS_GIVEN.id!r}: only the bundled series has several.")
        return _read_file(Path(path))
    return _bundled(definition or catalog()["default_definition"])


def load_definitions(path: str | Path | None = None) -> tuple[Series, ...]:
    """Read a series under every definition it has; parameters and errors as for `load_series`."""
    if path is not None:
        return (load_series(path),)
    return tuple(_bundled(entry["id"]) for entry in catalog()["definitions"])


def load_base(name: str) -> dict[str, Any]:
    """A layer of the base map as a parsed feature collection: countries, governorates, rivers, lakes, labels ..."""
    return geojson.read(LAYERS / "base" / f"{name}.geojson")


@lru_cache(maxsize=8)
def _bundled(definition: str) -> Series:
    entry = catalog()
    known = {item.id: item for item in definitions()}
    if definition not in known:
        raise SeriesError(f"unknown definition {definition!r}. Expected one of {', '.join(known)}.")
    path = LAYERS / entry["id"] / f"{definition}.geojson"
    geometry, records = _rows(path, geojson.read(path), actor=entry["actor"])
    first, last = date.fromisoformat(entry["first"]), date.fromisoformat(entry["last"])
    steps = json.loads((LAYERS / entry["story"]).read_text(encoding="utf-8"))
    return Series(
        id=entry["id"],
        title=entry["title"],
        definition=known[definition],
        geometry=geometry,
        records=records,
        first=first,
        last=last,
        baseline=date.fromisoformat(entry["baseline"]),
        events=_events(LAYERS / entry["events"]),
        sources=_sources(LAYERS / entry["sources"]),
        story=read_story(steps, first=first, last=last),
        version=entry["version"],
        issued=entry["issued"],
        licence=entry["licence"],
        attribution=entry["attribution"],
        language=entry["language"],
        translations=entry["translations"],
    )


def _read_file(path: Path) -> Series:
    collection = geojson.read(path)
    geometry, records = _rows(path, collection, actor=str(collection.get("actor") or "territory"))
    starts = [record.valid_from for record in records if record.valid_from]
    ends = [record.valid_to for record in records]
    if not starts:
        raise SeriesError(f'{path} has no feature with a valid_from. Expected dates such as "valid_from": "2015-05-21".')
    closed = [end for end in ends if end]
    last = max(closed) if len(closed) == len(ends) else None
    try:
        story = read_story(collection.get("story"), first=min(starts), last=last)
    except SeriesError as error:
        raise SeriesError(f"{path}: {error}") from error
    return Series(
        id=path.stem,
        title=str(collection.get("title") or path.stem),
        definition=AS_GIVEN,
        geometry=geometry,
        records=records,
        first=min(starts),
        last=last,
        baseline=min(starts),
        story=story,
        version=str(collection.get("version") or ""),
        licence=str(collection.get("licence") or collection.get("license") or ""),
        attribution=str(collection.get("attribution") or ""),
        language=str(collection.get("language") or ""),
    )


def _rows(path: Path, collection: Mapping[str, Any], *, actor: str) -> tuple[np.ndarray[Any, np.dtype[np.object_]], tuple[Record, ...]]:
    """Geometries and records of a feature collection; every fault is listed at once."""
    geometries: list[shapely.Geometry] = []
    records: list[Record] = []
    faults: list[str] = []
    for number, item in enumerate(collection["features"], 1):
        try:
            geometry, record = _row(item, actor)
        except (ValueError, DateError) as error:
            faults.append(f"feature {number}: {error}")
            continue
        geometries.append(geometry)
        records.append(record)
    if faults:
        shown = faults[:20] + ([f"... and {len(faults) - 20} more"] if len(faults) > 20 else [])
        raise SeriesError(f"{path}: {len(faults)} of {len(collection['features'])} features cannot be read:\n  " + "\n  ".join(shown))
    if not records:
        raise SeriesError(f"{path} has no features. Expected polygons with valid_from and valid_to.")
    rows = np.empty(len(geometries), dtype=object)
    rows[:] = geometries
    return rows, tuple(records)


def _row(item: Any, actor: str) -> tuple[shapely.Geometry, Record]:
    if not isinstance(item, dict) or item.get("type") != "Feature":
        raise ValueError("is not a GeoJSON feature")
    geometry = geojson.geometry(item)
    if geometry is None or geometry.is_empty:
        raise ValueError("has no geometry")
    if geometry.geom_type not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"is a {geometry.geom_type}; expected a Polygon or MultiPolygon")
    if not geometry.is_valid:
        raise ValueError(f"has an invalid polygon ({shapely.is_valid_reason(geometry)})")
    properties = item.get("properties") or {}
    if not isinstance(properties, dict):
        raise ValueError(f"has properties that are a {type(properties).__name__}; expected an object")
    starts, start_precision = _date(properties, "valid_from")
    ends, end_precision = _date(properties, "valid_to")
    if starts and ends and ends <= starts:
        raise ValueError(f"valid_to {ends} is not after valid_from {starts}; the period is half-open, a single day ends on the next")
    listed = properties.get("sources")
    sources = [properties.get("source_from"), properties.get("source_to"), *(listed if isinstance(listed, list) else [listed])]
    return geometry, Record(
        actor=str(properties.get("actor") or actor),
        name=str(properties.get("name") or ""),
        valid_from=starts,
        valid_to=ends,
        valid_from_precision=start_precision,
        valid_to_precision=end_precision,
        sources=unique_text([str(source) for source in sources if source]),
        properties=MappingProxyType({key: value for key, value in properties.items() if key not in _PERIOD}),
    )


def _date(properties: Mapping[str, Any], key: str) -> tuple[date | None, Precision]:
    """A date and how well it is known; a month or year stands for its first day."""
    value = properties.get(key)
    if value is None or value == "":
        return None, "day"
    if not isinstance(value, str):
        raise ValueError(f'{key} is {value!r}; expected text such as "2015-05-21"')
    found = parse_date(value)
    precision = properties.get(f"{key}_precision") or found.precision
    if precision not in ("day", "month", "year", "before"):
        raise ValueError(f"{key}_precision is {precision!r}; expected day, month, year or before")
    return found.first, cast(Precision, precision)


@lru_cache(maxsize=1)
def _events(path: Path) -> tuple[Event, ...]:
    events = []
    for item in geojson.read(path)["features"]:
        lon, lat = item["geometry"]["coordinates"]
        properties = item["properties"]
        events.append(
            Event(date.fromisoformat(properties["date"]), properties["title"], properties["kind"], lon, lat, properties["source"])
        )
    return tuple(events)


@lru_cache(maxsize=1)
def _sources(path: Path) -> Mapping[str, Source]:
    rows = json.loads(path.read_text(encoding="utf-8"))
    fields = ("url", "publisher", "title", "published", "licence")
    return MappingProxyType({row["source_id"]: Source(row["source_id"], *(row[key] for key in fields)) for row in rows})
