"""Writing all or nothing."""

from __future__ import annotations

import os
import stat

import pytest

from geo.errors import OutputError
from geo.files import replacing, write_text


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "areas.csv"
    path.write_text("old")
    return path


def test_the_new_file_takes_the_place_of_the_old(target):
    with replacing(target) as temporary:
        assert temporary.parent == target.parent
        assert temporary.suffix == ".csv"
        temporary.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt])
def test_a_fault_or_ctrl_c_leaves_the_old_file_whole(target, stop):
    def half() -> None:
        with replacing(target) as temporary:
            temporary.write_text("half")
            raise stop

    with pytest.raises(stop):
        half()
    assert target.read_text() == "old"
    assert list(target.parent.iterdir()) == [target]


def test_a_fault_leaves_no_new_file(tmp_path):
    with pytest.raises(ValueError, match="stop"), replacing(tmp_path / "new.csv"):
        raise ValueError("stop")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_in_one_line(target):
    with pytest.raises(OutputError, match=r"cannot write .*areas\.csv: No space left"), replacing(target):
        raise OSError(28, os.strerror(28))
    assert target.read_text() == "old"


@pytest.mark.parametrize(
    ("name", "reason"),
    [("", "is a folder"), ("missing/areas.csv", "No such file"), ("x" * 300, "name too long"), ("file/areas.csv", "Not a directory")],
)
def test_where_nothing_can_be_written_the_reason_is_said(tmp_path, name, reason):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=rf"(?i)cannot write .*{reason}"):
        write_text(tmp_path / name, "text")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_has_the_rights_that_any_new_file_has(target):
    mask = os.umask(0o027)
    try:
        write_text(target, "new")
    finally:
        os.umask(mask)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_text_is_utf8_with_plain_line_ends(target):
    write_text(target, "كوباني\n")
    assert target.read_bytes() == "كوباني\n".encode()
