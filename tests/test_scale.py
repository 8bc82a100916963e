"""Many series on several processes and on a real cluster of two workers on loopback: the same bits as on one processor."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.cli import main
from geo.dataset import list_series, read_frame, read_strip, write_dataset
from geo.errors import GeoError, SeriesError
from geo.load import load_series
from geo.measure import area_km2
from geo.model import AS_GIVEN, Record, Series
from geo.queries import query_days
from geo.regions import load_regions, region_table
from geo.scale import KINDS, Query, scaled_tables
from geo.tables import area_table, change_table, matrix_table

distributed = pytest.importorskip("distributed", reason="Dask is not installed: `pip install distributed`")

HALF_YEARS = {"datetime": "2014-06/2017-12", "step": "P6M"}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> str:
    """Two definitions of the bundled series, and one made up of drifting rectangles of two actors."""
    folder = str(tmp_path_factory.mktemp("dataset"))
    days = [date(2014, 6, 1) + timedelta(days=30 * number) for number in range(60)]
    shapes, records = [], []
    for number, (start, end) in enumerate(pairwise(days)):
        for actor, at in (("A", 40 + number / 50), ("B", 42 - number / 40)):
            shapes.append(shapely.box(at, 34 + number % 5 / 10, at + 1.5, 36))
            records.append(Record(actor, "", start, end if number < 58 else None))
    drifting = Series("drifting", "Rectangles", AS_GIVEN, np.array(shapes, dtype=object), tuple(records), days[0], None, days[0])
    write_dataset([load_series(definition="towns"), load_series(definition="land"), drifting], folder)
    return folder


@pytest.fixture(scope="module")
def cluster():
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as made,
        distributed.Client(made) as client,
    ):
        yield client


def test_what_was_written_is_read_as_it_was(dataset):
    series = load_series(definition="land")
    address = next(name for name in list_series(dataset) if "land" in name)
    frame, whole = read_frame(address), read_strip(address, 0, 1)
    assert (frame.first, frame.last, frame.baseline, frame.definition.id) == (series.first, series.last, series.baseline, "land")
    assert frame.dates == series.dates
    assert shapely.equals_exact(whole.geometry, series.geometry).all()
    for reading in ("recorded", "certain", "possible"):
        assert np.array_equal(whole.spans(reading), series.spans(reading))


def test_strips_add_up_to_the_whole(dataset):
    for address in list_series(dataset):
        whole = area_km2(read_strip(address, 0, 1).geometry).sum()
        parts = [area_km2(read_strip(address, number, 4).geometry).sum() for number in range(4)]
        assert all(part > 0 for part in parts)
        assert sum(parts) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_series_left_whole_gives_the_very_table_of_one_machine(dataset, kind):
    series = load_series(definition="towns")
    found = dict(scaled_tables(dataset, Query(kind, **HALF_YEARS), workers=1))["islamic-state-towns"]
    days = query_days(series, HALF_YEARS["datetime"], step=HALF_YEARS["step"])
    expected = {
        "areas": lambda: area_table([series], days),
        "changes": lambda: change_table([series], list(pairwise(days))),
        "matrix": lambda: matrix_table([series], days),
        "regions": lambda: region_table([series], days, regions=load_regions()),
    }[kind]()
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("strips", [1, 3])
def test_cluster_gives_the_same_bits(dataset, cluster, kind, strips):
    query = Query(kind, strips=strips, **HALF_YEARS)
    alone = list(scaled_tables(dataset, query, workers=1))
    together = list(scaled_tables(dataset, query, scheduler=cluster))
    assert [name for name, _ in alone] == [name for name, _ in together] == ["drifting", "islamic-state-land", "islamic-state-towns"]
    for (_, one), (_, other) in zip(alone, together, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_several_processes_give_the_same_bits(dataset):
    query = Query("areas", strips=2, **HALF_YEARS)
    for (_, one), (_, other) in zip(scaled_tables(dataset, query, workers=1), scaled_tables(dataset, query, workers=2), strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.mark.parametrize("kind", KINDS)
def test_strips_change_nothing_but_the_last_digits(dataset, kind):
    whole = dict(scaled_tables(dataset, Query(kind, **HALF_YEARS), workers=1))
    cut = dict(scaled_tables(dataset, Query(kind, strips=3, **HALF_YEARS), workers=1))
    for name, table in whole.items():
        keys = [column for column in table if table[column].dtype.kind not in "f"]
        both = table.merge(cut[name], on=keys, suffixes=("", "_cut"), how="outer", indicator=True)
        assert (both["_merge"] == "both").all()
        for column in (column for column in table if column.endswith("km2")):
            assert np.allclose(both[column], both[f"{column}_cut"], rtol=1e-9, atol=1e-6, equal_nan=True), column


def test_a_worker_killed_in_mid_run_loses_nothing(dataset, cluster):
    query = Query("matrix", datetime="2014/2018", step="P1M", strips=4)
    alone = list(scaled_tables(dataset, query, workers=1))
    victim = cluster.run(os.getpid)
    before = set(victim.values())

    def kill() -> None:
        time.sleep(0.3)
        os.kill(next(iter(before)), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    together = list(scaled_tables(dataset, query, scheduler=cluster))
    killer.join()
    cluster.wait_for_workers(2, timeout=60)
    assert set(cluster.run(os.getpid).values()) != before
    for (_, one), (_, other) in zip(alone, together, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_object_storage_is_read_and_written_through_fsspec():
    place = "memory:///bucket/series"
    written = write_dataset([load_series(definition="towns")], place)
    assert list_series(place) == written == ["memory:///bucket/series/islamic-state-towns.parquet"]
    (name, table), *_ = scaled_tables(place, Query("areas", datetime="2015-01-01"), workers=1)
    assert name == "islamic-state-towns"
    assert table["area_km2"].item() == pytest.approx(28143.3, abs=0.1)


def test_command_writes_a_table_per_series(dataset, tmp_path, capsys):
    out = tmp_path / "tables"
    assert main(["scale", "areas", dataset, "--datetime", "2015-01-01", "--workers", "1", "-o", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["drifting.parquet", "islamic-state-land.parquet", "islamic-state-towns.parquet"]
    assert main(["scale", "areas", dataset, "--datetime", "2015-01-01", "--workers", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("series,definition,actor,date,area_km2")
    assert len(lines) == 1 + 4


def test_mistakes_are_said(tmp_path, capsys):
    with pytest.raises(SeriesError, match="holds no series"):
        list_series(str(tmp_path))
    broken = tmp_path / "broken.parquet"
    broken.write_text("no parquet", encoding="utf-8")
    with pytest.raises(SeriesError, match=r"broken\.parquet"):
        list(scaled_tables(str(tmp_path), Query("areas"), workers=1))
    with pytest.raises(GeoError, match="no Dask scheduler answers"):
        list(scaled_tables(str(tmp_path), Query("areas"), scheduler="tcp://127.0.0.1:9"))
    with pytest.raises(SystemExit):
        main(["scale", "areas", str(tmp_path), "--strips", "0"])
    assert "whole number" in capsys.readouterr().err
