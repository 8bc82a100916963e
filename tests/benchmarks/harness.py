"""Ours against a named peer: interleaved in one run on the same data, medians and their ratio, peak memory of each."""

from __future__ import annotations

import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

HEAD = "| what | data | ours | peer | its time | ratio | memory, ours and its | note |\n|---|---|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Result:
    """Ours against one peer; seconds and megabytes."""

    what: str
    data: str
    peer: str
    ours_s: float
    peer_s: float
    ours_mb: float
    peer_mb: float
    note: str = ""

    def row(self) -> str:
        """A row of the table; a ratio above one means that ours is faster."""
        memory = f"{self.ours_mb:,.0f} / {self.peer_mb:,.0f} MB"
        times = self.peer_s / self.ours_s
        ratio = f"{times:,.0f}" if times > 100 else f"{times:.3g}"
        return (
            f"| {self.what} | {self.data} | {_time(self.ours_s)} | {self.peer} | {_time(self.peer_s)} | {ratio} | {memory} | {self.note} |"
        )


def measure(
    what: str, data: str, ours: Callable[[], object], peer_name: str, peer: Callable[[], object], *, rounds: int = 5, note: str = ""
) -> Result:
    """Run both sides in turn `rounds` times, each once more in a process of its own for its peak memory; say so as it goes."""
    times: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(rounds):
        for name, run in (("ours", ours), ("peer", peer)):
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    medians = [statistics.median(times[name]) for name in ("ours", "peer")]
    found = Result(what, data, peer_name, medians[0], medians[1], peak_mb(ours), peak_mb(peer), note)
    print(found.row(), file=sys.stderr, flush=True)
    return found


def peak_mb(run: Callable[[], object]) -> float:
    """How much more memory a process holds at its peak while it runs, in MB."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with open("/proc/self/statm") as file:
            before = int(file.read().split()[1]) * resource.getpagesize()
        run()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        os.write(writer, str(max(0, peak - before)).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        text = file.read()
    os.waitpid(child, 0)
    return int(text or 0) / 1e6


def machine() -> str:
    """The machine in a line."""
    with open("/proc/cpuinfo") as file:
        model = next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}, {platform.system()}"


def _time(seconds: float) -> str:
    for limit, scale, unit in ((1e-3, 1e6, "µs"), (1, 1e3, "ms"), (float("inf"), 1, "s")):
        if seconds < limit:
            return f"{seconds * scale:,.3g} {unit}"
    raise AssertionError
