"""The examples run as they stand there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.image import imread

from geo.compare import change_between
from geo.load import load_series

ROOT = Path(__file__).parents[1]


def test_analyst(tmp_path):
    script = ROOT / "tests" / "examples" / "analyst.py"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, script], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True, timeout=120)
    table = pd.read_csv(tmp_path / "losses.csv")
    change = change_between(load_series(definition="control"), "2014-06-30", "2014-12-30")
    assert table["lost_km2"][0] == pytest.approx(change.lost.area_km2, rel=1e-9)
    assert len(table) == 8
    assert "places held" in done.stdout
    picture = imread(tmp_path / "losses.png")
    assert picture[..., :3].std() > 0.1
