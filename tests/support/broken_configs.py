"""A good configuration, and more than a hundred that are each broken in one way."""

import copy
from collections.abc import Iterator
from typing import Any

ENVIRONMENT = {"SMALL_KEY": "canary-of-the-upstream", "PANTLER_ADMIN_KEY": "canary-of-the-administrator"}
DIGEST = "hmac-sha256:" + "0123456789abcdef" * 4

GOOD: dict[str, Any] = {
    "gateway": {
        "listen": "127.0.0.1:8080",
        "admin_listen": "127.0.0.1:8081",
        "admin_key_env": "PANTLER_ADMIN_KEY",
        "pepper_env": "PANTLER_PEPPER",
        "request_seconds": 600.0,
        "header_seconds": 10.0,
        "body_seconds": 30.0,
        "body_bytes": "10MB",
        "header_bytes": "64KB",
        "grace_seconds": 30.0,
        "max_depth": 64,
        "workers": 1,
    },
    "cache": {"policy": "gdsf", "capacity": "64MB", "ttl_seconds": 60.0, "path": "state", "durability": "strict"},
    "models": [
        {
            "name": "small",
            "provider": "openai",
            "base_url": "https://api.example.com/v1",
            "upstream_model": "small-1",
            "key_env": "SMALL_KEY",
            "price": {"in": 0.15, "out": "0.60", "cached_in": 0.075},
            "max_tokens_out": 4096,
            "revision": "2",
            "limits": {"concurrency": 8, "queue": 0, "queue_seconds": 0.0, "connect_seconds": 1.5},
        },
        {
            "name": "large",
            "provider": "scripted",
            "price": {"in": 10, "out": 30},
            "max_tokens_out": 4096,
            "settings": {"answers_path": "answers.json"},
        },
    ],
    "routes": [
        {
            "name": "smart",
            "models": ["small", "large"],
            "reference": "large",
            "fallbacks": ["large"],
            "objective": {"latency_weight": 0.001, "error_weight": 0.05, "quality_floor": 0.5},
            "multiplexer": {"use": "cascade", "judge": "rules", "keep_threshold": 0.5},
            "cache_sampling": "any",
            "key_fields": ["top_k"],
            "partition_by_user": True,
            "variants": 2,
            "ttl_seconds": 30.0,
            "stale_seconds": 0.0,
        }
    ],
    "tenants": [
        {
            "name": "acme",
            "keys": [{"digest": DIGEST, "name": "laptop", "requests_per_minute": 60, "concurrency": 4}],
            "budget_per_day": "5.00",
            "budget_per_month": 100,
            "routes": ["smart"],
        }
    ],
}

Place = tuple[str | int, ...]
Broken = tuple[str, dict[str, Any], str, str]  # what was done, the file, the table, the key that the message must name


