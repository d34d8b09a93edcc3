import asyncio
import time
from contextlib import aclosing, suppress
from typing import Any

import msgspec
import pytest

from lite import put_away
from pantler.core.asks import Ask, Endpoint
from pantler.core.errors import ConfigError, ProviderError
from pantler.core.usage import usage_of
from raw_upstream import FAULTS, answer, answers, upstream, well

pytest.importorskip("litellm", reason="needs the package litellm")
from pantler.providers.litellm import LiteLLM

pytestmark = pytest.mark.filterwarnings("ignore")  # LiteLLM's own, of which there are many

BODY = {"messages": [{"role": "user", "content": "how many legs"}]}


def ask(seconds: float = 60.0, **more: Any) -> Ask:
    return Ask("chat", "mine", BODY | more, time.monotonic() + seconds)


def provider(address: str) -> LiteLLM:
    return LiteLLM(Endpoint(name="mine", base_url=f"http://{address}/v1", upstream_model="openai/theirs", key="sk-1"))


def called(does: Any, given: Ask, *, streamed: bool = False) -> list[bytes]:
    async def story() -> list[bytes]:
        async with upstream(does) as (address, _), put_away():
            asked = provider(address)
            if not streamed:
                return [await asked.whole(given)]
            async with aclosing(asked.pieces(given)) as pieces:
                return [piece async for piece in pieces]

    return asyncio.run(story())


def test_an_answer_comes_whole_with_its_usage() -> None:
    (body,) = called(well, ask())
    assert msgspec.json.decode(body)["choices"][0]["message"]["content"] == "four"
    tokens = usage_of(body)
    assert tokens is not None
    assert (tokens.tokens_in, tokens.tokens_out) == (5, 1)


def test_an_answer_comes_in_pieces_with_its_usage() -> None:
    pieces = [msgspec.json.decode(piece) for piece in called(well, ask(), streamed=True)]
    said = [choice["delta"].get("content") or "" for piece in pieces for choice in piece["choices"]]
    assert "".join(said) == "four"
    assert [piece["usage"]["prompt_tokens"] for piece in pieces if piece.get("usage")] == [5]


@pytest.mark.parametrize(
    ("status", "kind"), [("429 Busy", "overloaded"), ("500 Broken", "status"), ("401 No", "status")]
)
def test_a_failing_status_is_kept(status: str, kind: str) -> None:
    with pytest.raises(ProviderError) as failure:
        called(answers(answer(b'{"error":{"message":"theirs"}}', status=status)), ask())
    assert (failure.value.kind, failure.value.status) == (kind, int(status[:3]))


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("status", ["429 Busy", "503 Busy"])
def test_how_long_an_upstream_asks_to_wait_is_kept(status: str, streamed: bool) -> None:
    said = answer(b'{"error":{"message":"theirs"}}', status=status, more="Retry-After: 7\r\n")
    with pytest.raises(ProviderError) as failure:
        called(answers(said), ask(), streamed=streamed)
    assert failure.value.retry_after_seconds == 7.0


def test_a_stream_that_its_client_leaves_is_left_upstream() -> None:
    async def story() -> None:
        async with upstream(FAULTS["hang_within"][0]) as (address, connections), put_away():
            async with aclosing(provider(address).pieces(ask())) as pieces:
                await anext(pieces)
            async with asyncio.timeout(30):
                await connections[0].closed.wait()

    asyncio.run(story())


def test_what_an_upstream_refuses_is_told_in_its_words_without_our_key() -> None:
    said = b'{"error":{"message":"no such size, sk-1","type":"invalid_request_error","param":"size","code":"odd_size"}}'
    with pytest.raises(ProviderError) as failure:
        called(answers(answer(said, status="400 Bad Request")), ask())
    told = msgspec.json.decode(failure.value.body)["error"]
    assert told["param"] == "size"
    assert told["code"] == "odd_size"
    assert "no such size, [key]" in told["message"]


@pytest.mark.parametrize("name", ["closed_within", "reset_within"])
def test_a_stream_that_breaks_off_is_cut_and_no_status(name: str) -> None:
    with pytest.raises(ProviderError) as failure:
        called(FAULTS[name][0], ask(), streamed=True)
    assert failure.value.kind == "cut"


