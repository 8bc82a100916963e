"""The page's own logic, run by node's test runner, and its vendored files."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest

from geo.load import load_definitions

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
    stems = set(re.findall(r"[a-z]+(?:_?[a-z0-9]+)*", scripts))
    dead = [
        key
        for key in words
        if key not in stems
        and not any(f"{stem}_" in scripts and key.startswith(f"{stem}_") for stem in ("step", "confidence", "outline", "table"))
    ]
    assert dead == []


LANGUAGES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((VIEWER / "text").glob("*.json"))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_missing_in_any_language(language):
    """The same keys as in English, each with words and with the same {names} to fill in."""
    assert list(LANGUAGES[language]) == list(LANGUAGES["en"])
    for key, words in LANGUAGES[language].items():
        assert words, key
        assert sorted(re.findall(r"\{\w+\}", words)) == sorted(re.findall(r"\{\w+\}", LANGUAGES["en"][key])), key
    assert LANGUAGES[language]["locale"].split("-")[0] == language
    assert LANGUAGES[language]["direction"] in ("ltr", "rtl")


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_the_bundled_series_is_translated(language):
    """Every text of it that the page shows outside lists of places and sources, and none that it does not have any more."""
    series = load_definitions()
    texts = {text for one in series for text in (one.title, one.attribution, *dataclasses.astuple(one.definition)) if isinstance(text, str)}
    texts |= {event.title for event in series[0].events} | {text for step in series[0].story for text in (step.title, step.text)}
    texts |= {
        actor for one in series for record in one.records for actor in (record.properties["taken_from"], record.properties["lost_to"])
    }
    translated = set(series[0].translations[language])
    assert texts - {"", None} - translated == set()
    with open(VIEWER.parents[1] / "seeds" / "actors.csv", encoding="utf-8", newline="") as file:
        texts |= {row["actor"] for row in csv.DictReader(file)}
    assert translated - texts == set()


def test_data_text_is_never_set_as_html():
    scripts = {path.name: path.read_text(encoding="utf-8") for path in VIEWER.glob("*.js")}
    assert scripts
    for name, script in scripts.items():
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", script), name
