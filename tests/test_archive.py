"""Uploads and zips: what is unpacked, and what is refused before it does harm."""

from __future__ import annotations

import io
import stat
import warnings
import zipfile

import pytest
from shapes import WEST

from geo import geojson
from geo.archive import MOST_RATIO, unpack, unpack_all
from geo.errors import ArchiveError, GeoError, SeriesError
from geo.load import load_series

LAND = geojson.dumps([geojson.feature(WEST, {"date": "2015-01-01"})]).encode()


@pytest.fixture
def folder(tmp_path):
    """An empty folder inside another one, whose other content must stay as it is."""
    (tmp_path / "private").mkdir()
    return tmp_path / "private"


def zipped(*entries, compression=zipfile.ZIP_DEFLATED):
    """An open zip with (name or ZipInfo, content) entries."""
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name that is there twice is one of the cases
        with zipfile.ZipFile(file, "w", compression) as archive:
            for entry, content in entries:
                archive.writestr(entry, content)
    file.seek(0)
    file.name = "up.zip"
    return file


def test_files_and_folders_of_a_zip_are_unpacked_and_others_left_out(folder):
    written = unpack(zipped(("a/2015.geojson", LAND), ("readme.txt", b"hello"), ("__MACOSX/._x.geojson", b"x")), folder)
    assert [path.relative_to(folder).as_posix() for path in written] == ["a/2015.geojson"]
    assert written[0].read_bytes() == LAND
    assert len(load_series(folder)) == 1


def test_a_single_file_is_put_there_under_its_name_only(folder):
    file = io.BytesIO(LAND)
    file.name = "C:\\somewhere\\up.geojson"
    assert unpack(file, folder) == [folder / "up.geojson"]


def special(kind):
    entry = zipfile.ZipInfo("a.geojson")
    entry.external_attr = (kind | 0o777) << 16
    return entry


REFUSED = {
    "absolute": ([("/etc/a.geojson", LAND)], "leads elsewhere"),
    "absolute, two slashes": ([("//tmp/a.geojson", LAND)], "leads elsewhere"),
    "dots": ([("../a.geojson", LAND)], "leads elsewhere"),
    "dots inside": ([("a/../../b.geojson", LAND)], "leads elsewhere"),
    "backslashes": ([("..\\a.geojson", LAND)], "leads elsewhere"),
    "drive": ([("C:\\a.geojson", LAND)], "leads elsewhere"),
    "line end": ([("a\n.geojson", LAND)], "leads elsewhere"),
    "device": ([("b/nul.geojson", LAND)], "leads elsewhere"),
    "device with a blank": ([("COM1 .geojson", LAND)], "leads elsewhere"),
    "long": ([("a" * 300 + ".geojson", LAND)], "name too long"),
    "link": ([(special(stat.S_IFLNK), b"/etc/passwd")], "a link or a device"),
    "pipe": ([(special(stat.S_IFIFO), b"")], "a link or a device"),
    "file and folder": ([("a.geojson", LAND), ("a.geojson/b.geojson", LAND)], "there twice"),
    "nested": ([("a.geojson", LAND), ("b.zip", b"PK")], "another archive"),
    "nothing": ([("readme.txt", b"hello")], "holds no file"),
    "twice": ([("a.geojson", LAND), ("a.geojson", LAND)], "there twice"),
}


