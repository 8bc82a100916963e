"""A progress bar on standard error, for work that takes more than a moment and has someone watching."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")

_PATIENCE_S = 0.5
_WIDTH = 30


def track(items: Sequence[Item], label: str) -> Iterator[Item]:
    """Go through `items` and show how many are done; only on a terminal, and only after half a second."""
    drawn, bar = time.monotonic() + _PATIENCE_S, False
    try:
        for done, item in enumerate(items):
            if time.monotonic() > drawn and sys.stderr.isatty():
                filled = _WIDTH * done // len(items)
                sys.stderr.write(f"\r{label} {'█' * filled}{'░' * (_WIDTH - filled)} {done:,} of {len(items):,}")
                sys.stderr.flush()
                drawn, bar = time.monotonic() + 0.1, True
            yield item
    finally:
        if bar:
            sys.stderr.write("\r\033[K")
