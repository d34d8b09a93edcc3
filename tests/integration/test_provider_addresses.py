"""Where an upstream may be: any path before the version, any kind of host; which models it says may be asked there."""

import asyncio
import socket
import time

import pytest

from pantler.core.asks import Ask, Endpoint
from pantler.core.errors import ConfigError, ProviderError
from pantler.providers.openai import OpenAI
from raw_upstream import WHOLE, Connection, answer, answers, upstream, well

LIST = b'{"object":"list","data":[{"id":"small","object":"model"},{"id":"large","owned_by":"them"}]}'


def head_of(base: str, host: str = "127.0.0.1") -> list[bytes]:
    """The head of what is asked where base_url is `base`, in which {} stands for host and port."""

    async def story() -> tuple[list[bytes], bytes]:
        async with upstream(well, host=host) as (address, connections):
            asked = OpenAI(Endpoint(name="mine", base_url=base.format(address)))
            try:
                body = await asked.whole(Ask("chat", "mine", {}, time.monotonic() + 20.0))
            finally:
                await asked.close()
            assert f"Host: {address}".encode() in connections[0].head.split(b"\r\n")
            return connections[0].head.split(b"\r\n"), body

    head, body = asyncio.run(story())
    assert body == WHOLE
    return head


@pytest.mark.parametrize(
    ("base", "path"),
    [
        ("http://{}", "/chat/completions"),
        ("http://{}/", "/chat/completions"),
        ("http://{}/v1", "/v1/chat/completions"),
        ("http://{}/v1/", "/v1/chat/completions"),
        ("http://{}/proxy/openai/v1", "/proxy/openai/v1/chat/completions"),
        ("http://{}/proxy/openai/v1/", "/proxy/openai/v1/chat/completions"),
        ("http://{}/a%20b/v1", "/a%20b/v1/chat/completions"),
        ("HTTP://{}/V1", "/V1/chat/completions"),
    ],
)
def test_the_path_of_the_address_comes_before_that_of_the_operation(base: str, path: str) -> None:
    assert head_of(base)[0] == f"POST {path} HTTP/1.1".encode()


@pytest.mark.parametrize("base", ["http://127.0.0.1/v1?key=1", "http://127.0.0.1/v1#top", "http://127.0.0.1/v1/?"])
def test_an_address_with_a_query_or_a_fragment_is_refused_or_has_none(base: str) -> None:
    if base.endswith("?"):
        OpenAI(Endpoint(name="mine", base_url=base))  # nothing is asked by it
        return
    with pytest.raises(ConfigError, match="give the address up to the version"):
        OpenAI(Endpoint(name="mine", base_url=base))


def test_a_host_may_be_an_address_of_ipv6() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    assert head_of("http://{}/v1/", host="::1")[0] == b"POST /v1/chat/completions HTTP/1.1"


def names_told(body: bytes, **more: str) -> tuple[list[str], Connection]:
    async def story() -> tuple[list[str], Connection]:
        async with upstream(answers(answer(body, **more))) as (address, connections):
            asked = OpenAI(Endpoint(name="mine", base_url=f"http://{address}/v1", key="sk-1"))
            try:
                return await asked.names(time.monotonic() + 20.0), connections[0]
            finally:
                await asked.close()

    return asyncio.run(story())


def test_an_upstream_is_asked_which_models_it_has() -> None:
    names, connection = names_told(LIST)
    assert names == ["small", "large"]
    assert connection.head.startswith(b"GET /v1/models HTTP/1.1\r\n")
    assert b"Authorization: Bearer sk-1" in connection.head


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"data":[{"name":"small"}]}', b'{"data":[{"id":1}]}', b"\xff"])
def test_what_is_no_list_of_models_is_an_error(body: bytes) -> None:
    with pytest.raises(ProviderError, match="no list of models"):
        names_told(body)


def test_a_list_that_nests_too_deep_is_none() -> None:
    with pytest.raises(ProviderError, match="no list of models"):
        names_told(b'{"data":[],"more":%s%s}' % (b"[" * 100_000, b"]" * 100_000))


def test_an_upstream_that_has_no_list_is_an_error_with_its_status() -> None:
    with pytest.raises(ProviderError, match="status 404"):
        names_told(b"{}", status="404 Not Found")
