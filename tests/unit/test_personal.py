"""Whose answer a text asks for: one's own, which is never shared, or one that is the same for all who ask.

whose_answer.csv holds sentences of many domains. Those of the part `held` were written before the rule was, and it was
never changed for them; it was tuned on those of the part `tuned`.
"""

import csv
from pathlib import Path

import pytest

from pantler.matching.text_rules import refused_text

SENTENCES = list(csv.DictReader((Path(__file__).parent / "whose_answer.csv").read_text().splitlines()))


def refused(part: str, whose: str) -> float:
    """The share of such sentences that a rule refuses."""
    texts = [each["text"] for each in SENTENCES if (each["part"], each["whose"]) == (part, whose)]
    return sum(refused_text(text) is not None for text in texts) / len(texts)


def test_each_part_has_some_hundred_of_both_kinds_and_none_twice() -> None:
    kinds = [(each["part"], each["whose"]) for each in SENTENCES]
    assert min(kinds.count((part, whose)) for part in ("tuned", "held") for whose in ("own", "all")) >= 100
    assert len({each["text"] for each in SENTENCES}) == len(SENTENCES)


def test_what_asks_for_ones_own_is_refused() -> None:
    assert refused("tuned", "own") >= 0.99
    assert refused("held", "own") >= 0.95


def test_what_has_one_answer_for_all_is_seldom_refused() -> None:
    assert refused("tuned", "all") <= 0.05
    assert refused("held", "all") <= 0.10


@pytest.mark.parametrize(
    "text",
    [
        "How do I change my PIN, and what is my balance?",
        "I want to close my account. Has my last payment arrived?",
        "If my parcel is late, when will it arrive?",
        "I returned my shoes last May. Has it been refunded?",
        "My order was split. Did they send it?",
        "My account is blocked, why?",
        "There is a hold on my account. What happened?",
        "My water bill is due, pay it",
        "how do i lock my account what is my limit",
        "my card was stolen please block my account",
        "How do I know whether my refund was approved?",
        "Can I please get my balance?",
        "I want to know my balance",
        "I need my order cancelled",
        "I want you to cancel my order",
        "Can you help me find my booking?",
        "Is it possible that my payment was rejected?",
        "What do I have to pay on my loan?",
        "How much can I withdraw from my account?",
        "Why is my card blocked?",
    ],
)
def test_a_general_clause_hides_no_question_of_ones_own(text: str) -> None:
    assert refused_text(text) == "personalised"


@pytest.mark.parametrize(
    "text",
    [
        "My phone was stolen, what should I do?",
        "I lost my phone. How do I keep others out of my account?",
        "There is a payment on my statement that I did not make",
        "I can't remember my password",
        "Can someone else use my account?",
        "If my parcel is lost, who can I call about my order?",
        "What do I need to do to change my address?",
        "Help me to set up my account",
    ],
)
def test_a_possession_that_is_only_named_refuses_nothing(text: str) -> None:
    assert refused_text(text) is None
    assert refused_text(text, strict=True) == "personalised"


def test_what_is_told_binds_to_no_time_and_what_is_asked_does() -> None:
    assert refused_text("My card was stolen yesterday. What should I do now?") is None
    assert refused_text("I noticed that the exchange rate was wrong") is None
    assert refused_text("I arrived yesterday. What is the exchange rate?") == "time_bound"
    assert refused_text("The shop was shut. Is it open today?") == "time_bound"
    assert refused_text("What's going on?") == "time_bound"
