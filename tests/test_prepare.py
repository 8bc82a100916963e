"""From facts to layers: the lint of the facts, the cells of the places, and the layers that follow from them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import geojson
from geo.errors import FactsError
from geo.measure import area_km2
from geo.prepare import build
from geo.prepare.facts import Place, read_facts
from geo.prepare.tessellate import Tessellation

GEOD = pyproj.Geod(ellps="WGS84")
SYRIA, IRAQ = shapely.box(36, 34, 39, 36), shapely.box(39, 34, 42, 36)

# A country of a few rows: Syria west of 39° E, Iraq east of it.
TABLES = {
    "places.csv": """\
place_id,name,name_ar,country,kind,lat,lon,radius_cap_km,governorate,bank
azaz,Azaz,أعزاز,SY,town,35,36.5,,,
bab,Bab,,SY,village,35,37.5,,,
dunes,Dunes,,SY,desert,35.5,38.5,,,
erbil,Erbil,,IQ,town,35,40,,,
fallujah,Fallujah,,IQ,camp,35,41,2,,
ghost,Ghost,,IQ,village,34.5,41.5,,,
""",
    "control.csv": """\
place_id,held_from,held_from_precision,held_to,held_to_precision,taken_from,lost_to,source_from_id,source_to_id,from_verified,to_verified,confidence
azaz,2014-01-01,day,2014-06-01,day,FSA,SDF,s1,s2,day,day,high
azaz,2014-08-01,month,2015-01-01,day,SDF,SDF and FSA,s1,,loose,no,low
bab,2014-02-01,before,2015-06-01,month,FSA,SDF,s1,s2,day,loose,medium
dunes,2014-02-01,day,2015-06-01,day,FSA,SDF,s1,s2,day,day,high
fallujah,2014-03-01,day,,day,ISF,ISF,s2,,day,no,medium
""",
    "never_held.csv": "place_id,source_id\nghost,s1\nerbil,\n",
    "sources.csv": "source_id,url,publisher,title,published,licence\ns1,https://a.example,A,First,,\ns2,https://b.example,B,Second,,\n",
    "actors.csv": "code,actor\nFSA,Rebels\nSDF,SDF\nISF,Iraqi forces\n",
    "definitions.csv": """\
