"""The app: choose a definition, a date and a baseline; see the page, the figures, and the sources behind them."""

from __future__ import annotations

from datetime import date

import streamlit as st

import geo

PAGE_HEIGHT = 780
STYLE = """<style>
header.stAppHeader { display: none; }
.stMainBlockContainer { padding: 1rem 1.5rem 3rem; }
@media (max-width: 700px) { .stMainBlockContainer { padding: 0 0.5rem 2rem; } }
</style>"""
NUMBER = st.column_config.NumberColumn


@st.cache_resource(show_spinner="Reading the series ...")
def all_series() -> tuple[geo.Series, ...]:
    """The bundled series under every definition; read once for all visitors."""
    return geo.load_definitions()


@st.cache_data(max_entries=64, show_spinner="Drawing the map ...")
def page(moment: str) -> str:
    """The page, opening at a moment."""
    return geo.page_html(all_series(), moment=moment)


def asked(name: str, default: date) -> date:
    """A date of the app's address; `default` where it is missing or outside the series."""
    try:
        return all_series()[0].day(st.query_params.get(name, default))
    except geo.DateError as error:
        st.warning(f"The address asks for something else: {error}")
        return default


def choices() -> tuple[geo.Series, date, date]:
    """What the visitor chose; kept in the app's address, so that a link reopens it."""
    series = {one.definition.id: one for one in all_series()}
    lead = geo.load_series()
    named = st.query_params.get("definition", lead.definition.id)
    if named not in series:
        st.warning(f"The address asks for the definition {named!r}. Expected one of {', '.join(series)}.")
        named = lead.definition.id
    left, middle, right = st.columns([2, 1, 1])
    definition = left.segmented_control(
        "Definition of control",
        list(series),
        default=named,
        required=True,
        format_func=lambda name: series[name].definition.title,
        help="How far from a held place its land counts. The page has the same switch.",
    )
    help_ = "The day of the figures and sources below, and where the map opens."
    day = day_input(middle, lead, "Date", asked("date", lead.baseline), help_)
    baseline = day_input(right, lead, "Baseline", asked("baseline", lead.baseline), "The day that ratios and changes compare with.")
    st.query_params.from_dict({"definition": definition, "date": day.isoformat(), "baseline": baseline.isoformat()})
    return series[definition], day, baseline


def day_input(place: st.delta_generator.DeltaGenerator, series: geo.Series, label: str, value: date, help_: str) -> date:
    """A day of the series."""
    return place.date_input(label, value, min_value=series.first, max_value=series.last, format="YYYY-MM-DD", help=help_)


def show(table: object, name: str) -> None:
    """A table with figures as people read them, and as a file with every digit."""
    columns = {column: column_config(column) for column in table.columns}
    st.dataframe(table, hide_index=True, column_config={column: config for column, config in columns.items() if config})
    st.download_button("Download as CSV", geo.table_text(table), f"{name}.csv", "text/csv", on_click="ignore", key=name)


def column_config(name: str) -> object:
    """How a column is written, by the unit in its name."""
    if name in ("url", "source"):
        return st.column_config.LinkColumn(name)
    if "share" in name:
        return NUMBER(format="percent")
    if name.endswith("_km2") or name in ("published", "reconstructed", "difference"):
        return NUMBER(format="%,.1f")
    return NUMBER(format="%.3f") if "ratio" in name or name.endswith("_km") else None


def areas_tab(series: geo.Series, day: date, baseline: date) -> None:
    """Areas under every definition on chosen days."""
    days = sorted({series.baseline, date(2015, 1, 1), date(2016, 7, 4), day})
    query = st.text_input(
        "Dates",
        ",".join(map(str, days)),
        help="One day, several separated by commas, or an interval such as 2014-06/2015-06.",
    )
    step = st.selectbox("Step of an interval", ["every change", "P1W", "P1M", "P1Y"], index=2) if "/" in query else "every change"
    try:
        found = geo.query_days(all_series(), query, step=None if step == "every change" else step)
    except geo.DateError as error:
        st.error(str(error))
        return
    show(geo.area_table(all_series(), found, baseline=baseline), "areas")
    st.caption("Areas in km² on the WGS 84 ellipsoid; certain and possible are the range that uncertain dates leave.")


def compare_tab(series: geo.Series, day: date, baseline: date) -> None:
    """Gained, lost and held between the baseline and the chosen day, by whom and where."""
    if day == baseline:
        st.info("The date and the baseline are the same day. Choose another date above to compare it with the baseline.")
        return
    first, last = sorted((baseline, day))
    st.subheader(geo.change_between(series, first, last).sentence(), anchor=False)
    st.caption(f"{series.definition.title}. {series.definition.counts}")
    pair = [(first, last)]
    show(geo.change_table(all_series(), pair), "changes")
    left, right = st.columns(2)
    with left:
        st.markdown("**From whose hands into whose**")
        show(geo.transition_table([series], pair).drop(columns=["definition", "date_a", "date_b"]), "transitions")
    with right:
        st.markdown("**By governorate**")
        regions = geo.region_change_table([series], pair)
        show(regions[["region", "before_km2", "after_km2", "gained_km2", "lost_km2", "net_km2", "net_share_of_region"]], "regions")


