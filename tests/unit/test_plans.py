import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from pantler.config.values import Limits
from pantler.core.asks import Ask, Endpoint, Opinion
from pantler.core.cost import Price
from pantler.core.errors import ProviderError
from pantler.core.rows import Asked
from pantler.core.types import Plan
from pantler.judges.agreement import Agreement
from pantler.live.means import Answered, Means
from pantler.live.plans import run
from pantler.live.upstream import Upstream
from pantler.providers.scripted import Scripted
from pantler.texts.showing import Sign, sign
from virtual_time import VirtualLoop

ASK = Ask("chat", "route", {"messages": [{"role": "user", "content": "how many legs has a cat"}]})
PRICES = {"small": Price(1000, 2000), "large": Price(10_000, 20_000)}


class Lengths:
    """Scores an answer by its length, and remembers what it was asked."""

    def __init__(self) -> None:
        self.heard: list[int] = []

    async def judge(self, ask: Ask, answers: Sequence[bytes]) -> Opinion:
        self.heard.append(len(answers))
        return Opinion(min(len(text(answers[-1])) / 10, 1.0), "length")


def text(body: bytes) -> str:
    return str(msgspec.json.decode(body)["choices"][0]["message"]["content"])


def means(fallbacks: Sequence[str] = (), **models: dict[str, Any]) -> Means:
    upstreams = {name: Upstream(name, Scripted(Endpoint(name=name), **each), Limits()) for name, each in models.items()}
    return Means(
        upstreams,
        lambda name, _: (PRICES.get(name), "test"),
        judge=Lengths(),
        fallbacks=fallbacks,
        split=lambda body: (body[:9], body[9:]),
    )


def said(answer: str, **more: Any) -> dict[str, Any]:
    return {"answers": {"how many legs has a cat": answer}, **more}


def ran(plan: Plan, with_: Means, *, streamed: bool = False) -> tuple[Answered, list[Asked], list[tuple[str, bytes]]]:
    asked: list[Asked] = []
    emitted: list[tuple[str, bytes]] = []
    emit = (lambda model, piece: emitted.append((model, piece))) if streamed else None
    return asyncio.run(run(plan, ASK, with_, asked, emit)), asked, emitted


def test_a_direct_call_is_accounted_with_its_tokens_and_price() -> None:
    answered, asked, _ = ran(Plan(("small",)), means(small=said("four legs")))
    assert (answered.model, text(answered.body)) == ("small", "four legs")
    assert [
        (each.model, each.tokens.tokens_in, each.tokens.tokens_out, each.spent, each.outcome) for each in asked
    ] == [("small", 6, 2, 10, "answered")]
    assert not asked[0].estimated


def test_an_answer_that_the_judge_keeps_ends_the_cascade() -> None:
    answered, asked, _ = ran(
        Plan(("small", "large"), 0.5), means(small=said("four legs"), large=said("surely four legs"))
    )
    assert answered.model == "small"
    assert answered.opinion == Opinion(0.9, "length")
    assert [each.model for each in asked] == ["small"]


def test_what_an_answer_shows_a_judge_is_noted_with_its_call_as_numbers() -> None:
    with_ = means(small=said("four"), large=said("four, of course"))
    _, asked, _ = ran(Plan(("small", "large"), 0.9), with_)
    assert [len(each.shown) for each in asked] == [4, 0]  # nobody judges the last model
    checked, confidence, length, agreeing = asked[0].shown
    assert (checked, confidence, agreeing) == (None, None, None)
    assert length is not None
    assert length > 0.0


def test_an_answer_that_is_not_kept_escalates_and_both_calls_are_paid() -> None:
    with_ = means(small=said("4"), large=said("surely four legs"))
    answered, asked, _ = ran(Plan(("small", "large"), 0.5), with_)
    assert (answered.model, text(answered.body)) == ("large", "surely four legs")
    assert [each.spent for each in asked] == [8, 120]
    assert isinstance(with_.judge, Lengths)
    assert with_.judge.heard == [1]  # nobody judges the last model


