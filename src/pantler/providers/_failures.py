"""From what goes wrong in an HTTP exchange to the ProviderError that says so."""

import re
import ssl
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from socket import gaierror
from typing import Any, Final

from pantler.core.asks import Endpoint
from pantler.core.complaints import error_in, status_in
from pantler.core.errors import ProviderError
from pantler.providers._connection import NotHTTP
from pantler.providers._connections import NoConnection, NoConnectionInTime

TRY_AGAIN: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
PLAIN: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})  # as what was no TLS is told
OVERLOADED: Final = frozenset({429, 503, 529})
NOT_FOUND: Final = 404
FAILED: Final = 500  # what an error is that names no status
KEY: Final = b"[key]"
KEYS: Final = re.compile(rb"\b(?:sk|pk|rk|gsk|xai|hf)[-_](?=[\w*.-]*[0-9*])[\w*.-]{4,}|(?<=Bearer )[^\s\"\\]{4,}")
UNKNOWN_HOST: Final = "the host of its upstream is not known; is its base_url right?"
REMEDY: Final = "ask for a shorter answer, or raise the model's limits.first_byte_seconds"
CONNECTION: Final = (NotHTTP, OSError)  # all that an exchange may raise, TimeoutError among them


class Patience:
    """How long was waited, and whether it was the deadline of the whole request that ended the wait."""

    __slots__ = ("is_deadline", "seconds")

    def __init__(self, seconds: float, is_deadline: bool) -> None:
        self.seconds = seconds
        self.is_deadline = is_deadline

    def __str__(self) -> str:
        return "before the request's deadline" if self.is_deadline else f"within {self.seconds:.3g} s"


def patience(limit_seconds: float, left_seconds: float) -> Patience:
    """How long to wait where a limit allows so much, and so much is left until the request's deadline."""
    return Patience(min(limit_seconds, left_seconds), left_seconds < limit_seconds)


def unanswered(endpoint: Endpoint, error: BaseException, patience: Patience) -> ProviderError:
    """Why no answer has begun."""
    name = endpoint.name
    match error:
        case NoConnectionInTime():
            said = f"{name}: no connection to its upstream in time"
            return ProviderError(said, kind="timeout", may_retry=True, unreached=True)
        case TimeoutError():
            return _failure("timeout", f"{name}: no answer has begun {patience}; {REMEDY}")
        case ssl.SSLError():
            return _failure("refused", f"{name}: {_without_tls(error)}")
        case NoConnection():
            is_unknown = isinstance(error.__cause__, gaierror)
            said = UNKNOWN_HOST if is_unknown else "its upstream takes no connection; is it up?"
            return _failure("refused", f"{name}: {said}", may_retry=True)
        case NotHTTP():
            return _unreadable(endpoint)
        case _:
            return _failure("cut", f"{name}: the connection broke before an answer began", may_retry=True)


def _without_tls(error: ssl.SSLError) -> str:
    if error.reason in PLAIN:
        return "its upstream speaks no TLS at this port; is its base_url http://, not https://?"
    return "no trusted TLS connection to its upstream; check its certificate"


def unfinished(endpoint: Endpoint, error: BaseException, patience: Patience) -> ProviderError:
    """Why an answer that had begun did not end."""
    if isinstance(error, NotHTTP):
        return _unreadable(endpoint)
    if isinstance(error, TimeoutError):
        return _failure("timeout", f"{endpoint.name}: nothing more of the answer came {patience}")
    return _failure("cut", f"{endpoint.name}: the connection broke within the answer")


def garbage(endpoint: Endpoint, what: str, answer: bytes = b"") -> ProviderError:
    """An answer that is none; `what` says how, without quoting it; `answer` is what was paid for all the same."""
    return ProviderError(f"{endpoint.name} sent {what}", kind="garbage", body=answer)


def refusal(endpoint: Endpoint, status: int, headers: Mapping[bytes, bytes], body: bytes) -> ProviderError:
    """A status that is no success, with the upstream's own words in `body`."""
    if status < 300:
        return garbage(endpoint, f"status {status}, where an answer has status 200; does its base_url lead to an API?")
    if status < 400:
        return garbage(endpoint, f"status {status} in place of an answer, which is not followed; correct its base_url")
    message = f"{endpoint.name} answered with status {status}"
    if status == NOT_FOUND and error_in(body) is None:  # whoever knows OpenAI's wire says in its shape what is missing
        message += "; its base_url may lack the version, such as /v1"
    return _of_status(endpoint, message, status, body, retry_after(headers))


def unasked(endpoint: Endpoint, found: bytes, asked: bytes, body: bytes) -> ProviderError:
    """Content of another type than was asked: an error, or no answer of an API at all."""
    error = error_in(body)
    if error is not None:
        return told_error(endpoint, error, body)
    said = f"content of type {found[:64].decode('latin-1')!r}" if found else "content that names no type"
    return garbage(endpoint, f"{said} where {asked.decode()} was asked; does its base_url lead to an API?")


def told_error(endpoint: Endpoint, error: Any, body: bytes) -> ProviderError:
    """An error that came with a status of success, in place of an answer: its own status counts, where it has one."""
    status = status_in(error)
    if status is None:
        said = without_key(endpoint, body)
        return ProviderError(f"{endpoint.name} answered with an error", kind="status", status=FAILED, body=said)
    return _of_status(endpoint, f"{endpoint.name} answered with error {status}", status, body, None)


def without_key(endpoint: Endpoint, body: bytes) -> bytes:
    """What an upstream says, without our key and whatever else looks like one: some quote what they refuse."""
    if endpoint.key:
        body = body.replace(endpoint.key.encode(), KEY)
    return KEYS.sub(KEY, body)


def retry_after(headers: Mapping[bytes, bytes]) -> float | None:
    """Seconds; a date counts from the upstream's own Date, for no clock of ours to matter."""
    said, date = (headers.get(name, b"").decode("latin-1") for name in (b"retry-after", b"date"))
    try:
        seconds = float(said)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(said) - parsedate_to_datetime(date)).total_seconds()
        except (ValueError, TypeError):
            return None
    return seconds if 0 <= seconds < 86_400 else None  # NaN is neither


def _of_status(
    endpoint: Endpoint, message: str, status: int, body: bytes, retry_after_seconds: float | None
) -> ProviderError:
    return ProviderError(
        message,
        kind="overloaded" if status in OVERLOADED else "status",
        status=status,
        body=without_key(endpoint, body),
        may_retry=status in TRY_AGAIN,
        retry_after_seconds=retry_after_seconds,
    )


def _unreadable(endpoint: Endpoint) -> ProviderError:
    return garbage(endpoint, "what cannot be read as HTTP; is its base_url right?")


def _failure(kind: str, message: str, *, may_retry: bool = False) -> ProviderError:
    return ProviderError(message, kind=kind, may_retry=may_retry)
