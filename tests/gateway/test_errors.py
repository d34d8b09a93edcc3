"""Bad input of every kind: an error in OpenAI's shape with a code and a sentence that helps; never a traceback."""

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from house import CHAT, SECRET, Cut, Reply, house
from pantler.config.keys import digest
from pantler.config.values import Gateway, Key, Route, Tenant
from pantler.core.errors import ProviderError
from pantler.gateway.wire import Fault
from pantler.gateway.wires.chat import Chat

ASK = b'{"model":"m","messages":[{"role":"user","content":"?"}]}'
BAD: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b"", 400, "empty_body"),
    "malformed": (b'{"model": "m", ', 400, "invalid_json"),
    "no UTF-8": (b'{"model": "\xff"}', 400, "invalid_json"),
    "a list": (b"[]", 400, "not_an_object"),
    "a number": (b"17", 400, "not_an_object"),
    "a million brackets": (b"[" * 1_000_000, 400, "too_many_values"),
    "deep in a field": (b'{"model":"m","messages":' + b"[" * 1000 + b"]" * 1000 + b"}", 400, "nested_too_deep"),
    "twenty megabytes": (b'{"model":"' + b"m" * 20_000_000 + b'"}', 413, "body_too_large"),
    "no model": (b'{"messages":[{}]}', 400, "missing_model"),
    "a model that is a number": (b'{"model":3,"messages":[{}]}', 400, "invalid_type"),
    "no messages": (b'{"model":"m"}', 400, "invalid_messages"),
    "messages that are text": (b'{"model":"m","messages":"hi"}', 400, "invalid_messages"),
    "stream that is text": (ASK[:-1] + b',"stream":"yes"}', 400, "invalid_type"),
    "an unknown model": (ASK.replace(b'"m"', b'"never"'), 404, "model_not_found"),
    "a model's name of a megabyte": (ASK.replace(b'"m"', b'"' + b"m" * 1_000_000 + b'"'), 404, "model_not_found"),
}


def the_error(reply: Reply, status: int, code: str, tier: str = "bypass") -> dict[str, Any]:
    error: dict[str, Any] = reply.json["error"]
    assert (reply.status, error["code"]) == (status, code)
    assert error.keys() == {"message", "type", "param", "code"}
    assert len(error["message"]) >= 20
    assert "Traceback" not in reply.body.decode()
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-pantler-cache"] == tier
    return error


@pytest.mark.parametrize(("body", "status", "code"), BAD.values(), ids=BAD)
def test_a_bad_body_is_told_what_is_wrong_with_it(tmp_path: Path, body: bytes, status: int, code: str) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        the_error(await gateway.post(CHAT, body).reply(), status, code)
        (row,) = gateway.rows
        assert (row.status, row.tier, row.reason, row.spent, row.tenant) == (status, "bypass", code, 0, "anybody")
        assert gateway.led.calls == 0

    asyncio.run(test())


