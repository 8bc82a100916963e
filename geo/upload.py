"""What a visitor of the app uploads: unpacked into a private folder, read, checked and mended; the folder is gone at once.

Nothing is kept here: the result belongs to whoever asked. Files are refused, and faults are told, in `Upload`, and not raised.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Unpack

from geo.archive import is_wanted, unpack_all
from geo.errors import ArchiveError, GeoError
from geo.fields import Columns
from geo.load import import_rows
from geo.model import SEVERITIES, Issue, Series
from geo.read import read
from geo.repair import Repair, repair
from geo.validation import validate

if TYPE_CHECKING:
    import pandas as pd

MOST_SENT_BYTES = 100_000_000
MOST_BYTES = 300_000_000
MOST_FILES = 5_000
"""Limits of an upload: as it is sent, and once it is unpacked."""

_UNTITLED = "Uploaded series"
_LONGEST_TITLE = 120


@dataclass(frozen=True, eq=False)
class Upload:
    """What came of an upload.

    Attributes
    ----------
    series
        What can be shown: mended where it had to be, without what could not be read or mended; None where nothing is left.
    refusal
        Why there is no series; empty where there is one.
    issues
        All findings on the files as they were sent, errors first.
    repairs
        What was changed or left out so that the series can be shown and measured.
    features, unread
        How many features the files have, and how many of them could not be read.
    fields
        Names of the properties found, from which those that say when and who can be chosen.
    """

    series: Series | None
    refusal: str = ""
    issues: tuple[Issue, ...] = field(default=(), repr=False)
    repairs: tuple[Repair, ...] = field(default=(), repr=False)
    features: int = 0
    unread: int = 0
    fields: tuple[str, ...] = ()


def load_upload(files: Sequence[BinaryIO], **columns: Unpack[Columns]) -> Upload:
    """Read, check and mend what was uploaded.

    Parameters
    ----------
    files
        One or several open binary files with a `name`, as browsers send them: anything `load_series` reads, a Shapefile with its
        parts, or zips of these. Among several, files of other kinds are left out.
    **columns
        As for `load_series`.

    Returns
    -------
    Upload
        The series' title is what a file says of itself, or else what the names of the files have in common. Nothing is left on
        disk, whatever happens; no reference to other files or hosts is followed.
    """
    title = _title([Path(file.name).stem for file in files])
    with tempfile.TemporaryDirectory(prefix="geo-upload-") as private:
        folder = Path(private) / "upload"
        folder.mkdir()
        fields: tuple[str, ...] = ()
        try:
            _check_size(files)
            unpack_all([file for file in files if is_wanted(file.name)] or files, folder, most_bytes=MOST_BYTES, most_files=MOST_FILES)
            rows, geometry = read(folder)
            fields = tuple(dict.fromkeys(name for properties in rows.properties for name in properties))
            found = import_rows(rows, geometry, folder, **columns)
        except GeoError as error:
            return Upload(None, str(error).replace(str(folder), title), fields=fields)
    unread = len({(issue.file, issue.feature) for issue in found.issues if issue.severity == "error" and issue.feature})
    nothing = Upload(None, f"None of {found.features:,} features can be read.", _sorted(found.issues), (), found.features, unread, fields)
    if found.series is None:
        return nothing
    faults = validate(found.series)
    series, repairs = repair(found.series) if any(issue.severity == "error" for issue in faults) else (found.series, [])
    checked = replace(nothing, issues=_sorted([*found.issues, *faults]), repairs=tuple(repairs))
    if not len(series):
        return replace(checked, refusal="No polygon is left that can be measured.")
    title = series.title if series.title != series.id else title
    return replace(checked, refusal="", series=replace(series, id=_slug(title), title=title))


def repair_table(repairs: Sequence[Repair]) -> pd.DataFrame:
    """What was changed, a row each; areas in km² before and after."""
    import pandas as pd

    names = ("file", "feature", "what", "before_km2", "after_km2")
    return pd.DataFrame([[getattr(one, name) for name in names] for one in repairs], columns=list(names))


def _check_size(files: Sequence[BinaryIO]) -> None:
    sent = sum(file.seek(0, os.SEEK_END) for file in files)
    for file in files:
        file.seek(0)
    if sent > MOST_SENT_BYTES:
        raise ArchiveError(f"{sent / 1e6:,.0f} MB were sent; the limit is {MOST_SENT_BYTES / 1e6:,.0f} MB. Send a zip, or fewer files.")


def _sorted(issues: Sequence[Issue]) -> tuple[Issue, ...]:
    return tuple(sorted(issues, key=lambda issue: SEVERITIES.index(issue.severity)))


def _title(stems: Sequence[str]) -> str:
    """The name of a single file, or what the names of several begin with, without a date cut in two at its end."""
    common = "".join(letters[0] for letters in takewhile(lambda letters: len(set(letters)) == 1, zip(*stems, strict=False)))
    title = common if len(stems) == 1 else common.rstrip("0123456789-_. ")
    return "".join(char if char.isprintable() else " " for char in title).strip()[:_LONGEST_TITLE] or _UNTITLED


def _slug(title: str) -> str:
    """A title as the name of a file."""
    return re.sub(r"\W+", "-", title.lower()).strip("-_")[:60] or "series"
