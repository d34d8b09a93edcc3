"""The configuration as frozen values, each table of the file one class; what is not set has its default here."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

MOST = 1_000_000_000  # of anything counted, of seconds (31 years), of dollars; beyond it is a slip of the pen
Count = Annotated[int, Meta(ge=1, le=MOST)]
Whole = Annotated[int, Meta(ge=0, le=MOST)]
Seconds = Annotated[float, Meta(gt=0, le=MOST)]
Wait = Annotated[float, Meta(ge=0, le=MOST)]  # seconds, 0 for not at all
Weight = Annotated[float, Meta(ge=0, le=MOST)]
Share = Annotated[float, Meta(ge=0, le=1)]
Odds = Annotated[float, Meta(gt=0, lt=1)]
AtMostAll = Annotated[float, Meta(gt=0, le=1)]
Doubt = Annotated[float, Meta(ge=0, lt=0.5)]
Name = Annotated[str, Meta(min_length=1, pattern=r"^[^\x00-\x1f\x7f]*\Z")]  # which headers and logs show
Belief = Annotated[float, Meta(ge=0.5, lt=1)]
Dollars = str | float | int  # decimal text or numbers, read exactly


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one upstream may be asked at a time, and how long each step of a call may take."""

    concurrency: Count = 64
    queue: Whole = 256
    queue_seconds: Wait = 5.0
    connect_seconds: Seconds = 5.0
    first_byte_seconds: Seconds = 120.0
    between_chunks_seconds: Seconds = 60.0


class Prices(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"input": "in"}):
    """US dollars per million tokens, as decimal text or numbers; written `price = { in = 0.15, out = 0.60 }`."""

    input: Dollars
    out: Dollars
    cached_in: Dollars | None = None
    cache_write: Dollars | None = None
    cache_write_1h: Dollars | None = None
    reasoning: Dollars | None = None


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model with what it costs and where it is asked; `provider` is the name of a file in providers/."""

    name: Name
    provider: str = "openai"
    base_url: str = ""
    upstream_model: str = ""  # the upstream's own name for it; `name` where empty
    key_env: str = ""  # the environment variable that holds the upstream's key
    price: Prices | Literal["free", "unpriced"] | None = None  # None: looked up in the price list
    price_as: str = ""  # the model's name in the price list; `upstream_model` where empty
    max_tokens_out: Count | None = None  # of one answer; what a budget reserves for where a request gives no limit
    max_tokens_in: Count | None = None  # of one request: a budget reserves for no more than the model can read
    revision: str = ""  # part of every cache key: change it when the model behind the name changes
    limits: Limits = Limits()
    settings: dict[str, Any] = {}  # the provider's own parameters


class Guarantee(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most this share of the answers below the reference model is wrong, with this confidence."""

    max_wrong: Odds
    confidence: Odds = 0.95


