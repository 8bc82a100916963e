"""The command line as a user meets it: output, files, exit codes, one clear line for a mistake."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
import shapely

from geo.cli import main
from geo.load import definitions, load_series
from geo.tables import AREA_COLUMNS

TINY = str(Path(__file__).parent / "data" / "tiny.geojson")


@pytest.fixture
def run(capsys):
    """Runs a command in this process; gives exit code, standard output and standard error."""

    def command(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main(arguments)
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


def test_areas_has_the_promised_columns_for_every_definition(run):
    code, out, err = run("areas", "--datetime", "2014-06-30,2019-02-07")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (code, err) == (0, "")
    assert tuple(rows[0]) == AREA_COLUMNS
    assert [(row["definition"], row["date"]) for row in rows] == [
        (definition.id, day) for definition in definitions() for day in ("2014-06-30", "2019-02-07")
    ]
    for row in rows:
        assert float(row["area_certain_km2"]) <= float(row["area_km2"]) <= float(row["area_possible_km2"])


def test_areas_over_an_interval_gives_every_change_or_every_step(run):
    _, every, _ = run("areas", "--definition", "towns", "--datetime", "2015-01/2015-02", "--format", "json")
    days = [row["date"] for row in json.loads(every)]
    changes = [day.isoformat() for day in load_series(definition="towns").dates if "2015-01-01" <= day.isoformat() <= "2015-02-28"]
    assert days == sorted({"2015-01-01", "2015-02-28", *changes})
    _, monthly, _ = run("areas", "--definition", "towns", "--datetime", "2015-01-31/2015-04", "--step", "P1M", "--format", "json")
    assert [row["date"] for row in json.loads(monthly)] == ["2015-01-31", "2015-02-28", "2015-03-31", "2015-04-30"]


def test_areas_of_a_file_by_hand(run):
    code, out, _ = run("areas", TINY, "--format", "table")
    assert code == 0
    assert out.splitlines()[0].split() == list(AREA_COLUMNS)


def test_baseline_is_the_day_compared_with(run):
    _, out, _ = run("areas", "--definition", "land", "--datetime", "2015-05-21", "--baseline", "2015-05-21", "--format", "json")
    assert json.loads(out)[0]["ratio_to_baseline"] == 1


def test_table_files_carry_their_provenance(run, tmp_path):
    target = tmp_path / "areas.csv"
    assert run("areas", "--definition", "land", "--datetime", "2015-05-21", "-o", str(target))[:2] == (0, "")
    assert target.read_text(encoding="utf-8").startswith("definition,actor,date,area_km2")
    origin = json.loads((tmp_path / "areas.csv-metadata.json").read_text(encoding="utf-8"))
    assert (origin["url"], origin["definition"], origin["licence"]) == ("areas.csv", "land", "CC BY 4.0")


def test_at_writes_the_dissolved_territory(run, tmp_path):
    target = tmp_path / "out.geojson"
    assert run("at", "2019-02-07", "--definition", "towns", "-o", str(target))[0] == 0
    (feature,) = json.loads(target.read_text(encoding="utf-8"))["features"]
    assert feature["properties"]["actor"] == "Islamic State"
    assert feature["properties"]["area_km2"] < 5
    assert shapely.geometry.shape(feature["geometry"]).is_valid
    same = run("at", "2019-02-07", "--definition", "towns")[1]
    assert same == target.read_text(encoding="utf-8")


def test_at_a_day_on_which_nothing_is_held_is_an_empty_collection(run):
    code, out, _ = run("at", "2019-03-24")
    assert code == 0
    assert json.loads(out)["features"] == []


def test_export_writes_one_file(run, tmp_path):
    target = tmp_path / "page.html"
    code, out, err = run("export", str(target), TINY)
    assert (code, out) == (0, "")
    assert "works offline" in err
    assert target.read_text(encoding="utf-8").lstrip().startswith("<!DOCTYPE html>")


def test_validate_finds_nothing_in_a_clean_file_and_says_so(run):
    code, out, err = run("validate", TINY)
    assert (code, out) == (0, "")
    assert "no findings" in err


def test_validate_reports_what_is_wrong_and_exits_with_one(run, tmp_path):
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}
    row = {"type": "Feature", "properties": {"valid_from": "2015-01-01", "valid_to": "2015-02-01"}, "geometry": square}
    path = tmp_path / "twice.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [row, row]}), encoding="utf-8")
    code, out, _ = run("validate", str(path), "--format", "json")
    assert code == 1
    assert {found["check"] for found in json.loads(out)} == {"duplicate", "overlap"}


MISTAKES = {
    "unknown definition": (["areas", "--definition", "nonsense"], "towns, belts, control, land"),
    "date outside the series": (["at", "2030-01-01"], "2013-07-01 to 2019-03-31"),
    "date in another order": (["areas", "--datetime", "03/04/2015"], "YYYY-MM-DD"),
    "date in another order for at": (["at", "03/04/2015"], "YYYY-MM-DD"),
    "interval backwards": (["areas", "--datetime", "2016/2015"], "earlier date first"),
    "step without an interval": (["areas", "--datetime", "2015-05-21", "--step", "P1M"], "interval"),
    "no step": (["areas", "--datetime", "2015/2016", "--step", "monthly"], "P1M"),
    "no such file": (["areas", "no-such-file.geojson"], "no-such-file.geojson"),
    "no GeoJSON": (["areas", __file__], "GeoJSON"),
    "unwritable page": (["export", "no-such-folder/page.html"], "no-such-folder"),
    "unwritable table": (["areas", "--datetime", "2015-05-21", "-o", "no-such-folder/a.csv"], "no-such-folder"),
    "unknown kind of file": (["at", "2015-05-21", "-o", "out.docx"], ".geojson"),
    "unknown command": (["arias"], "areas"),
}


@pytest.mark.parametrize(("arguments", "hint"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_clear_line_and_exit_code_two(run, tmp_path, monkeypatch, arguments, hint):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert hint in err
    assert len(err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_failing_export_leaves_the_old_file_whole(run, tmp_path):
    target = tmp_path / "page.html"
    target.write_text("old", encoding="utf-8")
    assert run("export", str(target), "--definition", "nonsense")[0] == 2
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_build_check_finds_every_byte_the_same(run):
    code, _, err = run("build", "--check")
    assert (code, err) == (0, "layers/ is what the facts give, byte for byte.\n")


def test_module_runs_and_a_closed_pipe_is_no_error():
    made = subprocess.run(f"{sys.executable} -m geo areas | head -n 1", shell=True, capture_output=True, text=True, timeout=60, check=False)
    assert made.stdout.startswith("definition,actor,date")
    assert made.stderr == ""
