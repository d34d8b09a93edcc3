"""What nobody told is called an estimate, from the upstream's answer to the ledger's sums."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from house import MODEL, Cut, House, house, pieces, settled, whole
from pantler.config.values import Cache, Model, Prices, Route
from pantler.core.errors import ProviderError
from pantler.core.rows import Row
from pantler.ledgers.audit import audit
from pantler.ledgers.reading import reading
from pantler.ledgers.sums import sums


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(test())  # type: ignore[arg-type]  # a coroutine, as every test is


def with_usage(usage: object) -> bytes:
    answer = json.loads(whole("four words of it"))
    return json.dumps({**answer, "usage": usage}).encode()


def basis(row: Row) -> str:
    """What a row says of its baseline; the row, its call and its kind agree."""
    assert all(each.estimated == row.estimated for each in row.asked if each.outcome == "answered")
    return row.baseline_basis


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 2}, "measured"),
        ({"prompt_tokens": 3, "total_tokens": 5}, "measured"),
        ({"prompt_tokens": 3}, "estimated"),
        ({"completion_tokens": 2}, "estimated"),
        ({}, "estimated"),
        (None, "estimated"),
    ],
    ids=repr,
)
def test_the_reference_models_own_answer_is_measured_where_its_tokens_were_told(
    tmp_path: Path, usage: object, expected: str
) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.answer = with_usage(usage)
        for _ in range(3):  # a miss, a hit, and a row that is alike
            assert (await gateway.ask().reply()).status == 200
        assert gateway.tiers == ["miss", "hit", "hit"]
        assert [basis(row) for row in gateway.rows] == [expected] * 3
        assert len({row.baseline for row in gateway.rows}) == 1
        miss = gateway.rows[0]
        assert (miss.spent, miss.saved_by_choice) == (miss.baseline, 0)

    run(test)


def test_what_was_read_is_charged_as_it_was_told_where_only_what_was_written_was_not(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.answer = with_usage({"prompt_tokens": 700, "prompt_tokens_details": {"cached_tokens": 100}})
        await gateway.ask().reply()
        (row,) = gateway.rows
        assert (row.tokens_in, row.tokens_out) == (700, 4)
        assert row.tokens is not None
        assert row.tokens.cached_in == 100

    run(test)


def test_embeddings_write_nothing_that_could_be_told(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.answer = json.dumps({"object": "list", "data": [], "usage": {"prompt_tokens": 4}}).encode()
        body = json.dumps({"model": "m", "input": "a"}).encode()
        await gateway.post("/v1/embeddings", body).reply()
        assert [(row.tokens_in, row.tokens_out, basis(row)) for row in gateway.rows] == [(4, 0, "measured")]

    run(test)


def untold(*words: str) -> list[bytes]:
    return pieces(*words)[:-1]


def test_a_stream_without_usage_is_estimated_and_so_are_the_hits_on_it(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.stream = untold("fo", "ur")
        await gateway.ask(stream=True).reply()
        await gateway.ask(stream=True).reply()
        await gateway.ask().reply()
        assert [(row.tier, basis(row)) for row in gateway.rows] == [
            ("miss", "estimated"),
            ("hit", "estimated"),
            ("hit", "estimated"),
        ]

    run(test)


def told_so_far(tokens_out: int, word: str) -> bytes:
    usage = {"prompt_tokens": 3, "completion_tokens": tokens_out, "total_tokens": 3 + tokens_out}
    return json.dumps({**json.loads(pieces(word)[1]), "usage": usage}).encode()


@pytest.mark.parametrize(("told_last", "expected"), [(True, False), (False, True)])
def test_of_a_stream_that_its_client_left_what_came_after_the_last_word_of_usage_is_estimated(
    tmp_path: Path, told_last: bool, expected: bool
) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        came = [told_so_far(1, "fo"), pieces("ur")[1]]
        gateway.led.stream = [*(came[::-1] if told_last else came), *pieces("!")[1:]]
        gateway.led.steps = asyncio.Semaphore(2)
        client = gateway.ask(stream=True)
        await client.chunks(1)
        await settled()
        client.leave()
        await settled()
        (row,) = gateway.rows
        assert [(each.outcome, each.estimated) for each in row.asked] == [("cancelled", expected)]
        assert row.asked[0].tokens.tokens_out == (1 if told_last else 2)
        assert row.baseline_basis == "estimated", "no client had the answer"

    run(test)


def test_a_stream_that_breaks_off_untold_is_estimated(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.failures = [Cut()]
        await gateway.ask(stream=True).reply()
        (row,) = gateway.rows
        assert [(each.outcome, each.estimated) for each in row.asked] == [("cut", True)]
        assert row.baseline_basis == "estimated"

    run(test)


def test_a_fallback_is_measured_by_what_it_said_itself(tmp_path: Path) -> None:
    small = Model("small", provider="scripted", price=Prices("1", "2"))
    route = Route("r", models=("small",), fallbacks=("m",))

    async def test() -> None:
        gateway = house(tmp_path, models=(small, MODEL), routes=(route,))
        for answer in (whole("told"), with_usage(None)):
            gateway.led.answer = answer
            gateway.led.failures = [ProviderError("small is down", kind="refused", status=503)] * 9
            gateway.led.failures = gateway.led.failures[:1]
            assert (await gateway.ask(f"{answer!r}", model="r").reply()).status == 200
        assert [row.model for row in gateway.rows] == ["m", "m"]
        assert [row.estimated for row in gateway.rows] == [False, True]
        assert [row.baseline_basis for row in gateway.rows] == ["estimated"] * 2, "the reference is another model"

    run(test)


def test_whoever_joined_a_call_that_told_nothing_has_an_estimate_too(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.answer = with_usage(None)
        gateway.led.gate.clear()
        clients = [gateway.ask(), gateway.ask()]
        await settled()
        gateway.led.gate.set()
        for client in clients:
            await client.reply()
        assert sorted((row.tier, basis(row)) for row in gateway.rows) == [
            ("coalesced", "estimated"),
            ("miss", "estimated"),
        ]

    run(test)


def test_after_a_restart_a_hit_is_still_estimated_and_the_sums_keep_the_two_apart(tmp_path: Path) -> None:
    tables: dict[str, Any] = {"cache": Cache(path=str(tmp_path))}

    async def asked(answer: bytes, question: str) -> House:
        gateway = house(tmp_path, opened=True, **tables)
        gateway.led.answer = answer
        assert (await gateway.ask(question).reply()).status == 200
        await gateway.close()
        return gateway

    async def test() -> None:
        await asked(with_usage(None), "untold")
        await asked(whole("four"), "told")
        again = [await asked(b"", question) for question in ("untold", "told")]
        rows = [row for gateway in again for row in gateway.rows]
        assert [(row.tier, basis(row)) for row in rows] == [("hit", "estimated"), ("hit", "measured")]

    run(test)
    with reading(tmp_path) as ledger:
        (found,) = sums(ledger)
        assert audit(ledger).offences == []
    assert found.baseline_measured == 2 * (3 * 1000 + 2 * 2000)
    assert found.baseline_estimated > 0
