"""What clients say of answers: joined to their own decisions, learned once, and a bad answer is not served again."""

import asyncio
import json
import sqlite3
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from house import CHAT, SECRET, Clock, House, Reply, house, settled, whole
from pantler.config.keys import digest
from pantler.config.values import Cache, Feedback, Key, Tenant
from pantler.core.counts import WRONG
from pantler.core.types import SURE
from pantler.gateway.offers import Again
from pantler.gateway.setup import set_up
from pantler.ledgers.reading import reading
from pantler.multiplexers.by_route import ByRoute
from pantler.multiplexers.tabular import Tabular

FEEDBACK = "/v1/feedback"
TENANTS = tuple(Tenant(name, (Key(digest(SECRET, f"sk-{name}")),)) for name in ("blue", "red"))


def as_tenant(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer sk-{name}"}


async def say(gateway: House, decision: str, *, by: str = "blue", **said: Any) -> Reply:
    body = json.dumps({"decision_id": decision, **said}).encode()
    return await gateway.post(FEEDBACK, body, as_tenant(by)).reply()


async def decided(gateway: House, question: str = "?") -> tuple[str, str, str]:
    reply = await gateway.ask(question, headers=as_tenant("blue")).reply()
    return reply.headers["x-pantler-decision"], reply.tier, reply.json["choices"][0]["message"]["content"]


class Acked:
    """Says when somebody waits for the disk, and lets it wait."""

    def __init__(self, inner: Callable[[], Awaitable[None]]) -> None:
        self._inner = inner
        self.asked, self.goes_on = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> None:
        self.asked.set()
        await self.goes_on.wait()
        await self._inner()


def test_a_bad_exact_answer_is_dropped_though_a_multiplexer_would_keep_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS)
        decision, _, _ = await decided(gateway)
        monkeypatch.setattr(gateway.keeping.engine.multiplexer, "learn", lambda event, stored: stored)
        assert (await say(gateway, decision, good=False)).json["dropped"] is True
        assert (await gateway.ask("?", headers=as_tenant("blue")).reply()).tier == "miss"
        await gateway.close()

    asyncio.run(test())


def test_a_bad_answer_of_a_call_that_was_joined_is_dropped_too_and_one_that_came_later_is_not(tmp_path: Path) -> None:
    async def test() -> None:
        ticks = Clock(time.monotonic())
        gateway = house(tmp_path, opened=True, tenants=TENANTS, monotonic=ticks)

        async def joined() -> str:
            gateway.led.gate.clear()
            fresh = as_tenant("blue") | {"cache-control": "max-age=0"}
            clients = [gateway.ask(headers=fresh) for _ in range(2)]
            await settled()
            for clock in (gateway.clock, ticks):
                clock.now += 1.0
            gateway.led.gate.set()
            replies = [await client.reply() for client in clients]
            for clock in (gateway.clock, ticks):
                clock.now += 1.0
            assert replies[1].tier == "coalesced"
            return replies[1].headers["x-pantler-decision"]

        first, second = await joined(), await joined()
        assert not (await say(gateway, first, good=False)).json["dropped"]
        assert (await say(gateway, second, good=False)).json["dropped"]
        assert (await decided(gateway, "2+2?"))[1] == "miss"
        await gateway.close()

    asyncio.run(test())


@pytest.mark.parametrize("rated", ["the miss", "the hit"])
def test_a_bad_exact_answer_is_dropped_at_once_whichever_serve_of_it_is_rated(tmp_path: Path, rated: str) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS)
        miss, _, _ = await decided(gateway)
        hit, tier, _ = await decided(gateway)
        assert tier == "hit"
        told = (await say(gateway, miss if rated == "the miss" else hit, good=False)).json
        assert (told["changed"], told["dropped"]) == (True, True)
        gateway.led.answer = whole("five")
        assert (await decided(gateway))[1:] == ("miss", "five")
        await gateway.close()

    asyncio.run(test())


