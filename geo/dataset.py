"""Many series as a GeoParquet data set, one file per series, on local or object storage; read strip by strip.

A file has the columns of a series file (`actor`, `name`, `valid_from`, `valid_to` and their precisions, `geometry`) in row groups
of 64 polygons. A **strip** is a range of longitudes: a worker reads the row groups in turn and keeps only what lies in its strip,
so it holds one strip and one row group, however long the series is.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.errors import OutputError, SeriesError
from geo.export import geoparquet, provenance
from geo.model import AS_GIVEN, Record, Series

if TYPE_CHECKING:
    import fsspec
    import pyarrow.parquet as pq

ROW_GROUP = 64

_COLUMNS = ("actor", "name", "valid_from", "valid_to", "valid_from_precision", "valid_to_precision")


def list_series(dataset: str) -> list[str]:
    """Addresses of the series of a data set, in order.

    Parameters
    ----------
    dataset
        A folder of ``.parquet`` files, or one of them; a path, or an address that fsspec knows such as ``s3://bucket/folder``.

    Raises
    ------
    SeriesError
        There is no such place, or nothing in it.
    """
    system, path = _place(dataset)
    try:
        names = [path] if system.isfile(path) else sorted(system.glob(f"{path.rstrip('/')}/*.parquet"))
    except OSError as error:
        raise SeriesError(f"cannot read {dataset}: {error}. Expected a folder of GeoParquet files.") from error
    if not names:
        raise SeriesError(f"{dataset} holds no series. Expected a folder of GeoParquet files, as `geo.write_dataset` makes it.")
    return [system.unstrip_protocol(name) for name in names]


def write_dataset(series: Iterable[Series], dataset: str) -> list[str]:
    """Write series, a GeoParquet file each, named after the series and its definition.

    Parameters
    ----------
    series
        Any number; they are written one after the other.
    dataset
        Folder to write into, made where it does not exist; a path, or an address that fsspec knows.

    Returns
    -------
    list of str
        The files' addresses.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    import geopandas as gpd
    import pyarrow.parquet as pq

    system, path = _place(dataset)
    written = []
    for one in series:
        columns = {name: [getattr(record, name) for record in one.records] for name in _COLUMNS}
        rows = gpd.GeoDataFrame(columns, geometry=list(one.geometry), crs="OGC:CRS84")
        origin = {**provenance([one]), "first": one.first.isoformat(), "baseline": one.baseline.isoformat()}
        content = geoparquet(rows, {**origin, "last": one.last.isoformat() if one.last else ""})
        stem = one.id if one.definition == AS_GIVEN else f"{one.id}-{one.definition.id}"
        name = f"{path.rstrip('/')}/{stem}.parquet"
        buffer = io.BytesIO()
        pq.write_table(content, buffer, compression="zstd", row_group_size=ROW_GROUP)
        put(system.unstrip_protocol(name), buffer.getvalue())
        written.append(system.unstrip_protocol(name))
    return written


