"""The linter, the formatter and the type checker find nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("command", ["ruff check .", "ruff format --check .", "mypy"])
def test_runs_clean(command):
    done = subprocess.run(
        [sys.executable, "-m", *command.split()], cwd=Path(__file__).parents[1], check=False, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
