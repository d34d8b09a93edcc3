import signal
import threading
from pathlib import Path

import pytest

from broken_configs import BROKEN, ENVIRONMENT, TOLD_ELSEWHERE
from pantler.config.writing import toml
from process import PATIENCE, Process

MODEL = {"name": "small", "provider": "scripted", "price": "free"}
GOOD = {"gateway": {"listen": "127.0.0.1:0"}, "models": [MODEL]}
CHAT = {"model": "small", "messages": [{"role": "user", "content": "hello"}]}
ONE_OF_EACH = BROKEN[:: len(BROKEN) // 100][:100]


@pytest.mark.promise("F9")
def test_a_hundred_broken_files_are_refused_under_load_and_no_request_fails(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(toml(GOOD))
    process = Process(file, ENVIRONMENT)
    statuses: list[int] = []
    is_over, answered = threading.Event(), threading.Semaphore(0)

    def load() -> None:
        while not is_over.is_set():
            statuses.append(process.ask("/v1/chat/completions", body=CHAT)[0])
            answered.release()

    clients = [threading.Thread(target=load) for _ in range(4)]
    try:
        for client in clients:
            client.start()
        for number, (what, broken, table, key) in enumerate(ONE_OF_EACH, start=1):
            file.write_text(toml(broken))
            process.signal(signal.SIGHUP)
            line = process.wait_for("the configuration was refused", times=number)
            assert f"{file}: [" in line, what
            assert TOLD_ELSEWHERE.get(what, (table, key))[1] in line, what
            assert answered.acquire(timeout=PATIENCE), "it is asked all the time"
        file.write_text(toml(GOOD | {"models": [MODEL, {**MODEL, "name": "another"}]}))
        process.signal(signal.SIGHUP)
        process.wait_for("the configuration was read again")
        assert process.ask("/v1/chat/completions", body={**CHAT, "model": "another"})[0] == 200
    finally:
        is_over.set()
        for client in clients:
            client.join()
        assert process.end() == 0
    assert len(ONE_OF_EACH) == 100
    assert set(statuses) == {200}


@pytest.mark.promise("F9")
def test_routes_come_change_and_go_under_load_and_nothing_that_fails_is_the_gateways_own_fault(tmp_path: Path) -> None:
    """Every other call of the upstream breaks off, and the route that shared it goes meanwhile."""
    file = tmp_path / "gateway.toml"
    breaking = {"latency_seconds": 0.02, "faults": ["cut", "well"]}
    models = [MODEL, {**MODEL, "name": "other", "settings": breaking}]
    good = GOOD | {"models": models}
    shapes = [[{"name": "r", "models": ["other"]}], [], [{"name": "r", "models": ["small", "other"]}]]
    file.write_text(toml(good | {"routes": shapes[0]}))
    process = Process(file, ENVIRONMENT)
    answers: list[tuple[int, bytes]] = []
    statuses: list[int] = []
    is_over, answered = threading.Event(), threading.Semaphore(0)

    def load() -> None:
        while not is_over.is_set():
            message = {"role": "user", "content": f"question {len(answers) // 8}"}
            answers.append(process.ask("/v1/chat/completions", body={"model": "r", "messages": [message]}))
            statuses.append(process.ask("/v1/chat/completions", body=CHAT)[0])
            answered.release()

    clients = [threading.Thread(target=load) for _ in range(6)]
    try:
        for client in clients:
            client.start()
        for number in range(30):
            file.write_text(toml(good | {"routes": shapes[(number + 1) % len(shapes)]}))
            process.signal(signal.SIGHUP)
            process.wait_for("the configuration was read again", times=number + 1)
            assert answered.acquire(timeout=PATIENCE), "it is asked all the time"
    finally:
        is_over.set()
        for client in clients:
            client.join()
        assert process.end() == 0
    assert set(statuses) == {200}
    assert {status for status, _ in answers} <= {200, 404, 502, 503}, [each for each in answers if each[0] == 500][:1]
    assert len({status for status, _ in answers}) > 1
