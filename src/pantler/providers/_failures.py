"""From what goes wrong in an HTTP exchange to the ProviderError that says so."""

import ssl
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from socket import gaierror
from typing import NamedTuple

from pantler.core.asks import Endpoint
from pantler.core.errors import ProviderError
from pantler.providers._connection import NotHTTP
from pantler.providers._connections import NoConnection, NoConnectionInTime

TRY_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
PLAIN = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})  # as what was no TLS is told
OVERLOADED = frozenset({429, 503, 529})
UNKNOWN_HOST = "the host of its upstream is not known; is its base_url right?"
REMEDY = "ask for a shorter answer, or raise the model's limits.first_byte_seconds"
CONNECTION = (NotHTTP, OSError)  # all that an exchange may raise, TimeoutError among them


class Patience(NamedTuple):
    """How long was waited, and whether it was the deadline of the whole request that ended the wait."""

    seconds: float
    is_deadline: bool

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
    if status < 400:
        return garbage(endpoint, f"status {status} in place of an answer, which is not followed; correct its base_url")
    return ProviderError(
        f"{endpoint.name} answered with status {status}",
        kind="overloaded" if status in OVERLOADED else "status",
        status=status,
        body=body.replace(endpoint.key.encode(), b"[key]") if endpoint.key else body,  # some quote what they refuse
        may_retry=status in TRY_AGAIN,
        retry_after_seconds=_retry_after(headers),
    )


def _unreadable(endpoint: Endpoint) -> ProviderError:
    return garbage(endpoint, "what cannot be read as HTTP; is its base_url right?")


def _failure(kind: str, message: str, *, may_retry: bool = False) -> ProviderError:
    return ProviderError(message, kind=kind, may_retry=may_retry)


def _retry_after(headers: Mapping[bytes, bytes]) -> float | None:
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
