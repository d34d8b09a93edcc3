"""Which names may be asked, those of an upstream among them where every name is passed on."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from house import MODEL, SECRET, House, house
from pantler.config.keys import digest
from pantler.config.values import Key, Tenant
from pantler.core.errors import ProviderError
from virtual_time import VirtualLoop

ANY = replace(MODEL, name="upstream")


async def listed(gateway: House, key: str = "") -> Any:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    reply = await gateway.get("/v1/models", headers).reply()
    return [model["id"] for model in reply.json["data"]] if reply.status == 200 else reply.json["error"]["code"]


def telling(gateway: House, names: list[str]) -> list[float]:
    """Let the upstream tell these names; when it was asked for them."""
    asked = []

    async def told(deadline: float) -> list[str]:
        asked.append(asyncio.get_running_loop().time())
        await asyncio.sleep(0)
        return names

    gateway.led.names = told  # type: ignore[attr-defined]
    return asked


def run(test: Any) -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(test())


def test_the_names_of_the_upstream_stand_beside_those_of_the_configuration(tmp_path: Path) -> None:
    async def test() -> None:
        clock = asyncio.get_running_loop().time
        gateway = house(tmp_path, monotonic=clock, models=(MODEL,), any_model=ANY)
        asked = telling(gateway, ["small", "m", "", "n" * 257, "large"])
        assert await asyncio.gather(*(listed(gateway) for _ in range(5))) == [["m", "small", "large"]] * 5
        assert len(asked) == 1
        found = [(await gateway.get(f"/v1/models/{name}").reply()).status for name in ("large", "m", "none")]
        assert found == [200, 200, 404]
        assert len(asked) == 1
        await asyncio.sleep(60.0)
        assert await listed(gateway) == ["m", "small", "large"]
        assert len(asked) == 2

    run(test)


def test_an_upstream_that_does_not_tell_is_named_as_the_reason(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, models=(), any_model=ANY)

        async def told(deadline: float) -> list[str]:
            raise ProviderError("upstream: its upstream takes no connection; is it up?", kind="refused")

        gateway.led.names = told  # type: ignore[attr-defined]
        assert await listed(gateway) == "upstream_refused"

    run(test)


def test_nobody_waits_behind_others_for_an_upstream_that_is_silent(tmp_path: Path) -> None:
    async def test() -> None:
        clock = asyncio.get_running_loop().time
        gateway = house(tmp_path, monotonic=clock, models=(), any_model=ANY)
        asked = []

        async def told(deadline: float) -> list[str]:
            asked.append(clock())
            await asyncio.sleep(deadline - clock())
            if len(asked) > 1:
                return ["back"]
            raise ProviderError("upstream: no answer has begun within 5 s", kind="timeout")

        gateway.led.names = told  # type: ignore[attr-defined]
        begun = clock()
        assert await asyncio.gather(*(listed(gateway) for _ in range(20))) == ["upstream_timeout"] * 20
        assert clock() - begun == pytest.approx(5.0)
        assert len(asked) == 1
        await asyncio.sleep(10.0)
        assert await listed(gateway) == ["back"]

    run(test)


def test_a_provider_that_cannot_tell_leaves_what_is_configured(tmp_path: Path) -> None:
    async def test() -> None:
        assert await listed(house(tmp_path, models=(MODEL,), any_model=ANY)) == ["m"]

    run(test)


def test_a_key_that_may_not_ask_for_every_name_is_told_only_those_it_may(tmp_path: Path) -> None:
    async def test() -> None:
        keys = {name: (Key(digest(SECRET, name), name=name),) for name in ("few", "all")}
        tenants = (Tenant("few", keys=keys["few"], routes=("m",)), Tenant("all", keys=keys["all"]))
        gateway = house(tmp_path, models=(MODEL,), any_model=ANY, tenants=tenants)
        asked = telling(gateway, ["small"])
        assert await listed(gateway, "few") == ["m"]
        assert not asked
        assert await listed(gateway, "all") == ["m", "small"]

    run(test)
