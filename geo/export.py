"""Tables, land and the page as text and as files, each with its provenance; writing is all or nothing.

Provenance says which series, definitions, data version and licence a file came from, and the CRS of geometries. GeoJSON
carries it as members of the collection, Parquet and GeoPackage in their metadata, and CSV and JSON tables in a file beside
them, ``NAME-metadata.json``, as CSV on the Web (W3C) names it.
"""

from __future__ import annotations

import io
import json
import math
import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely

from geo import geojson
from geo.errors import OutputError
from geo.files import FEATURE_SUFFIXES, PICTURE_SUFFIXES, TABLE_SUFFIXES, TableFormat, replacing, write_bytes, write_text
from geo.model import CRS, Series

if TYPE_CHECKING:
    import geopandas
    import pandas as pd
    import pyarrow as pa

_DIGITS = 10
"""Significant digits of a figure in a table: a square metre in 100,000 km² and to spare."""


def provenance(series: Sequence[Series]) -> dict[str, str]:
    """Where figures or land come from, as text by name; for one series, or one per definition."""
    lead = series[0]
    found = {
        "title": lead.title,
        "series": lead.id,
        "definition": ", ".join(one.definition.id for one in series),
        "version": lead.version,
        "licence": lead.licence,
        "attribution": lead.attribution,
        "areas": "km² on the WGS 84 ellipsoid, edges straight in longitude/latitude (RFC 7946)",
    }
    return {name: text for name, text in found.items() if text}


def table_text(table: pd.DataFrame, form: TableFormat = "csv") -> str:
    """A table as text: comma-separated, JSON (a list of rows, null where a value is missing), or aligned for reading.

    Figures keep ten significant digits, in the aligned form the digits worth reading.
    """
    if form == "json":
        records = [{str(name): _plain(value) for name, value in row.items()} for row in table.to_dict("records")]
        return "[\n" + ",\n".join(json.dumps(record, ensure_ascii=False) for record in records) + "\n]\n"
    if form == "csv":
        return str(table.to_csv(index=False, float_format=f"%.{_DIGITS}g", lineterminator="\n"))
    shown = {name: [_short(value, str(name)) for value in table[name]] for name in table.columns}
    widths = {name: max([len(str(name)), *map(len, values)]) for name, values in shown.items()}
    right = {name for name in table.columns if table[name].dtype.kind in "fi"}

    def line(cells: Mapping[Any, str]) -> str:
        return "  ".join(cell.rjust(widths[name]) if name in right else cell.ljust(widths[name]) for name, cell in cells.items()).rstrip()

    rows = [line({name: values[number] for name, values in shown.items()}) for number in range(len(table))]
    return "\n".join([line({name: str(name) for name in shown}), *rows]) + "\n"


def write_table(table: pd.DataFrame, target: str | os.PathLike[str], *, form: TableFormat | None = None, origin: Mapping[str, str]) -> None:
    """Write a table.

    Parameters
    ----------
    table
        Any table of `geo.tables` and its kin.
    target
        A name in ``.csv``, ``.json``, ``.txt`` (aligned for reading) or ``.parquet``.
    form
        Text form, whatever the name; None to go by the suffix.
    origin
        As `provenance` gives it.

    Raises
    ------
    OutputError
        Another suffix without a form, or the target cannot be written; what stood there is untouched.
    """
    path = Path(target)
    if form is None:
        _check(path, TABLE_SUFFIXES)
    if form is None and path.suffix == ".parquet":
        import pyarrow as pa

        with replacing(path) as temporary:
            _write_parquet(_with_metadata(pa.Table.from_pandas(table, preserve_index=False), origin), temporary)
        return
    forms: dict[str, TableFormat] = {".json": "json", ".txt": "table"}
    write_text(path, table_text(table, form or forms.get(path.suffix, "csv")))
    write_text(path.with_name(path.name + "-metadata.json"), json.dumps({"url": path.name, **origin}, ensure_ascii=False, indent=1) + "\n")


def write_features(features: geopandas.GeoDataFrame, target: str | os.PathLike[str], *, origin: Mapping[str, str]) -> None:
    """Write land with its attributes as GeoJSON, GeoPackage or GeoParquet, as the suffix of `target` says.

    Parameters
    ----------
    features
        Polygons in longitude/latitude (OGC:CRS84) with plain attributes; columns that hold lists become text in GeoPackage.
    target
        A name in ``.geojson``, ``.gpkg`` or ``.parquet``.
    origin
        As `provenance` gives it.

    Raises
    ------
    OutputError
        Another suffix, or the target cannot be written; what stood there is untouched.
    """
    path = Path(target)
    _check(path, FEATURE_SUFFIXES)
    if path.suffix == ".geojson":
        write_text(path, features_text(features, origin=origin))
        return
    with replacing(path) as temporary:
        if path.suffix == ".parquet":
            _write_parquet(geoparquet(features, origin), temporary)
        else:
            _write_geopackage(features, temporary, path.stem, {**origin, "crs": CRS})


