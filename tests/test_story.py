"""The story and the outlines: read, refused, and for the bundled series nothing that the facts do not say."""

from __future__ import annotations

import calendar
import csv
import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
import shapely

from geo.errors import FactsError, SeriesError
from geo.load import definitions, load_series
from geo.measure import area_km2
from geo.outlines import GRID_M, outlines
from geo.payload import contents
from geo.prepare.facts import read_facts
from geo.story import read_story

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "seeds"
TINY = Path(__file__).parent / "data" / "tiny.geojson"
FIRST, LAST = date(2015, 1, 1), date(2015, 12, 31)
MONTHS = list(calendar.month_name)


def story(*steps):
    return read_story(list(steps), first=FIRST, last=LAST)


# --- reading


def test_a_step_with_everything():
    (step,) = story(
        {
            "date": "2015-05-21",
            "title": "Palmyra",
            "text": "It falls.",
            "sources": [{"publisher": "A paper", "url": "https://example.org/1"}],
            "definition": "land",
            "compare": "2015-05-16",
            "bbox": [36, 32, 45.5, 37],
        }
    )
    assert (step.day, step.compare, step.definition) == (date(2015, 5, 21), date(2015, 5, 16), "land")
    assert step.bbox == (36, 32, 45.5, 37)
    assert [(source.publisher, source.url) for source in step.sources] == [("A paper", "https://example.org/1")]


def test_a_step_with_the_least():
    (step,) = story({"date": "2015-05-21", "text": "It falls."})
    assert (step.title, step.sources, step.definition, step.compare, step.bbox) == ("", (), None, None, None)


def test_no_story_is_no_steps():
    assert read_story(None, first=FIRST, last=None) == ()
    assert story() == ()


@pytest.mark.parametrize(
    ("step", "fault"),
    [
        ("Palmyra", "is a str; expected an object"),
        ({"date": "2015-05-21"}, "has no text"),
        ({"date": "2015-05-21", "text": "  "}, "has no text"),
        ({"text": "It falls."}, "has the date None"),
        ({"date": "21/05/2015", "text": "It falls."}, "21/05/2015"),
        ({"date": "2016-01-01", "text": "It falls."}, "2016-01-01, outside the series; expected a day from 2015-01-01 to 2015-12-31"),
        ({"date": "2015-05-21", "compare": "2014-01-01", "text": "It falls."}, "compare 2014-01-01, outside"),
        ({"date": "2015-05-21", "text": "It falls.", "bbox": [45, 32, 36, 37]}, "west < east"),
        ({"date": "2015-05-21", "text": "It falls.", "bbox": [36, 32, 45]}, "expected [west, south, east, north]"),
        ({"date": "2015-05-21", "text": "It falls.", "sources": "https://example.org"}, "sources"),
        ({"date": "2015-05-21", "text": "It falls.", "view": "7/35/40"}, "unknown member view"),
    ],
)
def test_a_faulty_step_is_refused_by_number(step, fault):
    with pytest.raises(SeriesError, match="1 of 2 steps") as error:
        story({"date": "2015-05-20", "text": "Before."}, step)
    assert "step 2 of the story" in str(error.value)
    assert fault in str(error.value)


def test_every_faulty_step_is_listed():
    with pytest.raises(SeriesError) as error:
        story({"date": "2015-05-21"}, {"text": "When?"})
    assert "step 1 of" in str(error.value)
    assert "step 2 of" in str(error.value)


def with_story(target, steps):
    collection = json.loads(TINY.read_text(encoding="utf-8"))
    target.write_text(json.dumps({**collection, "story": steps}), encoding="utf-8")
    return target


def test_any_series_can_have_its_own(tmp_path):
    series = load_series(with_story(tmp_path / "told.geojson", [{"date": "2015-02-01", "text": "Three squares.", "bbox": [0, 0, 4, 1]}]))
    header, _ = contents([series], base_map=False)
    assert json.loads(json.dumps(header["story"])) == [
        {"day": 22, "title": "", "text": "Three squares.", "sources": [], "definition": None, "compare": None, "bbox": [0, 0, 4, 1]}
    ]


def test_a_fault_in_a_files_story_names_the_file(tmp_path):
    with pytest.raises(SeriesError, match=r"told\.geojson.*\n.*step 1 of the story has the date 1999-01-01"):
        load_series(with_story(tmp_path / "told.geojson", [{"date": "1999-01-01", "text": "Nothing."}]))
    with pytest.raises(SeriesError, match=r"told\.geojson has a story that cannot be read: the story is a dict"):
        load_series(with_story(tmp_path / "told.geojson", {"steps": []}))


