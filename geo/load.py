"""Files to `Series`: the bundled series, or anyone's dated polygons."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Unpack

from geo import geojson
from geo.assemble import assemble
from geo.errors import SeriesError
from geo.fields import Columns, recognise
from geo.model import AS_GIVEN, Definition, Event, Issue, Series, Source
from geo.read import read
from geo.rings import position_issues, ring_issues
from geo.rows import Geometries, Rows
from geo.story import read_story

LAYERS = Path(__file__).resolve().parent.parent / "layers"

_SHOWN = 20


@dataclass(frozen=True, eq=False)
class Import:
    """What came of reading someone's data.

    Attributes
    ----------
    series
        All that could be read, faulty polygons among it; None where nothing could.
    issues
        What could not be read, and what was decided on the way. Polygons are not checked yet: see `geo.validate`.
    features
        How many features the files have, those that could not be read among them.
    members
        What the files say of themselves, such as a title, sources or a story, whether or not it is understood.
    """

    series: Series | None
    issues: tuple[Issue, ...] = field(repr=False)
    features: int
    members: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)


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


def load_series(path: str | Path | None = None, *, definition: str | None = None, **columns: Unpack[Columns]) -> Series:
    """Read a series.

    Parameters
    ----------
    path
        A file, folder, zip or pattern (``data/*.geojson``) of polygons with dates: GeoJSON, TopoJSON, GeoParquet, GeoPackage,
        Shapefile, FlatGeobuf, KML or GML, in any coordinate reference system. A period per feature, a date per feature, or a
        date in the name of each file; a dated state holds until the next one. A member ``story`` of a GeoJSON file is read as
        `geo.story` says. None for the bundled series.
    definition
        Identifier of the definition of control; only the bundled series has several. None for its default.
    **columns
        Names of the properties that say when and who (`start`, `end`, `date`, `actor`), and whether ends are included
        (`closed`); what is not named is recognised. See `geo.fields.Columns`.

    Returns
    -------
    Series
        Longitude/latitude, WGS 84; `recognised` says how the files were understood.

    Raises
    ------
    SeriesError
        No such file or definition, nothing that says when, no features, or faults: all of them are listed. Whether rings cross
        is found out when the land is measured (a `GeometryError`) or by `validate`, as it takes twice as long as reading.
    ArchiveError
        A zip that is refused.
    """
    if path is None:
        return _bundled(definition or catalog()["default_definition"])
    if definition not in (None, AS_GIVEN.id):
        raise SeriesError(f"{path} has no definition {definition!r}. Expected {AS_GIVEN.id!r}: only the bundled series has several.")
    imported = import_series(path, **columns)
    series = imported.series
    if series is not None and not _errors([*imported.issues, *position_issues(series)]):
        return series
    faults = _errors([*imported.issues, *(ring_issues(series) if series is not None else ())])
    raise SeriesError(_refusal(path, faults, imported.features))


def load_definitions(path: str | Path | None = None, **columns: Unpack[Columns]) -> tuple[Series, ...]:
    """Read a series under every definition it has; parameters and errors as for `load_series`."""
    if path is not None:
        return (load_series(path, **columns),)
    return tuple(_bundled(entry["id"]) for entry in catalog()["definitions"])


def import_series(path: str | Path, **columns: Unpack[Columns]) -> Import:
    """Read what can be read of someone's data, and collect the faults.

    Parameters
    ----------
    path, **columns
        As for `load_series`.

    Raises
    ------
    SeriesError
        No such file, a property that no feature has, or nothing that says when.
    ArchiveError
        A zip that is refused.
    """
    return import_rows(*read(path), path, **columns)


def import_rows(rows: Rows, geometry: Geometries, path: str | Path, **columns: Unpack[Columns]) -> Import:
    """What `import_series` does with what `geo.read.read` has read from a path."""
    features = len(
        {(issue.file, issue.feature) for issue in rows.issues if issue.feature} | set(zip(rows.files, rows.features, strict=True))
    )
    if not len(rows):
        if not rows.issues:
            rows.issue("error", "schema", Path(path).name, 0, "has no features. Expected polygons with dates.")
        return Import(None, tuple(rows.issues), features)
    found = assemble(rows, geometry, recognise(rows, columns))
    if not found.records:
        return Import(None, tuple(rows.issues), features)
    try:
        story = read_story(rows.members.get("story"), first=found.first, last=found.last)
    except SeriesError as error:
        story = ()
        rows.issue("error", "story", Path(path).name, 0, f"has a story that cannot be read: {error}")
    series = Series(
        id=Path(path).stem,
        title=rows.said("title") or Path(path).stem,
        definition=AS_GIVEN,
        geometry=found.geometry,
        records=found.records,
        first=found.first,
        last=found.last,
        baseline=found.first,
        story=story,
        version=rows.said("version"),
        licence=rows.said("licence", "license"),
        attribution=rows.said("attribution"),
        language=rows.said("language"),
        recognised=found.recognised,
    )
    return Import(series, tuple(rows.issues), features, MappingProxyType(rows.members))


def load_base(name: str) -> dict[str, Any]:
    """A layer of the base map as a parsed feature collection: countries, governorates, rivers, lakes, labels ..."""
    return geojson.read(LAYERS / "base" / f"{name}.geojson")


@lru_cache(maxsize=8)
def _bundled(definition: str) -> Series:
    entry = catalog()
    known = {item.id: item for item in definitions()}
    if definition not in known:
        raise SeriesError(f"unknown definition {definition!r}. Expected one of {', '.join(known)}.")
    given = load_series(LAYERS / entry["id"] / f"{definition}.geojson")
    first, last = date.fromisoformat(entry["first"]), date.fromisoformat(entry["last"])
    steps = json.loads((LAYERS / entry["story"]).read_text(encoding="utf-8"))
    return Series(
        id=entry["id"],
        title=entry["title"],
        definition=known[definition],
        geometry=given.geometry,
        records=given.records,
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


def _errors(issues: Sequence[Issue]) -> list[Issue]:
    return [issue for issue in issues if issue.severity == "error"]


def _refusal(path: str | Path, faults: Sequence[Issue], features: int) -> str:
    """What is wrong with a path, fault by fault; one line where it is one fault of a whole file."""
    several = len({issue.file for issue in faults}) > 1
    whole = [issue for issue in faults if not issue.feature]
    if len(faults) == len(whole) == 1:
        return f"{path} {whole[0].message}"
    lines = [f"{issue.file}, " * several + (f"feature {issue.feature}: " if issue.feature else "") + issue.message for issue in faults]
    more = [f"... and {len(lines) - _SHOWN:,} more"] if len(lines) > _SHOWN else []
    broken = len({(issue.file, issue.feature) for issue in faults if issue.feature})
    head = f"{broken:,} of {features:,} features cannot be read" if broken else f"{len(whole):,} files cannot be read"
    hint = f"`python -m geo validate {path}` lists all of them; with --repair OUT it mends those that can be."
    return f"{path}: {head}:\n  " + "\n  ".join([*lines[:_SHOWN], *more, hint])


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
