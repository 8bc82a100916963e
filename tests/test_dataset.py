"""Series and tables as Parquet data sets, wherever fsspec reaches: what is written is read back, whole or in part."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from geo.dataset import ROW_GROUP, list_series, read_frame, read_part, write_dataset, write_tables
from geo.errors import GeometryError, OutputError, SeriesError
from geo.load import load_series
from geo.measure import area_km2
from geo.model import Series
from tests.benchmarks.series import daily_series


def write(series: Series, folder: object) -> tuple[str, Series]:
    """Address and frame of a series written to a folder."""
    (address,) = write_dataset([series], str(folder))
    return address, read_frame(address)


def whole(frame: Series) -> np.ndarray:
    return np.ones(len(frame), dtype=bool)


@pytest.mark.parametrize("place", ["path", "file", "memory"])
def test_what_was_written_is_read_as_it_was(place, tmp_path):
    series = load_series(definition="land")
    folder = {"path": str(tmp_path), "file": tmp_path.as_uri(), "memory": "memory:///read"}[place]
    address, frame = write(series, folder)
    assert list_series(folder) == [address]
    assert (frame.first, frame.last, frame.baseline, frame.definition.id) == (series.first, series.last, series.baseline, "land")
    assert frame.dates == series.dates
    read = read_part(address, frame, whole(frame), 0, 1)
    assert shapely.equals_exact(read.geometry, series.geometry).all()
    for reading in ("recorded", "certain", "possible"):
        assert np.array_equal(read.spans(reading), series.spans(reading))


def test_others_read_the_files_as_geoparquet(tmp_path):
    series = load_series(definition="towns")
    address, _ = write(series, tmp_path)
    frame = gpd.read_parquet(address.removeprefix("file://"))
    assert frame.crs == "OGC:CRS84"
    assert shapely.equals_exact(frame.geometry.to_numpy(), series.geometry).all()


def test_some_rows_are_those_rows(tmp_path):
    series = daily_series(5 * ROW_GROUP + 7, 12)
    address, frame = write(series, tmp_path)
    for chosen in ([0], [len(series) - 1], [3, ROW_GROUP - 1, ROW_GROUP, 4 * ROW_GROUP, 5 * ROW_GROUP + 6], []):
        rows = np.isin(np.arange(len(series)), chosen)
        part = read_part(address, frame, rows, 0, 1)
        assert part.records == tuple(frame.records[row] for row in chosen)
        assert shapely.equals_exact(part.geometry, series.geometry[chosen]).all()


def test_strips_add_up_to_the_whole_row_by_row(tmp_path):
    series = load_series(definition="land")
    address, frame = write(series, tmp_path)
    parts = np.array([area_km2(read_part(address, frame, whole(frame), strip, 5).geometry) for strip in range(5)])
    assert (parts.sum(axis=1) > 0).all()
    assert parts.sum(axis=0) == pytest.approx(area_km2(series.geometry), rel=1e-12)


def test_a_strip_is_read_without_the_rest_of_the_file(tmp_path):
    """Arrow's memory is not Python's, and shapely's neither: what numpy holds of the well-known binary shows what was decoded at once."""
    series = daily_series(10 * ROW_GROUP, 400)
    address, frame = write(series, tmp_path)
    size = sum(map(len, shapely.to_wkb(series.geometry)))
    read_part(address, frame, whole(frame), 0, 40)
    tracemalloc.start()
    read_part(address, frame, whole(frame), 0, 40)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < size / 4


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 4), st.integers(1, 4)), min_size=2, max_size=12),
    st.integers(2, 7),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_strips_hold_what_an_intersection_holds(tmp_path, boxes, strips):
    """Of boxes with others taken out, which touch one another, themselves and the edges of strips."""
    half = len(boxes) // 2
    land, holes = (shapely.union_all([shapely.box(x, y, x + w, y + h) for x, y, w, h in some]) for some in (boxes[:half], boxes[half:]))
    shape = shapely.difference(land, holes)
    assume(not shape.is_empty)
    day = daily_series(1, 4)
    series = Series("boxes", "", day.definition, np.array([shape], dtype=object), day.records, day.first, day.last, day.baseline)
    address, frame = write(series, tmp_path)
    west, _, east, _ = shape.bounds
    for strip, (start, end) in enumerate(pairwise(np.linspace(west, east, strips + 1))):
        found = read_part(address, frame, whole(frame), strip, strips).geometry[0]
        assert found.is_valid
        assert area_km2([found.symmetric_difference(shape.intersection(shapely.box(start, -90, end, 90)))])[0] < 1e-6


def test_cutting_a_polygon_that_is_not_valid_is_refused(tmp_path):
    series = daily_series(3, 12)
    shapes = series.geometry.copy()
    shapes[1] = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    broken = Series("broken", "", series.definition, shapes, series.records, series.first, series.last, series.baseline)
    address, frame = write(broken, tmp_path)
    with pytest.raises(GeometryError, match=r"row 1 of .*broken\.parquet is no valid polygon"):
        read_part(address, frame, whole(frame), 0, 2)


@pytest.mark.parametrize("place", ["file", "memory"])
def test_tables_of_one_series_go_into_one_file(place, tmp_path):
    folder = tmp_path.as_uri() if place == "file" else "memory:///bucket/tables"
    tables = [("a", pd.DataFrame({"x": [1.5, np.nan]})), ("a", pd.DataFrame({"x": [2.5]})), ("b", pd.DataFrame({"x": [0.1 + 0.2]}))]
    written = write_tables(iter(tables), folder)
    assert [address.rpartition("/")[2] for address in written] == ["a.parquet", "b.parquet"]
    found = [pd.read_parquet(address)["x"].tolist() for address in written]
    assert found == [pytest.approx([1.5, np.nan, 2.5], nan_ok=True), [0.1 + 0.2]]


def test_a_fault_leaves_the_old_file_whole(tmp_path):
    (address,) = write_tables([("a", pd.DataFrame({"x": [1.0]}))], str(tmp_path))

    def tables():
        yield "a", pd.DataFrame({"x": [2.0]})
        raise SeriesError("the next one cannot be read")

    with pytest.raises(SeriesError):
        write_tables(tables(), str(tmp_path))
    assert pd.read_parquet(address)["x"].tolist() == [1.0]
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]
    with pytest.raises(OutputError, match="cannot write"):
        write_tables([("a", pd.DataFrame({"x": [1.0]}))], f"{tmp_path}/a.parquet/folder")


def test_mistakes_are_said(tmp_path):
    with pytest.raises(SeriesError, match="holds no series"):
        list_series(str(tmp_path))
    with pytest.raises(SeriesError, match="an address that fsspec knows"):
        list_series("nosuch://bucket")
    (tmp_path / "broken.parquet").write_text("no parquet", encoding="utf-8")
    with pytest.raises(SeriesError, match=r"broken\.parquet"):
        read_frame(str(tmp_path / "broken.parquet"))
    pd.DataFrame({"actor": ["A"]}).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(SeriesError, match="has no column geometry, valid_from, valid_to"):
        read_frame(str(tmp_path / "other.parquet"))
