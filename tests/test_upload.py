"""Uploads, through the function that the app uses: what comes of them, and that nothing is kept, followed or left behind."""

from __future__ import annotations

import io
import json
import sqlite3
import stat
import tempfile
import threading
import zipfile
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import geopandas as gpd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapes import BOW_TIE, EAST, LINE, WEST

from geo import geojson, upload
from geo.measure import area_km2
from geo.upload import load_upload, repair_table


def named(name, content):
    """A file as a browser sends it."""
    file = io.BytesIO(content)
    file.name = name
    return file


def collection(*features, **members) -> bytes:
    return geojson.dumps([geojson.feature(shape, properties) for shape, properties in features], **members).encode()


def zipped(**contents):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name.replace("__", "."), content)
    return named("front line.zip", packed.getvalue())


LAND = collection((WEST, {"date": "2015-01-01", "actor": "Red"}))


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """The folder for temporary files: nothing is left in it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_fine():
    found = load_upload([named("front 2015.geojson", LAND)])
    assert (found.refusal, found.issues, found.repairs, found.features, found.unread) == ("", (), (), 1, 0)
    assert (found.series.id, found.series.title) == ("front-2015", "front 2015")
    assert found.series.recognised.startswith("1 feature; dates from date")
    assert set(found.fields) == {"date", "actor"}


def test_a_title_that_the_file_gives_counts_more_than_its_name():
    series = load_upload([named("a.geojson", collection((WEST, {"date": "2015"}), title="Land: “2015” & after?"))]).series
    assert (series.title, series.id) == ("Land: “2015” & after?", "land-2015-after")


def test_dated_files_are_named_after_what_their_names_have_in_common():
    content = collection((WEST, {}))
    found = load_upload([named(f"state_201{year}-01-01.geojson", content) for year in (5, 6, 7)])
    assert found.series.title == "state"
    assert found.series.last.isoformat() == "2017-01-01"
    assert load_upload([zipped(a2015__geojson=content, a2016__geojson=content, read__txt=b"me")]).series.title == "front line"


@pytest.mark.parametrize("name", ["-_-.geojson", "!.geojson", "2015-01-01.geojson"])
def test_a_name_without_words_still_gives_a_file_name(name):
    series = load_upload([named(name, LAND)]).series
    assert series.title
    assert series.id.strip("-_.")


def test_a_shapefile_comes_in_parts_and_what_does_not_belong_to_it_is_left_out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    gpd.GeoDataFrame({"date": ["2015-01-01"]}, geometry=[WEST], crs="EPSG:4326").to_file(folder / "land.shp")
    (folder / "land.sbn").write_bytes(b"index")
    found = load_upload([named(path.name, path.read_bytes()) for path in folder.iterdir()])
    assert area_km2(found.series.geometry) == pytest.approx(area_km2([WEST]))
    assert found.series.title == "land"


@pytest.mark.parametrize("suffix", [".gpkg", ".parquet", ".kml", ".fgb"])
def test_other_formats(tmp_path_factory, suffix):
    path = tmp_path_factory.mktemp("other") / f"land{suffix}"
    table = gpd.GeoDataFrame({"start": ["2015-01-01"], "end": ["2015-02-01"]}, geometry=[WEST], crs="OGC:CRS84")
    table.to_parquet(path) if suffix == ".parquet" else table.to_file(path, driver="KML" if suffix == ".kml" else None)
    assert area_km2(load_upload([named(path.name, path.read_bytes())]).series.geometry) == pytest.approx(area_km2([WEST]))


def test_fields_can_be_named_where_none_is_recognised():
    file = named("a.geojson", collection((WEST, {"von": "2015-01-01", "bis": "2015-12-31", "wer": "Red"})))
    refused = load_upload([file])
    assert "nothing says when" in refused.refusal
    assert refused.series is None
    assert set(refused.fields) == {"von", "bis", "wer"}
    series = load_upload([file], start="von", end="bis", actor="wer", closed=True).series
    assert (series.actors, series.records[0].valid_to.isoformat()) == (("Red",), "2016-01-01")


def test_what_can_be_mended_is_and_what_cannot_be_read_is_counted():
    content = collection((BOW_TIE, {"date": "2015-01-01"}), (EAST, {"date": "2015-13-01"}), (LINE, {"date": "2015-01-01"}))
    found = load_upload([named("a.geojson", content)])
    assert (found.features, found.unread, len(found.series)) == (3, 1, 1)
    assert found.series.geometry[0].is_valid
    assert [issue.severity for issue in found.issues] == sorted(issue.severity for issue in found.issues)
    table = repair_table(found.repairs)
    assert list(table["feature"]) == [1, 3]
    assert table["what"][0] == "rings mended"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (collection((LINE, {"date": "2015"})), "No polygon is left"),
        (collection((WEST, {"date": "soon"})), "None of 1 features can be read"),
        (b"{}", "None of 0 features can be read"),
        (b"", "None of 0 features can be read"),
        (json.dumps({"type": "FeatureCollection", "features": []}).encode(), "None of 0 features can be read"),
    ],
)
def test_where_nothing_is_left_it_is_said_why(content, reason):
    found = load_upload([named("a.geojson", content)])
    assert found.series is None
    assert reason in found.refusal
    assert found.issues


# --- nothing is left, and nobody is told where it was


@pytest.mark.parametrize(
    "file",
    [named("a.exe", b"MZ"), named("a.zip", b"PK"), named("a.gpkg", b"no"), named("a.dbf", b"no map"), zipped(a__kmz=b"PK"), named("", b"")],
)
def test_a_refusal_does_not_tell_of_the_folder(file, temporary):
    found = load_upload([file])
    assert found.series is None
    assert "geo-upload" not in found.refusal + str(found.issues)
    assert str(temporary) not in found.refusal + str(found.issues)


def test_the_folder_is_private_and_gone_even_if_reading_breaks_off(temporary, monkeypatch):
    seen = []

    def break_off(folder):
        seen.extend(stat.S_IMODE(path.stat().st_mode) for path in (folder.parent,))
        assert folder.is_relative_to(temporary)
        raise KeyboardInterrupt

    monkeypatch.setattr(upload, "read", break_off)
    with pytest.raises(KeyboardInterrupt):
        load_upload([named("a.geojson", LAND)])
    assert seen == [0o700]


def test_limits(monkeypatch):
    monkeypatch.setattr(upload, "MOST_SENT_BYTES", 3 * len(LAND))
    files = [named(f"{number}.geojson", LAND) for number in range(4)]
    assert "MB were sent; the limit is" in load_upload(files).refusal
    assert load_upload(files[:3]).series is not None
    monkeypatch.setattr(upload, "MOST_FILES", 2)
    assert "more than the limit" in load_upload(files[:3]).refusal
    monkeypatch.setattr(upload, "MOST_BYTES", len(LAND))
    assert "more than the limit" in load_upload(files[:2]).refusal


def test_the_same_name_twice_is_refused():
    assert "there twice" in load_upload([named("a.geojson", LAND), named("a.geojson", LAND)]).refusal


# --- no reference is followed


@pytest.fixture(scope="module")
def listener():
    """A server on this machine that keeps the addresses it was asked for."""
    asked = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(LAND)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


VRT = '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/vsicurl/{url}/land.geojson</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
KML_LAND = "<Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 1,0 1,1 0,0</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
REFERENCES = {
    "network link": (
        "a.kml",
        "<kml><Document><NetworkLink><Link><href>{url}/a.kml</href></Link></NetworkLink>" + KML_LAND + "</Document></kml>",
    ),
    "style": ("a.kml", "<kml><Document><Placemark><styleUrl>{url}/a.kml#s</styleUrl></Placemark>" + KML_LAND + "</Document></kml>"),
    "entity": ("a.kml", '<!DOCTYPE kml [<!ENTITY e SYSTEM "{url}/e">]><kml>&e;</kml>'),
    "document type": ("a.kml", '<!DOCTYPE kml SYSTEM "{url}/kml.dtd"><kml></kml>'),
    "schema": (
        "a.gml",
        '<FeatureCollection xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:a {url}/a.xsd"></FeatureCollection>',
    ),
    "link": (
        "a.gml",
        '<FeatureCollection xmlns:gml="http://www.opengis.net/gml" xmlns:xlink="http://www.w3.org/1999/xlink"><gml:featureMember><a>'
        '<gml:geometryProperty xlink:href="{url}/a.gml#1"/></a></gml:featureMember></FeatureCollection>',
    ),
    "linked system": (
        "a.geojson",
        '{{"type": "FeatureCollection", "crs": {{"type": "link", "properties": {{"href": "{url}/crs", "name": "{url}/crs"}}}}, "features": [{{"type": "Feature",'
        ' "properties": {{"date": "2015"}}, "geometry": {{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}}}}]}}',
    ),
    "linked features": (
        "a.geojson",
        '{{"type": "FeatureCollection", "features": "{url}/a.geojson", "links": [{{"href": "{url}/a.geojson"}}]}}',
    ),
    "service": ("a.json", '{{"url": "{url}/FeatureServer/0", "type": "Feature Layer", "fields": [], "features": []}}'),
    "stac": (
        "a.json",
        '{{"type": "FeatureCollection", "stac_version": "1.0.0", "links": [{{"rel": "next", "href": "{url}/next"}}], "features": []}}',
    ),
    **{f"vrt as {name}": (name, VRT) for name in ("a.kml", "a.gml", "a.gpkg", "a.shp", "a.fgb", "a.parquet", "a.geojson", "a.topojson")},
}


@pytest.mark.parametrize(("name", "content"), REFERENCES.values(), ids=REFERENCES)
def test_no_reference_to_another_host_is_followed(listener, name, content):
    url, asked = listener
    asked.clear()
    load_upload([named(name, content.format(url=url).encode())])
    assert asked == []


def test_a_geopackage_with_a_table_that_stands_for_another_file_is_refused(tmp_path_factory):
    path = tmp_path_factory.mktemp("virtual") / "a.gpkg"
    gpd.GeoDataFrame({"date": ["2015-01-01"]}, geometry=[WEST], crs="OGC:CRS84").to_file(path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA writable_schema=ON")
        text = "CREATE VIRTUAL TABLE far USING VirtualOGR('/vsicurl/http://127.0.0.1:9/a.gpkg')"
        database.execute("INSERT INTO sqlite_master VALUES ('table', 'far', 'far', 0, ?)", [text])
    assert "virtual table (far)" in load_upload([named("a.gpkg", path.read_bytes())]).refusal


def test_no_reference_to_another_file_is_followed(tmp_path_factory):
    secret = tmp_path_factory.mktemp("other") / "secret.geojson"
    secret.write_bytes(collection((WEST, {"date": "2015-01-01", "actor": "Secret"})))
    for name in ("a.kml", "a.gml", "a.gpkg", "a.shp", "a.geojson"):
        text = VRT.replace("/vsicurl/{url}/land.geojson", str(secret))
        assert load_upload([named(name, text.encode())]).series is None
    entity = f'<!DOCTYPE kml [<!ENTITY e SYSTEM "{secret.as_uri()}">]><kml>&e;</kml>'
    assert "document type" in load_upload([named("a.kml", entity.encode())]).refusal


# --- whatever comes


NAMES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["a.geojson", "a.zip", "a.kml", "a.gml", "a.gpkg", "a.shp", "a.parquet", "a.fgb", "a!b#c?d.gpkg", "zip:a.shp"]),
    st.builds(lambda stem, suffix: stem + suffix, st.text(max_size=300), st.sampled_from([".geojson", ".zip", ".shp", ".kml"])),
)
CONTENTS = st.one_of(
    st.binary(max_size=200),
    st.sampled_from(
        [LAND, b"PK\x05\x06" + bytes(18), b"PK\x03\x04", b"\x00\x00\x27\x0a", b"SQLite format 3\x00", b"PAR1PAR1", b"fgb\x03fgb\x00"]
    ),
    st.builds(lambda at, byte: LAND[:at] + bytes([byte]) + LAND[at:], st.integers(0, len(LAND)), st.integers(0, 255)),
)


@given(st.lists(st.tuples(NAMES, CONTENTS), min_size=1, max_size=3))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_names_and_any_bytes_end_with_a_series_or_a_reason(temporary, files):
    found = load_upload([named(*file) for file in files])
    assert (found.series is None) == bool(found.refusal)
    assert list(temporary.iterdir()) == []


@given(st.dictionaries(NAMES, CONTENTS, min_size=1, max_size=3))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_zip_ends_with_a_series_or_a_reason(temporary, entries):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name.encode("utf-8", "ignore").decode() or "x"), content)
    found = load_upload([named("up.zip", packed.getvalue())])
    assert (found.series is None) == bool(found.refusal)
    assert [path for path in Path(temporary).rglob("*") if path.is_file()] == []
