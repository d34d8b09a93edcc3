"""What a response says of the decision behind it, where its request asks for that."""

from collections.abc import Mapping

from pantler.core.rows import Candidate
from pantler.core.types import Call
from pantler.gateway.books import Books
from pantler.gateway.replies import Headers, dollars, shown
from pantler.live.errands import Errand, Hit
from pantler.live.passages import Passage

EXPLAIN = b"x-pantler-explain"


def explains(head: Mapping[bytes, bytes]) -> bool:
    """Whether a request asks for it."""
    return head.get(EXPLAIN) == b"1"


def of_call(books: Books, passage: Passage) -> Headers:
    """Of the plan that is asked: its models, what was expected of it, and by what chance it was chosen."""
    call, errand = passage.call, passage.errand
    if call is None or _is_hidden(errand):
        return []
    chosen = next((each for each in books.weighed(errand, call) if each.models == call.plan.models), None)
    hits = [] if call.hits is None else [(b"x-pantler-expected-hits", b"%.4g" % call.hits)]
    return [*_of_plan(call, chosen), *hits, (b"x-pantler-reason", shown(call.reason))]


def of_hit(errand: Errand, hit: Hit) -> Headers:
    """Of a stored answer: what is believed of it."""
    if hit.near is not None or _is_hidden(errand):  # of a near one this is said always
        return []
    wrong = [] if hit.wrong is None else [(b"x-pantler-wrong", b"%.4f" % hit.wrong)]
    return [*wrong, (b"x-pantler-reason", shown(hit.reason))]


def _of_plan(call: Call, chosen: Candidate | None) -> Headers:
    plan = (b"x-pantler-plan", shown(", ".join(call.plan.models)))
    propensity = (b"x-pantler-propensity", b"%.4f" % call.propensity)
    if chosen is None:
        return [plan, propensity]
    price = None if chosen.price is None else round(chosen.price)
    told = [
        plan,
        (b"x-pantler-wrong", b"%.4f" % chosen.wrong),
        propensity,
        (b"x-pantler-expected-price", dollars(price)),
    ]
    if chosen.latency_seconds is not None:
        told.append((b"x-pantler-expected-seconds", b"%.4g" % chosen.latency_seconds))
    return told


def _is_hidden(errand: Errand) -> bool:
    """Whether it would tell one tenant what others have asked."""
    return errand.route.shared_between_tenants