def geoparquet(features: geopandas.GeoDataFrame, origin: Mapping[str, str]) -> pa.Table:
    """Land with its attributes as an Arrow table that is GeoParquet when written, with its provenance."""
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    features.to_parquet(buffer, index=False)
    return _with_metadata(pq.read_table(buffer), {**origin, "crs": CRS})


def features_text(features: geopandas.GeoDataFrame, *, origin: Mapping[str, str]) -> str:
    """Land with its attributes as GeoJSON (RFC 7946), one feature per line, provenance as members of the collection.

    Coordinates have six decimals (a tenth of a metre); where that would spoil a polygon, what is thinner vanishes.
    """
    attributes = features.drop(columns="geometry").to_dict("records")
    shapes = features.geometry.to_numpy().copy()
    spoilt = ~shapely.is_valid(shapely.transform(shapes, lambda points: np.round(points, geojson.DECIMALS)))
    shapes[spoilt] = shapely.set_precision(shapes[spoilt], 10.0**-geojson.DECIMALS)
    rows = [geojson.feature(shape, {k: _plain(v) for k, v in row.items()}) for shape, row in zip(shapes, attributes, strict=True)]
    return geojson.dumps(rows, **origin)


def write_page(
    series: Series | Sequence[Series], target: str | os.PathLike[str], *, definition: str | None = None, moment: str = ""
) -> None:
    """Write the page as one HTML file; parameters and errors as for `geo.page_html` and `write_table`."""
    from geo.page import page_html

    write_text(target, page_html(series, definition=definition, moment=moment))


def write_picture(
    series: Series, target: str | os.PathLike[str], when: str | date | None = None, *, size: tuple[int, int] = (1280, 720)
) -> None:
    """Write a picture of a day, ``.png`` or ``.svg``; parameters and errors as for `geo.picture.picture` and `write_table`."""
    from geo.picture import picture

    write_bytes(target, picture(series, when, size=size, form=_picture_format(target)))


def write_sheet(
    series: Series, target: str | os.PathLike[str], days: Sequence[date] | None = None, *, size: tuple[int, int] = (1654, 2339)
) -> None:
    """Write small multiples, ``.png`` or ``.svg``: maps of several days at one scale, with curve, table and sources.

    Parameters and errors as for `geo.sheet.sheet` and `write_table`; `days` of None are twelve, evenly spaced.
    """
    from geo.sheet import sheet, sheet_days

    write_bytes(target, sheet(series, days or sheet_days(series), size=size, form=_picture_format(target)))


def _picture_format(target: str | os.PathLike[str]) -> Literal["png", "svg"]:
    _check(Path(target), PICTURE_SUFFIXES)
    return "svg" if Path(target).suffix == ".svg" else "png"


def _check(path: Path, suffixes: Sequence[str]) -> None:
    if path.suffix not in suffixes:
        raise OutputError(f"cannot write {path}: unknown kind {path.suffix!r}. Expected a name in {', '.join(suffixes)}.")


def _write_parquet(content: pa.Table, target: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(content, target, compression="zstd")


def _with_metadata(content: pa.Table, origin: Mapping[str, str]) -> pa.Table:
    added = {name.encode(): text.encode() for name, text in origin.items()}
    return content.replace_schema_metadata({**(content.schema.metadata or {}), **added})


def _write_geopackage(features: geopandas.GeoDataFrame, target: Path, layer: str, origin: Mapping[str, str]) -> None:
    flat = features.copy()
    for name in flat.columns.drop("geometry"):
        if flat[name].map(lambda value: isinstance(value, list | tuple)).any():
            flat[name] = flat[name].map(lambda value: ", ".join(map(str, value)))
    target.unlink()
    try:
        flat.to_file(target, layer=layer, driver="GPKG", engine="pyogrio", dataset_metadata=origin, promote_to_multi=True)
    except RuntimeError as error:  # what pyogrio makes of every fault of GDAL
        raise OutputError(f"cannot write {layer}.gpkg: {error}") from error


def _plain(value: Any) -> Any:
    """A value as JSON has it: ten digits, null for what is missing."""
    if isinstance(value, float):
        return None if math.isnan(value) else float(f"{value:.{_DIGITS}g}")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.item() if hasattr(value, "item") else value


def _short(value: Any, name: str) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.1f}" if abs(value) >= (100 if "km2" in name else 1000) else f"{value:.4g}" if value else "0"
