"""The app, run by Streamlit's own test runner; the page inside it is tested in tests/browser."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import shapely
from shapes import BOW_TIE, EAST, WEST

import geo
from geo import geojson

testing = pytest.importorskip("streamlit.testing.v1")

APP = str(Path(__file__).parents[1] / "app.py")


def opened(**asked: str):
    app = testing.AppTest.from_file(APP, default_timeout=60)
    for name, value in asked.items():
        app.query_params[name] = value
    return app.run()


def page_of(app) -> str:
    """The HTML of the embedded page."""
    (frame,) = app.get("iframe")
    return frame.proto.srcdoc


def moment_of(app) -> str:
    """The moment the embedded page opens at."""
    return page_of(app).split('"moment": "')[1].split('"')[0]


def test_opens_with_the_page_and_a_table_of_areas():
    app = opened()
    assert not app.exception
    assert "datetime=2014-06-30" in moment_of(app)
    order = [element.type for element in app.main]
    assert "button_group" in order[: order.index("iframe")]
    assert "markdown" not in order[: order.index("iframe")]
    table = app.dataframe[0].value
    assert set(table["definition"]) == {"towns", "belts", "control", "land"}
    assert "2014-06-30" in set(table["date"])


def test_a_link_reopens_definition_date_and_baseline():
    app = opened(definition="land", date="2015-11-02", baseline="2015-01-01")
    assert moment_of(app).startswith("datetime=2015-11-02&definition=land&baseline=2015-01-01")
    table = app.dataframe[0].value
    row = table[(table["definition"] == "land") & (table["date"] == "2015-01-01")]
    assert row["ratio_to_baseline"].item() == 1


def test_choosing_changes_the_page_and_the_address():
    app = opened()
    before = page_of(app)
    app.date_input[0].set_value("2016-08-12").run()
    assert not app.exception
    assert page_of(app) != before
    assert "datetime=2016-08-12" in moment_of(app)
    assert app.query_params["date"] in ("2016-08-12", ["2016-08-12"])


def test_dates_can_be_an_interval_and_a_mistake_is_said():
    app = opened()
    app.text_input[0].set_value("2015-01/2015-03").run()
    assert set(app.dataframe[0].value["date"]) == {"2015-01-01", "2015-02-01", "2015-03-01"}
    app.text_input[0].set_value("03/04/2015").run()
    assert not app.exception
    assert "YYYY-MM-DD" in app.error[0].value


def test_a_link_to_nowhere_is_said_and_the_app_opens_all_the_same():
    app = opened(definition="nonsense", date="2030-01-01")
    assert not app.exception
    said = " ".join(warning.value for warning in app.warning)
    assert "towns, belts, control, land" in said
    assert "2013-07-01 to 2019-03-31" in said
    assert "datetime=2014-06-30" in moment_of(app)


def test_the_sources_behind_the_date_are_listed():
    app = opened(date="2019-02-07")
    sources = next(shown.value for shown in app.dataframe if "publisher" in shown.value and "places" in shown.value)
    assert list(sources.columns) == ["publisher", "title", "url", "places", "place_names"]
    assert len(sources) >= 1
    assert sources["url"].str.startswith("http").all()


def table_with(app, column: str):
    """The first table shown that has a column."""
    return next(shown.value for shown in app.dataframe if column in shown.value)


def test_compare_says_what_the_functions_say():
    app = opened(definition="land", date="2017-10-17", baseline="2015-05-21")
    series = geo.load_series(definition="land")
    change = geo.change_between(series, "2015-05-21", "2017-10-17")
    assert app.subheader[0].value == change.sentence()
    table = table_with(app, "gained_certain_km2")
    assert table.loc[table["definition"] == "land", "lost_km2"].item() == change.lost.area_km2
    assert table_with(app, "lost_to")["area_km2"].sum() == pytest.approx(change.before.area_km2 + change.gained.area_km2, rel=1e-9)
    assert "Al Anbar" in set(table_with(app, "net_share_of_region")["region"])


def test_compare_with_the_same_day_asks_for_another():
    assert "Choose another date" in opened().info[0].value


def test_statistics_and_claims_are_those_of_the_command_line():
    app = opened()
    assert table_with(app, "implied_reach_km_median").equals(geo.implied_table(geo.reconcile_table(geo.load_figures())))
    claims = table_with(app, "verdict")
    assert set(claims["overall"]) == {"supported", "not supported", "depends on the definition", "cannot be checked"}
    said = " ".join(item.value for item in app.markdown)
    assert all(statement in said for statement in claims["statement"])


# --- the visitor's own series


def land(*features, **members) -> bytes:
    return geojson.dumps([geojson.feature(shape, properties) for shape, properties in features], **members).encode()


def brought(*files: tuple[str, bytes], app=None):
    """The app after a visitor has uploaded files."""
    app = app or opened()
    app.button_group[0].set_value("own").run()
    app.file_uploader[0].set_value([(name, content, "") for name, content in files]).run()
    assert not app.exception
    return app


SQUARES = land(
    (WEST, {"start": "2015-01-01", "end": "2015-06-30", "actor": "Red", "source": "https://example.org/1"}),
    (WEST, {"start": "2015-07-01", "end": "2015-12-31", "actor": "Blue", "source": "https://example.org/2"}),
    (EAST, {"start": "2015-01-01", "end": "2015-12-31", "actor": "Blue", "source": "https://example.org/2"}),
    title="Two squares",
)


def tabs_of(app) -> list[str]:
    return [tab.label for tab in app.tabs]


def test_an_upload_has_the_same_page_and_the_tabs_that_make_sense():
    app = brought(("squares.geojson", SQUARES), app=opened(definition="land", date="2015-11-02"))
    assert "Two squares" in page_of(app)
    assert moment_of(app).startswith("datetime=2015-07-01&baseline=2015-01-01")
    assert tabs_of(app) == ["Areas", "Compare", "Sources", "Export"]
    assert not app.query_params
    said = " ".join(item.value for item in app.markdown)
    assert "3 features; periods from start to end, ends included" in said.replace("\\", "")
    assert "no findings" in said
    (series,) = (geo.load_upload([named("squares.geojson", SQUARES)]).series,)
    change = geo.change_between(series, "2015-01-01", "2015-07-01")
    assert app.subheader[0].value == change.sentence()
    assert table_with(app, "lost_to").query("taken_from != lost_to")["area_km2"].item() == pytest.approx(geo.area_km2([WEST])[0])
    assert table_with(app, "share_of_peak")["actor"].unique().tolist() == ["Blue", "Red"]
    assert set(table_with(app, "publisher")["url"]) == {"https://example.org/2"}
    assert [button.proto.label for button in app.get("download_button")][-1] == "Download the page"
    app.date_input[0].set_value("2015-03-01").run()
    assert moment_of(app).startswith("datetime=2015-03-01&baseline=2015-01-01")


def test_findings_come_before_the_page_and_can_be_downloaded():
    content = land((BOW_TIE, {"date": "2015-01-01"}), (EAST, {"date": "2015-13-01"}), (WEST, {"date": "2015-02-01"}))
    app = brought(("front.geojson", content))
    findings = table_with(app, "severity")
    assert findings["severity"].tolist() == ["error", "error"]
    assert {1, 2} == set(findings["feature"])
    assert "1 of 3 features cannot be read" in app.warning[0].value
    assert table_with(app, "what")["what"].tolist() == ["rings mended"]
    assert tabs_of(app) == ["Areas", "Compare", "Export"]
    order = [element.type for element in app.main]
    assert order.index("iframe") > order.index("expander")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.zip", b"PK", "no zip file that can be read"),
        ("a.exe", b"MZ", "kind that is not read"),
        ("a.geojson", b"{", "None of 0 features can be read"),
        ("../a\0.geojson", b"{}", "leads elsewhere"),
    ],
)
def test_a_refusal_is_said_and_the_bundled_series_stays_in_reach(name, content, reason):
    app = brought((name, content))
    assert reason in app.error[0].value
    assert not app.get("iframe")
    app.button_group[0].set_value("bundled").run()
    assert not app.exception
    assert "datetime=2014-06-30" in moment_of(app)
    assert dict(app.query_params)["definition"] in ("control", ["control"])


def test_fields_are_named_where_they_are_not_recognised():
    app = brought(("a.geojson", land((WEST, {"von": "2015-01-01", "wer": "Red"}), (EAST, {"von": "2015-02-01", "wer": "Blue"}))))
    assert "Nothing says when" in app.error[0].value
    labels = {box.label: box for box in app.selectbox}
    assert labels["First day"].options == ["as recognised", "von", "wer"]
    labels["Day of a state"].set_value("von")
    labels["Who holds the land"].set_value("wer").run()
    assert not app.exception
    assert not app.error
    assert table_with(app, "share_of_peak")["actor"].unique().tolist() == ["Blue", "Red"]


def test_an_upload_is_still_there_after_a_look_at_the_bundled_series_and_gone_when_it_is_taken_away():
    app = brought(("squares.geojson", SQUARES))
    app.button_group[0].set_value("bundled").run()
    assert "Two squares" not in page_of(app)
    app.button_group[0].set_value("own").run()
    assert "Two squares" in page_of(app)
    app.file_uploader[0].set_value([("b.geojson", land((WEST, {"date": "2015"}), title="Another"), "")]).run()
    assert "Another" in page_of(app)
    app.file_uploader[0].set_value(None).run()
    assert not app.get("iframe")
    assert "upload" not in app.session_state
    assert "page" not in app.session_state


def test_visitors_do_not_see_each_others_data():
    apps = [opened(), opened()]
    for number, app in enumerate(apps):
        shape = shapely.box(0, 0, 1 + number, 1)
        brought(("same name.geojson", land((shape, {"date": f"201{number}-01-01"}), title=f"Land of visitor {number}")), app=app)
    for number, app in enumerate(apps):
        app.run()
        assert f"Land of visitor {number}" in page_of(app)
        assert f"Land of visitor {1 - number}" not in page_of(app)
        table = table_with(app, "share_of_peak")
        assert table["date"].tolist() == [f"201{number}-01-01"]
        assert table["area_km2"].item() == pytest.approx(geo.area_km2([shapely.box(0, 0, 1 + number, 1)])[0], rel=1e-9)
    assert "Land of visitor" not in page_of(opened())


def test_text_of_a_file_stays_text():
    title = "![x](https://example.org/x.png) <b>bold</b> $x$ `code` :red[r] [a](https://example.org)"
    app = brought(
        (f"{title[:5]}.geojson", land((WEST, {"date": "2015", "actor": title}), (EAST, {"date": "2016", "actor": "B"}), title=title))
    )
    for said in [*app.markdown, *app.subheader, *app.error, *app.warning, *app.caption]:
        assert "![x](" not in said.value
        assert "[a](" not in said.value
        assert "<b>" not in said.value.replace("\\<b\\>", "")


def named(name: str, content: bytes) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file
