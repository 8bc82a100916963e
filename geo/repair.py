"""Mend what can be mended without guessing, and say what was changed and by how many km².

Rings that cross themselves, polygons beyond or across the antimeridian, axes that can only be swapped, and rows that are
there twice are mended. Where two rows held on the same day draw their border twice, the later one takes that of the earlier one,
if the strip between is nowhere wider than `SLIVER_DEG`. What would need a decision (who holds contested land, which date is meant)
is left as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import shapely

from geo import geojson
from geo.errors import OutputError, SeriesError
from geo.fields import Columns
from geo.load import import_series
from geo.measure import area_km2
from geo.model import Record, Series
from geo.neighbours import LEAST_KM2, SLIVER_DEG, contacts
from geo.progress import track
from geo.rings import is_on_globe, leaps_antimeridian
from geo.validation import same_rows

_DEGREES = 10.0**-geojson.DECIMALS
_PASSES = 3
_NOTHING = shapely.MultiPolygon()
_JOINED = f"border moved to a neighbour's, less than {SLIVER_DEG} degrees away"


@dataclass(frozen=True)
class Repair:
    """A row that was changed.

    Attributes
    ----------
    file, feature
        Where it was read.
    what
        What was done.
    before_km2, after_km2
        Area before and after; NaN before where the positions were none.
    moved_km2
        Land given up and land added where the border was moved to a neighbour's.
    """

    file: str
    feature: int
    what: str
    before_km2: float
    after_km2: float
    moved_km2: float = 0.0


def repair(series: Series) -> tuple[Series, list[Repair]]:
    """Mend a series.

    Parameters
    ----------
    series
        As `geo.load.import_series` gives it.

    Returns
    -------
    series
        Without rows that are there twice, and without those that could not be mended; every polygon is valid.
    repairs
        One for each row that was changed or left out, in order.
    """
    repeated = same_rows(series)
    shapes: list[shapely.Geometry] = []
    kept: list[int] = []
    done: list[list[str]] = []
    for row, before in enumerate(track(list(series.geometry), "Mending")):
        after, what = (None, ["left out: it is there twice"]) if row in repeated else _mended(before)
        done.append(what)
        if after is not None:
            shapes.append(after)
            kept.append(row)
    mended = _series(series, shapes, [series.records[row] for row in kept])
    moved = dict.fromkeys(range(len(series)), 0.0)
    for number, shape in _joined(mended).items():
        moved[kept[number]] = float(area_km2([shapely.symmetric_difference(shapes[number], shape)])[0])
        done[kept[number]].append(_JOINED)
        shapes[number] = shape
    after_km2 = dict.fromkeys(range(len(series)), 0.0) | dict(zip(kept, area_km2(shapes).tolist(), strict=True))
    repairs = [
        Repair(record.file, record.feature, ", ".join(what), _area_km2(before), after_km2[row], moved[row])
        for row, (record, before, what) in enumerate(zip(series.records, series.geometry, done, strict=True))
        if what
    ]
    return _series(series, shapes, mended.records), repairs


def _series(series: Series, shapes: Sequence[shapely.Geometry], records: Sequence[Record]) -> Series:
    geometry = np.empty(len(shapes), dtype=object)
    geometry[:] = shapes
    return replace(series, geometry=geometry, records=tuple(records))


def _joined(series: Series) -> dict[int, shapely.Geometry]:
    """New polygons of the rows whose border is moved to that of an earlier row; again where the earlier one was itself moved."""
    found: dict[int, shapely.Geometry] = {}
    for _ in range(_PASSES):
        moved = _joined_once(series)
        if not moved:
            break
        found |= moved
        series = _series(series, [moved.get(row, shape) for row, shape in enumerate(series.geometry)], series.records)
    return found


def _joined_once(series: Series) -> dict[int, shapely.Geometry]:
    """Of two rows a sliver apart the later one is changed: land of both is the earlier one's, land of neither its own."""
    found: dict[int, shapely.Geometry] = {}
    filled = _NOTHING
    for contact in contacts(series, np.arange(len(series))):
        one, other = (found.get(row, series.geometry[row]) for row in (contact.one, contact.other))
        overlap_km2, gap_km2 = area_km2([contact.common, contact.gap])
        shape = other
        if overlap_km2 > LEAST_KM2 and contact.is_thin:
            shape = shapely.difference(shape, one)
        if gap_km2 > LEAST_KM2:
            shape = shapely.union(shape, shapely.difference(contact.gap, filled))
            filled = shapely.union(filled, contact.gap)
        if shape is not other and not (rounded := _rounded(shape)).is_empty:
            found[contact.other] = rounded
    return found


