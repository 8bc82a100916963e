"""GeoJSON and TopoJSON files to rows; nothing here reads anything but the file it is given.

simdjson hands over the coordinates of a ring as a block of numbers, so that no Python object is made for any of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import simdjson

from geo.rows import Points, Rows

_STRUCTURE = ("type", "features", "crs", "bbox")
"""Members of a feature collection that say nothing about the data."""
_DEEPEST = 32
_UNPARSABLE = (TypeError, ValueError, LookupError, AttributeError, RecursionError)
_LONLAT = ("CRS84", "EPSG::4326", "EPSG:4326", "EPSG:4979", "EPSG::4979")

Rings = list[list[Points]]


def read_json(path: Path, rows: Rows, *, label: str) -> None:
    """Add the features of a GeoJSON file, or of a TopoJSON topology, to `rows`.

    Parameters
    ----------
    path
        UTF-8, with or without a byte order mark.
    rows
        Where they go; faults are noted there too, and none is raised.
    label
        Name of the file in the report.
    """
    try:
        document: Any = simdjson.Parser().load(str(path))
    except (ValueError, RuntimeError, OSError) as error:
        rows.issue("error", "file", label, 0, _reason(path, error))
        return
    kind = _kind(document)
    if kind == "FeatureCollection" and isinstance(features := document.get("features"), simdjson.Array):
        _members(rows, label, document)
        crs = _crs(document["crs"]) if "crs" in set(document) else ""
        for number, item in enumerate(features, 1):
            _feature(rows, label, number, item, crs)
    elif kind == "Feature":
        _feature(rows, label, 1, document, _crs(document.get("crs")))
    elif kind in ("Polygon", "MultiPolygon", "GeometryCollection"):
        _geometry(rows, label, 1, {}, document, "", _polygons)
    elif kind == "Topology":
        _topology(rows, label, document)
    else:
        rows.issue("error", "file", label, 0, f"holds {kind!r}; expected a GeoJSON FeatureCollection or a TopoJSON Topology")


def _members(rows: Rows, label: str, document: Any) -> None:
    """Keep what a collection says of itself."""
    for name in document:
        if name in _STRUCTURE or document[name] is None:
            continue
        plain = _plain(document[name])
        if _too_deep(plain, _DEEPEST):
            rows.issue("warning", "schema", label, 0, f"has a member {name!r} nested more than {_DEEPEST} deep; left out")
        else:
            rows.members.setdefault(name, plain)


def _feature(rows: Rows, label: str, number: int, item: Any, crs: str) -> None:
    if _kind(item) != "Feature":
        rows.issue("error", "schema", label, number, "is not a GeoJSON feature")
        return
    found = item.get("properties")
    if found is not None and not isinstance(found, simdjson.Object):
        rows.issue("error", "schema", label, number, f"has properties that are a {_name(found)}; expected an object")
        return
    properties = found.as_dict() if found is not None else {}
    if "time" in set(item) and item["time"] is not None:
        properties.setdefault("time", _plain(item["time"]))
    if _too_deep(properties, _DEEPEST):
        rows.issue("error", "schema", label, number, f"has properties nested more than {_DEEPEST} deep")
        return
    _geometry(rows, label, number, properties, item.get("geometry"), crs, _polygons)


def _geometry(
    rows: Rows, label: str, number: int, properties: Mapping[str, Any], found: Any, crs: str, read: Callable[[Any], tuple[Rings, list[str]]]
) -> None:
    """Add a feature whose geometry `read` takes apart into polygons and the kinds of what else there is."""
    if found is None:
        rows.issue("error", "geometry", label, number, "has no geometry")
        return
    try:
        polygons, others = read(found)
    except _UNPARSABLE as error:
        rows.issue("error", "geometry", label, number, f"geometry does not parse ({error})")
        return
    if others and not polygons:
        rows.issue("error", "geometry", label, number, f"is a {others[0]}; expected a Polygon or MultiPolygon")
        return
    if others:
        rows.issue("warning", "geometry", label, number, f"holds a {others[0]} too; only the polygons were kept")
    rows.add_rings(label, number, properties, polygons, crs=crs)


def _polygons(item: Any) -> tuple[Rings, list[str]]:
    """Polygons of a GeoJSON geometry, and the kinds of geometry in it that are none."""
    kind = _kind(item)
    if kind not in ("Polygon", "MultiPolygon"):
        return _collection(item, kind, _polygons)
    found = item["coordinates"]
    polygons = [[len(_array(ring)) for ring in _array(polygon)] for polygon in ([found] if kind == "Polygon" else _array(found))]
    total = sum(map(sum, polygons))
    points = _flat(found, total)
    if points is None:
        return [[_positions(ring) for ring in polygon] for polygon in ([found] if kind == "Polygon" else found)], []
    ends = iter(accumulate(count for polygon in polygons for count in polygon))
    return [[points[end - count : end] for count, end in zip(polygon, ends, strict=False)] for polygon in polygons], []


def _collection(item: Any, kind: str, read: Callable[[Any], tuple[Rings, list[str]]]) -> tuple[Rings, list[str]]:
    if kind != "GeometryCollection":
        return [], [kind]
    parts = [read(part) for part in _array(item["geometries"])]
    return [polygon for polygons, _ in parts for polygon in polygons], [other for _, others in parts for other in others]


def _positions(ring: Any) -> Points:
    """A ring as (n, 2) numbers."""
    points = _flat(ring, len(_array(ring)))
    return np.array([[float(position[0]), float(position[1])] for position in ring]) if points is None else points


def _flat(nested: Any, count: int) -> Points | None:
    """The `count` positions in nested lists as (count, 2) numbers, a third one such as a height left out; None where they differ in length."""
    if not count:
        return np.empty((0, 2))
    flat = np.frombuffer(nested.as_buffer(of_type="d"))
    return flat.reshape(count, -1)[:, :2] if len(flat) in (2 * count, 3 * count) else None


def _topology(rows: Rows, label: str, document: Any) -> None:
    """Add the objects of a topology; an object's name stands behind the file's where there are several."""
    try:
        arcs = list(_arcs(document))
        objects = {name: document["objects"][name] for name in document["objects"]}
    except _UNPARSABLE as error:
        rows.issue("error", "file", label, 0, f"is no TopoJSON topology ({error})")
        return
    crs = _crs(document.get("crs"))
    for name, item in objects.items():
        place = f"{label}#{name}" if len(objects) > 1 else label
        members = item.get("geometries") if _kind(item) == "GeometryCollection" else None
        for number, member in enumerate(members if isinstance(members, simdjson.Array) else [item], 1):
            found = member.get("properties") if isinstance(member, simdjson.Object) else None
            properties = found.as_dict() if isinstance(found, simdjson.Object) else {}
            if _too_deep(properties, _DEEPEST):
                rows.issue("error", "schema", place, number, f"has properties nested more than {_DEEPEST} deep")
                continue
            _geometry(rows, place, number, properties, member, crs, lambda part: _topology_polygons(part, arcs))


def _topology_polygons(item: Any, arcs: list[Points]) -> tuple[Rings, list[str]]:
    kind = _kind(item)
    if kind == "Polygon":
        return [[_joined(ring, arcs) for ring in _array(item["arcs"])]], []
    if kind == "MultiPolygon":
        return [[_joined(ring, arcs) for ring in _array(polygon)] for polygon in _array(item["arcs"])], []
    return _collection(item, kind, lambda part: _topology_polygons(part, arcs))


def _joined(ring: Any, arcs: list[Points]) -> Points:
    """A ring from the numbers of its arcs; ``~n`` is arc n backwards, and each begins where the last one ended."""
    pieces = [arcs[number] if number >= 0 else arcs[~number][::-1] for number in _array(ring)]
    if not pieces:
        return np.empty((0, 2))
    return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])


def _arcs(document: Any) -> Iterator[Points]:
    """Arcs in degrees; with a transform their positions are steps on a grid."""
    transform = document.get("transform")
    for arc in document["arcs"]:
        points = _positions(arc)
        if transform is not None:
            points = np.cumsum(points, axis=0) * np.array(list(transform["scale"]), dtype=float) + np.array(
                list(transform["translate"]), dtype=float
            )
        yield points


def _crs(member: Any) -> str:
    """Name of a coordinate reference system in a `crs` member (GeoJSON 2008); empty for longitude/latitude."""
    try:
        name = member["properties"]["name"]
    except _UNPARSABLE:
        return ""
    return "" if not isinstance(name, str) or name.endswith(_LONLAT) else name


def _kind(item: Any) -> str:
    """The `type` of a JSON object, or the name of what is no object or has none."""
    found = item.get("type") if isinstance(item, simdjson.Object) else None
    return found if isinstance(found, str) else _name(item)


def _name(value: Any) -> str:
    return {"Object": "object without a type", "Array": "list", "str": "text"}.get(type(value).__name__, type(value).__name__)


def _plain(value: Any) -> Any:
    """A value as Python has it."""
    return value.as_dict() if isinstance(value, simdjson.Object) else value.as_list() if isinstance(value, simdjson.Array) else value


def _array(value: Any) -> Any:
    if not isinstance(value, simdjson.Array):
        raise TypeError(f"found {_name(value)} where a list was expected")
    return value


def _too_deep(value: Any, limit: int) -> bool:
    if not isinstance(value, (dict, list)):
        return False
    return limit == 0 or any(_too_deep(item, limit - 1) for item in (value.values() if isinstance(value, dict) else value))


def _reason(path: Path, error: Exception) -> str:
    """Why a file cannot be read, with the place where Python's own parser can tell it."""
    try:
        json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as found:
        return f"cannot be read: {found.strerror}"
    except json.JSONDecodeError as found:
        return f"is not JSON: {found.msg} at line {found.lineno}, column {found.colno}"
    except UnicodeDecodeError as found:
        return f"is not JSON: not UTF-8 text at byte {found.start}"
    except (ValueError, RecursionError):
        pass
    return f"is not JSON: {str(error).partition(': ')[2] or error}"
