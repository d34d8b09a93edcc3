"""What clients say next is a word on the answer before: thanks, blame, the same question in other words."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from house import CHAT, SECRET, House, house
from pantler.config.keys import digest
from pantler.config.values import Feedback, Key, Tenant
from pantler.ledgers.reading import reading

TENANTS = tuple(Tenant(name, (Key(digest(SECRET, f"sk-{name}")),)) for name in ("blue", "red"))
QUESTION = "How do I reset my router password?"
REWORDED = "How can I reset the router password please?"
Turn = dict[str, str]


async def asked(gateway: House, *turns: str, by: str = "blue", control: str = "", **fields: Any) -> str:
    """Ask with turns of a client and of models in turn; the id of the decision."""
    roles = ("user", "assistant")
    messages: list[Turn] = [{"role": roles[at % 2], "content": text} for at, text in enumerate(turns)]
    headers = {"authorization": f"Bearer sk-{by}", **({"cache-control": control} if control else {})}
    reply = await gateway.ask(headers=headers, messages=messages, **fields).reply()
    assert reply.status == 200, reply.json
    await gateway.serving.ratings.settled()
    return reply.headers["x-pantler-decision"]


def gateway_of(folder: Path, **tables: Any) -> House:
    return house(folder, opened=True, tenants=TENANTS, **tables)


async def words(gateway: House, folder: Path) -> list[tuple[str, str, float]]:
    await gateway.close()
    with reading(folder) as connection:
        assert connection.execute("SELECT count(*) FROM ratings").fetchone() == (0,), "these are no ratings"
        return connection.execute("SELECT decision, signal, good FROM words").fetchall()


@pytest.mark.parametrize(
    ("says", "signal", "good"),
    [
        ("Thanks!", "follow-up", 1.0),
        ("No, that's wrong.", "follow-up", 0.0),
        (REWORDED, "reworded", 0.0),
        ("And on a phone?", "", 0.0),
    ],
)
def test_the_next_turn_of_a_conversation_speaks_of_the_answer_before(
    tmp_path: Path, says: str, signal: str, good: float
) -> None:
    async def test() -> None:
        gateway = gateway_of(tmp_path)
        first = await asked(gateway, QUESTION)
        await asked(gateway, QUESTION, "Press the button.", says)
        assert await words(gateway, tmp_path) == ([(first, signal, good)] if signal else [])

    asyncio.run(test())


def test_a_stored_answer_is_spoken_of_by_the_decision_that_served_it(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = gateway_of(tmp_path)
        await asked(gateway, QUESTION)
        hit = await asked(gateway, QUESTION)
        await asked(gateway, QUESTION, "Press the button.", "That is wrong")
        assert gateway.tiers[:2] == ["miss", "hit"]
        assert await words(gateway, tmp_path) == [(hit, "follow-up", 0.0)]

    asyncio.run(test())


@pytest.mark.parametrize(("fields", "counts"), [({"temperature": 0.7}, True), ({"mood": "gay"}, False)], ids=str)
def test_what_the_cache_stands_aside_for_may_be_spoken_of_too(
    tmp_path: Path, fields: dict[str, Any], counts: bool
) -> None:
    async def test() -> None:
        gateway = gateway_of(tmp_path)
        first = await asked(gateway, QUESTION, **fields)
        await asked(gateway, QUESTION, "Press the button.", "That is wrong", **fields)
        assert gateway.tiers == ["bypass", "bypass"]
        assert await words(gateway, tmp_path) == ([(first, "follow-up", 0.0)] if counts else [])

    asyncio.run(test())


@pytest.mark.parametrize(
    ("control", "counts"), [("no-cache", True), ("no-store", False), ("no-cache, no-store", False)]
)
def test_asking_anew_for_variety_is_a_word_and_having_nothing_kept_is_none(
    tmp_path: Path, control: str, counts: bool
) -> None:
    async def test() -> None:
        gateway = gateway_of(tmp_path)
        first = await asked(gateway, QUESTION, temperature=0.7, control=control)
        await asked(gateway, QUESTION, temperature=0.7, control=control)
        assert await words(gateway, tmp_path) == ([(first, "retry", 0.0)] if counts else [])

    asyncio.run(test())


def test_a_word_of_the_next_turn_moves_what_is_believed_of_the_stored_answer(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = gateway_of(tmp_path)
        await asked(gateway, QUESTION)
        [item] = gateway.keeping.engine.cache
        before = gateway.keeping.engine.cache.peek(item).payload.wrong
        await asked(gateway, QUESTION, "Press the button.", "That is wrong")
        assert gateway.keeping.engine.cache.peek(item).payload.wrong > before
        await gateway.close()

    asyncio.run(test())


@pytest.mark.parametrize(
    ("turns", "fields"),
    [
        ((QUESTION, "Press the button.", "Thanks!"), {"by": "red"}),
        (("How do I reset it?", "Press the button.", "Thanks!"), {}),
        ((QUESTION, "Press the button.", "Thanks!"), {"seed": 7}),
        (("Thanks!",), {}),
    ],
    ids=["another client", "another conversation", "another request", "no conversation"],
)
def test_what_follows_no_decision_of_ones_own_is_heard_by_nobody(
    tmp_path: Path, turns: tuple[str, ...], fields: dict[str, Any]
) -> None:
    async def test() -> None:
        gateway = gateway_of(tmp_path)
        await asked(gateway, QUESTION)
        await asked(gateway, *turns, **fields)
        assert await words(gateway, tmp_path) == []

    asyncio.run(test())


@pytest.mark.parametrize(
    ("users", "text", "seconds", "counts"),
    [
        (("ann", "ann"), REWORDED, 5.0, True),
        (("ann", "bob"), REWORDED, 5.0, False),
        ((None, None), REWORDED, 5.0, False),
        (("ann", "ann"), REWORDED, 500.0, False),
        (("ann", "ann"), "How do I reset my router name?", 5.0, False),
        (("ann", "ann"), QUESTION, 5.0, False),
    ],
    ids=["the same user", "another", "nobody", "long after", "another question", "the very same"],
)
def test_who_asks_soon_after_in_other_words_was_not_content(
    tmp_path: Path, users: tuple[str | None, str | None], text: str, seconds: float, counts: bool
) -> None:
    async def test() -> None:
        gateway = gateway_of(tmp_path)
        first, second = ({} if user is None else {"user": user} for user in users)
        decision = await asked(gateway, QUESTION, **first)
        gateway.clock.now += seconds
        await asked(gateway, text, **second)
        assert await words(gateway, tmp_path) == ([(decision, "reworded", 0.0)] if counts else [])

    asyncio.run(test())


def test_who_was_answered_at_once_may_ask_in_other_words_too(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True)
        body = {"model": "m", "messages": [{"role": "user", "content": QUESTION}], "user": "ann"}
        await asked(gateway, QUESTION)
        at_once = gateway.serving.reception(CHAT.encode(), [])
        assert at_once is not None
        assert isinstance(at_once(json.dumps(body).encode(), lambda again, place: None), bytes)
        served = gateway.rows[-1].decision
        await asked(gateway, REWORDED, user="ann")
        assert await words(gateway, tmp_path) == [(served, "reworded", 0.0)]

    asyncio.run(test())


def test_where_asking_anew_is_no_word_nothing_said_next_is(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = gateway_of(tmp_path, feedback=Feedback(retry_seconds=0.0))
        await asked(gateway, QUESTION, user="ann")
        await asked(gateway, QUESTION, "Press the button.", "That is wrong", user="ann")
        await asked(gateway, REWORDED, user="ann")
        assert await words(gateway, tmp_path) == []

    asyncio.run(test())
