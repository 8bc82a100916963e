"""Areas on the WGS 84 ellipsoid; nothing else in the project measures.

An edge of a GeoJSON polygon is straight in longitude and latitude (RFC 7946, section 3.1.1). Along such an edge the
latitude is a linear function of the longitude, so the area of a polygon is the boundary integral of S(latitude)
d(longitude), where S is the area between the equator and a latitude, per radian of longitude:

    S = b^2 / 2 * [ sin(p) / (1 - e^2 sin^2(p)) + ln((1 + e sin(p)) / (1 - e sin(p))) / (2 e) ]

(Snyder, Map Projections: A Working Manual, USGS 1395, equation 3-12, times the square of the semi-minor axis.)
The integral over an edge is a three-point Gauss-Legendre quadrature; edges longer than one degree are cut first.
Nothing is projected or densified, and parts add up to the whole.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import GeometryError

Geometries = NDArray[np.object_] | Sequence[shapely.Geometry]

SEMI_MAJOR_M = 6_378_137.0
FLATTENING = 1 / 298.257_223_563
_E2 = FLATTENING * (2 - FLATTENING)
_E = float(np.sqrt(_E2))
_HALF_B2_KM2 = (SEMI_MAJOR_M * (1 - FLATTENING)) ** 2 / 2 / 1e6
_LONGEST_EDGE_DEG = 1.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(3)
_CHUNK = 60_000


def area_km2(geometries: Geometries) -> NDArray[np.float64]:
    """Area of polygons whose edges are straight in longitude and latitude.

    Parameters
    ----------
    geometries
        n polygons, multipolygons or collections of them in longitude/latitude, WGS 84 (OGC:CRS84), degrees.
        Points and lines in a collection have no area.

    Returns
    -------
    numpy.ndarray
        n areas in km². Empty and missing (None) geometries have area 0. The direction of a ring does not matter.

    Raises
    ------
    GeometryError
        A coordinate is not finite, or lies outside longitude ±360 and latitude ±90.
    """
    geometries = np.asarray(geometries, dtype=object)
    areas = np.zeros(len(geometries))
    if not len(geometries):
        return areas
    parts, owner = shapely.get_parts(geometries, return_index=True)
    while np.any(shapely.get_type_id(parts) > 3):
        parts, again = shapely.get_parts(parts, return_index=True)
        owner = owner[again]
    polygons = shapely.get_type_id(parts) == 3
    parts, owner = parts[polygons], owner[polygons]
    rings, polygon = shapely.get_rings(parts, return_index=True)
    if not len(rings):
        return areas
    exterior = np.r_[True, polygon[1:] != polygon[:-1]]
    ring_areas = np.abs(_ring_integrals(rings))
    np.add.at(areas, owner[polygon], np.where(exterior, ring_areas, -ring_areas))
    return areas


def _ring_integrals(rings: NDArray[np.object_]) -> NDArray[np.float64]:
    """Signed area in km² inside each closed ring."""
    counts = shapely.get_num_coordinates(rings)
    integrals = np.empty(len(rings))
    for chunk in _chunks(counts):
        coordinates, ring = shapely.get_coordinates(rings[chunk], return_index=True)
        if not np.isfinite(coordinates).all() or np.abs(coordinates[:, 1]).max() > 90 or np.abs(coordinates[:, 0]).max() > 360:
            raise GeometryError(
                "a coordinate is not a longitude/latitude: expected finite degrees, latitude within ±90. "
                "Convert the data to longitude/latitude (EPSG:4326) first."
            )
        delta = np.diff(coordinates, axis=0)
        same = ring[1:] == ring[:-1]
        if np.abs(delta[same]).max(initial=0) > _LONGEST_EDGE_DEG:
            coordinates, ring = shapely.get_coordinates(shapely.segmentize(rings[chunk], _LONGEST_EDGE_DEG), return_index=True)
            delta = np.diff(coordinates, axis=0)
            same = ring[1:] == ring[:-1]
        middle = np.radians(coordinates[:-1, 1] + delta[:, 1] / 2)
        half = np.radians(delta[:, 1] / 2)
        mean = sum(weight * _area_from_equator(middle + node * half) for node, weight in zip(_NODES, _WEIGHTS, strict=True)) / 2
        edges = np.where(same, np.radians(delta[:, 0]) * mean, 0.0)
        first = np.flatnonzero(np.r_[True, ~same])
        integrals[chunk] = np.add.reduceat(np.r_[edges, 0.0], first)
    return integrals


def _area_from_equator(latitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """S of the module's docstring in km² per radian of longitude, for latitudes in radians."""
    sine = np.sin(latitude)
    return _HALF_B2_KM2 * (sine / (1 - _E2 * sine * sine) + np.arctanh(_E * sine) / _E)


def _chunks(counts: NDArray[np.int_]) -> list[slice]:
    """Runs of rings with about 60,000 vertices each, so that the arrays stay in the processor's cache."""
    starts = np.flatnonzero(np.diff(np.r_[-1, np.cumsum(counts) // _CHUNK]))
    return [slice(a, b) for a, b in zip(starts, np.r_[starts[1:], len(counts)], strict=True)]
