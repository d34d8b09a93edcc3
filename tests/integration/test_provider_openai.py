import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from pantler.core.asks import Ask, Endpoint
from pantler.core.cost import Tokens
from pantler.core.errors import ConfigError, ProviderError
from pantler.core.usage import usage_of
from pantler.providers.openai import OpenAI
from raw_upstream import DONE, STREAM, USAGE, WHOLE, Connection, answer, answers, event, piece, upstream, well

BODY = {"model": "route", "messages": [], "made_up": {"a": [1.0, None]}, "stream": True, "stream_options": {"x": 1}}


def ask(body: dict[str, Any] = BODY, headers: tuple[tuple[str, str], ...] = ()) -> Ask:
    return Ask("chat", "mine", body, time.monotonic() + 20.0, headers)


def provider(address: str, **more: Any) -> OpenAI:
    return OpenAI(Endpoint(name="mine", base_url=f"http://{address}/v1", upstream_model="theirs", key="sk-1"), **more)


@asynccontextmanager
async def closing(asked: OpenAI) -> AsyncGenerator[OpenAI, None]:
    try:
        yield asked
    finally:
        await asked.close()


def told(given: Ask, *, streamed: bool = False, times: int = 1, does: Any = well) -> tuple[list[Any], list[Connection]]:
    """Everything that came of so many calls, and the connections they took."""

    async def story() -> tuple[list[Any], list[Connection]]:
        came: list[Any] = []
        async with upstream(does) as (address, connections), closing(provider(address)) as asked:
            for _ in range(times):
                if not streamed:
                    came.append(await asked.whole(given))
                    continue
                async with aclosing(asked.pieces(given)) as pieces:
                    came.extend([piece async for piece in pieces])
        return came, connections

    return asyncio.run(story())


def test_a_whole_answer_is_what_the_upstream_sent_and_the_ask_what_the_client_did() -> None:
    (body,), (connection,) = told(ask())
    assert body == WHOLE
    assert connection.body == {"model": "theirs", "messages": [], "made_up": {"a": [1.0, None]}}
    assert connection.head.startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")


def test_the_head_of_a_whole_answer_is_told_once_for_each_call() -> None:
    heads: list[None] = []
    given = ask()
    told(Ask(given.operation, given.model, given.body, given.deadline, head_came=lambda: heads.append(None)), times=3)
    assert len(heads) == 3


def test_a_stream_brings_every_piece_with_the_usage_which_is_always_asked() -> None:
    pieces, (connection,) = told(ask(), streamed=True)
    assert pieces == [piece("fo"), piece("ur"), piece("", "stop"), USAGE]
    assert usage_of(pieces[-1]) == Tokens(5, 1, cached_in=2)
    assert connection.body["stream"] is True
    assert connection.body["stream_options"] == {"x": 1, "include_usage": True}


@pytest.mark.parametrize("streamed", [False, True])
def test_connections_are_kept_for_the_next_call(streamed: bool) -> None:
    _, connections = told(ask(), streamed=streamed, times=5)
    assert len(connections) == 1


def test_only_the_trace_context_is_passed_on() -> None:
    given = (
        ("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("tracestate", "a=1\r\nX-Injected: 1"),
        ("authorization", "Bearer client"),
        ("cookie", "a=b"),
    )
    _, (connection,) = told(ask(headers=given))
    head = connection.head.lower()
    assert b"traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" in head
    assert b"authorization: bearer sk-1" in head
    assert not any(word in head for word in (b"x-injected", b"bearer client", b"cookie"))


def test_the_first_piece_is_not_held_back_for_the_second() -> None:
    first_came = asyncio.Event()

    async def waits(connection: Connection) -> None:
        await connection.read_ask()
        await connection.send(STREAM + event(piece("fo")))
        await first_came.wait()
        await connection.send(event(piece("ur", "stop")) + DONE)

    async def story() -> list[bytes]:
        pieces = []
        async with (
            asyncio.timeout(20.0),
            upstream(waits) as (address, _),
            closing(provider(address)) as asked,
            aclosing(asked.pieces(ask())) as stream,
        ):
            async for each in stream:
                pieces.append(each)
                first_came.set()
        return pieces

    assert len(asyncio.run(story())) == 2


@pytest.mark.parametrize(
    ("status", "more", "seconds", "may_retry"),
    [
        ("429 Too Many", "Retry-After: 7\r\n", 7.0, True),
        (
            "503 Busy",
            "Date: Wed, 01 Jan 2020 00:00:00 GMT\r\nRetry-After: Wed, 01 Jan 2020 00:00:09 GMT\r\n",
            9.0,
            True,
        ),
        ("503 Busy", "Retry-After: soon\r\n", None, True),
        ("429 Too Many", "Retry-After: nan\r\n", None, True),
        ("404 Not Found", "", None, False),
    ],
)
def test_a_failing_status_keeps_its_body_and_when_to_come_back(
    status: str, more: str, seconds: float | None, may_retry: bool
) -> None:
    with pytest.raises(ProviderError) as failure:
        told(ask(), does=answers(answer(b'{"error":{"message":"theirs"}}', status=status, more=more)))
    error = failure.value
    assert (error.status, error.body) == (int(status[:3]), b'{"error":{"message":"theirs"}}')
    assert (error.retry_after_seconds, error.may_retry) == (seconds, may_retry)


def test_a_body_of_many_megabytes_is_sent_whole() -> None:
    big = {"messages": [{"role": "user", "content": "x" * 5_000_000}]}
    _, (connection,) = told(ask(big))
    assert connection.body["messages"] == big["messages"]


@pytest.mark.parametrize("address", ["", "api.openai.com/v1", "ftp://a/v1", "http://me:secret@a/v1", "http://a/v1?k=1"])
def test_an_address_that_is_none_is_refused_with_the_remedy(address: str) -> None:
    with pytest.raises(ConfigError, match=r"model 'mine': base_url is .*; give the address"):
        OpenAI(Endpoint(name="mine", base_url=address))


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(ConfigError) as error:
        OpenAI(Endpoint(name="mine", base_url="http://me:secret@a/v1"))
    assert "secret" not in str(error.value)


def test_a_key_that_an_upstream_quotes_is_taken_out_of_its_words() -> None:
    quoting = b'{"error":{"message":"Incorrect API key provided: sk-1"}}'
    with pytest.raises(ProviderError) as refused:
        told(ask(), does=answers(answer(quoting, status="401 Unauthorized")))
    assert refused.value.status == 401
    assert refused.value.body == quoting.replace(b"sk-1", b"[key]")


def test_a_key_is_not_shown() -> None:
    assert "sk-1" not in repr(Endpoint(name="mine", base_url="http://a/v1", key="sk-1"))
