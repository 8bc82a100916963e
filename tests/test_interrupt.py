"""Ctrl-C in the middle of long work: one line, exit code 130, and nothing half-written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo import geojson

ROOT = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path):
    """Twenty days of four rough discs that overlap, which takes a second or more to overlay or to mend."""
    (tmp_path / "days").mkdir()
    rng = np.random.default_rng(1)
    angle = np.linspace(0, 2 * np.pi, 2_000, endpoint=False)
    for number in range(20):
        land = []
        for west in (0, 1):
            radius = 1 + rng.uniform(0, 0.01, len(angle))
            shape = shapely.polygons(np.round(np.column_stack([west + radius * np.cos(angle), radius * np.sin(angle)]), 6))
            land += [geojson.feature(shapely.affinity.translate(shape, yoff=south), {}) for south in (0, 1)]
        geojson.write(tmp_path / "days" / f"{date(2015, 1, 1) + timedelta(days=number)}.geojson", land)
    return tmp_path / "days"


@pytest.mark.parametrize(
    ("command", "options", "last_line"),
    [("validate", ("--repair",), "rows checked"), ("areas", ("-o",), "held until the next")],
)
def test_control_c_ends_in_one_line_and_leaves_nothing(folder, tmp_path, command, options, last_line):
    out, temporary = tmp_path / "out", tmp_path / "temporary"
    out.mkdir()
    temporary.mkdir()
    target = out / ("mended.geojson" if command == "validate" else "areas.csv")
    with subprocess.Popen(
        [sys.executable, "-m", "geo", command, str(folder), *options, str(target)],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it  # noqa: PLW1509
    ) as running:
        assert running.stderr is not None
        assert any(last_line in line for line in running.stderr)
        running.send_signal(signal.SIGINT)
        assert running.stderr.read() == "geo: stopped; nothing was half-written.\n"
        assert running.wait() == 130
    assert [*out.iterdir(), *temporary.iterdir()] == []
