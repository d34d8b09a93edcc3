import subprocess
import sys

import pytest
from genai_prices.data_snapshot import get_snapshot

from pantler.config.price_list import price_of as listed
from pantler.config.prices import described, nano_dollars, pico_dollars, price_of
from pantler.config.values import Model, Prices
from pantler.core.cost import Price, PriceTier, Tokens, at_most, money
from pantler.core.errors import ConfigError

OPENAI = "https://api.openai.com/v1"


@pytest.mark.parametrize(("dollars", "pico"), [("0.60", 600_000), (0.15, 150_000), (1, 1_000_000), ("1e-6", 1)])
def test_dollars_per_million_tokens_become_integer_pico_dollars_exactly(dollars: str | float, pico: int) -> None:
    assert pico_dollars(dollars) == pico


@pytest.mark.parametrize("dollars", ["0.0000001", "-1", "nan", "inf", "cheap", "1,5", 10**20, 1e300, "1e99999999"])
def test_what_is_no_exact_amount_is_refused(dollars: str) -> None:
    with pytest.raises(ConfigError, match="US dollars"):
        pico_dollars(dollars)


def test_a_budget_is_counted_in_nano_dollars() -> None:
    assert nano_dollars("12.34") == 12_340_000_000


def test_the_configuration_comes_before_the_list() -> None:
    model = Model("gpt-5.2", base_url=OPENAI, price=Prices("9", "9", cached_in="1", reasoning="3"))
    assert price_of(model) == (Price(9_000_000, 9_000_000, cached_in=1_000_000, reasoning=3_000_000), "config")
    assert price_of(Model("x", price="free")) == (Price(0, 0), "config: free")
    assert price_of(Model("x", price="unpriced")) == (None, "config: unpriced")


def test_the_list_is_asked_by_the_address_of_the_upstream() -> None:
    price, source = price_of(Model("mine", base_url=OPENAI, upstream_model="gpt-4o-mini"))
    assert price == Price(150_000, 600_000, cached_in=75_000)
    assert source.startswith("genai-prices ")
    assert source.endswith(": openai/gpt-4o-mini")


def test_a_well_known_name_at_an_unknown_address_has_no_price() -> None:
    price, reason = price_of(Model("gpt-4o-mini", base_url="http://127.0.0.1:8000/v1"))
    assert price is None
    assert "does not know 'gpt-4o-mini' at its base_url" in reason


def test_a_declared_name_is_looked_up_wherever_the_model_is_asked() -> None:
    declared = Model("m", base_url="http://127.0.0.1:8000/v1", price_as="openai/gpt-4o-mini")
    assert price_of(declared)[0] == Price(150_000, 600_000, cached_in=75_000)


def test_a_price_is_described_with_every_kind_of_tokens_that_it_tells_apart() -> None:
    longer = PriceTier(9, Price(2_000_000, 4_000_000, cache_write=2_500_000))
    price = Price(1_000_000, 2_000_000, 100_000, 1_250_000, 2_000_000, reasoning=3_000_000, tiers=(longer,))
    assert described(price) == (
        "USD per 1M tokens: 1 in, 2 out, 0.1 cached, 1.25 cache write, 2 cache write for an hour, 3 reasoning"
        "; above 9 tokens in: 2 in, 4 out, 2.5 cache write"
    )


def test_tiers_by_length_and_cache_writes_are_priced_as_listed() -> None:
    price, _ = listed(Model("claude-sonnet-4-5", base_url="https://api.anthropic.com/v1"))
    assert price is not None
    assert (price.cache_write, price.cache_write_1h) == (3_750_000, 6_000_000)
    assert price.at(200_000).tokens_in == 3_000_000
    assert price.at(200_001).tokens_in == 6_000_000


def test_a_service_tier_has_the_price_that_is_listed_for_it() -> None:
    model = Model("gpt-5.2", base_url=OPENAI)
    standard, priority = price_of(model, "default")[0], price_of(model, "priority")[0]
    assert standard is not None
    assert priority is not None
    assert priority.tokens_out > standard.tokens_out
    assert price_of(model, "unheard-of")[0] is None


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (Model("deepseek-chat", base_url="https://api.deepseek.com"), "time of day"),
        (Model("x", price_as="google/gemini-2.5-flash"), "input_audio_mtok"),
        (Model("x", price_as="groq/whisper-large-v3"), "audio_hours"),
        (Model("x", price_as="openrouter/google/gemini-3-flash-preview"), "finer than can be counted"),
        (Model("x", price_as="nobody/nothing"), "does not know 'nobody/nothing'"),
        (Model("x", provider="scripted"), "does not know"),
    ],
)
def test_what_cannot_be_said_in_tokens_is_no_price_with_the_reason(model: Model, reason: str) -> None:
    price, source = price_of(model)
    assert price is None
    assert reason in source


def test_a_call_is_charged_for_every_kind_of_token_and_rounded_once() -> None:
    price = Price(1_000, 4_000, cached_in=100, cache_write=1_250, reasoning=3_000)
    tokens = Tokens(100, 50, cached_in=40, cache_write=10, cache_write_1h=5, reasoning=20)
    assert money(price, tokens) == (45 * 1_000 + 40 * 100 + 15 * 1_250 + 30 * 4_000 + 20 * 3_000 + 500) // 1_000


def test_kinds_without_a_price_of_their_own_cost_what_the_plain_ones_do() -> None:
    assert money(Price(1_000, 2_000), Tokens(10, 10, cached_in=5, cache_write=5, reasoning=5)) == 30


def test_the_worst_case_is_exceeded_by_no_mix_of_tokens() -> None:
    price = Price(1_000, 4_000, 100, 1_250, 2_000, 5_000, (PriceTier(50, Price(3_000, 1_000)),))
    for tokens_in in (0, 10, 50, 51, 80):
        for tokens_out in (0, 7):
            for mix in (Tokens(tokens_in, tokens_out), Tokens(tokens_in, tokens_out, cache_write_1h=tokens_in)):
                assert money(price, mix) <= at_most(price, 80, 7)
    assert at_most(Price(1, 0), 1, 0) == 1, "rounded up"


def test_four_fifths_of_the_price_list_can_be_said_in_tokens() -> None:
    entries = [(seller.id, model.id) for seller in get_snapshot().providers for model in seller.models]
    priced = [listed(Model("x", price_as=f"{seller}/{name}"))[0] is not None for seller, name in entries]
    assert sum(priced) >= 0.8 * len(priced)


def test_whoever_prices_every_model_does_not_pay_for_the_list() -> None:
    script = (
        "import sys; from pantler.config.prices import price_of; from pantler.config.values import Model, Prices;"
        "price_of(Model('x', price=Prices(1, 2))); assert 'genai_prices' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
