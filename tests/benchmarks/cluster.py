"""Many series on one processor, on a process pool and on Dask with two workers on loopback; and what a cluster must bear.

python -m tests.benchmarks.cluster [--quick]

The baseline is the serial run, in turn with the others on the same data. The cluster is up before its runs, as clusters are; its
start and what its idle workers hold are told apart. Memory is what all processes together hold beyond what they held before a run.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import psutil

from geo.dataset import write_dataset
from geo.errors import GeoError
from geo.model import Series
from geo.scale import Query, scaled_tables
from tests.benchmarks.harness import machine
from tests.benchmarks.series import daily_series

if TYPE_CHECKING:
    from distributed import Client

DATES, VERTICES = 150, 500
QUERY = Query("changes")
WORKERS = 2


@dataclass(frozen=True)
class Run:
    """One run: seconds, megabytes, and a checksum of all tables."""

    seconds: float
    mb: float
    checksum: int


Way = Callable[[str], Iterator[tuple[str, pd.DataFrame]]]


def made(count: int, dates: int = DATES, vertices: int = VERTICES) -> Iterator[Series]:
    """Series that differ in their land and their name."""
    return (replace(daily_series(dates, vertices, seed=seed), id=f"front-{seed:04}") for seed in range(count))


def run(way: Way, dataset: str) -> Run:
    """One run of all series of a data set."""
    with peak_mb() as peak:
        start = time.perf_counter()
        checksum = sum(int(pd.util.hash_pandas_object(table).sum()) for _, table in way(dataset))
        seconds = time.perf_counter() - start
    return Run(seconds, max(peak), checksum)


@contextmanager
def peak_mb() -> Iterator[list[float]]:
    """Megabytes that this process and its children hold beyond what they held before, every 20 ms; new children held nothing."""
    found, done, before = [0.0], threading.Event(), resident()

    def watch() -> None:
        while not done.wait(0.02):
            found.append(sum(max(0, held - before.get(process, 0)) for process, held in resident().items()) / 1e6)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        done.set()
        watcher.join()


def resident() -> dict[int, int]:
    """Bytes that this process and each of its children hold."""
    found = {}
    for process in (this := psutil.Process(), *this.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            found[process.pid] = process.memory_info().rss
    return found


@contextmanager
def cluster(workers: int, **options: object) -> Iterator[Client]:
    """Dask on loopback, a thread per worker; imported here, so that the processes of a pool, which import this module, go without."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0", **options) as local,
        Client(local) as client,
    ):
        yield client


def serial(dataset: str, query: Query = QUERY) -> Iterator[tuple[str, pd.DataFrame]]:
    """In this process."""
    return scaled_tables(dataset, query, workers=1)


