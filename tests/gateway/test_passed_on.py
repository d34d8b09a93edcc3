"""Models whose names nobody has configured, behind one upstream: one that is broken is nobody else's trouble."""

import asyncio
from pathlib import Path

from msgspec.structs import replace

from house import MODEL, house
from pantler.core.errors import ProviderError
from pantler.core.types import Call, Plan
from pantler.live.breaker import FAILURES
from pantler.live.errands import Errand


def broken() -> ProviderError:
    return ProviderError("m answered with status 500", kind="status", status=500)


def unreachable() -> ProviderError:
    return ProviderError("m: its upstream takes no connection; is it up?", kind="refused")


def test_a_model_that_is_broken_shuts_off_no_other(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, models=(), any_model=replace(MODEL, name="upstream"))
        gateway.led.failures = [broken() for _ in range(FAILURES)]
        for number in range(FAILURES):
            assert (await gateway.ask(str(number), model="broken").reply()).status == 502
        shut = await gateway.ask("again", model="broken").reply()
        assert (shut.status, shut.headers["retry-after"], gateway.led.calls) == (503, "1", FAILURES)
        for model in ("fine", "upstream"):
            assert (await gateway.ask(model=model).reply()).status == 200

    asyncio.run(test())


def test_an_upstream_that_cannot_be_reached_is_asked_for_no_model(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, models=(), any_model=replace(MODEL, name="upstream"))
        gateway.led.failures = [unreachable() for _ in range(FAILURES)]
        for number in range(FAILURES):
            await gateway.ask(model=f"m{number}").reply()
        shut = await gateway.ask(model="new").reply()
        assert (shut.status, gateway.led.calls) == (503, FAILURES)
        assert b'pantler_upstream_down{model="upstream",reason="breaker_open"} 1.0' in gateway.serving.metrics.text()

    asyncio.run(test())


def test_twelve_answers_of_no_room_shut_nothing_off_and_are_told_as_they_were(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        full = [ProviderError("full", kind="overloaded", status=429, retry_after_seconds=7.0) for _ in range(12)]
        gateway.led.failures = [*full]
        for number in range(12):
            reply = await gateway.ask(str(number)).reply()
            assert (reply.status, reply.headers["retry-after"]) == (429, "7")
        assert (await gateway.ask("then").reply()).status == 200

    asyncio.run(test())


def test_a_plan_of_which_nothing_is_told_has_the_price_of_the_upstream_that_names_are_passed_on_to(
    tmp_path: Path,
) -> None:
    async def test() -> None:
        gateway = house(tmp_path, models=(), any_model=replace(MODEL, name="upstream"))
        errands: list[Errand] = []
        gateway.serving.answers.noted = errands.append
        await gateway.ask(model="anything").reply()
        (weighed,) = gateway.serving.books.weighed(errands[0], Call(Plan(("upstream",)), 0.0))
        assert weighed.price is not None
        assert weighed.price > 0.0

    asyncio.run(test())
