"""Put what a benchmark prints into the README, in place of what it printed last, between the marks of its name.

python -m tests.benchmarks.measuring | python -m tests.benchmarks.readme measuring
"""

from __future__ import annotations

import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def main(name: str, printed: str) -> None:
    """Print it too; refuse what has no table, as of a benchmark that failed."""
    print(printed)
    if "\n|---" not in printed:
        sys.exit(f"{name} printed no table; the README is left as it is.")
    first, last = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
    before, _, rest = README.read_text(encoding="utf-8").partition(first)
    _, mark, after = rest.partition(last)
    if not mark:
        sys.exit(f"The README has no place for {name}. Expected {first.strip()} and {last.strip()}.")
    README.write_text(before + first + printed.strip() + last + after, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.read())
