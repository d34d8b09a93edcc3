"""OpenTelemetry's spans say what the ledger says, and nothing of what was asked or answered."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from house import House, house, whole
from pantler.core.errors import ProviderError
from pantler.gateway.spans import Spans

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def spanned(folder: Path) -> tuple[House, InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    gateway = house(folder)
    gateway.serving.recording.spans = Spans(provider)
    return gateway, exporter


@pytest.mark.promise("S7")
def test_a_miss_and_a_hit_are_told_below_the_clients_own_span_and_say_no_word_of_it(tmp_path: Path) -> None:
    async def test() -> None:
        gateway, exporter = spanned(tmp_path)
        gateway.led.answer = whole("a canary answer")
        headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
        for _ in range(2):
            await gateway.ask("a canary prompt", headers=headers).reply()
        call, miss, hit = exporter.get_finished_spans()
        assert [span.name for span in (call, miss, hit)] == ["chat m", "chat m", "chat m"]
        assert call.attributes is not None
        assert miss.attributes is not None
        assert hit.attributes is not None
        for span in (miss, hit):
            assert span.parent is not None
            assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, PARENT)
        assert call.parent == miss.context
        assert [miss.attributes["pantler.tier"], hit.attributes["pantler.tier"]] == ["miss", "hit"]
        assert [span.attributes["pantler.spent_nano_dollars"] for span in (miss, hit)] == [7_000, 0]  # type: ignore[index]
        assert (call.attributes["gen_ai.operation.name"], call.attributes["gen_ai.request.model"]) == ("chat", "m")
        assert (call.attributes["gen_ai.usage.input_tokens"], call.attributes["gen_ai.usage.output_tokens"]) == (3, 2)
        assert "canary" not in "".join(span.to_json() for span in (call, miss, hit))

    asyncio.run(test())


def test_a_call_that_failed_and_a_request_that_was_refused_say_so(tmp_path: Path) -> None:
    async def test() -> None:
        gateway, exporter = spanned(tmp_path)
        gateway.led.failures = [ProviderError("down", kind="refused")]
        assert (await gateway.ask().reply()).status == 502
        assert (await gateway.ask(model="never").reply()).status == 404
        call, failed, refused = exporter.get_finished_spans()
        assert call.attributes is not None
        assert call.attributes["error.type"] == "refused"
        assert [span.status.is_ok for span in (call, failed, refused)] == [False, False, True]
        assert refused.name == "refused"

    asyncio.run(test())


def test_nothing_of_opentelemetry_is_imported_unless_it_is_asked_for() -> None:
    says = "import sys, pantler.gateway.process as p; print([name for name in sys.modules if 'opentelemetry' in name])"
    told = subprocess.run([sys.executable, "-c", says], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
