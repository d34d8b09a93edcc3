"""Recorded questions through the gateway, from the first in shadow on: the promise is kept, and something is served."""

import asyncio
from pathlib import Path

import pytest

from house import whole
from kitchen import kitchen
from pantler.config.values import Semantic
from pantler.live import circles
from pantler.matching.prior import pretrained
from pantler.simulator.rehearsal.stream import drawn
from pantler.simulator.rehearsal.texts import read_texts

PROMISED = 0.01
COUNT = 2500
SETS = {"pararel_stream_dev.csv.gz": 0.10, "clinc150_dev.csv.gz": 0.05}  # and hits that even so short a run has


@pytest.mark.promise("C6")
@pytest.mark.parametrize("name", SETS)
def test_a_stream_of_questions_is_served_in_part_and_wrongly_no_more_often_than_promised(
    tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    pytest.importorskip("wordllama")
    texts = read_texts(shared_data / "semantic" / name)
    prior = pretrained(texts.unseen)  # which has not seen this set
    monkeypatch.setattr(circles, "pretrained", lambda **_: prior)
    questions = list(zip(*drawn(texts, COUNT, 131), strict=True))
    semantic = Semantic(max_wrong_per_request=PROMISED, max_wrong_per_hit=1.0, deadline_seconds=60.0)

    async def test() -> tuple[int, int]:
        served = wrong = 0
        async with kitchen(tmp_path, semantic=semantic) as kept:
            for text, fact in questions:
                reply = await kept.ask(text, fact)
                assert reply.json == reply.json | {"object": "chat.completion"}
                if reply.tier == "semantic":
                    served += 1
                    wrong += reply.body != whole(fact)
            (report,) = kept.semantic.reports()
            assert report.is_certified
            assert report.served == served
            assert report.audits > 0
        return served, wrong

    served, wrong = asyncio.run(test())
    assert served >= SETS[name] * COUNT
    assert wrong <= PROMISED * COUNT
