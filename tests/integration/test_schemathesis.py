"""Whatever the OpenAPI document allows or forbids: an answer, or an error in OpenAI's shape, never a 5xx."""

import asyncio
import json
import socket
from collections.abc import Iterator
from threading import Thread

import pytest
import schemathesis
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from pantler.config.values import Config, Model
from pantler.gateway.clocks import Clocks
from pantler.gateway.heads import Bounds
from pantler.gateway.keeping import Keeping
from pantler.gateway.openapi import document
from pantler.gateway.protocol import bounded
from pantler.gateway.reloading import first_upstreams
from pantler.gateway.repeats import Repeats
from pantler.gateway.server import Listener
from pantler.gateway.serving import Serving
from pantler.gateway.setup import set_up
from pantler.gateway.wires import found

CONFIG = Config(
    models=(Model("m", provider="scripted", price="free"), Model("other", provider="scripted", price="free"))
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
SECRET = b"s" * 32
PATHS = json.loads(document(found(), ""))["paths"]
CASES = [(path, GenerationMode.POSITIVE) for path in PATHS] + [
    (path, GenerationMode.NEGATIVE)
    for path, methods in PATHS.items()
    if any("requestBody" in method or "parameters" in method for method in methods.values())
]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real gateway over scripted models."""
    opened = socket.create_server(("127.0.0.1", 0))
    clocks = Clocks()
    setup = set_up(CONFIG, first_upstreams(CONFIG, {}, clocks), SECRET)
    keeping = Keeping(CONFIG.cache, setup.multiplexer, tmp_path_factory.mktemp("state"), SECRET)
    keeping.open(clocks.wall())
    serving = Serving(setup, keeping, clocks)
    listener = Listener(serving.app, bounded(Bounds(), Repeats()), opened, 1.0)

    async def serve() -> None:
        await listener.listen()
        await serving.close()
        await keeping.close()

    def run() -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve())

    thread = Thread(target=run)
    thread.start()
    yield f"http://127.0.0.1:{opened.getsockname()[1]}"
    listener.should_exit = True
    thread.join()


@pytest.mark.parametrize(("path", "mode"), CASES, ids=str)
def test_no_request_is_a_server_error(gateway: str, path: str, mode: GenerationMode) -> None:
    described = schemathesis.openapi.from_url(f"{gateway}/openapi.json")
    (operation,) = described[path].values()
    asked = {"model": "m"}

    @settings(max_examples=100, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode), is_known=st.booleans())
    def ask(case: schemathesis.Case, is_known: bool) -> None:
        if is_known and isinstance(case.body, dict) and "model" in case.body:
            case.body.update(asked)
        case.call_and_validate(checks=CHECKS)

    ask()
