"""The page's own logic, run by node's test runner, and its vendored files."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest

VIEWER = Path(__file__).parents[1] / "geo" / "viewer"


def test_javascript_logic():
    """Runs tests/viewer/*.test.js with the node that playwright brings."""
    driver = pytest.importorskip("playwright._impl._driver", reason="playwright is not installed: run `make test`")
    node, _ = driver.compute_driver_executable()
    files = sorted(str(path) for path in (Path(__file__).parent / "viewer").glob("*.test.js"))
    done = subprocess.run([node, "--test", *files], check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^# pass [1-9]|^ℹ pass [1-9]", done.stdout, re.MULTILINE)


def test_vendored_files_are_the_ones_recorded():
    rows = re.findall(r"^\| (\S+\.(?:js|css)) \|.*\| ([0-9a-f]{64}) \|$", (VIEWER / "vendor" / "README.md").read_text(), re.MULTILINE)
    files = {path.name for path in (VIEWER / "vendor").iterdir() if path.suffix in (".js", ".css")}
    assert {name for name, _ in rows} == files
    for name, digest in rows:
        assert hashlib.sha256((VIEWER / "vendor" / name).read_bytes()).hexdigest() == digest


def test_every_text_of_the_interface_is_used():
    """A key that no script says is dead; a key that a script says must be there (the browser tests say them)."""
    words = json.loads((VIEWER / "text" / "en.json").read_text(encoding="utf-8"))
    scripts = "".join(path.read_text(encoding="utf-8") for path in VIEWER.glob("*.js"))
    stems = set(re.findall(r"[a-z0-9]+(?:_[a-z]+)*", scripts))
    dead = [
        key
        for key in words
        if key not in stems
        and not any(f"{stem}_" in scripts and key.startswith(f"{stem}_") for stem in ("step", "confidence", "outline", "table"))
    ]
    assert dead == []


def test_data_text_is_never_set_as_html():
    scripts = {path.name: path.read_text(encoding="utf-8") for path in VIEWER.glob("*.js")}
    assert scripts
    for name, script in scripts.items():
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", script), name
