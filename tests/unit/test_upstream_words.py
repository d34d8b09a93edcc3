import json
from typing import Any

import pytest

from pantler.gateway.upstream_words import in_shape
from pantler.gateway.wire import Fault

FAULT = Fault(400, "upstream_refused", "m answered with status 400")


def shaped(body: bytes) -> dict[str, Any]:
    error: dict[str, Any] = json.loads(in_shape(body, FAULT))["error"]
    assert error.keys() >= {"message", "type", "param", "code"}
    assert all(isinstance(error[name], str) for name in ("message", "type", "code"))
    return error


def test_a_refusal_in_shape_stays_as_it_came() -> None:
    body = b'{ "error": {"message": "no", "type": "t", "param": null, "code": "c", "hint": 5} }'
    assert in_shape(body, FAULT) == body


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": "just text"}', "just text"),
        (b'{"detail": "not so"}', "not so"),
        (b'{"detail": [{"loc": ["body", "n"], "msg": "too many"}]}', "too many"),
        (b'{"object": "error", "message": "no such thing", "code": 400}', "no such thing"),
        (b"plain text error", "plain text error"),
        (b'{"error": {"detail": "deeper"}}', "deeper"),
        (b'"a text"', "a text"),
    ],
)
def test_an_upstreams_words_are_told_in_the_message_however_it_puts_them(body: bytes, words: str) -> None:
    error = shaped(body)
    assert error["message"].startswith(FAULT.message)
    assert words in error["message"]


@pytest.mark.parametrize("body", [b"<html>404</html>", b'{"error": ', b"{}", b'{"error": null}'])
def test_what_says_nothing_in_words_is_told_by_its_status(body: bytes) -> None:
    assert shaped(body)["message"] == FAULT.message


def test_a_code_that_is_a_number_becomes_text_and_what_lacks_is_added() -> None:
    error = shaped(b'{"error": {"code": 400, "message": "bad", "n_ctx": 5}}')
    assert error == {"code": "400", "message": "bad", "type": FAULT.kind, "param": None, "n_ctx": 5}


def test_a_long_page_of_words_is_cut() -> None:
    assert len(shaped(b"x" * 100_000)["message"]) < 3000
