"""Files of other kinds to rows: Shapefile, GeoPackage, FlatGeobuf, GML, KML, GeoParquet, and what else GDAL reads.

GDAL picks the driver by the content of a file, and some drivers follow references to other files and hosts. So a file whose
name promises a known kind is looked into before GDAL is: it must begin as that kind does, XML must be well-formed with the
root element of its kind and no document type, and a GeoPackage may not have virtual tables. While GDAL reads, its network is
switched off.
"""

from __future__ import annotations

import sqlite3
import threading
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from xml.parsers import expat

from geo.errors import SeriesError
from geo.rows import Rows

BEGINS_WITH = {
    ".shp": b"\x00\x00\x27\x0a",
    ".gpkg": b"SQLite format 3\x00",
    ".fgb": b"fgb\x03fgb",
    ".parquet": b"PAR1",
}
ROOTS = {".kml": ("kml",), ".gml": ("FeatureCollection",)}
SUFFIXES = (*BEGINS_WITH, *ROOTS)
SIDECARS = (".shx", ".dbf", ".prj", ".cpg")
"""What belongs to a Shapefile."""

MOST_ROWS = 2_000_000
MOST_BYTES = 4_000_000_000
"""Limits of a Parquet file once it is unpacked."""

_OFFLINE = {
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "GDAL_HTTPS_PROXY": "127.0.0.1:9",
    "GDAL_HTTP_MAX_RETRY": "0",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GML_SKIP_RESOLVE_ELEMS": "ALL",
}
"""Every request of GDAL goes to a port of this machine where nobody listens."""
_GDAL = threading.Lock()


def read_foreign(path: Path, rows: Rows, *, label: str) -> None:
    """Add the polygons of every layer of a file to `rows`; faults are noted there, and none is raised.

    Parameters
    ----------
    path
        Any file that pyogrio reads, or GeoParquet.
    rows
        Where they go.
    label
        Name of the file in the report; a layer's name stands behind it where there are several.
    """
    try:
        check_content(path)
        layers = list(_layers(path))
    except (SeriesError, OSError, ValueError, RuntimeError, ArithmeticError, MemoryError, LookupError, TypeError) as error:
        rows.issue("error", "file", label, 0, f"cannot be read: {_first_line(error)}")
        return
    for name, table in layers:
        place = f"{label}#{name}" if len(layers) > 1 else label
        crs = table.crs.to_wkt() if table.crs is not None else ""
        if not crs:
            rows.issue("warning", "crs", place, 0, "names no coordinate reference system; longitude/latitude was assumed")
        attributes = table.drop(columns=table.geometry.name).to_dict("records")
        for number, (geometry, properties) in enumerate(zip(table.geometry, attributes, strict=True), 1):
            rows.add_geometry(place, number, {str(key): value for key, value in properties.items()}, geometry, crs=crs)


def check_content(path: Path) -> None:
    """Refuse a file that is not what its name says, or that points outside itself; other names are let pass.

    Raises
    ------
    SeriesError
        Says what was found.
    OSError
        The file cannot be read.
    """
    suffix = path.suffix.lower()
    expected = BEGINS_WITH.get(suffix)
    if expected is not None:
        with path.open("rb") as file:
            if file.read(len(expected)) != expected:
                raise SeriesError(f"{path.name} does not begin as a {suffix} file does. Was it renamed, or cut off?")
    if suffix == ".gpkg":
        _check_tables(path)
    if suffix in ROOTS:
        _check_xml(path, ROOTS[suffix])


def _check_tables(path: Path) -> None:
    """Refuse virtual tables other than the spatial index: they can stand for other files."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            found = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql LIKE 'create virtual%'").fetchall()
    except sqlite3.Error as error:
        raise SeriesError(f"{path.name} is no GeoPackage ({error}).") from error
    for name, text in found:
        if "using rtree" not in " ".join(text.lower().split()):
            raise SeriesError(f"{path.name} has a virtual table ({name}), which may stand for another file. Expected plain tables.")


def _check_xml(path: Path, roots: tuple[str, ...]) -> None:
    """Refuse XML that is not well-formed, has another root, or has a document type (which is where entities are declared)."""
    parser = expat.ParserCreate(namespace_separator=" ")
    seen: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        if not seen:
            seen.append(name.rpartition(" ")[2])

    def doctype(*_: Any) -> None:
        raise SeriesError(f"{path.name} has a document type declaration (<!DOCTYPE>), which may declare entities. Remove it.")

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = doctype
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        raise SeriesError(f"{path.name} is no well-formed XML ({error}).") from error
    if seen[0] not in roots:
        raise SeriesError(f"{path.name} holds <{seen[0]}>. Expected <{roots[0]}>.")


def _layers(path: Path) -> Iterator[tuple[str, Any]]:
    """Every layer with geometry, as its name and a GeoDataFrame."""
    import geopandas as gpd
    import pyogrio

    if path.suffix.lower() == ".parquet":
        _check_parquet(path)
        yield path.stem, gpd.read_parquet(path)
        return
    options = {"WRITE_GFS": "NO", "DOWNLOAD_SCHEMA": "NO"} if path.suffix.lower() == ".gml" else {}
    with _GDAL, _offline(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, kind in pyogrio.list_layers(path.absolute()):
            if kind is not None:
                yield str(name), pyogrio.read_dataframe(path.absolute(), layer=name, on_invalid="ignore", **options)


def _check_parquet(path: Path) -> None:
    import pyarrow.parquet as pq

    described = pq.read_metadata(path)
    size = sum(described.row_group(number).total_byte_size for number in range(described.num_row_groups))
    if described.num_rows > MOST_ROWS or size > MOST_BYTES:
        raise SeriesError(
            f"{path.name} unpacks to {described.num_rows:,} rows and {size / 1e6:,.0f} MB; the limits are {MOST_ROWS:,} and {MOST_BYTES / 1e6:,.0f}."
        )


@contextmanager
def _offline() -> Iterator[None]:
    import pyogrio

    before = {name: pyogrio.get_gdal_config_option(name) for name in _OFFLINE}
    pyogrio.set_gdal_config_options(_OFFLINE)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]
