"""Whole numbers as bytes, column by column: varints (LEB128), small numbers in one byte; signed ones zigzag."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


class Columns:
    """Bytes that columns of whole numbers are appended to. How many numbers a column has, the reader must know."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def bytes(self) -> bytes:
        """All columns so far."""
        return b"".join(self._parts)

    def unsigned(self, values: Integers | Sequence[int]) -> None:
        """Append numbers from 0 to 2^63 - 1."""
        numbers = np.asarray(values, dtype=np.uint64)
        sizes = np.maximum(1, sum((numbers >> np.uint64(7 * n) > 0).astype(np.int64) for n in range(9)))
        place = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        bytes_ = np.repeat(numbers, sizes) >> (7 * place).astype(np.uint64) & np.uint64(127)
        bytes_ |= np.where(place + 1 < np.repeat(sizes, sizes), np.uint64(128), np.uint64(0))
        self._parts.append(bytes_.astype(np.uint8).tobytes())

    def signed(self, values: Integers | Sequence[int]) -> None:
        """Append numbers of either sign, less than 2^62 in size."""
        numbers = np.asarray(values, dtype=np.int64)
        self.unsigned(np.where(numbers < 0, -2 * numbers - 1, 2 * numbers))

    def steps(self, values: Integers | Sequence[int]) -> None:
        """Append numbers as the differences from one to the next, the first as the difference from 0."""
        numbers = np.asarray(values, dtype=np.int64)
        self.signed(numbers - np.append(0, numbers[:-1])[: len(numbers)])

    def lines(self, lines: Sequence[Integers]) -> None:
        """Append lines of (n, 2) points: the numbers of points, then the points as steps, x and y in turn.

        The first point of a line is a step from the last point of the line before it.
        """
        self.unsigned([len(line) for line in lines])
        points = np.concatenate([*lines, np.empty((0, 2), dtype=np.int64)])
        self.signed(np.diff(points, axis=0, prepend=[[0, 0]]).ravel())
