import stat
from pathlib import Path

import pytest

from pantler.config.keys import Keyring, digest, is_digest, mark, new_key, pepper
from pantler.config.values import Gateway, Key, Tenant
from pantler.core.errors import ConfigError

PEPPER = b"0123456789abcdef"


@pytest.mark.promise("S2")
def test_a_key_is_found_by_its_digest_alone() -> None:
    key = new_key()
    acme = Tenant("acme", keys=(Key(digest(PEPPER, key), "laptop"),))
    ring = Keyring([acme], PEPPER)
    holder = ring.find(key)
    assert holder is not None
    assert (holder.tenant.name, holder.key.name) == ("acme", "laptop")
    assert ring.find(key + "x") is None
    assert ring.find("") is None
    assert ring.find(key) is holder
    assert ring.find(key + "x") is None, "and no other key is known since"
    assert Keyring([acme], b"another pepper of 16").find(key) is None


def test_a_digest_says_how_it_was_made_and_not_what_of() -> None:
    key = new_key()
    made = digest(PEPPER, key)
    assert is_digest(made)
    assert made.startswith("hmac-sha256:")
    assert key not in made
    assert not is_digest(key)


def test_keys_do_not_repeat() -> None:
    assert len({new_key() for _ in range(1_000)}) == 1_000


def test_the_pepper_comes_from_the_environment_where_it_is_set(tmp_path: Path) -> None:
    found = pepper(Gateway(), tmp_path, {"PANTLER_PEPPER": PEPPER.decode()})
    assert (found.secret, found.source) == (PEPPER, "PANTLER_PEPPER")
    assert not list(tmp_path.iterdir())


def test_the_pepper_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = pepper(Gateway(), tmp_path / "state", {})
    again = pepper(Gateway(), tmp_path / "state", {})
    assert first == again
    assert len(first.secret) >= 32
    assert stat.S_IMODE((tmp_path / "state" / "pepper").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["pepper"]


def test_a_pepper_is_not_shown(tmp_path: Path) -> None:
    found = pepper(Gateway(), tmp_path, {"PANTLER_PEPPER": "a canary that sings"})
    assert "canary" not in repr(found)


def test_a_folder_that_cannot_keep_the_pepper_is_refused_with_what_may_be_done(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"state cannot keep the pepper \(Not a directory\); .* set PANTLER_PEPPER"):
        pepper(Gateway(), tmp_path / "file" / "state", {})


def test_a_pepper_that_others_may_read_is_refused(tmp_path: Path) -> None:
    pepper(Gateway(), tmp_path, {})
    (tmp_path / "pepper").chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        pepper(Gateway(), tmp_path, {})


def test_a_short_pepper_is_refused_without_being_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"PANTLER_PEPPER has 5 bytes") as caught:
        pepper(Gateway(), tmp_path, {"PANTLER_PEPPER": "short"})
    assert "short" not in str(caught.value)


@pytest.mark.promise("S2")
def test_the_last_word_on_a_key_is_a_comparison_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(one: str, other: str) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr("pantler.config.keys.hmac.compare_digest", compare)
    ring = Keyring([Tenant("acme", keys=(Key(digest(PEPPER, "known")),))], PEPPER)
    assert ring.find("known") is not None
    assert ring.find("unknown") is None
    assert [len(one) == len(other) for one, other in compared] == [True, True], "an unknown key is compared as well"


def test_a_folder_that_was_written_under_another_pepper_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    first = pepper(Gateway(), tmp_path, {"PANTLER_PEPPER": PEPPER.decode()})
    for _ in range(2):
        mark(tmp_path, first)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    other = pepper(Gateway(), tmp_path, {"PANTLER_PEPPER": "another pepper of some length"})
    with pytest.raises(ConfigError, match="written under another pepper than that of PANTLER_PEPPER; start with"):
        mark(tmp_path, other)
    with pytest.raises(ConfigError, match="is not there and PANTLER_PEPPER is not set; start with the former one"):
        pepper(Gateway(), tmp_path, {})
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    (tmp_path / "pepper-check").unlink()
    mark(tmp_path, other)
