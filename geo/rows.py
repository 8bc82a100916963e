"""Features as files give them: geometry and properties, before anyone asks what the properties mean.

Rings are collected as blocks of numbers, and made polygons many at a time, which is several times quicker than one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.model import Issue, Severity

Points = NDArray[np.float64]
Geometries = NDArray[np.object_]

_POLYGON, _FIRST_MULTI, _MULTIPOLYGON = 3, 4, 6
_CHUNK = 60_000
"""Positions that are made polygons at once, so that they stay in the processor's cache."""


class Rows:
    """Polygons with their properties, collected from any number of files, and the faults met on the way.

    Attributes
    ----------
    files, features
        Name of each row's file, and number of its feature in it, from 1.
    properties
        Properties of each row.
    crs
        Coordinate reference system of each row as text that pyproj reads; empty for longitude/latitude.
    members
        What a file says of itself, such as a title, a licence or a story; the first file that says it counts.
    issues
        Faults, whether or not the feature became a row.
    """

    def __init__(self) -> None:
        self.files: list[str] = []
        self.features: list[int] = []
        self.properties: list[Mapping[str, Any]] = []
        self.crs: list[str] = []
        self.members: dict[str, Any] = {}
        self.issues: list[Issue] = []
        self._shapes: list[shapely.Geometry | None] = []
        self._waiting: dict[int, list[list[Points]]] = {}
        self._positions = 0

    def __len__(self) -> int:
        return len(self.files)

    def said(self, *names: str) -> str:
        """What a file says of itself under the first of some names; empty where it is missing, or no text."""
        return next((value for name in names if isinstance(value := self.members.get(name), str) and value), "")

    def issue(self, severity: Severity, check: str, file: str, feature: int, message: str, where: Points | None = None) -> None:
        """Note a fault; `where` is a point in degrees."""
        place = tuple(map(float, where[:2])) if where is not None and np.isfinite(where).all() else ()
        self.issues.append(Issue(severity, check, file, feature, -1, "", message, *place))

    def add_rings(
        self, file: str, feature: int, properties: Mapping[str, Any], polygons: Sequence[Sequence[Points]], *, crs: str = ""
    ) -> None:
        """Add a feature as polygons, each an exterior ring and its holes, each ring (n, 2) positions.

        A ring that is not closed is, and one without three different positions, which has no area, is left out with what
        it encloses; both are noted.
        """
        kept = []
        for polygon in polygons:
            rings: list[Points] = []
            for ring in polygon:
                if len(ring) < 3 or (len(ring) == 3 and (ring[0] == ring[2]).all()):
                    where = ring[0] if len(ring) else None
                    self.issue("warning", "ring", file, feature, f"a ring has {len(ring)} positions and no area; left out", where)
                    if not rings:
                        break
                    continue
                if ring[0, 0] != ring[-1, 0] or ring[0, 1] != ring[-1, 1]:
                    self.issue("warning", "ring", file, feature, "a ring is not closed; its ends were joined", ring[0])
                rings.append(ring)
                self._positions += len(ring)
            if rings:
                kept.append(rings)
        if not kept:
            self.issue("error", "geometry", file, feature, "has no geometry")
            return
        self._waiting[len(self)] = kept
        self._append(file, feature, properties, None, crs)
        if self._positions > _CHUNK:
            self._build()

    def add_geometry(
        self, file: str, feature: int, properties: Mapping[str, Any], geometry: shapely.Geometry | None, *, crs: str = ""
    ) -> None:
        """Add a feature as a geometry; of a collection the polygons are kept, and what else it holds is noted."""
        if geometry is None or geometry.is_empty:
            self.issue("error", "geometry", file, feature, "has no geometry")
            return
        geometry = shapely.force_2d(geometry)
        parts = shapely.get_parts([geometry])
        while np.any(shapely.get_type_id(parts) >= _FIRST_MULTI):
            parts = shapely.get_parts(parts)
        polygons = parts[shapely.get_type_id(parts) == _POLYGON]
        if not len(polygons):
            where = shapely.get_coordinates(geometry)[0]
            self.issue("error", "geometry", file, feature, f"is a {geometry.geom_type}; expected a Polygon or MultiPolygon", where)
            return
        if shapely.get_type_id(geometry) not in (_POLYGON, _MULTIPOLYGON):
            if len(polygons) < len(parts):
                self.issue("warning", "geometry", file, feature, f"is a {geometry.geom_type}; only its polygons were kept")
            geometry = shapely.multipolygons(polygons)
        self._append(file, feature, properties, geometry, crs)

    def geometries(self) -> Geometries:
        """A polygon or multipolygon per row, in the coordinates of its file; not checked in any way."""
        self._build()
        found = np.empty(len(self), dtype=object)
        found[:] = self._shapes
        return found

    def _build(self) -> None:
        """Make polygons of the rings that wait; rings that are not closed are closed."""
        if not self._waiting:
            return
        rows = self._waiting.values()
        polygons = [polygon for row in rows for polygon in row]
        rings = [ring for polygon in polygons for ring in polygon]
        offsets = [np.cumsum([0, *map(len, level)]) for level in (rings, polygons, rows)]
        shapes = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, np.concatenate(rings), offsets)
        alone = np.diff(offsets[2]) == 1
        shapes[alone] = shapely.get_geometry(shapes[alone], 0)
        for row, shape in zip(self._waiting, shapes, strict=True):
            self._shapes[row] = shape
        self._waiting, self._positions = {}, 0

    def _append(self, file: str, feature: int, properties: Mapping[str, Any], geometry: shapely.Geometry | None, crs: str) -> None:
        self.files.append(file)
        self.features.append(feature)
        self.properties.append(properties)
        self.crs.append(crs)
        self._shapes.append(geometry)
