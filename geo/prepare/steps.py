"""The steps of the story, read from `story.csv` with their sources looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from geo.errors import DateError, SeriesError
from geo.periods import parse_day
from geo.prepare.lint import Lint, Row
from geo.story import read_story

SIDES = ("west", "south", "east", "north")


def read_steps(
    lint: Lint, series: Mapping[str, str], *, definitions: set[str], sources: Iterable[Row], figures: Iterable[Mapping[str, Any]]
) -> tuple[dict[str, Any], ...]:
    """Steps as `geo.story` describes them.

    A source is an identifier of `sources.csv`, or ``DATE@ADDRESS`` of published figures, whose publishers it then names. Faults go to
    `lint`: an unknown source or definition, and what `geo.story` refuses.
    """
    known = {row["source_id"]: {"publisher": row["publisher"], "url": row["url"]} for row in sources}
    for figure in figures:
        name = f"{figure['when']}@{figure['url']}"
        others = [known[name]["publisher"]] if name in known else []
        known[name] = {"publisher": "; ".join(dict.fromkeys([*others, figure["publisher"]])), "url": figure["url"]}
    steps = []
    for line, row in enumerate(lint.table("story.csv", {"date", "definition", "compare", *SIDES, "title", "text", "sources"}), 2):
        where = f"story.csv:{line} ({row['title']})"
        lint.known(where, "definition", row["definition"], definitions, optional=True)
        named = row["sources"].split()
        for source in named:
            lint.known(where, "source", source, known)
        step: dict[str, Any] = {
            **{key: row[key] for key in ("date", "title", "text", "definition", "compare") if row[key]},
            "sources": [known[source] for source in named if source in known],
        }
        if any(row[side] for side in SIDES):
            step["bbox"] = [lint.number(where, row[side], lambda value: -180 <= value <= 180) for side in SIDES]
        try:
            read_story([step], first=parse_day(series["first"]), last=parse_day(series["last"]))
        except (SeriesError, DateError) as error:
            lint.fault(where, str(error).splitlines()[-1].strip().removeprefix("step 1 of the story "))
        steps.append(step)
    return tuple(steps)
