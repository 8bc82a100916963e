"""How long each piece of land was held."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from geo.model import CRS, Series
from geo.overlay import SNAP_DEG, cached_faces
from geo.periods import READINGS

if TYPE_CHECKING:
    import geopandas

PERSISTENCE_COLUMNS = ("definition", "actor", "days", "days_certain", "days_possible", "first", "last", "area_km2")


def persistence_table(series: Series, *, tolerance_deg: float = SNAP_DEG) -> geopandas.GeoDataFrame:
    """How long each piece of land was held by each actor, from the first to the last day of the series.

    Parameters
    ----------
    series
        The series. Where it is still open it counts up to the last day on which anything changed.
    tolerance_deg
        How close vertices are moved to each other where borders were redrawn or rounded; see `geo.faces`.

    Returns
    -------
    geopandas.GeoDataFrame
        `PERSISTENCE_COLUMNS` and the geometry, longitude/latitude (OGC:CRS84), one row per actor and piece of land held for at
        least a day. `days` is the number of days held in all, `days_certain` under every reading of uncertain dates and
        `days_possible` under some reading; `first` and `last` are the first and the last day held, as recorded. For each actor the
        sum of days times area is the sum, over all days, of the area held.

    Raises
    ------
    GeometryError
        The series has a polygon that is not valid.
    """
    import geopandas as gpd
    import pandas as pd

    first, end = series.first.toordinal(), (series.last or max(series.dates)).toordinal() + 1
    spans = np.concatenate([series.spans(reading) for reading in READINGS])
    changes = np.unique(np.clip(np.r_[first, spans.ravel(), end], first, end))
    starts = [date.fromordinal(day) for day in changes[:-1].tolist()]
    lengths = np.diff(changes)
    found = []
    for actor in series.actors:
        cut = cached_faces(series, actor, tolerance_deg)
        days, certain, possible = (lengths @ cut.held(starts, reading) for reading in READINGS)
        held = cut.held(starts)
        about = {
            "definition": series.definition.id,
            "actor": actor,
            "days": days,
            "days_certain": certain,
            "days_possible": possible,
            "first": [date.fromordinal(day).isoformat() for day in changes[held.argmax(axis=0)].tolist()],
            "last": [date.fromordinal(day - 1).isoformat() for day in changes[len(lengths) - held[::-1].argmax(axis=0)].tolist()],
            "area_km2": cut.area_km2,
        }
        found.append(gpd.GeoDataFrame(about, geometry=cut.polygon, crs=CRS)[days > 0])
    table = pd.concat(found, ignore_index=True)
    return table[[*PERSISTENCE_COLUMNS, "geometry"]]
