"""A client that goes on sending what is refused still reads why, and cannot go on for ever."""

import asyncio
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from loopback import running
from pantler.gateway import lingering

MEGABYTE = 1 << 20
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n"


async def send_for_ever(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(bytes(MEGABYTE // 4))
        await writer.drain()
        await asyncio.sleep(0)


def test_a_body_of_20_megabytes_is_refused_in_words_that_its_sender_reads(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as gateway:
            url = f"http://127.0.0.1:{gateway.port}/v1/chat/completions"

            def send() -> tuple[int, bytes]:
                try:
                    urlopen(Request(url, data=bytes(20 * MEGABYTE)), timeout=30).close()
                except HTTPError as error:
                    with error:
                        return error.code, error.read()
                raise AssertionError("it was taken")

            for _ in range(5):
                status, body = await asyncio.to_thread(send)
                assert status == 413
                assert b"body_too_large" in body

    asyncio.run(test())


@pytest.mark.parametrize("bound", ["bytes", "seconds"])
def test_what_is_discarded_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    if bound == "bytes":
        monkeypatch.setattr(lingering, "MOST_BYTES", MEGABYTE)
    else:
        monkeypatch.setattr(lingering, "MOST_SECONDS", 0.1)

    async def test() -> None:
        async with running(tmp_path) as gateway:
            reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
            writer.write(HEAD % (1 << 40))
            assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 413")
            with pytest.raises(ConnectionError):
                await send_for_ever(writer)
            writer.close()

    asyncio.run(asyncio.wait_for(test(), 30.0))


def test_the_client_sees_the_end_at_once_and_its_own_end_closes_the_connection(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as gateway:
            reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
            writer.write(b"no HTTP\r\n\r\n")
            assert (await reader.read()).startswith(b"HTTP/1.1 400")
            writer.close()
            await writer.wait_closed()

    asyncio.run(test())
