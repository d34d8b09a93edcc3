"""Texts in one form, and numbers by which they are compared."""

import msgspec

from pantler.core.normal import digest


def whole(text: str) -> bytes:
    return msgspec.json.encode({"choices": [{"index": 0, "message": {"content": text}, "finish_reason": "stop"}]})


def test_answers_to_one_query_that_say_the_same_have_one_digest() -> None:
    assert digest(whole("Paris."), 7) == digest(whole("paris"), 7) != 0
    assert digest(whole("Paris"), 7) != digest(whole("Rome"), 7)
    assert digest(whole("Paris"), 7) != digest(whole("Paris"), 8)  # which tells nobody what was said


def test_what_says_nothing_or_much_is_not_compared() -> None:
    assert [digest(body, 7) for body in (whole(""), b"{}", b"no answer", whole("x" * 5000))] == [0, 0, 0, 0]
