from pantler.config.values import Key, Tenant
from pantler.gateway.limits import Limiter
from pantler.gateway.refusals import Refusal


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def limiter(clock: Clock, **limits: int) -> Limiter:
    return Limiter([Tenant("acme", keys=(Key("d", "laptop", **limits),))], clock)


def refused(outcome: Refusal | None) -> tuple[str, int]:
    assert outcome is not None
    return outcome.limit, outcome.retry_after_seconds


def test_a_key_without_limits_is_let_in_as_is_one_that_is_not_configured() -> None:
    free = limiter(Clock())
    assert all(free.admit("d") is None for _ in range(1_000))
    assert free.admit("unknown") is None


def test_requests_per_minute_are_spent_and_come_back_steadily() -> None:
    clock = Clock()
    limited = limiter(clock, requests_per_minute=6)
    assert [limited.admit("d") for _ in range(6)] == [None] * 6
    assert refused(limited.admit("d")) == ("requests_per_minute", 10)
    clock.now += 10
    assert limited.admit("d") is None
    assert refused(limited.admit("d")) == ("requests_per_minute", 10)


def test_a_refused_request_takes_nothing() -> None:
    clock = Clock()
    limited = limiter(clock, requests_per_minute=6)
    for _ in range(100):
        limited.admit("d")
    clock.now += 60
    assert [limited.admit("d") for _ in range(6)] == [None] * 6


def test_requests_at_a_time_are_counted_until_they_leave() -> None:
    limited = limiter(Clock(), concurrency=2)
    assert limited.admit("d") is None
    assert limited.admit("d") is None
    assert refused(limited.admit("d")) == ("concurrency", 1)
    limited.leave("d")
    assert limited.admit("d") is None


def test_tokens_are_taken_once_they_are_known_and_a_debt_is_waited_for() -> None:
    clock = Clock()
    limited = limiter(clock, tokens_per_minute=600)
    assert limited.admit("d") is None
    limited.leave("d")
    limited.took("d", 900)
    assert refused(limited.admit("d")) == ("tokens_per_minute", 31)
    clock.now += 31
    assert limited.admit("d") is None


def test_a_request_larger_than_a_minutes_tokens_is_let_in_where_the_minute_is_whole() -> None:
    clock = Clock()
    limited = limiter(clock, tokens_per_minute=600)
    assert limited.admit("d", tokens=5_000) is None
    limited.leave("d")
    limited.took("d", 5_000)
    clock.now += 60
    assert refused(limited.admit("d", tokens=5_000))[0] == "tokens_per_minute"


def test_a_reload_keeps_what_was_used() -> None:
    clock = Clock()
    limited = limiter(clock, requests_per_minute=6, concurrency=10)
    for _ in range(6):
        limited.admit("d")
    limited.reload([Tenant("acme", keys=(Key("d", requests_per_minute=8, concurrency=6),))])
    assert refused(limited.admit("d")) == ("concurrency", 1)
    limited.leave("d")
    assert limited.admit("d") is None
    limited.leave("d")
    assert limited.admit("d") is None
    limited.leave("d")
    assert refused(limited.admit("d"))[0] == "requests_per_minute"


def test_a_clock_that_stands_or_goes_back_fills_nothing() -> None:
    clock = Clock()
    limited = limiter(clock, requests_per_minute=1)
    assert limited.admit("d") is None
    clock.now -= 3_600
    assert limited.admit("d") is not None
    clock.now += 3_600
    assert limited.admit("d") is not None
