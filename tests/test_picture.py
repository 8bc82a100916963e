"""Pictures and sheets without a browser: what they show, that they are the same each time, and what they refuse."""

from __future__ import annotations

import io
import re
from collections import Counter
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import shapes
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.image import imread
from pyproj import Geod

from geo.canvas import Canvas, house_style
from geo.cli import main
from geo.draw_map import km_per_degree
from geo.drawable import Drawable
from geo.errors import DateError, OutputError
from geo.load import load_series
from geo.measure import area_km2
from geo.picture import Picture, picture
from geo.sheet import sheet, sheet_days
from geo.style import colour, declared, paint, type_of

TINY = Path(__file__).parent / "data" / "tiny.geojson"
CSS = (Path(__file__).parents[1] / "geo" / "viewer" / "viewer.css").read_text(encoding="utf-8")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def towns():
    return load_series(definition="towns")


def dots(content: bytes) -> np.ndarray:
    return imread(io.BytesIO(content), format="png")


def texts(svg: bytes) -> list[str]:
    """Everything that an SVG says as text."""
    return ["".join(element.itertext()) for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def share_of(drawn: np.ndarray, wanted: tuple[float, ...]) -> float:
    """Share of dots within a hair of a colour."""
    return float((np.abs(drawn[..., :3] - wanted[:3]).max(axis=-1) < 0.02).mean())


def held_on(ground: str) -> tuple[float, ...]:
    """The fill of held land over a colour of the page."""
    *fill, opacity = paint("held")["facecolor"]
    return tuple(opacity * over + (1 - opacity) * under for over, under in zip(fill, colour(ground)[:3], strict=True))


# --- what a picture shows


def test_a_picture_says_what_the_series_says(towns):
    said = texts(picture(towns, "2015-11-02", form="svg"))
    for text in ("2 November 2015", "26,500 km²", "26,000 km² to 26,500 km² given uncertain dates", "90 % of its peak on 15 Oct 2014"):
        assert text in said, text
    assert {"Towns held", "held", "dates uncertain"} <= set(said)
    for text in ("Baiji retaken by Iraqi forces", "CC BY 4.0", "Natural Earth"):
        assert text in " ".join(said), text


def test_a_picture_has_scale_north_and_names(towns):
    assert {"100 km", "N", "Damascus", "Raqqa", "Tigris"} <= set(texts(picture(towns, "2015-11-02", form="svg")))


@pytest.mark.parametrize("size", [(640, 360), (360, 640)])
def test_a_picture_has_its_size_and_is_the_same_each_time(towns, size):
    first = picture(towns, "2015-11-02", size=size)
    assert dots(first).shape[:2] == size[::-1]
    assert picture(towns, "2015-11-02", size=size) == first
    assert picture(towns, "2015-11-03", size=size) != first


def test_an_svg_is_the_same_each_time(towns):
    first = picture(towns, "2015-11-02", form="svg")
    assert picture(towns, "2015-11-02", form="svg") == first
    assert b"<dc:date>" not in first


def test_more_land_is_more_colour(towns):
    land = load_series(definition="land")
    held = [share_of(dots(picture(series, "2015-11-02", size=(640, 360))), held_on("focus-land")) for series in (towns, land)]
    assert held[1] > 5 * held[0] > 0
    assert share_of(dots(picture(land, "2019-03-24", size=(640, 360))), held_on("focus-land")) < held[0]


def test_land_covers_as_much_of_a_picture_as_its_area_says():
    """Squares of a degree at the equator, in a picture whose scale is read off the map."""
    series = shapes.series_of([(shapes.WEST, "2015-01-01", "", "Red"), (shapes.FAR_EAST, "2015-01-01", "", "Red")])
    with house_style():
        drawn = Picture(Drawable(series), size=(1280, 720))
    expected = sum(area_km2([shapes.WEST, shapes.FAR_EAST])) / drawn.map.km_per_px**2
    shown = dots(picture(series, "2015-06-01"))
    counted = share_of(shown, held_on("land")) * shown.shape[0] * shown.shape[1]
    assert counted == pytest.approx(expected, rel=0.02)  # the graticule and the outlines take some


def test_uncertain_land_is_striped():
    striped = re.compile(r'<path d="M[^"]*"[^>]*style="fill: url\(#')
    series = shapes.series_of([(shapes.WEST, "2015-02", "2015-06-01", "Red"), (shapes.EAST, "2015-01-01", "2015-07-01", "Red")])
    on = {day: len(striped.findall(picture(series, day, form="svg").decode())) for day in ("2015-02-10", "2015-04-01")}
    assert on == {"2015-02-10": 2, "2015-04-01": 1}  # the map and the key, the key alone


def test_pictures_of_a_film_are_those_that_are_saved(towns):
    """What does not change is drawn once for a film; put together it is the same picture."""
    with house_style():
        drawn = Picture(Drawable(towns), size=(640, 360))
        for day in (date(2014, 6, 30), date(2019, 2, 7), date(2015, 11, 2)):
            drawn.show(day)
            shown = drawn.canvas.pixels()[..., :3] / 255
            saved = dots(drawn.canvas.picture("png", about={}))[..., :3]
            assert np.abs(shown - saved).max() < 0.03, day
            assert np.abs(shown - saved).mean() < 1e-3, day


def test_drawable_areas_are_those_of_the_series(towns):
    drawable = Drawable(towns)
    for day in ("2014-06-30", "2015-11-02", "2019-02-07"):
        assert drawable.area_on(date.fromisoformat(day)).recorded == pytest.approx(area_km2([towns.at(day).geometry])[0], rel=1e-9)


@given(st.floats(-85, 85), st.sampled_from([0.0, 90.0]))
def test_scale_is_true_in_both_directions(latitude, azimuth):
    """Against geodesics of ten metres."""
    lon, lat, _ = Geod(ellps="WGS84").fwd(10.0, latitude, azimuth, 10.0)
    east, north = km_per_degree(latitude)
    assert np.hypot((lon - 10.0) * east, (lat - latitude) * north) == pytest.approx(0.01, rel=1e-5)


# --- the page's style


def test_colours_are_those_of_the_page():
    for name in ("ink", "paper", "held", "sea", "focus-land", "rule"):
        wanted = re.search(rf"--{name}: #([0-9a-f]{{6}})", CSS)[1]
        assert [round(value * 255) for value in colour(name)[:3]] == [int(wanted[at : at + 2], 16) for at in (0, 2, 4)], name
    assert f"fill-opacity: {paint('held')['facecolor'][3]:.2f}" in CSS


def test_every_class_asked_for_is_in_the_style_sheet():
    sources = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].joinpath("geo").glob("*.py"))
    asked = set(re.findall(r'(?:paint|type_of|_ring)\((?:\d+, )?"([a-z-]+)"', sources))
    assert {"held", "doubt", "chart-grid", "map-label"} <= asked
    assert [name for name in asked if not declared(name)] == []
    assert all(type_of("map-label", f"map-label-{kind}")["fontsize"] > 0 for kind in ("town", "capital", "country", "river"))


