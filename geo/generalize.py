"""Simplified shapes, for drawing only; nothing that is measured passes through here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray

Geometries = NDArray[np.object_]

_EXTENT_SHARE = 1 / 12_000
_SHORT = 12


def generalize(polygons: Geometries) -> Geometries:
    """Simplify disjoint polygons so that neighbours stay joined.

    Visvalingam-Whyatt on the shared borders (GEOS coverage simplifier), to a tolerance of 1/12,000 of the whole
    extent: 110 m on the bundled series, a pixel or two at the closest zoom of a region.

    Parameters
    ----------
    polygons
        n polygons or multipolygons that are a coverage: interiors disjoint, shared vertices on shared borders.

    Returns
    -------
    numpy.ndarray
        n polygons in the same order. None vanishes: a polygon that the simplifier would empty stays as it was.
    """
    if not len(polygons):
        return polygons
    west, south, east, north = shapely.total_bounds(polygons)
    simple = shapely.coverage_simplify(polygons, max(east - west, north - south) * _EXTENT_SHARE)
    return cast(Geometries, np.where(shapely.is_empty(simple), polygons, simple))


def generalize_arcs(lines: Geometries, tolerance: float) -> Geometries:
    """Simplify lines one by one, ends kept (Douglas-Peucker).

    Parameters
    ----------
    lines
        n lines.
    tolerance
        How far a line may be from what it was, in the unit of the coordinates; 0 for not at all.

    Returns
    -------
    numpy.ndarray
        n lines in the same order. A line not longer than twelve tolerances stays as it was, so that no small land vanishes.
    """
    simple = shapely.simplify(lines, tolerance)
    return cast(Geometries, np.where(shapely.length(lines) > _SHORT * tolerance, simple, lines))


def generalize_lines(lines: Sequence[shapely.Geometry] | Geometries, tolerance: float) -> list[shapely.Geometry]:
    """Simplify lines one by one (Douglas-Peucker), to a tolerance in the unit of their coordinates; empty results are dropped."""
    simple = shapely.simplify(np.asarray(lines, dtype=object), tolerance)
    return [line for line in simple if not line.is_empty]
