from pathlib import Path

import pytest

from pantler.core.errors import StoreError
from pantler.disk.state import load, save

SECRET = b"secret"


def test_what_was_saved_last_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "learned"
    assert load(path, SECRET) is None
    save(path, [b"old"], SECRET)
    save(path, [b"n", b"", b"ew"], SECRET)
    assert load(path, SECRET) == b"new"
    assert [found.name for found in path.parent.iterdir()] == ["learned"]


def test_a_damaged_forged_or_cut_file_is_no_state(tmp_path: Path) -> None:
    path = tmp_path / "learned"
    save(path, [b"what was learned"], SECRET)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert load(path, SECRET) is None
        path.write_bytes(whole[:place])
        assert load(path, SECRET) is None
    path.write_bytes(whole)
    assert load(path, b"another secret") is None


def test_where_it_cannot_be_written_the_old_one_stays_and_the_error_says_so(tmp_path: Path) -> None:
    path = tmp_path / "learned"
    save(path, [b"old"], SECRET)
    (tmp_path / "learned.new").mkdir()  # in the way
    with pytest.raises(StoreError, match="cannot be written"):
        save(path, [b"new"], SECRET)
    assert load(path, SECRET) == b"old"