def statistics_tab(day: date) -> None:
    """Area against reach on the chosen day; published figures beside the reconstruction."""
    st.markdown(f"**Area as a function of reach, {day:%-d %B %Y}**")
    curve = geo.reach_table(day, reaches_km=range(1, 51))
    st.vega_lite_chart(curve, REACH_CHART)
    st.caption("How far from a held place does its land count? Points are figures published for that month; each has its reach.")
    reconciled = geo.reconcile_table(geo.load_figures())
    st.markdown("**The reach at which the reconstruction would give each published figure**")
    st.vega_lite_chart(
        reconciled[["date", "publisher", "group", "scope", "definition", "metric", "published", "implied_reach_km"]], IMPLIED_CHART
    )
    st.caption(
        "A publisher that counts the same thing over time has points on a level line. Publishers of one figure, pockets, and figures that no reach gives are in the table."
    )
    show(geo.implied_table(reconciled), "implied-reach")
    show(reconciled, "reconcile")


def claims_tab() -> None:
    """The checkable statements of the source article."""
    table = geo.claim_table(all_series())
    for _, rows in table.groupby("claim", sort=False):
        row = rows.iloc[0]
        st.markdown(f"**{row['statement']}** {VERDICTS.get(row['overall'], '')} *{row['overall']}*")
        findings = rows["finding"].unique()
        texts = (
            findings if len(findings) == 1 else [f"{one}: {text}" for one, text in zip(rows["definition"], rows["finding"], strict=True)]
        )
        st.caption("; ".join(text for text in texts if text) or row["note"])
    show(table, "claims")


def sources_tab(series: geo.Series, day: date) -> None:
    """The evidence for the chosen day."""
    table = geo.source_table(series, day)
    st.write(f"{len(table)} sources stand behind the territory on {day:%-d %B %Y} ({series.definition.title.lower()}).")
    show(table, "sources")


def export_tab(moment: str) -> None:
    """The page as a file."""
    st.write("One HTML file with everything inside. It works offline, can be mailed, embedded and printed, and shows its sources.")
    st.download_button("Download the page", page(moment), "islamic-state.html", "text/html", on_click="ignore")
    st.write("The same on the command line:")
    st.code("python -m geo export islamic-state.html", language="bash")


VERDICTS = {"supported": ":material/check:", "not supported": ":material/close:", "depends on the definition": ":material/balance:"}
POINT = {"type": "point", "filled": True, "size": 70, "opacity": 0.85}
REACH_CHART = {
    "height": 260,
    "layer": [
        {
            "transform": [{"filter": "datum.publisher === null || datum.publisher === ''"}],
            "mark": {"type": "line", "color": "#b3202c"},
            "encoding": {
                "x": {"field": "reach_km", "type": "quantitative", "title": "reach, km"},
                "y": {"field": "area_km2", "type": "quantitative", "title": "area, km²"},
            },
        },
        {
            "transform": [{"filter": "datum.publisher"}],
            "mark": {**POINT, "color": "#1d1b18"},
            "encoding": {
                "x": {"field": "reach_km", "type": "quantitative"},
                "y": {"field": "published_km2", "type": "quantitative"},
                "tooltip": [{"field": "publisher"}, {"field": "published_km2"}, {"field": "reach_km", "format": ".1f"}],
            },
        },
    ],
}
IMPLIED_CHART = {
    "height": 300,
    "transform": [
        {"filter": "isValid(datum.implied_reach_km) && datum.scope !== 'pocket'"},
        {"joinaggregate": [{"op": "count", "as": "figures"}], "groupby": ["group"]},
        {"filter": "datum.figures > 1"},
    ],
    "mark": POINT,
    "encoding": {
        "x": {"field": "date", "type": "temporal", "title": None},
        "y": {"field": "implied_reach_km", "type": "quantitative", "title": "implied reach, km"},
        "color": {"field": "group", "type": "nominal", "title": None, "legend": {"orient": "bottom", "columns": 3, "labelLimit": 300}},
        "tooltip": [{"field": name} for name in ("publisher", "date", "metric", "published", "definition")]
        + [{"field": "implied_reach_km", "format": ".1f"}],
    },
}


def main() -> None:
    """Lay out the app."""
    st.set_page_config("Territory over time", page_icon=":material/map:", layout="wide", initial_sidebar_state="collapsed")
    st.html(STYLE)
    frame = st.container()
    series, day, baseline = choices()
    moment = f"datetime={day}&definition={series.definition.id}&baseline={baseline}"
    with frame:
        st.iframe(page(moment), height=PAGE_HEIGHT)
    areas, compare, statistics, claims, sources, export = st.tabs(["Areas", "Compare", "Statistics", "Claims", "Sources", "Export"])
    with areas:
        areas_tab(series, day, baseline)
    with compare:
        compare_tab(series, day, baseline)
    with statistics:
        statistics_tab(day)
    with claims:
        claims_tab()
    with sources:
        sources_tab(series, day)
    with export:
        export_tab(moment)


main()
