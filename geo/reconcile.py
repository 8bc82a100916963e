"""Published figures beside the reconstruction, as tables; formulae in `geo.figures`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from geo.compare import ratio
from geo.figures import Figure, implied_reach, limit_km, load_figures, reconstruct
from geo.load import definitions
from geo.periods import READINGS
from geo.reach import PlaceAreas, load_place_areas

if TYPE_CHECKING:
    import pandas as pd

RECONCILE_COLUMNS = (
    "date",
    "metric",
    "scope",
    "pocket",
    "publisher",
    "group",
    "definition",
    "published",
    "published_low",
    "published_high",
    "reconstructed",
    "reconstructed_low",
    "reconstructed_high",
    "difference",
    "ratio",
    "implied_reach_km",
    "remark",
    "as_published",
    "url",
)

IMPLIED_COLUMNS = (
    "group",
    "definition",
    "reach_km",
    "figures",
    "with_implied_reach",
    *(f"{name}_{statistic}" for name in ("implied_reach_km", "ratio") for statistic in ("median", "min", "max")),
)

REACH_COLUMNS = ("date", "reach_km", "definition", "area_km2", "area_certain_km2", "area_possible_km2", "publisher", "published_km2")

GROWS_WITH_REACH = ("area_km2", "area_lost_km2", "share_of_country_percent")
"""Metrics whose implied reach says something; a share of what was held before hardly depends on the reach."""

NAN = float("nan")


def reconcile_table(figures: Sequence[Figure] | None = None, *, areas: PlaceAreas | None = None) -> pd.DataFrame:
    """Published figures beside the reconstruction.

    Parameters
    ----------
    figures
        All or some of `load_figures`; None for all.
    areas
        The land of all places; None for that of the bundled series.

    Returns
    -------
    pandas.DataFrame
        `RECONCILE_COLUMNS`, one row per figure. What is published and reconstructed is in the unit that `metric` names;
        `difference` is reconstructed less published, `ratio` the one over the other. `implied_reach_km` is missing (NaN)
        where no reach gives the figure; `remark` says why, and why a figure has no reconstruction.

    Raises
    ------
    SeriesError
        A layer is missing or broken.
    """
    import pandas as pd

    known = areas or load_place_areas()
    rows = []
    for figure in load_figures() if figures is None else figures:
        found = reconstruct(figure, known)
        values, implied, remark = [NAN] * 3, NAN, f"no reconstruction: the data do not hold {figure.metric}"
        if found is not None:
            values = [known.at(part, limit_km(figure.definition)) for part in (found.recorded, found.low, found.high)]
            implied, remark = implied_reach(figure, found, known)
            if figure.metric not in GROWS_WITH_REACH and not math.isnan(implied):
                remark = "a share hardly depends on the reach"
        if figure.scope == "world":
            remark = "; ".join(filter(None, [remark, "Syria and Iraq only"]))
        named = figure.when, figure.metric, figure.scope, figure.pocket or "", figure.publisher, figure.group, figure.definition
        compared = figure.value, figure.low, figure.high, *values, values[0] - figure.value, ratio(values[0], figure.value)
        rows.append((*named, *compared, implied, remark, figure.as_published, figure.url))
    return pd.DataFrame(rows, columns=list(RECONCILE_COLUMNS))


def implied_table(reconciled: pd.DataFrame) -> pd.DataFrame:
    """How steady the implied reach of a publisher is over time.

    Parameters
    ----------
    reconciled
        As `reconcile_table` gives it.

    Returns
    -------
    pandas.DataFrame
        `IMPLIED_COLUMNS`, one row per group of publishers and definition, most figures first. Only metrics in
        `GROWS_WITH_REACH` count, and no pockets, whose places have limits of their own. `reach_km` is the definition's,
        missing for no limit; median, least and greatest implied reach are missing where no reach gives any figure. `ratio` is
        that of the reconstruction to the figures.
    """
    import pandas as pd

    counted = reconciled[reconciled["metric"].isin(GROWS_WITH_REACH) & (reconciled["scope"] != "pocket")]
    reach = {definition.id: NAN if definition.reach_km is None else definition.reach_km for definition in definitions()}
    rows = []
    for (group, definition), figures in counted.groupby(["group", "definition"]):
        counts = len(figures), int(figures["implied_reach_km"].count())
        statistics = [float(figures[name].agg(how)) for name in ("implied_reach_km", "ratio") for how in ("median", "min", "max")]
        rows.append((group, definition, reach[str(definition)], *counts, *statistics))
    return pd.DataFrame(rows, columns=list(IMPLIED_COLUMNS)).sort_values("figures", ascending=False, kind="stable", ignore_index=True)


def reach_table(when: str | date, *, reaches_km: Sequence[float] = tuple(range(1, 51))) -> pd.DataFrame:
    """Area as a function of reach on a day, beside the areas that others published for that month.

    Parameters
    ----------
    when
        A day of the bundled series.
    reaches_km
        The reaches; those of the definitions come besides.

    Returns
    -------
    pandas.DataFrame
        `REACH_COLUMNS` in order of reach. `definition` names the one whose reach it is; that without a limit has no
        `reach_km` (NaN) and comes after all reaches. Each area published for both countries has a row with `publisher` and
        `published_km2`, at the reach that gives it on the day asked about, or without a reach at the end where none does.

    Raises
    ------
    DateError
        Not a day, or outside the series.
    """
    import pandas as pd

    areas = load_place_areas()
    day = areas.series.day(when)
    curves = [areas.areas(areas.held([day], reading))[0] for reading in READINGS]
    named = {limit_km(definition.id): definition.id for definition in definitions()}
    points = [(float(reach), named.get(reach, ""), "", NAN) for reach in sorted({*reaches_km, *named})]
    for figure in load_figures():
        if figure.metric == "area_km2" and figure.scope == "syria+iraq" and figure.when.startswith(f"{day:%Y-%m}"):
            reaches = areas.reaching(curves[0], figure.value)
            points.append((reaches[0] if reaches else NAN, "", figure.publisher, figure.value))
    rows = []
    for reach, definition, publisher, published in sorted(points, key=lambda point: (math.isnan(point[0]), point[0])):
        values = [NAN if math.isnan(reach) else areas.at(curve, reach) for curve in curves]
        rows.append((day.isoformat(), NAN if math.isinf(reach) else reach, definition, *values, publisher, published))
    return pd.DataFrame(rows, columns=list(REACH_COLUMNS))
