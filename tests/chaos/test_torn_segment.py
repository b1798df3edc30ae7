"""A byte of exactly one batch is turned, and turned back."""

from pathlib import Path

import pytest

from .torn_segment import Torn, flip


def batch(offset: int, size: int) -> bytes:
    return offset.to_bytes(8, "big") + size.to_bytes(4, "big") + bytes(size)


def test_it_turns_a_byte_of_the_batch_and_back(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "inputs-3"
    folder.mkdir(parents=True)
    older, newest = folder / "0.log", folder / "5.log"
    before = batch(5, 20), batch(7, 30), batch(9, 40)
    older.write_bytes(batch(0, 20))
    newest.write_bytes(b"".join(before))
    flip(tmp_path, "inputs", 3, 7)
    torn = newest.read_bytes()
    assert [torn.find(one) >= 0 for one in before] == [True, False, True]
    flip(tmp_path, "inputs", 3, 7)
    assert newest.read_bytes() == b"".join(before)
    with pytest.raises(Torn, match="no batch of inputs:3 begins at 8"):
        flip(tmp_path, "inputs", 3, 8)
