"""A story: steps through a series, each a moment to look at and a sentence or two about it.

A GeoJSON series may carry its own as a member ``story`` of the feature collection, a list of steps in order::

    {"type": "FeatureCollection", "features": [...], "story": [
      {"date": "2015-05-21",                     the day to show
       "title": "Palmyra",                       a few words
       "text": "Palmyra falls on 20 May.",       a sentence or two
       "sources": [{"publisher": "The Irish Times", "url": "https://..."}],
       "compare": "2015-05-16",                  the day to compare with
       "bbox": [36.2, 32.2, 45.2, 37.3],         west, south, east, north of the view, degrees
       "definition": "land"}]}                   definition of control, where the series has several

`date` and `text` must be there; without `bbox` the step shows all land held that day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from geo.errors import DateError, SeriesError
from geo.model import Source, StoryStep
from geo.periods import parse_day

_KNOWN = frozenset({"date", "title", "text", "sources", "definition", "compare", "bbox"})


def read_story(steps: Any, *, first: date, last: date | None) -> tuple[StoryStep, ...]:
    """Read the steps of a story.

    Parameters
    ----------
    steps
        A list of steps as parsed from JSON; None for no story.
    first, last
        The days that the series speaks of; `last` is None where it is still open.

    Raises
    ------
    SeriesError
        Steps that are not as described above, all of them; a day outside the series.
    """
    if steps is None:
        return ()
    if not isinstance(steps, list):
        raise SeriesError(f"the story is a {type(steps).__name__}. Expected a list of steps.")
    read, faults = [], []
    for number, step in enumerate(steps, 1):
        try:
            read.append(_step(step, first, last))
        except (ValueError, DateError) as error:
            faults.append(f"step {number} of the story {error}")
    if faults:
        raise SeriesError("\n  ".join([f"{len(faults)} of {len(steps)} steps cannot be read:", *faults]))
    return tuple(read)


def _step(step: Any, first: date, last: date | None) -> StoryStep:
    if not isinstance(step, dict):
        raise ValueError(f"is a {type(step).__name__}; expected an object")
    unknown = sorted(set(step) - _KNOWN)
    if unknown:
        raise ValueError(f"has an unknown member {', '.join(unknown)}; expected {', '.join(sorted(_KNOWN))}")
    if not isinstance(step.get("text"), str) or not step["text"].strip():
        raise ValueError("has no text; expected a sentence or two")
    sources = step.get("sources") or []
    if not isinstance(sources, list) or not all(isinstance(source, dict) for source in sources):
        raise ValueError('has sources that are no list of {"publisher": ..., "url": ...}')
    return StoryStep(
        day=_day(step, "date", first, last),
        title=str(step.get("title") or ""),
        text=step["text"],
        sources=tuple(Source("", str(source.get("url") or ""), str(source.get("publisher") or "")) for source in sources),
        definition=str(step["definition"]) if step.get("definition") else None,
        compare=_day(step, "compare", first, last) if step.get("compare") else None,
        bbox=_bbox(step["bbox"]) if step.get("bbox") else None,
    )


def _day(step: Mapping[str, Any], key: str, first: date, last: date | None) -> date:
    if not isinstance(step.get(key), str):
        raise ValueError(f'has the {key} {step.get(key)!r}; expected text such as "2015-05-21"')
    day = parse_day(step[key])
    if day < first or (last is not None and day > last):
        raise ValueError(f"has the {key} {day}, outside the series; expected a day from {first} to {last or 'now'}")
    return day


def _bbox(sides: Any) -> tuple[float, float, float, float]:
    if not (isinstance(sides, list) and len(sides) == 4 and all(isinstance(side, int | float) for side in sides)):
        raise ValueError(f"has the bbox {sides!r}; expected [west, south, east, north] in degrees")
    west, south, east, north = map(float, sides)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError(f"has the bbox {sides}; expected west < east and south < north, in degrees")
    return west, south, east, north