def put(address: str, content: bytes) -> None:
    """Write bytes to an address, under another name first, so that a fault leaves no half file.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    system, path = _place(address)
    try:
        system.makedirs(str(PurePosixPath(path).parent), exist_ok=True)
        system.pipe_file(f"{path}.part", content)
        system.mv(f"{path}.part", path)
    except OSError as error:
        raise OutputError(f"cannot write {address}: {error}. Name a folder that can be written.") from error


def read_frame(address: str) -> Series:
    """A series without its polygons: records, dates and what the file says of itself.

    Raises
    ------
    SeriesError
        No GeoParquet file with the columns of a series.
    """
    with _opened(address) as file:
        metadata = {key.decode(): text.decode() for key, text in (file.schema_arrow.metadata or {}).items()}
        missing = {"actor", "valid_from", "valid_to", "geometry"} - set(file.schema_arrow.names)
        if missing:
            raise SeriesError(f"{address} has no column {', '.join(sorted(missing))}. Expected a file as `geo.write_dataset` makes it.")
        rows = file.read(columns=[name for name in _COLUMNS if name in file.schema_arrow.names]).to_pylist()
    records = tuple(_record(row) for row in rows)
    starts = [record.valid_from for record in records if record.valid_from]
    ends = [record.valid_to for record in records if record.valid_to]
    stem = PurePosixPath(address).stem
    first = date.fromisoformat(metadata["first"]) if "first" in metadata else min(starts)
    last = max(ends) if len(ends) == len(records) else None
    return Series(
        id=stem,
        title=metadata.get("title", stem),
        definition=replace(AS_GIVEN, id=metadata.get("definition", AS_GIVEN.id)),
        geometry=np.full(len(records), None, dtype=object),
        records=records,
        first=first,
        last=(date.fromisoformat(metadata["last"]) if metadata["last"] else None) if "last" in metadata else last,
        baseline=date.fromisoformat(metadata.get("baseline", first.isoformat())),
        version=metadata.get("version", ""),
        licence=metadata.get("licence", ""),
        attribution=metadata.get("attribution", ""),
    )


def read_strip(address: str, number: int, count: int) -> Series:
    """What lies in one of `count` strips of a series, as a series of its own; rows without land there are left out.

    Parameters
    ----------
    address
        As `list_series` gives it.
    number, count
        Which strip, from 0 in the west, of how many; strips divide the extent of the series into equal ranges of longitude.
    """
    frame = read_frame(address)
    shapes, kept = [], []
    with _opened(address) as file:
        strip = _strip(file, number, count)
        for at, shape in _shapes(file, strip):
            shapes.append(shape)
            kept.append(at)
    land = np.empty(len(shapes), dtype=object)
    land[:] = shapes
    return replace(frame, geometry=land, records=tuple(frame.records[at] for at in kept))


def _shapes(file: pq.ParquetFile, strip: shapely.Geometry | None) -> Iterator[tuple[int, shapely.Geometry]]:
    """Number and polygon of every row with land in the strip; None for the whole."""
    at = 0
    for batch in file.iter_batches(batch_size=ROW_GROUP, columns=["geometry"]):
        shapes = shapely.from_wkb(batch.column(0).to_numpy(zero_copy_only=False))
        found = shapes if strip is None else shapely.intersection(shapes, strip)
        for offset, shape in enumerate(found):
            areal = shape if shape.geom_type in ("Polygon", "MultiPolygon") else _areal(shape)
            if not areal.is_empty:
                yield at + offset, areal
        at += len(shapes)


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons among the parts of a geometry."""
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.get_type_id(parts) == 3])


def _strip(file: pq.ParquetFile, number: int, count: int) -> shapely.Geometry | None:
    if count == 1:
        return None
    west, _, east, _ = json.loads(file.schema_arrow.metadata[b"geo"])["columns"]["geometry"]["bbox"]
    edges = np.linspace(west, east, count + 1)
    return shapely.box(edges[number] if number else -360, -90, edges[number + 1] if number < count - 1 else 360, 90)


def _record(row: dict[str, Any]) -> Record:
    known = {name: value for name, value in row.items() if value is not None}
    return Record(**{"name": "", "valid_from": None, "valid_to": None, **known})


def _opened(address: str) -> pq.ParquetFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    system, path = _place(address)
    try:
        return pq.ParquetFile(system.open(path, "rb"))
    except (OSError, pa.ArrowInvalid) as error:
        raise SeriesError(f"cannot read {address}: {error}. Expected a GeoParquet file.") from error


def _place(address: str) -> tuple[fsspec.AbstractFileSystem, str]:
    try:
        from fsspec.core import url_to_fs

        system, path = url_to_fs(str(address))
    except (ValueError, ImportError) as error:
        raise SeriesError(
            f"cannot open {address}: {error}. Expected a path, or an address that fsspec knows and has the package for."
        ) from error
    return system, path
