"""The app: choose a series or bring one, a date and a baseline; see the page, the figures, and the sources behind them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import streamlit as st

import geo
from geo.upload import MOST_BYTES, MOST_FILES, MOST_SENT_BYTES

PAGE_HEIGHT = 740
STYLE = """<style>
header.stAppHeader { display: none; }
.stMainBlockContainer { padding: 0.75rem 1.5rem 3rem; }
@media (max-width: 700px) { .stMainBlockContainer { padding: 0.5rem 0.5rem 2rem; } }
</style>"""
# Streamlit would fetch an icon with a name, or an emoji, from another host.
ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#b3202c" d="M2 5 7 2l7 3-2 9-6-2-4 1z"/></svg>'
NUMBER = st.column_config.NumberColumn
SERIES = {"bundled": "Islamic State, 2013–2019", "own": "Your own files"}
FIELDS = {"start": "First day", "end": "Last day", "date": "Day of a state", "actor": "Who holds the land"}
CLOSED = {"The last day belongs to the period": True, "It is the first day after": False}
RECOGNISED = "as recognised"
EXAMPLE = """{"type": "FeatureCollection", "title": "Two towns", "features": [
  {"type": "Feature", "properties": {"valid_from": "2015-01-01", "valid_to": "2015-06-01", "actor": "Red"},
   "geometry": {"type": "Polygon", "coordinates": [[[38, 36], [39, 36], [39, 37], [38, 37], [38, 36]]]}}
]}"""


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


@st.cache_resource(show_spinner="Comparing with published figures ...")
def published_figures() -> Any:
    """The published figures beside the reconstruction; worked out once for all visitors."""
    return geo.reconcile_table(geo.load_figures())


@st.cache_resource(show_spinner="Checking the claims ...")
def checked_claims() -> Any:
    """The checkable statements of the source article; worked out once for all visitors."""
    return geo.claim_table(all_series())


def own_page(series: geo.Series, moment: str) -> str:
    """The page of an uploaded series; the last one is kept, with the visitor's session."""
    kept = st.session_state.get("page")
    if kept is None or kept[:2] != (series, moment):
        with st.spinner("Drawing the map ..."):
            kept = st.session_state["page"] = series, moment, geo.page_html(series, moment=moment)
    return kept[2]


def plain(text: str) -> str:
    """Text of someone's files as it stands there, where Streamlit reads Markdown: no link, no picture, no style."""
    return re.sub(r"([\\`*_{}\[\]<>#~$!|&])", r"\\\1", " ".join(text.split()))


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
    return place.date_input(label, value, min_value=series.first, max_value=last_day(series), format="YYYY-MM-DD", help=help_)


def last_day(series: geo.Series) -> date:
    """The last day that the series speaks of; where it is still open, the last on which anything changed."""
    return series.last or max(series.dates)


def show(table: Any, name: str, **options: Any) -> None:
    """A table with figures as people read them, and as a file with every digit."""
    if "definition" in table and table["definition"].eq("as-given").all():
        table = table.drop(columns="definition")
    columns = {column: column_config(table, column) for column in table.columns}
    shown = {column: config for column, config in columns.items() if config}
    st.dataframe(table, hide_index=True, column_config=shown, **options)
    st.download_button("Download as CSV", geo.table_text(table), f"{name}.csv", "text/csv", on_click="ignore", key=name)


def column_config(table: Any, name: str) -> object:
    """How a column is written, by the unit in its name."""
    if name in ("url", "source"):
        return st.column_config.LinkColumn(name) if table[name].str.match("https?://").all() else None
    if "share" in name:
        return NUMBER(format="percent")
    if name.endswith("_km2") or name in ("published", "reconstructed", "difference"):
        return NUMBER(format="%,.1f")
    return NUMBER(format="%.3f") if "ratio" in name or name.endswith("_km") else None


