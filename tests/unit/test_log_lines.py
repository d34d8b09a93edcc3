"""What the gateway's log says of requests that were not answered."""

import asyncio
import json
import logging

import pytest
from msgspec import structs

from pantler.core.cost import Price, Tokens
from pantler.core.rows import Asked, Row
from pantler.gateway import logs

PRICE = Price(tokens_in=1, tokens_out=1)


def failed(status: int, *outcomes: tuple[str, str]) -> Row:
    asked = tuple(Asked(model, Tokens(0, 0), PRICE, "config", 0, 0.0, 0.0, 0.0, outcome) for model, outcome in outcomes)
    return Row(
        decision="dec_1", time=0.0, tenant="blue", route="smart", key_digest="0", size_bytes=0, tier="miss",
        reason="the only plan", status=status, policy="auto", multiplexer="single", model="", tokens_in=0,
        tokens_out=0, candidates=(), asked=asked, spent=0, saved_by_cache=0, saved_by_choice=0, baseline=0,
        baseline_basis="estimated", ratio=1.0, seconds=0.0,
    )  # fmt: skip


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    return [json.loads(logs.Lines().format(record)) for record in caplog.records]


def test_a_line_names_every_model_that_was_asked_and_how_that_ended(caplog: pytest.LogCaptureFixture) -> None:
    logs.request(failed(502, ("small", "refused"), ("large", "garbage")))
    (line,) = lines(caplog)
    assert (line["status"], line["calls"]) == (502, ["small: refused", "large: garbage"])


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_an_upstream_refuses_by_the_operators_mistake_has_a_line(
    caplog: pytest.LogCaptureFixture, status: int
) -> None:
    logs.request(failed(status, ("small", "status")))
    (line,) = lines(caplog)
    assert line["calls"] == ["small: status"]


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"message": "Task exception was never retrieved", "exception": ValueError("my prompt")}, None),
        ({"message": "Exception in callback Loop.look(b'my prompt')"}, "Exception in callback Loop.look"),
        ({"message": "Exception in callback functools.partial(<f>, 'my prompt')\nhandle: <Handle f('my prompt')>"},
         "Exception in callback functools.partial"),
    ],
)  # fmt: skip
def test_what_the_event_loop_says_by_itself_quotes_no_prompt(
    caplog: pytest.LogCaptureFixture, told: dict[str, object], message: str | None
) -> None:
    loop = asyncio.new_event_loop()
    loop.call_exception_handler({**told, "task": "my prompt"})
    loop.close()
    (line,) = lines(caplog)
    assert line["message"] == (message or told["message"])
    assert "my prompt" not in json.dumps(line)


def test_what_the_client_did_wrong_has_none(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logs.request(failed(400, ("small", "status")))
    logs.request(failed(404))
    logs.request(failed(499, ("small", "cancelled")))
    assert not caplog.records


def test_a_client_that_asked_for_what_is_stored_only_is_no_trouble(caplog: pytest.LogCaptureFixture) -> None:
    logs.request(structs.replace(failed(504), reason="not_cached"))
    assert not caplog.records