id,title,reach_km,kinds_excluded,counts,stands_for,how_the_reach_was_chosen
towns,Towns,4,desert,Counts towns.,towns,rounded
land,Land,,,Counts land.,land,no limit
""",
    "events.csv": "date,title,place_id,lat,lon,source_id,kind\n2014-03-01,Fallujah falls,fallujah,35,41,s2,capture\n2014-01-01,Azaz falls,,35,36.5,s1,capture\n",
    "snapshots.csv": "date,slug,title\n2014-05-01,spring,Spring 2014\n",
    "labels.csv": "name,name_ar,name_fr,lon,lat,rank,kind\nAzaz,أعزاز,Azaz,36.5,35,2,town\n",
    "translations.csv": "text,ar,fr\nLand,أرض,Terres\nFallujah falls,,Falloujah tombe\n",
    "published_areas.csv": (
        "date,date_precision,metric,scope,value,value_low,value_high,unit_as_published,publisher,definition_note,source_url,quote_date\n"
        "2014-08-01,month,area_km2,syria,1000,,,,A,,https://a.example,\n"
    ),
    "publishers.csv": "publisher,group,definition,base,loss\nA,A,towns,,\n",
    "pockets.csv": "pocket,title,places,figures\n",
    "story.csv": "date,definition,compare,west,south,east,north,title,text,sources\n",
    "claims.csv": "claim,statement,source_id,check,date,of,place_id,where,at_least,at_most,note\n",
    "pocket_sizes.csv": "date,size_km2,publisher\n2015-05-01,10,A\n",
}
SERIES = {
    "id": "small",
    "title": "Small",
    "actor": "Islamic State",
    "first": "2013-12-01",
    "last": "2015-12-31",
    "baseline": "2014-05-01",
    "default_definition": "land",
    "version": "1",
    "issued": "2026-01-31",
    "language": "en",
    "licence": "CC0",
    "attribution": "",
}


def write_seeds(folder: Path, changes: dict[tuple[str, int, str], str] | None = None, series: dict | None = None) -> Path:
    """The facts above, with some cells (table, line of the file, column) changed."""
    for name, text in TABLES.items():
        rows = list(csv.DictReader(io.StringIO(text)))
        for (table, line, column), value in (changes or {}).items():
            if table == name:
                rows[line - 2][column] = value
        with open(folder / name, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, text.splitlines()[0].split(","))
            writer.writeheader()
            writer.writerows(rows)
    (folder / "series.json").write_text(json.dumps({**SERIES, **(series or {})}), encoding="utf-8")
    (folder / "base").mkdir(exist_ok=True)
    countries = [geojson.feature(shape, {"name": name}) for name, shape in (("Syria", SYRIA), ("Iraq", IRAQ))]
    geojson.write(folder / "base" / "countries.geojson", countries)
    return folder


def faults(folder: Path) -> tuple[str, ...]:
    with pytest.raises(FactsError) as caught:
        read_facts(folder)
    assert all(fault in str(caught.value) for fault in caught.value.faults)
    return caught.value.faults


# --- facts


def test_sound_facts_are_read(tmp_path):
    facts = read_facts(write_seeds(tmp_path))
    assert [place.place_id for place in facts.places] == ["azaz", "bab", "dunes", "erbil", "fallujah", "ghost"]
    assert [place.radius_cap_km for place in facts.places] == [None, None, None, None, 2, None]
    assert [spell.place_id for spell in facts.spells] == ["azaz", "azaz", "bab", "dunes", "fallujah"]
    assert (facts.spells[0].taken_from, facts.spells[1].lost_to) == ("Rebels", "SDF and Rebels")
    assert facts.spells[4].held_to is None
    assert [definition.reach_km for definition in facts.definitions] == [4, None]
    assert facts.definitions[0].kinds_excluded == {"desert"}


FAULTS = {
    ("places.csv", 2, "country"): ("XX", "unknown country 'XX'"),
    ("places.csv", 2, "kind"): ("castle", "unknown kind 'castle'"),
    ("places.csv", 3, "lat"): ("north", "'north' is not a number"),
    ("places.csv", 4, "lon"): ("200", "'200' is out of range"),
    ("places.csv", 5, "radius_cap_km"): ("0", "'0' is out of range"),
    ("places.csv", 5, "lon"): ("38", "(38.0, 35.0) lies outside Iraq"),
    ("places.csv", 7, "place_id"): ("fallujah", "place_id 'fallujah' stands 2 times"),
    ("control.csv", 2, "held_from"): ("03/04/2015", "'03/04/2015' is not a date"),
    ("control.csv", 3, "place_id"): ("atlantis", "unknown place 'atlantis'"),
    ("control.csv", 3, "held_to"): ("2014-07", "names a month, not a day"),
    ("control.csv", 4, "held_to"): ("2014-02-01", "held_to 2014-02-01 is not after held_from 2014-02-01"),
    ("control.csv", 4, "held_from_precision"): ("hour", "unknown held_from_precision 'hour'"),
    ("control.csv", 5, "held_to_precision"): ("", "unknown held_to_precision ''"),
    ("control.csv", 5, "source_from_id"): ("s9", "unknown source 's9'"),
    ("control.csv", 5, "source_to_id"): ("s8", "unknown source 's8'"),
    ("control.csv", 5, "from_verified"): ("maybe", "unknown from_verified 'maybe'"),
    ("control.csv", 5, "to_verified"): ("", "unknown to_verified ''"),
    ("control.csv", 6, "confidence"): ("full", "unknown confidence 'full'"),
    ("control.csv", 6, "taken_from"): ("ISF and UN", "unknown actor 'UN'"),
    ("control.csv", 6, "lost_to"): ("", "unknown actor ''"),
    ("never_held.csv", 2, "place_id"): ("dunes", "'dunes' has a spell in control.csv"),
    ("never_held.csv", 3, "place_id"): ("lemuria", "unknown place 'lemuria'"),
    ("never_held.csv", 3, "source_id"): ("s7", "unknown source 's7'"),
    ("sources.csv", 3, "source_id"): ("s1", "source_id 's1' stands 2 times"),
    ("definitions.csv", 3, "id"): ("towns", "id 'towns' stands 2 times"),
    ("definitions.csv", 2, "reach_km"): ("-4", "'-4' is out of range"),
    ("definitions.csv", 3, "reach_km"): ("inf", "'inf' is out of range"),
    ("definitions.csv", 3, "kinds_excluded"): ("desert;moor", "unknown kind 'moor'"),
    ("events.csv", 2, "date"): ("2014-02-30", "not a date in the calendar"),
    ("events.csv", 2, "place_id"): ("mu", "unknown place 'mu'"),
    ("events.csv", 2, "lat"): ("91", "'91' is out of range"),
    ("events.csv", 3, "lon"): ("east", "'east' is not a number"),
    ("events.csv", 3, "source_id"): ("", "unknown source ''"),
    ("snapshots.csv", 2, "date"): ("2014", "names a year, not a day"),
    ("labels.csv", 2, "lon"): ("", "'' is not a number"),
    ("labels.csv", 2, "rank"): ("first", "'first' is not a number"),
    ("translations.csv", 3, "text"): ("Land", "text 'Land' stands 2 times"),
    ("published_areas.csv", 2, "date"): ("August", "'August' is not a date"),
    ("published_areas.csv", 2, "value"): ("much", "'much' is not a number"),
    ("pocket_sizes.csv", 2, "date"): ("", "'' is not a date"),
    ("pocket_sizes.csv", 2, "size_km2"): ("-1", "'-1' is out of range"),
}


@pytest.mark.parametrize(("cell", "value", "message"), [(cell, *found) for cell, found in FAULTS.items()], ids=str)
def test_a_fault_is_found_and_its_row_is_named(tmp_path, cell, value, message):
    name, line, _ = cell
    found = [fault for fault in faults(write_seeds(tmp_path, {cell: value})) if message in fault]
    assert len(found) == 1
    assert found[0].startswith((f"{name}:{line}", f"{name}: "))


def test_faults_of_every_kind_are_listed_at_once(tmp_path):
    found = faults(write_seeds(tmp_path, {cell: value for cell, (value, _) in FAULTS.items()}))
    missing = [message for _, message in FAULTS.values() if not any(message in fault for fault in found)]
    assert missing == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({("control.csv", 3, "held_from"): "2014-05-31"}, "the spell from 2014-05-31 overlaps the one from 2014-01-01 to 2014-06-01"),
        ({("control.csv", 2, "held_to"): ""}, "the spell from 2014-08-01 overlaps the one from 2014-01-01 to None"),
        ({("places.csv", 3, "lon"): "36.5"}, "(36.5, 35.0) is the point of 'azaz' too"),
    ],
)
def test_facts_that_contradict_each_other_are_faults(tmp_path, changes, message):
    (fault,) = faults(write_seeds(tmp_path, changes))
    assert message in fault


def test_spells_may_touch_and_stand_in_any_order(tmp_path):
    swapped = {("control.csv", 2, "held_from"): "2015-01-01", ("control.csv", 2, "held_to"): "2015-02-01"}
    facts = read_facts(write_seeds(tmp_path, swapped))
    assert [spell.held_from.isoformat() for spell in facts.spells[:2]] == ["2014-08-01", "2015-01-01"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("places.csv", None, "places.csv: cannot be read"),
        ("places.csv", b"\xff\xfe", "places.csv: cannot be read"),
        ("places.csv", b"", "places.csv: no column bank, country, governorate, kind, lat, lon, name, name_ar, place_id, radius_cap_km"),
        ("actors.csv", b"code;actor\nFSA;Rebels\n", "actors.csv: no column actor, code. Found code;actor"),
        ("actors.csv", b"code,actor\nFSA\n", "actors.csv:2: 2 cells do not match the 2 columns"),
        ("actors.csv", b"code,actor\nFSA,Rebels,and more\n", "actors.csv:2: 3 cells do not match the 2 columns. Quote cells with commas."),
        ("actors.csv", b'code,actor\nFSA,"Rebels\n', "actors.csv: cannot be read (unexpected end of data)"),
        ("series.json", None, "series.json: cannot be read"),
        ("series.json", b"{", "series.json: cannot be read"),
        ("series.json", b"[]", "series.json: no text under id, title"),
    ],
)
def test_a_table_that_cannot_be_read_is_a_fault(tmp_path, name, content, message):
    folder = write_seeds(tmp_path)
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    assert message in faults(folder)[-1]


@pytest.mark.parametrize(
    ("series", "message"),
    [
        ({"first": "2013"}, "series.json (first): '2013' names a year, not a day"),
        ({"baseline": None, "licence": None}, "series.json: no text under baseline, licence"),
        ({"default_definition": "sea"}, "unknown definition 'sea'"),
    ],
)
def test_what_the_series_says_of_itself_is_linted(tmp_path, series, message):
    (fault,) = faults(write_seeds(tmp_path, series=series))
    assert message in fault


def test_a_missing_country_is_a_fault(tmp_path):
    folder = write_seeds(tmp_path)
    geojson.write(folder / "base" / "countries.geojson", [geojson.feature(SYRIA, {"name": "Syria"})])
    assert any("no outline of Iraq" in fault for fault in faults(folder))


# --- tessellation


def place(number: int, lon: float, lat: float, cap: float | None = None) -> Place:
    return Place(f"p{number}", f"P{number}", "", "SY", "town", lon, lat, cap)


def holders(places: list[Place], points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each point the nearest place, how far it is in km and how much farther the next, on the ellipsoid."""
    lon, lat = np.array([(one.lon, one.lat) for one in places]).T
    shape = (len(points), len(places))
    east, north = (np.broadcast_to(values[:, None], shape) for values in points.T)
    _, _, metres = GEOD.inv(east, north, np.broadcast_to(lon, shape), np.broadcast_to(lat, shape))
    nearest = np.sort(metres, axis=1) / 1000
    return metres.argmin(axis=1), nearest[:, 0], nearest[:, 1] - nearest[:, 0]