def test_what_is_served_nowhere_and_what_is_asked_wrongly_is_told_apart(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        the_error(await gateway.post("/v1/chat/completion", ASK).reply(), 404, "unknown_path")
        wrong = await gateway.get(CHAT).reply()
        the_error(wrong, 405, "wrong_method")
        assert wrong.headers["allow"] == "POST"
        the_error(await gateway.get("/v1/models/never").reply(), 404, "model_not_found")

    asyncio.run(test())


def test_only_a_known_key_is_let_in_and_only_to_its_routes(tmp_path: Path) -> None:
    async def test() -> None:
        key = Key(digest(SECRET, "sk-good"))
        gateway = house(tmp_path, tenants=(Tenant("blue", (key,), routes=("r",)),), routes=(Route("r", ("m",)),))
        missing = await gateway.post(CHAT, ASK).reply()
        the_error(missing, 401, "missing_key")
        assert missing.headers["www-authenticate"] == "Bearer"
        for shown in ("Bearer sk-bad", "Bearer ", "Basic sk-good", "Bearer sk-good\xff"):
            the_error(
                await gateway.post(CHAT, ASK, {"authorization": shown}).reply(),
                401,
                "invalid_key" if shown[:7] == "Bearer " else "missing_key",
            )
        good = {"authorization": "Bearer sk-good"}
        the_error(await gateway.post(CHAT, ASK, good).reply(), 403, "route_forbidden")
        assert (await gateway.post(CHAT, ASK.replace(b'"m"', b'"r"'), good).reply()).status == 200
        listed = (await gateway.get("/v1/models", good).reply()).json
        assert [model["id"] for model in listed["data"]] == ["r"]
        assert [(row.tenant, row.status) for row in gateway.rows] == [*[("", 401)] * 5, ("blue", 403), ("blue", 200)]

    asyncio.run(test())


def test_a_failure_that_nobody_foresaw_is_answered_and_says_nothing_of_the_inside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.failures = [KeyError("the prompt")]
        reply = await gateway.ask().reply()
        assert "prompt" not in the_error(reply, 500, "internal_error", "miss")["message"]
        assert (await gateway.ask().reply()).status == 200

    asyncio.run(test())
    assert [record.getMessage() for record in caplog.records] == [
        "a request was not answered",
        "an answer failed",
    ]


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (ProviderError("m takes no connection", kind="refused"), 502, "upstream_refused"),
        (ProviderError("m did not answer in time", kind="timeout"), 504, "upstream_timeout"),
        (ProviderError("m sent what is no answer", kind="garbage"), 502, "upstream_garbage"),
        (ProviderError("m broke off before it began", kind="cut"), 502, "upstream_cut"),
        (
            ProviderError("m has too many in its queue", kind="overloaded", retry_after_seconds=2.5),
            503,
            "upstream_overloaded",
        ),
        (ProviderError("m answered with 500, as it does", kind="status", status=500), 502, "upstream_status"),
        (
            ProviderError("m answered with 404, as it does", kind="status", status=404, body=b"<html>"),
            404,
            "upstream_refused",
        ),
    ],
    ids=str,
)
def test_every_failure_of_an_upstream_has_its_status_and_code(
    tmp_path: Path, failure: ProviderError, status: int, code: str
) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.failures = [failure]
        reply = await gateway.ask().reply()
        error = reply.json["error"]
        assert (reply.status, error["code"]) == (status, code)
        assert str(failure) in error["message"]
        assert reply.headers.get("retry-after") == ("3" if failure.retry_after_seconds else None)
        (row,) = gateway.rows
        assert (
            (row.status, row.tier, row.asked[0].outcome)
            == (status, reply.tier, failure.kind)
            == (status, "miss", failure.kind)
        )

    asyncio.run(test())


def test_a_failure_within_a_stream_ends_it_with_an_error_and_without_the_mark_of_completeness(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.failures = [Cut()]
        reply = await gateway.ask(stream=True).reply()
        assert reply.status == 200
        assert json.loads(reply.events[-1])["error"]["code"] == "upstream_cut"
        assert "[DONE]" not in reply.body.decode()
        assert (await gateway.ask().reply()).tier == "miss"

    asyncio.run(test())


class Other(Chat):
    """A wire that words its errors in its own way."""

    path = "/v1/other"

    def error(self, fault: Fault) -> bytes:
        return b'{"wrong": "%s"}' % fault.code.encode()


def test_an_error_is_worded_as_the_wire_that_was_asked_words_it(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        other = Other()
        gateway.serving.app.paths = {other.path: {"POST": partial(gateway.serving.answers.answer, other)}}
        assert (await gateway.post(other.path, b"{").reply()).json == {"wrong": "invalid_json"}

    asyncio.run(test())


@pytest.mark.parametrize(("deep", "code"), [(10, "model_not_found"), (11, "nested_too_deep")])
def test_how_deep_a_body_may_nest_is_for_the_configuration_to_say(tmp_path: Path, deep: int, code: str) -> None:
    async def test() -> None:
        gateway = house(tmp_path, gateway=Gateway(max_depth=10))
        inner = deep - 1  # the body itself is a level
        body = b'{"model":"never","messages":[{}],"tools":' + b"[" * inner + b"]" * inner + b"}"
        assert (await gateway.post(CHAT, body).reply()).json["error"]["code"] == code

    asyncio.run(test())
