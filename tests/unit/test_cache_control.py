import pytest

from pantler.gateway import cache_control
from pantler.gateway.cache_control import SILENT, CacheControl
from pantler.gateway.wire import Fault


@pytest.mark.parametrize(
    ("value", "asked"),
    [
        (b"", SILENT),
        (b"no-store", CacheControl(looks=False, keeps=False)),
        (b"no-cache", CacheControl(looks=False)),
        (b"No-Cache, no-transform", CacheControl(looks=False)),
        (b"max-age=60", CacheControl(max_age_seconds=60.0)),
        (b'max-age = "60"', CacheControl(max_age_seconds=60.0)),
        (b"max-age=0", CacheControl(max_age_seconds=0.0)),
        (b"max-age=00000000000060", CacheControl(max_age_seconds=60.0)),
        (b"max-age=" + b"9" * 60_000, CacheControl(max_age_seconds=9_999_999_999.0)),
        (b"only-if-cached,max-age=5", CacheControl(calls=False, max_age_seconds=5.0)),
        (b"max-stale=5, min-fresh=1, ,=,\xff", SILENT),
        (b"no-storage", SILENT),
    ],
)
def test_what_a_client_may_say_of_the_cache(value: bytes, asked: CacheControl) -> None:
    assert cache_control.read(value) == asked


def test_a_client_may_say_for_how_long_and_by_which_names_its_answer_is_kept() -> None:
    asked = cache_control.read(ttl=b" 3600 ", tags=b"docs, v2,docs,")
    assert asked == CacheControl(ttl_seconds=3600.0, tags=("docs", "v2"))


def test_a_time_past_counting_is_the_longest() -> None:
    assert cache_control.read(ttl=b"9" * 40) == CacheControl(ttl_seconds=9_999_999_999.0)


def test_an_answer_that_may_be_kept_for_no_time_is_not_kept() -> None:
    assert cache_control.read(ttl=b"0") == CacheControl(keeps=False, ttl_seconds=0.0)


@pytest.mark.parametrize("value", [b"soon", b"-1", b"1.5", b"1e3", b"\xb2"])
def test_seconds_that_are_none_are_a_fault(value: bytes) -> None:
    fault = cache_control.read(ttl=value)
    assert isinstance(fault, Fault)
    assert (fault.status, fault.code) == (400, "invalid_ttl")


@pytest.mark.parametrize("value", [b"max-age=soon", b"max-age=-1", b"max-age", b"no-cache, max-age=1.5"])
def test_an_age_that_is_none_is_a_fault(value: bytes) -> None:
    fault = cache_control.read(value)
    assert isinstance(fault, Fault)
    assert (fault.status, fault.code) == (400, "invalid_max_age")


@pytest.mark.parametrize(
    "value", [b"two words", b"-x", b"x" * 65, b"\xe9", b",".join(b"t%d" % n for n in range(17)), b"a\nb"]
)
def test_names_that_are_none_are_a_fault(value: bytes) -> None:
    fault = cache_control.read(tags=value)
    assert isinstance(fault, Fault)
    assert (fault.status, fault.code) == (400, "invalid_tags")
