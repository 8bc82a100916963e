"""Small shapes whose answers fit in your head; degrees of longitude and latitude."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
import shapely

from geo.model import AS_GIVEN, Record, Series
from geo.periods import parse_date

EARTH_KM2 = 510_065_621.724
"""Surface of the WGS 84 ellipsoid (NIMA TR8350.2, table 3.3 rounds it to 510,065,621.7 km²)."""


def square(west: float, south: float = 0) -> shapely.Polygon:
    """A square of one degree; squares beside each other have the same area."""
    return shapely.box(west, south, west + 1, south + 1)


WEST, EAST, FAR_EAST = square(0), square(1), square(2)
PAIR = shapely.box(0, 0, 2, 1)
"""The land of WEST and EAST."""
BIG = shapely.box(0, 0, 3, 3)
HOLE = square(1, 1)
HOLED = BIG.difference(HOLE)
TRIANGLE = shapely.Polygon([(0, 0), (1, 0), (1, 1)])
SLIVER = shapely.Polygon([(0, 0), (1, 0), (1, 1e-9)])
"""A tenth of a millimetre wide."""
LINE = shapely.Polygon([(0, 0), (1, 1), (0, 0)])
"""A ring without an inside."""
BOW_TIE = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
"""A border that crosses itself."""
DATELINE = shapely.MultiPolygon([square(179), square(-180)])
"""Two squares that meet at the antimeridian, cut there as RFC 7946 asks."""
POINT, PATH = shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)])
EMPTY = shapely.Polygon()


def series_of(rows: Iterable[tuple[shapely.Geometry | None, str, str, str]], **facts: object) -> Series:
    """A series of (geometry, valid_from, valid_to, actor) with a source per row; a month or year keeps its precision, ``""`` is open."""
    rows = list(rows)
    geometry = np.empty(len(rows), dtype=object)
    geometry[:] = [row[0] for row in rows]
    records = tuple(Record(actor, "", *_dates(start, end), sources=(f"s{number}",)) for number, (_, start, end, actor) in enumerate(rows))
    starts = [record.valid_from for record in records if record.valid_from] or [date(2015, 1, 1)]
    about = {
        "geometry": geometry,
        "records": records,
        "id": "small",
        "title": "Small",
        "definition": AS_GIVEN,
        "first": min(starts),
        "last": None,
        "baseline": min(starts),
    }
    return Series(**{**about, **facts})  # type: ignore[arg-type]


def _dates(start: str, end: str) -> tuple[date | None, date | None, str, str]:
    first, last = (parse_date(text) if text else None for text in (start, end))
    return first and first.first, last and last.first, first.precision if first else "day", last.precision if last else "day"


def tiny_series() -> Series:
    """Three dates of unit squares.

    ==========  =========  =========
    from        Red        Blue
    ==========  =========  =========
    2015-01-01  WEST
    2015-02-01  WEST EAST
    2015-03-01  EAST       WEST
    ==========  =========  =========
    """
    return series_of([(WEST, "2015-01-01", "2015-03-01", "Red"), (EAST, "2015-02-01", "", "Red"), (WEST, "2015-03-01", "", "Blue")])
