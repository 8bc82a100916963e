"""Options and fixtures for all tests."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fuzz", type=int, default=300, metavar="N", help="how many broken files tests/test_fuzz.py makes (%(default)s)")
    parser.addoption("--regenerate", action="store_true", help="write the golden files in tests/data/ anew")


@pytest.fixture(scope="session")
def regenerate(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written anew."""
    return bool(request.config.getoption("--regenerate"))
