"""Colours for actors: few enough to survive colour blindness, and never the same for two that meet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

COLOURS = 9
"""How many `.colour-N` there are in `geo/viewer/viewer.css`: Paul Tol's "muted" scheme."""


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
        neighbours[one].add(other)
        neighbours[other].add(one)
    chosen: dict[int, int] = {}
    for actor in sorted(range(len(sizes)), key=lambda actor: (-sizes[actor], actor)):
        near = [chosen[other] for other in neighbours[actor] if other in chosen]
        used = list(chosen.values())
        chosen[actor] = min(range(COLOURS), key=lambda colour: (near.count(colour), used.count(colour), colour))
    return [chosen[actor] for actor in range(len(sizes))]
