"""Whatever a client or an upstream sends wrongly to a real `pantler serve`: an answer in OpenAI's shape, at once."""

import asyncio
import json
import signal
from pathlib import Path

import pytest

from gateway_process import ADMIN, PEPPER, config, served
from pantler.config.keys import digest
from pantler.gateway.parsing import parse
from pantler.gateway.wire import Fault
from raw_upstream import Connection, answer, upstream

SECONDS = 10.0  # for one answer, the largest body included
KEY = "sk-good"
ASK = b'{"model":"m","messages":[{"role":"user","content":"?"}]}'
GARBAGE = b"<html>not what was asked for</html>"
TENANT = """
[[tenants]]
name = "blue"
routes = ["m"]
keys = [{{ digest = "{digest}" }}]
"""


def request(
    body: bytes = ASK,
    *more: str,
    method: str = "POST",
    path: str = "/v1/chat/completions",
    version: str = "1.1",
    key: str = KEY,
    length: str = "",
) -> bytes:
    head = [f"{method} {path} HTTP/{version}", "Host: g", *more]
    head += [f"Authorization: Bearer {key}"] if key else []
    head += [length or f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


CHUNKED = "Transfer-Encoding: chunked"
DEEP = b'{"model":"m","messages":' + b"[" * 1_000_000
BAD: dict[str, tuple[bytes, int, str]] = {
    "malformed JSON": (request(b'{"model": "m", '), 400, "invalid_json"),
    "no UTF-8": (request(b'{"model": "\xff"}'), 400, "invalid_json"),
    "an empty body": (request(b""), 400, "empty_body"),
    "no object": (request(b"[1]"), 400, "not_an_object"),
    "a model that is a number": (request(b'{"model":3,"messages":[{}]}'), 400, "invalid_type"),
    "messages that are text": (request(b'{"model":"m","messages":"hi"}'), 400, "invalid_messages"),
    "messages of texts": (request(b'{"model":"m","messages":["hi"]}'), 400, "invalid_messages"),
    "stream that is text": (request(ASK[:-1] + b',"stream":"yes"}'), 400, "invalid_type"),
    "a number too large": (request(ASK[:-1] + b',"n":1e999}'), 400, "invalid_type"),
    "twenty megabytes": (request(b'{"model":"' + b"m" * 20_000_000 + b'"}'), 413, "body_too_large"),
    "twenty megabytes in chunks": (
        request(chunked(b"m" * 20_000_000), length=CHUNKED),
        413,
        "body_too_large",
    ),
    "a million brackets": (request(DEEP), 400, "too_many_values"),
    "a thousand closed brackets": (request(DEEP[:1024] + b"]" * 1000 + b"}"), 400, "nested_too_deep"),
    "an unknown model": (request(ASK.replace(b'"m"', b'"never"')), 404, "model_not_found"),
    "a route of others": (request(ASK.replace(b'"m"', b'"theirs"')), 403, "route_forbidden"),
    "no key": (request(key=""), 401, "missing_key"),
    "a bad key": (request(key="sk-bad"), 401, "invalid_key"),
    "a key in another scheme": (request(ASK, "Authorization: Basic c2s=", key=""), 401, "missing_key"),
    "two keys": (request(ASK, "Authorization: Bearer sk-other"), 400, "repeated_header"),
    "garbage of the upstream": (request(), 502, "upstream_garbage"),
    "garbage in place of a stream": (request(ASK[:-1] + b',"stream":true}'), 502, "upstream_garbage"),
    "garbage in place of an embedding": (
        request(b'{"model":"m","input":"?"}', path="/v1/embeddings"),
        502,
        "upstream_garbage",
    ),
    "another method": (request(b"", method="GET"), 405, "wrong_method"),
    "PUT": (request(method="PUT"), 405, "wrong_method"),
    "DELETE": (request(b"", method="DELETE"), 405, "wrong_method"),
    "OPTIONS": (request(b"", method="OPTIONS"), 405, "wrong_method"),
    "TRACE": (request(b"", method="TRACE"), 405, "wrong_method"),
    "an unheard method": (request(b"", method="FETCH"), 400, "malformed_request"),
    "another path": (request(path="/v1/chat/completion"), 404, "unknown_path"),
    "a path that climbs": (request(b"", method="GET", path="/v1/models/../../etc/passwd"), 404, "model_not_found"),
    "an admin path": (request(b"", method="GET", path="/admin/stats"), 404, "unknown_path"),
    "an unknown model's own page": (request(b"", method="GET", path="/v1/models/never"), 404, "model_not_found"),
    "feedback that says nothing": (request(b"{}", path="/v1/feedback"), 400, "invalid_feedback"),
    "a body of no kind": (request(b"model=m&n=1"), 400, "invalid_json"),
    "a form": (request(b"model=m", "Content-Type: application/x-www-form-urlencoded"), 400, "invalid_json"),
    "a compressed body": (request(ASK, "Content-Encoding: gzip"), 415, "compressed_body"),
    "a chunked body that is no JSON": (
        request(chunked(b"{"), length=CHUNKED),
        400,
        "invalid_json",
    ),
    "chunks of no size": (request(b"zz\r\n", length=CHUNKED), 400, "malformed_request"),
    "a length that is a word": (request(length="Content-Length: many"), 400, "malformed_request"),
    "two lengths": (request(ASK, "Content-Length: 1"), 400, "malformed_request"),
    "HTTP/1.0": (request(b"{", version="1.0"), 400, "invalid_json"),
    "HTTP/3.0": (request(version="3.0"), 400, "malformed_request"),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20, 400, "malformed_request"),
    "an age of no sense": (request(ASK, "Cache-Control: max-age=abc"), 400, "invalid_max_age"),
    "a lifetime of no sense": (request(ASK, "x-pantler-ttl: soon"), 400, "invalid_ttl"),
}


