"""Rows of LiteLLM's table LiteLLM_SpendLogs, exported as JSON lines, CSV or Parquet.

LiteLLM writes a spend of 0 for what its own cache served; such a row costs what its key cost when last paid for.
"""

import math
from collections.abc import Collection

from pantler.traces.content import content_key, response_bytes
from pantler.traces.values import Read, Record, Unusable, Values, as_json, key_of, number, seconds

COST_UNIT = "dollars"
NOTES = (
    "LiteLLM spend log: key from cache_key, else from the stored request",
    "cost from spend; for LiteLLM's own cache hits, which it logs as free, the spend last seen for the key",
)
_NO_CACHE = "Cache OFF"
_NO_KEY = "no cache_key, no messages; LiteLLM keeps prompts only with store_prompts_in_spend_logs"


def fits(fields: Collection[str]) -> float:
    """1 where records with these columns are spend logs."""
    return float({"request_id", "call_type", "spend", "startTime"} <= set(fields))


def reader() -> Read:
    """A function from one row to its values; it remembers what each key cost, so rows must come in order."""
    paid: dict[int, float] = {}

    def read(record: Record) -> Values:
        if record.get("status") == "failure":
            raise Unusable("the request failed")
        key = _key(record)
        if key is None:
            raise Unusable(_NO_KEY)
        spend = number(record.get("spend"))
        if str(record.get("cache_hit")).lower() == "true":
            spend = paid.get(key, math.nan)
            if math.isnan(spend):
                raise Unusable("a hit of LiteLLM's cache before any row shows what its answer costs")
        else:
            paid[key] = spend
        return Values(
            key=key,
            size=response_bytes(as_json(record.get("response"))),
            costs=(spend,),
            time=seconds(record.get("startTime")),
            tokens_in=number(record.get("prompt_tokens")),
            tokens_out=number(record.get("completion_tokens")),
        )

    return read


def _key(record: Record) -> int | None:
    cache_key = record.get("cache_key")
    if cache_key and cache_key != _NO_CACHE:
        return key_of(cache_key)
    stored = as_json(record.get("proxy_server_request"))
    messages = as_json(record.get("messages"))
    return content_key(stored) if isinstance(stored, dict) and stored else content_key({"messages": messages})
