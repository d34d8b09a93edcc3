"""Over real sockets: what a client spells out reaches the upstream to the byte."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from loopback import calling, model, running
from raw_upstream import upstream, well

ODD = {
    "made_up": '{ "a" : [1.0, 1e2, 1E+400, -0.0], "b":"\\u00e9\\/" }',
    "seed": "123456789012345678901234567890",
    "logit_bias": '{"7" : 1.50}',
    "temperature": "1.0",
    "user": '"t\\u00f8m"',
}
ASKED = {
    "chat/completions": {"messages": '[{"role" : "user","content":"\\u003f"}]'},
    "completions": {"prompt": '"a\\tb"'},
    "embeddings": {"input": "[ 1,2 ]"},
}
spelled_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


@pytest.mark.parametrize("upstream_model", ["m", "theirs"])
@pytest.mark.parametrize("own", ["", ',"stream":false', ',"stream":true'], ids=["unsaid", "plain", "streamed"])
@pytest.mark.parametrize("path", ASKED)
def test_all_fields_pass_through_untouched_unknown_ones_too(
    tmp_path: Path, path: str, own: str, upstream_model: str
) -> None:
    fields = {**ASKED[path], **ODD}
    said = ",".join(f'"{name}": {value}' for name, value in fields.items())
    body = f'{{"model":"m",{said}{own}}}'.encode()

    async def test() -> bytes:
        async with upstream(well) as (place, calls):
            named = replace(model(place), upstream_model=upstream_model)
            async with running(tmp_path, models=(named,)) as gateway, calling(gateway) as client:
                head = f"POST /v1/{path} HTTP/1.1\r\nHost: gateway\r\nContent-Length: {len(body)}\r\n\r\n"
                await client.send(head.encode() + body)
                status, *_ = await client.head()
                assert status == 200
                (call,) = calls
                return call.sent

    went = {name: bytes(value).decode() for name, value in spelled_of(asyncio.run(test())).items()}
    assert went.pop("model") == f'"{upstream_model}"'
    assert {name: went[name] for name in fields} == fields
