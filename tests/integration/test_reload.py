import signal
import threading
from pathlib import Path

import pytest

from broken_configs import BROKEN, ENVIRONMENT, TOLD_ELSEWHERE
from pantler.config.writing import toml
from process import Process

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
    is_over = threading.Event()

    def load() -> None:
        while not is_over.is_set():
            statuses.append(process.ask("/v1/chat/completions", body=CHAT)[0])

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
    assert len(statuses) > 100
    assert set(statuses) == {200}
