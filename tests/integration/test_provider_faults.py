"""What a bad upstream may do, from refusing connections to answering for ever: each is a ProviderError, in time."""

import asyncio
import socket
import time
from contextlib import aclosing
from typing import Any

import pytest
import uvloop

from pantler.core.asks import Ask, Endpoint
from pantler.core.errors import ProviderError
from pantler.providers.openai import OpenAI
from raw_upstream import FAULTS, FIRST, Connection, begins, hang, upstream
from turning import PROMPT_SECONDS, turned

GIVEN_SECONDS = 0.4  # to an ask of an upstream that hangs
GUARD_SECONDS = 20.0  # after which a test has failed, however busy the machine


def provider(address: str, scheme: str = "http", **limits: Any) -> OpenAI:
    endpoint = Endpoint(name="model", base_url=f"{scheme}://{address}/v1", key="sk-secret", **limits)
    return OpenAI(endpoint, max_answer_bytes=1 << 20)


def ask(seconds: float = GUARD_SECONDS) -> Ask:
    body = {"messages": [{"role": "user", "content": "how many legs"}]}
    return Ask("chat", "model", body, deadline=time.monotonic() + seconds)


async def called(asked: OpenAI, ask: Ask, streamed: bool) -> None:
    try:
        async with asyncio.timeout(GUARD_SECONDS):
            if not streamed:
                await asked.whole(ask)
                return
            async with aclosing(asked.pieces(ask)) as pieces:
                async for _ in pieces:
                    pass
    finally:
        await asked.close()


async def failure_of(does: Any, given: Ask, streamed: bool, **limits: Any) -> ProviderError:
    """How the call fails; the upstream must see every connection closed."""
    async with upstream(does) as (address, connections):
        with pytest.raises(ProviderError) as failure:
            await called(provider(address, **limits), given, streamed)
        async with asyncio.timeout(GUARD_SECONDS):
            await asyncio.gather(*(connection.closed.wait() for connection in connections))
        return failure.value


each_loop = pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
each_way = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])


@each_loop
@each_way
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_told_as_what_it_is_within_the_deadline_and_leaves_nothing_behind(
    name: str, streamed: bool, run: Any
) -> None:
    does, *kinds = FAULTS[name]
    given = ask(GIVEN_SECONDS if "timeout" in kinds else GUARD_SECONDS)
    failure = run(failure_of(does, given, streamed))
    assert failure.kind == kinds[streamed]
    assert "sk-secret" not in str(failure)
    assert "legs" not in str(failure)


@each_way
def test_a_port_where_nobody_listens_is_refused_and_may_be_tried_again(streamed: bool) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(ProviderError, match="takes no connection") as failure:
            asyncio.run(called(provider(address), ask(), streamed))
    assert (failure.value.kind, failure.value.may_retry) == ("refused", True)


@each_way
def test_a_connection_that_is_never_taken_is_given_up_and_may_be_tried_again(streamed: bool) -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for waiting in (first, second):  # the queue of connections is full with them
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        address = f"127.0.0.1:{full.getsockname()[1]}"
        with pytest.raises(ProviderError, match="no connection to") as failure:
            asyncio.run(called(provider(address, connect_seconds=0.2), ask(), streamed))
    assert (failure.value.kind, failure.value.may_retry) == ("timeout", True)


@each_way
def test_bad_tls_is_refused_and_not_tried_again(streamed: bool) -> None:
    async def plain(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await connection.wait_for_close()

    failure = asyncio.run(failure_of(plain, ask(), streamed, scheme="https"))
    assert (failure.kind, failure.may_retry) == ("refused", False)
    assert "speaks no TLS at this port; is its base_url http:" in str(failure)


@each_way
@pytest.mark.parametrize("limit", ["first_byte_seconds", "between_chunks_seconds"])
def test_each_step_has_its_own_limit(limit: str, streamed: bool) -> None:
    does = begins(FIRST, hang) if limit == "between_chunks_seconds" else FAULTS["hang_before_an_answer"][0]
    failure = asyncio.run(failure_of(does, ask(), streamed, **{limit: 0.05}))
    assert failure.kind == "timeout"
    assert "0.05 s" in str(failure)


@each_loop
@each_way
@pytest.mark.parametrize("stage", ["never_reads", "hang_before_an_answer", "hang_within_the_headers", "hang_within"])
def test_cancelling_a_call_closes_its_connection_at_every_stage(stage: str, streamed: bool, run: Any) -> None:
    async def cancelled() -> None:
        async with upstream(FAULTS[stage][0]) as (address, connections):
            task = asyncio.create_task(called(provider(address), ask(), streamed))
            await turned(lambda: connections and connections[0].reached.is_set())
            task.cancel()
            assert await turned(connections[0].closed.is_set) <= PROMPT_SECONDS
            await asyncio.wait([task])
            assert task.cancelled()

    run(cancelled())


@pytest.mark.parametrize(
    ("address", "says"),
    [("https://127.0.0.1:{port}/v1", "speaks no TLS at this port"), ("http://nowhere.invalid/v1", "is not known")],
)
def test_the_cause_of_no_connection_is_named(address: str, says: str) -> None:
    async def test() -> None:
        async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
            writer.close()

        async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            asked = OpenAI(Endpoint(name="m", base_url=address.format(port=port)))
            with pytest.raises(ProviderError, match=says) as failure:
                await asked.whole(ask())
            assert failure.value.kind == "refused"
            await asked.close()

    asyncio.run(test())
