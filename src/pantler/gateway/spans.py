"""OpenTelemetry spans of what was served, by the names of its conventions for generative AI.

One span for each row of the ledger and below it one for each call of a model, made once the request is over, so that
nothing waits for them. The calls of a request follow one another in its spans, though some are made at once. Their
parent is the client's `traceparent`, which the upstream gets as it came. No prompt, answer or key is in them.
"""

from collections.abc import Iterable

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from pantler.core.errors import MissingExtra
from pantler.core.rows import Asked, Row
from pantler.live.errands import Errand

OPERATION = "gen_ai.operation.name"
REQUEST_MODEL, RESPONSE_MODEL = "gen_ai.request.model", "gen_ai.response.model"
INPUT_TOKENS, OUTPUT_TOKENS = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
STATUS, ERROR = "http.response.status_code", "error.type"
OPERATIONS = {"chat": "chat", "completion": "text_completion", "embedding": "embeddings"}
NANO = 1_000_000_000


class Spans:
    """Makes spans of rows; `provider` sends them where they belong."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("pantler")
        self._propagator = TraceContextTextMapPropagator()

    def note(self, row: Row, errand: Errand | None) -> None:
        """The spans of a request that is over; `errand` is None where it was refused before it was one."""
        operation = "" if errand is None else OPERATIONS.get(errand.ask.operation, errand.ask.operation)
        carrier = {} if errand is None else dict(errand.ask.headers)
        span = self._tracer.start_span(
            f"{operation} {row.route}".strip() or "refused",
            self._propagator.extract(carrier),
            SpanKind.SERVER,
            {**_of_row(row), **({OPERATION: operation} if operation else {})},
            start_time=_nanoseconds(row.time),
        )
        self._calls(row.asked, operation, span, row.time)
        if row.status >= 500:
            span.set_status(StatusCode.ERROR)
            span.set_attribute(ERROR, str(row.status))
        span.end(_nanoseconds(row.time + row.seconds))

    def close(self) -> None:
        """Send what has not been sent."""
        self._provider.shutdown()

    def _calls(self, asked: Iterable[Asked], operation: str, parent: Span, begun: float) -> None:
        within = set_span_in_context(parent)
        for call in asked:
            span = self._tracer.start_span(
                f"{operation} {call.model}",
                within,
                SpanKind.CLIENT,
                {**_of_call(call), OPERATION: operation},
                start_time=_nanoseconds(begun),
            )
            if call.outcome != "answered":
                span.set_status(StatusCode.ERROR)
                span.set_attribute(ERROR, call.outcome)
            begun += call.total_seconds
            span.end(_nanoseconds(begun))


def opened() -> Spans:
    """Spans that go where the environment says, by OTEL_EXPORTER_OTLP_ENDPOINT and its like."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise MissingExtra("gateway.spans", "otel") from error
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Spans(provider)


def _of_row(row: Row) -> dict[str, AttributeValue]:
    said: dict[str, AttributeValue] = {
        REQUEST_MODEL: row.route,
        STATUS: row.status,
        "pantler.decision": row.decision,
        "pantler.tenant": row.tenant,
        "pantler.tier": row.tier,
    }
    if row.model:
        said |= {RESPONSE_MODEL: row.model, INPUT_TOKENS: row.tokens_in, OUTPUT_TOKENS: row.tokens_out}
    if row.spent is not None:
        said["pantler.spent_nano_dollars"] = row.spent
    return said


def _of_call(call: Asked) -> dict[str, AttributeValue]:
    said: dict[str, AttributeValue] = {
        REQUEST_MODEL: call.model,
        INPUT_TOKENS: call.tokens.tokens_in,
        OUTPUT_TOKENS: call.tokens.tokens_out,
        "pantler.queued_seconds": call.queued_seconds,
    }
    if call.first_byte_seconds is not None:
        said["pantler.first_byte_seconds"] = call.first_byte_seconds
    return said


def _nanoseconds(seconds: float) -> int:
    return int(seconds * NANO)
