"""What a client is told of whatever went wrong behind the gateway."""

from math import ceil

from pantler.core.errors import ClientLeft, DeadlinePassed, EndedFirst, ProviderError, StoreError
from pantler.gateway.replies import Refused, fault
from pantler.gateway.upstream_words import in_shape
from pantler.gateway.wire import Fault

LEFT = 499  # nobody reads it; the ledger does
CLIENT_LEFT = "client_left"  # by which it is told from an upstream's own 499
BUSY = frozenset({503, 529})
LEDGER_UNAVAILABLE = fault(
    503,
    "ledger_unavailable",
    "the ledger cannot be read or written, without which this cannot be answered (under strict durability nothing can)",
)
CODES = {"timeout": (504, "upstream_timeout"), "overloaded": (503, "upstream_overloaded")}


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
            return Refused(LEDGER_UNAVAILABLE)
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
    if status is not None and 400 <= status < 500:
        refused = fault(status, "upstream_refused", str(failure))
        return Refused(refused, headers, in_shape(failure.body, refused) if failure.body else b"")
    return Refused(_broken(failure), headers)


def _broken(failure: ProviderError) -> Fault:
    if failure.status in BUSY:
        return fault(503, "upstream_overloaded", str(failure))
    status, code = CODES.get(failure.kind, (502, f"upstream_{failure.kind}"))
    return fault(status, code, str(failure))