# --- the bundled story


@pytest.fixture(scope="module")
def told():
    return load_series().story


def rows(name):
    with open(SEEDS / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_bundled_story_runs_from_june_2014_to_march_2019(told):
    days = [step.day for step in told]
    assert days == sorted(set(days))
    assert (f"{days[0]:%Y-%m}", f"{days[-1]:%Y-%m}") == ("2014-06", "2019-03")
    assert len(told) == 12


def test_bundled_steps_name_sources_and_known_definitions(told):
    known = {definition.id for definition in definitions()}
    for step in told:
        assert step.definition in known
        assert step.sources
        assert all(source.publisher and re.match("https?://", source.url) for source in step.sources)


def test_every_area_told_is_a_published_figure_of_a_page_cited(told):
    published = [(row["source_url"], float(row["value"])) for row in rows("published_areas.csv") if row["metric"] == "area_km2"]
    published += [(row["source_url"], float(row["size_km2"])) for row in rows("pocket_sizes.csv")]
    told_areas = 0
    for step in told:
        pages = {source.url for source in step.sources}
        for figure in re.findall(r"([\d,.]+) km²", step.text):
            told_areas += 1
            assert float(figure.replace(",", "")) in {value for url, value in published if url in pages}, (step.title, figure)
    assert told_areas > 5


def test_every_day_told_is_a_day_of_the_facts(told):
    known = {(row["date"][5:]) for name in ("events.csv", "published_areas.csv", "pocket_sizes.csv") for row in rows(name)}
    told_days = 0
    for step in told:
        for day, month in re.findall(rf"(\d{{1,2}}) ({'|'.join(MONTHS[1:])})", step.text):
            told_days += 1
            assert f"{MONTHS.index(month):02}-{int(day):02}" in known, (step.title, day, month)
    assert told_days > 20


def test_the_words_take_no_side(told):
    loaded = r"terror|liberat|jihad|extremis|regime|militant|occup|martyr|so-called|victor|\bevil\b|\bhero"
    for step in told:
        assert not re.search(loaded, f"{step.title} {step.text}", re.IGNORECASE), step.title


def test_a_fault_in_story_csv_names_its_row(tmp_path):
    seeds = shutil.copytree(SEEDS, tmp_path / "seeds")
    path = seeds / "story.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("wp-siege-of-koban ", "wp-nothing ").replace("2019-03-23,control", "2019-13-23,contrl"), encoding="utf-8")
    with pytest.raises(FactsError) as error:
        read_facts(seeds)
    assert [fault for fault in error.value.faults if "story.csv:6 (Kobani): unknown source 'wp-nothing'" in fault]
    assert [fault for fault in error.value.faults if "story.csv:13 (Baghuz): unknown definition 'contrl'" in fault]
    assert [fault for fault in error.value.faults if "story.csv:13 (Baghuz)" in fault and "2019-13-23" in fault]
    assert len(error.value.faults) == 3


# --- outlines


def test_outlines_enclose_the_area_said():
    for outline in outlines():
        drawn = sum(shapely.area(shapely.Polygon(ring * GRID_M)) for ring in outline.rings) / 1e6
        assert drawn == pytest.approx(outline.area_km2, rel=5e-4), outline.id


@pytest.mark.parametrize(
    ("name", "official_km2"),
    [("belgium", 30_689), ("jordan", 89_342), ("luxembourg", 2_586), ("wales", 20_779), ("united_kingdom", 243_610)],
)
def test_outlines_are_the_countries_they_say(name, official_km2):
    (area,) = [outline.area_km2 for outline in outlines() if outline.id == name]
    assert area == pytest.approx(official_km2, rel=0.01)


def test_outlines_are_few_bytes():
    points = sum(len(ring) for outline in outlines() for ring in outline.rings)
    assert points < 4_000


def test_outline_areas_are_measured_whole():
    collection = json.loads((ROOT / "layers" / "base" / "outlines.geojson").read_text(encoding="utf-8"))
    whole = {
        item["properties"]["name"].lower(): float(area_km2([shapely.geometry.shape(item["geometry"])])[0])
        for item in collection["features"]
    }
    found = {outline.id: outline.area_km2 for outline in outlines()}
    for name, area in whole.items():
        assert found[name] == pytest.approx(area)