PLACES = st.lists(st.tuples(st.integers(361, 419), st.integers(341, 359)), min_size=2, max_size=8, unique=True)


@settings(max_examples=25)
@given(PLACES, st.sampled_from([None, 5.0, 40.0]), st.data())
def test_a_point_belongs_to_the_nearest_place_if_that_is_held_and_in_reach(where, reach_km, data):
    caps = data.draw(st.lists(st.sampled_from([None, 10.0]), min_size=len(where), max_size=len(where)))
    held = sorted(data.draw(st.sets(st.integers(0, len(where) - 1), min_size=1)))
    places = [place(n, lon / 10, lat / 10, cap) for n, ((lon, lat), cap) in enumerate(zip(where, caps, strict=True))]
    pieces = Tessellation(places, shapely.union(SYRIA, IRAQ)).contributions(held, reach_km)
    points = np.random.default_rng(0).uniform((36, 34), (42, 36), (400, 2))
    nearest, distance, margin = holders(places, points)
    limit = np.array([min([value for value in (reach_km, cap) if value is not None], default=np.inf) for cap in caps])[nearest]
    clear = (margin > 0.01 * distance + 0.1) & (np.abs(distance - limit) > 0.01 * limit)
    expected = np.isin(nearest, held) & (distance < limit)
    for n, piece in zip(held, pieces, strict=True):
        inside = shapely.contains_xy(piece, *points.T)
        assert (inside == (expected & (nearest == n)))[clear].all()


