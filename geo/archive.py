"""What a stranger brings, files or zips, into a private folder; whatever could reach beyond it or flood it is refused."""

from __future__ import annotations

import lzma
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from geo.errors import ArchiveError
from geo.foreign import SIDECARS, SUFFIXES, check_content

JSON_SUFFIXES = (".geojson", ".json", ".topojson")
MOST_FILES = 10_000
MOST_BYTES = 500_000_000
"""Limits of all that is unpacked into one folder."""
MOST_RATIO = 200
"""How many times its own size a zip may unpack to, once that is more than `_SMALL`; map data shrink to a fifth or a thirtieth."""

_WANTED = (*JSON_SUFFIXES, *SUFFIXES, *SIDECARS)
_KINDS = ", ".join((*JSON_SUFFIXES, *SUFFIXES))
_ARCHIVES = (".zip", ".kmz", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".jar")
_PIECE = 1 << 20
_SMALL = 10_000_000
_ENTRY = b"PK\x01\x02"
_NO_NAME = re.compile(r"[\x00-\x1f\x7f:\ud800-\udfff]|^(?:con|prn|aux|nul|com\d|lpt\d) *(?:\.|$)", re.IGNORECASE)
"""Characters, and names of devices, that some system makes something else of than the name of a file."""


def unpack(
    file: str | os.PathLike[str] | BinaryIO, into: str | os.PathLike[str], *, most_bytes: int = MOST_BYTES, most_files: int = MOST_FILES
) -> list[Path]:
    """Put a file, or the files of a zip, into a folder from which `load_series` can read them; as `unpack_all` does."""
    return unpack_all([file], into, most_bytes=most_bytes, most_files=most_files)


def unpack_all(
    files: Iterable[str | os.PathLike[str] | BinaryIO],
    into: str | os.PathLike[str],
    *,
    most_bytes: int = MOST_BYTES,
    most_files: int = MOST_FILES,
) -> list[Path]:
    """Put files, and the files of zips, into a folder from which `load_series` can read them.

    Parameters
    ----------
    files
        Paths, or open binary files with a `name`, such as uploaded ones. A name in ``.zip`` is unpacked, folders and all.
    into
        An existing folder that nobody else writes to.
    most_bytes, most_files
        Limits of what is written. Bytes are counted as they are written; what a zip says of itself is not believed.

    Returns
    -------
    list of pathlib.Path
        The files written. Files of other kinds in a zip, such as a read-me, are left out.

    Raises
    ------
    ArchiveError
        No zip or a broken one; an absolute name, one with ``..``, or one that is a device or no name on some system; a link or
        a device; a password; an archive in the archive; more files or bytes than the limits, or than `MOST_RATIO` allows; a name
        that is there already; or a kind of file that is not read. Nothing of the files is left in the folder then.
    SeriesError
        Contents that are not what the name says (see `geo.foreign`); nothing is left then either.
    """
    filling = _Filling(Path(into), most_bytes, most_files)
    try:
        for file in files:
            filling.add(file)
        for path in filling.written:
            check_content(path)
    except BaseException:
        for path in filling.written:
            path.unlink(missing_ok=True)
        raise
    return filling.written


def is_wanted(name: str) -> bool:
    """Whether a file of this name is read, belongs to one that is, or is a zip."""
    return Path(name).suffix.lower() in (*_WANTED, ".zip")


