"""The configuration as frozen values, each table of the file one class; what is not set has its default here."""

from typing import Any, Literal

import msgspec


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one upstream may be asked at a time, and how long each step of a call may take."""

    concurrency: int = 64
    queue: int = 256
    queue_seconds: float = 5.0
    connect_seconds: float = 5.0
    first_byte_seconds: float = 120.0
    between_chunks_seconds: float = 60.0


class Prices(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"input": "in"}):
    """US dollars per million tokens, as decimal text or numbers; written `price = { in = 0.15, out = 0.60 }`."""

    input: str | float | int
    out: str | float | int
    cached_in: str | float | int | None = None
    cache_write: str | float | int | None = None
    cache_write_1h: str | float | int | None = None
    reasoning: str | float | int | None = None


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model with what it costs and where it is asked; `provider` is the name of a file in providers/."""

    name: str
    provider: str = "openai"
    base_url: str = ""
    upstream_model: str = ""  # the upstream's own name for it; `name` where empty
    key_env: str = ""  # the environment variable that holds the upstream's key
    price: Prices | Literal["free", "unpriced"] | None = None  # None: looked up in the price list
    price_as: str = ""  # the model's name in the price list; `upstream_model` where empty
    revision: str = ""  # part of every cache key: change it when the model behind the name changes
    limits: Limits = Limits()
    settings: dict[str, Any] = {}  # the provider's own parameters


class Objective(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a route weighs: dollars per second waited, dollars per wrong answer, the least share of right answers."""

    latency_weight: float = 0.0
    error_weight: float = 0.0
    quality_floor: float = 0.0


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The part that chooses, by file name, with its parameters."""

    use: str = "single"
    judge: str = "rules"
    keep_threshold: float = 0.5
    settings: dict[str, Any] = {}


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name that clients use as `model`, with the models that may answer."""

    name: str
    models: tuple[str, ...]
    reference: str = ""  # the last of `models` where empty
    fallbacks: tuple[str, ...] = ()
    objective: Objective = Objective()
    multiplexer: Choice = Choice()
    cache_sampling: Literal["deterministic", "unset", "any"] = "unset"
    cache_tool_calls: bool = False  # whether an answer that calls tools is kept
    key_fields: tuple[str, ...] = ()  # unknown request fields that may be cached on
    partition_by_user: bool = False
    shared_between_tenants: bool = False
    variants: int = 1
    ttl_seconds: float | None = None
    stale_seconds: float = 0.0
    pace_replay: bool = False


class Cache(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept, and where."""

    policy: str = "auto"
    capacity: str = "256MB"
    ttl_seconds: float | None = None
    path: str = ""  # folder of the embedded store; empty keeps everything in memory
    durability: Literal["fast", "strict"] = "fast"


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One client key: its keyed digest (`pantler keys` makes it) and the name it is known by."""

    digest: str
    name: str = ""
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrency: int | None = None


class Tenant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A hard partition with its keys; budgets are US dollars per calendar day or month, UTC."""

    name: str
    keys: tuple[Key, ...] = ()
    budget_per_day: str | float | int | None = None
    budget_per_month: str | float | int | None = None
    routes: tuple[str, ...] = ()  # those it may use; all where empty


class Gateway(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The listeners and what they put up with."""

    listen: str = "127.0.0.1:8080"
    admin_listen: str = "127.0.0.1:8081"
    admin_key_env: str = "PANTLER_ADMIN_KEY"
    pepper_env: str = "PANTLER_PEPPER"
    request_seconds: float = 600.0
    header_seconds: float = 10.0
    body_seconds: float = 30.0
    body_bytes: str = "10MB"
    header_bytes: str = "64KB"
    grace_seconds: float = 30.0
    max_depth: int = 64


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    gateway: Gateway = Gateway()
    cache: Cache = Cache()
    models: tuple[Model, ...] = ()
    routes: tuple[Route, ...] = ()
    tenants: tuple[Tenant, ...] = ()
    any_model: Model | None = None  # `serve --upstream`: every model name is passed on to this one's base_url
