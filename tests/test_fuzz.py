"""Broken files by the hundred (``--fuzz 10000`` for more): each is read, reported and mended, or refused with a clear error."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.cli import main
from geo.errors import GeoError
from geo.load import import_series, load_series
from geo.repair import repair
from geo.validation import validate

NUMBERS = st.one_of(
    st.integers(-200, 200),
    st.floats(-181, 181),
    st.sampled_from([1e308, -1e308, 5e-324, 10**18, 0, -0.0, 180, -180, 360, 90.0000001]),
)
ODD = st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=5), st.just([]), st.just({}))
DATES = st.one_of(
    ODD,
    st.dates().map(str),
    st.sampled_from(["2015", "2015-13", "03/04/2015", "2202-02-03", "20150101", "9999-12-31", "0000-01-01", "2015-01-01T25:00", "../.."]),
    st.sampled_from(
        [20150101, 1432166400000, -1, 1e19, {"interval": ["2015-01-01", ".."]}, {"interval": [1]}, {"date": {}}, ["2015", "2015"]]
    ),
)
POSITIONS = st.one_of(st.lists(NUMBERS, min_size=2, max_size=2), st.lists(NUMBERS, max_size=4), ODD)
SQUARE = st.tuples(st.integers(-179, 178), st.integers(-89, 88)).map(
    lambda at: [[at[0], at[1]], [at[0] + 1, at[1]], [at[0] + 1, at[1] + 1], [at[0], at[1] + 1], [at[0], at[1]]]
)
RINGS = st.one_of(SQUARE, st.lists(POSITIONS, max_size=6), ODD)
NAMES = st.sampled_from(
    ["valid_from", "valid_to", "start", "end", "date", "time", "times", "actor", "name", "sources", "valid_from_precision"]
)
GEOMETRIES = st.recursive(
    st.one_of(
        st.builds(lambda rings: {"type": "Polygon", "coordinates": rings}, st.one_of(st.lists(RINGS, max_size=3), ODD)),
        st.builds(
            lambda parts: {"type": "MultiPolygon", "coordinates": parts}, st.one_of(st.lists(st.lists(RINGS, max_size=2), max_size=2), ODD)
        ),
        st.builds(lambda kind, at: {"type": kind, "coordinates": at}, st.sampled_from(["Point", "LineString", "Circle", ""]), POSITIONS),
        ODD,
    ),
    lambda inner: st.builds(lambda parts: {"type": "GeometryCollection", "geometries": parts}, st.lists(inner, max_size=2)),
    max_leaves=3,
)
SOUND = st.builds(
    lambda ring, start, name: {
        "type": "Feature",
        "properties": {name: start.isoformat(), "actor": "Red"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    },
    st.one_of(SQUARE, st.lists(st.tuples(st.floats(-190, 190), st.floats(-91, 91)), min_size=3, max_size=8)),
    st.dates(),
    st.sampled_from(["valid_from", "date"]),
)
FEATURES = st.one_of(
    SOUND,
    SOUND,
    st.builds(
        lambda properties, geometry, more: {"type": "Feature", "properties": properties, "geometry": geometry, **more},
        st.one_of(st.dictionaries(NAMES, DATES, max_size=4), ODD),
        GEOMETRIES,
        st.one_of(st.just({}), st.fixed_dictionaries({"time": DATES})),
    ),
    ODD,
)
MEMBERS = st.dictionaries(st.sampled_from(["title", "actor", "last", "story", "crs", "licence", "language"]), DATES, max_size=2)
COLLECTIONS = st.builds(
    lambda features, members: {"type": "FeatureCollection", **members, "features": features},
    st.one_of(st.lists(FEATURES, max_size=5), ODD),
    MEMBERS,
)
ARCS = st.one_of(st.lists(st.one_of(st.lists(st.integers(-4, 4), max_size=3), ODD), max_size=3), ODD)
TOPOLOGIES = st.builds(
    lambda arcs, rings, properties, more: {
        "type": "Topology",
        "arcs": arcs,
        "objects": {"land": {"type": "GeometryCollection", "geometries": [{"type": "Polygon", "arcs": rings, "properties": properties}]}},
        **more,
    },
    st.one_of(st.lists(RINGS, max_size=3), ODD),
    ARCS,
    st.dictionaries(NAMES, DATES, max_size=3),
    st.one_of(
        st.just({}),
        st.fixed_dictionaries({"transform": st.one_of(ODD, st.just({"scale": [0.1, 0.1], "translate": [0, 0]}), st.just({"scale": [1]}))}),
    ),
)


def _cut(content: bytes, at: int) -> bytes:
    return content[: at % (len(content) + 1)]


def _flipped(content: bytes, at: int) -> bytes:
    return content[: at % len(content)] + bytes([at % 256]) + content[at % len(content) + 1 :] if content else content


def _twice(content: bytes, at: int) -> bytes:
    return content.replace(b'"type"', b'"type":"Feature","type"', 1 + at % 3)


def _deep(content: bytes, at: int) -> bytes:
    return content.replace(b"null", b"[" * (at % 3000) + b"]" * (at % 3000), 1)


def _marked(content: bytes, at: int) -> bytes:
    return b"\xef\xbb\xbf" + content


def _no_number(content: bytes, at: int) -> bytes:
    return content.replace(b"0", [b"NaN", b"Infinity", b"1e999", b"0x1"][at % 4], 1)


def _many(content: bytes, at: int) -> bytes:
    return content.replace(b'"features": [', b'"features": [' + b'{"type":"Feature","properties":{},"geometry":null},' * (at % 2000), 1)


BROKEN = st.builds(
    lambda document, change, at: change(json.dumps(document).encode(), at),
    st.one_of(COLLECTIONS, COLLECTIONS, COLLECTIONS, TOPOLOGIES, FEATURES, ODD),
    st.sampled_from([lambda content, at: content] * 6 + [_cut, _flipped, _twice, _deep, _marked, _no_number, _many]),
    st.integers(0, 10_000),
)


def fuzzed(request, strategy, check):
    """Run `check` on as many inputs as were asked for."""
    settings(max_examples=request.config.getoption("--fuzz"), database=None, suppress_health_check=list(HealthCheck))(
        given(strategy)(check)
    )()


def test_every_broken_file_is_read_reported_and_mended_or_refused(request, tmp_path):
    path = tmp_path / "front.json"
    outcomes = {"loaded": 0, "refused": 0, "mended": 0}

    def check(content):
        path.write_bytes(content)
        try:
            imported = import_series(path)
        except GeoError as error:
            assert "nothing says when" in str(error)  # noqa: PT017
            return
        issues = [*imported.issues, *(validate(imported.series) if imported.series else [])]
        assert all(issue.message for issue in issues)
        assert imported.series or any(issue.severity == "error" for issue in issues)
        try:
            load_series(path)
            outcomes["loaded"] += 1
        except GeoError as error:
            assert str(error).startswith(str(path))  # noqa: PT017
            outcomes["refused"] += 1
        if imported.series:
            repaired, _ = repair(imported.series)
            assert not [issue for issue in validate(repaired) if issue.severity == "error" and issue.check != "overlap"]
            outcomes["mended"] += 1

    fuzzed(request, BROKEN, check)
    assert all(outcomes.values()), outcomes
    print(outcomes)


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".fgb", ".parquet", ".kml", ".gml", ".zip", ".topojson"])
def test_noise_of_any_kind_ends_in_one_line(tmp_path, capsys, suffix):
    heads = {".gpkg": b"SQLite format 3\x00", ".shp": b"\x00\x00\x27\x0a", ".fgb": b"fgb\x03fgb", ".parquet": b"PAR1", ".kml": b"<kml>"}
    for number, noise in enumerate([b"", b"\x00" * 200, bytes(range(256)) * 4, b"{}", b"<a/>"]):
        path = tmp_path / f"{number}{suffix}"
        path.write_bytes(heads.get(suffix, b"") + noise)
        assert main(["areas", str(path)]) == 2
        assert capsys.readouterr().err.startswith("geo: ")
