"""Any coordinate reference system to longitude/latitude; only files that come from elsewhere pass through here."""

from __future__ import annotations

from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.model import CRS

Geometries = NDArray[np.object_]

_LONGEST_EDGE_M = 5_000
"""A straight edge of this length in UTM strays from the straight edge in longitude/latitude by less than a metre."""
_FARTHEST_M = 1e8
_MOST_PIECES = 20_000_000


def is_lonlat(crs: str) -> bool:
    """Whether `crs` names longitude/latitude on WGS 84, in whatever order of axes.

    Raises
    ------
    ValueError
        pyproj does not know it.
    """
    return _crs(crs).equals(_crs(CRS), ignore_axis_order=True)


def to_lonlat(geometries: Geometries, crs: str) -> Geometries:
    """Project polygons to longitude/latitude (OGC:CRS84).

    Parameters
    ----------
    geometries
        n polygons or multipolygons in `crs`, x before y. In a projected system their edges are straight lines on its
        map, so those longer than 5 km are cut first.
    crs
        Text that pyproj reads: ``EPSG:32637``, a WKT ...

    Returns
    -------
    numpy.ndarray
        n polygons; a position that has no longitude/latitude becomes infinite.

    Raises
    ------
    ValueError
        pyproj does not know the system, or coordinates are too large for it.
    """
    import pyproj

    if is_lonlat(crs):
        return geometries
    source = _crs(crs)
    if source.is_projected:
        step = _LONGEST_EDGE_M / source.axis_info[0].unit_conversion_factor
        if not np.abs(shapely.get_coordinates(geometries)).max(initial=0) < _FARTHEST_M / _LONGEST_EDGE_M * step:
            raise ValueError("coordinates lie far outside the globe")
        if shapely.length(geometries).sum() / step > _MOST_PIECES:
            raise ValueError(f"more than {_MOST_PIECES:,} pieces of {_LONGEST_EDGE_M / 1000:.0f} km of border")
        geometries = shapely.segmentize(geometries, step)
    transformer = pyproj.Transformer.from_crs(source, _crs(CRS), always_xy=True)
    return cast(Geometries, shapely.transform(geometries, lambda points: np.column_stack(transformer.transform(*points.T))))


def _crs(text: str):  # type: ignore[no-untyped-def]
    import pyproj

    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as error:
        raise ValueError(f"unknown coordinate reference system {text[:80]!r}") from error
