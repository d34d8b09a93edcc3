"""`pantler serve` as a process: it drains, reloads, keeps what it kept, and says nothing that it should not."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway_process import ADMIN, PEPPER, RUN, SECONDS, Served, config, served
from loopback import ask, calling
from pantler.config.keys import digest
from raw_upstream import DONE, STREAM, USAGE, WHOLE, Connection, answer, event, piece, upstream


async def get(port: int, path: str, method: str = "GET", key: str = "") -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"{method} {path} HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n".encode()
    )
    told = await reader.read()
    writer.close()
    return int(told.split()[1]), told.partition(b"\r\n\r\n")[2]


class Gate:
    """An upstream that begins every answer, and ends it once it is let."""

    def __init__(self) -> None:
        self.begun = 0
        self.open = asyncio.Event()

    async def __call__(self, connection: Connection) -> None:
        while True:
            await connection.read_ask()
            await connection.send(STREAM + event(piece("one ")))
            self.begun += 1
            await self.open.wait()
            await connection.send(event(piece("two", "stop")) + event(USAGE) + DONE)


@pytest.mark.promise("F10")
def test_sigterm_lets_two_hundred_streams_end_and_fails_readiness_first(tmp_path: Path) -> None:
    async def test() -> None:
        gate = Gate()
        more = "limits = { concurrency = 200 }"
        async with upstream(gate) as (place, _), served(tmp_path, str(config(tmp_path, place, more=more))) as gateway:
            clients = [asyncio.create_task(streamed(gateway, number)) for number in range(200)]
            async with asyncio.timeout(SECONDS):
                while gate.begun < 200:
                    await asyncio.sleep(0)
            assert (await get(gateway.port, "/readyz"))[0] == 200
            gateway.tell(signal.SIGTERM)
            await gateway.says("draining")
            assert (await get(gateway.port, "/readyz"))[0] == 503  # and is still answered
            gate.open.set()
            bodies = await asyncio.gather(*clients)
            assert {body.count(b"data: ") for body in bodies} == {3}
            assert all(body.endswith(b"data: [DONE]\n\n") for body in bodies)
            assert await gateway.ended() == 0
            assert statuses(tmp_path) == [200] * 200  # the ledger has them all

    asyncio.run(test())


def test_a_stream_that_outlasts_the_grace_ends_with_an_error_in_the_shape_of_its_wire(tmp_path: Path) -> None:
    async def test() -> None:
        gate = Gate()
        async with upstream(gate) as (place, _):
            path = config(tmp_path, place)
            path.write_text(path.read_text().replace("grace_seconds = 20", "grace_seconds = 0.6"))
            async with served(tmp_path, str(path)) as gateway:
                client = asyncio.create_task(streamed(gateway, 1))
                async with asyncio.timeout(SECONDS):
                    while gate.begun < 1:
                        await asyncio.sleep(0)
                gateway.tell(signal.SIGTERM)
                *_, told = (await client).split(b"data: ")
                assert json.loads(told)["error"]["code"] == "ending"
                assert await gateway.ended() == 0
                assert statuses(tmp_path) == [503]

    asyncio.run(test())


async def streamed(gateway: Any, number: int) -> bytes:
    async with calling(gateway) as client:
        await client.send(ask(f"{number}?", stream=True))
        return (await client.whole())[2]


def statuses(folder: Path) -> list[int]:
    with sqlite3.connect(folder / "kept" / "ledger.sqlite") as connection:
        return [status for (status,) in connection.execute("SELECT status FROM rows")]


BROKEN = {
    "no TOML": lambda text: text.replace("[cache]", "[cache"),
    "an unknown table": lambda text: text + "\n[caches]\n",
    "an unknown key": lambda text: text.replace('path = "kept"', 'paths = "kept"'),
    "a wrong type": lambda text: text.replace("grace_seconds = 20", 'grace_seconds = "long"'),
    "no such policy": lambda text: text.replace("[cache]", '[cache]\npolicy = "gdfs"'),
    "no such provider": lambda text: text.replace('name = "m"', 'name = "m"\nprovider = "openia"'),
    "no models": lambda text: text.partition("[[models]]")[0],
    "a negative price": lambda text: text.replace("in = 1", "in = -1"),
    "a key that is not set": lambda text: text.replace('name = "m"', 'name = "m"\nkey_env = "NEVER_SET"'),
    "an unknown model": lambda text: text + '\n[[routes]]\nname = "r"\nmodels = ["never"]\n',
}


def test_a_hundred_broken_reloads_are_refused_while_every_request_is_answered(tmp_path: Path) -> None:
    async def test() -> None:
        async with upstream(whole) as (place, _):
            path = config(tmp_path, place)
            good = path.read_text()
            async with served(tmp_path, str(path)) as gateway:
                asking = asyncio.create_task(keep_asking(gateway))
                for number in range(100):
                    broken = list(BROKEN.values())[number % len(BROKEN)](good)
                    path.write_text(broken)
                    gateway.tell(signal.SIGHUP)
                    line = await gateway.says("the configuration was refused", number + 1)
                    assert "pantler.toml" in line
                path.write_text(good + '\n[[routes]]\nname = "r"\nmodels = ["m"]\n')
                gateway.tell(signal.SIGHUP)
                await gateway.says("was read again")
                listed = json.loads((await get(gateway.port, "/v1/models"))[1])
                assert [model["id"] for model in listed["data"]] == ["m", "r"]
                asking.cancel()
                answered = await asyncio.gather(asking, return_exceptions=True)
                assert isinstance(answered[0], asyncio.CancelledError)  # not an answer that was none
                gateway.tell(signal.SIGTERM)
                assert await gateway.ended() == 0
            assert set(statuses(tmp_path)) == {200}

    asyncio.run(test())


HANGS_UP = """
import os, signal, sys
from functools import partial
from pathlib import Path
from pantler.misfits import fitting
from pantler.gateway.process import run

