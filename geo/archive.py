"""What a stranger uploads, file or zip, into a private folder; whatever could reach beyond it is refused."""

from __future__ import annotations

import lzma
import os
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from geo.errors import ArchiveError
from geo.foreign import SIDECARS, SUFFIXES, check_content

JSON_SUFFIXES = (".geojson", ".json", ".topojson")
MOST_FILES = 10_000
MOST_BYTES = 500_000_000
"""Limits of all that is unpacked into one folder."""

_WANTED = (*JSON_SUFFIXES, *SUFFIXES, *SIDECARS)
_ARCHIVES = (".zip", ".kmz", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".jar")
_PIECE = 1 << 20


def unpack(
    file: str | os.PathLike[str] | BinaryIO, into: str | os.PathLike[str], *, most_bytes: int = MOST_BYTES, most_files: int = MOST_FILES
) -> list[Path]:
    """Put a file, or the files of a zip, into a folder from which `load_series` can read them.

    Parameters
    ----------
    file
        A path, or an open binary file with a `name`, such as an uploaded one. A name in ``.zip`` is unpacked, folders and all.
    into
        An existing folder that nobody else writes to.
    most_bytes, most_files
        Limits of what the folder may hold afterwards. Bytes are counted as they are written; what a zip says of itself is not
        believed.

    Returns
    -------
    list of pathlib.Path
        The files written. Files of other kinds in a zip, such as a read-me, are left out.

    Raises
    ------
    ArchiveError
        No zip or a broken one; an absolute name or one with ``..``; a link; a password; an archive in the archive; more files
        or bytes than the limits; a name that is there already; a kind of file that is not read; or contents that are not what
        the name says (see `geo.foreign`). Nothing of the file is left in the folder then.
    """
    folder = Path(into)
    present = [path for path in folder.rglob("*") if path.is_file()]
    written: list[Path] = []
    try:
        budget = _Budget(most_bytes - sum(path.stat().st_size for path in present), most_files - len(present))
        if isinstance(file, (str, os.PathLike)):
            with Path(file).open("rb") as opened:
                _unpack(opened, Path(file).name, folder, budget, written)
        else:
            _unpack(file, PurePosixPath(str(file.name).replace("\\", "/")).name, folder, budget, written)
        for path in written:
            check_content(path)
    except BaseException as error:
        for path in written:
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise ArchiveError(f"{file} cannot be unpacked: {error.strerror or error}.") from error
        raise
    return written


class _Budget:
    """How many bytes and files may still be written."""

    def __init__(self, size: int, files: int) -> None:
        self._size, self._files = size, files
        self._most = f"{size / 1e6:,.0f} MB, {files:,} files"

    def file(self) -> None:
        self._files -= 1
        self._check()

    def spend(self, size: int) -> None:
        self._size -= size
        self._check()

    def _check(self) -> None:
        if self._size < 0 or self._files < 0:
            raise ArchiveError(f"more than the limit of {self._most} once unpacked. Bring fewer or smaller files.")


def _unpack(file: IO[bytes], name: str, folder: Path, budget: _Budget, written: list[Path]) -> None:
    suffix = Path(name).suffix.lower()
    if suffix != ".zip":
        if suffix not in _WANTED:
            raise ArchiveError(
                f"{name} is of a kind that is not read here. Expected {', '.join((*JSON_SUFFIXES, *SUFFIXES))}, or a zip of them."
            )
        _write(file, _target(folder, name, name), budget, written)
        return
    try:
        with zipfile.ZipFile(file) as archive:
            targets = [(entry, _target(folder, entry.filename, name)) for entry in archive.infolist()]
            entries = [(entry, target) for entry, target in targets if _is_wanted(entry, name)]
            if not entries:
                raise ArchiveError(f"{name} holds no file that is read here. Expected {', '.join((*JSON_SUFFIXES, *SUFFIXES))}.")
            for entry, target in entries:
                with archive.open(entry) as content:
                    _write(content, target, budget, written)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise ArchiveError(f"{name} is no zip file that can be read ({error}).") from error


def _is_wanted(entry: zipfile.ZipInfo, name: str) -> bool:
    """Whether an entry is to be written; an entry that no honest zip of map data has is refused."""
    suffix = PurePosixPath(entry.filename).suffix.lower()
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise ArchiveError(f"{name} holds a link ({entry.filename}). Expected plain files.")
    if suffix in _ARCHIVES:
        raise ArchiveError(f"{name} holds another archive ({entry.filename}). Unpack it first.")
    if entry.flag_bits & 0x1:
        raise ArchiveError(f"{name} is locked with a password. Expected a zip without one.")
    parts = PurePosixPath(entry.filename).parts
    hidden = any(part.startswith(".") and part != ".." for part in parts) or "__MACOSX" in parts
    return not entry.is_dir() and not hidden and suffix in _WANTED


def _target(folder: Path, entry: str, name: str) -> Path:
    """Where an entry goes; never outside `folder`, and never over another file."""
    parts = PurePosixPath(entry.replace("\\", "/")).parts
    if not parts or parts[0] == "/" or ".." in parts or any(":" in part or "\0" in part for part in parts):
        raise ArchiveError(f"{name} holds a file with a name that leads elsewhere ({entry!r}). Expected plain relative names.")
    return folder.joinpath(*parts)


def _write(content: IO[bytes], target: Path, budget: _Budget, written: list[Path]) -> None:
    budget.file()
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("xb") as out:
            written.append(target)
            while piece := content.read(_PIECE):
                budget.spend(len(piece))
                out.write(piece)
    except FileExistsError as error:
        raise ArchiveError(f"{target.name} is there twice. Give every file a name of its own.") from error
