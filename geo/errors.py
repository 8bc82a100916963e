"""Errors that a user can cause and mend.

Each message says what was wrong, what was found, what was expected and what to do.
The command line and the app show the message; anything that is not a ``GeoError`` is a bug.
"""

from __future__ import annotations

from collections.abc import Sequence


class GeoError(Exception):
    """Base of every error that the user's input or surroundings caused."""


class DateError(GeoError):
    """A date, period or step that does not parse, or lies outside the series."""


class SeriesError(GeoError):
    """A series that cannot be read: no such file, not GeoJSON, no dates, unknown definition."""


class ArchiveError(GeoError):
    """An upload or a zip that is refused: broken, too big, or reaching outside itself."""


class GeometryError(GeoError):
    """A geometry that cannot be measured or compared."""


class OutputError(GeoError):
    """A target that cannot be written."""


class FactsError(GeoError):
    """All faults found in the recorded facts, at once.

    Parameters
    ----------
    faults
        One sentence per fault, each naming its file and row.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        super().__init__(f"{count} fault{'s' if count != 1 else ''} in the facts:\n  " + "\n  ".join(self.faults))
