"""The tables of one series over thousands: on all processors of a machine, or on a Dask cluster.

The work is cut by series. A series too large for one worker is cut further: by strips of longitude, over which areas, changes and
pairs of dates add up, and by days, so many at once: runs of days for areas and regions, runs that share a day for changes from day to
day, blocks of two runs for the pairs of a matrix. A task reads the rows and the strip it needs, cuts them into faces of their own,
measures them and gives a small table, so memory goes with a task and not with the series. Tables are added in the order of
the tasks, wherever they were made. So:

- the same query gives the same bits in one process, in many and on a cluster, whether workers were lost or not;
- a series left whole has the bits of `area_table`, `change_table`, `matrix_table` and `region_table`;
- a series that is cut has other faces, whose areas are rounded anew: its figures differ in their last digits, by 2e-14 of the land
  (0.003 m² in 185,000 km²) at most in all that was tried. Only where borders were redrawn, and vertices are moved to each other
  (`geo.overlay.SNAP_DEG`, 8 cm), can faces that see other polygons differ more: by less than the length of the border times that.
"""

from __future__ import annotations

import ctypes
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import combinations_with_replacement, islice, pairwise, tee
from multiprocessing import get_context
from typing import TYPE_CHECKING, Literal, get_args
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from geo.dataset import list_series, read_frame, read_part
from geo.errors import GeoError
from geo.model import Series
from geo.periods import parse_interval
from geo.queries import query_days
from geo.regions import load_regions, region_sums, with_region_shares
from geo.tables import area_sums, change_sums, matrix_table, with_area_ratios, with_change_figures

if TYPE_CHECKING:
    import pandas as pd
    from dask.distributed import Client

