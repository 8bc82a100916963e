"""A progress bar on standard error, for work that takes more than a moment and has someone watching."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

_PATIENCE_S = 0.5
_WIDTH = 30


def track(items: Iterable[T], total: int, label: str) -> Iterator[T]:
    """Go through `items` and show how many of `total` are done; only on a terminal, and only after half a second."""
    if not sys.stderr.isatty():
        yield from items
        return
    drawn = time.monotonic() + _PATIENCE_S
    bar = False
    try:
        for done, item in enumerate(items):
            if time.monotonic() > drawn:
                filled = _WIDTH * done // max(total, 1)
                sys.stderr.write(f"\r{label} {'█' * filled}{'░' * (_WIDTH - filled)} {done:,} of {total:,}")
                sys.stderr.flush()
                drawn, bar = time.monotonic() + 0.1, True
            yield item
    finally:
        if bar:
            sys.stderr.write("\r\033[K")
