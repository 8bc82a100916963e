"""Simplified lines, for drawing only; nothing that is measured passes through here."""

from __future__ import annotations

from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray

Geometries = NDArray[np.object_]

_SHORT = 12


def generalize(lines: Geometries, tolerance: float) -> Geometries:
    """Simplify lines one by one, ends kept (Douglas-Peucker).

    Parameters
    ----------
    lines
        n lines or rings.
    tolerance
        How far a point may be from the simplified line, in the unit of the coordinates; 0 for not at all.

    Returns
    -------
    numpy.ndarray
        n lines in the same order. A line not longer than twelve tolerances stays as it was, so that no small land vanishes.
    """
    simple = shapely.simplify(lines, tolerance)
    return cast(Geometries, np.where(shapely.length(lines) > _SHORT * tolerance, simple, lines))
