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
    limits = {"min_value": lead.first, "max_value": lead.last, "format": "YYYY-MM-DD"}
    day = middle.date_input(
        "Date", asked("date", lead.baseline), help="The day of the figures and sources below, and where the map opens.", **limits
    )
    baseline = right.date_input("Baseline", asked("baseline", lead.baseline), help="The day that ratios compare with.", **limits)
    st.query_params.from_dict({"definition": definition, "date": day.isoformat(), "baseline": baseline.isoformat()})
    return series[definition], day, baseline


def areas_tab(series: geo.Series, day: date, baseline: date) -> None:
    """Areas under every definition on the chosen day, and over time under the chosen one."""
    query = st.text_input(
        "Dates",
        f"{series.baseline},2015-01-01,2016-07-04,{day}" if day != series.baseline else f"{day},2015-01-01,2016-07-04,2019-02-07",
        help="One day, several separated by commas, or an interval such as 2014-06/2015-06.",
    )
    step = st.selectbox("Step of an interval", ["every change", "P1W", "P1M", "P1Y"], index=2) if "/" in query else "every change"
    try:
        days = geo.query_days(all_series(), query, step=None if step == "every change" else step)
    except geo.DateError as error:
        st.error(str(error))
        return
    table = geo.area_table(all_series(), days, baseline=baseline)
    st.dataframe(table, hide_index=True, column_config=AREA_FORMATS)
    st.caption("Areas in km² on the WGS 84 ellipsoid; certain and possible are the range that uncertain dates leave.")
    st.download_button("Download as CSV", geo.table_text(table), "areas.csv", "text/csv", on_click="ignore")


def sources_tab(series: geo.Series, day: date) -> None:
    """The evidence for the chosen day."""
    table = geo.source_table(series, day)
    st.write(f"{len(table)} sources stand behind the territory on {day:%-d %B %Y} ({series.definition.title.lower()}).")
    st.dataframe(table, hide_index=True, column_config={"url": st.column_config.LinkColumn("address"), "place_names": "places' names"})
    st.download_button("Download as CSV", geo.table_text(table), "sources.csv", "text/csv", on_click="ignore", key="sources")


def export_tab(moment: str) -> None:
    """The page as a file."""
    st.write("One HTML file with everything inside. It works offline, can be mailed, embedded and printed, and shows its sources.")
    st.download_button("Download the page", page(moment), "islamic-state.html", "text/html", on_click="ignore")
    st.write("The same on the command line:")
    st.code("python -m geo export islamic-state.html", language="bash")


AREA_FORMATS = {
    **{name: st.column_config.NumberColumn(format="localized") for name in ("area_km2", "area_certain_km2", "area_possible_km2")},
    "share_of_peak": st.column_config.NumberColumn(format="percent"),
    **{name: st.column_config.NumberColumn(format="%.3f") for name in ("ratio_to_baseline", "ratio_to_great_britain")},
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
    areas, sources, export = st.tabs(["Areas", "Sources", "Export"])
    with areas:
        areas_tab(series, day, baseline)
    with sources:
        sources_tab(series, day)
    with export:
        export_tab(moment)


main()
