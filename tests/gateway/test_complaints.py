"""What an upstream says of its failure: to the client in its words, to log and ledger as tokens, to nobody a key."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from loopback import Running, ask, calling, model, running
from pantler.config.values import Route
from pantler.core.complaints import complaint
from pantler.core.errors import ProviderError
from pantler.core.rows import Row
from pantler.gateway.logs import Lines
from pantler.live.breaker import FAILURES
from raw_upstream import DONE, STREAM, Connection, Fault, answer, answers, event, upstream, well

FAR = 2 * FAILURES  # more than a breaker bears
WORDS = "the prompt is too long by 7 tokens"
each_way = pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])


def error(**said: object) -> bytes:
    return json.dumps({"error": {"message": WORDS, "type": "invalid_request_error", **said}}).encode()


def in_place_of_an_answer(body: bytes, *, as_event: bool) -> Fault:
    """With a status of success, as JSON or as the first event of a stream."""

    async def does(connection: Connection) -> None:
        while True:
            await connection.read_ask()
            is_event = connection.streams and as_event
            await connection.send(STREAM + event(body) + DONE if is_event else answer(body))

    return does


async def told(gateway: Running, question: str = "?", **fields: Any) -> tuple[int, dict[str, str], dict[str, Any]]:
    async with calling(gateway) as client:
        await client.send(ask(question, **fields))
        status, headers, body = await client.whole()
        return status, headers, json.loads(body)["error"]


def told_once(folder: Path, does: Fault, **fields: Any) -> tuple[int, dict[str, str], dict[str, Any], Row]:
    async def test() -> tuple[int, dict[str, str], dict[str, Any], Row]:
        async with upstream(does) as (place, _), running(folder, models=(model(place),)) as gateway:
            found = await told(gateway, **fields)
            return *found, gateway.rows[-1]

    return asyncio.run(test())


@each_way
@pytest.mark.parametrize("as_event", [False, True], ids=["JSON", "event"])
@pytest.mark.parametrize("named", ["code", "status"])
def test_a_clients_error_that_comes_with_a_status_of_success_is_that_error_and_costs_nothing_and_shuts_nothing_off(
    tmp_path: Path, streamed: bool, as_event: bool, named: str
) -> None:
    async def test() -> None:
        does = in_place_of_an_answer(error(**{named: 400}), as_event=as_event)
        async with upstream(does) as (place, calls), running(tmp_path, models=(model(place),)) as gateway:
            for number in range(FAR):
                status, headers, said = await told(gateway, str(number), stream=streamed)
                assert (status, said["message"], said["type"]) == (400, WORDS, "invalid_request_error")
                assert float(headers["x-pantler-cost"]) == 0
            assert sum(row.asked[0].outcome == "status" for row in gateway.rows) == FAR
            assert {row.spent for row in gateway.rows} == {0}
            assert len(calls) <= FAR

    asyncio.run(test())


@each_way
@pytest.mark.parametrize(
    "said", [{}, {"code": "no_number"}, {"code": 7}, {"code": 500}, {"code": True}, {"status": "400"}]
)
def test_an_error_without_such_a_status_is_the_upstreams_own_failure_in_its_words(
    tmp_path: Path, streamed: bool, said: dict[str, object]
) -> None:
    does = in_place_of_an_answer(error(**said), as_event=True)
    status, _, found, row = told_once(tmp_path, does, stream=streamed)
    assert (status, found["code"], row.spent) == (502, "upstream_status", 0)
    assert WORDS in found["message"]


def test_an_error_of_no_room_is_answered_by_the_fallback(tmp_path: Path) -> None:
    async def test() -> None:
        does = in_place_of_an_answer(error(code=429), as_event=True)
        async with upstream(does) as (bad, _), upstream(well) as (good, _):
            models, routes = (model(bad), replace(model(good), name="n")), (Route("r", ("m",), fallbacks=("n",)),)
            async with running(tmp_path, models=models, routes=routes) as gateway, calling(gateway) as client:
                await client.send(ask(model="r"))
                status, headers, _ = await client.whole()
                assert (status, headers["x-pantler-model"]) == (200, "n")
                *first, last = gateway.rows[0].asked
                assert {each.outcome for each in first} == {"overloaded"}
                assert last.outcome == "answered"

    asyncio.run(test())


SHAPES = ('{"error":{"message":"%s"}}', '{"detail":"%s"}', '{"message":"%s"}', "%s")
TOLD = {500: (502, "upstream_status"), 501: (501, "upstream_unsupported"), 503: (503, "upstream_overloaded")}


@each_way
@pytest.mark.parametrize(
    ("status", "shape"), [*((501, shape) for shape in SHAPES), (500, SHAPES[0]), (503, SHAPES[1]), (529, SHAPES[2])]
)
def test_the_words_of_an_upstreams_failure_reach_the_client_however_it_puts_them(
    tmp_path: Path, streamed: bool, status: int, shape: str
) -> None:
    does = answers(answer((shape % WORDS).encode(), status=f"{status} No"))
    found, headers, said, _ = told_once(tmp_path, does, stream=streamed)
    assert (found, said["code"]) == TOLD.get(status, TOLD[503])
    assert said["type"] == "api_error"
    assert f"m answered with status {status}" in said["message"]
    assert WORDS in said["message"]
    assert headers.get("x-should-retry") == ("false" if status == 501 else None)


def test_log_and_ledger_have_the_tokens_of_a_failure_and_none_of_its_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    body = error(type="server_error", code="engine_dead")
    *_, row = told_once(tmp_path, answers(answer(body, status="500 No")))
    assert {each.said for each in row.asked} == {"500/server_error/engine_dead"}
    lines = [json.loads(Lines().format(record)) for record in caplog.records]
    assert [line["calls"] for line in lines if "calls" in line] == [["m: status (500/server_error/engine_dead)"]]
    assert WORDS not in caplog.text + str(lines)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"error":{"type":"a b","code":"what was asked?"}}', "500"),
        ('{"error":{"type":"%s","code":null}}' % ("x" * 65), "500"),
        ('{"error":{"type":"t","code":"t"}}', "500/t"),
        ('{"object":"error","type":"BadThing","code":17}', "500/BadThing/17"),
        ('{"error":"text"}', "500"),
        ('{"error":{"code":{"deep":1},"type":true}}', "500"),
        ("<html>", "500"),
        ("\xff", "500"),
    ],
)
def test_only_plain_short_tokens_are_noted(body: str, said: str) -> None:
    failure = ProviderError("m", kind="status", status=500, body=body.encode("latin-1"))
    assert complaint(failure) == said


def test_an_answer_that_is_of_no_use_is_not_looked_into_for_a_complaint() -> None:
    assert complaint(ProviderError("m", kind="garbage", body=b'{"error":{"code":"words"}}')) == ""


@pytest.mark.parametrize("key", ["sk-proj-abc123DEF", "sk-12***6789", "Bearer abcd.efgh"])
@pytest.mark.parametrize("status", ["400 No", "501 No"])
def test_no_key_that_an_upstream_quotes_reaches_a_client(tmp_path: Path, status: str, key: str) -> None:
    body = json.dumps({"error": {"message": f"cannot serve '{key}'", "type": "t", "code": "c"}}).encode()
    *_, said, _ = told_once(tmp_path, answers(answer(body, status=status)))
    assert "cannot serve '" in said["message"]
    assert "[key]" in said["message"]
    assert key.removeprefix("Bearer ") not in said["message"]


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (answer(b"{}", status="201 Created"), "status 201, where an answer has status 200"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "status 204, where an answer has status 200"),
        (
            answer(b"", status="301 Moved", more="Location: http://127.0.0.1:1/\r\n"),
            "not followed; correct its base_url",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "content that names no type"),
        (answer(b"<html>", kind="text/html"), "content of type 'text/html'"),
    ],
)
def test_what_is_no_answer_is_told_as_what_it_is(tmp_path: Path, head: bytes, says: str) -> None:
    status, _, said, _ = told_once(tmp_path, answers(head))
    assert (status, said["code"]) == (502, "upstream_garbage")
    assert says in said["message"]
