"""What an upstream sends in place of an answer is never served or kept, and is charged for where it was written."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from loopback import Running, ask, calling, model, running
from pantler.config.values import Route
from raw_upstream import DONE, STREAM, WHOLE, Connection, answer, answers, event, piece, upstream, well

NUMBER = WHOLE.replace(b'"four"', b"5")


async def told(gateway: Running, **fields: Any) -> tuple[int, dict[str, str], bytes]:
    async with calling(gateway) as client:
        await client.send(ask(**fields))
        return await client.whole()


async def breaks(connection: Connection) -> None:
    """Streams two pieces, and then what is none."""
    await connection.read_ask()
    await connection.send(STREAM + event(piece("fo")) + event(piece("ur")) + event(b"{nope") + DONE)
    await connection.wait_for_close()


@pytest.mark.parametrize(
    ("body", "estimated"),
    [(NUMBER, False), (WHOLE.replace(b":5", b":-5"), True), (WHOLE.replace(b'"message"', b'"massage"'), False)],
    ids=["a number for words", "a usage that cannot be", "no message"],
)
def test_a_useless_answer_is_a_502_that_was_paid_for_and_is_not_kept(
    tmp_path: Path, body: bytes, estimated: bool
) -> None:
    async def test() -> None:
        async with upstream(answers(answer(body))) as (place, _), running(tmp_path, models=(model(place),)) as gateway:
            for _ in range(2):
                status, headers, said = await told(gateway)
                assert (status, json.loads(said)["error"]["code"]) == (502, "upstream_garbage")
                assert float(headers["x-pantler-cost"]) > 0
            assert [row.tier for row in gateway.rows] == ["miss", "miss"]
            (call,) = gateway.rows[0].asked
            assert (call.outcome, call.estimated) == ("garbage", estimated)
            assert call.tokens.tokens_in >= 1
            assert call.tokens.tokens_out >= 1
            if not estimated:
                assert (call.tokens.tokens_in, call.tokens.tokens_out) == (5, 1)

    asyncio.run(test())


def test_a_fallback_answers_where_the_first_model_sent_a_useless_answer(tmp_path: Path) -> None:
    async def test() -> None:
        async with upstream(answers(answer(NUMBER))) as (bad, _), upstream(well) as (good, _):
            models = (model(bad), replace(model(good), name="spare"))
            routes = (Route("both", ("m",), fallbacks=("spare",)),)
            async with running(tmp_path, models=models, routes=routes) as gateway:
                status, headers, _ = await told(gateway, model="both")
                assert (status, headers["x-pantler-model"]) == (200, "spare")

    asyncio.run(test())


def test_what_a_useless_answer_took_is_told_to_the_routes_budget_though_a_fallback_answered(tmp_path: Path) -> None:
    async def test() -> None:
        async with upstream(answers(answer(NUMBER))) as (bad, _), upstream(well) as (good, _):
            models = (model(bad), replace(model(good), name="spare"))
            routes = (Route("both", ("m",), fallbacks=("spare",)),)
            async with running(tmp_path, models=models, routes=routes) as gateway:
                lost: list[tuple[str, int]] = []
                gateway.serving.calls.lost = lambda route, spent: lost.append((route, spent))
                assert (await told(gateway, model="both"))[0] == 200
                first, second = gateway.rows[0].asked
                assert (first.outcome, second.outcome) == ("garbage", "answered")
                assert lost == [("both", first.spent)]
                assert first.spent

    asyncio.run(test())


def test_a_stream_that_breaks_off_into_garbage_is_charged_as_one_that_is_cut(tmp_path: Path) -> None:
    async def test() -> None:
        async with upstream(breaks) as (place, _), running(tmp_path, models=(model(place),)) as gateway:
            await told(gateway, stream=True)
            (row,) = gateway.rows
            (call,) = row.asked
            assert (call.outcome, call.estimated, call.tokens.tokens_out) == ("garbage", True, 2)
            assert row.spent is not None
            assert row.spent > 0

    asyncio.run(test())


def test_what_is_no_models_answer_costs_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        async with (
            upstream(answers(answer(b"<html>"))) as (place, _),
            running(tmp_path, models=(model(place),)) as gateway,
        ):
            status, headers, _ = await told(gateway)
            assert (status, float(headers["x-pantler-cost"])) == (502, 0.0)

    asyncio.run(test())


@pytest.mark.parametrize("words", [b'{"error":"just text"}', b'{"detail":"just text"}', b"just text"])
def test_an_upstreams_refusal_comes_in_openais_shape_with_its_own_words(tmp_path: Path, words: bytes) -> None:
    async def refuses(connection: Connection) -> None:
        await connection.read_ask()
        await connection.send(answer(words, status="422 No"))
        await connection.wait_for_close()

    async def test() -> None:
        async with upstream(refuses) as (place, _), running(tmp_path, models=(model(place),)) as gateway:
            status, _, said = await told(gateway)
            error = json.loads(said)["error"]
            assert status == 422
            assert error.keys() == {"message", "type", "param", "code"}
            assert "just text" in error["message"]

    asyncio.run(test())


def test_a_request_of_the_wrong_kinds_is_refused_before_any_model_is_asked(tmp_path: Path) -> None:
    async def test() -> None:
        async with upstream(well) as (place, calls), running(tmp_path, models=(model(place),)) as gateway:
            for wrong in ({"tools": "x"}, {"tools": [1]}, {"messages": [{"role": 5}]}, {"messages": [{"content": ""}]}):
                for streamed in (False, True):
                    status, _, said = await told(gateway, **wrong, stream=streamed)
                    error = json.loads(said)["error"]
                    assert (status, error["code"]) == (400, "invalid_type")
                    assert error["param"]
            assert not calls

    asyncio.run(test())
