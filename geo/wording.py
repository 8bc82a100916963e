"""Days, areas and shares as people read them: three digits that mean something, never more."""

from __future__ import annotations

import math
from datetime import date


def day_text(day: date, *, month: str = "%b") -> str:
    """A day such as ``21 May 2015``; `month` is ``"%b"`` for the short name of the month, ``"%B"`` for the long one."""
    return f"{day.day} {day:{month}} {day.year}"


def km2_text(area: float) -> str:
    """Three significant digits, never more than two decimals."""
    digits = 2 - math.floor(math.log10(area)) if area else 0
    return f"{round(area, min(digits, 2)):,.{min(max(digits, 0), 2)}f}" if area else "0"


def percent_text(share: float) -> str:
    """A share such as ``83 %``; what is below 0.01 % says so instead of showing zero."""
    if 0 < share < 0.0001:
        return "less than 0.01 %"
    return f"{share:.{0 if share >= 0.1 or not share else 1 if share >= 0.01 else 2}%}".replace("%", " %")
