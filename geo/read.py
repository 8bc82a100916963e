"""A path to rows: one file, a folder, a pattern or a zip, of any kind that can be read."""

from __future__ import annotations

import tempfile
from glob import glob
from pathlib import Path

import numpy as np

from geo.archive import JSON_SUFFIXES, unpack
from geo.errors import SeriesError
from geo.foreign import SUFFIXES, read_foreign
from geo.jsonfiles import read_json
from geo.progress import track
from geo.project import to_lonlat
from geo.rows import Geometries, Rows


def read(path: str | Path) -> tuple[Rows, Geometries]:
    """Read every feature of a file, or of all files of a folder, a pattern (``data/*.geojson``) or a zip.

    Parameters
    ----------
    path
        In a folder, its folders and a zip, files of known kinds are read and others left alone; a file that is named is read
        whatever its kind. Nothing is written, save a zip's files to a temporary folder that is deleted again.

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
    if path.is_file() or path.suffix.lower() == ".gdb":
        return [(path.name, path)]
    if path.is_dir():
        found = [file for file in path.rglob("*") if file.suffix.lower() in (*JSON_SUFFIXES, *SUFFIXES) and file.is_file()]
        named = [(file.relative_to(path).as_posix(), file) for file in found]
        return sorted((name, file) for name, file in named if not any(part.startswith(".") for part in name.split("/")))
    return sorted((Path(file).name, Path(file)) for file in glob(str(path)))


def _read(files: list[tuple[str, Path]], path: Path) -> tuple[Rows, Geometries]:
    if not files:
        kinds = ", ".join((*JSON_SUFFIXES, *SUFFIXES))
        raise SeriesError(
            f"{path} holds no file that can be read. Expected one in {kinds}."
            if path.is_dir()
            else f"cannot read {path}: No such file or directory. Name an existing file, folder, zip or pattern."
        )
    rows = Rows()
    for name, file in track(files, len(files), "Reading"):
        if file.suffix.lower() in JSON_SUFFIXES:
            read_json(file, rows, label=name)
        else:
            read_foreign(file, rows, label=name)
    return rows, _projected(rows)


def _projected(rows: Rows) -> Geometries:
    """The geometries in longitude/latitude; those that cannot be projected stay as they are, and are noted."""
    geometry = np.empty(len(rows), dtype=object)
    geometry[:] = rows.geometries
    systems = np.array(rows.crs, dtype=object)
    for crs in sorted(set(rows.crs) - {""}):
        chosen = np.flatnonzero(systems == crs)
        try:
            geometry[chosen] = to_lonlat(geometry[chosen], crs)
        except ValueError as error:
            for row in chosen.tolist():
                rows.issue("error", "crs", rows.files[row], rows.features[row], f"cannot be projected: {error}")
    return geometry