@pytest.mark.parametrize(("entries", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_reaches_beyond_the_folder_is_refused_and_nothing_stays(folder, entries, reason):
    with pytest.raises(ArchiveError, match=reason):
        unpack(zipped(("first.geojson", LAND), *entries) if entries[0][0] != "readme.txt" else zipped(*entries), folder)
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    assert list(folder.parent.iterdir()) == [folder]


def test_a_bomb_is_stopped_at_the_limit(folder):
    with pytest.raises(ArchiveError, match="more than the limit"):
        unpack(zipped(("a.geojson", b" " * 3_000_000)), folder, most_bytes=1_000_000)
    assert list(folder.iterdir()) == []


def test_a_zip_that_lies_about_its_sizes_is_refused(folder):
    content = bytearray(zipped(("a.geojson", b" " * 100_000)).getvalue())
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")
    file = io.BytesIO(bytes(content))
    file.name = "up.zip"
    with pytest.raises(ArchiveError):
        unpack(file, folder, most_bytes=50_000)
    assert list(folder.iterdir()) == []


def test_a_zip_that_unpacks_to_far_more_than_its_size_is_refused(folder):
    bomb = zipped(("a.geojson", b" " * 10_000_000), ("b.geojson", b" " * 10_000_000))
    with pytest.raises(ArchiveError, match=f"{MOST_RATIO} times"):
        unpack(bomb, folder)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("content", [LAND, b""], ids=["files", "empty files"])
def test_too_many_files_are_refused_also_over_several_zips(folder, content):
    zips = [zipped((f"{name}1.geojson", content), (f"{name}2.geojson", content)) for name in "ab"]
    with pytest.raises(ArchiveError, match="more than the limit"):
        unpack_all(zips, folder, most_files=3)
    assert list(folder.iterdir()) == []
    zips = [zipped((f"{name}1.geojson", content), (f"{name}2.geojson", content)) for name in "ab"]
    assert len(unpack_all(zips, folder, most_files=4)) == 4


def test_a_list_of_entries_far_beyond_the_limit_is_not_even_read(folder, monkeypatch):
    many = zipped(*((f"{number}.txt", b"") for number in range(7)))
    monkeypatch.delattr("zipfile.ZipFile")
    with pytest.raises(ArchiveError, match="more than the limit"):
        unpack(many, folder, most_files=3)


def test_a_zip_with_a_password_is_refused(folder):
    content = bytearray(zipped(("a.geojson", LAND)).getvalue())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    file = io.BytesIO(bytes(content))
    file.name = "up.zip"
    with pytest.raises(ArchiveError, match="password"):
        unpack(file, folder)


@pytest.mark.parametrize("name", ["../../a.geojson", "/etc/a.geojson", "a/b/a.geojson"])
def test_a_path_in_the_name_of_a_single_file_is_left_out(folder, name):
    file = io.BytesIO(LAND)
    file.name = name
    assert unpack(file, folder) == [folder / "a.geojson"]


@pytest.mark.parametrize(
    "name", ["a\0.geojson", "\ud800.geojson", "con.geojson", "a:b.geojson", "x" * 300 + ".geojson", "..", "", "a.exe", "a.kmz"]
)
def test_a_single_file_with_no_name_that_is_one_everywhere_is_refused(folder, name):
    file = io.BytesIO(LAND)
    file.name = name
    with pytest.raises(ArchiveError):
        unpack(file, folder)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip", zipped(("a.geojson", LAND)).getvalue()[:60]])
def test_a_broken_zip_is_refused(folder, content):
    file = io.BytesIO(content)
    file.name = "up.zip"
    with pytest.raises(ArchiveError, match="no zip file that can be read"):
        unpack(file, folder)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.kml", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><kml>&e;</kml>', "document type"),
        ("a.gml", b"<wfs>", "no well-formed XML"),
        ("a.kml", b"<html></html>", "Expected <kml>"),
        ("a.gpkg", b"<OGRVRTDataSource/>", "does not begin as a .gpkg"),
        ("a.shp", b"{}", "does not begin as a .shp"),
    ],
)
def test_contents_that_are_not_what_the_name_says_are_refused(folder, name, content, reason):
    with pytest.raises((ArchiveError, SeriesError), match=reason):
        unpack(zipped((name, content)), folder)
    assert list(folder.iterdir()) == []


def test_a_zip_on_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    (tmp_path / "land.zip").write_bytes(zipped(("2015.geojson", LAND)).getvalue())
    assert load_series(tmp_path / "land.zip").geometry[0].equals(WEST)
    (tmp_path / "bad.zip").write_bytes(b"no zip")
    with pytest.raises(GeoError):
        load_series(tmp_path / "bad.zip")
    assert list((tmp_path / "temporary").iterdir()) == []