def pool(dataset: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """On processes that start with the run."""
    return scaled_tables(dataset, QUERY, workers=WORKERS)


def rounds(ways: dict[str, Way], dataset: str, count: int) -> dict[str, Run]:
    """The median run of each way, one after the other `count` times."""
    found: dict[str, list[Run]] = {name: [] for name in ways}
    for _ in range(count):
        for name, way in ways.items():
            found[name].append(run(way, dataset))
            print(f"{name}: {found[name][-1]}", file=sys.stderr, flush=True)
    return {
        name: Run(statistics.median(one.seconds for one in runs), max(one.mb for one in runs), runs[0].checksum)
        for name, runs in found.items()
    }


def table(title: str, found: dict[str, Run]) -> None:
    """Runs beside the serial one."""
    print(f"\n{title}\n\n| way | seconds | times serial | memory | tables |\n|---|---|---|---|---|")
    for name, one in found.items():
        same = "the same bits" if one.checksum == found["serial"].checksum else "DIFFERENT"
        print(f"| {name} | {one.seconds:.2f} | {found['serial'].seconds / one.seconds:.2f} | {one.mb:,.0f} MB | {same} |", flush=True)


def overheads(ways: dict[str, Way], folder: Path) -> dict[str, tuple[float, float]]:
    """Seconds that a run costs before its first series, and that each costs which has next to nothing to measure: two squares."""
    times = {}
    for count in (2, 202):
        write_dataset(made(count, dates=2, vertices=4), str(folder / f"tiny-{count}"))
        times[count] = rounds(ways, str(folder / f"tiny-{count}"), 3)
    each = {name: (times[202][name].seconds - times[2][name].seconds) / 200 for name in ways}
    return {name: (max(0.0, times[2][name].seconds - 2 * each[name]), each[name]) for name in ways}


def break_even(ways: dict[str, Way], folder: Path, full: dict[str, Run], starts: dict[str, float], count: int) -> None:
    """From how many series each way pays: what its start costs over what it gains on each; and runs with fewer and with more.

    `starts` are seconds to add where something is started before a run, as a cluster is.
    """
    print("\n| way | a start costs | a series of two squares costs | pays from | with a third as many | with three times as many |")
    print("|---|---|---|---|---|---|")
    serial_s = full["serial"].seconds / count
    for name, (run_s, each_s) in overheads(ways, folder).items():
        start_s = run_s + starts.get(name, 0.0)
        gain_s = serial_s - (full[name].seconds - run_s) / count
        least = max(WORKERS, round(start_s / gain_s)) if gain_s > 0 else 0
        ratios = []
        for number in (max(1, least // 3), 3 * least) if least and name != "serial" else ():
            some = str(folder / f"some-{number}")
            write_dataset(made(number), some)
            runs = rounds({"serial": ways["serial"], name: ways[name]}, some, 3)
            ratios.append(f"{number}: {runs['serial'].seconds / (runs[name].seconds + starts.get(name, 0.0)):.2f} times serial")
        pays = "" if name == "serial" else f"{least} series of {serial_s * 1e3:.0f} ms" if least else "no number here"
        print(f"| {name} | {start_s:.2f} s | {each_s * 1e3:.1f} ms | {pays} | {' | '.join(ratios or ['', ''])} |", flush=True)


def killed(client: Client, dataset: str) -> Run:
    """A run in which a worker that has a task under way is killed after the first table."""
    start = time.perf_counter()
    tables = scaled_tables(dataset, QUERY, scheduler=client)
    checksum = sum(int(pd.util.hash_pandas_object(found).sum()) for _, found in islice(tables, 1))
    victim = next(worker for worker, tasks in client.processing().items() if tasks)
    os.kill(client.run(os.getpid, workers=[victim])[victim], signal.SIGKILL)
    checksum += sum(int(pd.util.hash_pandas_object(found).sum()) for _, found in tables)
    return Run(time.perf_counter() - start, 0.0, checksum)


def too_large(folder: Path, dates: int, vertices: int, limit: str) -> None:
    """A series larger than the memory of a worker: in one piece, and cut."""
    dataset = str(folder / "large")
    write_dataset([daily_series(dates, vertices)], dataset)
    print(f"\nA series of {dates} dates x {vertices:,} vertices on a worker that may hold {limit}:\n")
    queries = {"in one piece": QUERY, "24 days at once": replace(QUERY, days_at_once=24)}
    queries["4 strips, 24 days at once"] = replace(QUERY, strips=4, days_at_once=24)
    alone = {text: run_alone(dataset, query) for text, query in queries.items()}
    for text, query in queries.items():
        start = time.perf_counter()
        with cluster(1, memory_limit=limit) as client:
            try:
                rows = sum(len(found) for _, found in scaled_tables(dataset, query, scheduler=client))
                told = f"{rows} rows after {time.perf_counter() - start:.1f} s"
            except GeoError as error:
                told = f"after {time.perf_counter() - start:.1f} s: {error}".replace(f"file://{dataset}/", "")
        print(f"- {text}, {alone[text]:,.0f} MB in a process without a limit: {told}", flush=True)


def run_alone(dataset: str, query: Query) -> float:
    """Most megabytes that a new process held which made the tables of a data set."""
    code = (
        "from geo.scale import Query, scaled_tables\n"
        f"for _ in scaled_tables({dataset!r}, {query!r}, workers=1): pass\n"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return int(done.stdout) / 1e3


def main(quick: bool) -> None:
    """All of it."""
    count = 6 if quick else 60
    print(f"On {machine()}; load {os.getloadavg()[0]:.1f}.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dataset = str(folder / "all")
        write_dataset(made(count), dataset)
        start = time.perf_counter()
        with cluster(WORKERS) as client:
            took, idle = time.perf_counter() - start, sum(resident().values()) - resident()[os.getpid()]
            print(f"{WORKERS} Dask workers are up after {took:.1f} s and hold {idle / 1e6:.0f} MB.", flush=True)
            ways: dict[str, Way] = {
                "serial": serial,
                f"pool of {WORKERS}": pool,
                f"Dask, {WORKERS} workers": lambda place: scaled_tables(place, QUERY, scheduler=client),
            }
            full = rounds(ways, dataset, 1 if quick else 3)
            table(f"{count} series x {DATES} dates x {VERTICES} vertices, {QUERY.kind} from day to day", full)
            break_even(ways, folder, full, {f"Dask, {WORKERS} workers": took}, count)
            table("A worker killed by SIGKILL in mid-run", {"serial": full["serial"], "Dask, one worker killed": killed(client, dataset)})
        too_large(folder, 96, 20_000, "450MB")


if __name__ == "__main__":
    main("--quick" in sys.argv)
