"""A key that an upstream refuses: others answer in its place, and nobody can say that it went unseen."""

import asyncio
import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from house import MODEL, House, Reply, house
from pantler.config.values import Route
from pantler.core.errors import ProviderError

WORDS = (
    b'{"error":{"message":"Incorrect API key","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}'
)


def gateway(folder: Path) -> House:
    models = (MODEL, replace(MODEL, name="n"))
    routes = (Route("both", ("m",), fallbacks=("n",)), Route("alone", ("m",)))
    return house(folder, models=models, routes=routes)


def refusal(status: int = 401) -> ProviderError:
    return ProviderError(f"m answered with status {status}", kind="status", status=status, body=WORDS)


async def down(gateway: House) -> bool:
    """Whether metrics and readiness say so, who agree."""
    told = b'pantler_upstream_down{model="m",reason="key_refused"} 1.0' in gateway.serving.metrics.text()
    ready = (await gateway.get("/readyz").reply()).body.decode()
    assert told == ("refuses our key" in ready)
    return told


@pytest.mark.parametrize("status", [401, 403])
def test_a_fallback_answers_and_log_metrics_readiness_and_ledger_say_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    async def test() -> None:
        house = gateway(tmp_path)
        for question in ("1", "2"):
            house.led.failures = [refusal(status)]
            reply = await house.ask(question, model="both").reply()
            assert (reply.status, reply.headers["x-pantler-model"]) == (200, "n")
            assert await down(house)
        assert [(each.model, each.outcome) for each in house.rows[0].asked] == [("m", "status"), ("n", "answered")]
        errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
        assert len(errors) == 1, "it is said once"
        assert f"m answers with status {status}" in errors[0]
        assert (await house.ask("3", model="both").reply()).headers["x-pantler-model"] == "m"
        assert not await down(house)
        assert "m answers again" in caplog.text

    asyncio.run(test())


@pytest.mark.parametrize("status", [402, 404, 408, 410, 429])
def test_a_status_that_speaks_of_one_provider_is_answered_by_the_fallback(tmp_path: Path, status: int) -> None:
    async def test() -> None:
        house = gateway(tmp_path)
        house.led.failures = [refusal(status)]
        reply = await house.ask(model="both").reply()
        assert (reply.status, reply.headers["x-pantler-model"]) == (200, "n")

    asyncio.run(test())


@pytest.mark.parametrize("status", [400, 405, 406, 409, 413, 415, 418, 422, 451])
def test_a_status_that_speaks_of_the_request_stays_what_it_was_beside_a_fallback(tmp_path: Path, status: int) -> None:
    async def test() -> None:
        house = gateway(tmp_path)
        house.led.failures = [refusal(status)]
        reply = await house.ask(model="both").reply()
        assert (reply.status, reply.json) == (status, json.loads(WORDS))
        assert house.led.calls == 1

    asyncio.run(test())


def says_whose_key_it_is(reply: Reply, status: int) -> None:
    error = reply.json["error"]
    assert (reply.status, error["code"]) == (status, "upstream_key_refused")
    assert "the gateway shows it" in error["message"]
    assert b"Incorrect" not in reply.body, "an upstream's words may show a part of the key"


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("streamed", [False, True])
def test_without_a_fallback_the_status_stays_and_the_client_is_told_that_it_is_not_its_own_key(
    tmp_path: Path, status: int, streamed: bool
) -> None:
    async def test() -> None:
        house = gateway(tmp_path)
        house.led.failures = [refusal(status)]
        says_whose_key_it_is(await house.ask(model="alone", stream=streamed).reply(), status)

    asyncio.run(test())


def test_where_the_fallback_fails_too_the_first_models_failure_is_told(tmp_path: Path) -> None:
    async def test() -> None:
        house = gateway(tmp_path)
        house.led.failures = [refusal(), ProviderError("n is gone", kind="refused")]
        says_whose_key_it_is(await house.ask(model="both").reply(), 401)

    asyncio.run(test())
