"""A film of a series: one picture per day asked for, as MP4 or GIF, made by the ffmpeg that comes with `imageio_ffmpeg`.

Pictures are drawn one after the other and go straight to ffmpeg, so memory does not grow with the film. A film lasts 20 seconds
and holds its last picture for two more; with fewer than 40 or more than 500 pictures it is shorter or longer, at 2 or 25
pictures a second.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe
from numpy.typing import NDArray

from geo.canvas import house_style
from geo.drawable import Drawable
from geo.errors import DateError, OutputError
from geo.files import replacing
from geo.model import Series
from geo.picture import SIZE, Picture, about, credit
from geo.queries import query_days
from geo.wording import day_text

FILM_SUFFIXES = (".gif", ".mp4")

_SECONDS, _HOLD_SECONDS = 20, 2
_PICTURES = 250
_SLOWEST, _FASTEST = 2.0, 25.0
_SAMPLES = 8
_BT709 = "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int,format=yuv420p"
_BT709_TAGS = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")
_BITEXACT = ("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact")


def film_days(series: Series, datetime: str = "../..", *, step: str | None = None) -> list[date]:
    """The days of a film.

    Parameters
    ----------
    series
        The series.
    datetime
        An interval ``A/B``, both days included, ``..`` for an open end.
    step
        ISO 8601 step such as ``P1M``; None for about 250 pictures, evenly spaced.

    Returns
    -------
    list of datetime.date
        In order; the last day of the interval is always among them.

    Raises
    ------
    DateError
        No interval, a single day, outside the series, or not in the grammar.
    """
    if "/" not in datetime:
        raise DateError(f"{datetime!r} is no interval, and a film shows one. Expected A/B, such as 2014-06-10/2017-10-17.")
    ends = query_days(series, datetime)
    first, last = ends[0], ends[-1]
    if first == last:
        raise DateError(f"{datetime!r} is a single day, and a film shows several. Expected A/B, or a picture: a name in .png or .svg.")
    if step is not None:
        return sorted({*query_days(series, datetime, step=step), last})
    span = (last - first).days
    return [first + timedelta(days=round(span * share)) for share in np.linspace(0, 1, min(_PICTURES, span + 1))]


def write_film(
    series: Series,
    target: str | os.PathLike[str],
    days: Sequence[date],
    *,
    size: tuple[int, int] = SIZE,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> None:
    """Write a film of some days.

    Parameters
    ----------
    series
        The series; see `geo.picture.picture` for what is drawn.
    target
        A name in ``.mp4`` (H.264, plays everywhere) or ``.gif`` (256 colours, repeats).
    days
        At least one day, in the order shown; `film_days` makes them.
    size
        Width and height in dots; even for MP4.
    progress
        Called after each picture with how many are done, and of how many.

    Raises
    ------
    DateError
        A day outside the series.
    OutputError
        Another suffix, a size out of range or odd, or the target cannot be written; what stood there is untouched.
    """
    path = Path(target)
    if path.suffix not in FILM_SUFFIXES:
        raise OutputError(f"cannot write {path}: unknown kind of film {path.suffix!r}. Expected a name in {', '.join(FILM_SUFFIXES)}.")
    if path.suffix == ".mp4" and (size[0] % 2 or size[1] % 2):
        raise OutputError(f"cannot write an MP4 of {size[0]}x{size[1]}: H.264 needs even sides. Expected {size[0] & ~1}x{size[1] & ~1}.")
    days = [series.day(day) for day in days]
    with house_style(), replacing(path) as temporary, tempfile.TemporaryDirectory() as folder:
        drawn = Picture(Drawable(series), size=size)
        rate = min(max(len(days) / _SECONDS, _SLOWEST), _FASTEST)

        def pictures(shown: Sequence[date], report: Callable[[int, int], None]) -> Iterable[NDArray[np.uint8]]:
            for number, day in enumerate(shown, 1):
                drawn.show(day)
                yield drawn.canvas.pixels()
                report(number, len(shown))

        source = ("-f", "rawvideo", "-pix_fmt", "rgba", "-s", f"{size[0]}x{size[1]}", "-framerate", f"{rate:.6f}", "-i", "-")
        tags = [part for name, text in about_film(series, days).items() for part in ("-metadata", f"{name}={text}")]
        if path.suffix == ".mp4":
            hold = f"tpad=stop_mode=clone:stop_duration={_HOLD_SECONDS},fps={_FASTEST:g},{_BT709}"
            coding = ("-c:v", "libx264", "-preset", "medium", "-crf", "18", *_BT709_TAGS, "-movflags", "+faststart")
            _run((*source, "-vf", hold, *coding, *_BITEXACT, *tags, str(temporary)), pictures(days, progress))
            return
        palette = f"{folder}/palette.png"
        some = [days[number] for number in np.linspace(0, len(days) - 1, min(_SAMPLES, len(days))).round().astype(int)]
        _run((*source, "-vf", "palettegen=reserve_transparent=1", "-frames:v", "1", palette), pictures(some, lambda done, of: None))
        mapped = "[0:v][1:v]paletteuse=dither=none:diff_mode=rectangle"
        ending = ("-final_delay", f"{100 * _HOLD_SECONDS}", "-loop", "0")
        _run((*source, "-i", palette, "-lavfi", mapped, *ending, *_BITEXACT, str(temporary)), pictures(days, progress))


def about_film(series: Series, days: Sequence[date]) -> dict[str, str]:
    """What the metadata of a film say of it."""
    known = about(series, f"{day_text(days[0])} to {day_text(days[-1])}")
    return {"title": known["Title"], "copyright": known["Rights"], "comment": credit(series)}


def _run(arguments: Sequence[str], pictures: Iterable[NDArray[np.uint8]]) -> None:
    """Run ffmpeg on pictures, one after the other."""
    command = [get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-loglevel", "error", "-y", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as coder:
        assert coder.stdin is not None
        assert coder.stderr is not None
        try:
            for picture in pictures:
                coder.stdin.write(picture.data)
            coder.stdin.close()
        except BrokenPipeError:
            pass
        except BaseException:
            coder.kill()
            raise
        said = coder.stderr.read().decode(errors="replace").strip()
    if coder.returncode:
        raise OutputError(f"cannot write the film: {said or 'ffmpeg stopped'}. Is there room on the disk?")
