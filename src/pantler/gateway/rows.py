"""The rows that requests leave in the ledger."""

from typing import Final

from pantler.core.asks import NO_TOKENS
from pantler.core.cost import Tokens
from pantler.core.rows import Row
from pantler.core.savings import ESTIMATED, Saved
from pantler.core.sizes import bytes_of
from pantler.gateway.exchange import Exchange
from pantler.gateway.lines import Line, Terms
from pantler.gateway.wire import Fault
from pantler.live.errands import Errand

KEY_BYTES: Final = 16
NO_KEY: Final = bytes(KEY_BYTES).hex()


def row_of(errand: Errand, line: Line, saved: Saved, terms: Terms, seconds: float) -> Row:
    """The row of a request that was looked up or asked for."""
    entry, route = line.entry, errand.route_name
    served = None if errand.is_renewal else entry
    tokens = NO_TOKENS if served is None else served.tokens
    reference, price = saved.reference, saved.price
    if entry is not None and not reference:
        reference, price = terms.reference(errand, entry)
    return Row(
        decision=errand.decision,
        time=errand.time,
        tenant=errand.tenant,
        route=route,
        key_digest=errand.key.to_bytes(KEY_BYTES, "big").hex(),
        size_bytes=0 if entry is None else bytes_of(entry.body, entry.pieces),
        tier=line.tier,
        reason=line.reason,
        status=line.status,
        policy=terms.policy,
        multiplexer=terms.multiplexers[route],
        model="" if entry is None else entry.model,
        tokens_in=tokens.tokens_in,
        tokens_out=tokens.tokens_out,
        candidates=line.candidates,
        asked=line.asked,
        spent=line.spent,
        saved_by_cache=saved.by_cache,
        saved_by_choice=saved.by_choice,
        baseline=saved.baseline,
        baseline_basis=saved.baseline_basis,
        ratio=saved.ratio,
        seconds=seconds,
        reference=reference,
        reference_price=price,
        tokens=tokens if _is_special(tokens) else None,
        near=None if errand.asking is None else errand.asking.told,
        estimated=served is not None and served.estimated,
        hits=line.hits,
        wrong=line.wrong,
    )


def row_of_refusal(exchange: Exchange, fault: Fault, terms: Terms, seconds: float) -> Row:
    """The row of a request that was refused before anything was looked up or asked, of a known tenant or not."""
    return Row(
        decision=exchange.decision,
        time=exchange.arrival.time,
        tenant="" if exchange.holder is None else exchange.holder.tenant.name,
        route="" if exchange.errand is None else exchange.errand.route_name,
        key_digest=NO_KEY,
        size_bytes=0,
        tier=exchange.tier,
        reason=fault.code,
        status=fault.status,
        policy=terms.policy,
        multiplexer="",
        model="",
        tokens_in=0,
        tokens_out=0,
        candidates=(),
        asked=(),
        spent=0,
        saved_by_cache=0,
        saved_by_choice=0,
        baseline=0,
        baseline_basis=ESTIMATED,
        ratio=1.0,
        seconds=seconds,
    )


def _is_special(tokens: Tokens) -> bool:
    """Whether there is more to the tokens than in and out."""
    return bool(tokens.cached_in or tokens.cache_write or tokens.cache_write_1h or tokens.reasoning)
