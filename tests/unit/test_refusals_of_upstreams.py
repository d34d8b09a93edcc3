"""What is said of a status that is no success."""

import pytest

from pantler.core.asks import Endpoint
from pantler.providers._failures import refusal

ENDPOINT = Endpoint(name="m", base_url="http://127.0.0.1:11434")


@pytest.mark.parametrize("body", [b"404 page not found", b'{"detail":"Not Found"}', b""])
def test_a_path_that_an_upstream_does_not_have_is_put_down_to_the_base_url(body: bytes) -> None:
    assert "/v1" in str(refusal(ENDPOINT, 404, {}, body))


@pytest.mark.parametrize(("status", "body"), [(404, b'{"error":{"message":"no such model"}}'), (400, b"no")])
def test_what_an_upstream_says_of_a_request_is_not_put_down_to_the_base_url(status: int, body: bytes) -> None:
    assert "/v1" not in str(refusal(ENDPOINT, status, {}, body))