Kind = Literal["areas", "changes", "matrix", "regions"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Query:
    """What is asked of every series.

    Attributes
    ----------
    kind
        Which table. Changes are between each day asked about and the next one.
    datetime, step
        The days, as `geo.query_days` reads them; an interval is cut to what a series speaks of.
    by
        Regions of the table of that name.
    strips
        How many strips a series is cut into; 1 leaves it whole.
    days_at_once
        How many days are measured at once, each time on the rows held then; None for all.
    """

    kind: Kind
    datetime: str = "../.."
    step: str | None = None
    by: str = "governorates"
    strips: int = 1
    days_at_once: int | None = None


_Days = tuple[date, ...]


@dataclass(frozen=True)
class _Task:
    """A strip of a series on some days; for a matrix the pairs of these days, or of each of them with each of the later ones.

    `run` tells the tasks of one call of `scaled_tables` from those of another.
    """

    address: str
    query: Query
    strip: int
    days: _Days
    later: _Days
    run: str


def scaled_tables(
    dataset: str, query: Query, *, workers: int | None = None, scheduler: str | Client | None = None
) -> Iterator[tuple[str, pd.DataFrame]]:
    """The table of each series of a data set, as soon as it is ready, in the order of the series.

    Parameters
    ----------
    dataset
        Folder of GeoParquet files, or one; a path or an address that fsspec knows, which every worker can read.
    query
        What is asked.
    workers
        Processes on this machine; None for one per processor, 1 to stay in this one. Not used with a scheduler.
    scheduler
        Address of a Dask scheduler such as ``tcp://10.0.0.1:8786``, or a client of one. A worker that is lost costs the tasks it
        was at; they run again elsewhere.

    Yields
    ------
    tuple of str and pandas.DataFrame
        Identifier of the series, and its table: that of `area_table`, `change_table`, `matrix_table` or `region_table`. A matrix
        measured some days at once comes block by block. Of a series that is cut, regions are those touched on the days asked about.

    Raises
    ------
    SeriesError
        The data set, or a file of it, cannot be read.
    GeoError
        What the tables themselves refuse; or a worker ended or came to a halt, as a rule for want of memory, whenever it tried a task.
    """
    ahead, jobs = tee(_jobs(dataset, query))
    tasks = (task for _, some in ahead for task in some)
    parts = _on_cluster(tasks, scheduler) if scheduler is not None else _on_machine(tasks, workers)
    for frame, some in jobs:
        yield frame.id, _whole(list(islice(parts, len(some))), query, frame)


def _jobs(dataset: str, query: Query) -> Iterator[tuple[Series, list[_Task]]]:
    """The tasks that make up each table, with the frame of its series: a table per series, for a matrix per block of days."""
    run = uuid4().hex
    for address in list_series(dataset):
        frame = read_frame(address)
        blocks = _blocks(_measured_days(frame, query), query)
        for some in [[block] for block in blocks] if query.kind == "matrix" else [blocks]:
            yield frame, [_Task(address, query, strip, days, later, run) for days, later in some for strip in range(query.strips)]


def _blocks(days: list[date], query: Query) -> list[tuple[_Days, _Days]]:
    """Runs of days, and with each, for a matrix, the days it is compared with."""
    shared = 1 if query.kind == "changes" else 0
    size = query.days_at_once or max(1, len(days))
    runs = [tuple(days[at : at + size + shared]) for at in range(0, max(1, len(days) - shared), size)]
    if query.kind != "matrix":
        return [(one, ()) for one in runs]
    return [(runs[a], runs[b] if a < b else ()) for a, b in combinations_with_replacement(range(len(runs)), 2)]


def _measured_days(frame: Series, query: Query) -> list[date]:
    """The days asked about, and for the ratios of areas all on which anything changes."""
    days = _days(frame, query)
    return sorted({*days, *frame.dates, frame.baseline}) if query.kind == "areas" else days


def _days(frame: Series, query: Query) -> list[date]:
    """The days asked about; of an interval those that the series speaks of."""
    if "/" not in query.datetime:
        return query_days(frame, query.datetime, step=query.step)
    first, last = parse_interval(query.datetime)
    end = frame.last or max({frame.first, *frame.dates})
    start, stop = max(first or frame.first, frame.first), min(last or end, end)
    return query_days(frame, f"{start}/{stop}", step=query.step) if start <= stop else []


def _part(task: _Task) -> pd.DataFrame:
    """The sums of one task. What was remembered on the way is forgotten before it ends: a worker that is full gets no next one."""
    frame = _frame(task.address, task.run)
    series = read_part(task.address, frame, _rows(frame, task), task.strip, task.query.strips)
    try:
        return _SUMS[task.query.kind](series, task)
    finally:
        series.remembered.clear()
        del series
        _give_back()


def _give_back() -> None:
    """Hand freed memory back to the system, where the C library can (glibc): Dask counts what a worker holds, used or not."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


@lru_cache(maxsize=1)
def _frame(address: str, run: str) -> Series:
    """The frame of a series, remembered for its next task; another run reads it anew, for the file may have changed."""
    return read_frame(address)


def _rows(frame: Series, task: _Task) -> NDArray[np.bool_]:
    """The rows that a task needs: those that may be held on its days, and one per actor, so that each has its rows in the table."""
    if task.query.days_at_once is None:
        return np.ones(len(frame), dtype=bool)
    start, end = frame.spans("possible").T
    needed = np.zeros(len(frame), dtype=bool)
    for days in filter(None, (task.days, task.later)):
        needed |= (start <= days[-1].toordinal()) & (days[0].toordinal() < end)
    needed[[next(row for row, record in enumerate(frame.records) if record.actor == actor) for actor in frame.actors]] = True
    return needed


def _area_sums(series: Series, task: _Task) -> pd.DataFrame:
    return area_sums([series], task.days)


def _change_sums(series: Series, task: _Task) -> pd.DataFrame:
    return change_sums([series], list(pairwise(task.days)))


def _matrix(series: Series, task: _Task) -> pd.DataFrame:
    table = matrix_table([series], [*task.days, *task.later])
    if not task.later:
        return table
    last = task.days[-1].isoformat()
    return table[(table["date_a"] <= last) & (table["date_b"] > last)]


def _region_sums(series: Series, task: _Task) -> pd.DataFrame:
    return region_sums([series], task.days, regions=load_regions(task.query.by))


_SUMS: dict[Kind, Callable[[Series, _Task], pd.DataFrame]] = {
    "areas": _area_sums,
    "changes": _change_sums,
    "matrix": _matrix,
    "regions": _region_sums,
}


def _whole(parts: list[pd.DataFrame], query: Query, frame: Series) -> pd.DataFrame:
    """The tables of the tasks of a series added up, with the figures that follow from the sums."""
    import pandas as pd

    table = parts[0] if len(parts) == 1 else _added(pd.concat(parts, ignore_index=True), query)
    if query.kind == "areas":
        return with_area_ratios(table, _days(frame, query), baseline=frame.baseline)
    if query.kind == "changes":
        return with_change_figures(table)
    return with_region_shares(table) if query.kind == "regions" else table.reset_index(drop=True)


def _added(stacked: pd.DataFrame, query: Query) -> pd.DataFrame:
    """Rows that differ only in their sums added up, in the order of a series left whole but for regions, which come as they are met."""
    sums = [name for name in map(str, stacked) if name.endswith("_km2") and name != "region_km2"]
    keys = [name for name in stacked if name not in sums]
    table = stacked.groupby(keys, sort=False, dropna=False, as_index=False)[sums].sum()
    if query.kind == "regions":
        dates = table[["definition", "actor", "date"]].drop_duplicates()
        touched = table[["definition", "actor", "region", "region_km2"]].drop_duplicates()
        table = dates.merge(touched).merge(table, how="left").fillna(dict.fromkeys(sums, 0.0))
    return table.sort_values("actor", kind="stable", ignore_index=True)[list(stacked)]


def _on_machine(tasks: Iterable[_Task], workers: int | None) -> Iterator[pd.DataFrame]:
    if workers == 1:
        yield from map(_part, tasks)
        return
    workers = workers or os.cpu_count() or 1
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for task, part in _submitted(tasks, lambda task: pool.submit(_part, task), _AHEAD * workers):
            try:
                yield part.result()
            except BrokenProcessPool as error:
                raise _too_large(task) from error


def _on_cluster(tasks: Iterable[_Task], scheduler: str | Client) -> Iterator[pd.DataFrame]:
    try:
        from dask.distributed import CancelledError, Client, KilledWorker
    except ImportError as error:
        raise GeoError(f"a cluster needs Dask ({error}). Install it with `pip install distributed`, here and on every worker.") from error
    if isinstance(scheduler, str):
        try:
            client = Client(scheduler, timeout="5s")
        except (OSError, ValueError) as error:
            raise GeoError(f"no Dask scheduler answers at {scheduler} ({error}). Start one with `dask scheduler`.") from error
        with client:
            yield from _on_cluster(tasks, client)
        return

    def submit(task: _Task) -> Future[pd.DataFrame]:
        found: Future[pd.DataFrame] = scheduler.submit(_part, task, pure=False)
        return found

    for task, part in _submitted(tasks, submit, _AHEAD * max(_FEW, sum(scheduler.ncores().values()))):
        try:
            yield _result(task, part, scheduler)
        except CancelledError:  # the worker that held the result was lost just as it was fetched
            yield _result(task, submit(task), scheduler)
        except KilledWorker as error:
            raise _too_large(task) from error


def _result(task: _Task, part: Future[pd.DataFrame], client: Client) -> pd.DataFrame:
    """The table of a task; an error where it would never come, because every worker is so full that it takes none."""
    while True:
        try:
            return part.result(timeout=_PATIENCE_S)
        except TimeoutError as error:
            workers = client.scheduler_info()["workers"].values()
            if workers and all(
                worker["status"] == "paused" and not worker["metrics"].get("task_counts", {}).get("executing") for worker in workers
            ):
                raise _too_large(task) from error


_PATIENCE_S = 30
"""After this it is looked at why a table has not come."""

_AHEAD = 4
"""So many tasks per processor wait, run, or lie ready because an earlier one is not: enough to keep all busy, and no more tables held."""

_FEW = 8
"""Processors that a cluster is taken to have where fewer have come yet."""


def _submitted(
    tasks: Iterable[_Task], submit: Callable[[_Task], Future[pd.DataFrame]], ahead: int
) -> Iterator[tuple[_Task, Future[pd.DataFrame]]]:
    """Tasks in order, each submitted when there are less than `ahead` before it."""
    waiting: deque[tuple[_Task, Future[pd.DataFrame]]] = deque()
    for task in tasks:
        waiting.append((task, submit(task)))
        if len(waiting) >= ahead:
            yield waiting.popleft()
    while waiting:
        yield waiting.popleft()


def _too_large(task: _Task) -> GeoError:
    return GeoError(
        f"a worker ended or came to a halt, as a rule for want of memory, while it measured {task.address} or another series beside it. "
        "Cut the series further with --strips or --days-at-once, or give workers more memory."
    )
