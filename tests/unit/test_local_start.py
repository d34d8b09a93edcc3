"""A local model whose process does not start."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pantler.core.asks import Ask, Endpoint
from pantler.core.errors import ProviderError
from pantler.providers import local

PATIENCE = 10.0


@pytest.fixture
def provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> local.Local:
    monkeypatch.setattr(local, "find_spec", lambda _: object())
    weights = tmp_path / "w.gguf"
    weights.touch()
    return local.Local(Endpoint(name="small"), weights=str(weights))


def ask() -> Ask:
    return Ask("chat", "small", {"messages": []}, asyncio.get_running_loop().time() + PATIENCE)


def test_a_process_that_cannot_be_started_is_refused_and_tried_again(
    provider: local.Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    async def fails(*_: Any, **__: Any) -> None:
        nonlocal tries
        tries += 1
        raise OSError(12, "Cannot allocate memory")

    async def test() -> None:
        for _ in range(2):
            with pytest.raises(ProviderError, match="Cannot allocate memory") as found:
                await provider.whole(ask())
            assert found.value.kind == "refused"
        await provider.close()

    monkeypatch.setattr(asyncio, "create_subprocess_exec", fails)
    asyncio.run(test())
    assert tries == 2


def test_closing_does_not_wait_for_a_start_that_is_under_way(
    provider: local.Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test() -> None:
        begun = asyncio.Event()

        async def hangs(*_: Any, **__: Any) -> None:
            begun.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(asyncio, "create_subprocess_exec", hangs)
        asking = asyncio.create_task(provider.whole(ask()))
        await begun.wait()
        async with asyncio.timeout(PATIENCE / 2):
            await provider.close()
        with pytest.raises(ProviderError, match="closed before it was up"):
            await asking

    asyncio.run(test())
