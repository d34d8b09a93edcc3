import asyncio
from pathlib import Path

from house import house


def test_a_question_that_comes_again_is_answered_from_what_is_kept(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        first = await gateway.ask().reply()
        again = await gateway.ask().reply()
        assert (first.tier, again.tier, gateway.led.calls) == ("miss", "hit", 1)
        assert first.body == again.body == gateway.led.answer
        assert again.headers["x-pantler-model"] == "m"
        assert again.headers["x-pantler-cost"] == "0.000000000"
        assert first.headers["x-pantler-cost"] == "0.000007000"  # 3 tokens in at 1 dollar a million, 2 out at 2
        assert gateway.tiers == ["miss", "hit"]

    asyncio.run(test())