@pytest.mark.parametrize(("key", "is_told"), [("", True), ("sk-1", False)])
def test_a_missing_key_is_told_at_the_start_with_the_variables_that_would_hold_it(
    key: str, is_told: bool, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    LiteLLM(Endpoint(name="mine", base_url="http://127.0.0.1:1/v1", upstream_model="openai/theirs", key=key))
    assert ["mine: no key_env" in each.message and "OPENAI_API_KEY" in each.message for each in caplog.records] == (
        [True] if is_told else []
    )


def test_an_upstream_that_hangs_is_left_at_the_deadline() -> None:
    with pytest.raises(ProviderError) as failure:
        called(FAULTS["hang_before_an_answer"][0], ask(0.5))
    assert failure.value.kind == "timeout"


@pytest.mark.parametrize(
    "steers",
    [
        {"api_base": "http://169.254.169.254/"},
        {"mock_response": "x"},
        {"extra_headers": {"a": "b"}},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://10.0.0.1/"}}]}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "file:///etc/passwd"}]}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "/etc/passwd"}]}]},
        {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "http://10.0.0.1/"}}]}]},
        {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_data": "gs://theirs/all"}}]}]},
    ],
)
def test_a_client_cannot_steer_it(steers: dict[str, Any]) -> None:
    with pytest.raises(ProviderError, match="is not given") as failure:
        called(well, ask(**steers))
    assert failure.value.status == 400


HARMLESS = {
    "store": True,
    "metadata": {"team": "blue"},
    "user": "tom",
    "safety_identifier": "s-1",
    "prompt_cache_key": "p-1",
}


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("model", ["openai/theirs", "openai/gpt-4o", "hosted_vllm/theirs", "mistral/theirs"])
def test_what_changes_no_answer_reaches_an_upstream_that_is_asked_as_openai_is(model: str, streamed: bool) -> None:
    sent = body_for(model, ask(**HARMLESS), streamed=streamed)
    assert {name: sent.get(name) for name in HARMLESS} == HARMLESS
    assert ask(**HARMLESS).body["metadata"] == {"team": "blue"}  # it writes into what it is given


def test_what_changes_no_answer_is_no_hindrance_elsewhere_and_the_user_is_translated() -> None:
    sent = body_for("anthropic/claude-sonnet-4-5", ask(max_tokens=5, **HARMLESS))
    assert sent["metadata"] == {"user_id": "tom"}
    assert sent.keys().isdisjoint({*HARMLESS, "extra_body"} - {"metadata"})


def test_an_operators_own_parameters_come_before_a_clients() -> None:
    sent = body_for("openai/theirs", ask(**HARMLESS), options={"extra_body": {"user": "all", "x": 1}})
    assert (sent["user"], sent["x"], sent["store"]) == ("all", 1, True)


def body_for(model: str, given: Ask, *, streamed: bool = False, **settings: Any) -> dict[str, Any]:
    """What the upstream was sent, whatever it answered."""

    async def story() -> Any:
        async with upstream(well) as (address, calls), put_away():
            endpoint = Endpoint(name="mine", base_url=f"http://{address}/v1", upstream_model=model, key="sk-1")
            asked = LiteLLM(endpoint, **settings)
            with suppress(ProviderError):
                if streamed:
                    async with aclosing(asked.pieces(given)) as pieces:
                        _ = [piece async for piece in pieces]
                else:
                    await asked.whole(given)
            return calls[0].body

    return asyncio.run(story())  # type: ignore[no-any-return]


def test_a_number_that_no_float_holds_is_refused_and_is_no_failure_of_the_upstream() -> None:
    with pytest.raises(ProviderError, match="no float holds") as failure:
        called(well, ask(logit_bias={"1": msgspec.Raw(b"1e400")}))
    assert failure.value.status == 400


def test_words_may_speak_of_an_address() -> None:
    said = [{"type": "text", "text": "http://10.0.0.1/ is what?"}, {"type": "file", "file": {"file_id": "file-7"}}]
    assert called(well, ask(messages=[{"role": "user", "content": said}]))


def test_it_needs_its_own_name_of_the_model() -> None:
    with pytest.raises(ConfigError, match="no upstream_model; give LiteLLM's name"):
        LiteLLM(Endpoint(name="mine"))
