"""Pictures, sheets and films without a browser: what they show, that they are the same each time, and what they refuse."""

from __future__ import annotations

import io
import re
import subprocess
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from matplotlib.image import imread

from geo.cli import main
from geo.drawable import Drawable
from geo.drawing import km_per_degree
from geo.errors import DateError, OutputError
from geo.film import film_days, write_film
from geo.load import load_series
from geo.measure import area_km2
from geo.picture import picture
from geo.sheet import sheet, sheet_days
from geo.style import colour, paint

TINY = Path(__file__).parent / "data" / "tiny.geojson"
CSS = (Path(__file__).parents[1] / "geo" / "viewer" / "viewer.css").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def towns():
    return load_series(definition="towns")


def dots(content: bytes) -> np.ndarray:
    return imread(io.BytesIO(content), format="png")


def share_of(picture_: np.ndarray, wanted: tuple[float, ...]) -> float:
    """Share of dots within a hair of a colour."""
    return float((np.abs(picture_[..., :3] - wanted[:3]).max(axis=-1) < 0.02).mean())


def test_a_picture_says_what_the_series_says(towns):
    text = picture(towns, "2015-11-02", form="svg").decode()
    for said in ("2 November 2015", "26,500 km²", "26,000 km² to 26,500 km² given uncertain dates", "90 % of its peak on 15 Oct 2014"):
        assert said in text, said
    for said in ("Towns held", "Baiji retaken by Iraqi forces", "CC BY 4.0", "Natural Earth"):
        assert said in text, said


@pytest.mark.parametrize("size", [(640, 360), (360, 640)])
def test_a_picture_has_its_size_and_is_the_same_each_time(towns, size):
    first = picture(towns, "2015-11-02", size=size)
    assert dots(first).shape[:2] == size[::-1]
    assert picture(towns, "2015-11-02", size=size) == first
    assert picture(towns, "2015-11-03", size=size) != first


def test_more_land_is_more_colour(towns):
    land = load_series(definition="land")
    held = [share_of(dots(picture(series, "2015-11-02", size=(640, 360))), _held()) for series in (towns, land)]
    assert held[1] > 5 * held[0] > 0
    assert share_of(dots(picture(land, "2019-03-24", size=(640, 360))), _held()) < held[0]


def _held() -> tuple[float, ...]:
    """The fill of held land over the land of the two countries."""
    opacity = paint("held")["facecolor"][3]
    return tuple(
        opacity * fill + (1 - opacity) * ground for fill, ground in zip(paint("held")["facecolor"], colour("focus-land"), strict=True)
    )


def test_colours_are_those_of_the_page():
    for name in ("ink", "paper", "held", "sea", "focus-land", "rule"):
        wanted = re.search(rf"--{name}: #([0-9a-f]{{6}})", CSS)[1]
        assert [round(value * 255) for value in colour(name)[:3]] == [int(wanted[at : at + 2], 16) for at in (0, 2, 4)], name
    assert f"fill-opacity: {paint('held')['facecolor'][3]:.2f}" in CSS


def test_drawable_areas_are_those_of_the_series(towns):
    drawable = Drawable(towns)
    for day in ("2014-06-30", "2015-11-02", "2019-02-07"):
        assert drawable.area_on(date.fromisoformat(day)).recorded == pytest.approx(area_km2([towns.at(day).geometry])[0], rel=1e-9)


def test_scale_is_true_at_the_middle():
    east, north = km_per_degree(34.0)
    assert east == pytest.approx(92.385, abs=0.001)
    assert north == pytest.approx(110.922, abs=0.001)


def test_a_sheet_shows_every_day_with_table_and_sources(towns):
    days = [date(2014, 6, 30), date(2015, 11, 2), date(2017, 7, 13)]
    text = sheet(towns, days, form="svg").decode()
    for said in ("30 Jun 2014", "2 Nov 2015", "13 Jul 2017", "from", "of peak", "Sources:", "All maps at the same scale", "CC BY 4.0"):
        assert said in text, said
    assert sheet(towns, days, form="svg").decode() == text
    assert len(sheet_days(towns)) == 12


def test_a_series_of_two_actors_anywhere_can_be_drawn():
    text = picture(load_series(TINY), form="svg").decode()
    assert "km²" in text
    assert "Damascus" not in text


def test_film_days_cover_the_interval():
    series = load_series(definition="towns")
    days = film_days(series, "2014-06-10/2017-10-17")
    assert (days[0], days[-1], len(days)) == (date(2014, 6, 10), date(2017, 10, 17), 250)
    monthly = film_days(series, "2014-06-10/2014-09-01", step="P1M")
    assert [day.isoformat() for day in monthly] == ["2014-06-10", "2014-07-10", "2014-08-10", "2014-09-01"]
    for wrong in ("2014-06-10", "2014-06-10/2014-06-10", "2012/2013"):
        with pytest.raises(DateError):
            film_days(series, wrong)


@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_a_film_has_a_picture_for_every_day(towns, tmp_path, suffix):
    days = [date(2014, 6, 1), date(2014, 8, 1), date(2015, 11, 2)]
    seen = []
    target = tmp_path / f"film{suffix}"
    write_film(towns, target, days, size=(320, 240), progress=lambda done, of: seen.append((done, of)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert list(tmp_path.iterdir()) == [target]
    frames = decoded(target, (320, 240))
    still = dots(picture(towns, days[-1], size=(320, 240)))[..., :3]
    assert np.abs(frames[-1] / 255 - still).mean() < 0.03
    assert np.abs(frames[0].astype(float) - frames[-1]).mean() > 1


def decoded(path: Path, size: tuple[int, int]) -> np.ndarray:
    """Every picture of a film."""
    command = [get_ffmpeg_exe(), "-loglevel", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(raw, dtype=np.uint8).reshape(-1, size[1], size[0], 3)


def test_what_cannot_be_drawn_is_refused_and_leaves_nothing(towns, tmp_path):
    days = [date(2014, 6, 1), date(2014, 8, 1)]
    for target, size, hint in [("a.mp4", (321, 240), "320x240"), ("a.gif", (10, 10), "240"), ("a.avi", (320, 240), r"\.gif, \.mp4")]:
        with pytest.raises(OutputError, match=hint):
            write_film(towns, tmp_path / target, days, size=size)
    with pytest.raises(DateError):
        picture(towns, "2030-01-01")
    assert list(tmp_path.iterdir()) == []


def test_a_film_stopped_in_the_middle_leaves_the_old_one(towns, tmp_path):
    target = tmp_path / "film.mp4"
    target.write_bytes(b"old")

    def stop(done: int, of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_film(towns, target, [date(2014, month, 1) for month in range(1, 9)], size=(320, 240), progress=stop)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_export_goes_by_the_suffix(tmp_path, capsys):
    shown = ["--definition", "towns", "--size", "320x240"]
    for name, more in {"day.png": ["--datetime", "2015-11-02"], "film.gif": ["--datetime", "2014-06/2014-07", "--step", "P1M"]}.items():
        assert main(["export", str(tmp_path / name), *shown, *more]) == 0
    assert (
        main(["export", str(tmp_path / "sheet.svg"), "--definition", "towns", "--multiples", "--datetime", "2014/2016", "--step", "P1Y"])
        == 0
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["day.png", "film.gif", "sheet.svg"]
    assert main(["export", str(tmp_path / "page.docx")]) == 2
    assert ".html, .htm, .png, .svg, .gif, .mp4" in capsys.readouterr().err
