from pantler.config.values import Model
from pantler.config.worst_case import most_tokens_out, worst_case
from pantler.core.cost import Price

BOUNDED, OPEN = Model("small", price="free", max_tokens_out=100), Model("large", price="free")
PRICE = Price(1_000, 2_000)


def test_the_requests_own_limit_bounds_what_every_model_of_the_plan_may_cost() -> None:
    assert worst_case([(BOUNDED, PRICE), (OPEN, PRICE)], tokens_in=10, tokens_out=5) == 2 * (10 + 2 * 5)


def test_without_a_limit_each_models_longest_answer_bounds_it_once_per_choice() -> None:
    assert worst_case([(BOUNDED, PRICE)], 10, None, choices=3) == 10 + 2 * 3 * 100


def test_a_model_is_not_reckoned_to_read_more_than_it_can() -> None:
    assert worst_case([(Model("small", price="free", max_tokens_in=4), PRICE)], 10, 5) == 4 + 2 * 5


def test_what_nothing_bounds_cannot_be_reserved_for() -> None:
    assert worst_case([(BOUNDED, PRICE), (OPEN, PRICE)], 10, None) is None


def test_a_model_without_a_price_adds_nothing() -> None:
    assert worst_case([(OPEN, None)], 10, None) == 0


def test_a_free_model_needs_no_bound_beside_one_that_has_one() -> None:
    assert worst_case([(OPEN, Price(0, 0)), (BOUNDED, PRICE)], 10, None) == 10 + 2 * 100


def test_the_price_list_knows_how_much_a_listed_model_can_hold() -> None:
    listed = Model("gpt-4o-mini", base_url="https://api.openai.com/v1")
    assert most_tokens_out(listed) == 128_000
    assert most_tokens_out(Model("x", base_url="http://127.0.0.1/v1")) is None