def test_where_the_ledger_cannot_be_read_feedback_is_not_told_that_there_is_no_such_decision(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS)
        decision, _, _ = await decided(gateway)
        rows = gateway.keeping.rows
        await rows.acked()
        assert (await say(gateway, decision, good=True)).status == 200
        await rows.acked()
        reader = rows._reader
        assert reader is not None
        reader.set_progress_handler(lambda: 1, 1)  # every statement is interrupted
        told = await say(gateway, decision, good=False)
        assert (told.status, told.json["error"]["code"]) == (503, "ledger_unavailable")
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            reader.execute("SELECT 1")
        assert (await say(gateway, decision, good=False)).json["changed"] is True
        await gateway.close()

    asyncio.run(test())


def test_a_word_that_the_full_queue_has_no_room_for_is_refused_and_taken_once_there_is(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS)
        decision, _, _ = await decided(gateway)
        rows = gateway.keeping.rows
        await rows.acked()
        room, rows._room = rows._room, 0
        told = await say(gateway, decision, good=False)
        assert (told.status, told.json["error"]["code"]) == (503, "ledger_unavailable")
        assert told.headers["retry-after"] == "1"
        rows._room = room
        told = await say(gateway, decision, good=False)
        assert (told.json["changed"], told.json["dropped"]) == (True, True)
        await gateway.close()

    asyncio.run(test())


def test_under_strict_durability_a_word_is_on_the_disk_before_it_is_acknowledged(tmp_path: Path) -> None:
    async def test() -> None:
        kept = Cache(path=str(tmp_path), durability="strict")
        gateway = house(tmp_path, opened=True, tenants=TENANTS, cache=kept)
        decision, _, _ = await decided(gateway)
        gateway.serving.answers.committed = acked = Acked(gateway.keeping.rows.acked)
        saying = asyncio.create_task(say(gateway, decision, good=False))
        async with asyncio.timeout(30):
            await acked.asked.wait()
        assert not saying.done()
        acked.goes_on.set()
        assert (await saying).json["changed"] is True
        with reading(tmp_path) as ledger:
            assert ledger.execute("SELECT decision, good FROM words").fetchall() == [(decision, 0.0)]
        await gateway.close()

    asyncio.run(test())


@pytest.mark.parametrize(
    "body", [b'{"decision_id": "\xff", "good": true}', b'{"decision_id": "d", "good": \xff}', b"\xff"]
)
def test_feedback_in_no_utf_8_is_a_clients_error(tmp_path: Path, body: bytes) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        told = await gateway.post(FEEDBACK, body).reply()
        assert (told.status, told.json["error"]["code"]) == (400, "invalid_feedback")

    asyncio.run(test())


def test_a_late_word_on_an_answer_that_was_replaced_does_not_drop_the_new_one(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS)
        old, _, _ = await decided(gateway)
        await say(gateway, old, good=False)
        gateway.clock.now += 1.0
        await decided(gateway)
        assert (await say(gateway, old, score=0.1)).json["dropped"] is False
        assert (await decided(gateway))[1] == "hit"
        await gateway.close()

    asyncio.run(test())


def test_a_good_word_keeps_the_answer_and_the_same_word_again_changes_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS)
        decision, _, _ = await decided(gateway)
        assert [(await say(gateway, decision, score=0.9)).json["changed"] for _ in range(3)] == [True, False, False]
        assert (await decided(gateway))[1] == "hit"
        await gateway.close()

    asyncio.run(test())


def test_only_its_own_decisions_of_the_last_thirty_days_are_known_to_a_tenant(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS)
        decision, _, _ = await decided(gateway)
        assert (await say(gateway, decision, by="red", good=False)).status == 404
        assert (await say(gateway, "dec_unheard", good=False)).status == 404
        gateway.clock.now += 31 * 86_400.0
        late = await say(gateway, decision, good=False)
        assert (late.status, late.json["error"]["code"]) == (404, "unknown_decision")
        await gateway.close()

    asyncio.run(test())