class Objective(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a route weighs: dollars per second waited, dollars per wrong answer, the least share of right answers."""

    latency_weight: Weight = 0.0
    error_weight: Weight = 0.0
    quality_floor: Share = 0.0
    max_quality_loss: Share | None = None  # learned: against the reference model; the error weight is found from it
    budget: str = ""  # learned: "$50/day"; likewise
    guarantee: Guarantee | None = None  # learned, from a file that was fitted with --guarantee


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a route chooses among its models.

    `use` is "single", "cascade" (all of them in order), "tabular", "learned" or any other multiplexer that can choose
    for a route; empty means "single" for one model, "tabular" for several. The rest of the keys are read by those that
    need them.
    """

    use: str = ""
    judge: str = "rules"  # of cascades: who says whether an answer is kept
    keep_threshold: Share = 0.5  # the judge's score from which it is
    judge_settings: dict[str, Any] = {}  # the judge's own parameters
    cascades: bool = False  # tabular: weigh cascades of the models too, in their order
    tiers: tuple[tuple[Name, ...], ...] = ()  # models asked at once, then the next ones where the judge keeps none
    few_labels: Whole = 30  # tabular: below so many ratings, or answers, the reference model is asked
    least_cost: Dollars | None = None  # tabular: what a call costs at least and at most, in dollars; where they are not
    greatest_cost: Dollars | None = None  # given, what almost all of the route's calls cost
    amortise: bool = (
        True  # where errors are weighed: one counts at every hit to come, and doubtful answers are asked anew
    )
    upgrade_share: Share = 0.25  # of what the calls of the route cost: what upgrades of popular doubtful answers may
    upgrade_budget: str = ""  # the same as "$2/day" or "5%"; the share where empty
    horizon: Count = 10_000  # tabular: requests that it looks back and ahead
    max_queries: Count = 10_000  # queries told apart
    fitted: str = ""  # learned: the file that `pantler fit` wrote; from nothing where empty
    newcomers: tuple[Name, ...] = ()  # learned: models of the route of which the file knows nothing
    exploration: Share = 0.03  # learned, tabular: what may be spent on trying, as a share of all expected cost
    affinity: Share = 0.1  # learned: how much dearer the model that has answered a conversation may be and go on
    prompt_cache_seconds: Wait = 300.0  # learned: how long a provider keeps what it has read of a conversation
    embedder: str = (
        ""  # learned, from nothing: what makes a vector of a text; wordllama, or hashing where that is missing
    )
    appraisal_seconds: Seconds = 0.05  # learned: how long a text may be looked at before the route's rates must do
    settings: dict[str, Any] = {}  # a third party's own parameters


class Semantic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Near questions served a stored answer, and how often that may be wrong; off where the table is not there."""

    max_wrong_per_request: Odds = 0.01
    max_wrong_per_hit: AtMostAll = 1.0  # promises nothing of it; less takes hundreds of labels more
    judge: str = "equality"  # who says that two answers agree
    judge_settings: dict[str, Any] = {}  # the judge's own parameters
    judge_error: Doubt = 0.0  # how often the judge errs
    deadline_seconds: Seconds = 0.02  # how long a request may be looked for
    embedder: str = "wordllama"
    second_embedder: Literal["", "minilm"] = ""  # is asked about what the rules have let through
    second_path: str = ""  # the folder into which it was built; the usual one where empty
    max_entries: Count = 20_000  # texts that can be found, of one tenant's
    agreeing_tenants: Count = 2  # shared between tenants: whose own calls brought an answer before others are served it


class Scored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Answers that a model is asked about in the background, and what that may cost."""

    model: Name  # who says whether an answer is right
    share: AtMostAll  # of the answers that models give
    budget: str = "5%"  # as "$2/day", or as a share of what the route's calls cost


class Shadowed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Requests that another model of the route is asked too, in the background, and what that may cost."""

    share: AtMostAll  # of the requests that a model answers
    budget: str = "5%"  # as "$2/day", or as a share of what the route's calls cost
    judge: str = "equality"  # who says that two answers agree
    judge_settings: dict[str, Any] = {}  # the judge's own parameters


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name that clients use as `model`, with the models that may answer."""

    name: Name
    models: tuple[Name, ...]
    reference: str = ""  # the last of `models` where empty
    fallbacks: tuple[str, ...] | None = None  # its other models, the reference first
    objective: Objective = Objective()
    multiplexer: Choice = Choice()
    cache_sampling: Literal["deterministic", "unset", "any"] = "unset"
    cache_tool_calls: bool = False  # whether an answer that calls tools is kept
    key_fields: tuple[str, ...] = ()  # unknown request fields that may be cached on
    partition_by_user: bool = False
    shared_between_tenants: bool = False
    variants: Count = 1
    ttl_seconds: Seconds | None = None
    stale_seconds: Wait = 0.0
    pace_replay: bool = False
    semantic: Semantic | None = None
    scored: Scored | None = None
    shadowed: Shadowed | None = None


class Cache(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept, and where."""

    policy: str = "auto"
    capacity: str = "256MB"
    ttl_seconds: Seconds | None = None
    path: str = ""  # folder of the embedded store; empty keeps everything in memory
    durability: Literal["fast", "strict"] = "fast"


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One client key: its keyed digest (`pantler keys` makes it) and the name it is known by."""

    digest: str
    name: str = ""
    requests_per_minute: Count | None = None
    tokens_per_minute: Count | None = None
    concurrency: Count | None = None


class Tenant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A hard partition with its keys; budgets are US dollars per calendar day or month, UTC."""

    name: Name
    keys: tuple[Key, ...] = ()
    budget_per_day: Dollars | None = None
    budget_per_month: Dollars | None = None
    routes: tuple[str, ...] = ()  # those it may use; all where empty

    @property
    def has_budget(self) -> bool:
        """Whether any bounds what it may spend."""
        return self.budget_per_day is not None or self.budget_per_month is not None


class Feedback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How what is said of answers is believed."""

    signals: dict[str, Belief] = {}  # by name: how reliable a word is, for further signals or other than by default
    raised_by_one_key: Weight = 0.25  # by how much, in log-odds, one client's key may raise a signal's reliability
    retry_seconds: Wait = 120.0  # how soon asking anew counts as a word against the answer; 0: nothing said next does


class Gateway(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The listeners and what they put up with."""

    listen: str = "127.0.0.1:8080"
    admin_listen: str = "127.0.0.1:8081"
    admin_key_env: str = "PANTLER_ADMIN_KEY"
    pepper_env: str = "PANTLER_PEPPER"
    request_seconds: Seconds = 600.0
    header_seconds: Seconds = 10.0
    body_seconds: Seconds = 30.0
    body_bytes: str = "10MB"
    header_bytes: str = "64KB"
    grace_seconds: Wait = 30.0
    max_depth: Count = 64
    workers: Count = 1
    spans: bool = False  # whether OpenTelemetry's spans are made and sent, as its environment variables say


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    gateway: Gateway = Gateway()
    cache: Cache = Cache()
    feedback: Feedback = Feedback()
    models: tuple[Model, ...] = ()
    routes: tuple[Route, ...] = ()
    tenants: tuple[Tenant, ...] = ()
    any_model: Model | None = None  # `serve --upstream`: every model name is passed on to this one's base_url