began = [True]

def source():
    if began:
        os.kill(os.getpid(), signal.SIGHUP)
        began.clear()
    return fitting(Path(sys.argv[1]))

run(source, os.environ, partial(print, file=sys.stderr))
"""


def test_a_hang_up_while_it_starts_is_heeded_once_it_listens_and_its_supervisor_is_told_how_it_stands(
    tmp_path: Path,
) -> None:
    path = config(tmp_path, "127.0.0.1:1")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(tmp_path / "s"))
        supervisor.settimeout(SECONDS)
        environment = {**os.environ, "PANTLER_PEPPER": PEPPER, "NOTIFY_SOCKET": str(tmp_path / "s")}
        with subprocess.Popen(
            [sys.executable, "-c", HANGS_UP, str(path)], stderr=subprocess.PIPE, text=True, env=environment
        ) as process:
            assert process.stderr is not None
            assert any("was read again" in line for line in process.stderr)
            assert supervisor.recv(64) == b"READY=1"
            process.terminate()
            assert supervisor.recv(64) == b"STOPPING=1"
            process.communicate(timeout=SECONDS)
        assert process.returncode == 0


def test_a_reload_changes_what_a_client_may_send_and_says_what_needs_a_restart(tmp_path: Path) -> None:
    async def test() -> None:
        async with upstream(whole) as (place, _), served(tmp_path, str(config(tmp_path, place))) as gateway:
            assert (await get(gateway.port, "/v1/models", key="k" * 5_000))[0] == 200
            path = config(tmp_path, place, gateway='header_bytes = "4KB"\nbody_seconds = 0.2')
            path.write_text(path.read_text().replace("[cache]", '[cache]\ncapacity = "1MB"'))
            gateway.tell(signal.SIGHUP)
            assert "[cache], capacity" in await gateway.says("holds from the next start only")
            await gateway.says("was read again")
            assert (await get(gateway.port, "/v1/models", key="k" * 5_000))[0] == 431
            reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
            writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nContent-Length: 9\r\n\r\n{")
            assert b"408" in (await reader.read()).partition(b"\r\n")[0]
            writer.close()
            gateway.tell(signal.SIGHUP)
            await gateway.says("says what it said before")

    asyncio.run(test())


async def whole(connection: Connection) -> None:
    while True:
        await connection.read_ask()
        await connection.send(answer(WHOLE))


async def keep_asking(gateway: Served) -> None:
    number = 0
    async with calling(gateway) as client:
        while True:
            await client.send(ask(f"{number % 7}?"))
            status, _, _ = await client.whole()
            assert status == 200
            number += 1


def test_a_restart_serves_what_was_kept_and_remembers_what_was_spent(tmp_path: Path) -> None:
    async def test(folder: Path) -> object:
        async with upstream(whole) as (place, calls):
            path = config(folder, place)
            tiers = []
            for _ in range(2):
                async with served(folder, str(path)) as gateway:
                    async with calling(gateway) as client:
                        await client.send(ask("kept?"))
                        tiers.append((await client.whole())[1]["x-pantler-cache"])
                    stats = json.loads((await get(gateway.admin, "/admin/stats", key=ADMIN))[1])
                    gateway.tell(signal.SIGTERM)
                    assert await gateway.ended() == 0
            assert tiers == ["miss", "hit"]
            assert len(calls) == 1
        return stats["spent_nano_dollars"]["anybody"]

    spent, day = object(), ""
    while day != (day := str(datetime.now(UTC).date())):  # once more if it was midnight meanwhile
        (folder := tmp_path / day).mkdir()
        spent = asyncio.run(test(folder))
    assert spent == {"day": 7_000, "month": 7_000}


def test_a_second_gateway_on_the_folder_of_the_first_is_refused_until_that_one_has_ended(tmp_path: Path) -> None:
    async def test() -> None:
        async with upstream(whole) as (place, _):
            path = str(config(tmp_path, place))
            async with served(tmp_path, path) as first:
                second = await asyncio.create_subprocess_exec(
                    sys.executable, "-c", RUN, "serve", path, stderr=asyncio.subprocess.PIPE
                )
                async with asyncio.timeout(SECONDS):
                    told = (await second.communicate())[1].decode()
                assert second.returncode not in {0, None}
                assert "is in use by another gateway" in " ".join(told.split())
                assert "cache.path" in told
                assert "Traceback" not in told
                first.process.kill()  # which frees it as well as an orderly end
                await first.process.wait()
            async with served(tmp_path, path) as third:
                assert (await get(third.port, "/readyz"))[0] == 200

    asyncio.run(test())


@pytest.mark.promise("S7")
def test_no_prompt_no_answer_and_no_key_is_in_any_log_metric_or_ledger(tmp_path: Path) -> None:
    prompt, told, key = "canary-prompt-7f3a", "canary-answer-91bc", "sk-canary-key-5e2d"

    async def says_so(connection: Connection) -> None:
        while True:
            await connection.read_ask()
            if b"fail" in json.dumps(connection.body).encode():
                await connection.send(answer(told.encode(), status="500 Broken"))
            else:
                await connection.send(answer(WHOLE.replace(b"four", told.encode())))

    async def test() -> None:
        tenants = (
            f'[[tenants]]\nname = "blue"\nkeys = [{{ digest = "{digest(PEPPER.encode(), key)}", name = "laptop" }}]'
        )
        async with upstream(says_so) as (place, _):
            path = config(tmp_path, place, more=tenants)
            async with served(tmp_path, str(path)) as gateway:
                for shown, question in ((key, prompt), (key, prompt), (key, f"fail {prompt}"), (f"{key}x", prompt)):
                    async with calling(gateway) as client:
                        await client.send(
                            ask(question).replace(b"Host:", b"Authorization: Bearer %s\r\nHost:" % shown.encode(), 1)
                        )
                        await client.whole()
                async with calling(gateway) as client:
                    await client.send(
                        b"POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nContent-Length: 30\r\n\r\n" + prompt.encode()
                    )
                for admin_path in ("/metrics", "/admin/stats", "/admin/keys"):
                    assert not found_in((await get(gateway.admin, admin_path, key=ADMIN))[1])
                gateway.tell(signal.SIGTERM)
                assert await gateway.ended() == 0
            assert not found_in("".join(gateway.said).encode())
            assert not found_in(b"".join(file.read_bytes() for file in (tmp_path / "kept").glob("ledger*")))
            everything = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
            assert key.encode() not in everything  # of keys there is only the digest, wherever one looks

    def found_in(data: bytes) -> list[str]:
        return [canary for canary in (prompt, told, key) if canary.encode() in data]

    asyncio.run(test())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "name either a CONFIG file or an --upstream"),
        (["never.toml"], "cannot be read"),
        (["--upstream", "http://127.0.0.1:1/v1", "--workers", "2"], "one process decides"),
        (["--upstream", "127.0.0.1:1"], "no http(s) address"),
        (["--upstream", "http://127.0.0.1:1/v1", "--listen", "0.0.0.0:0"], "--listen: without keys"),
        (["--upstream", "http://127.0.0.1:1/v1", "--price-in", "1"], "two sides"),
        (["--upstream", "http://127.0.0.1:1/v1", "--price-in", "1", "--price-out", "1", "--free"], "contradict"),
        (["--upstream", "http://127.0.0.1:1/v1", "--listen", "127.0.0.1:{taken}"], "(Address already in use); end"),
    ],
)
def test_a_start_that_cannot_be_is_refused_in_a_line(tmp_path: Path, arguments: list[str], says: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        given = [each.format(taken=taken.getsockname()[1]) for each in arguments]
        ended = subprocess.run(
            [sys.executable, "-c", RUN, "serve", *given],
            capture_output=True, text=True, cwd=tmp_path, check=False, timeout=SECONDS,
            env={**os.environ, "XDG_STATE_HOME": str(tmp_path)},
        )  # fmt: skip
    assert ended.returncode == 2
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


def test_one_line_serves_every_model_of_an_upstream_and_says_in_records_that_it_is_unpriced(tmp_path: Path) -> None:
    async def test() -> None:
        async with upstream(whole) as (place, _):
            arguments = ["--upstream", f"http://{place}/v1", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]
            async with served(tmp_path, *arguments) as gateway:
                assert "unpriced" in await gateway.says("upstream")
                async with calling(gateway) as client:
                    await client.send(ask(model="whatever"))
                    status, headers, _ = await client.whole()
                assert (status, headers["x-pantler-cost"], headers["x-pantler-model"]) == (200, "unpriced", "whatever")
                ready = json.loads((await get(gateway.port, "/readyz"))[1])
                assert ready["unpriced"] == ["upstream"]
            levels = {json.loads(line)["message"].partition(" ")[0]: json.loads(line)["level"] for line in gateway.said}
            assert (levels["pantler"], levels["upstream"]) == ("info", "warning")

    asyncio.run(test())
