"""What the plans in a route's rows expect, from the very first row on."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from house import House, house
from pantler.config.values import Choice, Model, Objective, Prices, Route
from pantler.core.rows import Candidate

SMALL = Model("small", provider="scripted", price=Prices("1", "2"))
LARGE = Model("large", provider="scripted", price=Prices("10", "20"))
FREE = Model("free", provider="scripted", price=Prices("0", "0"))
PRIOR = 256  # tokens out, before the first answer of a route


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(test())  # type: ignore[arg-type]  # a coroutine, as every test is


def made(folder: Path, *, models: tuple[Model, ...] = (SMALL, LARGE), **settings: Any) -> House:
    route = Route("r", models=tuple(model.name for model in models), **settings)
    return house(folder, models=models, routes=(route,))


async def plans(gateway: House, question: str = "2+2?", **fields: Any) -> list[Candidate]:
    """Those of the row of one more request."""
    assert (await gateway.ask(question, model="r", **fields).reply()).status == 200
    return list(gateway.rows[-1].candidates)


def tokens_in(question: str, **fields: Any) -> int:
    body = {"model": "r", "messages": [{"role": "user", "content": question}], **fields}
    return -(-len(json.dumps(body).encode()) // 4)


@pytest.mark.parametrize(
    ("fields", "tokens_out"),
    [({}, PRIOR), ({"max_completion_tokens": 9}, 9), ({"max_tokens": 10_000}, PRIOR)],
    ids=repr,
)
def test_the_first_row_expects_tokens_at_their_prices_and_says_what_is_unknown(
    tmp_path: Path, fields: dict[str, Any], tokens_out: int
) -> None:
    async def test() -> None:
        gateway = made(tmp_path)
        small, large = await plans(gateway, **fields)
        read = tokens_in("2+2?", **fields)
        assert (small.price, large.price) == (read * 1000 + tokens_out * 2000, read * 10_000 + tokens_out * 20_000)
        assert (small.latency_seconds, large.latency_seconds) == (None, None)
        assert (small.wrong, large.wrong) == (0.5, 0.5)
        assert (small.propensity, large.propensity) == (0.0, 1.0), "the reference model is asked first"

    run(test)


def test_a_longer_question_is_expected_to_cost_more(tmp_path: Path) -> None:
    async def test() -> None:
        prices = [(await plans(made(tmp_path / str(size)), "x" * size))[0].price for size in (10, 1000)]
        assert prices[1] == pytest.approx(prices[0] + 990 / 4 * 1000, abs=1000)  # type: ignore[operator]

    run(test)


def test_once_a_model_was_asked_its_calls_tell_and_the_others_are_still_expected_by_their_prices(
    tmp_path: Path,
) -> None:
    async def test() -> None:
        gateway = made(tmp_path)
        await plans(gateway, "first")
        small, large = await plans(gateway, "second")
        assert large.price == gateway.rows[0].spent == 3 * 10_000 + 2 * 20_000
        assert large.latency_seconds is not None
        assert small.price == tokens_in("second") * 1000 + 2 * 2000, "it is taken to write what the others did"
        assert small.latency_seconds is None

    run(test)


def test_a_cascade_is_expected_by_the_prices_of_its_models(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = made(tmp_path, multiplexer=Choice(cascades=True), objective=Objective(error_weight=0.1))
        small, large, cascade = await plans(gateway)
        assert cascade.models == ("small", "large")
        assert cascade.price == (small.price or 0.0) + 0.5 * (large.price or 0.0)
        assert cascade.latency_seconds is None

    run(test)


@pytest.mark.parametrize("use", ["single", "online", "amortised"])
def test_the_first_row_of_any_multiplexer_expects_a_price_and_no_latency(tmp_path: Path, use: str) -> None:
    async def test() -> None:
        gateway = made(tmp_path, models=(SMALL,), multiplexer=Choice(use))
        (only,) = await plans(gateway)
        assert only.price == tokens_in("2+2?") * 1000 + PRIOR * 2000
        assert only.latency_seconds is None
        assert only.wrong > 0.0

    run(test)


def test_what_is_free_is_expected_to_cost_nothing_before_and_after_its_first_call(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = made(tmp_path, models=(FREE,))
        for question in ("first", "second"):
            (only,) = await plans(gateway, question)
            assert only.price == 0.0

    run(test)


def test_what_has_no_price_is_expected_to_cost_nobody_knows_what(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, models=(Model("m", provider="scripted"),))
        for question in ("first", "second"):
            assert (await gateway.ask(question).reply()).status == 200
            (only,) = gateway.rows[-1].candidates
            assert only.price is None

    run(test)


def test_embeddings_are_expected_to_write_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, models=(SMALL,))
        gateway.led.answer = json.dumps({"object": "list", "data": [], "usage": {"prompt_tokens": 4}}).encode()
        body = json.dumps({"model": "small", "input": "a"}).encode()
        await gateway.post("/v1/embeddings", body).reply()
        (only,) = gateway.rows[0].candidates
        assert only.price == -(-len(body) // 4) * 1000

    run(test)