@settings(max_examples=25)
@given(PLACES, st.sampled_from([None, 20.0]))
def test_contributions_are_a_coverage_on_the_grid_of_six_decimals(where, reach_km):
    places = [place(n, lon / 10, lat / 10) for n, (lon, lat) in enumerate(where)]
    land = shapely.union(SYRIA, IRAQ)
    pieces = np.array(Tessellation(places, land).contributions(range(len(places)), reach_km), dtype=object)
    assert shapely.coverage_is_valid(pieces)
    coordinates = shapely.get_coordinates(pieces)
    assert coordinates == pytest.approx(coordinates.round(6), abs=1e-12)
    together = area_km2([shapely.union_all(pieces)])[0]
    assert area_km2(pieces).sum() == pytest.approx(together, rel=1e-12)
    if reach_km is None:
        assert together == pytest.approx(area_km2([land])[0], rel=1e-6)


@pytest.mark.parametrize(("reach_km", "cap", "radius"), [(10, None, 10), (10, 2, 2), (1, 2, 1), (None, 2, 2), (None, 0.2, 0.2)])
def test_an_isolated_place_has_the_area_of_its_disk(reach_km, cap, radius):
    places = [place(0, 36.5, 35, cap), place(1, 41.5, 35)]
    (piece,) = Tessellation(places, shapely.union(SYRIA, IRAQ)).contributions([0], reach_km)
    assert area_km2([piece])[0] == pytest.approx(np.pi * radius**2, rel=2e-4)


