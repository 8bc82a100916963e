"""Features as files give them: geometry and properties, before anyone asks what the properties mean."""

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


class Rows:
    """Polygons with their properties, collected from any number of files, and the faults met on the way.

    Attributes
    ----------
    files, features
        Name of each row's file, and number of its feature in it, from 1.
    properties
        Properties of each row.
    geometries
        A polygon or multipolygon per row, in the coordinates of its file; not checked in any way.
    crs
        Coordinate reference system of each row as text that pyproj reads; empty for longitude/latitude.
    members
        What a file says of itself, such as a title or a licence; the first file that says it counts.
    story
        Steps of a story as a file gives them (see `geo.story`); None where there are none.
    issues
        Faults, whether or not the feature became a row.
    """

    def __init__(self) -> None:
        self.files: list[str] = []
        self.features: list[int] = []
        self.properties: list[Mapping[str, Any]] = []
        self.geometries: list[shapely.Geometry] = []
        self.crs: list[str] = []
        self.members: dict[str, Any] = {}
        self.story: Any = None
        self.issues: list[Issue] = []

    def __len__(self) -> int:
        return len(self.files)

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
        rings: list[Points] = []
        polygon: list[int] = []
        count = 0
        for shape in polygons:
            for number, ring in enumerate(shape):
                if len(ring) < 3 or (len(ring) == 3 and (ring[0] == ring[2]).all()):
                    where = ring[0] if len(ring) else None
                    self.issue("warning", "ring", file, feature, f"a ring has {len(ring)} positions and no area; left out", where)
                    if number == 0:
                        break
                    continue
                if ring[0, 0] != ring[-1, 0] or ring[0, 1] != ring[-1, 1]:
                    self.issue("warning", "ring", file, feature, "a ring is not closed; its ends were joined", ring[0])
                count += number == 0
                rings.append(ring)
                polygon.append(count - 1)
        if not rings:
            self.issue("error", "geometry", file, feature, "has no geometry")
            return
        self._append(file, feature, properties, _shape(rings, polygon), crs)

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

    def _append(self, file: str, feature: int, properties: Mapping[str, Any], geometry: shapely.Geometry, crs: str) -> None:
        self.files.append(file)
        self.features.append(feature)
        self.properties.append(properties)
        self.geometries.append(geometry)
        self.crs.append(crs)


def _shape(rings: Sequence[Points], polygon: Sequence[int]) -> shapely.Geometry:
    """A polygon or multipolygon from rings and the number of the polygon that each belongs to, exteriors first."""
    if len(rings) == 1:
        return shapely.polygons(shapely.linearrings(rings[0]))
    lines = shapely.linearrings(np.concatenate(rings), indices=np.repeat(np.arange(len(rings)), [len(ring) for ring in rings]))
    shapes = shapely.polygons(lines, indices=polygon)
    return shapes[0] if len(shapes) == 1 else shapely.multipolygons(shapes)
