"""The app, run by Streamlit's own test runner; the page inside it is tested in tests/browser."""

from __future__ import annotations

from pathlib import Path

import pytest

import geo

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