class _Filling:
    """A folder that is being filled, and how much may still be written."""

    def __init__(self, folder: Path, most_bytes: int, most_files: int) -> None:
        self.written: list[Path] = []
        self._folder = folder
        self._bytes, self._files = most_bytes, most_files
        self._most = f"{most_bytes / 1e6:,.0f} MB, {most_files:,} files"

    def add(self, file: str | os.PathLike[str] | BinaryIO) -> None:
        if isinstance(file, (str, os.PathLike)):
            try:
                with Path(file).open("rb") as opened:
                    self._add(opened, Path(file).name)
            except OSError as error:
                raise ArchiveError(f"{file} cannot be unpacked: {error.strerror or error}.") from error
        else:
            self._add(file, str(file.name).replace("\\", "/").rpartition("/")[2])

    def _add(self, file: IO[bytes], name: str) -> None:
        suffix = Path(name).suffix.lower()
        if suffix == ".zip":
            self._unzip(file, name)
        elif suffix in _WANTED:
            self._write(file, self._target(name, name), self._bytes)
        else:
            raise ArchiveError(f"{name[:80]!r} is of a kind that is not read here. Expected {_KINDS}, or a zip of them.")

    def _unzip(self, file: IO[bytes], name: str) -> None:
        try:
            entries, size = _count(file)
            if entries > 2 * self._files:
                raise ArchiveError(f"{name} holds more than the limit of {self._most}. Bring fewer files.")
            ceiling = max(MOST_RATIO * size, _SMALL)
            with zipfile.ZipFile(file) as archive:
                targets = [(entry, self._target(entry.filename, name)) for entry in archive.infolist()]
                wanted = [(entry, target) for entry, target in targets if _is_to_be_read(entry, name)]
                if not wanted:
                    raise ArchiveError(f"{name} holds no file that is read here. Expected {_KINDS}.")
                for entry, target in wanted:
                    with archive.open(entry) as content:
                        ceiling -= self._write(content, target, ceiling)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
            raise ArchiveError(f"{name} is no zip file that can be read ({error}).") from error

    def _target(self, entry: str, name: str) -> Path:
        """Where an entry goes; never outside the folder."""
        path = PurePosixPath(entry.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or not path.parts or any(_NO_NAME.search(part) for part in path.parts):
            raise ArchiveError(
                f"{name[:80]!r} holds a file with a name that leads elsewhere ({entry[:80]!r}). Expected plain relative names."
            )
        return self._folder.joinpath(*path.parts)

    def _write(self, content: IO[bytes], target: Path, ceiling: int) -> int:
        """Write a file of at most `ceiling` bytes, and never over another one; returns its size."""
        size = 0
        self._spend(files=1)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as out:
                self.written.append(target)
                while piece := content.read(_PIECE):
                    size += len(piece)
                    self._spend(size=len(piece))
                    if size > ceiling:
                        raise ArchiveError(
                            f"{target.name} unpacks to more than {MOST_RATIO} times the size of its zip, as no map does. Bring it unpacked."
                        )
                    out.write(piece)
        except FileExistsError as error:
            raise ArchiveError(f"{target.name} is there twice. Give every file a name of its own.") from error
        except OSError as error:
            raise ArchiveError(f"{target.name[:80]!r} cannot be unpacked: {error.strerror or error}.") from error
        return size

    def _spend(self, *, size: int = 0, files: int = 0) -> None:
        self._bytes -= size
        self._files -= files
        if self._bytes < 0 or self._files < 0:
            raise ArchiveError(f"more than the limit of {self._most} once unpacked. Bring fewer or smaller files.")


def _count(file: IO[bytes]) -> tuple[int, int]:
    """How many entries a zip can have at most, by the marks that begin them, and its size; the file is rewound."""
    count = size = 0
    rest = b""
    while piece := file.read(_PIECE):
        size += len(piece)
        piece = rest + piece
        count += piece.count(_ENTRY)
        rest = piece[-len(_ENTRY) + 1 :]
    file.seek(0)
    return count, size


def _is_to_be_read(entry: zipfile.ZipInfo, name: str) -> bool:
    """Whether an entry is to be written; an entry that no honest zip of map data has is refused."""
    suffix = PurePosixPath(entry.filename).suffix.lower()
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveError(f"{name} holds a link or a device ({entry.filename[:80]!r}). Expected plain files.")
    if suffix in _ARCHIVES:
        raise ArchiveError(f"{name} holds another archive ({entry.filename[:80]!r}). Unpack it first.")
    if entry.flag_bits & 0x1:
        raise ArchiveError(f"{name} is locked with a password. Expected a zip without one.")
    parts = PurePosixPath(entry.filename).parts
    hidden = any(part.startswith(".") for part in parts) or "__MACOSX" in parts
    return not entry.is_dir() and not hidden and suffix in _WANTED