# --- any series


HOSTILE = "<b>Red</b> & $\\alpha$ \u202eevil\u202c \x00 😀 مملكة " + "long " * 60


def test_text_from_data_stays_text():
    series = shapes.series_of([(shapes.WEST, "2015", "2016", HOSTILE), (shapes.EAST, "2015", "2016", "B")], title=HOSTILE, licence=HOSTILE)
    svg = picture(series, "2015-06-01", form="svg")
    said = " ".join(texts(svg))
    assert "<b>Red</b> & $\\alpha$" in said
    assert not list(ElementTree.fromstring(svg).iter(f"{SVG}b"))
    assert not set("\u202e\u202c\x00") & set(svg.decode())
    assert "…" in said


@pytest.mark.parametrize(
    "rows",
    [
        [(shapes.SLIVER, "2015", "", "A")],
        [(shapes.DATELINE, "2015", "", "A")],
        [(shapes.HOLED, "2015-01-01", "2015-01-02", "A"), (shapes.HOLE, "2015-01-01", "2015-01-02", " ")],
        [(shapes.square(number), "1000", "2000", f"Actor {number}") for number in range(12)],
    ],
    ids=["sliver", "antimeridian", "one day, two actors, one without a name", "a thousand years, twelve actors"],
)
def test_anything_can_be_drawn(rows):
    series = shapes.series_of(rows)
    for size in ((320, 240), (240, 320)):
        assert dots(picture(series, size=size)).shape[:2] == size[::-1]
    assert dots(sheet(series, sheet_days(series), size=(400, 560))).shape[:2] == (560, 400)


def test_a_series_elsewhere_has_no_base_map_and_several_actors_their_areas():
    series = shapes.series_of([(shapes.WEST, "2015", "", "Red"), (shapes.EAST, "2015", "", "Blue")])
    said = texts(picture(series, form="svg"))
    assert {"Red", "Blue", "12,300 km²", "24,600 km²"} <= set(said)
    assert "Damascus" not in said