@pytest.mark.parametrize(
    ("body", "says"),
    [(b"", "the request has no body"), (b'{"decision_id":', "it ends too early"), (b"[]", "must be a JSON object"),
     (b'{"decision_id":1,"good":true}', "decision_id"), (b"{}" + b" " * 262144, "longer than 262144 bytes; send less")],
)  # fmt: skip
def test_feedback_that_cannot_be_read_is_told_why_in_the_words_of_all_requests(
    tmp_path: Path, body: bytes, says: str
) -> None:
    async def test() -> None:
        gateway = house(tmp_path, tenants=TENANTS)
        assert says in (await gateway.post(FEEDBACK, body, as_tenant("blue")).reply()).json["error"]["message"]

    asyncio.run(test())


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"decision_id":1,"good":true}', b'{"decision_id":"d"}', b'{"decision_id":"d","score":2}',
     b'{"decision_id":"d","good":true,"score":1}', b'{"decision_id":"d","good":true,"more":1}',
     b'{"decision_id":"d","score":NaN}', b'{"decision_id":"d","good":true,"comment":5}'],
)  # fmt: skip
def test_feedback_that_says_nothing_is_told_how_to_say_something(tmp_path: Path, body: bytes) -> None:
    async def test() -> None:
        gateway = house(tmp_path, tenants=TENANTS)
        reply = await gateway.post(FEEDBACK, body, as_tenant("blue")).reply()
        assert (reply.status, reply.json["error"]["code"]) == (400, "invalid_feedback")
        assert "decision_id" in reply.json["error"]["message"]

    asyncio.run(test())


def test_feedback_reaches_what_chooses(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS)
        decision, _, _ = await decided(gateway)
        (key,) = gateway.keeping.engine.cache
        before = gateway.keeping.engine.cache.peek(key).payload.wrong  # type: ignore[union-attr]
        await say(gateway, decision, good=True)
        assert gateway.keeping.engine.cache.peek(key).payload.wrong < before  # type: ignore[union-attr]
        await gateway.close()

    asyncio.run(test())


@pytest.mark.parametrize("first", ["the miss", "a hit"])
def test_a_bad_answer_that_served_many_teaches_its_model_once_though_all_of_them_complain(
    tmp_path: Path, first: str
) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS)
        asked = [(await decided(gateway))[:2] for _ in range(5)]
        assert [tier for _, tier in asked] == ["miss", *["hit"] * 4]
        decisions = [decision for decision, _ in asked]
        for decision in decisions if first == "the miss" else decisions[1:]:
            assert (await say(gateway, decision, good=False)).json["changed"]
        if first == "the miss":
            assert (await say(gateway, decisions[0], score=0.0, signal="test")).json["changed"]
        assert _labels(gateway) == 1.0
        await gateway.close()

    asyncio.run(test())


def _labels(gateway: House) -> float:
    """How many answers of the house's model were learned to be right or wrong."""
    chooser = gateway.keeping.engine.multiplexer
    assert isinstance(chooser, ByRoute)
    return sum(each.tallies.number("m", WRONG) for each in chooser.routes.values() if isinstance(each, Tabular))


def test_a_doubtful_word_moves_the_belief_in_an_answer_and_does_not_drop_it(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS)
        decision, _, _ = await decided(gateway)
        (key,) = gateway.keeping.engine.cache
        before = gateway.keeping.engine.cache.peek(key).payload.wrong  # type: ignore[union-attr]
        told = (await say(gateway, decision, good=False, signal="follow-up")).json
        assert (told["reliability"], told["dropped"]) == (0.65, False)
        stored = gateway.keeping.engine.cache.peek(key).payload  # type: ignore[union-attr]
        assert before < stored.wrong < 1.0
        assert (stored.ratings, stored.hints) == (0, 1), "what is no label teaches no model"
        assert (await decided(gateway))[1] == "hit"
        await gateway.close()

    asyncio.run(test())


def test_a_signal_that_contradicts_tests_is_believed_less_and_less(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS)
        reliabilities = []
        for number in range(12):
            decision, _, _ = await decided(gateway, f"question {number}")
            await say(gateway, decision, good=True, signal="test")
            reliabilities.append((await say(gateway, decision, good=False)).json["reliability"])
        assert reliabilities == sorted(reliabilities, reverse=True)
        assert reliabilities[0] >= 0.9
        assert reliabilities[-1] < SURE, "it is no label any longer"
        told = f'pantler_signal_reliability{{signal="thumbs",word="wrong"}} {reliabilities[-1]:.2f}'
        assert told.encode() in gateway.serving.metrics.text()
        await gateway.close()

    asyncio.run(test())


