"""A progress bar on standard error, for work that takes more than a moment and has someone watching."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")

CLEAR = "\r\033[K"
"""Takes a bar off the line."""

_PATIENCE_S, _BETWEEN_S = 0.5, 0.1
_WIDTH = 30


class Bar:
    """Shows how much of some work is done; only on a terminal, only after half a second, and gone when all is done."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._due = time.monotonic() + _PATIENCE_S
        self._is_drawn = False

    def __call__(self, done: int, of: int) -> None:
        """Say that `done` pieces of work are done, of so many."""
        if done == of and self._is_drawn:
            sys.stderr.write(CLEAR)
        elif done < of and time.monotonic() > self._due and sys.stderr.isatty():
            filled = _WIDTH * done // of
            sys.stderr.write(f"\r{self._label} {'█' * filled}{'░' * (_WIDTH - filled)} {done:,} of {of:,}")
            sys.stderr.flush()
            self._due, self._is_drawn = time.monotonic() + _BETWEEN_S, True


def track(items: Sequence[Item], label: str) -> Iterator[Item]:
    """Go through `items` with a bar that says how many are done."""
    bar = Bar(label)
    for done, item in enumerate(items):
        bar(done, len(items))
        yield item
    bar(len(items), len(items))
