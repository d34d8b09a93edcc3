import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pantler.core.cost import Price, Tokens, money
from pantler.core.savings import Ratios, Saved, Served, saved

REFERENCE = Price(10_000_000, 30_000_000, cached_in=1_000_000)
TOKENS = Tokens(1_000, 200, cached_in=500)


def said(told: Saved) -> tuple[int | None, str, float, int | None, int | None]:
    return told.baseline, told.baseline_basis, told.ratio, told.by_cache, told.by_choice


def test_a_miss_answered_by_the_reference_model_saves_nothing_and_is_measured() -> None:
    paid = money(REFERENCE, TOKENS)
    told = saved(Served("large", TOKENS, paid, paid), "large", REFERENCE, ratio=3.0)
    assert said(told) == (paid, "measured", 1.0, 0, 0)


def test_a_cheaper_model_saves_by_choice_what_the_reference_would_have_cost_more() -> None:
    told = saved(Served("small", TOKENS, 5_000, 5_000), "large", REFERENCE, ratio=1.5)
    assert told.baseline == money(REFERENCE, Tokens(1_000, 300)), "what its provider has cached is not known"
    assert (told.baseline_basis, told.ratio, told.by_cache) == ("estimated", 1.5, 0)
    assert told.by_choice == told.baseline - 5_000


def test_a_hit_saves_by_cache_what_its_answer_was_paid() -> None:
    told = saved(Served("small", TOKENS, paid=5_000, spent=0), "large", REFERENCE)
    assert told.by_cache == 5_000


def test_a_cascade_that_asked_both_may_save_less_than_nothing() -> None:
    paid = money(REFERENCE, TOKENS) + 5_000
    told = saved(Served("large", TOKENS, paid, paid), "large", REFERENCE)
    assert (told.by_cache, told.by_choice) == (0, -5_000)


def test_without_a_price_nothing_is_claimed() -> None:
    assert said(saved(Served("small", TOKENS, 1, 1), "large", None)) == (None, "estimated", 1.0, None, None)
    assert said(saved(Served("large", TOKENS, None, 0), "large", REFERENCE)) == (None, "measured", 1.0, None, None)


amounts = st.integers(0, 10**12)


@given(
    st.sampled_from(["small", "large"]),
    st.builds(Tokens, st.integers(0, 10**6), st.integers(0, 10**6)),
    amounts,
    amounts,
    st.floats(0.01, 100),
)
def test_the_two_savings_are_the_whole_to_the_nano_dollar(
    model: str, tokens: Tokens, paid: int, spent: int, ratio: float
) -> None:
    told = saved(Served(model, tokens, paid, spent), "large", REFERENCE, ratio)
    assert told.baseline is not None
    assert told.by_cache is not None
    assert told.by_choice is not None
    assert told.by_cache + told.by_choice == told.baseline - spent


def test_a_ratio_is_one_until_both_models_were_heard_often_enough() -> None:
    ratios = Ratios()
    for _ in range(30):
        assert ratios.of("smart", "large", "small") == 1.0
        ratios.observe("smart", "large", 300)
        ratios.observe("smart", "small", 200)
    assert ratios.of("smart", "large", "small") == 1.5
    assert ratios.of("smart", "large", "large") == 1.0
    assert ratios.of("other", "large", "small") == 1.0, "each route has its own questions"


def test_old_answers_fade_from_a_ratio() -> None:
    ratios = Ratios(horizon=100)
    for length in (100, 400):
        for _ in range(1_000):
            ratios.observe("", "large", length)
            ratios.observe("", "small", 100)
    assert 3.9 < ratios.of("", "large", "small") <= 4.0


def test_ratios_outlive_the_process() -> None:
    learned, fresh = Ratios(few=1), Ratios(few=1)
    learned.observe("", "large", 30)
    learned.observe("", "small", 20)
    fresh.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(learned.snapshot())))
    assert fresh.of("", "large", "small") == 1.5


def test_the_mean_length_of_a_routes_answers_is_over_all_its_models_and_outlives_the_process() -> None:
    learned, fresh = Ratios(), Ratios()
    assert learned.written("smart") is None
    for model, length in (("large", 30), ("small", 20), ("small", 10)):
        learned.observe("smart", model, length)
    assert learned.written("smart") == 20.0
    assert learned.written("other") is None, "each route has its own questions"
    fresh.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(learned.snapshot())))
    assert fresh.written("smart") == 20.0
