"""Many series as a GeoParquet data set, one file per series, on local or object storage; read part by part.

A file has the columns of a series file (`actor`, `name`, `valid_from`, `valid_to` and their precisions, `geometry`) in row groups
of 64 polygons. A **strip** is a range of longitudes. Who wants some rows in a strip reads the row groups that have them, one after
the other, and keeps what lies in the strip: so it holds that and one row group, however large the file is. (Boxes of row groups
would spare nothing: rows come in the order of time, and 64 days of a front line lie everywhere along it.)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from itertools import chain, groupby
from operator import itemgetter
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import GeometryError, OutputError, SeriesError
from geo.export import geoparquet, provenance
from geo.model import AS_GIVEN, Record, Series

if TYPE_CHECKING:
    import fsspec
    import pandas as pd
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
        address = system.unstrip_protocol(f"{path.rstrip('/')}/{stem}.parquet")
        with _writing(address) as file:
            pq.write_table(content, file, compression="zstd", row_group_size=ROW_GROUP)
        written.append(address)
    return written


def write_tables(tables: Iterable[tuple[str, pd.DataFrame]], folder: str) -> list[str]:
    """Write tables as a Parquet data set, a file per series; tables of one series that follow one another go into one file.

    Parameters
    ----------
    tables
        Identifier of a series and a table, as `geo.scale.scaled_tables` yields them; one is held at a time.
    folder
        Where to, made where it does not exist; a path, or an address that fsspec knows.

    Returns
    -------
    list of str
        The files' addresses.

    Raises
    ------
    OutputError
        The place cannot be written. Each file is whole or not there.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    system, path = _place(folder)
    written = []
    for name, parts in groupby(tables, key=itemgetter(0)):
        contents = (pa.Table.from_pandas(part, preserve_index=False) for _, part in parts)
        first = next(contents)
        address = system.unstrip_protocol(f"{path.rstrip('/')}/{name}.parquet")
        with _writing(address) as file, pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
            for content in chain([first], contents):
                writer.write_table(content)
        written.append(address)
    return written


@contextmanager
def _writing(address: str) -> Iterator[IO[bytes]]:
    """A file to write to that takes its name when the block ends well, so that a fault leaves no half file."""
    system, path = _place(address)
    part = f"{path}.part"
    try:
        system.makedirs(str(PurePosixPath(path).parent), exist_ok=True)
        with system.open(part, "wb") as file:
            yield file
        system.mv(part, path)
    except BaseException as error:
        with suppress(OSError):
            system.rm_file(part)
        if isinstance(error, OSError):
            raise OutputError(f"cannot write {address}: {error}. Name a folder that can be written.") from error
        raise


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


def read_part(address: str, frame: Series, rows: NDArray[np.bool_], strip: int, strips: int) -> Series:
    """Some rows of a series in one strip, as a series of its own; rows without land there stay, with an empty polygon.

    Parameters
    ----------
    address
        As `list_series` gives it.
    frame
        The series without its polygons, as `read_frame` gives it.
    rows
        Which of its n rows.
    strip, strips
        Which strip, from 0 in the west, of how many; strips divide the extent of the series into equal ranges of longitude.

    Raises
    ------
    GeometryError
        A row is to be cut and is no valid polygon.
    """
    wanted = np.flatnonzero(rows)
    land = np.empty(len(wanted), dtype=object)
    with _opened(address) as file:
        box = _strip(file, strip, strips)
        done = 0
        for numbers, shapes in _batches(file, rows):
            land[done : done + len(numbers)] = shapes if box is None else _cut(shapes, box, numbers, address)
            done += len(numbers)
    return replace(frame, geometry=land, records=tuple(frame.records[row] for row in wanted))


def _batches(file: pq.ParquetFile, rows: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.object_]]]:
    """Numbers and polygons of the rows asked for, a row group or less at a time."""
    ends = np.cumsum([file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)])
    groups = [group for group, numbers in enumerate(np.split(np.arange(len(rows)), ends[:-1])) if rows[numbers].any()]
    numbers = np.flatnonzero(np.isin(np.searchsorted(ends, np.arange(len(rows)), side="right"), groups))
    for batch in file.iter_batches(batch_size=ROW_GROUP, row_groups=groups, columns=["geometry"]):
        some, numbers = numbers[: len(batch)], numbers[len(batch) :]
        yield some[rows[some]], shapely.from_wkb(batch.column(0).to_numpy(zero_copy_only=False)[rows[some]])


def _cut(shapes: NDArray[np.object_], box: shapely.Geometry, rows: NDArray[np.int64], address: str) -> NDArray[np.object_]:
    """The polygons of what lies in a box: cut the quick way, and with care where that leaves no valid polygon."""
    found = shapely.clip_by_rect(shapes, *box.bounds)
    spoilt = np.flatnonzero(~shapely.is_valid(found))
    bad = rows[spoilt[~shapely.is_valid(shapes[spoilt])]]
    if len(bad):
        raise GeometryError(
            f"row {bad[0]} of {address} is no valid polygon. Expected valid polygons; `python -m geo validate --repair` may mend it."
        )
    found[spoilt] = shapely.intersection(shapes[spoilt], box)
    mixed = ~np.isin(shapely.get_type_id(found), (3, 6))
    found[mixed] = [_areal(shape) for shape in found[mixed]]
    return np.asarray(found)


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons among the parts of a geometry, an empty one if there are none."""
    parts = shapely.get_parts(shape)
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])


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
