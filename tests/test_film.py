"""Films: a picture for every day, the page's colours, the length, and nothing left behind where one fails."""

from __future__ import annotations

import subprocess
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from geo import film
from geo.canvas import house_style
from geo.drawable import Drawable
from geo.errors import DateError, OutputError
from geo.film import film_days, write_film
from geo.load import load_series
from geo.picture import Picture

SIZE = (320, 240)
DAYS = [date(2014, 6, 1), date(2014, 8, 1), date(2015, 11, 2)]


@pytest.fixture(scope="module")
def towns():
    return load_series(definition="towns")


def decoded(path: Path) -> np.ndarray:
    """Every picture of a film: (pictures, rows, columns, 3)."""
    command = [
        get_ffmpeg_exe(),
        "-loglevel",
        "error",
        "-i",
        str(path),
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-fps_mode",
        "passthrough",
        "-",
    ]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(raw, dtype=np.uint8).reshape(-1, SIZE[1], SIZE[0], 3).astype(float)


def drawn(series, days) -> list[np.ndarray]:
    with house_style():
        made = Picture(Drawable(series), size=SIZE)
        pictures = []
        for day in days:
            made.show(day)
            pictures.append(made.canvas.pixels()[..., :3].astype(float))
    return pictures


@pytest.mark.parametrize(("suffix", "count"), [(".gif", 3), (".mp4", 88)])  # MP4: 3 half seconds and 2 seconds at 25 a second
def test_a_film_shows_every_day_in_the_colours_of_the_picture(towns, tmp_path, suffix, count):
    seen = []
    target = tmp_path / f"film{suffix}"
    write_film(towns, target, DAYS, size=SIZE, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert list(tmp_path.iterdir()) == [target]
    frames = decoded(target)
    assert len(frames) == pytest.approx(count, abs=1)
    for number, wanted in zip((0, len(frames) // 4 if suffix == ".mp4" else 1, -1), drawn(towns, DAYS), strict=True):
        assert np.median(np.abs(frames[number] - wanted)) <= 3
        assert np.abs(frames[number] - wanted).mean() < 4
    assert np.abs(frames[0] - frames[-1]).mean() > 1


def test_the_same_film_has_the_same_bytes(towns, tmp_path):
    for suffix in (".gif", ".mp4"):
        for name in ("a", "b"):
            write_film(towns, tmp_path / f"{name}{suffix}", DAYS[:2], size=SIZE)
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_film_days_cover_the_interval(towns):
    days = film_days(towns, "2014-06-10/2017-10-17")
    assert (days[0], days[-1], len(days)) == (date(2014, 6, 10), date(2017, 10, 17), 250)
    assert {(b - a).days for a, b in pairwise(days)} == {4, 5}
    assert film_days(towns, "2014-06-10/2014-06-12") == [date(2014, 6, 10), date(2014, 6, 11), date(2014, 6, 12)]
    monthly = film_days(towns, "2014-06-10/2014-09-01", step="P1M")
    assert [day.isoformat() for day in monthly] == ["2014-06-10", "2014-07-10", "2014-08-10", "2014-09-01"]
    for wrong in ("2014-06-10", "2014-06-10/2014-06-10", "2012/2013"):
        with pytest.raises(DateError):
            film_days(towns, wrong)


@pytest.mark.parametrize(
    ("name", "size", "hint"), [("a.mp4", (321, 240), "320x240"), ("a.gif", (10, 10), "240"), ("a.avi", SIZE, ".gif, .mp4")]
)
def test_what_cannot_be_filmed_is_refused_and_leaves_nothing(towns, tmp_path, name, size, hint):
    with pytest.raises(OutputError, match=hint.replace(".", r"\.")):
        write_film(towns, tmp_path / name, DAYS, size=size)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("program", "hint"), [("/bin/false", "ended with 1"), ("/nowhere/ffmpeg", "IMAGEIO_FFMPEG_EXE")])
def test_an_ffmpeg_that_fails_is_said_and_leaves_nothing(towns, tmp_path, monkeypatch, program, hint):
    monkeypatch.setattr(film, "get_ffmpeg_exe", lambda: program)
    with pytest.raises(OutputError, match=hint):
        write_film(towns, tmp_path / "film.mp4", DAYS * 4, size=SIZE)
    assert list(tmp_path.iterdir()) == []


def test_a_film_stopped_in_the_middle_leaves_the_old_one(towns, tmp_path):
    target = tmp_path / "film.mp4"
    target.write_bytes(b"old")

    def stop(done: int, of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_film(towns, target, DAYS * 3, size=SIZE, progress=stop)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]
