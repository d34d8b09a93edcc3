"""How answers that refuse in words are told."""

from hypothesis import given
from hypothesis import strategies as st

from pantler.core import refusing

BEGUN = st.sampled_from(["I'm sorry", "i am unable", "Sorry", "\u017forry", "As an AI", "Unfortunately I have", ""])


@given(st.text(" \n\u0130\u0131'IS", max_size=2), BEGUN, st.text(max_size=3))
def test_the_first_letter_rules_out_nothing_that_the_patterns_find(before: str, begun: str, after: str) -> None:
    text = before + begun + after
    found = refusing._refusal.match(refusing.plain(text.lstrip())) is not None
    assert refusing.refuses_in_words(text) == found


@given(st.text(max_size=4))
def test_no_text_is_told_otherwise_by_its_first_letter(text: str) -> None:
    found = refusing._refusal.match(refusing.plain(text.lstrip())) is not None
    assert refusing.refuses_in_words(text) == found