def test_a_place_off_the_land_stands_for_what_land_is_in_reach():
    places = [place(0, 35.9, 35), place(1, 41.5, 35)]
    near, far = (Tessellation(places, shapely.union(SYRIA, IRAQ)).contributions([0], reach_km)[0] for reach_km in (20, 5))
    assert near.bounds[0] == 36
    assert far.is_empty


# --- build


def test_small_facts_make_small_layers(tmp_path):
    seeds = write_seeds(_folder(tmp_path / "seeds"))
    names = build.build(tmp_path / "layers", seeds=seeds)
    written = {path.relative_to(tmp_path / "layers") for path in (tmp_path / "layers").rglob("*.*")}
    assert set(names) == written
    towns = geojson.read(tmp_path / "layers" / "small" / "towns.geojson")["features"]
    assert [item["properties"]["place_id"] for item in towns] == ["azaz", "azaz", "bab", "fallujah"]
    assert [item["properties"]["area_km2"] for item in towns] == pytest.approx([16 * np.pi] * 3 + [4 * np.pi], rel=2e-4)
    land = geojson.read(tmp_path / "layers" / "small" / "land.geojson")["features"]
    assert [item["properties"]["place_id"] for item in land] == ["azaz", "azaz", "bab", "dunes", "fallujah"]
    (snapshot, _) = geojson.read(tmp_path / "layers" / "small" / "snapshots" / "2014-05-01_spring.geojson")["features"]
    assert snapshot["properties"]["places"] == 3
    assert snapshot["properties"]["area_km2"] == pytest.approx(36 * np.pi, rel=2e-4)
    events = geojson.read(tmp_path / "layers" / "small" / "events.geojson")["features"]
    assert [item["properties"]["title"] for item in events] == ["Azaz falls", "Fallujah falls"]
    (entry,) = json.loads((tmp_path / "layers" / "catalog.json").read_text(encoding="utf-8"))["series"]
    assert entry["translations"] == {"ar": {"Land": "أرض"}, "fr": {"Land": "Terres", "Fallujah falls": "Falloujah tombe"}}


def test_a_check_says_which_line_of_which_file_differs(tmp_path):
    seeds, layers = write_seeds(_folder(tmp_path / "seeds")), tmp_path / "layers"
    build.build(layers, seeds=seeds)
    assert build.check(layers, seeds=seeds) == []
    towns = layers / "small" / "towns.geojson"
    towns.write_text(towns.read_text(encoding="utf-8").replace('"name":"Bab"', '"name":"Bob"'), encoding="utf-8")
    events = layers / "small" / "events.geojson"
    events.write_text(events.read_text(encoding="utf-8") + "\n\n", encoding="utf-8")
    (layers / "base" / "labels.geojson").unlink()
    (layers / "small" / "drawn.geojson").write_text("{}")
    assert build.check(layers, seeds=seeds) == [
        "base/labels.geojson: missing",
        "small/drawn.geojson: not built from seeds",
        "small/events.geojson: 2 lines differ, the first is line 9",
        "small/towns.geojson: 1 lines differ, the first is line 11",
    ]


def test_a_check_sees_bytes_where_lines_are_the_same(tmp_path):
    seeds, layers = write_seeds(_folder(tmp_path / "seeds")), tmp_path / "layers"
    build.build(layers, seeds=seeds)
    towns = layers / "small" / "towns.geojson"
    towns.write_bytes(towns.read_bytes().replace(b"\n", b"\r\n"))
    assert build.check(layers, seeds=seeds) == ["small/towns.geojson: 13 lines differ, the first is line 1"]


def test_faulty_facts_write_nothing(tmp_path):
    seeds = write_seeds(_folder(tmp_path / "seeds"), {("places.csv", 2, "kind"): "castle"})
    with pytest.raises(FactsError, match="1 fault in the facts"):
        build.build(tmp_path / "layers", seeds=seeds)
    assert not (tmp_path / "layers").exists()


def test_the_bundled_layers_follow_from_the_facts_to_the_byte():
    assert build.check() == []


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
