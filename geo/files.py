"""Writing files so that a fault or Ctrl-C leaves the old file whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, get_args

from geo.errors import OutputError

TableFormat = Literal["csv", "json", "table"]
TABLE_FORMATS: tuple[TableFormat, ...] = get_args(TableFormat)
TABLE_SUFFIXES = (".csv", ".json", ".txt", ".parquet")
FEATURE_SUFFIXES = (".geojson", ".gpkg", ".parquet")
PAGE_SUFFIXES = (".html", ".htm")
PICTURE_SUFFIXES = (".png", ".svg")
FILM_SUFFIXES = (".gif", ".mp4")


@contextmanager
def replacing(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside `target` that takes its place when the block ends well.

    Parameters
    ----------
    target
        The file to write. Its folder must exist.

    Yields
    ------
    pathlib.Path
        Where to write; it has the suffix of `target`.

    Raises
    ------
    OutputError
        The folder does not exist or cannot be written, or `target` is a folder.
    """
    path = Path(target)
    try:
        if path.is_dir():
            raise OutputError(f"cannot write {path}: it is a folder. Name a file.")
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
        os.close(handle)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}. Name a file in a folder that can be written.") from error
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}.") from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(target: str | os.PathLike[str], text: str) -> None:
    """Write `text` as UTF-8 with ``\\n`` line ends, all or nothing.

    Raises
    ------
    OutputError
        See `replacing`.
    """
    write_bytes(target, text.encode("utf-8"))


def write_bytes(target: str | os.PathLike[str], content: bytes) -> None:
    """Write bytes, all or nothing.

    Raises
    ------
    OutputError
        See `replacing`.
    """
    with replacing(target) as temporary:
        temporary.write_bytes(content)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
