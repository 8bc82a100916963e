"""The land of a series as the page needs it: what to draw, what to add up, and the spells in which each was held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from geo.cycles import cut_plane
from geo.measure import area_km2
from geo.model import Record, Series
from geo.noding import edges, node
from geo.overlay import SNAP_DEG, Faces, cached_faces, faces
from geo.periods import READINGS

Indices = NDArray[np.int64]

SHOWN = ("place_id", "name_ar", "kind", "confidence", "taken_from", "lost_to", "source_from", "source_to")
"""What the page tells of a row besides its actor, name and period."""


@dataclass(frozen=True, eq=False)
class Spells:
    """When pieces of land were held.

    Attributes
    ----------
    piece, first, last
        s spells, by piece, and those of one actor in order of time: piece `piece[i]` was held from the start of row `first[i]` of
        the series to the end of row `last[i]`. The rows in between are of the same actor, and say the same of it but for its dates.
    """

    piece: Indices
    first: Indices
    last: Indices


@dataclass(frozen=True, eq=False)
class Pieces:
    """Land in km² with its spells.

    Attributes
    ----------
    area_km2
        n areas on the ellipsoid.
    spells
        When each was held. Land held by p on day a and by q on day b is the sum of the pieces so held.
    """

    area_km2: NDArray[np.float64]
    spells: Spells


def spells(series: Series, piece: Indices | NDArray[np.int32], row: Indices) -> Spells:
    """Join the rows that cover a piece into spells, as far as they follow one another without a gap under every reading.

    Parameters
    ----------
    series
        The series.
    piece, row
        p pairs: row `row[i]` covers piece `piece[i]`.
    """
    numbers: dict[tuple[object, ...], int] = {}
    said = np.array([numbers.setdefault(_said(record), len(numbers)) for record in series.records])
    order = np.lexsort([series.spans("recorded")[row, 0], said[row], piece])
    piece, row = piece[order].astype(np.int64), row[order]
    follows = (piece[1:] == piece[:-1]) & (said[row[1:]] == said[row[:-1]])
    for reading in READINGS:
        follows &= series.spans(reading)[row[1:], 0] == series.spans(reading)[row[:-1], 1]
    begins, ends = np.append(True, ~follows)[: len(row)], np.append(~follows, True)[: len(row)]
    return Spells(piece[begins], row[begins], row[ends])


def drawn(series: Series) -> Faces:
    """The polygons to draw: as they stand, each once, but cut into faces where an actor's overlap each other on a day."""
    parts = [_of_actor(series, actor) for actor in series.actors]
    return Faces(
        series,
        np.concatenate([part.area_km2 for part in parts]),
        hstack([part.covers for part in parts], format="csr"),
        lambda: np.concatenate([part.polygon for part in parts]),
    )


def pieces(series: Series) -> Pieces:
    """The land of all actors in pieces, the fewest that say how much was held on both of any two days.

    Of one actor's snapshots that follow one another, as of a front line day by day, the pieces are amounts: so much more
    land was held from one date until another than was held any longer or shorter. Some are negative. They come from the
    table of how much of the land that changed hands on a date did so again on another, which is mostly empty, while the
    faces between the lines of all dates are many times more. Else the pieces are the faces.
    """
    if len(series.actors) == 1 and _consecutive(series):
        return _amounts(series)
    cut = cached_faces(series)
    return Pieces(cut.area_km2, spells(series, cut.face, cut.row))


def _amounts(series: Series) -> Pieces:
    """Pieces of snapshots that follow one another.

    With h the land held on each date as faces, H its changes from date to date, A the areas of the faces and D = H' A H, land
    held on days a and b is the sum of D(i, j) over i <= a, j <= b. An amount v held on dates i to j - 1 adds -v to D(i, j).
    """
    order = np.argsort(series.spans("recorded")[:, 0])
    borders = edges(series.geometry[order], tolerance_deg=SNAP_DEG)
    cut = cut_plane(borders, node(borders))
    areas = cut.area_km2
    held = cut.covers.toarray().view(np.int8)[borders.number]
    changes = csr_array(np.diff(held, axis=0, prepend=np.int8(0), append=np.int8(0)))
    changed = ((changes * areas) @ changes.T).toarray()
    start, end = np.nonzero(np.triu(changed, 1))
    return Pieces(-changed[start, end], Spells(np.arange(len(start)), order[start], order[end - 1]))


def _of_actor(series: Series, actor: str) -> Faces:
    rows = np.array([number for number, record in enumerate(series.records) if record.actor == actor])
    same, first = _distinct(series.geometry[rows])
    polygons = series.geometry[rows][first]
    if _overlap(polygons, same, series.spans("possible")[rows]):
        return faces(series, actor)
    covers = csr_array((np.ones(len(rows), dtype=bool), (rows, same)), shape=(len(series), len(polygons)))
    return Faces(series, area_km2(polygons), covers, lambda: polygons)


def _overlap(polygons: NDArray[np.object_], polygon: Indices, spans: Indices) -> bool:
    """Whether any two polygons overlap that may be held on the same day; `polygon` of each of the rows with `spans`."""
    order = np.argsort(spans[:, 0], kind="stable")
    if (spans[order[1:], 0] >= np.maximum.accumulate(spans[order, 1])[:-1]).all():
        return False
    one, other = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    once = one < other
    pairs = pd.DataFrame({"one": one[once], "other": other[once]})
    rows = pd.DataFrame({"polygon": polygon, "start": spans[:, 0], "end": spans[:, 1]})
    both = pairs.merge(rows, left_on="one", right_on="polygon").merge(rows, left_on="other", right_on="polygon", suffixes=("", "_other"))
    both = both[(both["start"] < both["end_other"]) & (both["start_other"] < both["end"])].drop_duplicates(["one", "other"])
    return bool(shapely.relate_pattern(polygons[both["one"]], polygons[both["other"]], "T********").any())


def _consecutive(series: Series) -> bool:
    """Whether each row begins on the day the one before it ends, for certain, and none says more than its dates."""
    spans = series.spans("recorded")[np.argsort(series.spans("recorded")[:, 0])]
    certain = all(np.array_equal(series.spans(reading), series.spans("recorded")) for reading in READINGS)
    return bool(certain and (spans[1:, 0] == spans[:-1, 1]).all() and len({_said(record) for record in series.records}) == 1)


def _distinct(polygons: NDArray[np.object_]) -> tuple[Indices, Indices]:
    """The number of each polygon, the same for the same, and where each number is first seen."""
    same, distinct = pd.factorize(shapely.to_wkb(polygons))
    first = np.empty(len(distinct), dtype=np.int64)
    first[same[::-1]] = np.arange(len(same))[::-1]
    return same.astype(np.int64), first


def _said(record: Record) -> tuple[object, ...]:
    """What the page tells of a row but for its dates."""
    return (record.actor, record.name, *(record.properties.get(name) for name in SHOWN))
