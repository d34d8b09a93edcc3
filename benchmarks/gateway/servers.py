"""Servers under measurement: started on loopback, watched by their process tree, ended by their own id."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import Request, urlopen

from pantler.config.keys import digest

PEPPER = "a pepper for the benchmark alone"
KEY = "pantler-benchmark-key"
ADMIN_KEY = "an admin key for the benchmark"
PANTLER = Path(sys.executable).with_name("pantler")
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
ANSWER = (
    b'{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"m","choices":[{"index":0,"message":'
    b'{"role":"assistant","content":"' + b"An answer of some words, as a model gives it. " * 8 + b'"},"logprobs":null,'
    b'"finish_reason":"stop"}],"usage":{"prompt_tokens":90,"completion_tokens":80,"total_tokens":170}}'
)
PIECE = b'{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":%s}]}'
EVENTS = b"".join(
    b"data: %s\n\n" % (PIECE % delta)
    for delta in [b'{"role":"assistant","content":""}', *[b'{"content":"some words"}'] * 10]
) + (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m",'
    b'"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)


@dataclass(frozen=True)
class Server:
    """One that answers at `url`; `fields` go into every request's body, `headers` with it."""

    url: str
    process: subprocess.Popen[bytes]
    headers: Mapping[str, str] = field(default_factory=dict)
    model: str = "m"
    fields: str = ""

    def cpu_seconds(self) -> float:
        """What it and its children have used."""
        return sum(float(stat[11]) + float(stat[12]) for stat in map(_stat, _tree(self.process.pid)) if stat) / TICKS

    def resident_bytes(self) -> int:
        """What it and its children hold in memory."""
        return sum(int(stat[21]) * PAGE for stat in map(_stat, _tree(self.process.pid)) if stat)


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        return int(opened.getsockname()[1])


@contextmanager
def process(
    command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process whose output goes to `log`, ended with the block."""
    with log.open("wb") as output:
        made = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **(environment or {})})
        try:
            yield made
        finally:
            made.terminate()
            try:
                made.wait(20)
            except subprocess.TimeoutExpired:
                made.kill()
                made.wait()


def wait_for(url: str, made: subprocess.Popen[bytes], log: Path, seconds: float = 30.0) -> None:
    """Return once something answers at `url`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and made.poll() is None:
        try:
            with urlopen(Request(url), timeout=5):
                return
        except OSError as error:
            if hasattr(error, "code"):  # it answers, if with an error
                return
            time.sleep(0.005)
    raise RuntimeError(f"{url} does not answer; {log} says: {log.read_text(errors='replace')[-500:]}")


@contextmanager
def nginx(folder: Path) -> Iterator[Server]:
    """One worker that answers without looking: whole answers, and events below /stream."""
    port = free_port()
    events = EVENTS.decode().replace("\n", "\\n")
    settings = folder / "nginx.conf"
    settings.write_text(
        f"worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log stderr;"
        "events { worker_connections 4096; }"
        f"http {{ access_log off; keepalive_requests 100000000; client_body_temp_path {folder}/bodies;"
        f"client_body_buffer_size 64k; server {{ listen 127.0.0.1:{port}; default_type application/json;"
        f"location / {{ return 200 '{ANSWER.decode()}'; }}"
        f"location /stream/ {{ default_type text/event-stream; return 200 '{events}'; }} }} }}"
    )
    log = folder / "nginx.log"
    with process([nginx_path(), "-p", folder, "-c", settings], log) as made:
        url = f"http://127.0.0.1:{port}/v1"
        wait_for(url, made, log)
        yield Server(url, made)


@contextmanager
def pantler(folder: Path, config: str, extra: str = "") -> Iterator[Server]:
    """The gateway with one worker, authentication, a store and ledger on disk, and the admin listener with metrics."""
    port = free_port()
    folder.mkdir(exist_ok=True)
    place = folder / "pantler.toml"
    place.write_text(
        f'[gateway]\nlisten = "127.0.0.1:{port}"\nadmin_listen = "127.0.0.1:{free_port()}"\n'
        f'[cache]\ncapacity = "64MB"\npath = "{folder}/state"\n{config}\n'
        f'[[tenants]]\nname = "bench"\n{extra}\n'
        f'[[tenants.keys]]\nname = "k"\ndigest = "{digest(PEPPER.encode(), KEY)}"\nrequests_per_minute = 100000000\n'
    )
    log = folder / "pantler.log"
    with process([PANTLER, "serve", place], log, {"PANTLER_PEPPER": PEPPER, "PANTLER_ADMIN_KEY": ADMIN_KEY}) as made:
        wait_for(f"http://127.0.0.1:{port}/healthz", made, log)
        yield Server(f"http://127.0.0.1:{port}/v1", made, {"authorization": f"Bearer {KEY}"}, "auto")


def two_models(base_url: str) -> str:
    """A route of two models at one upstream, between which the tabular multiplexer chooses."""
    models = "".join(
        f'[[models]]\nname = "{name}"\nbase_url = "{base_url}"\nupstream_model = "m"\nmax_tokens_out = 100\n'
        f"price = {{ in = {price}, out = {price} }}\n"
        for name, price in (("cheap", 0.1), ("dear", 2.0))
    )
    return models + '[[routes]]\nname = "auto"\nmodels = ["cheap", "dear"]\n'


def nginx_path() -> str:
    """Where nginx is, also where only root's path has it."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin") or ""


def _tree(root: int) -> list[int]:
    found = [root]
    for pid in found:
        try:
            found += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        except OSError:
            continue
    return found


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
