"""Whatever the OpenAPI document allows or forbids: an answer, or an error in OpenAI's shape, never a 5xx."""

import json
from collections.abc import Iterator

import pytest
import schemathesis
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
from pantler.gateway.openapi import document
from pantler.gateway.wires import found
from running import running

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
PATHS = json.loads(document(found(), ""))["paths"]
CASES = [(path, GenerationMode.POSITIVE) for path in PATHS] + [
    (path, GenerationMode.NEGATIVE)
    for path, methods in PATHS.items()
    if any("requestBody" in method or "parameters" in method for method in methods.values())
]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real gateway over a scripted model."""
    with running(CONFIG, tmp_path_factory.mktemp("state")) as found:
        yield found.address


@pytest.mark.promise("X1")
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
