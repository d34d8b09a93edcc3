import asyncio
from typing import Any

import pytest

from pantler.config.tariff import Tariff
from pantler.config.values import Limits, Model, Prices
from pantler.core.asks import Ask, Endpoint
from pantler.core.cost import Price
from pantler.core.rows import Asked
from pantler.core.types import Plan
from pantler.core.usage import asked_tier, told
from pantler.live.means import Means
from pantler.live.plans import run
from pantler.live.upstream import Upstream
from pantler.providers.scripted import Scripted

LISTED = Model("listed", base_url="https://api.openai.com/v1", upstream_model="gpt-5.2")
GIVEN = Model("given", price=Prices(1, 2))
TARIFF = Tariff([LISTED, GIVEN])


def out(name: str, tier: str) -> int | None:
    price = TARIFF(name, tier)[0]
    return None if price is None else price.tokens_out


def test_a_listed_price_follows_the_service_tier() -> None:
    standard = out("listed", "")
    assert standard is not None
    assert out("listed", "default") == out("listed", "auto") == standard
    assert out("listed", "priority") == 2 * standard
    assert out("listed", "flex") == standard // 2


def test_a_tier_that_a_client_made_up_has_no_price() -> None:
    price, source = TARIFF("listed", "made-up")
    assert price is None
    assert "no price for service tier 'made-up'" in source


def test_a_price_of_the_configuration_holds_for_every_tier() -> None:
    assert out("given", "priority") == out("given", "") == 2_000_000


@pytest.mark.parametrize(
    ("answer", "tier"),
    [
        (b'{"service_tier": "flex", "usage": {}}', "flex"),
        (b'{"service_tier": null}', ""),
        (b'{"service_tier": 3}', ""),
        (b"{}", ""),
    ],
)
def test_an_answer_says_at_which_tier_it_was_given(answer: bytes, tier: str) -> None:
    assert told(answer).tier == tier


@pytest.mark.parametrize(("given", "tier"), [({"service_tier": "flex"}, "flex"), ({"service_tier": []}, ""), ({}, "")])
def test_a_request_may_ask_for_a_tier(given: dict[str, Any], tier: str) -> None:
    assert asked_tier(given) == tier


def test_a_call_is_reckoned_at_the_tier_that_was_asked_for_where_the_answer_does_not_say() -> None:
    reckoned: list[tuple[str, str]] = []

    def price_of(name: str, tier: str) -> tuple[Price, str]:
        reckoned.append((name, tier))
        return Price(1, 1), "test"

    means = Means({"m": Upstream("m", Scripted(Endpoint(name="m")), Limits())}, price_of)
    ask = Ask("chat", "m", {"messages": [{"role": "user", "content": "hello"}], "service_tier": "flex"})
    asked: list[Asked] = []
    asyncio.run(run(Plan(("m",)), ask, means, asked))
    assert reckoned == [("m", "flex")]
