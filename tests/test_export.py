"""Files that were written, read back by independent readers, with their provenance; a fault leaves the old file."""

from __future__ import annotations

import json
import sqlite3
from datetime import date

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pyproj
import pytest

from geo.errors import OutputError
from geo.export import provenance, table_text, write_features, write_table
from geo.load import load_series
from geo.tables import area_table, change_features, territory_table


@pytest.fixture(scope="module")
def towns():
    return load_series(definition="towns")


@pytest.fixture(scope="module")
def table(towns):
    return area_table([towns], [date(2015, 5, 21), date(2019, 3, 31)])


@pytest.fixture(scope="module")
def land(towns):
    return change_features(towns, [(date(2015, 5, 21), date(2017, 10, 17))])


def test_provenance_says_where_figures_come_from(towns):
    found = provenance([towns, load_series(definition="land")])
    assert found["series"] == "islamic-state"
    assert found["definition"] == "towns, land"
    assert found["licence"] == "CC BY 4.0"
    assert found["version"] == towns.version
    assert "Natural Earth" in found["attribution"]


def test_csv_and_json_and_parquet_hold_the_same_table(towns, table, tmp_path):
    origin = provenance([towns])
    for name in ("a.csv", "a.json", "a.parquet"):
        write_table(table, tmp_path / name, origin=origin)
    for found in (pd.read_csv(tmp_path / "a.csv"), pd.DataFrame(json.loads((tmp_path / "a.json").read_text(encoding="utf-8")))):
        assert list(found) == list(table)
        pd.testing.assert_frame_equal(found, table, check_dtype=False, rtol=1e-9)
    content = pq.read_table(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(content.to_pandas(), table, check_dtype=False, check_exact=True)
    assert content.schema.metadata[b"definition"] == b"towns"
    assert content.schema.metadata[b"licence"] == b"CC BY 4.0"
    for name in ("a.csv", "a.json"):
        beside = json.loads((tmp_path / f"{name}-metadata.json").read_text(encoding="utf-8"))
        assert beside == {"url": name, **origin}


def test_what_is_missing_is_null(towns, tmp_path):
    table = pd.DataFrame({"date": ["2015-01-01"], "area_km2": [float("nan")]})
    assert json.loads(table_text(table, "json")) == [{"date": "2015-01-01", "area_km2": None}]
    assert table_text(table, "csv") == "date,area_km2\n2015-01-01,\n"
    assert table_text(table, "table").splitlines()[1].split() == ["2015-01-01", "-"]


def test_geojson_is_rfc_7946_with_provenance(towns, land, tmp_path):
    write_features(land, tmp_path / "a.geojson", origin=provenance([towns]))
    parsed = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))
    assert (parsed["type"], parsed["definition"], parsed["licence"]) == ("FeatureCollection", "towns", "CC BY 4.0")
    assert "crs" not in parsed
    found = pyogrio.read_dataframe(tmp_path / "a.geojson")
    assert found["part"].tolist() == ["gained", "lost", "held"]
    assert found["area_km2"].tolist() == pytest.approx(land["area_km2"].tolist())


def test_geopackage_is_read_by_gdal_and_sqlite(towns, land, tmp_path):
    path = tmp_path / "change.gpkg"
    write_features(land, path, origin=provenance([towns]))
    info = pyogrio.read_info(path)
    assert pyproj.CRS(info["crs"]).equals(pyproj.CRS("OGC:CRS84"), ignore_axis_order=True)
    assert info["features"] == 3
    found = pyogrio.read_dataframe(path)
    assert found.geometry.is_valid.all()
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT count(*) FROM change").fetchone() == (3,)
        metadata = " ".join(row[0] for row in database.execute("SELECT metadata FROM gpkg_metadata"))
    assert "islamic-state" in metadata
    assert "CC BY 4.0" in metadata


def test_geoparquet_names_its_crs_and_provenance(towns, land, tmp_path):
    path = tmp_path / "change.parquet"
    write_features(land, path, origin=provenance([towns]))
    metadata = pq.read_schema(path).metadata
    geo = json.loads(metadata[b"geo"])
    assert geo["primary_column"] == "geometry"
    assert geo["columns"]["geometry"]["encoding"] == "WKB"
    assert geo["columns"]["geometry"]["crs"]["id"] == {"authority": "OGC", "code": "CRS84"}
    assert metadata[b"crs"] == b"OGC:CRS84"
    assert metadata[b"series"] == b"islamic-state"
    found = gpd.read_parquet(path)
    assert found.geometry.geom_equals(land.geometry).all()


def test_lists_become_text_in_a_geopackage(towns, tmp_path):
    territory = territory_table(towns, "2019-02-07")
    write_features(territory, tmp_path / "a.gpkg", origin=provenance([towns]))
    assert pyogrio.read_dataframe(tmp_path / "a.gpkg")["sources"].item() == ", ".join(territory["sources"].item())


@pytest.mark.parametrize("name", ["a.gpkg", "a.parquet", "a.geojson"])
def test_a_fault_in_writing_leaves_the_old_file(towns, land, tmp_path, name, monkeypatch):
    path = tmp_path / name
    path.write_bytes(b"old")
    monkeypatch.setattr("pathlib.Path.replace", _no_room)
    with pytest.raises(OutputError, match="No space left"):
        write_features(land, path, origin=provenance([towns]))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.parquet"])
def test_a_fault_in_writing_leaves_the_old_table(towns, table, tmp_path, name, monkeypatch):
    path = tmp_path / name
    path.write_bytes(b"old")
    monkeypatch.setattr("pathlib.Path.replace", _no_room)
    with pytest.raises(OutputError, match="No space left"):
        write_table(table, path, origin=provenance([towns]))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def _no_room(*_) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("name", ["a.docx", "a"])
def test_an_unknown_kind_is_refused(towns, table, land, tmp_path, name):
    with pytest.raises(OutputError, match=r"\.gpkg"):
        write_features(land, tmp_path / name, origin={})
    with pytest.raises(OutputError, match=r"\.parquet"):
        write_table(table, tmp_path / name, origin={})
    assert list(tmp_path.iterdir()) == []