def test_a_direct_stream_comes_through_piece_by_piece_and_a_held_one_is_split() -> None:
    plan, models = Plan(("small", "large"), 0.5), {"large": said("surely four legs")}
    answered, _, emitted = ran(plan, means(small=said("four legs"), **models), streamed=True)
    assert [model for model, _ in emitted] == ["small", "small"]
    assert b"".join(answered.pieces) == answered.body
    answered, _, emitted = ran(plan, means(small=said("4"), **models), streamed=True)
    assert answered.body == b""
    assert tuple(piece for _, piece in emitted) == answered.pieces
    assert {model for model, _ in emitted} == {"large"}
    assert len(emitted) == 5  # three words, the end, the usage


def test_the_fallbacks_are_asked_in_order_once_the_plan_has_failed() -> None:
    with_ = means(
        ("middle", "large"), small=said("", faults=["503"]), middle=said("", faults=["refused"]), large=said("4")
    )
    answered, asked, _ = ran(Plan(("small",)), with_)
    assert answered.model == "large"
    assert [(each.model, each.outcome, each.spent) for each in asked] == [
        ("small", "overloaded", 0),
        ("middle", "refused", None),
        ("large", "answered", 80),
    ]


def test_where_nobody_answers_the_first_failure_is_told() -> None:
    with_ = means(("large",), small=said("", faults=["429"]), large=said("", faults=["500"]))
    with pytest.raises(ProviderError) as failure:
        ran(Plan(("small",)), with_)
    assert failure.value.status == 429


def test_a_refusal_of_the_ask_stays_what_it_was_and_nobody_else_is_asked() -> None:
    with_ = means(("large",), small=said("", faults=["400"]), large=said("4"))
    asked: list[Asked] = []
    with pytest.raises(ProviderError) as failure:
        asyncio.run(run(Plan(("small",)), ASK, with_, asked))
    assert failure.value.status == 400
    assert b"told to fail" in failure.value.body
    assert [each.model for each in asked] == ["small"]


def test_an_answer_that_was_not_kept_is_served_where_the_dearer_model_fails() -> None:
    with_ = means(small=said("4"), large=said("", faults=["500"]))
    answered, asked, _ = ran(Plan(("small", "large"), 0.5), with_)
    assert (answered.model, answered.opinion) == ("small", Opinion(0.1, "length"))
    assert [each.outcome for each in asked] == ["answered", "status"]


def test_no_fallback_follows_a_stream_that_was_cut_and_its_tokens_are_charged() -> None:
    with_ = means(("large",), small=said("four legs", faults=["cut"]), large=said("4"))
    asked: list[Asked] = []
    emitted: list[tuple[str, bytes]] = []
    with pytest.raises(ProviderError, match="broke off"):
        asyncio.run(run(Plan(("small",)), ASK, with_, asked, lambda model, piece: emitted.append((model, piece))))
    assert len(emitted) == 1
    assert [(each.model, each.outcome, each.estimated) for each in asked] == [("small", "cut", True)]
    assert asked[0].tokens.tokens_out == 1
    assert asked[0].spent


def test_a_cancelled_call_is_accounted() -> None:
    async def story() -> list[Asked]:
        asked: list[Asked] = []
        with_ = means(small=said("four legs", seconds_per_token=60.0))
        first = asyncio.Event()
        task = asyncio.create_task(run(Plan(("small",)), ASK, with_, asked, lambda *_: first.set()))
        await first.wait()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert with_.upstreams["small"].turns.in_flight == 0
        return asked

    (asked,) = asyncio.run(story())
    assert (asked.outcome, asked.tokens.tokens_out, asked.estimated) == ("cancelled", 1, True)


def test_a_model_without_a_price_spends_nothing_that_is_known() -> None:
    _, asked, _ = ran(Plan(("free",)), means(free=said("4")))
    assert (asked[0].spent, asked[0].price, asked[0].tokens.tokens_out) == (None, None, 1)


@pytest.mark.parametrize(("other", "asked_models"), [("Four legs!", 2), ("six", 3)])
def test_models_are_asked_until_enough_of_them_agree(other: str, asked_models: int) -> None:
    with_ = replace(means(small=said("four legs"), middle=said(other), large=said("4")), judge=Agreement(enough=2))
    answered, asked, _ = ran(Plan(("small", "middle", "large"), 1.0), with_)
    assert len(asked) == asked_models
    assert answered.model == ("middle", "large")[asked_models - 2]