async def told(port: int, data: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of what is answered; the connection closes, or has answered in whole."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sending = asyncio.create_task(sent(writer, data))
    try:
        async with asyncio.timeout(SECONDS):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-2])}
            body = await reader.readexactly(int(headers["content-length"])) if data[:4] != b"HEAD" else b""
        return int(head[0].split()[1]), headers, body
    finally:
        sending.cancel()
        writer.close()


async def sent(writer: asyncio.StreamWriter, data: bytes) -> None:
    try:
        writer.write(data)
        await writer.drain()
    except ConnectionError:  # refused before all of it had come
        return


async def garbage(connection: Connection) -> None:
    while True:
        await connection.read_ask()
        await connection.send(answer(GARBAGE))


def test_every_wrong_input_is_told_in_openais_shape_by_a_real_process(tmp_path: Path) -> None:
    wrong: dict[str, object] = {}

    async def test() -> None:
        more = TENANT.format(digest=digest(PEPPER.encode(), KEY)) + '[[routes]]\nname = "theirs"\nmodels = ["m"]\n'
        async with (
            upstream(garbage) as (place, _),
            served(tmp_path, str(config(tmp_path, place, more=more))) as gateway,
        ):
            for name, (data, status, code) in BAD.items():
                try:
                    found, headers, body = await told(gateway.port, data)
                    error = json.loads(body)["error"]
                    assert (found, error["code"]) == (status, code)
                    assert error.keys() == {"message", "type", "param", "code"}
                    assert len(error["message"]) >= 20
                    assert headers["content-type"] == "application/json"
                except (AssertionError, TimeoutError, asyncio.IncompleteReadError, KeyError, ValueError) as failure:
                    wrong[name] = repr(failure)[:300]
            assert (await told(gateway.port, request(b"", method="HEAD")))[0] == 405
            assert (await told(gateway.port, request(b"", method="HEAD", path="/healthz")))[0] == 200
            assert (await told(gateway.port, request(b"", method="GET", path="/healthz", version="1.0")))[0] == 200
            gateway.tell(signal.SIGTERM)
            assert await gateway.ended() == 0
            assert "Traceback" not in "".join(gateway.said)
            assert '"level":"error"' not in "".join(gateway.said)
            assert ADMIN not in "".join(gateway.said)

    asyncio.run(test())
    assert not wrong, json.dumps(wrong, indent=1)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"model": "\xff"}', "not UTF-8"),
        (b'{"model": "\\ud800"}', "it holds \\ud800, half of a surrogate pair; send whole characters"),
        (b'{"model": "\\uDC00"}', "it holds \\uDC00, half of a surrogate pair; send whole characters"),
        (b'{"model": "\\ud83d\\ude00 ', "it ends too early; send the whole of it"),
        (b'{"model": ', "it ends too early; send the whole of it"),
        (
            b"{'model': 'm'}",
            "not valid JSON: object keys must be strings (byte 1); write it by a JSON library, not by hand",
        ),
        (b'{"model": "m",}', "not valid JSON: trailing comma in object (byte 14); write it by"),
        (b'{"seed": -' + b"9" * 5000 + b"}", "a whole number of thousands of digits; send a smaller one"),
        (b'\xef\xbb\xbf{"model": "m"}', "begins with a byte order mark; send UTF-8 without one"),
    ],
)
def test_a_body_that_cannot_be_read_is_told_why_in_our_words(body: bytes, words: str) -> None:
    told = parse(body)
    assert isinstance(told, Fault)
    assert words in told.message
