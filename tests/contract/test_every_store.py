"""What every store owes the live loop, whatever it keeps the bytes in."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from pantler.build import names, part
from pantler.core.asks import Entry
from pantler.core.edges import Lasting, Store


def entry(body: bytes = b"{}", *, model: str = "small", tenant: str = "blue", tags: tuple[str, ...] = ()) -> Entry:
    return Entry(body, model, tenant, "smart", 1.0, tags=tags)


@pytest.fixture(params=names("stores"))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    settings = {"sqlite": {"folder": tmp_path, "secret": b"secret"}}
    made: Store = part("stores", request.param)(**settings.get(request.param, {}))
    if isinstance(made, Lasting):
        made.load(0.0)
    yield made
    asyncio.run(made.close())


def test_it_gives_back_what_was_put_last_under_a_key(store: Store) -> None:
    store.put(1, entry(b"old"))
    store.put(2**128 - 1, entry(b"other"))
    store.put(1, entry(b"new"))
    assert store.get(1) == entry(b"new")
    assert store.get(2**128 - 1) == entry(b"other")
    assert store.get(3) is None


def test_what_was_dropped_is_gone_and_dropping_it_again_is_harmless(store: Store) -> None:
    store.put(1, entry())
    store.drop(1)
    store.drop(1)
    assert store.get(1) is None


def test_it_names_the_keys_of_a_tag_a_model_or_a_tenant(store: Store) -> None:
    store.put(1, entry(tags=("news", "daily")))
    store.put(2, entry(tags=("news",), model="large"))
    store.put(3, entry(tenant="red"))
    store.put(2, entry(model="large"))  # without its tag now
    store.drop(3)
    assert store.named("tag", "news") == [1]
    assert store.named("model", "large") == [2]
    assert sorted(store.named("tenant", "blue")) == [1, 2]
    assert store.named("tenant", "red") == []
    assert store.named("tag", "large") == []