def areas_tab(several: Sequence[geo.Series], day: date, baseline: date) -> None:
    """Areas under every definition on chosen days."""
    dates = [one for one in several[0].dates if one <= last_day(several[0])]
    days = sorted({baseline, day, *dates[:: len(dates) // 3 + 1]})
    query = st.text_input(
        "Dates",
        ",".join(map(str, days)),
        help="One day, several separated by commas, or an interval such as 2014-06/2015-06.",
    )
    step = st.selectbox("Step of an interval", ["every change", "P1W", "P1M", "P1Y"], index=2) if "/" in query else "every change"
    try:
        found = geo.query_days(several, query, step=None if step == "every change" else step)
    except geo.DateError as error:
        st.error(str(error))
        return
    show(geo.area_table(several, found, baseline=baseline), "areas")
    st.caption("Areas in km² on the WGS 84 ellipsoid; certain and possible are the range that uncertain dates leave.")


def compare_tab(several: Sequence[geo.Series], series: geo.Series, day: date, baseline: date) -> None:
    """Gained, lost and held between the baseline and the chosen day, by whom and, for the bundled series, where."""
    if day == baseline:
        st.info("The date and the baseline are the same day. Choose another date above to compare it with the baseline.")
        return
    first, last = sorted((baseline, day))
    st.subheader(plain(geo.change_between(series, first, last).sentence()), anchor=False)
    st.caption(f"{series.definition.title}. {series.definition.counts}")
    pair = [(first, last)]
    show(geo.change_table(several, pair), "changes")
    is_bundled = len(several) > 1
    if not is_bundled and len(series.actors) < 2:
        return
    left, right = st.columns(2)
    with left:
        st.markdown("**From whose hands into whose**")
        show(geo.transition_table([series], pair).drop(columns=["definition", "date_a", "date_b"]), "transitions")
    if not is_bundled:
        return
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
    reconciled = published_figures()
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
    table = checked_claims()
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


def export_tab(series: geo.Series, html: str, path: str = "") -> None:
    """The page as a file; `path` stands for the visitor's own data on the command line."""
    st.write("One HTML file with everything inside. It works offline, can be mailed, embedded and printed, and shows its sources.")
    st.download_button("Download the page", html, f"{series.id}.html", "text/html", on_click="ignore")
    st.write("The same on the command line:")
    st.code(f"python -m geo export {series.id}.html {path}".strip(), language="bash")


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


def bundled() -> None:
    """The bundled series under one of its definitions."""
    frame = st.container()
    series, day, baseline = choices()
    html = page(f"datetime={day}&definition={series.definition.id}&baseline={baseline}")
    with frame:
        st.iframe(html, height=PAGE_HEIGHT)
    areas, compare, statistics, claims, sources, export = st.tabs(["Areas", "Compare", "Statistics", "Claims", "Sources", "Export"])
    with areas:
        areas_tab(all_series(), day, baseline)
    with compare:
        compare_tab(all_series(), series, day, baseline)
    with statistics:
        statistics_tab(day)
    with claims:
        claims_tab()
    with sources:
        sources_tab(series, day)
    with export:
        export_tab(series, html)


def own() -> None:
    """What the visitor uploads: first what is wrong with it, then the page and the figures. The address keeps nothing of it."""
    st.query_params.clear()
    files = st.file_uploader(
        "Dated polygons: GeoJSON, TopoJSON, GeoPackage, GeoParquet, KML, a shapefile with its parts, or a zip of these",
        accept_multiple_files=True,
        key="files",
        on_change=forget,
        help="A period or a date per feature, or a date in the name of each file. Any coordinate reference system.",
    )
    files = st.session_state["sent"] = files or st.session_state.get("sent")
    if not files:
        st.caption(
            f"At most {MOST_SENT_BYTES / 1e6:,.0f} MB, or {MOST_BYTES / 1e6:,.0f} MB and {MOST_FILES:,} files unpacked. Your files stay in this session: they are read in memory and in a private"
            " folder that is deleted at once, nobody else sees them, and they are forgotten after you close the page."
        )
        with st.expander("What a file looks like", expanded=True):
            st.code(EXAMPLE, language="json")
        return
    upload = read(files)
    report(upload)
    fields(files, upload)
    if upload.series is not None:
        try:
            own_series(upload.series)
        except geo.GeoError as error:
            st.error(plain(str(error)), icon=":material/block:")


def forget() -> None:
    """Other files were chosen: nothing of the old ones is kept."""
    for name in ("sent", "upload", "page"):
        st.session_state.pop(name, None)


def read(files: Sequence[Any]) -> geo.Upload:
    """What came of the files, under the fields chosen; kept with the visitor's session until either changes."""
    chosen = {name: st.session_state.get(f"{name}-{files[0].file_id}", RECOGNISED) for name in (*FIELDS, "closed")}
    columns = {name: CLOSED.get(value, value) for name, value in chosen.items() if value != RECOGNISED}
    key = [file.file_id for file in files], columns
    kept = st.session_state.get("upload")
    if kept is None or kept[0] != key:
        with st.spinner("Reading and checking ..."):
            kept = st.session_state["upload"] = key, geo.load_upload(files, **columns)
    return kept[1]


def report(upload: geo.Upload) -> None:
    """What was recognised, what is wrong, and what was mended."""
    series = upload.series
    if series is None:
        st.error(plain(upload.refusal[:1].upper() + upload.refusal[1:]), icon=":material/block:")
    else:
        st.markdown(f"**{plain(series.title)}** — {plain(series.recognised)}")
    if upload.unread and series is not None:
        st.warning(f"{upload.unread:,} of {upload.features:,} features cannot be read. They are missing from the map and the figures.")
    if upload.issues:
        errors = sum(issue.severity == "error" for issue in upload.issues)
        with st.expander(f"Findings. Errors: {errors:,}, warnings: {len(upload.issues) - errors:,}", expanded=True):
            order = ["severity", "feature", "message", "file", "lon", "lat", "name", "check"]
            show(geo.issue_table(upload.issues)[order], "findings", height=height(upload.issues))
    elif series is not None:
        st.markdown(":material/check: Checked, no findings.")
    if upload.repairs:
        with st.expander(f"Mended or left out, so that the land can be measured: {len(upload.repairs):,}"):
            show(geo.repair_table(upload.repairs), "repairs", height=height(upload.repairs))


def height(rows: Sequence[object]) -> int:
    """Pixels of a table of at most five rows at a time."""
    return 38 + 35 * min(len(rows), 5)


def fields(files: Sequence[Any], upload: geo.Upload) -> None:
    """Which properties say when and who, to be named where they are not recognised."""
    if not upload.fields:
        return
    with st.expander("Fields: which properties say when and who", expanded=upload.series is None):
        places = st.columns(len(FIELDS) + 1)
        for (name, label), place in zip(FIELDS.items(), places, strict=False):
            place.selectbox(label, [RECOGNISED, *upload.fields], key=f"{name}-{files[0].file_id}")
        places[-1].selectbox("Periods", [RECOGNISED, *CLOSED], key=f"closed-{files[0].file_id}")


def own_series(series: geo.Series) -> None:
    """The page and the figures of an uploaded series."""
    frame = st.container()
    left, right = st.columns(2)
    newest = max(record.valid_from or series.first for record in series.records)
    day = day_input(left, series, "Date", newest, "The day of the figures below, and where the map opens.")
    baseline = day_input(right, series, "Baseline", series.baseline, "The day that ratios and changes compare with.")
    html = own_page(series, f"datetime={day}&baseline={baseline}")
    with frame:
        st.iframe(html, height=PAGE_HEIGHT)
    has_sources = any(record.sources for record in series.records)
    areas, compare, *sources, export = st.tabs(["Areas", "Compare", *["Sources"] * has_sources, "Export"])
    with areas:
        areas_tab([series], day, baseline)
    with compare:
        compare_tab([series], series, day, baseline)
    for tab in sources:
        with tab:
            sources_tab(series, day)
    with export:
        export_tab(series, html, "YOUR-FILES")


def main() -> None:
    """Lay out the app."""
    st.set_page_config("Territory over time", page_icon=ICON, layout="wide", initial_sidebar_state="collapsed")
    st.html(STYLE)
    chosen = st.segmented_control(
        "Series", list(SERIES), default="bundled", required=True, format_func=SERIES.get, label_visibility="collapsed"
    )
    if chosen == "own":
        own()
    else:
        bundled()


main()
