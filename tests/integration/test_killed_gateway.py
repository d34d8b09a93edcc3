"""The real gateway is killed and started again: its ledger stands up to the audit, its answers are served again."""

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from pantler.config.writing import toml
from pantler.core.rows import Row
from pantler.ledgers import schema
from pantler.ledgers.audit import audit
from pantler.ledgers.reading import reading
from process import PATIENCE, Process

QUESTIONS = 12
BY = ("day", "tenant", "route", "model")


def config(folder: Path) -> dict[str, Any]:
    models = [
        {"name": "cheap", "provider": "scripted", "price": {"in": 0.15, "out": 0.6}},
        {"name": "dear", "provider": "scripted", "price": {"in": "2.5", "out": "10.01"}},
    ]
    return {
        "gateway": {"listen": "127.0.0.1:0"},
        "cache": {"path": str(folder / "state")},
        "models": models,
        "routes": [{"name": "smart", "models": ["cheap", "dear"], "multiplexer": {"use": "tabular"}}],
    }


def ask_all(process: Process) -> None:
    for number in range(QUESTIONS):
        said = {"model": "smart", "messages": [{"role": "user", "content": f"question {number}"}]}
        assert process.ask("/v1/chat/completions", body=said)[0] == 200


def rows_of(folder: Path, count: int) -> list[Row]:
    """The rows of the ledger, read while it is written, once there are so many."""
    deadline = time.monotonic() + PATIENCE
    rows: list[Row] = []
    while len(rows) < count and time.monotonic() < deadline:
        with reading(folder / "state") as ledger:
            found = ledger.execute(f"SELECT {schema.SELECT} FROM rows ORDER BY number").fetchall()
        rows = [schema.row(each) for each in found]
    return rows


def has_entry(folder: Path, answer: bytes) -> bool:
    """Whether an answer has reached the file of entries or its log, which are not the ledger's."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if any(answer in path.read_bytes() for path in (folder / "state").glob("entries.sqlite*")):
            return True
    return False


@pytest.mark.promise("F1")
def test_what_was_committed_is_there_after_a_kill_and_every_sum_follows_from_the_rows(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(toml(config(tmp_path)))
    first = Process(file, {})
    ask_all(first)
    ask_all(first)
    assert has_entry(tmp_path, b"question 0")
    assert len(rows_of(tmp_path, 2 * QUESTIONS)) == 2 * QUESTIONS
    first.signal(signal.SIGKILL)
    assert first.end() == -signal.SIGKILL
    second = Process(file, {})
    ask_all(second)
    rows = rows_of(tmp_path, 3 * QUESTIONS)
    body = {"decision_id": rows[2 * QUESTIONS].decision, "good": False}
    assert json.loads(second.ask("/v1/feedback", body=body)[1])["dropped"]
    assert second.end() == 0
    tiers = [row.tier for row in rows]
    assert tiers[: 2 * QUESTIONS] == ["miss"] * QUESTIONS + ["hit"] * QUESTIONS
    assert tiers[2 * QUESTIONS] == "hit"  # the last answers before the kill may not have been committed
    with reading(tmp_path / "state") as ledger:
        audited = audit(ledger, BY)
    assert (audited.rows, audited.offences) == (3 * QUESTIONS, [])
    assert sum(row.spent or 0 for row in rows) > 0
