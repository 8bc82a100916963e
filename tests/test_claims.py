"""Claims of the source article: verdicts by hand, checks on a small series, the recorded claims on the real one."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

import geo
from geo import cli
from geo.claims import CHECKS, CLAIM_COLUMNS, Claim, check_claim, claim_table, load_claims
from geo.errors import FactsError
from geo.load import catalog
from geo.model import AS_GIVEN, Record, Series
from geo.prepare.lint import Lint
from geo.prepare.published import read_claims

SEEDS = Path(__file__).parents[1] / "seeds"


def claim(check: str = "places_held", *, when: str = "2018-12-01", at_least: float | None = None, at_most: float | None = None, **more):
    rest = {"of": "", "place_id": "", "where": {}, "note": "", **more}
    return Claim("it", "It is so.", "source", check, when, at_least=at_least, at_most=at_most, **rest)


@pytest.mark.parametrize(
    ("at_least", "at_most", "low", "high", "verdict"),
    [
        (0.75, 1.25, 0.8, 1.25, "supported"),
        (0.75, 1.25, 0.5, 0.7, "not supported"),
        (0.75, 1.25, 1.3, 1.4, "not supported"),
        (0.75, 1.25, 0.7, 0.8, "depends on the dates"),
        (0.75, 1.25, 0.5, 2.0, "depends on the dates"),
        (None, 0, 0, 0, "supported"),
        (None, 0, 0, 2, "depends on the dates"),
        (3, None, 2, 2, "not supported"),
        (1, 96, 95, float("inf"), "depends on the dates"),
    ],
)
def test_verdict_is_where_the_range_lies(at_least, at_most, low, high, verdict):
    assert claim(at_least=at_least, at_most=at_most).verdict(low, high) == verdict


@pytest.fixture(scope="module")
def two() -> Series:
    """Hajin, a town, two squares until 14 December 2018; a camp at Baghuz, one square, lost some day in March 2019."""
    records = (
        Record("A", "Hajin", date(2018, 9, 1), date(2018, 12, 14), properties={"place_id": "hajin"}),
        Record("A", "Baghuz", date(2018, 9, 1), date(2019, 3, 10), "day", "month", properties={"place_id": "baghuz_camp"}),
    )
    squares = np.array([shapely.box(0, -1, 1, 1), shapely.box(1, 0, 2, 1)], dtype=object)
    return Series(catalog()["id"], "Two", AS_GIVEN, squares, records, date(2018, 9, 1), date(2019, 4, 30), date(2018, 9, 1))


@pytest.mark.parametrize(
    ("wanted", "value", "low", "high", "words"),
    [
        (claim(), 2, 2, 2, "2: Baghuz tent camp, Hajin"),
        (claim(where={"kind": ["town"]}), 1, 1, 1, "1: Hajin"),
        (claim("places_held_outside", where={"kind": ["town"]}), 1, 1, 1, "1: Baghuz tent camp"),
        (claim(where={"kind": ["town", "camp"], "bank": ["right"]}), 0, 0, 0, "none"),
        (claim(when="2019-03-05"), 1, 0, 1, "1: Baghuz tent camp"),
        (claim("days_to_loss", when="2018-09-10", place_id="hajin"), 95, 95, 95, "lost on 2018-12-14, 95 days later"),
        (claim("days_to_loss", when="2019-02-28", place_id="baghuz_camp"), 10, 1, 31, "lost on 2019-03-10, 10 days later"),
    ],
)
def test_places_and_spells_by_hand(two, wanted, value, low, high, words):
    found = check_claim(wanted, two)
    assert (found.value, found.low, found.high, found.words) == (value, low, high, words)


@pytest.mark.parametrize(
    ("when", "of", "value"),
    [("2019-01-01", "peak", 1 / 3), ("peak", "2019-01-01", 3), ("2018-12-01", "2018-12-14", 3), ("peak", "peak", 1)],
)
def test_area_ratios_by_hand(two, when, of, value):
    found = check_claim(claim("area_ratio", when=when, of=of), two)
    assert (found.value, found.low, found.high) == (pytest.approx(value), pytest.approx(value), pytest.approx(value))


def test_a_ratio_to_great_britain_is_of_the_measured_island(two):
    found = check_claim(claim("area_ratio", when="2019-01-01", of="great_britain"), two)
    assert found.value == pytest.approx(12_309 / 218_600, rel=1e-3)


def test_what_cannot_be_checked(two):
    assert check_claim(claim("none", when=""), two) is None
    assert check_claim(claim("days_to_loss", when="2019-01-01", place_id="hajin"), two) is None
    row = claim_table([two], [claim("none", when="")]).iloc[0]
    assert (row["verdict"], row["overall"], row["finding"]) == ("cannot be checked", "cannot be checked", "")


def test_verdicts_that_differ_depend_on_the_definition(two):
    later = replace(two, records=(two.records[0], replace(two.records[1], valid_from=date(2019, 1, 1))))
    table = claim_table([two, later], [claim(at_most=1)])
    assert table["verdict"].tolist() == ["not supported", "supported"]
    assert set(table["overall"]) == {"depends on the definition"}


def test_other_series_are_refused():
    other = geo.load_series(Path(__file__).parent / "data" / "tiny.geojson")
    with pytest.raises(geo.SeriesError, match="Expected the bundled series"):
        claim_table([other])


def test_every_recorded_claim_is_answered_under_every_definition():
    table = claim_table(geo.load_definitions())
    assert tuple(table.columns) == CLAIM_COLUMNS
    assert len(table) == len(load_claims()) * len(geo.definitions())
    checked = table[table["verdict"] != "cannot be checked"]
    assert set(checked["claim"]) == {claim.id for claim in load_claims() if claim.check in CHECKS}
    assert (checked["value_low"] <= checked["value"]).all()
    assert (checked["value"] <= checked["value_high"]).all()


def test_recorded_claims_agree_with_the_facts_read_by_themselves():
    """Places held on 7 February 2019 and the loss of Hajin, straight from `control.csv` and `places.csv`."""
    with open(SEEDS / "control.csv", encoding="utf-8", newline="") as file:
        spells = list(csv.DictReader(file))
    with open(SEEDS / "places.csv", encoding="utf-8", newline="") as file:
        country = {row["place_id"]: row["country"] for row in csv.DictReader(file)}
    held = {row["place_id"] for row in spells if row["held_from"] <= "2019-02-07" < (row["held_to"] or "9999")}
    hajin = next(row["held_to"] for row in spells if row["place_id"] == "hajin")
    values = claim_table([geo.load_series()]).set_index("claim")["value"]
    assert values["none-in-iraq"] == sum(country[place] == "IQ" for place in held)
    assert values["none-in-syria"] == sum(country[place] == "SY" for place in held)
    assert values["hajin-two-months"] == (date.fromisoformat(hajin) - date(2018, 9, 10)).days


def test_command(capsys):
    assert cli.main(["claims", "--definition", "land", "--format", "table"]) == 0
    assert capsys.readouterr().out.count("\n") == 1 + len(load_claims())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("places_held", "guess", "unknown check 'guess'"),
        ("paper", "rumour", "unknown source 'rumour'"),
        ("2019-02-07", "February", "'February' is not a date"),
        ("kind=town", "kind=castle", "unknown kind 'castle'"),
        ("kind=town", "size=town", "unknown attribute 'size'"),
        (",0,", ",,", "a check needs a bound"),
    ],
)
def test_faults_in_claims_are_named(tmp_path, old, new, message):
    text = "claim,statement,source_id,check,date,of,place_id,where,at_least,at_most,note\nc,It is so.,paper,places_held,2019-02-07,,,kind=town,,0,\n"
    assert old in text
    (tmp_path / "claims.csv").write_text(text.replace(old, new), encoding="utf-8")
    lint = Lint(tmp_path)
    read_claims(lint, places={"hajin"}, sources={"paper"}, known={"kind": {"town"}})
    with pytest.raises(FactsError, match=message):
        lint.finish()
