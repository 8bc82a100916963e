"""The commands that compare, as a user meets them."""

from __future__ import annotations

import csv
import io
import json

import pyogrio
import pytest

from geo.cli import main
from geo.compare import change_between
from geo.load import definitions, load_series
from geo.persistence import PERSISTENCE_COLUMNS
from geo.regions import REGION_CHANGE_COLUMNS, REGION_COLUMNS
from geo.tables import CHANGE_COLUMNS, MATRIX_COLUMNS
from geo.transitions import TRANSITION_COLUMNS

PAIR = "2015-05-21/2017-10-17"


def rows(capsys) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def test_changes_under_every_definition(capsys):
    assert main(["changes", PAIR]) == 0
    said = capsys.readouterr()
    found = list(csv.DictReader(io.StringIO(said.out)))
    assert tuple(found[0]) == CHANGE_COLUMNS
    assert [row["definition"] for row in found] == [definition.id for definition in definitions()]
    change = change_between(load_series(definition="land"), *PAIR.split("/"))
    assert float(found[-1]["lost_km2"]) == pytest.approx(change.lost.area_km2)
    assert change.sentence() in said.err


@pytest.mark.parametrize("name", ["out.geojson", "out.gpkg", "out.parquet"])
def test_changes_as_land(tmp_path, name):
    assert main(["changes", PAIR, "--definition", "towns", "-o", str(tmp_path / name)]) == 0
    if name != "out.parquet":
        assert pyogrio.read_dataframe(tmp_path / name)["part"].tolist() == ["gained", "lost", "held"]
    assert (tmp_path / name).stat().st_size > 10_000


def test_changes_step_by_step(capsys):
    assert main(["changes", "2015-01-01/2015-04-01", "--definition", "towns", "--step", "P1M"]) == 0
    found = rows(capsys)
    assert [(row["date_a"], row["date_b"]) for row in found] == [
        ("2015-01-01", "2015-02-01"),
        ("2015-02-01", "2015-03-01"),
        ("2015-03-01", "2015-04-01"),
    ]


def test_transitions(capsys):
    assert main(["changes", PAIR, "--definition", "control", "--transitions"]) == 0
    found = rows(capsys)
    assert tuple(found[0]) == TRANSITION_COLUMNS
    assert {"SDF", "Iraqi forces", "Syrian government"} <= {row["lost_to"] for row in found}


def test_matrix_and_persistence_and_regions(tmp_path, capsys):
    assert main(["matrix", "--definition", "towns", "--datetime", "2015/2016", "--step", "P6M"]) == 0
    found = rows(capsys)
    assert tuple(found[0]) == MATRIX_COLUMNS
    assert len(found) == 4 * 5 / 2
    assert main(["persistence", "--definition", "towns", "-o", str(tmp_path / "held.gpkg")]) == 0
    held = pyogrio.read_info(tmp_path / "held.gpkg")
    assert held["features"] > 500
    assert tuple(held["fields"]) == PERSISTENCE_COLUMNS
    assert main(["regions", "--definition", "towns", "--datetime", "2015-05-21"]) == 0
    assert tuple(rows(capsys)[0]) == REGION_COLUMNS
    assert main(["regions", "--definition", "towns", "--change", PAIR, "--format", "json"]) == 0
    assert tuple(json.loads(capsys.readouterr().out)[0]) == REGION_CHANGE_COLUMNS


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["changes", "2015-05-21"], "A/B"),
        (["changes", "2012/2015"], "2013-07-01 to 2019-03-31"),
        (["changes", PAIR, "--definition", "nonsense"], "towns, belts, control, land"),
        (["changes", PAIR, "--tolerance", "-1"], "tolerance"),
        (["matrix", "--datetime", "03/04/2015"], "YYYY-MM-DD"),
        (["persistence", "-o", "held.csv"], ".gpkg"),
        (["regions", "--by", "nowhere.gpkg"], "nowhere.gpkg"),
        (["regions", "--change", "2015"], "A/B"),
        (["reconcile", "--publisher", "nobody at all"], "no publisher"),
        (["reach", "2015-05-21", "--reach", "x"], "reaches in km"),
    ],
)
def test_a_mistake_is_one_line(arguments, hint, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    try:
        code = main(arguments)
    except SystemExit as stopped:
        code = stopped.code
    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    assert len(said.err.splitlines()) == 1
    assert hint in said.err
    assert list(tmp_path.iterdir()) == []
