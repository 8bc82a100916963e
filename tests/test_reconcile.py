"""Published figures beside the reconstruction: the curve of area over reach, the formulae by hand, every recorded figure."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import geo
from geo import cli, geojson
from geo.errors import FactsError
from geo.figures import Figure, country_km2, implied_reach, limit_km, load_figures, reconstruct
from geo.load import load_base
from geo.model import AS_GIVEN, Record, Series
from geo.overlay import cached_faces
from geo.periods import READINGS
from geo.prepare.facts import read_facts
from geo.prepare.lint import Lint
from geo.prepare.published import read_figures
from geo.prepare.tessellate import Tessellation
from geo.reach import Place, PlaceAreas, load_place_areas
from geo.reconcile import RECONCILE_COLUMNS, implied_table, reach_table, reconcile_table

SEEDS = Path(__file__).parents[1] / "seeds"
DAYS = [date(2014, 6, 30), date(2015, 1, 1), date(2016, 7, 4), date(2017, 10, 17), date(2019, 2, 7)]
NONE = float("nan")


@pytest.fixture(scope="module")
def areas() -> PlaceAreas:
    return load_place_areas()


@pytest.mark.parametrize("definition", geo.definitions(), ids=lambda definition: definition.id)
def test_curve_passes_through_the_layers(areas, definition):
    layer = cached_faces(geo.load_series(definition=definition.id))
    for reading in READINGS:
        curve = [areas.at(values, limit_km(definition.id)) for values in areas.areas(areas.held(DAYS, reading))]
        assert curve == pytest.approx(layer.areas(DAYS, reading), rel=1e-6, abs=1e-3)


@pytest.mark.parametrize("country", ["Syria", "Iraq"])
def test_countries_are_cut_as_a_plain_intersection_cuts_them(areas, country):
    outline = shapely.union_all(
        [geojson.geometry(item) for item in load_base("countries")["features"] if item["properties"]["name"] == country]
    )
    land = geo.load_series(definition="control")
    expected = geo.area_km2([shapely.intersection(land.at(day).geometry, outline) for day in DAYS])
    found = [areas.at(values, 13) for values in areas.areas(areas.held(DAYS), country)]
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-2)


def test_reaches_between_the_grid_agree_with_disks_cut_anew(areas):
    """6.3 km is no reach of the grid: the tessellation cuts the same places at it, and is measured."""
    facts = read_facts(SEEDS)
    tessellation = Tessellation(facts.places, shapely.union_all([facts.country("Syria"), facts.country("Iraq")]))
    held = {place.place_id for place, is_held in zip(areas.places, areas.held([date(2015, 1, 1)])[0], strict=True) if is_held}
    index = [number for number, place in enumerate(facts.places) if place.place_id in held and place.kind != "desert"]
    expected = geo.area_km2(tessellation.contributions(index, 6.3)).sum()
    assert areas.at(areas.areas(areas.held([date(2015, 1, 1)]))[0], 6.3) == pytest.approx(expected, rel=2e-3)


def test_area_grows_with_the_reach_and_countries_sum_to_the_whole(areas):
    for curve in areas.area_km2.values():
        assert np.all(np.diff(curve[:, :-1], axis=1) >= -1e-3)
        assert np.all(curve[:, -1] >= curve[:, -2] - 1e-3)
    held = areas.held(DAYS)
    assert areas.areas(held, "Syria") + areas.areas(held, "Iraq") == pytest.approx(areas.areas(held))


@given(st.sampled_from(DAYS), st.floats(0.01, 0.99))
def test_implied_reach_gives_the_area_back(day, share):
    areas = load_place_areas()
    curve = areas.areas(areas.held([day]))[0]
    wanted = share * curve[-2]
    (reach,) = areas.reaching(curve, wanted)
    assert areas.at(curve, reach) == pytest.approx(wanted, rel=1e-9)


# By hand: a town in Syria, one in Iraq and a stretch of desert in Syria. Within 10 km they have 4 and 8 km², within 20 km 10
# and 20, without a limit 12, 20 and 100. The town in Iraq is lost on 1 July 2015, the desert is taken on 16 June.


@pytest.fixture(scope="module")
def three() -> PlaceAreas:
    spells = {
        "town": (date(2015, 1, 1), None),
        "iraqi": (date(2015, 1, 1), date(2015, 7, 1)),
        "desert": (date(2015, 6, 16), None),
    }
    records = tuple(Record("A", name, start, end, properties={"place_id": name}) for name, (start, end) in spells.items())
    squares = np.array([shapely.box(east, 0, east + 1, 1) for east in range(3)], dtype=object)
    series = Series("three", "Three", AS_GIVEN, squares, records, date(2015, 1, 1), date(2015, 12, 31), date(2015, 1, 1))
    places = tuple(Place(name, name, "", "", "", "") for name in spells)
    return PlaceAreas(
        series,
        places,
        np.array([0, 10, 20, np.inf]),
        {
            "Syria": np.array([[0, 4, 10, 12], [0, 0, 0, 0], [0, 0, 0, 100]], dtype=float),
            "Iraq": np.array([[0, 0, 0, 0], [0, 8, 20, 20], [0, 0, 0, 0]], dtype=float),
        },
    )


def figure(metric: str, value: float = 1, *, when: str = "2015-08-01", scope: str = "syria+iraq", **more: object) -> Figure:
    return Figure(when, metric, scope, value, value, value, "", "someone", "some", more.pop("definition", "control"), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (figure("area_km2", when="2015-03-01"), [0, 12, 30, 32]),
        (figure("area_km2"), [0, 4, 10, 112]),
        (figure("area_km2", when="2015-03-01", scope="iraq"), [0, 8, 20, 20]),
        (figure("area_km2", scope="pocket", pocket="Dunes", places=("desert",)), [0, 0, 0, 100]),
        (figure("area_km2", when="2015-06", scope="syria"), [0, 4, 10, 62]),
        (figure("area_lost_km2", base=date(2015, 1, 1), loss="of_base"), [0, 8, 20, 20]),
        (figure("area_lost_km2", base=date(2015, 1, 1), loss="net"), [0, 8, 20, -80]),
        (figure("share_lost_percent", base=date(2015, 1, 1), loss="of_base"), [NONE, 200 / 3, 200 / 3, 62.5]),
        (figure("share_of_peak_percent"), [NONE, 100 / 3, 100 / 3, 100 * 112 / 132]),
    ],
)
def test_formulae_by_hand(three, wanted, expected):
    assert reconstruct(wanted, three).recorded == pytest.approx(expected, nan_ok=True)


def test_share_of_a_country_is_of_its_measured_area(three):
    found = reconstruct(figure("share_of_country_percent", scope="syria"), three).recorded
    assert found == pytest.approx(100 * np.array([0, 4, 10, 112]) / country_km2("Syria"))
    assert country_km2("Syria") == pytest.approx(185_180, rel=0.02)


def test_a_month_is_a_range_over_its_days(three):
    found = reconstruct(figure("area_km2", when="2015-06", scope="syria"), three)
    assert (found.low[-1], found.recorded[-1], found.high[-1]) == (12, 62, 112)


def test_what_the_data_do_not_hold_is_said(three):
    assert reconstruct(figure("population"), three) is None
    with pytest.raises(geo.SeriesError, match="no base"):
        reconstruct(figure("area_lost_km2"), three)


@pytest.mark.parametrize(
    ("value", "reach", "remark"),
    [
        (4, 10, ""),
        (7, np.sqrt(250), ""),
        (10, 20, ""),
        (50, NONE, "none does: it takes a part of the open desert"),
        (113, NONE, "none does: it gives less at every reach and without a limit"),
    ],
)
def test_implied_reach_by_hand(three, value, reach, remark):
    wanted = figure("area_km2", value)
    assert implied_reach(wanted, reconstruct(wanted, three), three) == (pytest.approx(reach, nan_ok=True), remark)


def test_nothing_left_is_given_by_any_reach(three):
    wanted = figure("area_km2", 0, when="2015-08-01", scope="iraq")
    assert implied_reach(wanted, reconstruct(wanted, three), three)[1] == "any reach: nothing was held"
    wanted = figure("share_lost_percent", 10, base=date(2015, 1, 1), loss="of_base")
    assert implied_reach(wanted, reconstruct(wanted, three), three)[1] == "none does: it gives more at every reach"


def test_every_recorded_figure_has_a_row_with_a_number_or_a_reason():
    with open(SEEDS / "published_areas.csv", encoding="utf-8", newline="") as file:
        recorded = list(csv.DictReader(file))
    table = reconcile_table()
    assert tuple(table.columns) == RECONCILE_COLUMNS
    assert table["published"].tolist() == [float(row["value"]) for row in recorded]
    assert table["publisher"].tolist() == [row["publisher"] for row in recorded]
    assert set(table[table["reconstructed"].isna()]["metric"]) == {"population"}
    assert (table[table["implied_reach_km"].isna()]["remark"] != "").all()
    assert (table["reconstructed_low"].dropna() <= table["reconstructed"].dropna() + 1e-9).all()
    assert (table["reconstructed"].dropna() <= table["reconstructed_high"].dropna() + 1e-9).all()


def test_reaches_of_the_definitions_are_the_ones_said_to_fit():
    """`definitions.csv` says which figure each reach was rounded from."""
    table = reconcile_table()
    fitted = table[(table["date"] == "2015-01-01") & (table["published"] == 90_800)]["implied_reach_km"].item()
    assert fitted == pytest.approx(12.8, abs=0.05)
    october = reach_table("2014-10-01", reaches_km=[13])
    assert october[october["published_km2"] == 60_000]["reach_km"].item() == pytest.approx(7.4, abs=0.05)


def test_implied_table_counts_every_figure_once():
    table = reconcile_table()
    summary = implied_table(table)
    counted = table[(table["scope"] != "pocket") & table["metric"].isin(["area_km2", "area_lost_km2", "share_of_country_percent"])]
    assert summary["figures"].sum() == len(counted)
    ihs = summary[summary["group"] == "IHS Conflict Monitor"].iloc[0]
    own = counted[counted["group"] == "IHS Conflict Monitor"]["implied_reach_km"].dropna().tolist()
    assert (ihs["figures"], ihs["with_implied_reach"], ihs["implied_reach_km_median"]) == (8, len(own), sorted(own)[len(own) // 2])


def test_reach_table_has_every_definition_once_and_ends_with_what_no_reach_gives():
    table = reach_table("2014-09-03", reaches_km=[1, 13, 30])
    assert [name for name in table["definition"] if name] == [definition.id for definition in geo.definitions()]
    finite = table["reach_km"].dropna()
    assert finite.is_monotonic_increasing
    olsen = table[table["published_km2"] == 210_000].iloc[0]
    assert np.isnan(olsen["reach_km"])
    assert np.isnan(olsen["area_km2"])


def test_commands(tmp_path, capsys):
    assert cli.main(["reconcile", "--publisher", "ihs", "-o", str(tmp_path / "ihs.json")]) == 0
    rows = json.loads((tmp_path / "ihs.json").read_text(encoding="utf-8"))
    assert {row["group"] for row in rows} == {"IHS Conflict Monitor"}
    assert (tmp_path / "ihs.json-metadata.json").exists()
    assert cli.main(["reach", "2014-10-01", "--reach", "4,20"]) == 0
    assert capsys.readouterr().out.count("\n") == 1 + 5 + 2
    assert cli.main(["reconcile", "--publisher", "nobody"]) == 2
    assert "IHS Conflict Monitor" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        cli.main(["reach", "2014-10-01", "--reach", "9/2"])


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("publishers.csv", "Press,press,", "Other,press,", "no row in publishers.csv"),
        ("publishers.csv", ",control,", ",tight,", "unknown definition 'tight'"),
        ("publishers.csv", "2015-01-01,net", ",", "a loss needs the day"),
        ("publishers.csv", "net", "gross", "unknown loss 'gross'"),
        ("published_areas.csv", "area_lost_km2", "acres", "unknown metric 'acres'"),
        ("published_areas.csv", "pocket,5", "pocket,6", "0 pockets in pockets.csv name the figure 2015-02-01=6"),
        ("published_areas.csv", "pocket,5", "pocket,6", "no published figure of a pocket is '2015-02-01=5'"),
        ("pockets.csv", "hajin", "nowhere", "unknown place 'nowhere'"),
    ],
)
def test_faults_in_published_figures_are_named(tmp_path, table, old, new, message):
    texts = {
        "publishers.csv": "publisher,group,definition,base,loss,reason\nPress,press,control,2015-01-01,net,\n",
        "pockets.csv": "pocket,title,places,figures\nlast,Last,hajin,2015-02-01=5\n",
        "pocket_sizes.csv": "date,size_km2,publisher\n2015-01-01,5,Press\n",
        "published_areas.csv": "date,date_precision,metric,scope,value,value_low,value_high,unit_as_published,publisher,"
        "definition_note,source_url,quote_date\n2015-01-01,day,area_lost_km2,syria,9,,,,Press,,,\n2015-02-01,day,area_km2,pocket,5,,,,Press,,,\n",
    }
    assert old in texts[table]
    for name, text in texts.items():
        (tmp_path / name).write_text(text.replace(old, new) if name == table else text, encoding="utf-8")
    lint = Lint(tmp_path)
    read_figures(lint, places={"hajin"}, definitions={"control"})
    with pytest.raises(FactsError, match=message):
        lint.finish()


def test_figures_load_with_their_reading():
    pocket = next(figure for figure in load_figures() if figure.scope == "pocket")
    assert pocket.pocket == "Yarmouk basin"
    assert "shajarah" in pocket.places