def test_actors_that_meet_have_colours_of_the_page_that_differ():
    rows = [(shapes.square(number % 4, number // 4), "2015-01-01", "", f"Actor {number}") for number in range(9)]
    drawable = Drawable(shapes.series_of(rows))
    fills = [paint("held", drawable.colour_class(actor))["facecolor"] for actor in range(9)]
    assert len(set(fills)) == 9
    assert {"#" + "".join(f"{round(255 * part):02x}" for part in fill[:3]) for fill in fills} == set(
        re.findall(r"\.colour-\d \{ --held: (#[0-9a-f]{6})", CSS)
    )
    assert Drawable(shapes.series_of(rows[:1])).colour_class(0) == ""


# --- sheets


def test_a_sheet_shows_every_day_with_table_and_sources(towns):
    days = [date(2014, 6, 30), date(2015, 11, 2), date(2017, 7, 13)]
    svg = sheet(towns, days, form="svg")
    said = " ".join(texts(svg))
    for text in ("30 Jun 2014", "2 Nov 2015", "13 Jul 2017", "at least", "of peak", "Sources:", "All maps at the same scale", "CC BY 4.0"):
        assert text in said, text
    assert sheet(towns, days, form="svg") == svg


def test_maps_of_a_sheet_have_one_scale(towns):
    """Maps with the same bounds have the same scale if their boxes have the same size."""
    days = [date(2014, month, 1) for month in range(1, 8)]
    boxes = ElementTree.fromstring(sheet(towns, days, form="svg")).findall(f".//{SVG}clipPath/{SVG}rect")
    sizes = Counter((round(float(box.get("width")), 3), round(float(box.get("height")), 3)) for box in boxes)
    assert sorted(sizes.values()) == [1, len(days)]  # the sheet itself, and its maps


def test_days_of_a_sheet_run_from_the_first_to_the_last_with_land(towns):
    days = sheet_days(towns)
    assert len(days) == 12
    held = Drawable(towns)
    assert all(held.area_on(day).recorded > 0 for day in days)
    assert held.area_on(date.fromordinal(days[-1].toordinal() + 1)).recorded == 0


# --- what is refused


def test_what_cannot_be_drawn_is_refused(towns):
    with pytest.raises(DateError, match="2019-03-31"):
        picture(towns, "2030-01-01")
    with pytest.raises(OutputError, match="240 to 4096"):
        picture(towns, size=(10, 10))
    with pytest.raises(OutputError, match="1 to 24 maps"):
        sheet(towns, [])


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["page.docx"], ".html, .htm, .png, .svg, .gif, .mp4"),
        (["page.html", "--size", "300x300"], "--size does not go with"),
        (["day.png", "--step", "P1M"], "--step does not go with"),
        (["film.mp4", "--multiples"], "--multiples does not go with"),
        (["day.png", "--datetime", "2014/2015"], "a picture shows one day"),
        (["day.svg", "--datetime", "2030-01-01"], "outside the series"),
        (["sheet.png", "--multiples", "--datetime", "2014-06/2018-06", "--step", "P1M"], "1 to 24 maps"),
        (["day.png", "--size", "9999x9999"], "240 to 4096"),
    ],
)
def test_export_refuses_in_one_line_and_leaves_nothing(tmp_path, capsys, arguments, hint):
    assert main(["export", str(tmp_path / arguments[0]), *arguments[1:]]) == 2
    said = capsys.readouterr().err
    assert hint in said
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_export_goes_by_the_suffix(tmp_path):
    shown = ["--definition", "towns", "--size", "320x240", "--datetime"]
    assert main(["export", str(tmp_path / "day.png"), *shown, "2015-11-02"]) == 0
    assert main(["export", str(tmp_path / "film.gif"), *shown, "2014-06/2014-07", "--step", "P1M"]) == 0
    assert main(["export", str(tmp_path / "sheet.svg"), *shown, "2014/2016", "--step", "P1Y", "--multiples"]) == 0
    kinds = {"day.png": b"\x89PNG", "film.gif": b"GIF89a", "sheet.svg": b"<?xml"}
    assert {path.name: path.read_bytes()[: len(kinds[path.name])] for path in tmp_path.iterdir()} == kinds


def test_a_canvas_keeps_text_to_its_column():
    with house_style():
        canvas = Canvas((600, 300))
        rows = canvas.wrapped("one two three " * 30, px=14, width=120, lines=4)
        assert len(rows) == 4
        assert rows[-1].endswith(" …")
        for row in [*rows, *canvas.wrapped("unbreakable" * 9, px=14, width=120, lines=2)]:
            assert canvas.extent(canvas.text(0, 0, row, px=14))[0] <= 121
