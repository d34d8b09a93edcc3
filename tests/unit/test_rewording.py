"""Which short questions ask anew what was asked before."""

import pytest

from pantler.matching.rewording import rewords

BEFORE = "How do I reset my router password?"


@pytest.mark.parametrize(
    "now",
    [
        "how can I reset my router password",
        "reset router password",
        "How do I reset my router password on the admin page?",
    ],
)
def test_the_same_with_other_small_words_or_more_said_is_asked_anew(now: str) -> None:
    assert rewords(now, BEFORE)
    assert rewords(BEFORE, now)


@pytest.mark.parametrize(
    "now",
    [
        "How do I reset my router name?", "How do I not reset my router password?", "password", "Thank you", "",
        "How do I reset my router password 2 times?", "What is the capital of Peru?",
    ],
)  # fmt: skip
def test_another_question_is_none(now: str) -> None:
    assert not rewords(now, BEFORE)
