"""What holds for the connections to an upstream: when one is asked again, what ends it, what is never sent on it."""

import asyncio
import logging
import ssl
import subprocess
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import uvloop

from pantler.core.asks import Ask, Endpoint
from pantler.core.errors import ConfigError, ProviderError
from pantler.providers import _connections, _http
from pantler.providers.openai import OpenAI
from raw_upstream import JSON, STREAM, WHOLE, Connection, Fault, answer, chunked, event, piece, upstream, well

CHUNKED = JSON + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(WHOLE)
TEXT = STREAM + event(piece("fo")) + event(piece("ur", "stop"))

each_loop = pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the machine is held, a kept connection shows in time that it had been closed."""
    monkeypatch.setattr("pantler.providers._connection.STALE_SECONDS", 60.0)


def ask(size: int = 0) -> Ask:
    body = {"messages": [{"role": "user", "content": "x" * size}]}
    return Ask("chat", "mine", body, time.monotonic() + 20.0)


@asynccontextmanager
async def provider(address: str, scheme: str = "http", **more: Any) -> AsyncGenerator[OpenAI, None]:
    asked = OpenAI(Endpoint(name="mine", base_url=f"{scheme}://{address}/v1", key="sk-1"), **more)
    try:
        yield asked
    finally:
        await asked.close()


def each_in_turn(*told: Fault) -> Fault:
    """What the first connection does, the second, and so on."""
    left = list(told)

    async def does(connection: Connection) -> None:
        await left.pop(0)(connection)

    return does


def says(*sent: bytes, closes: bool = False) -> Fault:
    """Answers each ask of a connection by the next of what is to be sent."""

    async def does(connection: Connection) -> None:
        for data in sent:
            await connection.read_ask()
            await connection.send(data)
        if closes:
            return
        await connection.wait_for_close()

    return does


async def wholes(does: Fault, times: int, **more: Any) -> tuple[list[Any], int]:
    """What so many calls in a row bring, or fail with, and how many connections they took."""
    came: list[Any] = []
    async with upstream(does) as (address, connections), provider(address, **more) as asked:
        for _ in range(times):
            try:
                came.append(await asked.whole(ask()))
            except ProviderError as error:
                came.append(error.kind)
    return came, len(connections)


@each_loop
@pytest.mark.parametrize(
    "sent",
    [
        CHUNKED + b"0\r\n\r\n",
        CHUNKED + b"0\r\nContent-Type: text/plain\r\nX: y\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + answer(WHOLE),
        b"HTTP/1.1 103 Early Hints\r\nContent-Type: text/plain\r\n\r\nHTTP/1.1 102 Busy\r\n\r\n" + answer(WHOLE),
        answer(WHOLE, kind="Application/JSON ;charset=utf-8"),
        answer(WHOLE).replace(b" OK", b""),
    ],
    ids=["chunks", "trailers", "continue", "two interim answers", "odd type", "no reason"],
)
def test_an_answer_is_read_however_it_is_framed_and_its_connection_is_kept(sent: bytes, run: Any) -> None:
    assert run(wholes(says(sent, sent, sent), 3)) == ([WHOLE] * 3, 1)


@each_loop
@pytest.mark.parametrize(
    ("sent", "closes"),
    [
        (answer(WHOLE, more="Connection: close\r\n"), False),
        (CHUNKED + b"0\r\nConnection: close\r\n\r\n", False),
        (answer(WHOLE).replace(b"1.1", b"1.0"), False),
        (JSON + b"\r\n" + WHOLE, True),
        ((JSON + b"\r\n" + WHOLE).replace(b"1.1", b"1.0"), True),
        (answer(WHOLE) + b"HTTP/1.1 200 OK\r\n", False),
        (answer(WHOLE) + b"junk", False),
    ],
    ids=["close", "close behind", "1.0", "until its end", "1.0 until its end", "a second answer", "junk behind"],
)
def test_an_answer_that_is_the_last_of_its_connection_is_read_and_the_next_ask_goes_by_another(
    sent: bytes, closes: bool, run: Any
) -> None:
    assert run(wholes(says(sent, closes=closes), 3)) == ([WHOLE] * 3, 3)


@each_loop
def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next_ones(run: Any) -> None:
    async def story() -> tuple[bytes, int]:
        forged = WHOLE.replace(b"four", b"evil")
        sent = asyncio.Event()

        async def pushes(connection: Connection) -> None:
            await connection.read_ask()
            await connection.send(answer(WHOLE))
            await asyncio.sleep(0)
            await connection.send(answer(forged))
            sent.set()
            await connection.wait_for_close()

        async with upstream(each_in_turn(pushes, well)) as (address, connections), provider(address) as asked:
            await asked.whole(ask())
            await sent.wait()
            await connections[0].closed.wait()
            return await asked.whole(ask()), len(connections)

    assert run(story()) == (WHOLE, 2)


@each_loop
@pytest.mark.parametrize(
    "refused",
    [
        answer(WHOLE.replace(b"four", b"evil"), kind="text/plain"),
        answer(WHOLE.replace(b"four", b"evil"), more="Content-Encoding: gzip\r\n"),
        CHUNKED.replace(b"four", b"evil").replace(b"application/json", b"text/html") + b"0\r\n\r\n",
        answer(b"e" * (3 << 19)).replace(b"200 OK", b"500 Oh"),
    ],
    ids=["another type", "compressed", "another type in chunks", "a long error"],
)
def test_of_an_answer_that_was_refused_nothing_comes_to_the_next_ask(refused: bytes, run: Any) -> None:
    came, _ = run(wholes(each_in_turn(says(refused, answer(WHOLE)), well), 2))
    assert came[1] == WHOLE
    assert isinstance(came[0], str)


@each_loop
@pytest.mark.parametrize("resets", [False, True])
def test_an_ask_on_a_kept_connection_that_was_closed_meanwhile_goes_by_a_new_one(resets: bool, run: Any) -> None:
    async def closes_at_the_second(connection: Connection) -> None:
        await connection.read_ask()
        await connection.send(answer(WHOLE))
        await connection.read_ask()
        if resets:
            connection.reset()

    assert run(wholes(each_in_turn(closes_at_the_second, well), 3)) == ([WHOLE] * 3, 2)


class Once:
    """Lets a call be made once more, and not again."""

    may_repeat = True

    def repeated(self) -> None:
        self.may_repeat = False


def repeating(repeats: Once) -> Ask:
    asking = ask()
    asking.repeats = repeats
    return asking


def test_an_ask_that_may_be_repeated_once_goes_by_a_new_connection_once() -> None:
    async def closes_at_the_second(connection: Connection) -> None:
        await connection.read_ask()
        await connection.send(answer(WHOLE))
        await connection.read_ask()

    async def test() -> None:
        repeats = Once()
        async with upstream(closes_at_the_second) as (address, connections), provider(address) as asked:
            await asked.whole(ask())
            assert await asked.whole(repeating(repeats)) == WHOLE
            assert not repeats.may_repeat
            with pytest.raises(ProviderError, match="broke"):
                await asked.whole(repeating(repeats))
            assert len(connections) == 2

    asyncio.run(test())


def test_an_ask_goes_by_a_new_connection_once_and_not_again() -> None:
    async def closes(connection: Connection) -> None:
        await connection.read_ask()

    told = each_in_turn(says(answer(WHOLE), closes=True), closes, well)
    assert asyncio.run(wholes(told, 2)) == ([WHOLE, "cut"], 2)


@pytest.mark.parametrize("begins", [b"H", b"HTTP/1.1 100 Continue\r\n\r\n", answer(WHOLE)[:-1]])
def test_an_ask_of_which_an_answer_has_begun_is_not_sent_again(begins: bytes) -> None:
    async def breaks(connection: Connection) -> None:
        await connection.read_ask()
        await connection.send(answer(WHOLE))
        await connection.read_ask()
        await connection.send(begins)

    assert asyncio.run(wholes(each_in_turn(breaks, well), 2)) == ([WHOLE, "cut"], 1)


def test_a_call_that_breaks_after_the_upstream_worked_at_it_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pantler.providers._connection.STALE_SECONDS", 0.0)

    async def breaks(connection: Connection) -> None:
        await connection.read_ask()
        await connection.send(answer(WHOLE))
        await connection.read_ask()

    assert asyncio.run(wholes(each_in_turn(breaks, well), 2)) == ([WHOLE, "cut"], 1)


def test_a_connection_that_is_not_used_is_closed_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_connections, "IDLE_SECONDS", 0.01)

    async def story() -> None:
        async with asyncio.timeout(20.0), upstream(well) as (address, connections), provider(address) as asked:
            assert await asked.whole(ask()) == WHOLE
            await connections[0].closed.wait()
            assert len(connections) == 1

    asyncio.run(story())


@each_loop
def test_an_answer_that_comes_before_a_large_ask_was_read_is_told(run: Any) -> None:
    async def refuses(connection: Connection) -> None:
        await connection.reader.readuntil(b"\r\n\r\n")
        await connection.send(answer(b'{"error":{"message":"too large"}}', status="413 Too Large"))
        connection.reached.set()
        await asyncio.sleep(0)
        await connection.closed.wait()

    async def story() -> ProviderError:
        async with upstream(refuses) as (address, connections), provider(address) as asked:
            with pytest.raises(ProviderError) as failure:
                await asked.whole(ask(20 << 20))
            connections[0].closed.set()
        return failure.value

    error = run(story())
    assert (error.status, error.body) == (413, b'{"error":{"message":"too large"}}')


@each_loop
def test_an_upstream_that_sends_faster_than_is_read_is_paused(run: Any) -> None:
    async def story() -> int:
        sent = 0

        async def floods(connection: Connection) -> None:
            nonlocal sent
            await connection.read_ask()
            await connection.send(STREAM)
            connection.writer.transport.set_write_buffer_limits(0)
            while True:
                await connection.send(event(piece("x" * 65536)))
                sent += 65536

        async with (
            upstream(floods) as (address, _),
            provider(address, max_answer_bytes=1 << 40) as asked,
            aclosing(asked.pieces(ask())) as pieces,
        ):
            await anext(pieces)
            before = -1
            while sent > before:
                before = sent
                await asyncio.sleep(0.05)
            return sent

    assert run(story()) < 32 << 20  # what the kernel's buffers take, at most


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "b\r\nX-Injected: 1"},
        {"X-A: b\r\nX-Injected": "1"},
        {"X A": "b"},
        {"": "b"},
        {"X-A": "\x00"},
        {"X-A": "\N{LATIN SMALL LETTER E WITH ACUTE}"},
        {"Transfer-Encoding": "chunked"},
        {"Content-Length": "0"},
    ],
)
def test_a_header_that_cannot_be_sent_as_it_is_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="cannot be sent as it is; give plain ASCII"):
        OpenAI(Endpoint(name="mine", base_url="http://a/v1"), headers=headers)


def test_a_key_with_a_line_break_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigError, match="its key cannot be sent") as error:
        OpenAI(Endpoint(name="mine", base_url="http://a/v1", key="sk-1\r\nX-Injected: 1"))
    assert "sk-1" not in str(error.value)


@pytest.mark.parametrize(
    "address", ["http://a/v1\r\nX: 1", "http://a\n/v1", "http://a b/v1", "http://a/v 1", "http://:80/v1"]
)
def test_an_address_that_would_end_the_line_it_stands_in_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="base_url is"):
        OpenAI(Endpoint(name="mine", base_url=address))


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    _http.warn_of_proxy.cache_clear()
    for name in ("NO_PROXY", "ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:3128")
    monkeypatch.setenv("NO_PROXY", ".internal.invalid")
    yield
    _http.warn_of_proxy.cache_clear()


@pytest.mark.usefixtures("proxied")
def test_a_proxy_that_is_not_used_is_told_of_once_for_each_host(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "pantler"):
        for host in ("api.invalid", "api.invalid", "llm.internal.invalid", "127.0.0.1:8000", "localhost"):
            OpenAI(Endpoint(name="mine", base_url=f"https://{host}/v1"))
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "the environment names a proxy, which is not used"
    ]
    assert "api.invalid" in caplog.text


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for the name localhost that no authority has signed, its key behind it."""
    if which("openssl") is None:
        pytest.skip("needs the program openssl")
    made = tmp_path_factory.mktemp("tls") / "both.pem"
    options = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:TRUE"]
    subprocess.run(
        ["openssl", "req", "-x509", *options, *names, "-keyout", made, "-out", made.with_name("alone.pem")],
        check=True,
        capture_output=True,
    )
    made.write_bytes(made.with_name("alone.pem").read_bytes() + made.read_bytes())
    return made