def places(value: Any, above: Place = ()) -> Iterator[Place]:
    """Every key of every table."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        if isinstance(key, str):
            yield (*above, key)
        yield from places(inner, (*above, key))


def changed(place: Place, new: Any, *, key: str | None = None) -> dict[str, Any]:
    """The good file with one value in place of another, under another key where one is given."""
    file = copy.deepcopy(GOOD)
    inner: Any = file
    for step in place[:-1]:
        inner = inner[step]
    if key is not None or new is None:
        inner.pop(place[-1], None)
    if new is not None:
        inner[place[-1] if key is None else key] = new
    return file


def named(place: Place) -> tuple[str, str]:
    """The table and the key by which a message must call a place."""
    names = {("models", 0): "small", ("models", 1): "large", ("routes", 0): "smart", ("tenants", 0): "acme"}
    head = place[:2]
    if head in names:
        table, rest = f'[[{place[0]}]] "{names[head]}"', place[2:]
    else:
        table, rest = f"[{place[0]}]", place[1:]
    key = ""
    for step in rest:
        key += f"[{step}]" if isinstance(step, int) else f".{step}" if key else step
    return table, key


def value_at(place: Place) -> Any:
    value: Any = GOOD
    for step in place:
        value = value[step]
    return value


def mutations() -> Iterator[Broken]:
    """Every key misspelt, every value of a wrong kind or out of its range, then what only the meaning tells."""
    for place in places(GOOD):
        if len(place) == 1:
            yield f"misspelt {place}", changed(place, value_at(place), key=f"{place[0]}x"), f"[{place[0]}x]", ""
            continue
        if place[-1] != "name" and place[:3] != ("models", 1, "settings"):
            table, key = named((*place[:-1], f"{place[-1]}x"))
            yield f"misspelt {place}", changed(place, value_at(place), key=f"{place[-1]}x"), table, key
        if isinstance(value_at(place), dict | list) or place[:4] == ("models", 1, "settings", "answers_path"):
            continue
        for wrong in wrong_for(value_at(place), str(place[-1])):
            yield f"{wrong!r} at {place}", changed(place, wrong), *named(place)
    for what, place, new in MEANINGLESS:
        yield what, changed(place, new), *named(place)


def wrong_for(value: Any, key: str) -> list[Any]:
    if isinstance(value, bool):
        return ["yes", 1]
    if key in {"in", "out", "cached_in", "budget_per_day", "budget_per_month"}:
        return ["cheap", -1, True, float("nan"), "1e-12"]
    if isinstance(value, int):
        return ["many", -1, 1.5, [1]]
    if isinstance(value, float):
        return ["long", -1.0, float("nan"), float("inf")]
    return [7, ["text"]] if key != "name" else []


MEANINGLESS: list[tuple[str, Place, Any]] = [
    ("a listener without a port", ("gateway", "listen"), "127.0.0.1"),
    ("a port that is none", ("gateway", "listen"), "127.0.0.1:99999"),
    ("a host that is none", ("gateway", "listen"), "127.0.0.256:80"),
    ("an address without brackets", ("gateway", "listen"), "::1:8080"),
    ("two listeners at one address", ("gateway", "admin_listen"), "127.0.0.1:8080"),
    ("more workers than one", ("gateway", "workers"), 4),
    ("a size without a unit", ("gateway", "body_bytes"), "10"),
    ("a secret for a variable", ("gateway", "admin_key_env"), "sk-canary"),
    ("no such policy", ("cache", "policy"), "gdfs"),
    ("a capacity of nothing", ("cache", "capacity"), "0MB"),
    ("durable without a folder", ("cache", "path"), None),
    ("a wrong word", ("cache", "durability"), "stric"),
    ("no such provider", ("models", 0, "provider"), "opnai"),
    ("no scheme", ("models", 0, "base_url"), "api.example.com/v1"),
    ("another scheme", ("models", 0, "base_url"), "ftp://api.example.com"),
    ("no host", ("models", 0, "base_url"), "https:///v1"),
    ("a password in an address", ("models", 0, "base_url"), "https://me:canary@api.example.com/v1"),
    ("a query in an address", ("models", 0, "base_url"), "https://api.example.com/v1?x=1"),
    ("no address at all", ("models", 0, "base_url"), None),
    ("a variable that is not set", ("models", 0, "key_env"), "NOBODY_SETS_THIS"),
    ("a key for a variable", ("models", 0, "key_env"), "sk-canary-1234"),
    ("no price for tokens out", ("models", 0, "price"), {"in": 1}),
    ("a price in words", ("models", 0, "price"), "cheap"),
    ("a secret among the settings", ("models", 0, "settings"), {"api_key": "canary"}),
    ("a route without models", ("routes", 0, "models"), []),
    ("a route without the key", ("routes", 0, "models"), None),
    ("a model that is not there", ("routes", 0, "models"), ["small", "lage"]),
    ("a model named twice", ("routes", 0, "models"), ["small", "large", "small"]),
    ("a reference among others", ("routes", 0, "reference"), "lrge"),
    ("a fallback that is not there", ("routes", 0, "fallbacks"), ["nobody"]),
    ("no such multiplexer", ("routes", 0, "multiplexer", "use"), "tabuler"),
    ("one that never asks the second", ("routes", 0, "multiplexer", "use"), "single"),
    ("no such judge", ("routes", 0, "multiplexer", "judge"), "rulez"),
    ("a threshold above 1", ("routes", 0, "multiplexer", "keep_threshold"), 1.5),
    ("a floor above 1", ("routes", 0, "objective", "quality_floor"), 90),
    ("no variants", ("routes", 0, "variants"), 0),
    ("a wrong word for sampling", ("routes", 0, "cache_sampling"), "sometimes"),
    ("the name of a model", ("routes", 0, "name"), "small"),
    ("a key in clear", ("tenants", 0, "keys", 0, "digest"), "pantler-canary"),
    ("half a digest", ("tenants", 0, "keys", 0, "digest"), DIGEST[:-1]),
    ("no digest", ("tenants", 0, "keys", 0, "digest"), None),
    ("a tenant without keys", ("tenants", 0, "keys"), None),
    ("a route that is not there", ("tenants", 0, "routes"), ["smrt"]),
    ("no requests at all", ("tenants", 0, "keys", 0, "requests_per_minute"), 0),
]
# Where the message names another place than the one that was changed.
TOLD_ELSEWHERE = {
    "the name of a model": ('[[routes]] "small"', "name"),
    "durable without a folder": ("[cache]", "durability"),
    "no price for tokens out": ('[[models]] "small"', "price.out"),
    "a secret among the settings": ('[[models]] "small"', "settings.api_key"),
}
BROKEN = list(mutations())
