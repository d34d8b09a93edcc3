"""The proxy of the how-to page, for real: TLS in front, streams that are not held back, clients that leave."""

import asyncio
import json
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from talking import KEY, gateway

pytestmark = pytest.mark.skipif(
    shutil.which("nginx") is None or shutil.which("openssl") is None, reason="needs nginx and openssl"
)

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "behind-nginx.md"
PATIENCE = 10.0
REST = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder};
    proxy_temp_path {folder};
    fastcgi_temp_path {folder};
    uwsgi_temp_path {folder};
    scgi_temp_path {folder};
    {block}
}}
"""
CERTIFICATE = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x -days 1"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def configured(folder: Path, address: str, port: int, *, without: str = "") -> Path:
    """The block of the page, with the places of this test."""
    (block,) = re.findall(r"^```nginx\n(.*?)^```$", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)
    pem, key = folder / "x.pem", folder / "x.key"
    subprocess.run([*CERTIFICATE.split(), "-keyout", key, "-out", pem], check=True, capture_output=True)
    for old, new in {
        "127.0.0.1:8080": address.removeprefix("http://"),
        "listen 443": f"listen 127.0.0.1:{port}",
        "/etc/ssl/certs/llm.example.com.pem": str(pem),
        "/etc/ssl/private/llm.example.com.key": str(key),
    }.items():
        assert old in block
        block = block.replace(old, new)
    assert without in block
    block = block.replace(without, "")
    file = folder / "nginx.conf"
    file.write_text(REST.format(folder=folder, block=block))
    return file


@asynccontextmanager
async def proxied(folder: Path, address: str, *, without: str = "") -> AsyncGenerator[int, None]:
    """nginx in front of `address`, and the port where it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = configured(folder, address, port, without=without)
    nginx = await asyncio.create_subprocess_exec("nginx", "-c", str(file), "-p", str(folder))
    try:
        yield port
    finally:
        nginx.terminate()
        await nginx.wait()


async def connected(port: int) -> Streams:
    """A connection over TLS, once there is somebody to take it."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
            except ConnectionRefusedError:
                await asyncio.sleep(0)


def request(said: str, *, stream: bool) -> bytes:
    body = json.dumps({"model": "m", "stream": stream, "messages": [{"role": "user", "content": said}]}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: llm.example.com\r\nAuthorization: Bearer {KEY}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def test_an_answer_comes_through_and_the_admin_routes_do_not(tmp_path: Path) -> None:
    async def test() -> None:
        async with gateway(tmp_path) as (running, _), proxied(tmp_path, running.address) as port:
            reader, writer = await connected(port)
            writer.write(request("how many?", stream=False))
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            assert b"x-pantler-cache: miss" in head
            (length,) = re.findall(rb"(?i)content-length: (\d+)", head)
            assert b"two words" in await reader.readexactly(int(length))
            writer.write(b"GET /metrics HTTP/1.1\r\nHost: llm.example.com\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 40")
            writer.close()

    asyncio.run(test())


@pytest.mark.parametrize("without", ["", "proxy_buffering off;"], ids=["as told", "buffering by default"])
def test_the_first_word_of_a_stream_is_not_held_back_and_a_client_that_leaves_is_seen_to_leave(
    tmp_path: Path, without: str
) -> None:
    async def test() -> None:
        async with (
            gateway(tmp_path) as (running, connections),
            proxied(tmp_path, running.address, without=without) as port,
        ):
            reader, writer = await connected(port)
            writer.write(request("wait", stream=True))
            async with asyncio.timeout(PATIENCE):
                await reader.readuntil(b"two")  # there will be no second word
                writer.transport.abort()
                await connections[0].closed.wait()

    asyncio.run(test())
