"""A path to rows: one file, a folder, a pattern or a zip, of any kind that can be read, in any coordinate reference system."""

from __future__ import annotations

import os
import tempfile
from glob import glob
from pathlib import Path
from typing import Any, cast

import numpy as np
import shapely

from geo.archive import JSON_SUFFIXES, unpack
from geo.errors import SeriesError
from geo.foreign import SUFFIXES, read_foreign
from geo.jsonfiles import read_json
from geo.model import CRS
from geo.progress import track
from geo.rows import Geometries, Rows

_SUFFIXES = (*JSON_SUFFIXES, *SUFFIXES)
_KINDS = f"GeoJSON, TopoJSON, or a file in {', '.join(_SUFFIXES)}"

_LONGEST_EDGE_M = 5_000
"""A straight edge of this length in UTM strays from the straight edge in longitude/latitude by less than a metre."""
_FARTHEST_M = 1e8
_MOST_PIECES = 20_000_000


def read(path: str | Path) -> tuple[Rows, Geometries]:
    """Read every feature of a file, or of all files of a folder, a pattern (``data/*.geojson``) or a zip.

    Parameters
    ----------
    path
        In a folder, its folders and a zip, files of known kinds are read and others left alone. Nothing is written, save a zip's
        files to a temporary folder that is deleted again.

    Returns
    -------
    rows
        Properties and faults.
    geometry
        A polygon or multipolygon per row in longitude/latitude, WGS 84; not checked in any way.

    Raises
    ------
    SeriesError
        No such path, or nothing in it that could be read.
    ArchiveError
        See `geo.archive.unpack`.
    """
    path = Path(path)
    if path.suffix.lower() == ".zip" and path.is_file():
        with tempfile.TemporaryDirectory(prefix="geo-") as folder:
            unpack(path, folder)
            return _read(_files(Path(folder)), path)
    return _read(_files(path), path)


def _files(path: Path) -> list[tuple[str, Path]]:
    """Files to read, each with its name in the report."""
    if path.is_dir():
        found = []
        for folder, folders, names in os.walk(path):
            folders[:] = [name for name in folders if not name.startswith(".")]
            below = "".join(f"{part}/" for part in Path(folder).relative_to(path).parts)
            wanted = [name for name in names if name.lower().endswith(_SUFFIXES) and not name.startswith(".")]
            found += [(below + name, Path(folder, name)) for name in wanted]
        return sorted(found)
    named = [path] if path.is_file() else sorted(map(Path, glob(str(path))))  # noqa: PTH207 (a pattern may be absolute)
    for file in named:
        if not file.name.lower().endswith(_SUFFIXES):
            raise SeriesError(f"{file} is of a kind that is not read here. Expected {_KINDS}.")
    return [(file.name, file) for file in named]


def _read(files: list[tuple[str, Path]], path: Path) -> tuple[Rows, Geometries]:
    if not files:
        raise SeriesError(
            f"{path} holds no file that can be read. Expected {_KINDS}."
            if path.is_dir()
            else f"cannot read {path}: No such file or directory. Name an existing file, folder, zip or pattern."
        )
    rows = Rows()
    for name, file in track(files, "Reading"):
        read_one = read_json if file.suffix.lower() in JSON_SUFFIXES else read_foreign
        read_one(file, rows, label=name)
    return rows, _projected(rows)


def _projected(rows: Rows) -> Geometries:
    """The geometries in longitude/latitude; those that cannot be projected stay as they are, and are noted."""
    geometry = rows.geometries()
    systems = np.array(rows.crs, dtype=object)
    for crs in sorted(set(rows.crs) - {""}):
        chosen = np.flatnonzero(systems == crs)
        try:
            geometry[chosen] = to_lonlat(geometry[chosen], crs)
        except ValueError as error:
            for row in chosen.tolist():
                rows.issue("error", "crs", rows.files[row], rows.features[row], f"cannot be projected: {error}")
    return geometry


def to_lonlat(geometries: Geometries, crs: str) -> Geometries:
    """Project polygons to longitude/latitude (OGC:CRS84).

    Parameters
    ----------
    geometries
        n polygons or multipolygons in `crs`, x before y. In a projected system their edges are straight lines on its
        map, so those longer than 5 km are cut first.
    crs
        Text that pyproj reads: ``EPSG:32637``, a WKT ...

    Returns
    -------
    numpy.ndarray
        n polygons; a position that has no longitude/latitude becomes infinite.

    Raises
    ------
    ValueError
        pyproj does not know the system, or coordinates are too large for it.
    """
    import pyproj

    source = _crs(crs)
    if source.equals(_crs(CRS), ignore_axis_order=True):
        return geometries
    if source.is_projected:
        step = _LONGEST_EDGE_M / source.axis_info[0].unit_conversion_factor
        if not np.abs(shapely.get_coordinates(geometries)).max(initial=0) < _FARTHEST_M / _LONGEST_EDGE_M * step:
            raise ValueError("coordinates lie far outside the globe")
        if shapely.length(geometries).sum() / step > _MOST_PIECES:
            raise ValueError(f"more than {_MOST_PIECES:,} pieces of {_LONGEST_EDGE_M / 1000:.0f} km of border")
        geometries = shapely.segmentize(geometries, step)
    transformer = pyproj.Transformer.from_crs(source, _crs(CRS), always_xy=True)
    return cast(Geometries, shapely.transform(geometries, lambda points: np.column_stack(transformer.transform(*points.T))))


def _crs(text: str) -> Any:
    import pyproj

    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as error:
        raise ValueError(f"unknown coordinate reference system {text[:80]!r}") from error
