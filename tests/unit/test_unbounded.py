"""A model without max_tokens_out under a budget refuses whoever names no limit: that is said before anybody asks."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from pantler.cli import main
from pantler.config.values import Config, Key, Model, Prices, Route, Tenant
from pantler.gateway.banner import cautions
from pantler.gateway.unbounded import unbounded

OPEN = Model("open", provider="scripted", price=Prices("1", "2"))
BOUNDED = Model("bounded", provider="scripted", price=Prices("1", "2"), max_tokens_out=100)
FREE = Model("free", provider="scripted", price="free")
BLUE = Tenant("blue", (Key("k"),), budget_per_day="1")
SAID = "tenant blue has a budget, and model open no max_tokens_out"
FILE = """
[[models]]
name = "open"
provider = "scripted"
price = { in = 1, out = 2 }
[[tenants]]
name = "blue"
budget_per_day = "1"
keys = [{ digest = "hmac-sha256:2f1d7c4f0c9a4b0e8a3d7b6c5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f" }]
"""


def test_a_budget_over_a_model_without_a_longest_answer_is_warned_of_by_check_and_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(FILE)
    checked = CliRunner().invoke(main, ["check", str(file)], prog_name="pantler")
    assert (checked.exit_code, SAID in checked.output) == (0, True)
    config = Config(models=(OPEN,), tenants=(BLUE,))
    assert any(SAID in line for line in cautions(config))


@pytest.mark.parametrize(
    ("models", "tenant", "routes"),
    [
        ((BOUNDED, FREE), BLUE, ()),
        ((OPEN,), Tenant("blue", (Key("k"),)), ()),
        ((OPEN, BOUNDED), Tenant("blue", (Key("k"),), routes=("bounded",), budget_per_day="1"), ()),
    ],
    ids=["all are bounded or free", "no budget", "it may not be asked"],
)
def test_nothing_is_said_where_nobody_is_refused(
    models: tuple[Model, ...], tenant: Tenant, routes: tuple[Route, ...]
) -> None:
    assert not list(unbounded(Config(models=models, tenants=(tenant,), routes=routes)))


def test_a_fallback_counts_for_budgets_hold_its_worst_case_too() -> None:
    routes = (Route("r", ("bounded",), fallbacks=("open",)),)
    tenant = Tenant("blue", (Key("k"),), routes=("r",), budget_per_day="1")
    assert len(list(unbounded(Config(models=(OPEN, BOUNDED), routes=routes, tenants=(tenant,))))) == 1
