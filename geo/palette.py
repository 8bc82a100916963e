"""Colours for actors: few enough to survive colour blindness, and never the same for two that meet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from scipy.sparse import csr_array

from geo.model import Series
from geo.noding import edges
from geo.overlay import cached_faces

COLOURS = 9
"""How many `.colour-N` there are in `geo/viewer/viewer.css`: Paul Tol's "muted" scheme."""


def actor_colours(several: Sequence[Series]) -> dict[str, int]:
    """A colour for each actor of a series, or of the same under several definitions, on the page and in pictures.

    Parameters
    ----------
    several
        Series. Actors choose in the order of all the land that they ever held; `colours` says how. Beside each other are those
        whose land meets along an edge or overlaps, on the same day or not.

    Returns
    -------
    dict
        A number from 0 to `COLOURS` - 1 by name of the actor, in alphabetical order.
    """
    names = sorted({actor for series in several for actor in series.actors})
    if len(names) == 1:
        return {names[0]: 0}
    sizes, meetings = np.zeros(len(names)), csr_array((len(names), len(names)), dtype=np.int64)
    for series in several:
        cut = cached_faces(series)
        actor = np.array([names.index(record.actor) for record in series.records])
        own = csr_array((np.ones(len(cut.face), dtype=np.int64), (cut.face, actor[cut.row])), shape=(len(cut.polygon), len(names)))
        along = edges(cut.polygon, tolerance_deg=0).border.astype(np.int64) @ own
        sizes = np.maximum(sizes, cut.area_km2 @ (own > 0))
        meetings = meetings + own.T @ own + along.T @ along
    one, other = meetings.nonzero()
    return dict(zip(names, colours(sizes.tolist(), zip(one.tolist(), other.tolist(), strict=True)), strict=True))


def colours(sizes: Sequence[float], beside: Iterable[tuple[int, int]]) -> list[int]:
    """Choose a colour for each actor.

    Parameters
    ----------
    sizes
        A size for each actor, such as its greatest area; the largest choose first.
    beside
        Pairs of actors that meet somewhere, or follow one another on the same land.

    Returns
    -------
    list of int
        A colour from 0 to `COLOURS` - 1 for each actor: the one that the fewest of its neighbours have, and of those the one
        least used so far. All differ as long as there are no more actors than colours.
    """
    neighbours: list[set[int]] = [set() for _ in sizes]
    for one, other in beside:
        if one != other:
            neighbours[one].add(other)
            neighbours[other].add(one)
    chosen: dict[int, int] = {}
    for actor in sorted(range(len(sizes)), key=lambda actor: (-sizes[actor], actor)):
        near = [chosen[other] for other in neighbours[actor] if other in chosen]
        used = list(chosen.values())
        chosen[actor] = min(range(COLOURS), key=lambda colour: (near.count(colour), used.count(colour), colour))
    return [chosen[actor] for actor in range(len(sizes))]
