"""Many series on several processes and on a real cluster of two workers on loopback: the same bits as on one processor."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import shapely

from geo import scale
from geo.cli import main
from geo.dataset import write_dataset
from geo.errors import GeoError, SeriesError
from geo.load import load_series
from geo.model import AS_GIVEN, Record, Series
from geo.queries import query_days
from geo.regions import load_regions, region_table
from geo.scale import KINDS, Query, scaled_tables
from geo.tables import area_table, change_table, matrix_table
from tests.benchmarks.series import daily_series

dask = pytest.importorskip("dask", reason="Dask is not installed: `pip install distributed`")
distributed = pytest.importorskip("distributed", reason="Dask is not installed: `pip install distributed`")

DAYS = "2014-06-10,2014-06-12,2014-06-20,2014-06-30,2014-07-01,2014-07-10"
CUTS = {"whole": {}, "strips": {"strips": 3}, "days": {"days_at_once": 3}, "strips and days": {"strips": 2, "days_at_once": 4}}


def drifting() -> Series:
    """Rectangles of two actors that drift past each other; one of them is gone by November, and dates are known to the month."""
    days = [date(2014, 6, 1) + timedelta(days=30 * number) for number in range(10)]
    shapes, records = [], []
    for number, (start, end) in enumerate(pairwise(days)):
        for actor, west in (("A", 40 + number / 50), ("B", 42 - number / 40))[: 2 if number < 5 else 1]:
            shapes.append(shapely.box(west, 34 + number % 5 / 10, west + 1.5, 36))
            records.append(Record(actor, "", start, end if number < 8 else None, "month", "month"))
    return Series("drifting", "Rectangles", AS_GIVEN, np.array(shapes, dtype=object), tuple(records), days[0], None, days[0])


SERIES = {
    "daily": daily_series(30, 60),
    "drifting": drifting(),
    "islamic-state-towns": load_series(definition="towns"),
}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> str:
    """Series of several sizes: the bundled one, and two that are made up."""
    folder = str(tmp_path_factory.mktemp("dataset"))
    write_dataset(SERIES.values(), folder)
    return folder


@pytest.fixture(scope="module")
def cluster() -> Iterator[distributed.Client]:
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", host="127.0.0.1") as made,
        distributed.Client(made) as client,
    ):
        yield client


def tables(*args: object, **kwargs: object) -> dict[str, pd.DataFrame]:
    """The tables by series, the blocks of one put together."""
    found: dict[str, list[pd.DataFrame]] = {}
    for name, table in scaled_tables(*args, **kwargs):
        found.setdefault(name, []).append(table)
    return {name: pd.concat(parts, ignore_index=True) for name, parts in found.items()}


def single(kind: str, series: Series) -> pd.DataFrame:
    """The table of one series as one machine makes it."""
    days = query_days(series, DAYS)
    return {
        "areas": lambda: area_table([series], days),
        "changes": lambda: change_table([series], list(pairwise(days))),
        "matrix": lambda: matrix_table([series], days),
        "regions": lambda: region_table([series], days, regions=load_regions()),
    }[kind]()


def cuts(kind: str, cut: str) -> dict[str, int]:
    """Areas are measured on every day of change, so many more at once."""
    return {name: number * (50 if (kind, name) == ("areas", "days_at_once") else 1) for name, number in CUTS[cut].items()}


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    keys = [name for name in table if table[name].dtype.kind not in "fi"]
    return table.sort_values(keys, ignore_index=True)


def assert_same_bits(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> None:
    assert list(one) == list(other)
    for name, table in one.items():
        pd.testing.assert_frame_equal(table, other[name], check_exact=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_series_left_whole_gives_the_very_table_of_one_machine(dataset, kind):
    assert_same_bits(tables(dataset, Query(kind, DAYS), workers=1), {name: single(kind, series) for name, series in SERIES.items()})


@pytest.mark.parametrize("cut", ["whole", "strips and days"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_cluster_gives_the_same_bits(dataset, cluster, kind, cut):
    query = Query(kind, DAYS, **cuts(kind, cut))
    assert_same_bits(tables(dataset, query, workers=1), tables(dataset, query, scheduler=cluster))


def test_several_processes_give_the_same_bits(dataset):
    query = Query("changes", DAYS, strips=2, days_at_once=3)
    assert_same_bits(tables(dataset, query, workers=1), tables(dataset, query, workers=2))


@pytest.mark.parametrize("cut", list(CUTS)[1:])
@pytest.mark.parametrize("kind", KINDS)
def test_cutting_a_series_changes_nothing_but_the_last_digits(dataset, kind, cut):
    for name, found in tables(dataset, Query(kind, DAYS, **cuts(kind, cut)), workers=1).items():
        expected = single(kind, SERIES[name])
        keys = [column for column in expected if expected[column].dtype.kind not in "f"]
        both = expected.merge(found, on=keys, how="outer", suffixes=("", "_cut"), indicator=True)
        once = both["_merge"] == "both"
        if kind == "regions" and "days_at_once" in CUTS[cut]:
            assert (both.loc[~once, "area_possible_km2"] == 0).all(), "a region that is touched on other days only may be missing"
            both = both[once]
        assert len(both) == len(found)
        largest = expected.filter(like="km2").max().max()
        for column in expected.columns.difference(keys):
            close = {"rtol": 0, "atol": 1e-12 * largest} if column.endswith("km2") else {"rtol": 1e-9, "atol": 1e-12}
            assert np.allclose(both[column], both[f"{column}_cut"], **close, equal_nan=True), (name, column)


@pytest.mark.parametrize("kind", KINDS)
def test_days_at_once_are_every_day_and_pair_once(dataset, kind):
    for size in (1, 5, 100):
        found = tables(f"{dataset}/drifting.parquet", Query(kind, DAYS, days_at_once=size), workers=1)["drifting"]
        dates = [name for name in found if name.startswith("date")]
        expected = single(kind, SERIES["drifting"])
        assert ordered(found)[["actor", *dates]].equals(ordered(expected)[["actor", *dates]])


def test_no_day_in_the_series_gives_no_row(dataset):
    for kind in KINDS:
        for cut in CUTS.values():
            found = tables(f"{dataset}/daily.parquet", Query(kind, "2020/2021", **cut), workers=1)["daily"]
            assert found.empty
            assert list(found) == list(single(kind, SERIES["daily"]))


def test_a_worker_killed_in_mid_run_loses_nothing(dataset, cluster):
    """The worker is killed after the first table came, while it has a task under way: others are still to do."""
    query = Query("matrix", step="P2W", strips=4)
    alone = list(scaled_tables(dataset, query, workers=1))
    together = scaled_tables(dataset, query, scheduler=cluster)
    found = [next(together)]
    at_work = {worker: keys for worker, keys in cluster.processing().items() if keys}
    victim = next(iter(at_work))
    process = cluster.run(os.getpid, workers=[victim])[victim]
    os.kill(process, signal.SIGKILL)
    found += together
    cluster.wait_for_workers(2, timeout=60)
    assert process not in cluster.run(os.getpid).values()
    assert victim not in cluster.scheduler_info()["workers"]
    assert [name for name, _ in found] == [name for name, _ in alone]
    for (_, one), (_, other) in zip(alone, found, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_a_series_larger_than_a_worker_is_measured_in_strips_and_days(tmp_path):
    """The worker may hold 500 MB; in one piece the series, 1.9 million vertices, takes more (`tests.benchmarks.cluster`)."""
    (address,) = write_dataset([daily_series(96, 20_000)], str(tmp_path))
    options = {"memory_limit": "500MB", "dashboard_address": ":0", "host": "127.0.0.1"}
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, **options) as made,
        distributed.Client(made) as client,
    ):
        process = client.run(os.getpid)
        found = tables(address, Query("changes", strips=4, days_at_once=24), scheduler=client)["daily"]
        assert client.run(os.getpid) == process, "the worker lived through it"
    assert len(found) == 96


def test_workers_too_full_for_any_task_are_told_and_not_waited_for(dataset, monkeypatch):
    monkeypatch.setattr(scale, "_PATIENCE_S", 0.5)
    full = {"distributed.worker.memory.terminate": False, "distributed.worker.memory.pause": 0.01}
    with (
        dask.config.set(full),
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, memory_limit="1GB", dashboard_address=":0", host="127.0.0.1") as made,
        distributed.Client(made) as client,
        pytest.raises(GeoError, match=r"came to a halt.*--strips or --days-at-once"),
    ):
        list(scaled_tables(dataset, Query("areas"), scheduler=client))


def test_a_file_that_was_written_anew_is_read_anew(tmp_path, cluster):
    first, second = (replace(daily_series(3, 12, seed=seed), id="same") for seed in (1, 2))
    for series in (first, second):
        write_dataset([series], str(tmp_path))
        expected = {"same": change_table([series], list(pairwise(query_days(series, "../.."))))}
        for where in ({"workers": 1}, {"scheduler": cluster}):
            assert_same_bits(tables(str(tmp_path), Query("changes"), **where), expected)


def test_object_storage_is_read_and_written_through_fsspec(capsys):
    """`memory://` lies in this process, as a bucket lies behind an address."""
    assert main(["dataset", "memory://bucket/series"]) == 0
    assert (
        main(["scale", "areas", "memory://bucket/series", "--datetime", "2015-01-01", "--workers", "1", "-o", "memory://bucket/out"]) == 0
    )
    assert capsys.readouterr().err.splitlines()[-1] == "4 tables in memory://bucket/out."
    found = pd.read_parquet("memory://bucket/out/islamic-state-towns.parquet")
    assert found["area_km2"].item() == pytest.approx(28143.3, abs=0.1)


def test_command_writes_a_table_per_series(dataset, tmp_path, capsys):
    out = tmp_path / "tables"
    common = ["scale", "matrix", dataset, "--datetime", DAYS, "--days-at-once", "4", "--workers", "1"]
    assert main([*common, "-o", out.as_uri()]) == 0
    assert sorted(path.name for path in out.iterdir()) == [f"{name}.parquet" for name in SERIES]
    written = pd.read_parquet(out / "islamic-state-towns.parquet")
    pd.testing.assert_frame_equal(written, tables(dataset, Query("matrix", DAYS, days_at_once=4), workers=1)["islamic-state-towns"])
    assert main(common) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("series,definition,actor,date_a,date_b,before_km2")
    assert len(lines) == 1 + 4 * 21


def test_command_takes_the_address_of_a_scheduler(dataset, cluster, capsys):
    common = ["scale", "changes", dataset, "--datetime", DAYS]
    assert main([*common, "--scheduler", cluster.scheduler_info()["address"]]) == 0
    together = capsys.readouterr().out
    assert main([*common, "--workers", "1"]) == 0
    assert capsys.readouterr().out == together != ""


class Ending(str):
    """Text at whose sight a process ends, as one does that the system takes memory from."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (9,)


def test_a_process_that_ends_is_said_in_a_sentence(dataset):
    with pytest.raises(GeoError, match=r"want of memory.*daily\.parquet.*--strips or --days-at-once"):
        list(scaled_tables(dataset, Query("regions", DAYS, by=Ending("governorates")), workers=2))


def test_mistakes_are_said(tmp_path, dataset, capsys):
    (tmp_path / "broken.parquet").write_text("no parquet", encoding="utf-8")
    with pytest.raises(SeriesError, match=r"broken\.parquet"):
        list(scaled_tables(str(tmp_path), Query("areas"), workers=1))
    with pytest.raises(GeoError, match="no Dask scheduler answers"):
        list(scaled_tables(dataset, Query("areas"), scheduler="tcp://127.0.0.1:9"))
    for option in ("--strips", "--days-at-once"):
        with pytest.raises(SystemExit):
            main(["scale", "areas", str(tmp_path), option, "0"])
        assert "whole number" in capsys.readouterr().err