def test_models_that_have_to_agree_are_asked_at_once_and_told_in_the_order_of_the_plan() -> None:
    async def told() -> tuple[Answered, list[Asked], float]:
        loop = asyncio.get_running_loop()
        with_ = means(
            small=said("four legs", latency_seconds=3.0), middle=said("4", latency_seconds=2.0), large=said("four legs")
        )
        asked: list[Asked] = []
        plan = Plan(("small", "middle", "large"), 1.0)
        return await run(plan, ASK, replace(with_, judge=Agreement(enough=2)), asked), asked, loop.time()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        answered, asked, seconds = runner.run(told())
    assert [each.model for each in asked] == ["small", "middle", "large"]
    assert seconds < 4.0, "the slower of the two, not both"
    assert answered.model == "large"


def test_a_refusal_of_the_ask_ends_the_calls_beside_it_and_all_are_accounted() -> None:
    async def told() -> list[Asked]:
        with_ = means(small=said("4", faults=["400"]), middle=said("4", latency_seconds=50.0), large=said("4"))
        asked: list[Asked] = []
        with pytest.raises(ProviderError):
            await run(Plan(("small", "middle", "large"), 1.0), ASK, replace(with_, judge=Agreement(enough=2)), asked)
        assert asyncio.get_running_loop().time() < 5.0
        return asked

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        asked = runner.run(told())
    assert [(each.model, each.outcome) for each in asked] == [("small", "status"), ("middle", "cancelled")]


TIERS = Plan(("a", "b", "c", "d"), 0.5, (2, 1, 1))


@pytest.mark.parametrize(
    ("answers", "asked", "answering"),
    [
        (("four", "four", "five", "six"), ["a", "b"], "b"),
        (("four", "five", "five", "six"), ["a", "b", "c"], "c"),
        (("four", "five", "six", "seven"), ["a", "b", "c", "d"], "d"),
    ],
    ids=["the first tier agrees", "the next one agrees with one of it", "nobody agrees"],
)
def test_a_tier_is_asked_at_once_and_the_next_where_none_agree(
    answers: Sequence[str], asked: list[str], answering: str
) -> None:
    with_ = means(**{model: said(answer) for model, answer in zip("abcd", answers, strict=True)})
    answered, calls, _ = ran(TIERS, replace(with_, judge=Agreement()))
    assert [call.model for call in calls] == asked
    assert (answered.model, text(answered.body)) == (answering, answers["abcd".index(answering)])


def test_of_a_last_tier_that_does_not_agree_the_last_answer_stands() -> None:
    with_ = means(a=said("four"), b=said("five"), c=said("six"), d=said("seven"))
    answered, calls, _ = ran(Plan(("a", "b", "c", "d"), 0.5, (2, 2)), replace(with_, judge=Agreement()))
    assert len(calls) == 4
    assert answered.model == "d"


def test_three_of_a_tier_have_to_agree_where_the_judge_says_so() -> None:
    with_ = means(a=said("four"), b=said("four"), c=said("five"), d=said("six"))
    answered, _, _ = ran(Plan(("a", "b", "c", "d"), 0.5, (3, 1)), replace(with_, judge=Agreement(enough=3)))
    assert answered.model == "d"


def test_what_a_judge_has_read_on_its_way_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    def counted(ask: Ask, answers: Sequence[bytes]) -> Sign:
        read.append(len(answers))
        return sign(ask, answers)

    monkeypatch.setattr("pantler.judges._beside.sign", counted)
    with_ = replace(means(small=said("four"), large=said("four")), judge=Agreement())
    _, asked, _ = ran(Plan(("small", "large", "large"), 0.5), with_)
    assert read == [1, 2]
    assert [each.shown[3] for each in asked[:2]] == [None, 1.0]


def test_the_best_of_several_answers_that_were_not_kept_is_served_where_the_last_model_fails() -> None:
    with_ = means(a=said("four"), b=said("4"), c=said("", faults=["500"]))
    answered, _, _ = ran(Plan(("a", "b", "c"), 0.5), with_)
    assert (answered.model, answered.opinion) == ("a", Opinion(0.4, "length"))
