"""Requests without a known key have rows, so few that a flood of them fills no disk."""

import asyncio
from pathlib import Path

import pytest

from house import SECRET, House, house
from pantler.config.keys import digest
from pantler.config.values import Key, Tenant
from pantler.gateway.strangers import ROWS_PER_MINUTE
from pantler.ledgers.audit import audit
from pantler.ledgers.reading import reading
from pantler.ledgers.sums import sums

BLUE = Tenant("blue", (Key(digest(SECRET, "sk")),))


async def knock(gateway: House) -> tuple[int, str]:
    reply = await gateway.ask(headers={"authorization": "Bearer guessed"}).reply()
    return reply.status, reply.headers["x-pantler-decision"]


def test_a_request_without_a_known_key_is_a_row_of_no_tenant_and_no_money(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, tenants=(BLUE,), opened=True)
        asked = [gateway.ask(), gateway.get("/v1/models"), gateway.get("/v1/embeddings"), gateway.post("/nowhere", b"")]
        replies = [await each.reply() for each in asked]
        told = [(row.tenant, row.tier, row.reason, row.status, row.spent) for row in gateway.rows]
        assert told == [
            ("", "bypass", "missing_key", 401, 0),
            ("", "bypass", "missing_key", 401, 0),
            ("", "bypass", "wrong_method", 405, 0),
            ("", "bypass", "unknown_path", 404, 0),
        ]
        assert [row.decision for row in gateway.rows] == [each.headers["x-pantler-decision"] for each in replies]
        await gateway.close()
        with reading(tmp_path) as ledger:
            (whole,) = sums(ledger, by=["tenant"])
            assert (whole.group, whole.requests, whole.spent, whole.unpriced) == ({"tenant": ""}, 4, 0, 0)
            assert not audit(ledger, by=["tenant", "model"]).offences

    asyncio.run(test())


def test_a_flood_of_bad_keys_leaves_few_rows_and_every_response_names_one_of_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        now = 0.0
        gateway = house(tmp_path, monotonic=lambda: now, tenants=(BLUE,))
        answers = {await knock(gateway) for _ in range(1000)}
        assert {status for status, _ in answers} == {401}
        assert {decision for _, decision in answers} == {row.decision for row in gateway.rows}
        assert len(gateway.rows) == ROWS_PER_MINUTE
        told = gateway.serving.metrics.text()
        assert b'pantler_turned_away_total{code="invalid_key"} 1000.0' in told
        assert b'pantler_unrecorded_total{code="invalid_key"} %.1f' % (1000 - ROWS_PER_MINUTE) in told
        await gateway.get("/nowhere").reply()
        assert gateway.rows[-1].reason == "unknown_path", "the first of its kind has a row, however many others came"
        now = 60.0
        await knock(gateway)
        assert len(gateway.rows) == ROWS_PER_MINUTE + 2
        [told_in_log] = [vars(record)["told"] for record in caplog.records if "no row" in record.message]
        assert told_in_log == {"requests": 970, "by_reason": {"invalid_key": 970}}

    asyncio.run(test())


def test_feedback_that_is_refused_is_a_row_of_its_tenant(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, tenants=(BLUE,), opened=True)
        good = {"authorization": "Bearer sk"}
        unknown = b'{"decision_id":"dec_no","good":true}'
        for body, told in ((b"{", "invalid_feedback"), (unknown, "unknown_decision")):
            reply = await gateway.post("/v1/feedback", body, good).reply()
            row = gateway.rows[-1]
            assert (row.tenant, row.reason, row.decision) == ("blue", told, reply.headers["x-pantler-decision"])
        await gateway.close()

    asyncio.run(test())
