"""What a client is told of whatever went wrong behind the gateway."""

from math import ceil

from pantler.core.complaints import SPEAKS
from pantler.core.errors import ClientLeft, DeadlinePassed, EndedFirst, ProviderError, StoreError
from pantler.gateway.replies import Refused, fault
from pantler.gateway.upstream_words import in_shape, with_words
from pantler.gateway.wire import Fault

LEFT = 499  # nobody reads it; the ledger does
CLIENT_LEFT = "client_left"  # by which it is told from an upstream's own 499
BUSY = frozenset({503, 529})
NOT_THE_CLIENTS = (
    "it refuses the key that the gateway shows it, or what that may ask; your own key is good here, and whoever runs "
    "the gateway has to correct the model's key_env, or its account"
)
LEDGER_UNAVAILABLE = fault(
    503,
    "ledger_unavailable",
    "the ledger cannot be read or written, without which this cannot be answered (under strict durability nothing can)",
)
NOT_MADE = frozenset({"overloaded", "stopped", "no_turn"})  # kinds of failure that a later call may be spared
KEY_REFUSED = frozenset({401, 403})  # by an upstream: it speaks of our key, which is none of the client's
NOT_IMPLEMENTED = 501
NO_RETRY = (b"x-should-retry", b"false")  # which OpenAI's clients heed, who would ask anew at any status from 500 on


def refused(failure: Exception) -> Refused:
    """The error that a failure becomes."""
    match failure:
        case Refused():
            return failure
        case ProviderError():
            return _upstream(failure)
        case DeadlinePassed() | EndedFirst() | ClientLeft():
            return Refused(_unfinished(failure))
        case StoreError():  # which names a path of this machine
            return Refused(LEDGER_UNAVAILABLE, [(b"retry-after", b"1")])  # as its file is tried again
        case _:
            return Refused(
                fault(500, "internal_error", "pantler failed to answer; its log has the reason under this decision")
            )


def _unfinished(failure: Exception) -> Fault:
    match failure:
        case DeadlinePassed():
            return fault(504, "deadline_passed", f"{failure}; ask for less, or raise gateway.request_seconds")
        case EndedFirst():
            return fault(503, "ending", f"{failure}; ask again, it is another's turn")
        case _:
            return fault(LEFT, CLIENT_LEFT, str(failure))


def _upstream(failure: ProviderError) -> Refused:
    wait = failure.retry_after_seconds
    headers = [] if wait is None else [(b"retry-after", b"%d" % ceil(wait))]
    status = failure.status
    if status in KEY_REFUSED:
        return Refused(fault(status, "upstream_key_refused", f"{failure}: {NOT_THE_CLIENTS}"))
    if status is not None and 400 <= status < 500:
        refused = fault(status, "upstream_refused", str(failure))
        return Refused(refused, headers, in_shape(failure.body, refused) if failure.body else b"")
    if status == NOT_IMPLEMENTED:
        headers.append(NO_RETRY)
    broken = _broken(failure)
    words = failure.body if failure.kind in SPEAKS else b""  # that of garbage is an answer
    return Refused(broken, headers, with_words(words, broken) if words else b"")


def _broken(failure: ProviderError) -> Fault:
    kind, status = failure.kind, failure.status
    if status == NOT_IMPLEMENTED:
        return fault(501, "upstream_unsupported", f"{failure}; ask without what it does not support, or another model")
    if status in BUSY or kind in NOT_MADE:
        return fault(503, "upstream_overloaded", str(failure))
    if kind == "timeout":
        return fault(504, "upstream_timeout", str(failure))
    return fault(502, f"upstream_{kind}", f"{failure}; ask again" if kind == "status" else str(failure))
