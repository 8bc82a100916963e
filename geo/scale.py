"""The tables of one series over thousands: on all processors of a machine, or on a Dask cluster.

The work is cut by series, and a series too large for one worker by strips of longitude: areas, changes and pairs of dates add up
over strips. A task reads its strip, measures it and gives a small table; the tables of a series are added in the order of its
strips, wherever they were made, so the result is the same to the last bit on one processor, on many, and on a cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from multiprocessing import get_context
from typing import TYPE_CHECKING, Literal, get_args

from geo.dataset import list_series, read_frame, read_strip
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
    """

    kind: Kind
    datetime: str = "../.."
    step: str | None = None
    by: str = "governorates"
    strips: int = 1


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
        Identifier of the series, and its table: that of `area_table`, `change_table`, `matrix_table` or `region_table`.

    Raises
    ------
    SeriesError
        The data set, or a file of it, cannot be read.
    GeoError
        What the tables themselves refuse.
    """
    addresses = list_series(dataset)
    tasks = [(address, query, strip) for address in addresses for strip in range(query.strips)]
    parts = _on_cluster(tasks, scheduler) if scheduler is not None else _on_machine(tasks, workers)
    for address in addresses:
        found = [part for part in (next(parts) for _ in range(query.strips)) if part is not None]
        frame = read_frame(address)
        yield frame.id, _whole(found, query, frame)


def _part(task: tuple[str, Query, int]) -> pd.DataFrame | None:
    """The sums of one strip of one series; None where it has no land."""
    address, query, strip = task
    frame = read_frame(address)
    series = read_strip(address, strip, query.strips)
    return _SUMS[query.kind](series, frame, query) if len(series) else None


def _whole(parts: Sequence[pd.DataFrame], query: Query, frame: Series) -> pd.DataFrame:
    """The tables of the strips of a series added up, with the figures that follow from the sums."""
    import pandas as pd

    table = parts[0]
    if len(parts) > 1:
        stacked = pd.concat(parts, ignore_index=True)
        sums = [name for name in map(str, stacked) if name.endswith("_km2") and name != "region_km2"]
        keys = [name for name in stacked if name not in sums]
        table = stacked.groupby(keys, sort=False, dropna=False, as_index=False)[sums].sum()[list(stacked)]
    if query.kind == "areas":
        return with_area_ratios(table, _days(frame, query), baseline=frame.baseline)
    if query.kind == "changes":
        return with_change_figures(table)
    return with_region_shares(table) if query.kind == "regions" else table


def _days(frame: Series, query: Query) -> list[date]:
    """The days asked about; of an interval those that the series speaks of."""
    if "/" not in query.datetime:
        return query_days(frame, query.datetime, step=query.step)
    first, last = parse_interval(query.datetime)
    end = frame.last or max({frame.first, *frame.dates})
    start, stop = max(first or frame.first, frame.first), min(last or end, end)
    return query_days(frame, f"{start}/{stop}", step=query.step) if start <= stop else []


def _area_sums(series: Series, frame: Series, query: Query) -> pd.DataFrame:
    return area_sums([series], sorted({*_days(frame, query), *frame.dates, frame.baseline}))


def _change_sums(series: Series, frame: Series, query: Query) -> pd.DataFrame:
    return change_sums([series], list(pairwise(_days(frame, query))))


def _matrix(series: Series, frame: Series, query: Query) -> pd.DataFrame:
    return matrix_table([series], _days(frame, query))


def _region_sums(series: Series, frame: Series, query: Query) -> pd.DataFrame:
    return region_sums([series], _days(frame, query), regions=load_regions(query.by))


_SUMS: dict[Kind, Callable[[Series, Series, Query], pd.DataFrame]] = {
    "areas": _area_sums,
    "changes": _change_sums,
    "matrix": _matrix,
    "regions": _region_sums,
}


def _on_machine(tasks: Sequence[tuple[str, Query, int]], workers: int | None) -> Iterator[pd.DataFrame | None]:
    if workers == 1:
        yield from map(_part, tasks)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_part, tasks)


def _on_cluster(tasks: Sequence[tuple[str, Query, int]], scheduler: str | Client) -> Iterator[pd.DataFrame | None]:
    try:
        from dask.distributed import CancelledError, Client
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
    waiting = list(zip(tasks, scheduler.map(_part, tasks, pure=False, retries=2), strict=True))[::-1]
    while waiting:
        task, part = waiting.pop()
        try:
            yield part.result()
        except CancelledError:  # the worker that held the result was lost just as it was fetched
            yield scheduler.submit(_part, task, pure=False, retries=2).result()
