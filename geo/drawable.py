"""What pictures and films show of a series: outlines on a day, for drawing, and areas over time, for reading."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.generalize import generalize
from geo.model import Series
from geo.overlay import cached_faces
from geo.palette import actor_colours
from geo.periods import READINGS, Reading, change_days


@dataclass(frozen=True)
class Area:
    """An area in km² as recorded, with what is certain and what is possible given uncertain dates."""

    recorded: float
    certain: float
    possible: float


class Drawable:
    """A series ready to be drawn.

    Outlines are generalized, all actors' together, so that neighbours stay joined. Areas are sums over the unsimplified faces.

    Attributes
    ----------
    series
        The series.
    last
        The last day shown: the series' own, or its last change where the data are still open.
    days
        Every day from `series.first` to `last` on which the land changes under some reading; begins with the first.
    """

    def __init__(self, series: Series) -> None:
        self.series = series
        self.last = series.last or max(series.dates)
        cut = cached_faces(series)
        self._polygons = generalize(cut.polygon)
        actors = np.array([record.actor for record in series.records])
        self._cuts = [replace(cut, covers=cut.covers.multiply((actors == actor)[:, None]).tocsr()) for actor in series.actors]
        changes = change_days([tuple(span) for reading in READINGS for span in series.spans(reading).tolist()])
        self.days = [series.first, *(day for day in changes if series.first < day <= self.last)]
        self._areas: dict[Reading, NDArray[np.float64]] = {
            reading: np.array([cut.areas(self.days, reading) for cut in self._cuts]) for reading in READINGS
        }

    @cached_property
    def _colours(self) -> list[int]:
        return list(actor_colours([self.series]).values())

    def outline(self, actor: int, day: date) -> tuple[shapely.Geometry, shapely.Geometry]:
        """An actor's land as recorded, and the land of which the dates leave open whether it was the actor's; for drawing only."""
        cut = self._cuts[actor]
        recorded, certain, possible = (cut.held([day], reading)[0] for reading in READINGS)
        return self._union(recorded), self._union(possible & ~certain)

    def area_on(self, day: date, actor: int | None = None) -> Area:
        """Area on a day in km² of one actor, or of all together."""
        at = bisect_right(self.days, day) - 1
        rows = slice(None) if actor is None else actor
        return Area(*(float(np.sum(self._areas[reading][rows, at])) for reading in READINGS))

    def curve(self, reading: Reading = "recorded") -> NDArray[np.float64]:
        """Area in km² by actor and by day of `days`."""
        return self._areas[reading]

    def colour_class(self, actor: int) -> str:
        """The class of the style sheet that gives an actor its colour, as on the page; empty where there is one actor only."""
        return f"colour-{self._colours[actor]}" if len(self.series.actors) > 1 else ""

    @property
    def figure_colour(self) -> str:
        """The name of the colour in which areas are written: the actor's own, neutral where there are several."""
        return "held" if len(self.series.actors) == 1 else "ink"

    def largest(self, most: int) -> list[int]:
        """Actors with the greatest areas on any day, largest first."""
        order = np.argsort(-self.curve().max(axis=1), kind="stable")
        return [int(actor) for actor in order[:most]]

    @property
    def peak(self) -> tuple[float, date]:
        """The greatest area of all actors together in km², and its first day."""
        total = self.curve().sum(axis=0)
        return float(total.max()), self.days[int(total.argmax())]

    @property
    def opening_day(self) -> date:
        """The day to show where none is asked for: the baseline if it lies inside, else the day of the peak, of several actors the last."""
        if self.series.first < self.series.baseline <= self.last:
            return self.series.baseline
        return self.peak[1] if len(self.series.actors) == 1 else self.last

    def _union(self, inside: NDArray[np.bool_]) -> shapely.Geometry:
        return shapely.orient_polygons(shapely.coverage_union_all(self._polygons[inside]))
