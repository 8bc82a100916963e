"""Tables of recorded facts, read with their faults collected rather than raised one by one."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path

from geo.errors import DateError, FactsError
from geo.periods import parse_day

Row = Mapping[str, str]


class Lint:
    """Reads tables and collects what is wrong with them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[str] = []

    def fault(self, where: str, what: str) -> None:
        """Keep a fault: where it is, and what is wrong and was expected."""
        self.faults.append(f"{where}: {what}")

    def finish(self) -> None:
        """Raise a `FactsError` with all faults, if there are any."""
        if self.faults:
            raise FactsError(self.faults)

    def table(self, name: str, columns: Iterable[str]) -> tuple[dict[str, str], ...]:
        """Rows of a table with at least these columns; a table that cannot be read at all is raised at once."""
        try:
            with open(self.folder / name, encoding="utf-8", newline="") as file:
                reader = csv.DictReader(file, restkey="", strict=True)
                rows = tuple(reader)
                found = set(reader.fieldnames or ())
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise FactsError([*self.faults, f"{name}: cannot be read ({error}). Expected a table in UTF-8."]) from error
        missing = sorted(set(columns) - found)
        if missing:
            raise FactsError([*self.faults, f"{name}: no column {', '.join(missing)}. Found {', '.join(sorted(found))}."])
        for line, row in enumerate(rows, 2):
            if "" in row or None in row.values():
                raise FactsError(
                    [*self.faults, f"{name}:{line}: {len(row)} cells do not match the {len(found)} columns. Quote cells with commas."]
                )
        return rows

    def unique(self, name: str, rows: Iterable[Row], column: str) -> None:
        """Check that no value of a column stands twice."""
        for value, count in Counter(row[column] for row in rows).items():
            if count > 1:
                self.fault(name, f"{column} {value!r} stands {count} times. Expected once.")

    def known(self, where: str, what: str, value: str, allowed: Iterable[str], *, optional: bool = False) -> None:
        """Check that a value is one of those allowed, or empty where that is optional."""
        if not (optional and value == "") and value not in allowed:
            self.fault(where, f"unknown {what} {value!r}.")

    def day(self, where: str, text: str) -> date | None:
        """Read a day; None where it does not parse."""
        try:
            return parse_day(text)
        except DateError as error:
            self.fault(where, str(error))
            return None

    def number(self, where: str, text: str, accept: Callable[[float], bool] = lambda value: value >= 0) -> float:
        """Read a number in the accepted range; 0 where it does not parse."""
        try:
            value = float(text)
        except ValueError:
            self.fault(where, f"{text!r} is not a number.")
            return 0.0
        if not (math.isfinite(value) and accept(value)):
            self.fault(where, f"{text!r} is out of range.")
        return value

    def point(self, where: str, row: Row) -> tuple[float, float]:
        """Read longitude and latitude in degrees."""
        lon = self.number(where, row["lon"], lambda value: -180 <= value <= 180)
        return lon, self.number(where, row["lat"], lambda value: -90 <= value <= 90)