def test_signals_of_ones_own_are_named_in_the_configuration_and_others_are_unknown(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS, feedback=Feedback({"sql ran": 0.9}))
        decision, _, _ = await decided(gateway)
        assert (await say(gateway, decision, good=True, signal="sql ran")).json["reliability"] == 0.9
        reply = await say(gateway, decision, good=True, signal="thumb")
        assert (reply.status, reply.json["error"]["code"]) == (400, "unknown_signal")
        assert "thumbs" in reply.json["error"]["message"]
        await gateway.close()

    asyncio.run(test())


@pytest.mark.parametrize(
    ("headers", "seconds", "counts"),
    [({"cache-control": "no-cache"}, 5.0, True), ({"cache-control": "no-cache"}, 500.0, False), ({}, 5.0, False)],
    ids=["soon, and not what is stored", "long after", "in the ordinary way"],
)
def test_asking_anew_soon_after_is_a_word_against_the_answer(
    tmp_path: Path, headers: dict[str, str], seconds: float, counts: bool
) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS)
        first, _, _ = await decided(gateway)
        gateway.clock.now += seconds
        await gateway.ask("?", headers={**as_tenant("blue"), **headers}).reply()
        await gateway.serving.ratings.settled()
        await gateway.close()
        with reading(tmp_path) as connection:
            words = connection.execute("SELECT decision, signal, good FROM words").fetchall()
            assert words == ([(first, "retry", 0.0)] if counts else [])
            assert connection.execute("SELECT count(*) FROM ratings").fetchone() == (0,), "and it is no rating"

    asyncio.run(test())


@pytest.mark.parametrize("looks", [1, 2, 3], ids=["at once", "at once twice", "by its bytes"])
def test_who_was_answered_at_once_may_ask_anew_too(tmp_path: Path, looks: int) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True)
        body = {"model": "m", "messages": [{"role": "user", "content": "?"}]}
        await gateway.ask("?", user="ann").reply()
        gateway.clock.now += 500.0
        remembered: list[Again] = []
        at_once = gateway.serving.reception(CHAT.encode(), [])
        assert at_once is not None
        for look in range(looks):
            again = remembered[0] if look == 2 else None
            bob = json.dumps({**body, "user": "bob"}).encode()
            found = at_once(bob, lambda again, _: remembered.append(again)) if again is None else again()
            assert isinstance(found, bytes)
            gateway.clock.now += 5.0
        served = gateway.rows[-1].decision
        for user in ("ann", "bob"):
            await gateway.ask("?", headers={"cache-control": "no-cache"}, user=user).reply()
        await gateway.serving.ratings.settled()
        await gateway.close()
        with reading(tmp_path) as connection:
            assert connection.execute("SELECT decision, signal FROM words").fetchall() == [(served, "retry")]

    asyncio.run(test())


def test_of_who_asks_no_more_is_kept_than_a_number(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        await gateway.ask().reply()
        tracemalloc.start()
        for number in range(10):
            await gateway.ask(user="x" * 5_000_000 + str(number)).reply()
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert kept < 15_000_000

    asyncio.run(test())


def test_what_was_learned_of_signals_is_kept_over_a_restart_and_a_reload(tmp_path: Path) -> None:
    async def test() -> None:
        tables: dict[str, Any] = {"tenants": TENANTS, "cache": Cache(path=str(tmp_path / "kept"))}
        gateway = house(tmp_path, opened=True, **tables)
        for number in range(6):
            decision, _, _ = await decided(gateway, f"question {number}")
            await say(gateway, decision, good=True, signal="test")
            told = (await say(gateway, decision, good=False)).json
        setup = gateway.serving.setup
        gateway.serving.use(set_up(setup.config, setup.upstreams, gateway.keeping.secret))
        learned = gateway.serving.ratings.signals.reliability("thumbs", 0.0)
        assert round(learned, 3) == told["reliability"] < 0.95
        await gateway.close()
        again = house(tmp_path, opened=True, **tables)
        assert again.serving.ratings.signals.reliability("thumbs", 0.0) == pytest.approx(learned)
        await again.close()

    asyncio.run(test())
