"""A made-up front line over Syria and Iraq: the land inside it, once a day.

The border is a closed line around a point; each day a few stretches of it, a tenth in all, are moved a little. The rest is the
same to the last digit, as it is in archives that are edited from day to day.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.model import AS_GIVEN, Record, Series

FIRST = date(2014, 6, 10)
_CENTRE = (40.5, 34.9)
_RADIUS_DEG = 2.2
_STRETCHES = 4


def daily_land(dates: int, vertices: int, *, changed: float = 0.01, jitter_deg: float = 0.0, seed: int = 1) -> NDArray[np.object_]:
    """One valid polygon a day, longitude/latitude.

    Parameters
    ----------
    dates, vertices
        How many days, and how many vertices a day.
    jitter_deg
        Standard deviation of the noise on every vertex on every day, as where a border is redrawn by hand; 0 for none, and then
        nine edges in ten are those of the day before and coordinates have six decimals.
    seed
        Same seed, same land.
    """
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    waves = sum(rng.normal(0, 0.3 / k) * np.cos(k * angle + rng.uniform(0, 2 * np.pi)) for k in range(2, 9))
    radius = _RADIUS_DEG * (1 + 0.5 * np.tanh(waves)) * (1 + rng.normal(0, 0.002, vertices))
    usual = radius.copy()
    length = max(1, round(vertices * changed / _STRETCHES))
    bump = np.sin(np.linspace(0, np.pi, length + 2))[1:-1]
    points = np.empty((dates, vertices, 2))
    for day in range(dates):
        for start in rng.integers(0, vertices, _STRETCHES):
            stretch = (start + np.arange(length)) % vertices
            radius[stretch] += bump * rng.normal(0, 0.02) + rng.normal(0, 0.002, length) + 0.1 * (usual - radius)[stretch]
        points[day] = np.column_stack([np.cos(angle) * 1.2, np.sin(angle)]) * radius[:, None] + _CENTRE
    points = np.round(points, 6) if not jitter_deg else points + rng.normal(0, jitter_deg, points.shape)
    return np.asarray(shapely.polygons(points), dtype=object)


def daily_series(dates: int, vertices: int, *, changed: float = 0.01, jitter_deg: float = 0.0, seed: int = 1) -> Series:
    """`daily_land` as a series: each day's land holds until the next."""
    days = [FIRST + timedelta(days=number) for number in range(dates + 1)]
    records = tuple(Record("army", "", start, end) for start, end in pairwise(days))
    land = daily_land(dates, vertices, changed=changed, jitter_deg=jitter_deg, seed=seed)
    return Series("daily", "A front line, day by day", AS_GIVEN, land, records, days[0], days[-1], days[0])
