"""A made-up archive of a front line: the land behind it once a day, as such archives are published.

Most of the border stays from one day to the next, stretches of the front are redrawn, pockets come and go, some days
bring nothing, and coordinates are rounded to six decimals on some days and to seven on others.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.model import AS_GIVEN, Record, Series

FIRST = date(2022, 4, 3)
_CENTRE = np.array([37.0, 47.5])
_FIXED = 1_300
_FRONT = 1_750
_POCKETS = 8


def archive(dates: int, *, seed: int = 1) -> list[shapely.Geometry]:
    """Valid multipolygons of about 3,000 vertices, longitude/latitude, one for each of `dates` days; same seed, same land."""
    rng = np.random.default_rng(seed)
    fixed = _arc(_FIXED, np.pi / 2, 3 * np.pi / 2, rng)
    front = _arc(_FRONT, -np.pi / 2, np.pi / 2, rng)
    pockets: list[NDArray[np.float64]] = []
    days = []
    for _ in range(dates):
        if rng.random() < 0.9:
            for _ in range(rng.integers(1, 7)):
                front = _redrawn(front, fixed, rng)
            pockets = _pockets(pockets, rng)
        decimals = 6 if rng.random() < 0.7 else 7
        rings = [np.concatenate([fixed, front]), *pockets]
        days.append(shapely.multipolygons([shapely.polygons(np.round(ring, decimals)) for ring in rings]))
    return days


def series(dates: int, *, seed: int = 1) -> Series:
    """`archive` as a series: each day's land holds until the next."""
    land = archive(dates, seed=seed)
    days = [FIRST + timedelta(days=number) for number in range(dates + 1)]
    records = tuple(Record("held", "", start, end) for start, end in pairwise(days))
    return Series("archive", "A front line, day by day", AS_GIVEN, np.array(land, dtype=object), records, days[0], days[-1], days[0])


def _arc(count: int, start: float, stop: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A rough half of an ellipse, counter-clockwise, some 300 km long."""
    angle = np.linspace(start, stop, count, endpoint=False)
    rough = np.convolve(rng.normal(0, 0.02, count + 4), np.ones(5) / 5, mode="valid")
    return _CENTRE + np.column_stack([2.2 * np.cos(angle), 1.6 * np.sin(angle)]) * (1 + rough * np.sin(angle - start))[:, None]


def _redrawn(front: NDArray[np.float64], fixed: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """The front with one stretch moved by up to a kilometre; as it was where that would cross another stretch."""
    count = int(rng.integers(4, 30))
    at = int(rng.integers(1, len(front) - count - 1))
    old = front[at : at + count]
    along = old[-1] - old[0]
    outwards = np.array([along[1], -along[0]]) / (np.hypot(*along) or 1)
    new = old[np.sort(rng.choice(count, max(2, count + int(rng.integers(-2, 3)) - 1)))] if rng.random() < 0.3 else old
    bulge = np.sin(np.linspace(0, np.pi, len(new)))[:, None] * outwards * rng.normal(0.002, 0.004)
    moved = new + bulge + rng.normal(0, 0.0004, new.shape)
    redrawn = np.concatenate([front[:at], moved, front[at + count :]])
    whole = np.concatenate([fixed, redrawn])
    return redrawn if shapely.is_valid([shapely.polygons(np.round(whole, decimals)) for decimals in (6, 7)]).all() else front


def _pockets(pockets: list[NDArray[np.float64]], rng: np.random.Generator) -> list[NDArray[np.float64]]:
    """Pockets outside the front: now and then one is left, another formed; they do not meet."""
    kept = [pocket for pocket in pockets if rng.random() > 0.02]
    if len(kept) < _POCKETS and rng.random() < 0.15:
        angle = np.linspace(0, 2 * np.pi, int(rng.integers(8, 40)), endpoint=False)
        centre = _CENTRE + np.array([3.2, rng.uniform(-1.4, 1.4)])
        pocket = centre + np.column_stack([np.cos(angle), np.sin(angle)]) * rng.uniform(0.005, 0.05)
        if not any(shapely.polygons(pocket).intersects(shapely.polygons(other)) for other in kept):
            kept.append(pocket)
    return kept
