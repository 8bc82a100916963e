"""Cells of places, and the land that each place stands for within a reach.

A cell is the land nearer to its place than to any other (Thiessen/Voronoi), in an azimuthal equal-area projection
centred on the land, whose distances are true to 0.3 % over Syria and Iraq. The contribution of a place is its cell within the reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geo.prepare.facts import Place

GRID_DEG = 1e-6
"""Coordinates are snapped to this grid, the six decimals that GeoJSON keeps."""

_EDGE_M = 10_000
"""Straight edges are cut to this length before they leave the projection: 2 m of bend at most."""

_QUARTER_SEGMENTS = 16
_EQUAL_AREA = np.sqrt(2 * np.pi / (4 * _QUARTER_SEGMENTS) / np.sin(2 * np.pi / (4 * _QUARTER_SEGMENTS)))
"""Widens the 64-gon that stands for a disk so that it has the disk's area."""

Geometries = NDArray[np.object_]


class Tessellation:
    """Voronoi cells of places, clipped to land.

    Parameters
    ----------
    places
        At least two, no two on one point.
    land
        Polygon or multipolygon, longitude/latitude, WGS 84.
    """

    def __init__(self, places: Sequence[Place], land: shapely.Geometry) -> None:
        self.places = tuple(places)
        self.land = land
        centre = shapely.envelope(land).centroid
        local = f"+proj=laea +lat_0={centre.y:.2f} +lon_0={centre.x:.2f} +datum=WGS84 +units=m"
        self._to_local = pyproj.Transformer.from_crs("OGC:CRS84", local, always_xy=True)
        lonlat = np.array([(place.lon, place.lat) for place in self.places])
        self._points = np.column_stack(self._to_local.transform(lonlat[:, 0], lonlat[:, 1]))
        self._cells = self._local_cells()
        self._cells_lonlat = self._to_lonlat(shapely.segmentize(self._cells, _EDGE_M))

    def contributions(self, held: Sequence[int], reach_km: float | None) -> list[shapely.Geometry]:
        """The land that places stand for: their cell, within the reach, on land.

        Parameters
        ----------
        held
            Indices of places.
        reach_km
            How far from a place its land counts; None for no limit. A place's own `radius_cap_km` limits it further.

        Returns
        -------
        list
            One polygon or multipolygon per index, longitude/latitude on a grid of 1e-6 degrees. Together they are
            a coverage: neighbours share every vertex of their common border, so parts add up to their union.
            Empty where a cell has no land.
        """
        index = np.asarray(held, dtype=int)
        disks = self.disks(held, reach_km)
        limits = [shapely.boundary(disk) for disk in disks if disk is not None]
        lines = shapely.union_all([*shapely.boundary(self._cells_lonlat), *limits, shapely.boundary(self.land)], grid_size=GRID_DEG)
        faces = shapely.get_parts(shapely.polygonize([lines]))
        inside = shapely.point_on_surface(faces)
        of_cell: dict[int, list[int]] = {}
        for face, cell in shapely.STRtree(self._cells_lonlat).query(inside, predicate="within").T:
            of_cell.setdefault(int(cell), []).append(int(face))
        shapely.prepare(self.land)
        on_land = shapely.contains_properly(self.land, inside)
        pieces = []
        for cell, disk in zip(index, disks, strict=True):
            own = [face for face in of_cell.get(int(cell), []) if on_land[face]]
            if disk is not None:
                own = [face for face in own if shapely.contains_properly(disk, inside[face])]
            pieces.append(shapely.normalize(shapely.coverage_union_all(faces[own])))
        return pieces

    def disks(self, held: Sequence[int], reach_km: float | None) -> list[shapely.Geometry | None]:
        """The land within a reach of places, or within their own `radius_cap_km` where that is less; None where nothing limits it.

        Parameters as for `contributions`; one polygon per index, longitude/latitude.
        """
        disks: list[shapely.Geometry | None] = []
        for place in held:
            limits = [limit for limit in (reach_km, self.places[place].radius_cap_km) if limit is not None]
            if not limits:
                disks.append(None)
                continue
            disk = shapely.buffer(shapely.Point(self._points[place]), min(limits) * 1000 * _EQUAL_AREA, quad_segs=_QUARTER_SEGMENTS)
            disks.append(self._to_lonlat(np.array([disk], dtype=object))[0])
        return disks

    def _local_cells(self) -> Geometries:
        land = shapely.transform(shapely.segmentize(self.land, 0.1), lambda lonlat: np.column_stack(self._to_local.transform(*lonlat.T)))
        around = shapely.box(*shapely.total_bounds([land, shapely.multipoints(self._points)])).buffer(500_000)
        cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(self._points), extend_to=around))
        point, cell = shapely.STRtree(cells).query(shapely.points(self._points), predicate="within")
        ordered = np.empty(len(self._points), dtype=object)
        ordered[point] = cells[cell]
        return ordered

    def _to_lonlat(self, geometries: Geometries) -> Geometries:
        def back(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.column_stack(self._to_local.transform(xy[:, 0], xy[:, 1], direction="INVERSE"))

        return cast(Geometries, shapely.transform(geometries, back))
