"""Answers of which a model is asked whether they are right, beside their requests."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from house import MODEL, House, house, settled, whole
from pantler.config.values import Route, Scored
from pantler.core.asks import Ask
from pantler.ledgers.audit import audit
from pantler.ledgers.reading import reading

PRICE = 7_000  # nano-dollars, of either model
ALL = Scored(model="judge", share=1.0, budget="$1/day")


class Judged:
    """The model says that two and two are four; the judge says what the test has it say."""

    def __init__(self, gateway: House, word: str) -> None:
        self.word = word
        self.asked: list[Ask] = []
        gateway.led.whole = self.whole  # type: ignore[method-assign]

    async def whole(self, ask: Ask) -> bytes:
        self.asked.append(ask)
        return whole(self.word if ask.model == "judge" else "four", ask.model)


def scoring(folder: Path, scored: Scored = ALL) -> House:
    route = Route("r", ("m",), scored=scored)
    return house(folder, models=(MODEL, replace(MODEL, name="judge")), routes=(route,), opened=True)


async def ask(gateway: House, question: str = "2+2?") -> str:
    reply = await gateway.ask(question, model="r").reply()
    await settled()
    await gateway.serving.sampling.beside.settled()
    await gateway.keeping.rows.acked()
    return reply.tier


@pytest.mark.parametrize(("word", "good"), [("YES", 1.0), ("No.", 0.0)])
def test_what_the_model_says_is_a_word_in_the_ledger_and_its_call_a_row(tmp_path: Path, word: str, good: float) -> None:
    async def test() -> None:
        gateway = scoring(tmp_path)
        judged = Judged(gateway, word)
        await ask(gateway)
        asked = str(judged.asked[1].body)
        assert "2+2?" in asked
        assert "four" in asked
        first, row = gateway.rows
        assert (row.tier, row.model, row.spent, row.route) == ("judge", "judge", PRICE, "r")
        assert (row.decision, row.saved_by_choice) == (f"{first.decision}-judge", -PRICE)
        label = f'pantler_beside_total{{outcome="{"right" if good else "wrong"}",purpose="judge",route="r"}} 1.0'
        assert label.encode() in gateway.serving.metrics.text()
        await gateway.close()
        with reading(tmp_path) as connection:
            assert audit(connection).offences == []
            assert connection.execute("SELECT * FROM words").fetchall()[0][:3] == (first.decision, "judge", good)

    asyncio.run(test())


def test_an_answer_that_is_said_to_be_wrong_is_not_served_again(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = scoring(tmp_path)
        judged = Judged(gateway, "YES")
        assert [await ask(gateway) for _ in range(2)] == ["miss", "hit"]
        judged.word = "NO"
        assert [await ask(gateway, "5+5?") for _ in range(2)] == ["miss", "miss"]
        await gateway.close()

    asyncio.run(test())


def test_who_says_neither_is_no_label(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = scoring(tmp_path)
        Judged(gateway, "Let me think.")
        await ask(gateway)
        assert b'pantler_beside_total{outcome="failed",purpose="judge",route="r"} 1.0' in gateway.serving.metrics.text()
        await gateway.close()
        with reading(tmp_path) as connection:
            assert connection.execute("SELECT count(*) FROM words").fetchone() == (0,)

    asyncio.run(test())


def test_a_share_of_the_answers_is_scored(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = scoring(tmp_path, replace(ALL, share=0.3))
        gateway.serving.sampling.beside.chance.seed(0)
        Judged(gateway, "YES")
        for number in range(100):
            await ask(gateway, f"{number}?")
        assert 15 <= gateway.tiers.count("judge") <= 45
        await gateway.close()

    asyncio.run(test())


def test_where_nothing_is_to_be_spent_nobody_is_asked(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = scoring(tmp_path, replace(ALL, budget="$0/day"))
        Judged(gateway, "YES")
        await ask(gateway)
        assert gateway.tiers == ["miss"]
        await gateway.close()

    asyncio.run(test())
