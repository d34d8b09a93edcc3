from msgspec.structs import replace

from pantler.config.changes import at_restart, stale_models
from pantler.config.values import Cache, Config, Gateway, Model, Prices

SMALL = Model("small", base_url="https://a.example/v1", price=Prices(1, 2))
LARGE = Model("large", base_url="https://a.example/v1", price=Prices(10, 20))
OLD = Config(models=(SMALL, LARGE))


def test_the_same_configuration_changes_nothing() -> None:
    same = replace(OLD, models=(SMALL, LARGE))
    assert (stale_models(OLD, same), at_restart(OLD, same)) == ((), ())


def test_listeners_and_the_cache_are_settled_at_the_start() -> None:
    new = replace(OLD, gateway=Gateway(listen="127.0.0.1:9", request_seconds=1.0), cache=Cache(capacity="1MB"))
    assert at_restart(OLD, new) == ("[gateway], listen", "[cache], capacity")


def test_a_model_asked_elsewhere_makes_its_stored_answers_stale_unless_its_revision_tells_them_apart() -> None:
    moved = replace(SMALL, base_url="https://b.example/v1")
    assert stale_models(OLD, replace(OLD, models=(moved, LARGE))) == ("small",)
    assert stale_models(OLD, replace(OLD, models=(replace(moved, revision="2"), LARGE))) == ()
    assert stale_models(OLD, replace(OLD, models=(replace(SMALL, max_tokens_out=9), LARGE))) == ()
    assert stale_models(OLD, replace(OLD, models=(LARGE,))) == ()
