"""Areas on the WGS 84 ellipsoid; nothing else in the project measures.

An edge of a GeoJSON polygon is straight in longitude and latitude (RFC 7946, section 3.1.1). Along such an edge the
latitude is a linear function of the longitude, so the area of a polygon is the boundary integral of S(latitude)
d(longitude), where S is the area between the equator and a latitude, per radian of longitude:

    S = b^2 / 2 * [ sin(p) / (1 - e^2 sin^2(p)) + ln((1 + e sin(p)) / (1 - e sin(p))) / (2 e) ]

(Snyder, Map Projections: A Working Manual, USGS 1395, equation 3-12, times the square of the semi-minor axis.)
The mean of S over an edge is its Taylor series at the middle, to the fourth order; edges longer than a quarter of a degree are cut first.
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
_LONGEST_EDGE_DEG = 0.25
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


def edge_areas_km2(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area between the equator and each edge, of which the sum around a ring is the area inside.

    Parameters
    ----------
    start, end
        (n, 2) longitudes and latitudes of the ends of n edges, degrees, finite.

    Returns
    -------
    numpy.ndarray
        n areas in km², positive where the edge runs west in the north or east in the south, so that what lies to the left of a
        ring counts as inside.
    """
    cuts = np.maximum(np.ceil(np.abs(end - start).max(axis=1, initial=0) / _LONGEST_EDGE_DEG), 1).astype(np.int64)
    edge = np.repeat(np.arange(len(cuts)), cuts)
    step = ((end - start) / cuts[:, None])[edge]
    before = np.arange(len(edge)) - np.repeat(np.cumsum(cuts) - cuts, cuts)
    d_lon, d_lat = np.radians(step.T)
    middle = np.radians(start[edge, 1]) + (before + 0.5) * d_lat
    return np.bincount(edge, -d_lon * _mean_area_from_equator(middle, d_lat), minlength=len(cuts)).astype(np.float64)


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
        edges = _edges(coordinates, ring)
        if max(np.abs(edges[0]).max(initial=0), np.abs(edges[2]).max(initial=0)) > np.radians(_LONGEST_EDGE_DEG):
            coordinates, ring = shapely.get_coordinates(shapely.segmentize(rings[chunk], _LONGEST_EDGE_DEG), return_index=True)
            edges = _edges(coordinates, ring)
        first = np.flatnonzero(np.diff(ring, prepend=-1))
        integrals[chunk] = np.add.reduceat(np.append(edges[0] * _mean_area_from_equator(*edges[1:]), 0.0), first)
    return integrals


def _edges(
    coordinates: NDArray[np.float64], ring: NDArray[np.int_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Change of longitude, middle latitude and change of latitude of every edge in radians; no change from ring to ring."""
    lon, lat = np.ascontiguousarray(coordinates.T)
    d_lon, d_lat = np.diff(lon), np.diff(lat)
    from_ring_to_ring = np.flatnonzero(np.diff(ring))
    d_lon[from_ring_to_ring] = d_lat[from_ring_to_ring] = 0
    return np.radians(d_lon), np.radians(lat[:-1] + d_lat / 2), np.radians(d_lat)


def _mean_area_from_equator(middle: NDArray[np.float64], d_lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of S of the module's docstring over each edge, in km² per radian of longitude; latitudes in radians.

    It is S + S2 h^2 / 6 + S4 h^4 / 120 at the middle, with h half the change of latitude and S2, S4 the second and fourth
    derivative of S by the latitude; S4 is that of the sphere, b^2 sin(p), which is off by less than 1e-12 of S.
    """
    sine = np.sin(middle)
    inverse = 1 / (1 - _E2 * sine * sine)
    curved = 2 * sine * inverse * inverse * (4 * _E2 * (1 - sine * sine) * inverse - 1)
    h2 = d_lat * d_lat / 4
    return _HALF_B2_KM2 * (sine * inverse + np.arctanh(_E * sine) / _E + h2 / 6 * (curved + h2 / 10 * sine))


def _chunks(counts: NDArray[np.int_]) -> list[slice]:
    """Runs of rings with about 60,000 vertices each, so that the arrays stay in the processor's cache."""
    starts = np.flatnonzero(np.diff(np.r_[-1, np.cumsum(counts) // _CHUNK]))
    return [slice(a, b) for a, b in zip(starts, np.r_[starts[1:], len(counts)], strict=True)]
