"""Deterministic GeoJSON (RFC 7946): same input, same bytes; one feature per line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import shapely

from geo.errors import SeriesError
from geo.files import write_text

DECIMALS = 6


def feature(geometry: shapely.Geometry | None, properties: Mapping[str, Any]) -> dict[str, Any]:
    """A GeoJSON feature with at most six decimals and exterior rings counter-clockwise.

    Parameters
    ----------
    geometry
        Longitude/latitude, WGS 84, degrees. None or an empty geometry becomes null.
    properties
        Values that JSON can hold.
    """
    if geometry is None or shapely.is_empty(geometry):
        return {"type": "Feature", "properties": dict(properties), "geometry": None}
    mapping = shapely.geometry.mapping(shapely.orient_polygons(geometry))
    return {"type": "Feature", "properties": dict(properties), "geometry": _rounded(mapping)}


def dumps(features: Iterable[Mapping[str, Any]], /, **members: Any) -> str:
    """A feature collection as text, one feature per line.

    Parameters
    ----------
    features
        Features as `feature` makes them.
    **members
        Foreign members of the collection (RFC 7946, section 6.1), such as a title or a licence.
    """
    head = "".join(f"{_json(key)}:{_json(value)},\n" for key, value in members.items())
    lines = ",\n".join(_json(item) for item in features)
    return f'{{"type":"FeatureCollection",\n{head}"features":[\n{lines}\n]}}\n'


def write(target: str | Path, features: Iterable[Mapping[str, Any]], /, **members: Any) -> None:
    """Write a feature collection, all or nothing; see `dumps`.

    Raises
    ------
    OutputError
        The target cannot be written.
    """
    write_text(target, dumps(features, **members))


def read(path: str | Path) -> dict[str, Any]:
    """Read a GeoJSON feature collection.

    Returns
    -------
    dict
        The collection as parsed, with a list under ``features``.

    Raises
    ------
    SeriesError
        The file cannot be read, is no JSON, or is no feature collection.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SeriesError(f"cannot read {path}: {error.strerror}. Name an existing GeoJSON file.") from error
    except UnicodeDecodeError as error:
        raise SeriesError(f"{path} is not UTF-8 text (byte {error.start}). Expected a GeoJSON file.") from error
    try:
        found = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise SeriesError(
            f"{path} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}. Expected a GeoJSON file."
        ) from error
    except (ValueError, RecursionError) as error:
        raise SeriesError(f"{path} is not JSON: {error}. Expected a GeoJSON file.") from error
    if not isinstance(found, dict) or found.get("type") != "FeatureCollection" or not isinstance(found.get("features"), list):
        kind = found.get("type") if isinstance(found, dict) else type(found).__name__
        raise SeriesError(f"{path} holds {kind!r}, not a GeoJSON FeatureCollection. Expected an object with a list of features.")
    return found


def geometry(item: Mapping[str, Any]) -> shapely.Geometry | None:
    """The geometry of a parsed feature, None where it is null.

    Raises
    ------
    ValueError
        The geometry is not one of GeoJSON's, or a coordinate is not a finite number.
    """
    found = item.get("geometry")
    if found is None:
        return None
    try:
        made = shapely.geometry.shape(found)
    except (KeyError, TypeError, AttributeError, IndexError, shapely.errors.ShapelyError) as error:
        raise ValueError(f"geometry does not parse ({error})") from error
    if not all(math.isfinite(value) for value in made.bounds) and not made.is_empty:
        raise ValueError("a coordinate is not a finite number")
    return shapely.force_2d(made)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        short = round(value, DECIMALS)
        return int(short) if short.is_integer() else short
    if isinstance(value, (tuple, list)):
        return [_rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")