async def told_by_tls(certificate: Path, host: str, times: int) -> tuple[list[Any], int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    came: list[Any] = []
    async with upstream(well, context) as (address, connections):
        port = address.rpartition(":")[2]
        async with provider(f"{host}:{port}", "https") as asked:
            for _ in range(times):
                try:
                    came.append(await asked.whole(ask()))
                    async with aclosing(asked.pieces(ask())) as pieces:
                        came.append(len([each async for each in pieces]))
                except ProviderError as error:
                    came.append((error.kind, error.may_retry, "certificate" in str(error)))
    return came, len(connections)


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    _connections.trusting.cache_clear()
    yield certificate
    _connections.trusting.cache_clear()


@each_loop
def test_a_certificate_that_no_authority_has_signed_is_refused_and_not_tried_again(certificate: Path, run: Any) -> None:
    assert run(told_by_tls(certificate, "localhost", 1)) == ([("refused", False, True)], 0)


@each_loop
def test_a_certificate_of_another_name_is_refused_and_not_tried_again(trusted: Path, run: Any) -> None:
    assert run(told_by_tls(trusted, "127.0.0.1", 1)) == ([("refused", False, True)], 0)


@each_loop
def test_a_certificate_of_a_trusted_authority_is_taken_and_the_connection_kept(trusted: Path, run: Any) -> None:
    assert run(told_by_tls(trusted, "localhost", 2)) == ([WHOLE, 4] * 2, 1)
