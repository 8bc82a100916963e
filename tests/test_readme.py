"""What the README tells a user to type works as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from geo.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMANDS = [line for _, block in BLOCKS for line in block.splitlines() if line.startswith("python -m geo ")]
PYTHON = [block for language, block in BLOCKS if language == "python"]


@pytest.mark.parametrize("line", COMMANDS)
def test_command_runs(line, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    arguments = shlex.split(line, comments=True)[3:]
    code = main(arguments)
    assert code in (0, 1) if arguments[0] == "validate" else code == 0
    assert all(path.stat().st_size for path in tmp_path.iterdir())
    if not list(tmp_path.iterdir()):
        assert capsys.readouterr().out


def test_python_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert PYTHON
    exec("\n".join(PYTHON), {})


def test_make_targets_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z]+)`?", README)) - {"it"}
    assert named <= targets
    assert {"app", "test"} <= named


def test_files_that_are_linked_exist():
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if not link.startswith("http")]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_dependency_has_its_reason():
    named = set(re.findall(r"[a-z][\w-]+", " ".join(re.findall(r"^\| ([\w, -]+) \|", README, re.MULTILINE))))
    wanted = {re.split(r"[<>=\[]", line)[0] for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").split()}
    assert wanted <= named