def repair_file(path: str | Path, target: str | Path, **columns: Unpack[Columns]) -> list[str]:
    """Read someone's data, mend them, and write them as one GeoJSON file with `valid_from` and `valid_to`.

    Parameters
    ----------
    path, **columns
        As for `load_series`; nothing there is written to.
    target
        File to write, six decimals.

    Returns
    -------
    list of str
        What was changed, left out and written, line by line.

    Raises
    ------
    SeriesError
        Nothing that can be read or mended.
    OutputError
        The target is (in) what is read, or cannot be written.
    """
    source, out = Path(path).resolve(), Path(target).resolve()
    if source == out or source in out.parents:
        raise OutputError(f"{target} is part of {path}, which stays as it is. Name another place.")
    found = import_series(path, **columns)
    if found.series is None:
        raise SeriesError(f"nothing in {path} can be repaired: {found.issues[0].message}.")
    series, repairs = repair(found.series)
    if not len(series):
        raise SeriesError(f"nothing in {path} can be repaired: {repairs[0].what}.")
    members = {"title": series.title} | dict(found.members) | ({"last": series.last.isoformat()} if series.last else {})
    geojson.write(target, (_feature(*row) for row in zip(series.geometry, series.records, strict=True)), **members)
    lost = found.features - len({(record.file, record.feature) for record in found.series.records})
    return [*_lines(repairs), *_unread(found.series, lost), f"{len(series):,} features in {target}, coordinates to six decimals."]


def _lines(repairs: Sequence[Repair]) -> list[str]:
    lines = []
    for one in repairs:
        size = f"{one.after_km2:,.3f} km²" if np.isnan(one.before_km2) else f"{one.before_km2:,.3f} km² before, {one.after_km2:,.3f} after"
        size += f", {one.moved_km2:,.3f} moved" if one.moved_km2 else ""
        lines.append(f"{one.file}, feature {one.feature}: {one.what} ({size})")
    changed = sum(abs(one.after_km2 - one.before_km2) for one in repairs if not np.isnan(one.before_km2))
    counts = ", ".join(f"{count:,} {what}" for what, count in Counter(one.what for one in repairs).items())
    return [
        *lines,
        f"{len(repairs):,} changed or left out by {changed:,.3f} km² in all: {counts}." if repairs else "Nothing had to be changed.",
    ]


def _unread(series: Series, lost: int) -> list[str]:
    """How many features did not become rows; states that repeat the one before are among them where data are dated states."""
    return [f"{lost:,} features are not in it: they could not be read, or repeat the state before."] if lost > 0 else []


def _mended(shape: shapely.Geometry) -> tuple[shapely.Geometry | None, list[str]]:
    """A polygon that is valid and on the globe, None if there is no way to one; and what was done."""
    done = []
    if not _on_globe(shape):
        if not is_on_globe(_array(shape), swap=True)[0]:
            return None, ["left out: positions that are no longitude/latitude"]
        shape = shapely.transform(shape, lambda points: points[:, ::-1])
        done.append("axes swapped")
    if leaps_antimeridian(_array(shape))[0]:
        shape = shapely.transform(shape, lambda points: np.column_stack([points[:, 0] % 360, points[:, 1]]))
        if leaps_antimeridian(_array(shape))[0]:
            return None, ["left out: it leaps across the globe in more than one place"]
        done.append("cut at the antimeridian")
    if not shapely.is_valid(shape):
        shape = shapely.make_valid(shape, method="structure", keep_collapsed=False)
        done.append("rings mended")
    if not -180 <= shape.bounds[0] <= shape.bounds[2] <= 180:
        shape = _cut(shape)
        done = [*dict.fromkeys([*done, "cut at the antimeridian"])]
    rounded = _rounded(shape)
    if rounded.is_empty:
        return None, [*done, "left out: it encloses nothing"]
    return rounded, done


def _rounded(shape: shapely.Geometry) -> shapely.Geometry:
    """A valid polygon with rounded coordinates, and without a grid, to which later steps would round (WKB has none)."""
    return shapely.from_wkb(shapely.to_wkb(shapely.set_precision(shape, _DEGREES)))


def _cut(shape: shapely.Geometry) -> shapely.Geometry:
    """A polygon within longitude ±360 as polygons within ±180."""
    pieces = [
        shapely.transform(
            shapely.intersection(shape, shapely.box(turn - 180, -90, turn + 180, 90)), lambda points, by=turn: points - (by, 0)
        )
        for turn in (-360, 0, 360)
    ]
    parts = shapely.get_parts(pieces)
    return shapely.union_all([part for part in parts if part.geom_type in ("Polygon", "MultiPolygon")])


def _feature(shape: shapely.Geometry, record: Record) -> dict[str, Any]:
    properties = {key: value for key, value in record.properties.items() if key not in ("actor", "name")}
    return geojson.feature(
        shape,
        {
            "actor": record.actor,
            "name": record.name or None,
            "valid_from": record.valid_from and record.valid_from.isoformat(),
            "valid_to": record.valid_to and record.valid_to.isoformat(),
            "valid_from_precision": record.valid_from_precision,
            "valid_to_precision": record.valid_to_precision,
            **{key: _plain(value) for key, value in properties.items()},
        },
    )


def _plain(value: Any) -> Any:
    """A value as JSON can hold it: dates and what else it has no word for become text."""
    if isinstance(value, (str, int, list, dict)) or value is None or (isinstance(value, float) and np.isfinite(value)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _area_km2(shape: shapely.Geometry | None) -> float:
    """Area in km²; NaN where the positions are none."""
    if shape is None:
        return 0.0
    return float(area_km2([shape])[0]) if _on_globe(shape) else float("nan")


def _on_globe(shape: shapely.Geometry) -> bool:
    return bool(is_on_globe(_array(shape))[0])


def _array(shape: shapely.Geometry) -> np.ndarray[Any, np.dtype[np.object_]]:
    return np.array([shape], dtype=object)
